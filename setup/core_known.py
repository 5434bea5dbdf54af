"""A pytest plugin: tests of Odoo that fail without our add-ons too, and why."""

KNOWN = {}

"""Decisions about orders: plain values in, plain values out; no Odoo in here."""

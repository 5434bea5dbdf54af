"""Runs before any test that does not live in an add-on."""

from tests.mount import mount

mount()

"""Amounts that are searched as people mean it: none is zero, and zero is none."""

from odoo import fields


class Amount(fields.Monetary):
    """A Monetary of which an empty column is 0 in every search.

    Odoo 19 compares with the text of the value, and knows "0.0" for nothing, but not
    "0": a filter typed in the browser sends 0, and got the empty ones wrong.
    """

    def convert_to_column(self, value, record, values=None, validate=True):
        number = value if value is None or value is False else float(value)
        return super().convert_to_column(number, record, values, validate)

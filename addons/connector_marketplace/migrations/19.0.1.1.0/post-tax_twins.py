"""Twins of taxes were found by their names; from now on a tax knows its own."""

from odoo import SUPERUSER_ID, api

MARK = " (included)"


def migrate(cr, version):
    taxes = api.Environment(cr, SUPERUSER_ID, {})["account.tax"]
    taxes = taxes.with_context(active_test=False, lang=None)
    twins = taxes.search(
        [
            ("name", "=like", f"%{MARK}"),
            ("price_include_override", "=", "tax_included"),
        ]
    )
    for twin in twins:
        originals = taxes.search(
            [
                ("name", "=", twin.name.removesuffix(MARK)),
                ("company_id", "=", twin.company_id.id),
                ("type_tax_use", "=", twin.type_tax_use),
                ("amount_type", "=", twin.amount_type),
                ("connector_included_id", "=", False),
            ]
        )
        if len(originals) == 1:
            originals.connector_included_id = twin

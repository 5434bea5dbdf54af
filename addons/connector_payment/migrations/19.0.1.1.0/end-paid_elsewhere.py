"""Virtual accounts for what buyers pay to a marketplace: nobody shall pay twice.

At the end: the add-on of the marketplace, which says what is paid there, may be loaded
after this one.
"""

from odoo import SUPERUSER_ID, api

OPEN = ("requested", "active")


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    accounts = env["connector.payment.va"].search(
        [("state", "in", OPEN), ("is_closing", "=", False)]
    )
    closed = accounts._close_elsewhere()
    fixed = (accounts - closed).filtered(lambda va: va.kind == "fixed")
    elsewhere = env["erp.connector.backend"]._paid_elsewhere(fixed.partner_id)
    fixed.filtered(lambda va: va.partner_id in elsewhere)._enqueue_close()

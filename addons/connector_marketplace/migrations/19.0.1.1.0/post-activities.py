"""Activities of before get their cause: they are done when it is gone, or now."""

from odoo import SUPERUSER_ID, api
from odoo.addons.connector_marketplace.models.connector_marketplace_status import (
    UNKNOWN_STATUS,
)
from odoo.addons.connector_marketplace.models.erp_connector_account import EXPIRY
from odoo.addons.connector_marketplace.models.sale_order_delivery import (
    CANCEL_REQUESTED,
    CONTRADICTION,
    TAKE_BACK,
)

#: Summaries in the languages that there were: (before, after) the names in them.
OF_SHOPS = {EXPIRY: [("Link ", " again"), ("Hubungkan kembali ", "")]}
OF_ORDERS = {
    CANCEL_REQUESTED: [
        ("Buyer asks to cancel ", ""),
        ("Pembeli meminta pembatalan ", ""),
    ],
    TAKE_BACK: [("Take back ", ""), ("Terima kembali ", "")],
    CONTRADICTION: [
        ("Cancelled here, ", " there"),
        ("Dibatalkan di sini, ", " di platform"),
    ],
    UNKNOWN_STATUS: [("Unknown status ", ""), ("Status tidak dikenal ", "")],
}


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})
    activities = env["mail.activity"]
    shops = env["erp.connector.backend"].search([("state", "!=", "disconnected")])
    for cause, summaries in OF_SHOPS.items():
        activities._connector_adopt(shops, cause, summaries)
    # there may be millions of orders, but few with activities
    told = activities.search(
        [("res_model", "=", "sale.order"), ("connector_cause", "=", False)]
    )
    orders = env["sale.order"].search(
        [("id", "in", told.mapped("res_id")), ("connector_order_ref", "!=", False)]
    )
    for cause, summaries in OF_ORDERS.items():
        activities._connector_adopt(orders, cause, summaries)
    for cause, over in _over(orders).items():
        activities._connector_settle(over, [cause])


def _over(orders):
    """{cause: the orders for which it is gone}; who would notice was not there yet."""
    return {
        CANCEL_REQUESTED: orders.filtered(lambda o: not o.connector_cancel_requested),
        CONTRADICTION: orders.filtered(lambda o: not o.connector_mismatch),
        UNKNOWN_STATUS: orders.filtered(lambda o: o.connector_status != "unknown"),
    }

"""Every model, public method, menu and field of marketplaces, as everybody."""

from odoo.addons.erp_connector_base.tests.access import AccessWalk

from . import access_table
from .common import MarketCase


class TestAccessWalk(AccessWalk, MarketCase):
    addon = "connector_marketplace"
    roles = access_table.ROLES
    matrix = access_table.MATRIX
    methods = access_table.METHODS
    screens = (
        "erp.connector.backend",
        "erp.connector.binding",
        "erp.connector.message",
        "product.product",
        "product.template",
        "sale.order",
        "stock.picking",
    )

    def make_rows(self):
        self.order = self.place(1)

    def one(self, model):
        known = {
            "erp.connector.backend": self.backend,
            "product.product": self.order.order_line.product_id[:1],
            "product.template": self.order.order_line.product_id[:1].product_tmpl_id,
            "sale.order": self.order,
            "stock.picking": self.order.picking_ids[:1],
        }
        return known.get(model) or super().one(model)

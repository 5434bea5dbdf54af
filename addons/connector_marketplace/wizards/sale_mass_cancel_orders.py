from odoo import api, fields, models
from odoo.addons.connector_marketplace.models.sale_order_delivery import OPEN


class SaleMassCancelOrders(models.TransientModel):
    _inherit = "sale.mass.cancel.orders"

    connector_expected = fields.Char(compute="_compute_connector_expected")

    @api.depends("sale_order_ids")
    def _compute_connector_expected(self):
        """Which of them the platform still counts on."""
        for wizard in self:
            expected = wizard.sale_order_ids.filtered(
                lambda order: (
                    order.connector_order_ref and order.connector_status in OPEN
                )
            )
            wizard.connector_expected = ", ".join(expected.mapped("name")) or False

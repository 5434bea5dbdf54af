"""What the platform said of a line last: so that a person's work is told apart."""

from odoo import api, fields, models
from odoo.addons.connector_marketplace.rules.lines import CHARGE


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    connector_line_ref = fields.Char(
        "Platform Line",
        readonly=True,
        copy=False,
        help="The listing, or the charge, that this line stands for.",
    )
    connector_quantity = fields.Float(
        "Platform Quantity", digits="Product Unit", readonly=True, copy=False
    )
    connector_price = fields.Float(
        "Platform Price", digits="Product Price", readonly=True, copy=False
    )

    def _connector_is_article(self):
        """Whether it is the platform's line of an article."""
        ref = self.connector_line_ref
        return bool(ref) and not ref.startswith(CHARGE)

    @api.depends("order_id.connector_left_before")
    def _compute_qty_delivered_method(self):
        """What had left before its order came in is moved by no transfer."""
        result = super()._compute_qty_delivered_method()
        for line in self:
            if line.order_id.connector_left_before:
                line.qty_delivered_method = "manual"
        return result

    def _compute_price_unit(self):
        """No price list changes what the platform charges, whatever the quantity."""
        lines = self.filtered(lambda line: not line.connector_line_ref)
        return super(SaleOrderLine, lines)._compute_price_unit()

    def _get_qty_procurement(self, previous_product_uom_qty=False):
        """What was picked and then taken back into stock is to be picked anew."""
        quantity = super()._get_qty_procurement(previous_product_uom_qty)
        if not self.order_id.connector_order_ref:
            return quantity
        return quantity - sum(
            move.product_uom._compute_quantity(
                move._connector_taken_back(), self.product_uom_id
            )
            for move in self.move_ids
            if move.product_id == self.product_id  # parts of a kit count otherwise
        )

    def _action_launch_stock_rule(self, **kwargs):
        """What had left before its order came in opens no delivery, ever; nor does
        what the platform cancelled, whoever edits it."""
        lines = self.filtered(
            lambda line: (
                not line.order_id.connector_left_before
                and not line.order_id._connector_is_cancelled_there()
            )
        )
        return super(SaleOrderLine, lines)._action_launch_stock_rule(**kwargs)

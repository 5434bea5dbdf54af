"""What the platform said of a line last: so that a person's work is told apart."""

from collections import defaultdict

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
        return quantity - self._connector_picked_for_nothing()

    def _connector_picked_for_nothing(self):
        """Pieces, in the line's unit, that were picked and taken back into stock; of a
        kit as many as its parts were."""
        back = defaultdict(float)
        for move in self.move_ids:
            back[move.product_id] += move.product_uom._compute_quantity(
                move._connector_taken_back(), move.product_id.uom_id
            )
        pieces = [back.pop(self.product_id, 0.0)]
        for product, quantity in back.items():
            share = self._connector_per_piece(product)
            pieces.append(quantity / share if share else 0.0)
        return self.product_id.uom_id._compute_quantity(
            max(pieces), self.product_uom_id
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

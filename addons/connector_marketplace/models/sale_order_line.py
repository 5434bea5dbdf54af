from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _connector_gone(self):
        """How much the customer has of it, in the product's unit: delivered less
        returned."""
        self.ensure_one()
        done = self.move_ids.filtered(
            lambda m: m.state == "done" and m.product_id == self.product_id
        )
        return sum(
            m._connector_quantity()
            * (
                m.location_dest_id._connector_is_customer()
                - m.location_id._connector_is_customer()
            )
            for m in done
        )

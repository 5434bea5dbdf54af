from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _connector_too_many(self, ordered, gone):
        """Why not more than what was ordered leaves, where so many have left."""
        names = {
            "ordered": ordered,
            "product": self.product_id.display_name,
            "order": self.order_id.name,
            "gone": gone,
        }
        if not gone:
            return self.env._(
                "of %(product)s, %(order)s is for %(ordered)g only. Lessen what is to "
                "leave, or raise the ordered quantity.",
                **names,
            )
        return self.env._(
            "of %(ordered)g x %(product)s in %(order)s, %(gone)g have left already. "
            "Cancel this transfer; or receive first what comes back, or raise the "
            "ordered quantity.",
            **names,
        )

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

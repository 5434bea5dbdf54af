"""How many of what a line of a sale is for, how many have left, how many are to."""

from collections import defaultdict

from odoo import models


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _connector_too_many(self, product, ordered, gone):
        """Why not more than what was ordered leaves, where so many have left."""
        names = {
            "ordered": ordered,
            "product": product.display_name,
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

    def _connector_ordered(self, product):
        """How many of `product` the line is for, in that product's unit; None where
        nobody knows: it is neither the line's article nor a part of it."""
        self.ensure_one()
        pieces = self.product_uom_id._compute_quantity(
            self.product_uom_qty, self.product_id.uom_id, round=False
        )
        if product == self.product_id:
            return pieces
        share = self._connector_per_piece(product)
        return pieces * share if share else None

    def _connector_per_piece(self, product):
        """How many of `product` belong to one piece of the line, as a part of a kit; 0
        where nobody knows, as of parts that were asked for before this was noted."""
        shares = defaultdict(float)
        parts = self.move_ids.filtered(lambda m: m.product_id == product)
        leaving = parts.filtered(
            lambda m: m.state != "cancel" and m._connector_leaves()
        )
        if not all(leaving.mapped("connector_per_piece")):
            return 0.0
        for move in parts:
            part = move._connector_part()
            shares[part] = max(shares[part], move.connector_per_piece)
        return sum(shares.values())

    def _connector_gone(self, product):
        """How many of `product` the customer has of it, in that product's unit:
        delivered less returned."""
        self.ensure_one()
        done = self.move_ids.filtered(
            lambda m: m.state == "done" and m.product_id == product
        )
        return sum(
            m._connector_quantity()
            * (
                m.location_dest_id._connector_is_customer()
                - m.location_id._connector_is_customer()
            )
            for m in done
        )

    def _connector_opens_too_many(self):
        """Whether transfers that are open would take out more than was ordered."""
        self.ensure_one()
        leaving = self.move_ids.filtered(
            lambda m: m.state not in ("done", "cancel") and m._connector_leaves()
        )
        for (product, _place), moves in leaving.grouped(
            lambda m: (m.product_id, m.location_dest_id)
        ).items():
            ordered = self._connector_ordered(product)
            wanted = sum(moves.mapped("product_qty")) + self._connector_gone(product)
            if ordered is not None and product.uom_id.compare(wanted, ordered) > 0:
                return True
        return False

"""Stock of marketplace orders, a batch at a time.

Odoo makes pickings and reserves order by order and move by move. Under the context
`connector_reserve_later` (a batch of new orders) the same is done with one create, one
search, one update of each quant.
"""

from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    # ---- confirming ------------------------------------------------------------------

    def _action_confirm(self, *args, **kwargs):
        if self.env.context.get("connector_reserve_later"):
            self._make_pickings()
        return super()._action_confirm(*args, **kwargs)

    def _make_pickings(self):
        """One create for all pickings, where none can exist yet to be joined."""
        moves = self.filtered(lambda m: m.state == "draft" and m._should_be_assigned())
        if not moves or moves._has_siblings():
            return
        groups = moves.grouped(lambda m: m._key_assign_picking())
        if any(m.product_uom.compare(m.product_uom_qty, 0) < 0 for m in moves):
            return
        pickings = self.env["stock.picking"].create(
            [group._get_new_picking_values() for group in groups.values()]
        )
        for picking, group in zip(pickings, groups.values(), strict=True):
            group.picking_id = picking

    def _has_siblings(self):
        """Whether a picking of the same orders is there, or cannot be told."""
        references = self.reference_ids
        return any(not m.reference_ids for m in self) or bool(
            self.search_count(
                [
                    ("reference_ids", "in", references.ids),
                    ("picking_id", "!=", False),
                ],
                limit=1,
            )
        )

    def _should_assign_at_confirm(self):
        """Marketplace orders are reserved in one short pass a batch, after they are
        confirmed: workers that confirm side by side would collide on the quants."""
        if self.env.context.get("connector_reserve_later"):
            return False
        return super()._should_assign_at_confirm()

    def _trigger_scheduler(self):
        """One search tells whether any product of a batch has a reordering rule."""
        if self.env.context.get("connector_reserve_later"):
            rules = self.env["stock.warehouse.orderpoint"].search_count(
                [("product_id", "in", self.product_id.ids), ("trigger", "=", "auto")],
                limit=1,
            )
            if not rules:
                return None
        return super()._trigger_scheduler()

    # ---- reserving -------------------------------------------------------------------

    def _connector_reserve(self):
        """Reserve as `_action_assign` does, with one look at the stock a product.

        Moves that are not plain, and products that do not suffice for all, are left
        to Odoo's own, move by move.
        """
        plain = self.filtered(lambda m: m._is_plain())
        reserved = self.browse()
        rows = []
        for moves in plain.grouped(lambda m: (m.product_id, m.location_id)).values():
            taken = moves._take_quants()
            if taken is not None:
                rows += taken
                reserved |= moves
        lines = self.env["stock.move.line"].with_context(connector_reserved=True)
        lines.create(rows)
        reserved.write({"state": "assigned"})
        reserved.move_line_ids._apply_putaway_strategy()
        (self - reserved)._action_assign()

    def _is_plain(self):
        """Nothing but pieces of a product, taken from stock, none reserved yet."""
        return (
            self.state == "confirmed"
            and not self.move_orig_ids
            and not self.move_line_ids
            and self.procure_method == "make_to_stock"
            and self.product_id.tracking == "none"
            and self.product_uom == self.product_id.uom_id
            and self.product_id.categ_id.packaging_reserve_method != "full"
            and not self._should_bypass_reservation()
        )

    def _take_quants(self):
        """Reserve for moves of one product and place: values of their move lines.

        None when there is not enough for all of them.
        """
        product, location = self.product_id, self.location_id
        quants = self.env["stock.quant"]
        wanted = sum(self.mapped("product_qty"))
        found = quants._get_reserve_quantity(product, location, wanted)
        if product.uom_id.compare(sum(part for _quant, part in found), wanted):
            return None
        for quant, part in found:
            quants._update_reserved_quantity(
                product,
                quant.location_id,
                part,
                lot_id=quant.lot_id,
                package_id=quant.package_id,
                owner_id=quant.owner_id,
            )
        return self._share(found)

    def _share(self, found):
        """Move line values that give [(quant, quantity)] to the moves, in order."""
        rows = []
        sources = iter(found)
        quant, left = next(sources)
        for move in self:
            need = move.product_qty
            while move.product_uom.compare(need, 0) > 0:
                part = min(need, left)
                rows.append(move._prepare_move_line_vals(part, quant))
                need, left = need - part, left - part
                if move.product_uom.is_zero(left):
                    quant, left = next(sources, (quant, 0))
        return rows

"""Nothing leaves for a marketplace order that must not; what was picked goes back."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError


class StockMove(models.Model):
    _inherit = "stock.move"

    connector_per_piece = fields.Float(
        readonly=True,
        help="Of a part of a kit: how many belong to one piece of the sold article.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """What a kit is made of is known when its parts are first asked for."""
        moves = super().create(vals_list)
        for move in moves.filtered(lambda m: m._connector_is_part()):
            line = move.sudo().sale_line_id
            pieces = line._connector_ordered(line.product_id)
            if pieces > 0 and not move.connector_per_piece:
                move.connector_per_piece = max(move.product_qty / pieces, 0)
        return moves

    def _connector_is_part(self):
        """Whether it moves another article than the marketplace sold: a part of it."""
        line = self.sudo().sale_line_id
        return (
            bool(line)
            and self.product_id != line.product_id
            and bool(line.order_id.connector_order_ref)
        )

    def _connector_part(self):
        """What tells two parts of one article apart in a kit; Manufacturing's line."""
        return self["bom_line_id"].id if "bom_line_id" in self._fields else False

    def _action_done(self, *args, **kwargs):
        """The one way to done: screens, batches, barcodes and calls all come here."""
        self._check_connector_leave()
        done = super()._action_done(*args, **kwargs)
        orders = done.sudo().filtered(lambda m: m.location_id._connector_is_customer())
        orders._connector_order()._connector_goods_back()
        out = done.sudo().filtered(
            lambda m: m.location_dest_id._connector_is_customer()
        )
        out._connector_sale()._connector_none_leaving()
        return done

    def _action_cancel(self):
        result = super()._action_cancel()
        self.sudo()._connector_sale()._connector_none_leaving()
        return result

    def _check_connector_leave(self):
        moves = self.sudo().filtered(
            lambda m: m.picked and m.quantity > 0 and m.state not in ("done", "cancel")
        )
        refusals = moves._connector_refusals()
        if refusals:
            raise UserError("\n".join(refusals))

    def _connector_refusals(self):
        """Why these moves cannot leave: a sentence for each transfer and reason.

        Warehouse people need no right on the sale for it: call it as superuser.
        """
        moves = self.filtered(lambda m: m.state not in ("done", "cancel"))
        marketplace = moves.filtered(
            lambda m: m._connector_order() and m._connector_leaves()
        )
        reasons = {}
        for move in marketplace:
            why = move._connector_order()._connector_refusal()
            if why:
                reasons.setdefault((move._connector_document(), why))
        for move, why in marketplace._connector_twice():
            reasons.setdefault((move._connector_document(), why))
        return [
            self.env._("%(picking)s cannot be shipped: %(why)s", picking=name, why=why)
            for name, why in reasons
        ]

    def _connector_twice(self):
        """[(move, why)] of moves that would ship what has left already."""
        asked = defaultdict(float)
        twice = []
        for move in self.filtered(
            lambda m: m.location_dest_id._connector_is_customer()
        ):
            line, product = move.sale_line_id, move.product_id
            ordered = line and line._connector_ordered(product)
            if not line or ordered is None:
                continue  # an extra
            gone = line._connector_gone(product)
            asked[line, product] += move._connector_quantity()
            if product.uom_id.compare(gone + asked[line, product], ordered) > 0:
                why = line._connector_too_many(product, ordered, gone)
                twice.append((move, why))
        return twice

    # ---- where a move goes -----------------------------------------------------------

    def _connector_order(self):
        """The marketplace orders these moves are for."""
        return self._connector_sale().filtered("connector_order_ref")

    def _connector_sale(self):
        """The marketplace orders, and copies of some, that these moves are for."""
        orders = self.sale_line_id.order_id
        orders |= self.filtered(lambda m: not m.sale_line_id).picking_id.sale_id
        return orders.filtered(
            lambda o: o.connector_order_ref or o.connector_copy_of_id
        )

    def _connector_document(self):
        return self.picking_id.name or self.reference or self.display_name

    def _connector_quantity(self):
        """Its quantity in the product's own unit."""
        return self.product_uom._compute_quantity(
            self.quantity, self.product_id.uom_id, round=False
        )

    def _connector_stock(self):
        warehouse = self.picking_type_id.warehouse_id or self.warehouse_id
        return warehouse.lot_stock_id

    def _connector_leaves(self):
        """Whether it is a step towards the customer. What comes in, from suppliers or
        from customers, and what goes back into stock is none."""
        self.ensure_one()
        if self.location_dest_id._connector_is_customer():
            return True
        if self.location_id.usage not in ("internal", "transit"):
            return False
        if self.location_dest_id.usage not in ("internal", "transit"):
            return False  # scrap, production
        if self.origin_returned_move_id:
            return False
        return self.location_final_id._connector_is_customer() or any(
            move._connector_leaves()
            for move in self.move_dest_ids
            if move.state != "cancel" and move.location_id != self.location_id
        )

    # ---- back into stock -------------------------------------------------------------

    def _connector_back_from(self, location, order):
        """The transfers that take what these moves brought to `location` to stock."""
        values = []
        for product, moves in self.grouped("product_id").items():
            stay = moves._connector_staying(location, order)
            if product.uom_id.compare(stay, 0) > 0:
                values.append(moves._connector_back_values(location, stay))
        if not values:
            return self.env["stock.picking"]
        kind = self._connector_back_type()
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": kind.id,
                "location_id": location.id,
                "location_dest_id": self[0]._connector_stock().id,
                "origin": self.env._(
                    "%(order)s (%(reference)s), cancelled",
                    order=order.name,
                    reference=order.connector_order_ref,
                ),
                "company_id": self[0].company_id.id,
                "move_ids": [
                    (0, 0, {**row, "picking_type_id": kind.id}) for row in values
                ],
            }
        )
        picking.action_confirm()
        picking.action_assign()
        return picking

    def _connector_staying(self, location, order):
        """How much of it is still at `location`, in the product's unit: what these
        moves brought less what was or is being taken away."""
        away = order._connector_moves().filtered(
            lambda m: (
                m.product_id == self.product_id
                and m.location_id == location
                and (
                    m.state == "done"
                    or (m.state != "cancel" and not m._connector_leaves())
                )
            )
        )
        return sum(m._connector_quantity() for m in self) - sum(
            m._connector_quantity() if m.state == "done" else m.product_qty
            for m in away
        )

    def _connector_taken_back(self):
        """How much of what this step brought was or is being taken back into stock."""
        self.ensure_one()
        onward = self.move_dest_ids.filtered(lambda m: m.state != "cancel")
        back = onward.filtered(
            lambda m: (
                m.origin_returned_move_id
                and not (m.to_refund and m.rule_id)  # Odoo counts that itself
                and m.location_id == self.location_dest_id
                and not m._connector_leaves()
            )
        )
        if self.state != "done" or not back:
            return 0.0
        return self.quantity - sum(
            m.quantity if m.state == "done" else m.product_uom_qty
            for m in onward - back
        )

    def _connector_back_values(self, location, quantity):
        return {
            "product_id": self.product_id.id,
            "product_uom": self.product_id.uom_id.id,
            "product_uom_qty": quantity,
            "location_id": location.id,
            "location_dest_id": self[0]._connector_stock().id,
            "company_id": self[0].company_id.id,
            "warehouse_id": self[0]._connector_stock().warehouse_id.id,
            "sale_line_id": self.sale_line_id[:1].id,
            "move_orig_ids": [(6, 0, self.ids)],
            "origin_returned_move_id": self[-1].id,
        }

    def _connector_back_type(self):
        """Internal transfers where the warehouse uses them, else the type of the step
        that is undone."""
        steps = self.picking_type_id
        internal = steps.warehouse_id.int_type_id
        return (internal.filtered("active") or steps)[:1]

"""What may leave for a marketplace order, and where its goods are."""

from collections import defaultdict

from odoo import api, fields, models
from odoo.addons.connector_marketplace.providers.schema import OrderStatus
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

#: Causes of activities on an order.
BOOK_OUT = "order.book_out"
CANCEL_REQUESTED = "order.cancel_requested"
CHANGED = "order.changed"
COPY_ASKED = "order.copy_asked"
COPY_CHANGED = "order.copy_changed"
CONTRADICTION = "order.contradiction"
TAKE_BACK = "order.take_back"

CANCELLED = str(OrderStatus.CANCELLED)
#: The platform counts on the seller: an order of this status is to be a sale here.
EXPECTED = [
    str(status)
    for status in (
        OrderStatus.READY_TO_SHIP,
        OrderStatus.PROCESSED,
        OrderStatus.IN_CANCEL,
        OrderStatus.SHIPPED,
        OrderStatus.DELIVERED,
        OrderStatus.COMPLETED,
    )
]
UNPAID = [str(OrderStatus.UNPAID), str(OrderStatus.PENDING)]
#: It may still be paid: to be cancelled here is too early.
OPEN = [*EXPECTED, *UNPAID]


class SaleOrder(models.Model):
    _inherit = "sale.order"

    connector_mismatch = fields.Char(
        "Not as on Platform",
        compute="_compute_connector_mismatch",
        search="_search_connector_mismatch",
        help="What this order's state and the platform's status contradict each other "
        "in.",
    )

    # ---- here and there --------------------------------------------------------------

    @api.depends(
        "state", "connector_status", "connector_order_ref", "connector_left_before"
    )
    def _compute_connector_mismatch(self):
        _ = self.env._
        for order in self:
            status, text = order.connector_status, False
            if not order.connector_order_ref:
                pass
            elif order.state == "cancel" and status in OPEN:
                text = _(
                    "Cancelled here, but the platform still expects this order. Cancel "
                    "it there, or set it to quotation and confirm it again."
                )
            elif order.state in ("draft", "sent") and status in EXPECTED:
                text = _(
                    "The platform expects this order to be shipped, but it is not "
                    "confirmed here. Confirm it, or cancel it on the platform."
                )
            elif order.state != "sale" or status != CANCELLED:
                pass
            elif order.connector_left_before:
                text = _(
                    "Cancelled on the platform. Its parcel had left before the order "
                    "came in: nothing was booked out here. When the goods come back, "
                    "take them in under Inventory ▸ Receipts, then cancel this order."
                )
            else:
                text = _(
                    "Cancelled on the platform after goods had left. Nothing more may "
                    "leave. Take back what has left; the order is cancelled when all "
                    "of it has come back."
                )
            order.connector_mismatch = text

    def _search_connector_mismatch(self, operator, value):
        if operator not in ("=", "!=", "in", "not in"):
            return NotImplemented
        values = [value] if isinstance(value, str | bool) or not value else value
        wanted = any(values) == (operator in ("=", "in"))
        domain = Domain("connector_order_ref", "!=", False) & (
            (Domain("state", "=", "cancel") & Domain("connector_status", "in", OPEN))
            | (
                Domain("state", "in", ("draft", "sent"))
                & Domain("connector_status", "in", EXPECTED)
            )
            | (
                Domain("state", "=", "sale")
                & Domain("connector_status", "=", CANCELLED)
            )
        )
        return domain if wanted else ~domain

    def _connector_is_cancelled_there(self):
        return bool(self.connector_order_ref) and self.connector_status == CANCELLED

    def _confirmation_error_message(self):
        """Nobody confirms what the platform has cancelled."""
        if self._connector_is_cancelled_there():
            return self.env._(
                "%(order)s (%(reference)s) was cancelled on the platform and cannot be "
                "confirmed again. If the buyer still wants it, make a new order.",
                order=self.name,
                reference=self.connector_order_ref,
            )
        return super()._confirmation_error_message()

    def write(self, vals):
        result = super().write(vals)
        if "state" in vals and not self.env.context.get("connector_confirm_later"):
            self.filtered("connector_order_ref")._connector_follow_state()
        return result

    def _connector_follow_state(self):
        """A person or the platform has decided: what was asked for is answered."""
        for order in self:
            if order.state == "cancel":
                order._connector_put_back()
                order._connector_settle_cancelled()
            if not order.connector_mismatch:
                order.sudo().connector_backend_id._settle_notice(
                    CONTRADICTION, record=order
                )

    def _connector_settle_cancelled(self):
        """What a cancelled order asks of nobody any more."""
        causes = [BOOK_OUT]
        if self.connector_left_before:  # no return will ever tell that it is back
            causes.append(TAKE_BACK)
        self.sudo().connector_backend_id._settle_notice(*causes, record=self)

    # ---- may it leave ----------------------------------------------------------------

    def _connector_refusal(self):
        """Why nothing of this order may leave: a sentence, or "" when it may."""
        self.ensure_one()
        if not self.connector_order_ref:
            return ""
        _ = self.env._
        names = {"order": self.name, "reference": self.connector_order_ref}
        if self._connector_is_cancelled_there():
            return _(
                "%(order)s (%(reference)s) was cancelled on the platform: its goods "
                "stay here.",
                **names,
            )
        if self.connector_left_before:
            return _(
                "the parcel of %(order)s (%(reference)s) had left before the order "
                "came in.",
                **names,
            )
        if self.connector_cancel_requested:
            return _(
                "the buyer of %(order)s (%(reference)s) asked to cancel. Accept or "
                "reject the cancellation on the platform first.",
                **names,
            )
        if self.connector_hold == "changed":
            return _(
                "%(order)s (%(reference)s) was changed on the platform. See the "
                "activity on the order, then press Release Deliveries there.",
                **names,
            )
        if self.connector_hold:
            names["why"] = self.connector_platform_hold or self.connector_raw_status
            return _(
                "the platform says not to ship %(order)s (%(reference)s) yet: %(why)s. "
                "It is released as soon as the platform says so.",
                **names,
            )
        if self.connector_status in UNPAID:
            return _(
                "%(order)s (%(reference)s) is not paid yet on the platform. It is "
                "released as soon as the platform says so.",
                **names,
            )
        return ""

    def action_connector_release(self):
        """A person has seen what was changed on the platform: deliveries go on."""
        self.check_access("write")
        if not self.env.user.has_group("sales_team.group_sale_salesman"):
            raise AccessError(self.env._("Only salespeople may release deliveries."))
        other = self.filtered(lambda order: order.connector_hold != "changed")
        if other:
            raise UserError(
                self.env._(
                    "%s: only deliveries that are held because the order was changed "
                    "on the platform can be released by hand.",
                    ", ".join(other.mapped("name")),
                )
            )
        for order in self:
            order.connector_hold = (
                "platform" if order.connector_platform_hold else False
            )
            order.connector_backend_id.sudo()._settle_notice(CHANGED, record=order)
            order.message_post(
                body=self.env._(
                    "Deliveries released. They were held because the order was changed "
                    "on the platform."
                )
            )

    # ---- what has left ---------------------------------------------------------------

    def _connector_moves(self):
        """All moves of these orders, also those of articles added in the warehouse."""
        orders = self.sudo()
        added = orders.picking_ids.move_ids.filtered(lambda m: not m.sale_line_id)
        return orders.order_line.move_ids | added

    def _connector_leaving(self):
        """Steps towards the customer that are open."""
        return self._connector_moves().filtered(
            lambda m: m.state not in ("done", "cancel") and m._connector_leaves()
        )

    def _connector_none_leaving(self):
        """Goods have left, or were given up: once nothing is open there is nothing to
        book out, and nothing to stop on a copy."""
        activities = self.env["mail.activity"].sudo()
        causes = (BOOK_OUT, COPY_ASKED, COPY_CHANGED)
        asked = activities._connector_open(self, causes).mapped("res_id")
        done = self.browse(asked).filtered(lambda o: not o._connector_leaving())
        activities._connector_settle(done, causes)

    def _connector_left_pieces(self):
        """{article sold: quantity} that the customer has, kits as whole ones and not
        their parts."""
        left = defaultdict(float, self._connector_left())
        for line in self.order_line:
            whole = []
            for part in line.move_ids.product_id - line.product_id:
                gone = line._connector_gone(part)
                left[part] -= gone
                if share := line._connector_per_piece(part):
                    whole.append(gone / share)
            if whole:
                left[line.product_id] += max(whole)
        return left

    def _connector_left(self):
        """{product: quantity} that the customer has: delivered less returned."""
        left = defaultdict(float)
        for line in self.order_line.filtered("order_id.connector_left_before"):
            if line.product_id.type == "consu":
                left[line.product_id] += line.product_uom_id._compute_quantity(
                    line.qty_delivered, line.product_id.uom_id
                )
        for move in self._connector_moves().filtered(lambda m: m.state == "done"):
            there = move.location_dest_id._connector_is_customer()
            back = move.location_id._connector_is_customer()
            left[move.product_id] += (there - back) * move._connector_quantity()
        return {
            product: quantity
            for product, quantity in left.items()
            if product.uom_id.compare(quantity, 0) > 0
        }

    def _connector_left_text(self):
        return ", ".join(
            f"{quantity:g} x {product.display_name}"
            for product, quantity in self._connector_left().items()
        )

    def _connector_came_back(self):
        """Whether the customer has sent something back."""
        return any(
            move.state == "done" and move.location_id._connector_is_customer()
            for move in self._connector_moves()
        )

    def _connector_goods_back(self):
        """Goods came back: what asked for them is done, and what the platform cancelled
        is cancelled here, too."""
        for order in self.sudo():
            returns = order._connector_moves().filtered(
                lambda m: (
                    m.location_id._connector_is_customer()
                    and m.state not in ("done", "cancel")
                )
            )
            left = order._connector_left()
            if returns or (left and order.connector_status == CANCELLED):
                continue
            order.connector_backend_id._settle_notice(TAKE_BACK, record=order)
            if order.state == "sale" and order.connector_status == CANCELLED:
                order.action_unlock()
                order._action_cancel()

    # ---- what has not ----------------------------------------------------------------

    def _connector_end_cancelled(self):
        """The platform cancelled it: what has not left stays here. Whether it ended."""
        self.ensure_one()
        if self._connector_left():
            self._connector_cancel_rest()
            self._connector_tell_credit()
            return False
        if self.locked:
            self.action_unlock()
        self._action_cancel()
        return True

    def _connector_cancel_rest(self):
        """Cancel every step towards the customer that is not done; keep returns."""
        self.ensure_one()
        moves = self._connector_leaving()
        self._connector_tell_suppliers()
        whole = moves.picking_id.filtered(
            lambda p: not p.move_ids.filtered(lambda m: m.state != "cancel") - moves
        )
        whole.action_cancel()
        moves.filtered(lambda m: m.state != "cancel")._action_cancel()
        self._connector_put_back()

    def _connector_tell_suppliers(self):
        """Purchases and manufacturing orders for the rest: whoever is in charge of
        them is told in Odoo's own words, as when the whole order is cancelled."""
        lines = {
            line: (line.product_uom_qty, line.qty_delivered)
            for line in self.order_line
            if line.move_ids and line.product_uom_qty > line.qty_delivered
        }
        if not lines:
            return
        pickings = self.env["stock.picking"].with_context(include_draft_documents=True)
        documents = pickings._log_activity_get_documents(lines, "move_ids", "UP")
        others = {
            key: value
            for key, value in documents.items()
            if key[0]._name != "stock.picking"
        }
        if others:
            self._log_decrease_ordered_quantity(others, cancel=True)

    def _connector_put_back(self):
        """What was picked and cannot leave any more gets a transfer back into stock."""
        self.ensure_one()
        groups = self._connector_stranded().grouped("location_dest_id")
        pickings = self.env["stock.picking"].sudo()
        for location, moves in groups.items():
            pickings += moves._connector_back_from(location, self)
        if pickings:
            self._message_log(
                body=self.env._(
                    "Picked already: %s takes the goods back into stock.",
                    ", ".join(pickings.mapped("name")),
                )
            )
        return pickings

    def _connector_stranded(self):
        """Done steps within the house whose goods have not reached stock again."""
        return self._connector_moves().filtered(
            lambda m: (
                m.state == "done"
                and m.location_id.usage in ("internal", "transit")
                and m.location_dest_id.usage in ("internal", "transit")
                and not m.location_dest_id._child_of(m._connector_stock())
            )
        )

"""Cancellations, returns: what the platform decides about goods that may be gone."""

from markupsafe import Markup

from odoo import models
from odoo.addons.connector_marketplace.providers.schema import GONE, OrderStatus

from .connector_marketplace_order_divided import ORDER_CHANGED, ORDER_EDITED
from .connector_marketplace_order_header import ADDRESS_CHANGED
from .sale_order_charges import CHARGES_MISSING
from .sale_order_delivery import (
    BOOK_OUT,
    CANCEL_REQUESTED,
    CONTRADICTION,
    COPY_ASKED,
    TAKE_BACK,
)
from .sale_order_invoice import CHARGES_LATE, ORDER_INVOICED

#: What an order that the platform cancelled asks of nobody any more.
CAUSES = (
    ADDRESS_CHANGED,
    BOOK_OUT,
    CANCEL_REQUESTED,
    CHARGES_LATE,
    CHARGES_MISSING,
    CONTRADICTION,
    ORDER_CHANGED,
    ORDER_EDITED,
    ORDER_INVOICED,
)


class ConnectorMarketplaceOrder(models.AbstractModel):
    _inherit = "connector.marketplace.order"

    def _request_cancel(self, backend, sale, order):
        """The buyer asks: nothing leaves before the platform says what was decided."""
        sale.connector_cancel_requested = True
        self._tell_copies(backend, sale, order, COPY_ASKED)
        note = self.env._(
            "Accept or reject it on the platform. Deliveries are blocked until the "
            "platform says how it was decided."
        )
        if sale._connector_left():
            note = self.env._(
                "Goods have left already: reject it on the platform, or accept it and "
                "take them back. What is still here is blocked until the platform "
                "says how it was decided."
            )
        backend._notify_owner(
            self.env._("Buyer asks to cancel %s", order.id),
            self._with_reason(note, order),
            record=sale,
            cause=CANCEL_REQUESTED,
        )
        return self.env._("The buyer asks to cancel; deliveries are blocked.")

    def _with_reason(self, text, order):
        if not order.cancel_reason:
            return text
        return self.env._(
            "%(text)s The platform's reason: %(reason)s.",
            text=text,
            reason=order.cancel_reason,
        )

    def _withdraw_cancel(self, backend, sale, order):
        asked = self._end_request(backend, sale)
        if sale.state == "cancel":
            return self._contradiction(backend, sale, order)
        backend._settle_notice(CONTRADICTION, record=sale)
        if not asked:
            return ""
        return self.env._("The cancellation was not carried out; deliveries go on.")

    def _end_request(self, backend, sale):
        """The platform goes on: nobody asks to cancel. Whether somebody did."""
        asked = sale.connector_cancel_requested
        if asked:
            sale.connector_cancel_requested = False
            backend._settle_notice(CANCEL_REQUESTED, record=sale)
            backend._settle_notice(COPY_ASKED, record=self._copies(sale))
            if sale.state != "cancel":
                self._tell_changed_meanwhile(backend, sale)
        return asked

    def _cancel(self, backend, sale, order):
        """What has not left stays here; what has left is to come back."""
        self._tell_copies(backend, sale, order)
        sale.write({"connector_cancel_requested": False, "connector_hold": False})
        backend._settle_notice(*CAUSES, record=sale)
        if sale.state == "cancel":
            if sale._connector_left():
                return self._ask_for_return(backend, sale, order)
            return self.env._("Was cancelled already.")
        if not sale._connector_end_cancelled():
            return self._ask_for_return(backend, sale, order)
        sale._message_log(body=self._cancelled_text(order))
        return self._cancelled_text(order)

    def _cancelled_text(self, order):
        if order.cancel_by:
            text = self.env._(
                "Cancelled by %s; reserved stock is free.", order.cancel_by
            )
        else:
            text = self.env._("Cancelled on the platform; reserved stock is free.")
        return self._with_reason(text, order)

    # ---- what is to come back --------------------------------------------------------

    def _return(self, backend, sale, order):
        """The buyer sends it back: what was asked before it left is answered."""
        self._end_request(backend, sale)
        return self._ask_for_return(backend, sale, order)

    def _ask_for_return(self, backend, sale, order):
        left = sale._connector_left_text()
        if not left and sale._connector_came_back():
            backend._settle_notice(TAKE_BACK, record=sale)
            return self.env._("Its goods came back already.")
        self._tell_return(
            backend,
            sale,
            self.env._("Take back %s", order.id),
            self._with_reason(self._return_text(sale, order, left), order),
        )
        return self.env._("Goods are to come back: see the activity on the order.")

    def _return_text(self, sale, order, left):
        """What has left, and how it is taken in when it comes back."""
        names = {"status": order.raw_status, "goods": left}
        if sale.connector_left_before:
            text = self.env._(
                "The platform says %(status)s. The parcel (%(goods)s) had left before "
                "the order came in, so nothing was booked out here and there is no "
                "transfer to return.",
                **names,
            )
            return f"{text} {self._take_in_text(sale, order)}"
        if left:
            return self.env._(
                "The platform says %(status)s after goods have left: %(goods)s. Make a "
                "return when they come back.",
                **names,
            )
        if sale.state == "cancel":
            return self.env._(
                "The platform says %s. The order is cancelled here and nothing of it "
                "was booked out: if its goods have left, set it to quotation, confirm "
                "it and validate its delivery, then make a return when they come back.",
                order.raw_status,
            )
        return self.env._(
            "The platform says %s. No delivery of this order is validated here: if "
            "its goods have left, validate it, then make a return when they come "
            "back.",
            order.raw_status,
        )

    def _take_in_text(self, sale, order):
        """How goods that were never booked out here come in."""
        if order.status == OrderStatus.CANCELLED:
            return self.env._(
                "If the goods come back, take them in under Inventory ▸ Receipts; then "
                "cancel this order. If they do not, mark this as done."
            )
        return self.env._(
            "If goods come back, take them in under Inventory ▸ Receipts and set the "
            "delivered quantity on the order to what the customer keeps. If they do "
            "not, mark this as done."
        )

    def _left_too_many(self, sale, steps):
        """{product: how many more the customer has than the platform wants now}, of
        the lines that `steps` lessen. What a person added beside them stays there."""
        lines = sale.order_line
        less = {
            s.kept.id for s in steps if s.kept and s.quantity < s.kept.said_quantity
        }
        products = lines.filtered(
            lambda line: line.id in less and line._connector_is_article()
        ).product_id
        wanted = {s.kept.id: float(s.quantity) for s in steps if s.kept and s.news}
        left = sale._connector_left_pieces()
        found = {}
        for product in products:
            same = lines.filtered(lambda x, p=product: x.product_id == p)
            more = left.get(product, 0) - self._added(sale, same)
            more -= sum(wanted.get(line.id, line.connector_quantity) for line in same)
            if product.uom_id.compare(more, 0) > 0:
                found[product] = more
        return found

    def _added(self, sale, same):
        """Pieces on a person's own lines that were not divided off the platform's, of
        all lines of one article."""
        pieces = {line: line._connector_ordered(line.product_id) for line in same}
        own = sum(pieces[line] for line in same & self._own_lines(sale))
        more = sum(pieces.values()) - sum(same.mapped("connector_quantity"))
        return max(min(own, more), 0)

    def _below_delivered(self, sale, steps):
        """Whether a line would be for less than was delivered of it: Odoo forbids."""
        to = {s.kept.id: s.to for s in steps if s.kept and s.to is not None}
        lines = sale.order_line.filtered(lambda line: line.id in to)
        return any(line.qty_delivered > to[line.id] for line in lines)

    def _expect_back(self, backend, sale, order, changes, back):
        """Pieces were cancelled after all had left: nothing is held or put back."""
        goods = ", ".join(f"{n:g} x {p.display_name}" for p, n in back.items())
        names = {"sale": sale.name, "changes": changes, "goods": goods}
        if sale.connector_left_before:
            note = self.env._(
                "The platform cancelled pieces of %(sale)s (%(changes)s), whose parcel "
                "had left before the order came in: nothing was booked out here.",
                **names,
            )
            note = f"{note} {self._take_in_text(sale, order)}"
        else:
            note = self.env._(
                "The platform cancelled pieces of %(sale)s (%(changes)s) after all of "
                "it had left. There is nothing to put back: expect %(goods)s back from "
                "the courier or the customer. When they come, make a return of the "
                "delivery and set the ordered quantity to what the customer keeps. If "
                "they do not, mark this as done.",
                **names,
            )
        summary = self.env._("Pieces of %s may come back", order.id)
        self._tell_return(backend, sale, summary, note, changes)

    def _tell_return(self, backend, sale, summary, note, changes=""):
        """One activity for all that is to come back; what is told later is added."""
        there = self.env["mail.activity"].sudo()._connector_open(sale, TAKE_BACK)
        if not there:
            backend._notify_owner(summary, note, record=sale, cause=TAKE_BACK)
        for activity in there:
            if activity.summary != summary or changes:
                activity.summary = summary
                activity.note = (activity.note or "") + Markup("<p>%s</p>") % note

    def _tell_book_out(self, backend, sale, order):
        """Its parcel has left while it was a quotation here: stock is to follow."""
        transfers = sale._connector_leaving().picking_id
        if not transfers or order.status == OrderStatus.TO_RETURN:
            return
        backend._notify_owner(
            self.env._("Book out %s, which has left", order.id),
            self.env._(
                "The platform says %(status)s, but %(sale)s was only a quotation here, "
                "so its goods are still in stock. It is confirmed now: validate "
                "%(transfers)s, so that stock is right.",
                status=order.raw_status,
                sale=sale.name,
                transfers=", ".join(transfers.mapped("name")),
            ),
            record=sale,
            cause=BOOK_OUT,
        )

    def _contradiction(self, backend, sale, order):
        note = self.env._(
            "The platform goes on with order %s, which is cancelled in Odoo. "
            "Decide which one is right: cancel it on the platform, or set it to "
            "quotation here and confirm it again.",
            order.id,
        )
        if order.status in GONE:
            note = self.env._(
                "The platform says that order %s has left, but it is cancelled in "
                "Odoo. Set it to quotation here, confirm it again and validate its "
                "delivery, so that stock is right.",
                order.id,
            )
        backend._notify_owner(
            self.env._("Cancelled here, %s there", order.raw_status),
            note,
            record=sale,
            cause=CONTRADICTION,
        )
        return self.env._("Cancelled here, but the platform goes on with it.")

"""Cancellations, returns: what the platform decides about goods that may be gone."""

from odoo import models

from .sale_order_delivery import (
    CANCEL_REQUESTED,
    CHANGED,
    CONTRADICTION,
    TAKE_BACK,
)


class ConnectorMarketplaceOrder(models.AbstractModel):
    _inherit = "connector.marketplace.order"

    def _request_cancel(self, backend, sale, order):
        """The buyer asks: nothing leaves before the platform says what was decided."""
        sale.connector_cancel_requested = True
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
        if sale.state == "cancel":
            return self._contradiction(backend, sale, order)
        backend._settle_notice(CONTRADICTION, record=sale)
        if not sale.connector_cancel_requested:
            return ""
        sale.connector_cancel_requested = False
        backend._settle_notice(CANCEL_REQUESTED, record=sale)
        return self.env._("The cancellation was not carried out; deliveries go on.")

    def _cancel(self, backend, sale, order):
        """What has not left stays here; what has left is to come back."""
        sale.write({"connector_cancel_requested": False, "connector_hold": False})
        backend._settle_notice(CANCEL_REQUESTED, CHANGED, CONTRADICTION, record=sale)
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

    def _ask_for_return(self, backend, sale, order):
        left = sale._connector_left_text()
        if not left and sale._connector_came_back():
            backend._settle_notice(TAKE_BACK, record=sale)
            return self.env._("Its goods came back already.")
        note = self.env._(
            "The platform says %(status)s after goods have left: %(goods)s. Make a "
            "return when they come back.",
            status=order.raw_status,
            goods=left,
        )
        if not left:
            note = self.env._(
                "The platform says %s. No delivery of this order is validated here: if "
                "its goods have left, validate it, then make a return when they come "
                "back.",
                order.raw_status,
            )
        backend._notify_owner(
            self.env._("Take back %s", order.id),
            self._with_reason(note, order),
            record=sale,
            cause=TAKE_BACK,
        )
        return self.env._("Goods are to come back: see the activity on the order.")

    def _contradiction(self, backend, sale, order):
        backend._notify_owner(
            self.env._("Cancelled here, %s there", order.raw_status),
            self.env._(
                "The platform goes on with order %s, which is cancelled in Odoo. "
                "Decide which one is right: cancel it on the platform, or set it to "
                "quotation here and confirm it again.",
                order.id,
            ),
            record=sale,
            cause=CONTRADICTION,
        )
        return self.env._("Cancelled here, but the platform goes on with it.")

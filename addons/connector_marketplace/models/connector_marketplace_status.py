"""What a changed order does to the sale order that is there already."""

from odoo import fields, models
from odoo.addons.connector_marketplace.providers.schema import OrderStatus
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.tools.moments import naive

from .connector_marketplace_order import NOT_YET

#: Where an order stands; of two tellings of one second the further one counts.
RANK = {
    status: rank
    for rank, status in enumerate(
        (
            OrderStatus.UNKNOWN,
            OrderStatus.UNPAID,
            OrderStatus.PENDING,
            OrderStatus.READY_TO_SHIP,
            OrderStatus.PROCESSED,
            OrderStatus.IN_CANCEL,
            OrderStatus.SHIPPED,
            OrderStatus.DELIVERED,
            OrderStatus.COMPLETED,
            OrderStatus.TO_RETURN,
            OrderStatus.CANCELLED,
        )
    )
}


class ConnectorMarketplaceOrder(models.AbstractModel):
    _inherit = "connector.marketplace.order"

    # ---- known orders ----------------------------------------------------------------

    def _update(self, backend, sale, order):
        """Bring `sale` to where the platform says `order` stands, never backwards."""
        _ = self.env._
        applied = (sale.connector_updated_at, RANK[OrderStatus(sale.connector_status)])
        told = (naive(order.updated_at), RANK[order.status])
        if told < applied:
            return Outcome.ignored(
                _(
                    "Older than what is applied already (%s).",
                    sale.connector_raw_status,
                ),
                sale,
            )
        if told == applied and not self._unfinished(sale, order):
            return Outcome.done(sale, _("Already so."))
        if sale.state == "draft" and order.status not in NOT_YET:
            return self._firm_up(backend, sale, order)
        values = self._status_values(order)
        if order.total is None:
            values.pop("connector_total")
        sale.write(values)
        action = self._actions().get(order.status)
        note = action(backend, sale, order) if action else ""
        return Outcome.done(sale, note or _("Status recorded: %s", order.raw_status))

    def _unfinished(self, sale, order):
        return sale.state == "draft" and order.status not in NOT_YET

    def _actions(self):
        """What each status does to a confirmed sale; the others are only recorded."""
        return {
            OrderStatus.READY_TO_SHIP: self._withdraw_cancel,
            OrderStatus.PROCESSED: self._withdraw_cancel,
            OrderStatus.SHIPPED: self._withdraw_cancel,
            OrderStatus.DELIVERED: self._withdraw_cancel,
            OrderStatus.COMPLETED: self._withdraw_cancel,
            OrderStatus.IN_CANCEL: self._request_cancel,
            OrderStatus.CANCELLED: self._cancel,
            OrderStatus.TO_RETURN: self._ask_for_return,
            OrderStatus.UNKNOWN: self._show_unknown,
        }

    def _firm_up(self, backend, sale, order):
        """A quotation is paid, or given up."""
        if order.status == OrderStatus.CANCELLED:
            sale.write(self._status_values(order))
            return Outcome.done(sale, self._cancel(backend, sale, order))
        if order.status == OrderStatus.UNKNOWN:
            sale.write(self._status_values(order))
            return Outcome.done(sale, self._show_unknown(backend, sale, order))
        lines = self.env["connector.marketplace.line"]
        products, reasons = lines._products(backend, [order])
        missing = {x.listing_id for x in order.lines} & set(reasons)
        if missing:
            return self._waiting(missing, reasons)
        taxes = self._line_taxes(backend, [order], products)
        partners = self.env["connector.marketplace.buyer"]._partners(backend, [order])
        sale.write(
            {
                **self._values(backend, order, *partners[order.id]),
                "order_line": [
                    fields.Command.clear(),
                    *lines._commands(backend, order, products, taxes),
                ],
            }
        )
        self._confirm(backend, [(sale, order)])
        return Outcome.done(sale, self._note_total(sale, order))

    def _request_cancel(self, backend, sale, order):
        sale.connector_cancel_requested = True
        backend._notify_owner(
            self.env._("Buyer asks to cancel %s", order.id),
            self.env._(
                "Accept or reject it on the platform. Deliveries are blocked until the "
                "platform says how it was decided. Reason: %s",
                order.cancel_reason or "-",
            ),
            record=sale,
        )
        return self.env._("The buyer asks to cancel; deliveries are blocked.")

    def _withdraw_cancel(self, backend, sale, order):
        if sale.state == "cancel":
            return self._contradiction(backend, sale, order)
        if not sale.connector_cancel_requested:
            return ""
        sale.connector_cancel_requested = False
        return self.env._("The cancellation was not carried out; deliveries go on.")

    def _cancel(self, backend, sale, order):
        sale.connector_cancel_requested = False
        if sale.state == "cancel":
            return self.env._("Was cancelled already.")
        if sale.picking_ids.filtered(lambda p: p.state == "done"):
            sale._connector_tell_credit()
            return self._ask_for_return(backend, sale, order)
        if sale.locked:
            sale.action_unlock()
        sale._action_cancel()
        return self.env._("Cancelled by %s; reserved stock is free.", order.cancel_by)

    def _ask_for_return(self, backend, sale, order):
        backend._notify_owner(
            self.env._("Take back %s", order.id),
            self.env._(
                "The platform says %s after the goods have left. Make a return when "
                "they come back.",
                order.raw_status,
            ),
            record=sale,
        )
        return self.env._("Goods are to come back: see the activity on the order.")

    def _contradiction(self, backend, sale, order):
        backend._notify_owner(
            self.env._("Cancelled here, %s there", order.raw_status),
            self.env._(
                "The platform goes on with order %s, which is cancelled in Odoo. "
                "Decide which one is right.",
                order.id,
            ),
            record=sale,
        )
        return self.env._("Cancelled here, but the platform goes on with it.")

    def _show_unknown(self, backend, sale, order):
        backend._notify_owner(
            self.env._("Unknown status %s", order.raw_status),
            self.env._(
                "The platform reports a status that is not known; nothing was done."
            ),
            record=sale,
        )
        return self.env._("Unknown status %s recorded.", order.raw_status)

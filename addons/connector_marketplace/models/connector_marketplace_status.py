"""What a changed order does to the sale order that is there already."""

from odoo import fields, models
from odoo.addons.connector_marketplace.providers.schema import GONE, OrderStatus
from odoo.addons.connector_marketplace.rules.reading import RANK
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.tools.moments import naive

from .connector_marketplace_order import NOT_YET, QUOTATION
from .sale_order_delivery import CONTRADICTION

#: What changes no line any more: it is given up, or nobody knows what it is.
FINAL = {OrderStatus.CANCELLED, OrderStatus.UNKNOWN}
#: Cause of an activity on a sale.
UNKNOWN_STATUS = "order.unknown_status"


class ConnectorMarketplaceOrder(models.AbstractModel):
    _inherit = "connector.marketplace.order"

    # ---- known orders ----------------------------------------------------------------

    def _update(self, backend, sale, order):
        """Bring `sale` to where the platform says `order` stands, never backwards."""
        told = (naive(order.updated_at), RANK[order.status])
        applied = self._applied(sale)
        if told < applied:
            if order.behind:
                sale.write(self._hold_values(order, sale))
            return Outcome.ignored(
                self.env._(
                    "Older than what is applied already (%s).",
                    sale.connector_raw_status,
                ),
                sale,
            )
        unknown = str(OrderStatus.UNKNOWN)
        if sale.connector_status == unknown != str(order.status):
            backend._settle_notice(UNKNOWN_STATUS, record=sale)
        if sale.state in QUOTATION and order.status not in NOT_YET:
            return self._firm_up(backend, sale, order)
        values = self._new_values(sale, self._status_values(order, sale))
        notes, waiting = self._follow(backend, sale, order)
        holds = self._hold_values(order, sale)  # now that it is known what changed
        values = {name: v for name, v in values.items() if name not in holds}
        values |= self._new_values(sale, holds)
        action = self._actions().get(order.status) if told != applied else None
        if waiting:  # what stops goods is done at once
            sale.write(values)
            if action:
                action(backend, sale, order)
            return waiting
        sale.write({**values, **self._charge_values(order, sale)})
        done = action(backend, sale, order) if action else ""
        if not any((done, *notes)):
            done = self.env._("Status recorded: %s", order.raw_status)
            if told == applied and not values:
                done = self.env._("Already so.")
        note = " ".join(filter(None, (done, *notes, self._note_total(sale, order))))
        return Outcome.done(sale, note)

    def _applied(self, sale):
        """What was applied last, to compare with: (its time, its rank)."""
        status = sale.connector_status or OrderStatus.UNKNOWN
        never = fields.Datetime.to_datetime("1970-01-01 00:00:00")
        return (sale.connector_updated_at or never, RANK[OrderStatus(status)])

    def _follow(self, backend, sale, order):
        """([what was done], an outcome to wait with, if any) for what has changed."""
        if sale.state == "cancel" or order.status in FINAL:
            return [], None
        notes = []
        changed = self._pieces_changed(sale, order) or self._total_changed(sale, order)
        if order.has_breakdown or changed:
            note, waiting = self._follow_lines(backend, sale, order)
            if waiting:
                return [], waiting
            notes.append(note)
        if order.status not in GONE:
            notes.append(self._follow_address(backend, sale, order))
        if order.has_breakdown and sale.connector_charges_pending:
            notes.append(self.env._("The charges are complete now."))
        return [note for note in notes if note], None

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
            OrderStatus.TO_RETURN: self._return,
            OrderStatus.UNKNOWN: self._show_unknown,
        }

    def _firm_up(self, backend, sale, order):
        """A quotation is paid, or given up; what a person did to it stays."""
        if order.status in FINAL:
            sale.write(self._status_values(order, sale))
            action = self._actions()[order.status]
            return Outcome.done(sale, action(backend, sale, order))
        if refusal := self._stock_refusal(backend, order):
            return refusal
        _notes, waiting = self._follow_lines(backend, sale, order)
        if waiting:
            return waiting
        sale.write(
            {
                **self._header_values(backend, sale, order),
                **self._status_values(order, sale),
                **self._charge_values(order, sale),
            }
        )
        self._follow_address(backend, sale, order)
        self._confirm(backend, [(sale, order)])
        if order.status != OrderStatus.IN_CANCEL:
            self._end_request(backend, sale)
        if order.status in GONE:
            self._tell_book_out(backend, sale, order)
        backend._settle_notice(CONTRADICTION, record=sale)
        return Outcome.done(sale, self._note_made(sale, order))

    def _show_unknown(self, backend, sale, order):
        backend._notify_owner(
            self.env._("Unknown status %s", order.raw_status),
            self.env._(
                "The platform reports a status that is not known; nothing was done."
            ),
            record=sale,
            cause=UNKNOWN_STATUS,
        )
        return self.env._("Unknown status %s recorded.", order.raw_status)

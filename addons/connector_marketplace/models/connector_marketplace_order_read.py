"""What the platform says of orders now: details, and their money."""

from dataclasses import replace
from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.connector_marketplace.providers.schema import OrderStatus, Told
from odoo.addons.connector_marketplace.rules import reading
from odoo.addons.erp_connector_base.client.errors import (
    ConnectorError,
    RejectedError,
    TransientError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.tools.moments import aware, naive

from .connector_marketplace_order import BEHIND, NOT_YET, QUOTATION, NotShown
from .sale_order_charges import mark

#: A detail that came with its message is read anew when it is older than this.
FRESH = timedelta(minutes=10)
#: What was told of an order, and is not shown yet, that lets nothing leave meanwhile.
STOP = {OrderStatus.IN_CANCEL, OrderStatus.CANCELLED}
#: So often a new order waits for a breakdown that cannot be asked for just now.
PATIENT_READS = 2
#: So often a breakdown of another total than the order's is taken for an old one.
PATIENT_TRIES = 4


class ConnectorMarketplaceOrder(models.AbstractModel):
    _inherit = "connector.marketplace.order"

    @api.model
    def _exchange(self, messages):
        """{message id: Order, or the error that stands for it}.

        A push is only a hint: the order is read anew, unless the poll brought its
        detail just now. The money breakdown is read where an order is to be made, or
        has changed.
        """
        backend = messages.backend_id
        return backend._with_client(
            lambda client: self._read(client, backend, messages),
            messages[0].attempt_token,
        )

    def _read(self, client, backend, messages):
        late = self._overtaken(backend, messages)
        details = {
            m.id: None if m.business_key in late else _brought_detail(m)
            for m in messages
        }
        unread = messages.filtered(lambda m: details[m.id] is None)
        keys = list(dict.fromkeys(unread.mapped("business_key")))
        found = client.get_orders(keys) if keys else {}
        for message in unread:
            details[message.id] = _shown(message, found)
        answers = {
            m.id: _parsed(client, m.business_key, details[m.id]) for m in messages
        }
        for message in unread:
            answers[message.id] = self._not_behind(client, message, answers[message.id])
        return self._with_money(client, backend, messages, details, answers)

    def _overtaken(self, backend, messages):
        """Orders of which later news may have been handled, without a sale to show it.

        A cancellation that came in first leaves no sale behind; what a poll had read
        before it must not make one.
        """
        refs = messages.mapped("business_key")
        handled = messages.search_fetch(
            [
                ("backend_id", "=", backend.id),
                ("business_key", "in", refs),
                ("state", "in", ("done", "ignored")),
            ],
            ["business_key"],
        )
        known = self._known(backend, refs) if handled else {}
        return set(handled.mapped("business_key")) - set(known)

    def _not_behind(self, client, message, order):
        """`order`, unless it was read as it was before what its message tells.

        After some reads the platform is taken at its word, which is said then.
        """
        told = self._told(client, message)
        if not isinstance(order, schema.Order) or not reading.lags(order, told):
            return order
        wait = reading.wait(order, told, message.attempts)
        status = told.raw_status or self.env._("a change of %s", told.at)
        if wait is None or told.status in STOP:
            return replace(order, behind=status, read_again=wait or 0)
        return self._read_again(order, status, wait)

    def _read_again(self, order, told, wait):
        return TransientError(
            self.env._(
                "%(order)s: the platform told %(told)s, but still shows %(read)s; it "
                "is read again.",
                order=order.id,
                told=told,
                read=order.raw_status,
            ),
            retry_after=wait,
        )

    def _hold_back(self, sale, order):
        """Nothing leaves while it is asked whether the order is cancelled."""
        if sale and sale.state == "sale" and sale.connector_hold != "changed":
            reason = self.env._("it told %s", order.behind)
            sale.write(
                {"connector_hold": "platform", "connector_platform_hold": reason}
            )
        return Outcome.failed(self._read_again(order, order.behind, order.read_again))

    def _told(self, client, message):
        payload = message.sudo().payload or ""
        content = _content(payload)
        if set(content) == {"detail"}:  # a poll has read it so, a while ago
            order = _parsed(client, message.business_key, content["detail"])
            if isinstance(order, schema.Order):
                return Told(order.status, order.raw_status, order.updated_at)
        told = reading.noted(content) or client.told(payload)
        return told or Told(at=aware(message.occurred_at))

    # ---- money -----------------------------------------------------------------------

    def _with_money(self, client, backend, messages, details, answers):
        """Orders that are to be made, become firm or have changed, with their charges.

        An order is not kept waiting for its breakdown: goods can go without it.
        """
        orders = {id_: o for id_, o in answers.items() if isinstance(o, schema.Order)}
        known = self._known(backend, [order.id for order in orders.values()])
        wanted = {
            id_: order
            for id_, order in orders.items()
            if self._wants_breakdown(known.get(order.id), order)
        }
        if not wanted:
            return answers
        money = _asked_breakdowns(client, list({o.id for o in wanted.values()}))
        reads = {m.id: m.attempts for m in messages}
        for id_, order in wanted.items():
            sale = known.get(order.id)
            answer = _explained(client, order, details[id_], money.get(order.id))
            if _is_outdated(sale, answer):
                error = self.env._("it is of another total, %s", answer.bill_total)
                answer = replace(order, breakdown_error=error)
            patient = reads[id_] <= PATIENT_READS
            if isinstance(answer, TransientError) and not (patient and _is_new(sale)):
                answer = replace(order, breakdown_error=str(answer))
            answers[id_] = answer
        return answers

    def _wants_breakdown(self, sale, order):
        if order.read_again or order.status in NOT_YET | {OrderStatus.CANCELLED}:
            return False
        if _is_new(sale):
            return True
        return sale.state == "sale" and (
            sale.connector_charges_pending
            or self._total_changed(sale, order)
            or self._pieces_changed(sale, order)
            or (sale.connector_difference and not sale.connector_difference_reason)
        )

    def _is_news(self, sale, order, message):
        """Whether `order` is more than what `message`, which told the same, brought."""
        if not sale:
            return message.reference == BEHIND
        if naive(order.updated_at) < (sale.connector_updated_at or sale.create_date):
            return False
        return (
            naive(order.updated_at) != sale.connector_updated_at
            or order.raw_status != sale.connector_raw_status
            or self._total_changed(sale, order)
            or self._pieces_changed(sale, order)
        )

    def _total_changed(self, sale, order):
        return order.total is not None and bool(
            sale.currency_id.compare_amounts(sale.connector_total, float(order.total))
        )


def _is_new(sale):
    return not sale or sale.state in QUOTATION


def _is_outdated(sale, order):
    """Whether an order has changed, and its breakdown has not: not yet, or never."""
    return (
        not _is_new(sale)
        and isinstance(order, schema.Order)
        and None not in (order.bill_total, order.total)
        and order.bill_total != order.total
        and sale.connector_charges_tries < PATIENT_TRIES
    )


def _asked_breakdowns(client, ids):
    try:
        return client.get_breakdowns(ids)
    except (TransientError, RejectedError, UnexpectedResponseError) as error:
        return dict.fromkeys(ids, error)


def _explained(client, order, detail, breakdown):
    """`order` with the charges of `breakdown`, or with why it has none (yet)."""
    if isinstance(breakdown, TransientError):
        return breakdown
    if isinstance(breakdown, ConnectorError) or not breakdown:
        return replace(
            order,
            breakdown_error=str(breakdown or "the platform has none yet"),
            no_right=getattr(breakdown, "code", "") == schema.NO_RIGHT,
        )
    found = _parsed(client, order.id, detail, breakdown)
    if isinstance(found, ConnectorError):
        return replace(order, breakdown_error=str(found))
    if not found.has_breakdown and found.difference:
        return replace(found, breakdown_error="it holds no bill yet")
    return replace(found, has_breakdown=True, behind=order.behind)


def _shown(message, found):
    """The detail of a message's order, or what stands for it.

    One that was only asked for has a ladder of its own: no error if it is not shown.
    """
    ref = message.business_key
    shown = found.get(ref) or schema.NotShownError(f"{ref}: not in the answer")
    asked_for = (message.dedup_key or "").startswith(mark(ref))
    if asked_for and isinstance(shown, schema.NotShownError):
        return NotShown(ref)
    return shown


def _brought_detail(message):
    """The detail that came with the message, if it is fresh; else None."""
    age = fields.Datetime.now() - message.create_date
    content = _content(message.sudo().payload)
    if age > FRESH or set(content) != {"detail"}:
        return None  # a push, whatever it claims to hold
    return content["detail"]


def _content(payload):
    """The JSON object in `payload`; an empty one when there is none."""
    try:
        content = schema.load(payload) if payload else {}
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _parsed(client, order_id, detail, breakdown=None):
    """The Order in `detail`, or the error that stands for it."""
    if isinstance(detail, ConnectorError | NotShown):
        return detail
    try:
        order = client.parse_order(detail, breakdown)
    except ConnectorError as error:
        return error
    if order.id != order_id:
        return UnexpectedResponseError(f"asked for order {order_id}, got {order.id}")
    return order

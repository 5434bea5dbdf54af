"""Platform orders into sale orders, a batch at a time."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.connector_marketplace.providers.schema import OrderStatus
from odoo.addons.erp_connector_base.client.errors import (
    ConnectorError,
    TransientError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.tools.moments import naive
from odoo.addons.erp_connector_base.tools.sentences import SettledByHandError
from odoo.exceptions import UserError

from .erp_connector_binding import PRODUCT

#: A detail that came with its message is read anew when it is older than this.
FRESH = timedelta(minutes=10)

NOT_YET = {OrderStatus.UNPAID, OrderStatus.PENDING}
#: Nothing is written into chatters and nobody is made a follower: orders come by the
#: thousand, and the message is the trail.
QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "mail_notrack": True,
    "no_vat_validation": True,
    "connector_reserve_later": True,
}


class ConnectorMarketplaceOrder(models.AbstractModel):
    _name = "connector.marketplace.order"
    _description = "Marketplace Order Import"

    # ---- what the platform says now --------------------------------------------------

    @api.model
    def _exchange(self, messages):
        """{message id: Order, or the error that stands for it}.

        A push is only a hint: the order is read anew, unless the poll brought its
        detail just now. The money breakdown is read where an order is to be made.
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
        unread = [m.business_key for m in messages if details[m.id] is None]
        found = client.get_orders(list(dict.fromkeys(unread))) if unread else {}
        for message in messages:
            if details[message.id] is None:
                details[message.id] = found.get(message.business_key) or (
                    TransientError(f"{message.business_key}: not in the answer")
                )
        answers = {
            m.id: _parsed(client, m.business_key, details[m.id]) for m in messages
        }
        return self._with_money(client, backend, details, answers)

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

    def _with_money(self, client, backend, details, answers):
        """Orders that are to be made, or become firm, with their charges and total."""
        orders = {id_: o for id_, o in answers.items() if isinstance(o, schema.Order)}
        firm = self._firm_refs(backend, [o.id for o in orders.values()])
        wanted = {
            id_: order
            for id_, order in orders.items()
            if order.status not in NOT_YET | {OrderStatus.CANCELLED}
            and order.id not in firm
        }
        if not wanted:
            return answers
        money = client.get_breakdowns(list({o.id for o in wanted.values()}))
        for id_, order in wanted.items():
            breakdown = money.get(order.id)
            if isinstance(breakdown, TransientError):
                answers[id_] = breakdown
            elif breakdown and not isinstance(breakdown, ConnectorError):
                answers[id_] = _parsed(client, order.id, details[id_], breakdown)
        return answers

    def _firm_refs(self, backend, refs):
        orders = self.env["sale.order"].search_fetch(
            [
                ("connector_backend_id", "=", backend.id),
                ("connector_order_ref", "in", refs),
                ("state", "!=", "draft"),
            ],
            ["connector_order_ref"],
        )
        return set(orders.mapped("connector_order_ref"))

    # ---- what becomes of it ----------------------------------------------------------

    @api.model
    def _handle(self, messages, answers):
        """{message id: Outcome}: new orders in one create, changed ones one by one."""
        backend = messages.backend_id.with_context(**QUIET)
        self = self.with_context(**QUIET).with_company(backend.company_id)
        orders = {m.id: answers[m.id] for m in messages}
        known = self._known(backend, [order.id for order in orders.values()])
        outcomes, fresh = {}, {}
        for message_id, order in orders.items():
            sale = known.get(order.id)
            if sale:
                outcomes[message_id] = self._update(backend, sale, order)
            elif refusal := self._refusal(backend, order):
                outcomes[message_id] = refusal
            else:
                fresh[message_id] = order
        return outcomes | self._create(backend, fresh)

    def _known(self, backend, refs):
        sales = self.env["sale.order"].search(
            [
                ("connector_backend_id", "=", backend.id),
                ("connector_order_ref", "in", refs),
            ]
        )
        return {sale.connector_order_ref: sale for sale in sales}

    def _refusal(self, backend, order):
        """Why `order` makes no sale order now; None when it does."""
        _ = self.env._
        if order.status in NOT_YET and backend.unpaid_policy == "ignore":
            return Outcome.ignored(_("Not paid yet; it comes in when it is."))
        if order.status == OrderStatus.CANCELLED:
            return Outcome.ignored(_("Cancelled before it was imported."))
        if order.status == OrderStatus.UNKNOWN:
            return Outcome.failed(
                UnexpectedResponseError(
                    _(
                        "Order %(order)s has the status %(status)s, unknown here: "
                        "see on the platform what it means, enter the order by hand if "
                        "need be, then ignore this message.",
                        order=order.id,
                        status=order.raw_status,
                    )
                )
            )
        return self._currency_refusal(backend, order) or self._stock_refusal(
            backend, order
        )

    def _currency_refusal(self, backend, order):
        if order.currency == backend.company_id.currency_id.name:
            return None
        return Outcome.failed(
            SettledByHandError(
                self.env._(
                    "Order %(order)s is in %(currency)s, but %(company)s keeps its "
                    "books in %(own)s. Enter it by hand, then ignore this message.",
                    order=order.id,
                    currency=order.currency,
                    company=backend.company_id.name,
                    own=backend.company_id.currency_id.name,
                )
            )
        )

    def _stock_refusal(self, backend, order):
        if not order.fulfilled_by_platform or backend.platform_warehouse_id:
            return None
        return Outcome.failed(
            UserError(
                self.env._(
                    "Order %(order)s is shipped by the platform from its own "
                    "warehouse. Enter Platform's Warehouse on %(account)s, tab Orders, "
                    "then replay this message.",
                    order=order.id,
                    account=backend.name,
                )
            )
        )

    # ---- new orders ------------------------------------------------------------------

    def _create(self, backend, fresh):
        """One create and one confirm for all of `fresh`: {message id: Order}."""
        lines = self.env["connector.marketplace.line"]
        products, reasons = lines._products(backend, fresh.values())
        outcomes = {}
        ready = {}
        for message_id, order in fresh.items():
            missing = {x.listing_id for x in order.lines} & set(reasons)
            if missing:
                outcomes[message_id] = self._waiting(missing, reasons)
            else:
                ready[message_id] = order
        if ready:
            outcomes |= self._create_ready(backend, ready, products)
        return outcomes

    def _waiting(self, missing, reasons):
        return Outcome.waiting(
            tuple((PRODUCT, id_, reasons[id_]) for id_ in sorted(missing)),
            "; ".join(reasons[id_] for id_ in sorted(missing)) + ".",
        )

    def _create_ready(self, backend, ready, products):
        lines = self.env["connector.marketplace.line"]
        taxes = self._line_taxes(backend, ready.values(), products)
        partners = self.env["connector.marketplace.buyer"]._partners(
            backend, ready.values()
        )
        sales = self.env["sale.order"].create(
            [
                {
                    **self._values(backend, order, *partners[order.id]),
                    "order_line": lines._commands(backend, order, products, taxes),
                }
                for order in ready.values()
            ]
        )
        pairs = list(zip(sales, ready.values(), strict=True))
        self._confirm(backend, pairs)
        return {
            message_id: Outcome.done(sale, self._note_total(sale, order))
            for message_id, (sale, order) in zip(ready, pairs, strict=True)
        }

    def _line_taxes(self, backend, orders, products):
        listings = {line.listing_id for order in orders for line in order.lines}
        articles = self.env["product.product"].browse(
            {products[id_] for id_ in listings}
        )
        return self.env["connector.marketplace.line"]._taxes(
            backend, articles | backend.charge_ids.product_id
        )

    def _values(self, backend, order, customer, contact):
        warehouse = backend.warehouse_id
        if order.fulfilled_by_platform:
            warehouse = backend.platform_warehouse_id
        return {
            "company_id": backend.company_id.id,
            "partner_id": customer.id,
            "partner_invoice_id": customer.id,
            "partner_shipping_id": contact.id,
            "client_order_ref": order.id,
            "origin": f"{backend._provider().name} {order.id}",
            "date_order": naive(order.created_at),
            "commitment_date": naive(order.ship_by),
            "warehouse_id": warehouse.id,
            "team_id": backend.team_id.id,
            "source_id": backend.source_id.id,
            "user_id": False,
            "fiscal_position_id": backend.fiscal_position_id.id,
            "pricelist_id": False,
            "payment_term_id": False,
            "note": False,
            "require_signature": False,
            "require_payment": False,
            "connector_backend_id": backend.id,
            "connector_order_ref": order.id,
            **self._status_values(order),
        }

    def _status_values(self, order):
        return {
            "connector_status": str(order.status),
            "connector_raw_status": order.raw_status,
            "connector_updated_at": naive(order.updated_at),
            "connector_ship_by": naive(order.ship_by),
            "connector_total": float(order.total or 0),
        }

    def _confirm(self, backend, pairs):
        """Confirm what is paid; then what a cancellation request holds back."""
        firm = [(sale, order) for sale, order in pairs if order.status not in NOT_YET]
        sales = self.env["sale.order"].concat(*(sale for sale, _order in firm))
        if sales:
            self._confirm_together(sales)
        for sale, order in firm:
            if order.total is not None:
                difference = sale.amount_total - float(order.total)
                if sale.currency_id.compare_amounts(
                    sale.connector_difference, difference
                ):
                    sale.connector_difference = difference
            if order.status == OrderStatus.IN_CANCEL:
                self._request_cancel(backend, sale, order)
            elif order.status == OrderStatus.TO_RETURN:
                self._ask_for_return(backend, sale, order)

    def _confirm_together(self, sales):
        """`action_confirm`, with what it does for each order done once for all.

        It is flushed here, while the context still says that no chatter is wanted.
        """
        stocked = sales.filtered(
            lambda sale: (
                not sale.stock_reference_ids
                and any(line.product_id.type == "consu" for line in sale.order_line)
            )
        )
        self.env["stock.reference"].create(
            [sale.order_line[0]._prepare_reference_vals() for sale in stocked]
        )
        sales.with_context(connector_confirm_later=True).action_confirm()
        sales.picking_ids.filtered(
            lambda p: p.state not in ("cancel", "done")
        ).action_confirm()
        self.env.flush_all()

    def _note_total(self, sale, order):
        """What the message says of the money: nothing when it agrees."""
        if order.total is None or sale.currency_id.is_zero(sale.connector_difference):
            return ""
        names = ", ".join(f"{name} {amount}" for name, amount in order.unknown.items())
        return self.env._(
            "The order's total %(ours)s differs from the platform's %(theirs)s by "
            "%(difference)s. %(why)s",
            ours=sale.amount_total,
            theirs=order.total,
            difference=sale.connector_difference,
            why=self.env._("Amounts of unknown meaning: %s", names)
            if names
            else self.env._("The platform explains it by no amount of its breakdown."),
        )

    # ---- stock -----------------------------------------------------------------------

    @api.model
    def _reserve(self, messages):
        """Reserve what Odoo would have reserved at confirmation; safe to run again."""
        sales = self.env["sale.order"].browse(
            m.res_id for m in messages if m.res_model == "sale.order" and m.res_id
        )
        moves = sales.exists().picking_ids.move_ids.filtered(
            lambda m: (
                m.state in ("confirmed", "partially_available")
                and m._should_assign_at_confirm()
            )
        )
        if moves:
            moves = moves.with_context(**QUIET)
            moves._connector_reserve()
            moves.env.flush_all()
        return {}


def _brought_detail(message):
    """The detail that came with the message, if it is fresh; else None."""
    payload = message.sudo().payload
    age = fields.Datetime.now() - message.create_date
    if not payload or age > FRESH:
        return None
    try:
        content = schema.load(payload)
    except ValueError:
        return None
    if not isinstance(content, dict) or set(content) != {"detail"}:
        return None  # a push, whatever it claims to hold
    return content["detail"]


def _parsed(client, order_id, detail, breakdown=None):
    """The Order in `detail`, or the error that stands for it."""
    if isinstance(detail, ConnectorError):
        return detail
    try:
        order = client.parse_order(detail, breakdown)
    except ConnectorError as error:
        return error
    if order.id != order_id:
        return UnexpectedResponseError(f"asked for order {order_id}, got {order.id}")
    return order

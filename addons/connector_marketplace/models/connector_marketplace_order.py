"""Platform orders into sale orders, a batch at a time."""

from dataclasses import dataclass

from odoo import api, models
from odoo.addons.connector_marketplace.providers.schema import GONE, OrderStatus
from odoo.addons.erp_connector_base.client.errors import UnexpectedResponseError
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.tools.moments import naive
from odoo.addons.erp_connector_base.tools.sentences import SettledByHandError
from odoo.exceptions import UserError

from .connector_marketplace_buyer import address_mark
from .erp_connector_binding import PRODUCT

NOT_YET = {OrderStatus.UNPAID, OrderStatus.PENDING}
#: States of a sale that nobody has confirmed.
QUOTATION = ("draft", "sent")
#: Reference of a message whose order was read as older than what it told.
BEHIND = "behind"
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


@dataclass(frozen=True)
class NotShown:
    """What stands for an order that the platform was asked for, and does not know."""

    id: str


class ConnectorMarketplaceOrder(models.AbstractModel):
    _name = "connector.marketplace.order"
    _description = "Marketplace Order Import"

    # ---- what becomes of it ----------------------------------------------------------

    @api.model
    def _handle(self, messages, answers):
        """{message id: Outcome}: new orders in one create, changed ones one by one."""
        backend = messages.backend_id.with_context(**QUIET)
        self = self.with_context(**QUIET).with_company(backend.company_id)
        asked = {m.id: answers[m.id] for m in messages}
        known = self._known(backend, [order.id for order in asked.values()])
        outcomes = {
            id_: self._not_shown(known.get(order.id))
            for id_, order in asked.items()
            if isinstance(order, NotShown)
        }
        orders = {id_: o for id_, o in asked.items() if id_ not in outcomes}
        told = self._take_orders(backend, orders, known)
        read = messages.filtered(lambda m: m.id in told)
        self._end_waiting(backend, read, told)
        self._tell_rights(backend, orders.values())
        return outcomes | told

    def _take_orders(self, backend, orders, known):
        refs = {order.id for order in orders.values()}
        deleted = self._deleted(backend, refs - set(known))
        outcomes, fresh = {}, {}
        for message_id, order in orders.items():
            sale = known.get(order.id)
            if order.read_again:
                outcomes[message_id] = self._hold_back(sale, order)
            elif sale:
                outcomes[message_id] = self._update(backend, sale, order)
            elif order.id in deleted:
                outcomes[message_id] = self._stay_deleted(backend, order)
            elif refusal := self._refusal(backend, order):
                outcomes[message_id] = refusal
            else:
                fresh[message_id] = order
        outcomes |= self._create(backend, fresh)
        return self._with_doubts(orders, outcomes)

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
            message_id: Outcome.done(sale, self._note_made(sale, order))
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
            "connector_contact_id": contact.id if contact != customer else False,
            "connector_address_mark": address_mark(order),
            "connector_left_before": order.status in GONE,
            **self._status_values(order),
            **self._charge_values(order),
        }

    def _confirm(self, backend, pairs):
        """Confirm what is paid; then what a cancellation request holds back."""
        firm = [(sale, order) for sale, order in pairs if order.status not in NOT_YET]
        sales = self.env["sale.order"].concat(*(sale for sale, _order in firm))
        if sales:
            self._confirm_together(sales)
            sales.filtered("connector_left_before")._connector_deliver_on_paper()
        for sale, order in firm:
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
                and not sale.connector_left_before
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

"""The poll of the gateway's ledger: a message a page, stored before the next is asked.

It heals what no webhook told: payments nobody heard of, payouts that have ended.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

from odoo import api, fields, models
from odoo.addons.connector_payment.providers import FEATURES, schema
from odoo.addons.connector_payment.tools.topics import LEDGER
from odoo.addons.erp_connector_base.client.errors import (
    RejectedError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.parallel import side_by_side
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.tools.moments import naive
from odoo.exceptions import AccessError

from .connector_payment_guard import BOOKKEEPER

MANAGER = "erp_connector_base.group_manager"

#: Answers after which it makes no sense to ask again.
REFUSALS = (RejectedError, UnexpectedResponseError)


@dataclass
class Page:
    """What one message brought back."""

    rows: tuple[schema.Transaction, ...]
    next_cursor: str = ""
    payments: list[schema.Payment] = field(default_factory=list)
    balance: Decimal | None = None


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    @api.model
    def _cron_ledger(self):
        """Start a look for every gateway that is due and whose last one is over."""
        now = fields.Datetime.now()
        with_ledger = [code for code, can in FEATURES.items() if can.ledger]
        due = self.search(
            [
                ("state", "=", "connected"),
                ("provider", "in", with_ledger),
                ("shared_account_id", "=", False),  # the main account reads for it
                "|",
                ("next_ledger_at", "=", False),
                ("next_ledger_at", "<=", now),
            ]
        )
        busy = self.env["erp.connector.message"].search(
            [
                ("backend_id", "in", due.ids),
                ("topic", "=", LEDGER),
                ("state", "in", ("pending", "processing", "retry")),
            ]
        )
        (due - busy.backend_id)._each(type(self)._start_ledger, now)

    def action_look_at_ledger(self):
        """Look for transactions now."""
        self.check_access("read")
        user = self.env.user
        if not self.env.su and not any(map(user.has_group, (MANAGER, BOOKKEEPER))):
            raise AccessError(
                self.env._(
                    "This is for Connector Managers, and people who keep the books."
                )
            )
        self._check_in_use()
        for backend in self:
            if backend._features().ledger:
                backend._main_account().sudo()._start_ledger(fields.Datetime.now())
            else:
                self.env["connector.payment.settlement"]._ask(backend)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("Looking at the gateway's transactions."),
                "type": "info",
            },
        }

    def _start_ledger(self, now):
        start = (self.ledger_cursor or now) - timedelta(minutes=self.ledger_overlap)
        # to the very moment: Odoo's clock stands still within a second
        until = datetime.now(UTC).replace(tzinfo=None)
        self.env["connector.payment.transaction"]._ask_page(self, start, until)
        self.next_ledger_at = now + timedelta(minutes=self.ledger_minutes)


class ConnectorPaymentTransaction(models.Model):
    _inherit = "connector.payment.transaction"

    @api.model
    def _ask_page(self, backend, start, end, cursor=""):
        """Put the next page into the inbox."""
        page = {"from": start.isoformat(), "to": end.isoformat(), "cursor": cursor}
        now = datetime.now(UTC)
        key = f"ledger:{now.timestamp()}:{cursor}"
        event = Event(LEDGER, "ledger", key, json.dumps(page), now)
        self.env["erp.connector.message"]._ingest(backend, [event])

    # ---- exchange --------------------------------------------------------------------

    @api.model
    def _exchange(self, messages):
        return {m.id: self._read_page(m) for m in messages}

    @api.model
    def _read_page(self, message):
        """A page of rows, the payments in it that nobody told us of, the balance."""
        backend = message.backend_id
        start, end, cursor = _asked(message)
        with backend._transport(message.attempt_token) as transport:
            client = backend._gateway_client(transport)
            found = client.list_transactions(start, end, cursor)
            untold = self._untold(backend, found.transactions)
            calls = {id_: partial(client.get_payment, id_) for id_ in untold}
            answers = side_by_side(calls) if calls else {}
            balance = None if found.next_cursor else client.balance()
        payments = _believed(answers.values())
        return Page(found.transactions, found.next_cursor, payments, balance)

    @api.model
    def _untold(self, backend, transactions):
        """Ids of payments in the ledger that Odoo has never heard of.

        A row the gateway would not explain waits for a person; it is not asked again.
        """
        ids = {
            row.product_id
            for row in transactions
            if row.kind == schema.TransactionKind.PAYMENT
            and row.product_id
            and str(row.status) in ("paid", "partially_refunded")
        }
        domain = [("backend_id", "in", backend._family().ids)]
        receipts = self.env["connector.payment.receipt"].search(
            [*domain, ("external_id", "in", list(ids))]
        )
        refused = self.search(
            [*domain, ("product_ref", "in", list(ids)), ("state", "=", "attention")]
        )
        known = {*receipts.mapped("external_id"), *refused.mapped("product_ref")}
        return sorted(ids - known)

    # ---- handle ----------------------------------------------------------------------

    @api.model
    def _handle(self, messages, answers):
        return {m.id: self._take_page(m, answers[m.id]) for m in messages}

    @api.model
    def _take_page(self, message, page):
        """Store a page, and in the same transaction move on."""
        backend = message.backend_id
        if page.payments:
            receipts = self.env["connector.payment.receipt"]
            receipts._store(message, {message.id: page.payments})
        changed = self._store(backend, page.rows)
        start, end, _cursor = _asked(message)
        if page.next_cursor:
            self._ask_page(backend, start, end, page.next_cursor)
        else:
            self._look_is_over(backend, end, page.balance)
        note = self.env._(
            "%(count)s transactions, %(new)s of them news; %(healed)s payments that no "
            "webhook told of",
            count=len(page.rows),
            new=len(changed),
            healed=len(page.payments),
        )
        return Outcome.done(backend, note)

    @api.model
    def _look_is_over(self, backend, end, balance):
        reached = naive(end).replace(microsecond=0)
        values = {"ledger_cursor": max(backend.ledger_cursor or reached, reached)}
        if balance is not None:
            values |= {
                "balance_there": float(balance),
                "balance_there_at": fields.Datetime.now(),
            }
        backend.write(values)

    # ---- finish ----------------------------------------------------------------------

    @api.model
    def _book(self, messages):
        """Receipts that came to light, then what the gateway has settled."""
        for backend in messages.backend_id:
            more = self._has_more_pages(backend, messages)
            for account in backend._family().filtered("journal_id"):
                self.env["connector.payment.receipt"]._book_told(account)
                if not more:
                    account._settle_now()

    @api.model
    def _has_more_pages(self, backend, messages):
        """The last page settles for all of them: one entry, not one a page."""
        return bool(
            self.env["erp.connector.message"].search_count(
                [
                    ("backend_id", "=", backend.id),
                    ("topic", "=", LEDGER),
                    ("state", "in", ("pending", "retry")),
                    ("id", "not in", messages.ids),
                ],
                limit=1,
            )
        )


def _believed(answers):
    """Payments that the gateway showed; what it refuses to show waits for a person."""
    payments = []
    for answer in answers:
        if isinstance(answer, Exception) and not isinstance(answer, REFUSALS):
            raise answer
        if not isinstance(answer, Exception):
            payments.append(answer)
    return payments


def _asked(message):
    page = json.loads(message.sudo().payload)
    start, end = (
        datetime.fromisoformat(page[key]).replace(tzinfo=UTC) for key in ("from", "to")
    )
    return start, end, page["cursor"]

"""What leaves for the gateway about virtual accounts, and what comes back."""

from datetime import UTC, timedelta
from functools import partial

from odoo import api, fields, models
from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.tools.topics import (
    VA_CLOSE,
    VA_CREATE,
    VA_UPDATE,
    VA_WATCH,
)
from odoo.addons.connector_payment.tools.wire import Refusal, exact
from odoo.addons.erp_connector_base.client.errors import (
    RejectedError,
    UncertainError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.tools.moments import naive

from .connector_payment_guard import as_bookkeeper

#: What the gateway says of an account -> our state; the rest changes nothing.
STATES_THERE = {
    schema.VaStatus.ACTIVE: "active",
    schema.VaStatus.EXPIRED: "expired",
    schema.VaStatus.CLOSED: "closed",
    schema.VaStatus.FAILED: "failed",
}

#: It can still be paid, as far as the gateway says.
OPEN_THERE = (schema.VaStatus.ACTIVE, schema.VaStatus.PENDING, schema.VaStatus.UNKNOWN)

#: Minutes after the last look at which an account is looked at again, by its age.
LOOKS = ((30, 5), (180, 20), (1440, 60), (10**9, 360))

#: Where the gateway lists its transactions, accounts are asked about so much less.
SELDOM = 12

#: Virtual accounts of one look, all gateways together.
MOST = 2000

REFUSALS = (RejectedError, UnexpectedResponseError)


class ConnectorPaymentVa(models.Model):
    _inherit = "connector.payment.va"

    # ---- outbox ----------------------------------------------------------------------

    def _enqueue(self, topic, mark=""):
        """One intent an account; its key is apart from the events that come in."""
        messages = self.env["erp.connector.message"].sudo()
        wishes = []
        for va in self:
            key = f"{topic}:{va.name}:{mark}"
            event = Event(topic, f"va:{va.name}", key, "{}")
            wishes.append((va.backend_id, event, va))
        messages._enqueue_all(wishes)

    def _enqueue_create(self):
        self._enqueue(VA_CREATE)

    def _enqueue_update(self):
        for va in self:
            va._enqueue(VA_UPDATE, f"{va.amount}:{va.expires_at}:{_stamp()}")

    def _enqueue_close(self):
        self.is_closing = True
        self._enqueue(VA_CLOSE, _stamp())

    # ---- make ------------------------------------------------------------------------

    @api.model
    def _exchange_create(self, messages):
        """The intents are committed; now the accounts are made, side by side.

        A refusal is an answer: the account itself shall say so.
        """
        answers = self._ask(
            messages, lambda client, va: partial(client.create_va, va._wish())
        )
        return {
            id_: Refusal(answer) if isinstance(answer, REFUSALS) else answer
            for id_, answer in answers.items()
        }

    @api.model
    def _ask(self, messages, call):
        accounts = {m.id: self.browse(m.res_id) for m in messages}
        backends = self.env["erp.connector.backend"]
        return backends._ask_gateways(
            messages, lambda client, m: call(client, accounts[m.id])
        )

    def _wish(self):
        channel = self.bank_id._channel(self.backend_id.provider)
        closed = self.kind == "closed"
        return schema.VaRequest(
            reference=self.name,
            kind=schema.VaKind(self.kind),
            channel=channel.va_code,
            name=self._payee_name(),
            amount=exact(self.amount) if closed else None,
            currency=self.currency_id.name,
            expires_at=self.expires_at and self.expires_at.replace(tzinfo=UTC),
            description=", ".join(self.move_ids.mapped("name"))[:100],
        )

    def _payee_name(self):
        """Banks take letters and blanks only, and not many of them."""
        name = self.partner_id.commercial_partner_id.name or self.partner_id.name or ""
        kept = "".join(c if c.isalpha() and c.isascii() else " " for c in name)
        return " ".join(kept.split())[:50] or "Customer"

    @api.model
    def _handle_create(self, messages, answers):
        return {m.id: self._made(m, answers[m.id]) for m in messages}

    def _made(self, message, answer):
        va = self.browse(message.res_id)
        if isinstance(answer, Refusal):
            va.write({"state": "failed", "error": str(answer.error)})
            return Outcome.failed(answer.error, va)
        va._take(answer)
        va.write({"error": False, "is_uncertain": False})
        return Outcome.done(va, reference=answer.id)

    def _take(self, there):
        """Keep what the gateway says of this account."""
        values = {
            "external_id": there.id or self.external_id,
            "raw_status": there.raw_status,
        }
        if there.number:
            values |= {"number": there.number, "biller_code": there.biller_code}
        if there.amount is not None:
            values["amount_asked"] = float(there.amount)
        if there.expires_at and self.kind == "closed":
            values["expires_at"] = naive(there.expires_at)
        values |= self._next_state(there.status)
        self.write(values)

    def _next_state(self, status):
        """A paid account stays paid and a closed one closed, whatever comes late."""
        state = STATES_THERE.get(status)
        if not state or self.state in ("paid", "closed"):
            return {}
        if state == "active":
            return {"state": "active", "watch_at": self._next_look()}
        return {"state": state, "watch_at": False}

    @api.model
    def _probe_create(self, message):
        """The answer was lost: ask before anything is made again."""
        va = self.browse(message.res_id)
        with message.backend_id._transport(message.attempt_token) as transport:
            client = message.backend_id._gateway_client(transport)
            try:
                found = va._ask_whether_made(client)
            except UncertainError:
                va.is_uncertain = True
                raise
        if found is None:
            return Outcome.pending(self.env._("The gateway never got it."))
        outcome = self._made(message, found)
        return Outcome.done(va, self.env._("It had been made."), outcome.reference)

    def _ask_whether_made(self, client):
        """By its id there, which a webhook may have told meanwhile; else by search."""
        if self.external_id:
            return client.get_va(self.external_id, self.name)
        return client.recover_va(self._wish())

    # ---- change and close ------------------------------------------------------------

    @api.model
    def _exchange_update(self, messages):
        return self._ask(messages, lambda client, va: va._update_call(client))

    def _update_call(self, client):
        id_, reference = self.external_id or "", self.name
        amount = exact(self.amount) if self.kind == "closed" else None
        ends = self.expires_at and self.expires_at.replace(tzinfo=UTC)
        return partial(_change, client, id_, reference, amount, ends)

    @api.model
    def _handle_update(self, messages, answers):
        outcomes = {}
        for message in messages:
            va = self.browse(message.res_id)
            va._take_ended(answers[message.id])
            outcomes[message.id] = Outcome.done(va)
        return outcomes

    def _take_ended(self, there):
        """As `_take`; what was paid meanwhile is looked for now, whatever is told."""
        self._take(there)
        if there.status is schema.VaStatus.PAID and self.state != "paid":
            self._enqueue(VA_WATCH, _stamp())

    @api.model
    def _exchange_close(self, messages):
        return self._ask(messages, lambda client, va: va._close_call(client))

    def _close_call(self, client):
        if self.state == "failed":
            return lambda: None  # it was never made
        return partial(client.close_va, self.external_id or "", self.name)

    @api.model
    def _handle_close(self, messages, answers):
        """What the gateway says now; an account paid meanwhile stays paid."""
        outcomes = {}
        for message in messages:
            va = self.browse(message.res_id)
            va.is_closing = False
            if answers[message.id]:
                va._take_ended(answers[message.id])
            if va.state not in ("paid", "failed"):
                va.write({"state": "closed", "watch_at": self._last_look()})
            outcomes[message.id] = Outcome.done(va)
        return outcomes

    # ---- events ----------------------------------------------------------------------

    @api.model
    def _handle_event(self, messages, _answers):
        """A webhook about an account: made, changed, expired."""
        outcomes = {}
        for message in messages:
            client = message.backend_id._gateway_client(None)
            there = client.read_va(message.sudo().payload)
            va = self._find(message.backend_id, there.id, there.reference)
            if not va:
                note = self.env._("A virtual account that Odoo did not make.")
                outcomes[message.id] = Outcome.ignored(note)
                continue
            va._take(there)
            outcomes[message.id] = Outcome.done(va, there.raw_status)
        return outcomes

    @api.model
    def _find(self, backend, external_id, reference):
        """By the gateway's id; by our reference while its answer is still missing."""
        domain = [("backend_id", "in", backend._family().ids)]
        found = self.browse()
        if external_id:
            found = self.search([*domain, ("external_id", "=", external_id)], limit=1)
        if not found and reference:
            found = self.search([*domain, ("name", "=", reference)], limit=1)
        return found

    # ---- watch: the poll that heals lost webhooks ------------------------------------

    @api.model
    def _cron_watch(self):
        """Ask about accounts whose turn it is; each is one message."""
        now = fields.Datetime.now()
        due = self.env["erp.connector.backend"]._fair(
            self, [("watch_at", "<=", now)], MOST, "watch_at, id"
        )
        due.backend_id._each_of(due, "_watch_due", now)

    def _watch_due(self, now):
        self._enqueue(VA_WATCH, _stamp())
        for va in self:
            va.write({"watched_at": now, "watch_at": va._next_look(now)})

    def _next_look(self, now=None):
        """Often at first, seldom later, and once more after it has expired."""
        now = now or fields.Datetime.now()
        if self.expires_at and self.expires_at < now:
            overdue = now - self.expires_at > timedelta(days=2)
            return False if overdue else now + timedelta(hours=12)
        age = (now - (self.create_date or now)).total_seconds() / 60
        minutes = next(m for limit, m in LOOKS if age < limit)
        listed = self.backend_id._features().ledger  # its list tells sooner
        return now + timedelta(minutes=minutes * (SELDOM if listed else 1))

    def _last_look(self):
        """Money may still be on its way when an account is closed."""
        return fields.Datetime.now() + timedelta(hours=12)

    @api.model
    def _exchange_watch(self, messages):
        return self._ask(
            messages,
            lambda client, va: partial(_look, client, va.external_id or "", va.name),
        )

    @api.model
    def _handle_watch(self, messages, answers):
        receipts = self.env["connector.payment.receipt"]
        for message in messages:
            self.browse(message.res_id)._take(answers[message.id][0])
        payments = {m.id: answers[m.id][1] for m in messages}
        found = receipts._store(messages, payments)
        outcomes = {}
        for message in messages:
            va = self.browse(message.res_id)
            note = self.env._("%s payments", len(payments[message.id]))
            kept = found.get(message.id)
            record = kept.record if kept and kept.record else va
            outcomes[message.id] = Outcome.done(record, note)
        return outcomes

    # ---- lost for good ---------------------------------------------------------------

    def action_give_up(self):
        """A person looked at the gateway: it was never made. Make it anew."""
        messages = self.env["erp.connector.message"].sudo()
        for va in as_bookkeeper(self).filtered("is_uncertain"):
            open_ones = messages.search(
                [
                    ("res_model", "=", self._name),
                    ("res_id", "=", va.id),
                    ("topic", "=", VA_CREATE),
                    ("state", "in", ("uncertain", "dead")),
                ]
            )
            open_ones.write({"state": "ignored"})
            va.write({"state": "failed", "is_uncertain": False})
            va.action_retry()

    def _simulate_payment(self, amount):
        self.ensure_one()
        there = schema.VirtualAccount(
            id=self.external_id or "",
            reference=self.name,
            status=schema.VaStatus.ACTIVE,
            raw_status=self.raw_status or "",
            number=self.number or "",
        )
        with self.backend_id._transport() as transport:
            client = self.backend_id._gateway_client(transport)
            client.simulate_payment(there, exact(amount))


def _change(client, external_id, reference, amount, ends):
    """The account, changed; or as it is, when it has ended and cannot be changed."""
    try:
        return client.update_va(external_id, reference, amount, ends)
    except RejectedError:
        there = client.get_va(external_id, reference)
        if there.status in OPEN_THERE:
            raise
        return there


def _look(client, external_id, reference):
    """The account, and the payments the gateway lists for it."""
    return (
        client.get_va(external_id, reference),
        client.payments_of_va(external_id, reference),
    )


def _stamp():
    return fields.Datetime.now().isoformat()

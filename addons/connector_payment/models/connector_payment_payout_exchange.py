"""What leaves for the gateway about payouts, and what comes back.

A payout is made at the gateway once: its reference is the idempotency key, what is
sent is what was submitted, and an answer that is lost is asked for, never repeated.
"""

from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.tools.wire import Refusal
from odoo.addons.erp_connector_base.client.errors import (
    ConnectorError,
    RejectedError,
    TransientError,
    UncertainError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.topic import Outcome

from .connector_payment_payout import BACK, LIVE, TRAVELS

PAYOUT_SEND = "payment.payout.send"
PAYOUT_APPROVE = "payment.payout.approve"
PAYOUT_CANCEL = "payment.payout.cancel"
PAYOUT_WATCH = "payment.payout.watch"
PAYOUT_BOOK = "payment.payout.book"

#: What the gateway says -> our state. Unknown words: it is there, and not at its end.
STATES_THERE = {
    schema.PayoutStatus.QUEUED: "queued",
    schema.PayoutStatus.PENDING: "sent",
    schema.PayoutStatus.UNKNOWN: "sent",
    schema.PayoutStatus.SUCCEEDED: "succeeded",
    schema.PayoutStatus.FAILED: "failed",
    schema.PayoutStatus.CANCELLED: "cancelled",
    schema.PayoutStatus.REVERSED: "reversed",
}
#: state -> what it may become by the gateway's word. Everything else is old news.
#: What was paid out and "failed" later came back: Iris has no other word for it.
NEXT = {
    "approved": {name: name for name in STATES_THERE.values()},
    "queued": {
        name: name for name in ("sent", "succeeded", "failed", "cancelled", "reversed")
    },
    "sent": {name: name for name in ("succeeded", "failed", "cancelled", "reversed")},
    "succeeded": {"reversed": "reversed", "failed": "reversed"},
}
#: Minutes after which it is looked at again, by its age in minutes.
LOOKS = ((10, 2), (60, 10), (1440, 60), (10**9, 360))
#: What was paid out may come back; it is looked at so many days more.
LAST_LOOKS = 7
#: Tries of an event of a payout that is not known while another one is being made.
PATIENCE = 4
#: States of a message in which nothing happens before its time, or ever.
STOPPED = ("retry", "uncertain", "dead", "ignored")


class Stale:
    """Nothing was sent, and the payout stands elsewhere: `text` says where."""

    def __init__(self, text):
        self.text = text


class ConnectorPaymentPayout(models.Model):
    _inherit = "connector.payment.payout"

    # ---- send ------------------------------------------------------------------------

    @api.model
    def _exchange_send(self, messages):
        """The intents are committed; what is still wanted leaves, side by side."""
        payouts = {m.id: self.browse(m.res_id) for m in messages}
        kept = {id_: p._kept_here() for id_, p in payouts.items()}
        kept = {id_: why for id_, why in kept.items() if why}
        answers = self._ask(
            messages.filtered(lambda m: m.id not in kept),
            lambda client, payout: partial(client.create_payout, payout._wish()),
        )
        return kept | {id_: sent_or_refused(a) for id_, a in answers.items()}

    @api.model
    def _ask(self, messages, call):
        """{message id: answer}; a call is made of each message's payout."""
        payouts = {m.id: self.browse(m.res_id) for m in messages}
        backends = self.env["erp.connector.backend"]
        return backends._ask_gateways(
            messages, lambda client, m: call(client, payouts[m.id])
        )

    def _kept_here(self):
        """The last look before it leaves: Stale, Refusal, or None when all is well."""
        if self.state != "approved":
            return Stale(self.env._("Not sent: it is %s.", self._state_label()))
        return self._blocked()

    def _blocked(self):
        """The bank account that was approved must still be that one, and trusted."""
        account = self.payment_id.partner_bank_id
        text = account._connector_problem(self.backend_id, self.partner_id)
        if not text and self._has_changed():
            text = self.env._(
                "%(partner)s: the bank account was changed after the approval.",
                partner=self.partner_id.display_name or "?",
            )
        return Refusal(RejectedError(text, code="connector.blocked")) if text else None

    def _state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    @api.model
    def _handle_send(self, messages, answers):
        outcomes = {m.id: self._sent(m, answers[m.id]) for m in messages}
        self.browse(messages.mapped("res_id"))._enqueue_book()
        return outcomes

    def _sent(self, message, answer):
        payout = self.browse(message.res_id)
        if isinstance(answer, Stale):
            return Outcome.ignored(answer.text, payout)
        if isinstance(answer, Refusal):
            payout._end("failed", str(answer.error), answer.error)
            return Outcome.failed(answer.error, payout)
        payout._told(answer)
        return Outcome.done(payout, payout.raw_status, answer.id)

    @api.model
    def _probe_send(self, message):
        """The answer was lost: ask before anything is sent again.

        Asking may itself make the payout (Iris has no search), so what is not wanted
        any more is not asked about.
        """
        payout = self.browse(message.res_id)
        if payout.external_id:
            note = self.env._("It is there.")
            return Outcome.done(payout, note, payout.external_id)
        if payout.state != "approved":
            note = self.env._("Not asked: it is %s.", payout._state_label())
            return Outcome.ignored(note, payout)
        with message.backend_id._transport(message.attempt_token) as transport:
            client = message.backend_id._gateway_client(transport)
            found = client.recover_payout(payout._wish())
        if found is None:
            return Outcome.pending(self.env._("The gateway never got it."))
        payout._told(found)
        payout._enqueue_book()
        return Outcome.done(payout, self.env._("It had arrived."), found.id)

    # ---- the gateway's second key, and its way back ----------------------------------

    @api.model
    def _exchange_approve(self, messages):
        """Only what is still to the bank account that was approved here."""
        payouts = {m.id: self.browse(m.res_id) for m in messages}
        kept = {id_: p._not_to_release() for id_, p in payouts.items()}
        kept = {id_: why for id_, why in kept.items() if why}
        answers = self._ask(
            messages.filtered(lambda m: m.id not in kept),
            lambda client, payout: partial(client.approve_payout, payout.external_id),
        )
        refused = {
            id_: Refusal(answer)
            for id_, answer in answers.items()
            if isinstance(answer, RejectedError)
        }
        return kept | answers | refused

    def _not_to_release(self):
        if self.state != "queued":
            return Stale(self.env._("It is %s.", self._state_label()))
        return self._blocked()

    @api.model
    def _handle_approve(self, messages, answers):
        outcomes = {}
        for message in messages:
            payout = self.browse(message.res_id)
            answer = answers[message.id]
            if isinstance(answer, Stale):
                outcomes[message.id] = Outcome.ignored(answer.text, payout)
            elif isinstance(answer, Refusal):
                payout._not_released(answer.error)
                outcomes[message.id] = Outcome.failed(answer.error, payout)
            else:
                payout.write({"state": "sent", "watch_at": payout._next_look()})
                outcomes[message.id] = Outcome.done(payout)
        return outcomes

    def _not_released(self, error):
        """It stays in the gateway's line: nothing is lost, nothing has been paid."""
        self.write({"failure": str(error), "failure_code": error.code})
        self._tell(
            self.env._("Payout waits at the gateway"),
            self.env._(
                "The gateway did not let it go: %(error)s Approve or reject it in the "
                "gateway's dashboard, or cancel it here.",
                error=error,
            ),
        )

    @api.model
    def _exchange_cancel(self, messages):
        """Safe to repeat; a refusal tells the person who wanted it."""
        reason = self.env._("Cancelled in Odoo")
        answers = self._ask(
            messages,
            lambda client, payout: partial(
                client.cancel_payout, payout.external_id, reason
            ),
        )
        return {
            id_: Refusal(answer) if isinstance(answer, RejectedError) else answer
            for id_, answer in answers.items()
        }

    @api.model
    def _handle_cancel(self, messages, answers):
        outcomes = {}
        for message in messages:
            payout = self.browse(message.res_id)
            answer = answers[message.id]
            if isinstance(answer, Refusal):
                note = self.env._("The gateway does not cancel it: %s", answer.error)
                payout.message_post(body=note)
                payout._look_soon()
                outcomes[message.id] = Outcome.ignored(note, payout)
            else:
                payout._told(answer)
                outcomes[message.id] = Outcome.done(payout, payout.raw_status)
        return outcomes

    # ---- news: events, and looks -----------------------------------------------------

    @api.model
    def _exchange_event(self, messages):
        """What the webhooks say, asked again: some carry no signature of their own."""

        def ask(client, message):
            payload = message.sudo().payload
            return lambda: _read_and_ask(client, payload)

        return self.env["erp.connector.backend"]._ask_gateways(messages, ask)

    @api.model
    def _handle_event(self, messages, answers):
        return {m.id: self._heard(m, *answers[m.id]) for m in messages}

    def _heard(self, message, told, there):
        payout = self._find(message.backend_id, told, there)
        if not payout:
            return self._unknown(message)
        if there is None:
            note = self.env._("The gateway does not know it.")
            return Outcome.failed(UnexpectedResponseError(note), payout)
        if payout._told(there):
            return Outcome.done(payout, there.raw_status)
        if told.status != there.status:
            payout._look_soon()
        return Outcome.ignored(self.env._("Known already."), payout)

    @api.model
    def _find(self, backend, told, there):
        """By the gateway's id; by our reference while its answer is still missing."""
        ours = [("backend_id", "=", backend.id)]
        found = self.search([*ours, ("external_id", "=", told.id)], limit=1)
        names = [p.reference for p in (told, there) if p and p.reference]
        return found or self.search(
            [*ours, ("name", "in", names), ("external_id", "=", False)], limit=1
        )

    def _unknown(self, message):
        """Made elsewhere; or ours, and the answer that names it is on its way."""
        on_their_way = self.search_count(
            [("backend_id", "=", message.backend_id.id), ("state", "=", "approved")],
            limit=1,
        )
        if on_their_way and message.attempts < PATIENCE:
            note = self.env._("Not known yet: payouts are being sent.")
            return Outcome.failed(TransientError(note))
        return Outcome.ignored(self.env._("A payout that Odoo did not make."))

    @api.model
    def _exchange_watch(self, messages):
        known = messages.filtered(lambda m: self.browse(m.res_id).external_id)
        asked = self._ask(
            known,
            lambda client, payout: partial(client.get_payout, payout.external_id),
        )
        return dict.fromkeys(messages.ids) | asked

    @api.model
    def _handle_watch(self, messages, answers):
        outcomes = {}
        for message in messages:
            payout = self.browse(message.res_id)
            there = answers[message.id]
            if there is not None:
                payout._told(there)
            outcomes[message.id] = Outcome.done(payout, payout.raw_status or "")
        return outcomes

    # ---- what the gateway says -------------------------------------------------------

    def _told(self, there):
        """Take the gateway's word; False when it is old news."""
        self._check_amount(there)
        said = STATES_THERE[there.status]
        state = NEXT.get(self.state, {}).get(said)
        values = {"raw_status": there.raw_status} if state else {}
        if there.id and not self.external_id:
            values |= {"external_id": there.id, "sent_at": fields.Datetime.now()}
        if state:
            values |= self._entering(state, there)
        elif self.state in ("failed", "cancelled") and said == "succeeded":
            self._contradicted()
        if values:
            self.write(values)
        self._release_there()
        return bool(values)

    def _entering(self, state, there):
        values = {"state": state, "watch_at": self._next_look(state=state)}
        if state == "succeeded":
            values["succeeded_at"] = fields.Datetime.now()
        if state in BACK:
            values |= {
                "failure_code": there.failure_code,
                "failure": there.failure or there.failure_code or there.raw_status,
            }
        return values

    def _check_amount(self, there):
        if there.amount is None or there.amount == self._wish().amount:
            return
        self._tell(
            self.env._("Payout of another amount"),
            self.env._(
                "The gateway says %(there)s, Odoo %(here)s. Ask the gateway.",
                there=there.amount,
                here=self.amount_submitted,
            ),
        )

    def _contradicted(self):
        """The worst of surprises is never settled silently."""
        self._tell(
            self.env._("Paid out after all?"),
            self.env._(
                "The gateway says that it was paid out, but here it is %(state)s and "
                "its payment is undone. Ask the gateway before anything is paid again.",
                state=self._state_label(),
            ),
        )

    def _release_there(self):
        """The approver's key; once, whoever notices first that it is wanted."""
        for payout in self.filtered(lambda p: p.state == "queued"):
            backend = payout.backend_id
            if (
                backend._features().gateway_approval
                and backend.payout_release == "odoo"
            ):
                payout._enqueue(PAYOUT_APPROVE)

    def _end(self, state, why, error=None):
        """It never got there, and never will."""
        code = getattr(error, "code", "")
        self.write(
            {"state": state, "failure": why, "failure_code": code, "watch_at": False}
        )

    # ---- watch: the poll that heals lost webhooks ------------------------------------

    @api.model
    def _cron_watch(self):
        """Ask about payouts whose turn it is; book what was left behind."""
        now = fields.Datetime.now()
        due = self.search(
            [("watch_at", "<=", now), ("backend_id.state", "=", "connected")],
            limit=2000,
        )
        due._look_now()
        for payout in due:
            payout.watch_at = payout._next_look(now)
        self._left_behind()._enqueue_book(f":{now:%Y-%m-%dT%H}")

    def _look_now(self):
        """Ask the gateway what became of them."""
        self._enqueue(PAYOUT_WATCH, f":{fields.Datetime.now().isoformat()}")

    def _look_soon(self):
        self.watch_at = fields.Datetime.now() + timedelta(seconds=30)

    def _next_look(self, now=None, state=None):
        """Often at first, seldom later; daily for a week when it was paid out."""
        now = now or fields.Datetime.now()
        state = state or self.state
        if state == "succeeded":
            age = now - (self.succeeded_at or now)
            over = age > timedelta(days=LAST_LOOKS)
            return False if over else now + timedelta(days=1)
        if state not in TRAVELS:
            return False
        age = (now - (self.sent_at or now)).total_seconds() / 60
        return now + timedelta(minutes=next(m for limit, m in LOOKS if age < limit))

    def action_look(self):
        """Now, whatever the schedule says; what waits to be sent is tried at once."""
        self.check_access("read")
        payouts = self.sudo().filtered(lambda p: p.state in LIVE)
        payouts.filtered("external_id")._look_now()
        for state, topic in (("approved", PAYOUT_SEND), ("queued", PAYOUT_APPROVE)):
            stopped = payouts.filtered(lambda p, s=state: p.state == s)._messages(
                [("topic", "=", topic), ("state", "in", STOPPED)]
            )
            stopped._requeue(self.env._("Tried again by %s", self.env.user.name))


def sent_or_refused(answer):
    """A refusal is the payout's to show; what nobody understands may have arrived."""
    if isinstance(answer, RejectedError):
        return Refusal(answer)
    if isinstance(answer, UnexpectedResponseError):
        return UncertainError(str(answer))
    if isinstance(answer, Exception) and not isinstance(answer, ConnectorError):
        return UncertainError(type(answer).__name__)
    return answer


def _read_and_ask(client, payload):
    """(what it says, what the gateway says when asked; None if it knows none)."""
    told = client.read_payout(payload)
    try:
        return told, client.get_payout(told.id)
    except RejectedError:
        return told, None

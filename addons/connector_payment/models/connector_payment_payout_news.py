"""What the gateway tells of payouts, and what is asked when it tells nothing.

A webhook is only a reason to ask: some carry no signature of their own. So what counts
is always what the gateway says now, and old news is recognised by where a payout is.
"""

from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.tools.topics import (
    PAYOUT_APPROVE,
    PAYOUT_SEND,
    PAYOUT_WATCH,
)
from odoo.addons.erp_connector_base.client.errors import (
    RejectedError,
    TransientError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.topic import Outcome

from .connector_payment_guard import as_bookkeeper
from .connector_payment_payout import BACK, LIVE, TRAVELS, stamp
from .connector_payment_payout_release import APPROVER, MAKER

#: Payouts of one look, all gateways together.
MOST = 2000
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


class ConnectorPaymentPayout(models.Model):
    _inherit = "connector.payment.payout"

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
        ours = [("backend_id", "in", backend._family().ids)]
        found = self.search([*ours, ("external_id", "=", told.id)], limit=1)
        names = [p.reference for p in (told, there) if p and p.reference]
        return found or self.search(
            [*ours, ("name", "in", names), ("external_id", "=", False)], limit=1
        )

    def _unknown(self, message):
        """Made elsewhere; or ours, and the answer that names it is on its way."""
        on_their_way = self.search_count(
            [
                ("backend_id", "in", message.backend_id._family().ids),
                ("state", "=", "approved"),
            ],
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
        elif self._is_contradicted(said):
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
                "failure": self.env._(there.failure) or self._words(state),
            }
        return values

    def _words(self, state):
        """Where the gateway has none."""
        words = {
            "failed": self.env._("The gateway does not say why it failed."),
            "cancelled": self.env._("It was cancelled at the gateway."),
            "reversed": self.env._("It was paid out, and the bank gave it back."),
        }
        return words[state]

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

    def _is_contradicted(self, said):
        """It ended here, and the gateway pays it; or has one that was given up."""
        alive = ("succeeded",) if self.external_id else ("succeeded", *TRAVELS)
        return self.state in ("failed", "cancelled") and said in alive

    def _contradicted(self):
        """The worst of surprises is never settled silently."""
        self._tell(
            self.env._("Paid out after all?"),
            self.env._(
                "The gateway pays it out, or has done so, but here it is %(state)s and "
                "its payment is undone. Ask the gateway before anything is paid again.",
                state=self._state_label(),
            ),
        )

    def _release_there(self):
        """The approver's key; once, whoever notices first that it is wanted."""
        for payout in self.filtered(lambda p: p.state == "queued"):
            backend = payout.backend_id
            if not backend._features().gateway_approval:
                continue
            if backend.payout_release == "odoo":
                payout._enqueue(PAYOUT_APPROVE)
            elif backend.payout_release == "otp":
                payout._ask_for_password()

    # ---- watch: the poll that heals lost webhooks ------------------------------------

    @api.model
    def _cron_watch(self):
        """Ask about payouts whose turn it is; book what was left behind."""
        now = fields.Datetime.now()
        due = self.env["erp.connector.backend"]._fair(
            self, [("watch_at", "<=", now)], MOST, "watch_at, id"
        )
        due.backend_id._each_of(due, "_watch_due", now)
        backends = self.env["erp.connector.backend"].search(
            [("state", "=", "connected")]
        )
        gateways = backends.filtered("is_gateway")
        gateways._each(self._enqueue_left_behind, f":{now:%Y-%m-%dT%H}")

    def _watch_due(self, now):
        self._look_now()
        for payout in self:
            payout.watch_at = payout._next_look(now)

    def _look_now(self):
        """Ask the gateway what became of them."""
        self._enqueue(PAYOUT_WATCH, f":{stamp()}")

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
        payouts = as_bookkeeper(self).filtered(lambda p: p.state in LIVE)
        payouts.filtered("external_id")._look_now()
        user = self.env.user
        if not self.env.su and not any(map(user.has_group, (MAKER, APPROVER))):
            return
        for state, topic in (("approved", PAYOUT_SEND), ("queued", PAYOUT_APPROVE)):
            stopped = payouts.filtered(lambda p, s=state: p.state == s)._messages(
                [("topic", "=", topic), ("state", "in", STOPPED)]
            )
            stopped._requeue(self.env._("Tried again by %s", self.env.user.name))


def _read_and_ask(client, payload):
    """(what it says, what the gateway says when asked; None if it knows none)."""
    told = client.read_payout(payload)
    try:
        return told, client.get_payout(told.id)
    except RejectedError:
        return told, None

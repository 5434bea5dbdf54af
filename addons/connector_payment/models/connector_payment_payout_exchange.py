"""What leaves for the gateway about payouts, and what comes back.

A payout is made at the gateway once: its reference is the idempotency key, what is
sent is what was submitted, and an answer that is lost is asked for, never repeated.
"""

from datetime import timedelta
from functools import partial

from odoo import api, fields, models
from odoo.addons.connector_payment.tools.wire import Refusal
from odoo.addons.erp_connector_base.client.errors import (
    ConnectorError,
    RejectedError,
    UncertainError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.topic import Outcome


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
        payouts = self._of(messages)
        kept = {id_: p._kept_here() for id_, p in payouts.items()}
        kept = {id_: why for id_, why in kept.items() if why}
        leaving = messages.filtered(lambda m: m.id not in kept)
        self.browse(leaving.mapped("res_id"))._leave()
        answers = self._ask(
            leaving,
            lambda client, payout: partial(client.create_payout, payout._wish()),
        )
        return kept | {id_: sent_or_refused(a) for id_, a in answers.items()}

    def _leave(self):
        """From now on it may be there: kept even if this worker dies."""
        new = self.filtered(lambda p: not p.left_at)
        for backend, payouts in new.grouped("backend_id").items():
            with backend._own_transaction() as env:
                payouts.with_env(env).left_at = fields.Datetime.now()

    @api.model
    def _of(self, messages):
        """{message id: its payout}; what is read of one is read of all."""
        payouts = self.browse(messages.mapped("res_id"))
        return dict(zip(messages.ids, payouts, strict=True))

    @api.model
    def _ask(self, messages, call):
        """{message id: answer}; a call is made of each message's payout."""
        payouts = self._of(messages)
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
        if payout._is_key_forgotten():
            return Outcome.failed(UncertainError(payout._ask_a_person()), payout)
        with message.backend_id._transport(message.attempt_token) as transport:
            client = message.backend_id._gateway_client(transport)
            found = client.recover_payout(payout._wish())
        if found is None:
            return Outcome.pending(self.env._("The gateway never got it."))
        payout._told(found)
        payout._enqueue_book()
        return Outcome.done(payout, self.env._("It had arrived."), found.id)

    def _is_key_forgotten(self):
        """Whether asking once more could queue a second one there."""
        backend = self.backend_id
        if backend._features().searches_payouts:
            return False
        left = self.left_at or self.approved_at
        limit = timedelta(minutes=backend.payout_key_minutes)
        return fields.Datetime.now() - left > limit

    def _ask_a_person(self):
        text = self.env._(
            "The answer is lost, and the gateway cannot be asked any more without the "
            "danger of a second payout. Look for %s in its dashboard. It is there: "
            "approve or reject it there, and Odoo hears of it. It is surely not: press "
            "It Never Arrived.",
            self.name,
        )
        self._tell(self.env._("Look for a payout at the gateway"), text)
        return text

    # ---- the gateway's second key, and its way back ----------------------------------

    @api.model
    def _exchange_approve(self, messages):
        """Only what is still to the bank account that was approved here."""
        payouts = self._of(messages)
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

    def _end(self, state, why, error=None):
        """It never got there, and never will."""
        code = getattr(error, "code", "")
        self.write(
            {"state": state, "failure": why, "failure_code": code, "watch_at": False}
        )


def sent_or_refused(answer):
    """A refusal is the payout's to show; what nobody understands may have arrived."""
    if isinstance(answer, RejectedError):
        return Refusal(answer)
    if isinstance(answer, UnexpectedResponseError):
        return UncertainError(str(answer))
    if isinstance(answer, Exception) and not isinstance(answer, ConnectorError):
        return UncertainError(type(answer).__name__)
    return answer

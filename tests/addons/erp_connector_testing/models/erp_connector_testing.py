"""What the made-up topics do. A payload may wish for what goes wrong:

{"fail": name of FAILURES}, {"fail_times": n} (only the first n tries),
{"wait_for": [external id]}, {"sleep": seconds}, {"kill": true}: the worker dies;
{"kill_after_call": true}, {"bug_after_call": true}, {"break_off": true}: after a call.
"""

import json
import os
import signal
import time
from functools import partial

import psycopg2

from odoo import api, models
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    ConnectorError,
    RejectedError,
    TransientError,
    UncertainError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.parallel import side_by_side
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.exceptions import UserError, ValidationError

FAILURES = {
    "transient": lambda wish: TransientError("busy", wish.get("retry_after")),
    "authentication": lambda wish: AuthenticationError("the key is not known"),
    "rejected": lambda wish: RejectedError("refused", code="peer.refused"),
    "unexpected": lambda wish: UnexpectedResponseError("what is this?", "raw"),
    "uncertain": lambda wish: UncertainError("no answer in time"),
    "user": lambda wish: UserError("Fill in the field."),
    "validation": lambda wish: ValidationError("Not allowed."),
    "bug": lambda wish: ZeroDivisionError("division by zero"),
    "serialization": lambda wish: psycopg2.errors.SerializationFailure("collision"),
}


class ErpConnectorTesting(models.AbstractModel):
    _name = "erp.connector.testing"
    _description = "Made-up Topics"

    # ---- inbound ---------------------------------------------------------------------

    @api.model
    def _handle_noop(self, messages, _answers):
        return {message.id: Outcome.done() for message in messages}

    @api.model
    def _handle_echo(self, messages, _answers):
        """One batched create; a wish to fail raises in the middle of the batch."""
        wishes = {m: _wishes(m) for m in messages}
        values, waiting = [], {}
        for message, wish in wishes.items():
            self._suffer(message, wish)
            if missing := self._missing(message, wish):
                waiting[message.id] = Outcome.waiting(missing, "Map it first.")
            else:
                name = wish.get("name") or message.business_key
                values.append({"name": name, "ref": message.dedup_key})
        partners = iter(self.env["res.partner"].create(values))
        return waiting | {
            m.id: Outcome.done(next(partners)) for m in wishes if m.id not in waiting
        }

    def _suffer(self, message, wish):
        if wish.get("kill"):
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(wish.get("sleep", 0))
        times = wish.get("fail_times")
        if wish.get("fail") and (times is None or message.attempts <= times):
            raise FAILURES[wish["fail"]](wish)

    def _missing(self, message, wish):
        wanted = wish.get("wait_for", [])
        found = self.env["erp.connector.binding"]._find(
            message.backend_id, "testing", wanted
        )
        return tuple(("testing", id_, id_) for id_ in wanted if id_ not in found)

    # ---- outbound --------------------------------------------------------------------

    @api.model
    def _exchange_send(self, messages):
        return self._each(messages, lambda peer, m: peer.transfer(_order(m)))

    @api.model
    def _exchange_flock(self, messages):
        """All of a claim at once; a wish for a bug meets it after its call."""
        backend = messages.backend_id
        with backend._transport(messages[0].attempt_token) as transport:
            peer = backend._peer(transport)
            return side_by_side(
                {m.id: partial(_fly, peer, _order(m), _wishes(m)) for m in messages}
            )

    @api.model
    def _exchange_keyed(self, messages):
        return self._each(
            messages, lambda peer, m: peer.transfer(_order(m), m.dedup_key)
        )

    @api.model
    def _exchange_read(self, messages):
        return self._each(messages, lambda peer, m: peer.item(m.business_key))

    def _each(self, messages, call):
        answers = {}
        for message in messages:
            with message.backend_id._transport(message.attempt_token) as transport:
                try:
                    peer = message.backend_id._peer(transport)
                    answers[message.id] = call(peer, message)
                except ConnectorError as error:
                    answers[message.id] = error
            if _wishes(message).get("break_off"):
                raise psycopg2.errors.QueryCanceled("statement time-out")
            if _wishes(message).get("kill_after_call"):
                os.kill(os.getpid(), signal.SIGKILL)
            if _wishes(message).get("bug_after_call"):
                raise ZeroDivisionError("division by zero")
        return answers

    @api.model
    def _handle_answer(self, messages, answers):
        for message in messages:
            self._suffer(message, _wishes(message))
        return {
            m.id: Outcome.done(reference=str(answers[m.id].get("id", "")))
            for m in messages
        }

    @api.model
    def _probe_send(self, message):
        """Ask the peer what arrived under our reference."""
        with message.backend_id._transport(message.attempt_token) as transport:
            found = message.backend_id._peer(transport).transfers(message.business_key)
        if found:
            return Outcome.done(reference=found[0]["id"], note="It had arrived.")
        return Outcome.pending("It never arrived.")


def _fly(peer, order, wish):
    answer = peer.transfer(order)
    if wish.get("bug_after_call"):
        raise ZeroDivisionError("division by zero")
    return answer


def _wishes(message):
    return json.loads(message.sudo().payload or "{}")


def _order(message):
    amount = _wishes(message).get("amount", 0)
    return {"reference": message.business_key, "amount": amount}

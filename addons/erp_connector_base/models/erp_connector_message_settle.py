"""What became of each message, written only while its claim still stands."""

import json
import random

import psycopg2
from psycopg2 import errors as pg

from odoo import fields, models
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    ConnectorError,
    TransientError,
    UncertainError,
)
from odoo.addons.erp_connector_base.client.topic import IRREVOCABLE
from odoo.exceptions import UserError
from odoo.tools import SQL

#: What an error makes of its message; the first class that fits decides.
NEXT_STATE = (
    (AuthenticationError, "pending"),
    (UncertainError, "uncertain"),
    (TransientError, "retry"),
    (ConnectorError, "dead"),
    (UserError, "dead"),
    (psycopg2.Error, "retry"),
    (Exception, "dead"),
)


class StaleClaimError(Exception):
    """Somebody else was given these messages meanwhile; our work must not count."""

    def __init__(self, ids):
        super().__init__(f"lost the claim on messages {sorted(ids)}")
        self.ids = ids


class CollisionError(Exception):
    """Two workers made the same mapping; the later one runs its batch again."""


def state_after(error):
    return next(state for kind, state in NEXT_STATE if isinstance(error, kind))


#: Probes without an answer after which a person is told; they go on all the same.
UNANSWERED = 5


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"

    # ---- settle ----------------------------------------------------------------------

    def _settle(self, topic, outcomes, token, two_phases=False):
        """Write what became of each message, if the claim still stands.

        With `two_phases`, what is done stays in work until its finish has run; the
        ids of these are returned.
        """
        messages = self.browse(outcomes)
        messages._park(outcomes)
        rows, unfinished = [], []
        for message in messages:
            outcome = outcomes[message.id]
            if two_phases and outcome.state == "done":
                unfinished.append(message.id)
                rows.append(message._row_in_work(outcome))
            else:
                rows.append(message._row_settled(topic, outcome))
        messages._write_settled(rows, token)
        messages._raise_alarm(outcomes, rows)
        return unfinished

    def _park(self, outcomes):
        waits = [
            (message, kind, external_id, label)
            for message in self
            for kind, external_id, label in outcomes[message.id].waits_for
        ]
        if not waits:
            return
        try:
            self.env["erp.connector.binding"]._wait(self.backend_id, waits)
        except pg.UniqueViolation as error:
            raise CollisionError from error

    def _row_in_work(self, outcome):
        return (
            self.id,
            "processing",
            None,
            None,
            outcome.note or None,
            None,
            outcome.record._name if outcome.record else None,
            outcome.record.id if outcome.record else None,
            outcome.reference or None,
            None,
        )

    def _row_settled(self, topic, outcome):
        state, wait = self._next_state(topic, outcome)
        error = outcome.error
        return (
            self.id,
            state,
            str(error)[:2000].replace("\x00", "␀") if error else None,
            type(error).__name__ if error else None,
            outcome.note or None,
            wait,
            outcome.record._name if outcome.record else None,
            outcome.record.id if outcome.record else None,
            outcome.reference or None,
            self._history_entry(state, outcome),
        )

    def _history_entry(self, state, outcome):
        if state in ("done", "ignored") and not self.history and self.attempts <= 1:
            return None
        label = dict(self._fields["state"]._description_selection(self.env))[state]
        entry = {
            "at": fields.Datetime.now().isoformat(),
            "event": self.env._(
                "Attempt %(number)s: %(state)s", number=self.attempts, state=label
            ),
            "detail": str(outcome.error or outcome.note)[:500].replace("\x00", "␀"),
            "token": self.attempt_token,
        }
        return json.dumps([entry])

    def _next_state(self, topic, outcome):
        """(state, seconds to wait or None) after `outcome`."""
        if outcome.state != "failed":
            return outcome.state, None
        error = outcome.error
        state = state_after(error)
        if state == "uncertain" and topic.safety != IRREVOCABLE:
            state = "retry"
        if state in ("pending", "dead"):
            return state, None
        return self._next_try(topic, state, error)

    def _next_try(self, topic, state, error):
        step = self.attempts - 1
        if step >= len(topic.ladder):
            if state == "retry":
                return "dead", None
            step = len(topic.ladder) - 1
        wait = getattr(error, "retry_after", None)
        if wait is None:
            wait = topic.ladder[step] * random.uniform(0.8, 1.2)  # noqa: S311
        return state, wait

    def _write_settled(self, rows, token):
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                _SETTLE,
                rows=SQL(", ").join(
                    SQL(
                        "(%s::int, %s, %s, %s, %s, %s::float, %s, %s::int, %s, "
                        "%s::jsonb)",
                        *row,
                    )
                    for row in rows
                ),
                token=token,
            ),
            log_exceptions=False,
        )
        lost = set(self.ids) - {row[0] for row in self.env.cr.fetchall()}
        if lost:
            raise StaleClaimError(lost)
        self.invalidate_recordset()

    def _raise_alarm(self, outcomes, rows):
        """Tell the owner what no retry will cure, once per account and kind."""
        errors = [o.error for o in outcomes.values() if o.error]
        backend = self.backend_id
        for error in errors:
            if isinstance(error, AuthenticationError):
                backend._disconnect(error)
                break
        if any(row[1] == "dead" or self._is_unanswered(row) for row in rows):
            backend._notify_owner(
                self.env._("Messages need attention"),
                self.env._(
                    "Open Connectors ▸ Messages ▸ Needs attention: each message says "
                    "why it stopped. Mend the cause, then replay it."
                ),
            )

    def _is_unanswered(self, row):
        """Whether the other side has been asked often what became of a message."""
        return row[1] == "uncertain" and self.browse(row[0]).attempts > UNANSWERED


_SETTLE = """
    UPDATE erp_connector_message m
       SET state = v.state, error = v.error, error_type = v.error_type, note = v.note,
           next_attempt_at = clock_timestamp() AT TIME ZONE 'UTC'
                             + v.wait * interval '1 second',
           processed_at = CASE
               WHEN v.state IN ('done', 'ignored', 'dead')
               THEN clock_timestamp() AT TIME ZONE 'UTC' END,
           res_model = COALESCE(v.res_model, m.res_model),
           res_id = COALESCE(v.res_id, m.res_id),
           reference = COALESCE(v.reference, m.reference),
           history = CASE WHEN v.entry IS NULL THEN m.history
                          ELSE COALESCE(m.history, '[]'::jsonb) || v.entry END,
           attempts = m.attempts - CASE WHEN v.state = 'pending' THEN 1 ELSE 0 END,
           lease_until = CASE WHEN v.state = 'processing' THEN m.lease_until END,
           suspect = v.state = 'processing' AND m.suspect,
           write_date = now() AT TIME ZONE 'UTC'
      FROM (VALUES %(rows)s) AS v (id, state, error, error_type, note, wait, res_model,
                                   res_id, reference, entry)
     WHERE m.id = v.id AND m.attempt_token = %(token)s
       AND m.state IN ('processing', 'uncertain')
    RETURNING m.id
"""

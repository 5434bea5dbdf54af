"""What became of each message, written only while its claim still stands."""

import json
import logging
import random

import psycopg2
from markupsafe import Markup
from psycopg2 import errors as pg

from odoo import fields, models
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    ConnectorError,
    PausedError,
    TransientError,
    UncertainError,
)
from odoo.addons.erp_connector_base.client.topic import IRREVOCABLE
from odoo.addons.erp_connector_base.tools.sentences import sentence
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import SQL

from .erp_connector_message_claim import CONCURRENCY

_logger = logging.getLogger(__name__)

#: What an error makes of its message; the first class that fits decides.
NEXT_STATE = (
    (AuthenticationError, "pending"),
    (PausedError, "pending"),
    (UncertainError, "uncertain"),
    (TransientError, "retry"),
    (ConnectorError, "dead"),
    (UserError, "dead"),
    (RedirectWarning, "dead"),
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


#: Cause of the activity on an account with messages that need a person.
ATTENTION = "messages.attention"

#: Probes without an answer after which a person is told; they go on all the same.
UNANSWERED = 5
#: Entries of a message's history that are kept.
LONGEST_HISTORY = 50


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
        messages._report_replays()
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
            self._sentence(error) or None,
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
            "detail": (self._sentence(outcome.error) or outcome.note)[:500].replace(
                "\x00", "␀"
            ),
            "token": self.attempt_token,
        }
        return json.dumps([entry])

    def _sentence(self, error):
        """What went wrong, for people; whatever it was, this does not fail."""
        try:
            return sentence(self.env, error)
        except Exception:
            _logger.exception("No words for %s", type(error).__name__)
            return type(error).__name__

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
                longest=LONGEST_HISTORY,
            ),
            log_exceptions=False,
        )
        lost = set(self.ids) - {row[0] for row in self.env.cr.fetchall()}
        if lost:
            raise StaleClaimError(lost)
        self.invalidate_recordset()

    def _raise_alarm(self, outcomes, rows):
        """Tell the owner what no retry will cure, once per account and kind.

        Whatever keeps us from telling, what became of the messages is written.
        """
        refused = next(
            (o.error for o in outcomes.values() if _is_refused(o.error)), None
        )
        stopped = any(row[1] == "dead" or self._is_unanswered(row) for row in rows)
        if not (refused or stopped):
            return
        try:
            with self.env.cr.savepoint():
                if refused:
                    self.backend_id._disconnect(refused)
                if stopped:
                    self.backend_id._tell_of_attention()
        except (*CONCURRENCY, psycopg2.InterfaceError, psycopg2.OperationalError):
            raise
        except Exception:
            _logger.exception("The owner of messages %s was not told", self.ids)
            self._stop_all_the_same(refused)

    def _stop_all_the_same(self, refused):
        """Without credentials nothing must go on, told or not."""
        if refused:
            self.backend_id.sudo().with_context(tracking_disable=True).write(
                {"state": "disconnected", "state_reason": self._sentence(refused)}
            )

    def _is_unanswered(self, row):
        """Whether the other side has been asked often what became of a message."""
        return row[1] == "uncertain" and self.browse(row[0]).attempts > UNANSWERED


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    def _tell_of_attention(self):
        """One activity with the way to the list, done when the list is empty."""
        text = self.env._(
            "Each message says why it stopped. Mend the cause, then replay it."
        )
        link = self.env._("Messages that need attention")
        self._notify_owner(
            self.env._("Messages need attention"),
            Markup('<p>%s</p><p><a href="/odoo/connector-attention">%s</a></p>')
            % (text, link),
            cause=ATTENTION,
        )

    def _settle_attention(self):
        """Nothing is left that needs a person: nobody needs to be reminded."""
        told = self.sudo().activity_ids.filtered(
            lambda a: a.connector_cause == ATTENTION
        )
        if not told:
            return
        accounts = self.browse(told.mapped("res_id"))
        left = (
            self.env["erp.connector.message"]
            .sudo()
            ._read_group(
                [
                    ("backend_id", "in", accounts.ids),
                    "|",
                    ("state", "in", ("dead", "waiting")),
                    "&",
                    ("state", "=", "uncertain"),
                    ("attempts", ">", UNANSWERED),
                ],
                ["backend_id"],
            )
        )
        accounts -= self.browse(backend.id for (backend,) in left)
        if accounts:
            self.env["mail.activity"]._connector_settle(accounts, ATTENTION)


def _is_refused(error):
    return isinstance(error, AuthenticationError)


#: What is handled after its days is not kept with its content (see retention).
_SETTLE = """
    UPDATE erp_connector_message m
       SET state = v.state, error = v.error, error_type = v.error_type, note = v.note,
           next_attempt_at = CASE WHEN v.state = 'pending' THEN m.next_attempt_at
               ELSE clock_timestamp() AT TIME ZONE 'UTC'
                    + v.wait * interval '1 second' END,
           payload = CASE WHEN v.state IN ('done', 'ignored')
                           AND m.create_date < now() AT TIME ZONE 'UTC'
                               - b.payload_days * interval '1 day'
                     THEN NULL ELSE m.payload END,
           processed_at = CASE
               WHEN v.state IN ('done', 'ignored', 'dead')
               THEN clock_timestamp() AT TIME ZONE 'UTC' END,
           res_model = COALESCE(v.res_model, m.res_model),
           res_id = COALESCE(v.res_id, m.res_id),
           reference = COALESCE(v.reference, m.reference),
           history = CASE WHEN v.entry IS NULL THEN m.history
                          WHEN jsonb_array_length(m.history) >= %(longest)s
                          THEN (m.history - 0) || v.entry
                          ELSE COALESCE(m.history, '[]'::jsonb) || v.entry END,
           attempts = m.attempts - CASE WHEN v.state = 'pending' THEN 1 ELSE 0 END,
           lease_until = CASE WHEN v.state = 'processing' THEN m.lease_until END,
           suspect = v.state = 'processing' AND m.suspect,
           write_date = now() AT TIME ZONE 'UTC'
      FROM (VALUES %(rows)s) AS v (id, state, error, error_type, note, wait, res_model,
                                   res_id, reference, entry),
           erp_connector_backend b
     WHERE m.id = v.id AND b.id = m.backend_id AND m.attempt_token = %(token)s
       AND m.state || '.' IN ('processing.', 'uncertain.')
    RETURNING m.id
"""

"""What a claim is for: exchange, handle, settle, finish, and what errors make of it."""
# pylint: disable=invalid-commit; each batch is a transaction of its own

import json
import logging
import random
import time

import psycopg2
from psycopg2 import errors as pg

from odoo import fields, models
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    ConnectorError,
    TransientError,
    UncertainError,
)
from odoo.addons.erp_connector_base.client.topic import IRREVOCABLE, Outcome
from odoo.exceptions import UserError
from odoo.tools import SQL

from .erp_connector_message_engine import CONCURRENCY

_logger = logging.getLogger(__name__)

COLLISIONS = 20

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


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"

    # ---- work ------------------------------------------------------------------------

    def _work(self, token):
        """Exchange, handle, settle, finish: what a claim is for."""
        topic = self._topics()[self[0].topic]
        answers = self._exchange(topic)
        refused = {
            id_: Outcome.failed(answer)
            for id_, answer in answers.items()
            if isinstance(answer, Exception)
        }
        handled = self._transaction(
            token, lambda ours: ours._handle_and_settle(topic, answers, refused, token)
        )
        if topic.finish and handled:
            unfinished = self.browse(handled)
            unfinished._transaction(
                token, lambda ours: ours._finish_and_settle(topic, token)
            )
        self.env.invalidate_all()

    def _exchange(self, topic):
        """The topic's HTTP, with no transaction open around it."""
        if not topic.exchange:
            return {}
        try:
            answers = getattr(self.env[topic.model], topic.exchange)(self)
        except Exception as error:
            if isinstance(error, (psycopg2.InterfaceError, psycopg2.OperationalError)):
                raise
            if not isinstance(error, ConnectorError):
                _logger.exception("Exchange of %s failed", topic.name)
                if topic.safety == IRREVOCABLE:
                    error = UncertainError(f"{type(error).__name__}: {error}")
            answers = dict.fromkeys(self.ids, error)
        self.env.cr.commit()
        self.env.invalidate_all()
        return answers

    def _transaction(self, token, work):
        """`work(messages)` in a transaction, again when it collides with another one.

        Collisions are no attempts. Messages whose claim was lost are left out.
        """
        ours = self
        for _try in range(COLLISIONS):
            try:
                result = work(ours)
                self.env.flush_all()
                self.env.cr.commit()
                return result
            except StaleClaimError as error:
                self._start_over()
                _logger.warning("Work refused: %s", error)
                ours = ours.filtered(lambda m, lost=error.ids: m.id not in lost)
                if not ours:
                    return None
            except (*CONCURRENCY, CollisionError):
                self._start_over()
                time.sleep(random.uniform(0, 0.05))  # noqa: S311
        ours._release(token)
        return None

    def _start_over(self):
        self.env.cr.rollback()
        self.env.transaction.clear()

    def _handle_and_settle(self, topic, answers, refused, token):
        """Returns the ids that are handled but still to be finished."""
        handler = getattr(self.env[topic.model], topic.handler)
        todo = self.filtered(lambda m: m.id not in refused)
        outcomes = {m.id: refused[m.id] for m in self - todo}
        if todo:
            handled = todo._isolated(
                lambda messages: handler(
                    messages, {m.id: answers.get(m.id) for m in messages}
                )
            )
            outcomes |= _never_resent(handled) if topic.probe else handled
        return self._settle(topic, outcomes, token, two_phases=bool(topic.finish))

    def _finish_and_settle(self, topic, token):
        if topic.finish_lock:
            self._wait_for_lock(topic.finish_lock)
        finish = getattr(self.env[topic.model], topic.finish)
        outcomes = self._isolated(
            lambda messages: finish(messages) or {}, default=_as_handled
        )
        self._settle(topic, outcomes, token)

    def _isolated(self, call, default=None):
        """{id: Outcome} of `call(messages)` in a savepoint.

        A batch that fails is halved, until the message that poisons it stands alone.
        """
        try:
            with self.env.cr.savepoint():
                outcomes = call(self)
            return {
                m.id: outcomes.get(m.id) or (default(m) if default else _unanswered())
                for m in self
            }
        except (*CONCURRENCY, psycopg2.InterfaceError, psycopg2.OperationalError):
            raise
        except pg.UniqueViolation as error:
            if error.diag.table_name == "erp_connector_binding":
                raise CollisionError from error
            return self._halved(call, default, error)
        except Exception as error:
            return self._halved(call, default, error)

    def _halved(self, call, default, error):
        if len(self) == 1:
            if not isinstance(error, (ConnectorError, UserError)):
                _logger.error("Message %s failed", self.id, exc_info=error)
            return {self.id: Outcome.failed(error)}
        half = len(self) // 2
        return self[:half]._isolated(call, default) | self[half:]._isolated(
            call, default
        )

    def _wait_for_lock(self, name):
        """Enter the one short pass a batch that must not overlap with another's.

        The lock is only tried, and the transaction ended in between: waiting inside
        one would leave us with a snapshot from before the other pass.
        """
        while True:
            self.env.cr.execute(
                SQL("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 19))", name)
            )
            if self.env.cr.fetchone()[0]:
                return
            self.env.cr.rollback()
            time.sleep(0.01)

    def _probe(self, token):
        """Ask the other side what became of an uncertain message."""
        topic = self._topics()[self.topic]
        if not topic.probe:
            error = UncertainError(self.env._("A person must find out what happened."))
            outcome = Outcome.failed(error)
        else:
            try:
                outcome = getattr(self.env[topic.model], topic.probe)(self)
            except ConnectorError as error:
                outcome = Outcome.failed(UncertainError(str(error), error.retry_after))
        self._transaction(
            token, lambda ours: ours._settle(topic, {ours.id: outcome}, token)
        )

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
        state = _state_after(error)
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
        if any(row[1] == "dead" for row in rows):
            backend._notify_owner(
                self.env._("Messages need attention"),
                self.env._(
                    "Open Connectors ▸ Messages ▸ Needs attention: each message says "
                    "why it stopped. Mend the cause, then replay it."
                ),
            )

    def _release(self, token):
        """Give messages back, as if they had never been claimed.

        One whose request has left, and cannot be taken back, is asked about first.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE erp_connector_message
                   SET state = CASE WHEN topic = ANY(%s) THEN 'uncertain'
                                    ELSE 'pending' END,
                       next_attempt_at = now() AT TIME ZONE 'UTC',
                       attempts = attempts - 1, attempt_token = NULL,
                       lease_until = NULL, worker = NULL
                 WHERE id = ANY(%s) AND attempt_token = %s AND state = 'processing'
                """,
                self._irrevocable(),
                self.ids,
                token,
            )
        )
        self.env.cr.commit()


def _never_resent(outcomes):
    """What has left and cannot be taken back is asked about, whatever went wrong here.

    A person's decision is needed where no retry helps, as always.
    """
    return {
        id_: Outcome.failed(UncertainError(str(outcome.error)), outcome.record)
        if outcome.state == "failed" and _state_after(outcome.error) != "dead"
        else outcome
        for id_, outcome in outcomes.items()
    }


def _state_after(error):
    return next(state for kind, state in NEXT_STATE if isinstance(error, kind))


def _as_handled(message):
    """A finish that says nothing leaves what the handler said."""
    return Outcome.done(note=message.note or "")


def _unanswered():
    return Outcome.failed(ConnectorError("The handler said nothing of this message."))


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

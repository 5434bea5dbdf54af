"""What a claim is for: exchange, handle, settle, finish, and what errors make of it."""
# pylint: disable=invalid-commit; each batch is a transaction of its own

import logging
import random
import time

import psycopg2
from psycopg2 import errors as pg

from odoo import models
from odoo.addons.erp_connector_base.client.errors import (
    ConnectorError,
    TransientError,
    UncertainError,
)
from odoo.addons.erp_connector_base.client.topic import IRREVOCABLE, Outcome
from odoo.exceptions import RedirectWarning, UserError
from odoo.tools import SQL

from .erp_connector_message_claim import CONCURRENCY
from .erp_connector_message_engine import COLLISIONS
from .erp_connector_message_settle import CollisionError, StaleClaimError, state_after

_logger = logging.getLogger(__name__)


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"

    # ---- work ------------------------------------------------------------------------

    def _work(self, token):
        """Exchange, handle, settle, finish: what a claim is for."""
        self = self._in_owners_language()
        topic = self._topics()[self[0].topic]
        answers = self._exchange(topic, token)
        if answers is None:
            return
        refused = {
            id_: Outcome.failed(_may_have_left(topic, answer))
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

    def _in_owners_language(self):
        """Reasons are kept as text, for the person who is responsible."""
        owner = self.backend_id.sudo().user_id
        return self.with_context(lang=owner.lang or self.env.lang)

    def _exchange(self, topic, token):
        """The topic's HTTP, with no transaction open around it.

        Another worker in the way: nothing (None), and the claim is given back.
        """
        if not topic.exchange:
            return {}
        try:
            with self._under_way():
                answers = getattr(self.env[topic.model], topic.exchange)(self)
        except CONCURRENCY:
            self._start_over()
            self._release(token)
            return None
        except Exception as error:
            if isinstance(error, (psycopg2.InterfaceError, psycopg2.OperationalError)):
                raise
            if not isinstance(error, ConnectorError):
                _logger.exception("Exchange of %s failed", topic.name)
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
                self.browse(error.ids)._give_back(token)
                ours = ours.filtered(lambda m, lost=error.ids: m.id not in lost)
                if not ours:
                    return None
            except (*CONCURRENCY, CollisionError):
                self._start_over()
                time.sleep(random.uniform(0, 0.05))  # noqa: S311
        ours._release(token)
        return None

    def _give_back(self, token):
        """Claims that were lost in our own transaction only: our work had changed
        these messages itself. They are tried again later, like after any failure.
        """
        self.env.cr.execute(
            SQL(
                """
                SELECT id FROM erp_connector_message
                 WHERE id = ANY(%s) AND attempt_token = %s
                   AND state || '.' = 'processing.'
                """,
                self.ids,
                token,
            )
        )
        ours = self.browse(row[0] for row in self.env.cr.fetchall())
        if ours:
            error = TransientError(
                self.env._("The work on this message changed the message itself.")
            )
            topic = self._topics()[ours[0].topic]
            if topic.safety == IRREVOCABLE:
                error = UncertainError(str(error))
            ours._settle(topic, {m.id: Outcome.failed(error) for m in ours}, token)
            self.env.cr.commit()
            self.env.invalidate_all()

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
            if not isinstance(error, (ConnectorError, UserError, RedirectWarning)):
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
        """Ask the other side what became of an uncertain message.

        What a probe writes and what becomes of the message stand or fall together:
        after a collision it is asked once more, or its writes would be lost.
        """
        self = self._in_owners_language()
        topic = self._topics()[self.topic]
        self._transaction(
            token,
            lambda ours: ours._settle(topic, {ours.id: ours._asked(topic)}, token),
        )

    def _asked(self, topic):
        """What the probe says; without an answer it stays uncertain."""
        if not topic.probe:
            error = UncertainError(self.env._("A person must find out what happened."))
            return Outcome.failed(error)
        try:
            with self._under_way():
                return getattr(self.env[topic.model], topic.probe)(self)
        except ConnectorError as error:
            return Outcome.failed(UncertainError(str(error), error.retry_after))
        except (*CONCURRENCY, psycopg2.InterfaceError, psycopg2.OperationalError):
            raise
        except Exception as error:
            _logger.exception("Probe of message %s failed", self.id)
            return Outcome.failed(UncertainError(self._sentence(error)))

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
                       next_attempt_at = CASE WHEN topic = ANY(%s)
                                              THEN now() AT TIME ZONE 'UTC'
                                              ELSE next_attempt_at END,
                       attempts = attempts - 1, attempt_token = NULL,
                       lease_until = NULL, worker = NULL
                 WHERE id = ANY(%s) AND attempt_token = %s
                   AND state || '.' = 'processing.'
                """,
                self._irrevocable(),
                self._irrevocable(),
                self.ids,
                token,
            )
        )
        self.env.cr.commit()
        self._look_anew()


def _may_have_left(topic, error):
    """A bug in the middle of a call leaves open what the other side has done."""
    if topic.safety != IRREVOCABLE or isinstance(error, ConnectorError):
        return error
    return UncertainError(f"{type(error).__name__}: {error}")


def _never_resent(outcomes):
    """What has left and cannot be taken back is asked about, whatever went wrong here.

    A person's decision is needed where no retry helps, as always.
    """
    return {
        id_: Outcome.failed(UncertainError(str(outcome.error)), outcome.record)
        if outcome.state == "failed" and state_after(outcome.error) != "dead"
        else outcome
        for id_, outcome in outcomes.items()
    }


def _unanswered():
    return Outcome.failed(ConnectorError("The handler said nothing of this message."))


def _as_handled(message):
    """A finish that says nothing leaves what the handler said."""
    return Outcome.done(note=message.note or "")

"""The engine: cron lanes that claim messages in batches, and take back lost ones.

A claim is committed before its work starts and carries a token; the work's own
transaction settles it only if the token still stands. So a worker that was given up for
dead cannot write, and one that died leaves messages that anybody can see are orphans.
"""
# pylint: disable=invalid-commit; a claim counts only once others can see it

import json
import logging
import random
import time
import uuid
from contextlib import suppress

import psycopg2
from psycopg2 import errors as pg

from odoo import api, fields, models
from odoo.addons.erp_connector_base.client.topic import IRREVOCABLE
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

ROUND_SECONDS = 8.0  # a lane gives its cron worker back after this
LINGER_SECONDS = 1.0  # and looks this long for more before it goes to sleep
PAUSE_SECONDS = 0.02
LEASE_SECONDS = 600  # only decides when the worker's session cannot be looked up
COLLISIONS = 20

CONCURRENCY = (
    pg.SerializationFailure,
    pg.DeadlockDetected,
    pg.LockNotAvailable,
)


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"

    # ---- a lane ----------------------------------------------------------------------

    @api.model
    def _run_lane(self, lane):
        """Drain `lane` for one round. Called by cron; never raises.

        Core's reschedule does not notify its workers, so a lane that leaves work
        behind triggers itself.
        """
        try:
            if self._drain(lane):
                self.env["ir.cron"]._connector_wake([lane])
        except (psycopg2.InterfaceError, psycopg2.OperationalError):
            _logger.warning("Lane %s lost its database connection", lane, exc_info=True)
            self._abandon()
        except Exception:
            _logger.exception("Lane %s broke off its round", lane)
            self._abandon()

    def _abandon(self):
        """What a broken round leaves in work is an orphan now, not when its lease ends.

        The session may live on: nobody would notice.
        """
        with suppress(psycopg2.InterfaceError, psycopg2.OperationalError):
            self.env.cr.rollback()
            self.env.transaction.clear()
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE erp_connector_message
                       SET lease_until = now() AT TIME ZONE 'UTC' - interval '1 second'
                     WHERE state = 'processing' AND worker = %s
                    """,
                    self._worker(),
                )
            )
            self.env.cr.commit()
            self._recover_orphans()

    def _drain(self, lane):
        """Work until nothing is due for a moment; whether the round ended too early."""
        worker = self._worker()
        self._recover_orphans()
        started = last_work = time.monotonic()
        while time.monotonic() - started < ROUND_SECONDS:
            count = self._work_one_batch(lane, worker)
            if count:
                last_work = time.monotonic()
                self.env["ir.cron"]._commit_progress(count, remaining=0)
                continue
            self.env.cr.rollback()
            if time.monotonic() - last_work > LINGER_SECONDS:
                return False
            time.sleep(PAUSE_SECONDS)
        return True

    def _work_one_batch(self, lane, worker):
        """Claim and work one batch; how many messages it was."""
        self._promote_due(lane)
        messages = self._claim(lane, worker)
        if messages:
            messages._work(messages[0].attempt_token)
            return len(messages)
        probe = self._claim_uncertain(lane, worker)
        if probe:
            probe._probe(probe.attempt_token)
        return len(probe)

    @api.model
    def _worker(self):
        """This database session, by a name that no later session can have."""
        self.env.cr.execute(_WORKER)
        return self.env.cr.fetchone()[0]

    # ---- claim -----------------------------------------------------------------------

    def _promote_due(self, lane):
        """Retries whose time has come stand in the line again."""
        try:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE erp_connector_message SET state = 'pending'
                     WHERE id IN (SELECT id FROM erp_connector_message
                                   WHERE state = 'retry' AND lane = %s
                                     AND next_attempt_at <= %s
                                     FOR NO KEY UPDATE SKIP LOCKED)
                    """,
                    lane,
                    fields.Datetime.now(),
                ),
                log_exceptions=False,
            )
            if self.env.cr.rowcount:
                self.env.cr.commit()
        except CONCURRENCY:
            self.env.cr.rollback()

    def _claim(self, lane, worker):
        """Take the next batch of one account and topic, and commit the claim.

        A message waits while an earlier one of its business key is open, or any of
        its key is being worked.
        """
        accounts, held = self._open_accounts()
        if not accounts:
            return self.browse()
        token = str(uuid.uuid4())
        sizes = {t.name: _batch(t) for t in self._topics().values()}
        try:
            self.env.cr.execute(
                SQL(
                    _CLAIM,
                    accounts=accounts,
                    held=held or [""],
                    lane=lane,
                    topics=list(sizes),
                    sizes=list(sizes.values()),
                    token=token,
                    worker=worker,
                    lease=LEASE_SECONDS,
                ),
                log_exceptions=False,
            )
            ids = [row[0] for row in self.env.cr.fetchall()]
        except CONCURRENCY:
            self.env.cr.rollback()
            time.sleep(random.uniform(0, PAUSE_SECONDS))  # noqa: S311
            return self.browse()
        self.env.cr.commit()
        self.env.invalidate_all()
        return self.browse(sorted(ids))

    def _open_accounts(self):
        """(ids of connected accounts, ["account/topic" held by a blackout])."""
        backends = (
            self.env["erp.connector.backend"]
            .sudo()
            .with_context(active_test=True)
            .search([("state", "=", "connected")])
        )
        held = [
            f"{backend.id}/{topic}"
            for backend in backends
            if backend.blackout_ids
            for topic in backend._held_topics()
        ]
        closed = {int(h.split("/")[0]) for h in held if h.endswith("/")}
        return [b.id for b in backends if b.id not in closed], held

    def _claim_uncertain(self, lane, worker):
        """Take one message whose fate is unknown; it stays uncertain while we ask."""
        accounts, _held = self._open_accounts()
        token = str(uuid.uuid4())
        try:
            self.env.cr.execute(
                SQL(
                    """
                    UPDATE erp_connector_message SET attempt_token = %s, worker = %s,
                           attempts = attempts + 1,
                           lease_until = now() AT TIME ZONE 'UTC' + interval '5 minutes'
                     WHERE id = (SELECT id FROM erp_connector_message
                                  WHERE state = 'uncertain' AND lane = %s
                                    AND backend_id = ANY(%s) AND next_attempt_at <= %s
                                    AND COALESCE(lease_until, '-infinity') <= %s
                                  ORDER BY id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED)
                    RETURNING id
                    """,
                    token,
                    worker,
                    lane,
                    accounts,
                    fields.Datetime.now(),
                    fields.Datetime.now(),
                ),
                log_exceptions=False,
            )
            ids = [row[0] for row in self.env.cr.fetchall()]
        except CONCURRENCY:  # another lane was faster
            self.env.cr.rollback()
            return self.browse()
        self.env.cr.commit()
        self.env.invalidate_all()
        return self.browse(ids)

    @api.model
    def _irrevocable(self):
        """Names of the topics that cannot be sent twice."""
        topics = self._topics().values()
        return [t.name for t in topics if t.safety == IRREVOCABLE] or [""]

    # ---- the dead and the asleep -----------------------------------------------------

    @api.model
    def _recover_orphans(self, given_up=""):
        """Messages whose worker's session is gone (or lease is over) go on at once.

        `given_up`: a worker that lives, but has let go of all it had claimed.

        One that cannot be sent twice becomes uncertain, and is asked about when the
        account would have given it up: it may still be on its way. With each death they
        are tried in smaller parts, at last one by one, so that a message which kills
        workers takes no neighbour along. Returns how many.
        """
        try:
            self.env.cr.execute(
                SQL(
                    _RECOVER,
                    given_up=given_up,
                    irrevocable=self._irrevocable(),
                    tries=8,
                    entry=json.dumps(
                        [
                            {
                                "at": fields.Datetime.now().isoformat(),
                                "event": self.env._("Worker lost"),
                            }
                        ]
                    ),
                    error=self.env._(
                        "The worker died every time this message was tried."
                    ),
                ),
                log_exceptions=False,
            )
            count = self.env.cr.rowcount
        except CONCURRENCY:
            self.env.cr.rollback()
            return 0
        self.env.cr.commit()
        if count:
            _logger.warning("Took %s messages back from lost workers", count)
        return count


def _batch(topic):
    """What cannot be sent twice goes in small parts: many might outlive the lease."""
    return topic.side_by_side if topic.safety == IRREVOCABLE else topic.batch


_WORKER = """
    SELECT pid || ':' || extract(epoch FROM backend_start)
      FROM pg_stat_activity WHERE pid = pg_backend_pid()
"""

_CLAIM = """
    WITH free AS NOT MATERIALIZED (
        SELECT m.id, m.backend_id, m.topic, m.attempts,
               COALESCE(m.suspect, FALSE) AS suspect
          FROM erp_connector_message m
         WHERE m.state = 'pending' AND m.lane = %(lane)s
           AND m.topic = ANY(%(topics)s)
           AND (m.backend_id || '/' || m.topic) <> ALL(%(held)s)
           AND NOT EXISTS (
               SELECT 1 FROM erp_connector_message o
                WHERE o.backend_id = m.backend_id AND o.business_key = m.business_key
                  AND o.state IN ('pending', 'processing', 'retry', 'uncertain')
                  AND (o.id < m.id OR o.state = 'processing') AND o.id <> m.id)
    ), head AS (
        SELECT first.*,
               CASE WHEN first.suspect
                    THEN greatest(size.batch >> (2 * first.attempts), 1)
                    ELSE size.batch END AS batch
          FROM unnest(%(accounts)s) AS account(id)
         CROSS JOIN LATERAL (
               SELECT * FROM free WHERE free.backend_id = account.id
                ORDER BY free.id LIMIT 1) AS first
          JOIN unnest(%(topics)s, %(sizes)s) AS size(topic, batch)
            ON size.topic = first.topic
         ORDER BY first.id LIMIT 1
    ), due AS (
        SELECT m.id FROM erp_connector_message m
         WHERE m.id IN (
               SELECT free.id FROM free, head
                WHERE free.backend_id = head.backend_id AND free.topic = head.topic
                  AND free.suspect = head.suspect
                  AND (free.attempts = head.attempts OR NOT head.suspect)
                ORDER BY free.id LIMIT (SELECT batch * 4 FROM head))
           AND m.state = 'pending'
         ORDER BY m.id LIMIT (SELECT batch FROM head)
           FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE erp_connector_message m
       SET state = 'processing', attempts = m.attempts + 1, attempt_token = %(token)s,
           worker = %(worker)s, processed_at = NULL,
           lease_until = now() AT TIME ZONE 'UTC' + %(lease)s * interval '1 second'
      FROM due WHERE m.id = due.id
    RETURNING m.id
"""

_RECOVER = """
    WITH session AS MATERIALIZED (
        SELECT pid || ':' || extract(epoch FROM backend_start) AS worker
          FROM pg_stat_activity),
    orphan AS (
        SELECT id FROM erp_connector_message
         WHERE state = 'processing'
           AND (lease_until < clock_timestamp() AT TIME ZONE 'UTC'
                OR worker = %(given_up)s
                OR worker NOT IN (SELECT worker FROM session WHERE worker IS NOT NULL))
           FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE erp_connector_message m
       SET state = CASE WHEN m.topic = ANY(%(irrevocable)s) THEN 'uncertain'
                        WHEN m.attempts >= %(tries)s THEN 'dead' ELSE 'pending' END,
           error = CASE WHEN m.attempts >= %(tries)s THEN %(error)s ELSE m.error END,
           suspect = TRUE, attempt_token = NULL, worker = NULL, lease_until = NULL,
           next_attempt_at = now() AT TIME ZONE 'UTC'
               + CASE WHEN m.topic = ANY(%(irrevocable)s) THEN b.answer_timeout ELSE 0
                  END * interval '1 second',
           history = COALESCE(m.history, '[]'::jsonb) || %(entry)s::jsonb
      FROM orphan, erp_connector_backend b
     WHERE m.id = orphan.id AND b.id = m.backend_id
"""

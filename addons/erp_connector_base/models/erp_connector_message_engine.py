"""Workers that are gone: what they had claimed is taken back, and by whom.

A claim is committed before its work starts and carries a token; the work's own
transaction settles it only if the token still stands. So a worker that was given up for
dead cannot write, and one that died leaves messages that anybody can see are orphans.
"""
# pylint: disable=invalid-commit; a claim counts only once others can see it

import json
import logging
from contextlib import suppress

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

from .erp_connector_message_claim import CONCURRENCY

_logger = logging.getLogger(__name__)

COLLISIONS = 20


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"

    @api.model
    def _worker(self):
        """This database session, by a name that no later session can have."""
        self.env.cr.execute(_WORKER)
        return self.env.cr.fetchone()[0]

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
                     WHERE state || '' = 'processing' AND worker = %s
                    """,
                    self._worker(),
                )
            )
            self.env.cr.commit()
            self._recover_orphans()

    # ---- the dead and the asleep -----------------------------------------------------

    @api.model
    def _recover_orphans(self, given_up=""):
        """Messages whose worker's session is gone (or lease is over) go on at once.

        `given_up`: a worker that lives, but has let go of all it had claimed.

        One that cannot be sent twice becomes uncertain, and is asked about when the
        account would have given it up: it may still be on its way. Others keep their
        place in the line, once; then they stand behind those who wait for their first
        try. With each death they are tried in smaller parts, at last one by one, so
        that a message which kills workers takes no neighbour along. Returns how many.
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
            self._look_anew()
            _logger.warning("Took %s messages back from lost workers", count)
        return count


_WORKER = """
    SELECT pid || ':' || extract(epoch FROM backend_start)
      FROM pg_stat_activity WHERE pid = pg_backend_pid()
"""

_RECOVER = """
    WITH session AS MATERIALIZED (
        SELECT pid || ':' || extract(epoch FROM backend_start) AS worker
          FROM pg_stat_activity),
    orphan AS (
        SELECT id FROM erp_connector_message
         WHERE state || '' = 'processing'
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
           next_attempt_at = CASE WHEN m.topic = ANY(%(irrevocable)s)
               THEN now() AT TIME ZONE 'UTC' + b.answer_timeout * interval '1 second'
               WHEN m.attempts > 1 THEN now() AT TIME ZONE 'UTC'
               ELSE m.next_attempt_at END,
           history = COALESCE(m.history, '[]'::jsonb) || %(entry)s::jsonb
      FROM orphan, erp_connector_backend b
     WHERE m.id = orphan.id AND b.id = m.backend_id
"""

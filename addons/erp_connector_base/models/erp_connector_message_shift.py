"""Two lanes of one name are not away together: who would leave looks for the other.

A cron worker that a lane gives back walks through everything else that is due before it
looks for lanes again. Odoo's nightly work is minutes of that, and a new database has
all of it due at once. A crew holds a lock of its database session while it is there.
"""
# pylint: disable=invalid-commit; a lock of the session outlives transactions

from contextlib import suppress

import psycopg2

from odoo import api, models
from odoo.tools import SQL, config

SPACE = 19019


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"

    @api.model
    def _begin_shift(self, lane):
        """From now on the crew of another lane of this name may leave."""
        self.env.cr.execute(SQL(_BEGIN, space=SPACE, lane=lane))
        self.env.cr.commit()

    @api.model
    def _leave_shift(self, lane):
        """Whether this crew may leave: another one is there, or there can be none.

        It counts as away from then on. One leaves at a time. A single cron worker has
        the other lane next, and would only come later to it.
        """
        if config["max_cron_threads"] < 2:
            self._end_shift(lane)
            return True
        self.env.cr.execute(SQL(_MAY_LEAVE, space=SPACE, lane=lane))
        (may_leave,) = self.env.cr.fetchone()
        if may_leave:
            self._unlock_shift(lane)
        self.env.cr.commit()
        return may_leave

    @api.model
    def _end_shift(self, lane):
        """It is over, whoever is there."""
        with suppress(psycopg2.InterfaceError, psycopg2.OperationalError):
            self.env.cr.rollback()
            self._unlock_shift(lane)
            self.env.cr.commit()

    def _unlock_shift(self, lane):
        self.env.cr.execute(SQL(_END, space=SPACE, lane=lane))


_BEGIN = """
    SELECT pg_advisory_lock_shared(%(space)s, hashtext(%(lane)s) & 2147483647)
"""
#: Only what is held is given back: PostgreSQL would warn.
_END = """
    SELECT pg_advisory_unlock_shared(%(space)s, hashtext(%(lane)s) & 2147483647)
      FROM pg_locks
     WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND classid = %(space)s
       AND objid = (hashtext(%(lane)s) & 2147483647)::oid AND mode = 'ShareLock'
"""
_MAY_LEAVE = """
    SELECT CASE
        WHEN NOT pg_try_advisory_xact_lock(%(space)s + 1,
                                           hashtext(%(lane)s) & 2147483647) THEN FALSE
        WHEN (SELECT count(*) FROM ir_cron
               WHERE active AND connector_lane = %(lane)s) < 2 THEN TRUE
        ELSE EXISTS (
            SELECT 1 FROM pg_locks
             WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()
               AND database = (SELECT oid FROM pg_database
                                WHERE datname = current_database())
               AND classid = %(space)s AND mode = 'ShareLock'
               AND objid = (hashtext(%(lane)s) & 2147483647)::oid)
        END
"""

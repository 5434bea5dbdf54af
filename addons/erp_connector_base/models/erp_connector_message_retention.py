"""What is dropped after its days: content first, whole rows much later, calls soon.

In small transactions, a share for each account in turn, for a bounded time: a million
messages a day have to go as fast as they come, beside everything else.
"""
# pylint: disable=invalid-commit; a night's work in one transaction would block others

import logging
import time
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.modules import module
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

BATCH = 5_000
ROUND_SECONDS = 60.0

#: Where people's notes and files about a message are: (model, its field of the id).
BESIDE = (
    ("mail.message", "model", "res_id"),
    ("mail.followers", "res_model", "res_id"),
    ("mail.activity", "res_model", "res_id"),
    ("ir.attachment", "res_model", "res_id"),
)


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    payloads_dropped_until = fields.Datetime(
        readonly=True,
        copy=False,
        help="The content of handled messages received before this has been dropped.",
    )


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"

    @api.model
    def _cron_expire(self):
        """So often and so much that it keeps up; what is left is for the next run."""
        self._expire_all()

    @api.model
    def _expire_all(self, seconds=ROUND_SECONDS):
        """Take turns at the accounts until nothing is left or the time is over.

        An account that fails is left out, and says so in the log. Returns whether
        everything is done.
        """
        deadline = time.monotonic() + seconds
        backends = self.env["erp.connector.backend"].sudo()
        todo = {
            (backend, step)
            for backend in backends.with_context(active_test=False).search([])
            for step in (self._drop_payloads, self._drop_rows, self._drop_calls)
        }
        line = sorted(todo, key=lambda turn: (turn[1].__name__, turn[0].id))
        while line and time.monotonic() < deadline:
            line = [turn for turn in line if self._take_turn(*turn)]
        self._drop_orphans()
        return not line

    def _take_turn(self, backend, step):
        """One part of one account, committed; whether there is more."""
        try:
            with self.env.cr.savepoint():
                count = step(backend)
        except psycopg2.OperationalError:
            self._end_turn(rollback=True)
            return True  # somebody works on these rows
        except Exception:
            _logger.exception("Retention of account %s", backend.id)
            self._end_turn(rollback=True)
            return False
        self._end_turn()
        return count >= BATCH

    def _end_turn(self, rollback=False):
        if module.current_test:
            self.env.invalidate_all()
        elif rollback:
            self.env.cr.rollback()
        else:
            self.env.cr.commit()

    # ---- the steps -------------------------------------------------------------------

    def _drop_payloads(self, backend):
        """From where the last run came to: what is handled later drops its content
        itself.
        """
        before = fields.Datetime.now() - timedelta(days=backend.payload_days)
        self.env.cr.execute(
            SQL(
                _DROP_PAYLOADS,
                backend=backend.id,
                since=backend.payloads_dropped_until or None,
                before=before,
                batch=BATCH,
            )
        )
        count, last = self.env.cr.fetchone()
        until = last if count >= BATCH else before
        self.env.cr.execute(
            SQL(
                "UPDATE erp_connector_backend SET payloads_dropped_until = %s "
                "WHERE id = %s",
                until,
                backend.id,
            )
        )
        backend.invalidate_recordset(["payloads_dropped_until"])
        return count

    def _drop_rows(self, backend):
        """What people wrote about a message goes with it."""
        before = fields.Datetime.now() - timedelta(days=backend.message_days)
        self.env.cr.execute(
            SQL(_OLD_ROWS, backend=backend.id, before=before, batch=BATCH)
        )
        ids = [row[0] for row in self.env.cr.fetchall()]
        if ids:
            self._drop_beside(ids)
            self.env.cr.execute(
                SQL("DELETE FROM erp_connector_message WHERE id = ANY(%s)", ids)
            )
        return len(ids)

    def _drop_calls(self, backend):
        before = fields.Datetime.now() - timedelta(days=backend.call_days)
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM erp_connector_call WHERE id = ANY (ARRAY(
                       SELECT id FROM erp_connector_call
                        WHERE backend_id = %s AND create_date < %s
                        ORDER BY backend_id, create_date LIMIT %s))
                """,
                backend.id,
                before,
                BATCH,
            )
        )
        return self.env.cr.rowcount

    def _drop_beside(self, ids):
        for model, model_field, id_field in BESIDE:
            self.env[model].sudo().with_context(active_test=False).search(
                [(model_field, "=", self._name), (id_field, "in", ids)]
            ).unlink()

    def _drop_orphans(self):
        """Notes about messages that went in the database alone, with their account."""
        for model, model_field, id_field in BESIDE:
            table = self.env[model]._table
            self.env.cr.execute(
                SQL(
                    """
                    SELECT DISTINCT o.%(id)s FROM %(table)s o
                     WHERE o.%(model)s = %(name)s AND o.%(id)s IS NOT NULL
                       AND NOT EXISTS (SELECT 1 FROM erp_connector_message m
                                        WHERE m.id = o.%(id)s)
                     LIMIT %(batch)s
                    """,
                    id=SQL.identifier(id_field),
                    model=SQL.identifier(model_field),
                    table=SQL.identifier(table),
                    name=self._name,
                    batch=BATCH,
                )
            )
            if ids := [row[0] for row in self.env.cr.fetchall()]:
                self._drop_beside(ids)
        self._end_turn()


_DROP_PAYLOADS = """
    WITH old AS MATERIALIZED (
        SELECT id, create_date FROM erp_connector_message
         WHERE backend_id = %(backend)s AND create_date < %(before)s
           AND create_date >= COALESCE(%(since)s::timestamp, '-infinity')
           AND payload IS NOT NULL AND state IN ('done', 'ignored')
         ORDER BY backend_id, create_date LIMIT %(batch)s
    ), dropped AS (
        UPDATE erp_connector_message SET payload = NULL
         WHERE id = ANY (ARRAY(SELECT id FROM old))
    )
    SELECT count(*), max(create_date) FROM old
"""

_OLD_ROWS = """
    SELECT id FROM erp_connector_message
     WHERE backend_id = %(backend)s AND create_date < %(before)s
       AND state IN ('done', 'ignored')
     ORDER BY backend_id, create_date LIMIT %(batch)s
       FOR UPDATE SKIP LOCKED
"""

import logging

import psycopg2

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class ErpConnectorCall(models.Model):
    _name = "erp.connector.call"
    _description = "Outbound Call"
    _order = "id desc"
    _rec_name = "path"

    backend_id = fields.Many2one(
        "erp.connector.backend",
        "Account",
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", readonly=True)
    create_date = fields.Datetime("Time", readonly=True, index=True)
    method = fields.Char(readonly=True)
    path = fields.Char(readonly=True)
    status = fields.Integer("HTTP Status", readonly=True, aggregator=None)
    duration_ms = fields.Integer("Milliseconds", readonly=True, aggregator="avg")
    correlation_id = fields.Char(readonly=True, index=True)
    request_excerpt = fields.Text("Request", readonly=True)
    response_excerpt = fields.Text("Answer", readonly=True)
    error = fields.Char(readonly=True)
    failed = fields.Boolean(readonly=True)

    _account_idx = models.Index("(backend_id, create_date)")

    @api.model
    def _record(self, backend, journal, correlation_id):
        """Keep `journal` (CallRecords, already redacted), whatever becomes of the work.

        Written by a cursor of its own: the call happened even if our transaction is
        rolled back.
        """
        if not journal:
            return
        rows = [
            (
                backend.id,
                backend.company_id.id,
                call.method,
                call.path,
                call.status or 0,
                call.duration_ms,
                correlation_id,
                _storable(call.request_excerpt),
                _storable(call.response_excerpt),
                _storable(call.error) or None,
                bool(call.error) or (call.status or 0) >= 400,
            )
            for call in journal
        ]
        try:
            with backend._own_transaction() as env:
                self._insert(env.cr, rows)
        except psycopg2.Error:
            _logger.warning("Could not journal %s calls", len(rows), exc_info=True)

    def _insert(self, cr, rows):
        cr.execute(
            SQL(
                """
                INSERT INTO erp_connector_call (
                    backend_id, company_id, method, path, status, duration_ms,
                    correlation_id, request_excerpt, response_excerpt, error, failed,
                    create_date, write_date)
                SELECT v.*, now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC'
                  FROM (VALUES %s) AS v
                """,
                SQL(", ").join(
                    SQL("(%s::int, %s::int, %s, %s, %s, %s, %s, %s, %s, %s, %s)", *row)
                    for row in rows
                ),
            )
        )


def _storable(text):
    return (text or "").replace("\x00", "␀")

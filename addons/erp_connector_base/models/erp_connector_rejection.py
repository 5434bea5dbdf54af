import logging

import psycopg2

from odoo import fields, models
from odoo.addons.erp_connector_base.tools.tally import Tally
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: The first ones are written one by one; of a flood one write a second and account in
#: each process, and one line a minute.
WRITES = Tally(burst=50, seconds=1.0)
LINES = Tally(burst=1, seconds=60.0)


class ErpConnectorRejection(models.Model):
    _name = "erp.connector.rejection"
    _description = "Refused Webhooks of a Day"
    _order = "day desc"

    backend_id = fields.Many2one(
        "erp.connector.backend",
        "Account",
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(related="backend_id.company_id", store=True)
    day = fields.Date(required=True, readonly=True)
    count = fields.Integer(readonly=True)

    _backend_day_uniq = models.UniqueIndex(
        "(COALESCE(backend_id, 0), day)", "One counter per account and day."
    )

    def _refused(self, backend_id, too_large=False):
        """A webhook was refused. Costs nobody anything: no lock, no error, no flood."""
        lines = LINES.add(self.env.cr.dbname)
        if lines:
            _logger.warning("Webhooks refused: %s (see Refused Webhooks)", lines)
        key = (self.env.cr.dbname, backend_id, too_large)
        times = WRITES.add(key)
        if not times:
            return
        try:
            with self.env.cr.savepoint(flush=False):
                counted = self._count_one(backend_id, times)
                self.env["erp.connector.stream"]._refused(backend_id, times, too_large)
        except psycopg2.Error:  # somebody else counts at this moment, or it is slow
            counted = False
        if not counted:
            WRITES.give_back(key, times)

    def _count_one(self, backend_id, times=1):
        """Count forgeries; whether it could. A busy counter is left alone: nobody may
        wait here.
        """
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO erp_connector_rejection (backend_id, company_id, day, count)
                VALUES (%(backend)s,
                        (SELECT company_id FROM erp_connector_backend
                          WHERE id = %(backend)s),
                        (now() AT TIME ZONE 'UTC')::date, 0)
                ON CONFLICT DO NOTHING
                """,
                backend=backend_id,
            ),
            log_exceptions=False,
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE erp_connector_rejection SET count = count + %s
                 WHERE id IN (
                       SELECT id FROM erp_connector_rejection
                        WHERE COALESCE(backend_id, 0) = %s
                          AND day = (now() AT TIME ZONE 'UTC')::date
                          FOR NO KEY UPDATE SKIP LOCKED)
                """,
                times,
                backend_id or 0,
            ),
            log_exceptions=False,
        )
        return bool(self.env.cr.rowcount)

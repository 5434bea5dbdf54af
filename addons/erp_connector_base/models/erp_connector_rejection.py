from odoo import fields, models
from odoo.tools import SQL


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

    def _count_one(self, backend_id):
        """Count a forgery. A busy counter is left alone: nobody may wait here."""
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
            )
        )
        self.env.cr.execute(
            SQL(
                """
                UPDATE erp_connector_rejection SET count = count + 1
                 WHERE id IN (
                       SELECT id FROM erp_connector_rejection
                        WHERE COALESCE(backend_id, 0) = %s
                          AND day = (now() AT TIME ZONE 'UTC')::date
                          FOR NO KEY UPDATE SKIP LOCKED)
                """,
                backend_id or 0,
            )
        )

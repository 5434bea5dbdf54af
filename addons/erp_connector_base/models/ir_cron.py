from odoo import fields, models
from odoo.tools import SQL


class IrCron(models.Model):
    _inherit = "ir.cron"

    connector_lane = fields.Char(
        readonly=True, help="The connector lane this scheduled action drains."
    )

    def _connector_wake(self, lanes):
        """Ask the cron workers to drain `lanes` as soon as this commits.

        Written in SQL: webhooks call it, and one row a lane is all it takes. A trigger
        is always inserted, since one that is visible may be about to be consumed.
        """
        self.env.cr.execute(
            SQL(
                """
                INSERT INTO ir_cron_trigger (cron_id, call_at)
                SELECT id, %s FROM ir_cron WHERE active AND connector_lane = ANY(%s)
                """,
                fields.Datetime.now(),
                list(lanes),
            )
        )
        self._connector_notify()

    def _connector_notify(self):
        """Tell the cron workers, as soon as this commits, that there are triggers."""
        self.env.cr.postcommit.add(self._notifydb)

import logging

from odoo import api, fields, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

#: A lane whose oldest due message has waited this long is woken again.
LATE_SECONDS = 2
#: What the health check calls unwell: the fast lane this far behind.
UNWELL_SECONDS = 300


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"

    @api.model
    def _watch(self):
        """Heal what can be healed without a person, and say how the lanes are.

        Called by `/connector/health` every few seconds, so that a crash on an idle
        system is noticed now and not at the next poll of the cron workers. Returns
        {"status", "recovered", "lanes": {lane: oldest due in seconds}}.
        """
        recovered = self._recover_orphans()
        lags = self._lags()
        late = [lane for lane, seconds in lags.items() if seconds >= LATE_SECONDS]
        if late or recovered:
            self.env["ir.cron"].sudo()._connector_wake(late or ["fast", "bulk"])
        unwell = lags.get("fast", 0) > UNWELL_SECONDS
        return {
            "status": "late" if unwell else "ok",
            "recovered": recovered,
            "lanes": lags,
        }

    @api.model
    def _lags(self):
        """{lane: seconds its oldest due message waits}, connected accounts only."""
        backends = self.env["erp.connector.backend"].sudo()
        connected = set(backends.search([("state", "=", "connected")]).ids)
        crons = self.env["ir.cron"].sudo()
        lanes = crons.search([("connector_lane", "!=", False)]).mapped("connector_lane")
        now = self._database_now()
        pending = {}
        for lane in set(lanes):
            ages = [
                (now - since).total_seconds()
                for account, _topic, since in self._heads(lane)
                if account in connected
            ]
            pending[lane] = max([0.0, *ages])
        for lane, age in self._retry_lags():
            pending[lane] = max(pending.get(lane, 0), age)
        return {lane: round(age, 1) for lane, age in pending.items()}

    def _database_now(self):
        self.env.cr.execute("SELECT clock_timestamp() AT TIME ZONE 'UTC'")
        return self.env.cr.fetchone()[0]

    def _retry_lags(self):
        now = fields.Datetime.now()
        self.env.cr.execute(
            SQL(
                """
                SELECT m.lane, extract(epoch FROM %s - min(m.next_attempt_at))::float
                  FROM erp_connector_message m
                  JOIN erp_connector_backend b ON b.id = m.backend_id
                 WHERE m.state IN ('retry', 'uncertain') AND m.next_attempt_at <= %s
                   AND b.state = 'connected' AND b.active
                 GROUP BY m.lane
                """,
                now,
                now,
            )
        )
        return self.env.cr.fetchall()

    @api.model
    def _cron_watch(self):
        """The watchdog where nobody calls the health check. It tells people, too."""
        self._watch()
        self._look_after(self.env["erp.connector.circuit"]._tell_of_lasting_silence)
        everybody = self.env["erp.connector.backend"].sudo().search([])
        self._look_after(everybody._settle_attention)

    def _look_after(self, work):
        """`work()`, in a savepoint: what goes wrong there stops nothing else."""
        try:
            with self.env.cr.savepoint():
                work()
        except Exception:
            _logger.exception("The watchdog could not finish")

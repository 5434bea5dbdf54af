"""Refunds that are on their way are asked about; paid ones are booked."""

from odoo import api, fields, models
from odoo.addons.connector_payment.providers import schema
from odoo.fields import Domain

from .connector_payment_payout import stamp

#: Refunds of one look, all accounts together.
MOST = 500


class ConnectorPaymentRefund(models.Model):
    _inherit = "connector.payment.refund"

    @api.model
    def _cron_watch(self):
        """What cannot be booked has its turn again after those that were not tried."""
        now = fields.Datetime.now()
        due = self.env["erp.connector.backend"]._fair(
            self, self._due_domain(now), MOST, "watch_at nulls first, id"
        )
        due.backend_id._each_of(due, "_watch_due", now)

    def _due_domain(self, now):
        its_turn = Domain("watch_at", "<=", now)
        unbooked = Domain("state", "=", "paid") & Domain("payment_id", "=", False)
        return (Domain("state", "=", "sent") & its_turn) | (
            unbooked & (its_turn | Domain("watch_at", "=", False))
        )

    def _watch_due(self, now):
        self._look_now()
        self.watch_at = fields.Datetime.add(now, hours=1)

    def _look_now(self):
        """Ask what became of them."""
        self._enqueue(schema.REFUND_EVENT, f":{stamp()}")

"""Which webhooks of a gateway are news, and what money came without one."""

from datetime import timedelta

from odoo import models
from odoo.addons.connector_payment.providers import schema


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    def _webhook_news_in(self, events):
        """Our own round trip shows that Odoo answers, not that the gateway sends."""
        found = super()._webhook_news_in(events)
        return [e for e in found if e.topic != schema.PING_EVENT]

    def _untold_news(self, since, until):
        """Payments that only a look at the gateway's transactions has found."""
        found = super()._untold_news(since, until)
        if not self.is_gateway:
            return found
        return found + self.env["connector.payment.receipt"].sudo().search_count(
            [
                ("backend_id", "=", self.id),
                ("create_date", ">", since),
                ("create_date", "<=", until),
                ("paid_at", ">", since - timedelta(minutes=2)),
            ]
        )

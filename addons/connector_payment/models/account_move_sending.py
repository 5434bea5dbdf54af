"""Invoices sent in the background wait a little for their virtual account's number."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

#: How long an e-mail waits; after that it goes with a link to the invoice's page.
PATIENCE = timedelta(minutes=10)


class AccountMove(models.Model):
    _inherit = "account.move"

    @api.model
    def _cron_account_move_send(self, job_count=10):
        """Held invoices block nobody behind them, and are no work that is left."""
        held = self._connector_held()
        result = super()._cron_account_move_send(job_count + len(held))
        if held:
            cron = self.env.ref("account.ir_cron_account_move_send").sudo()
            cron._trigger(at=min(move._connector_held_until() for move in held))
            todo = Domain("sending_data", "!=", False) & Domain("state", "=", "posted")
            left = self.search_count(todo & Domain("id", "not in", held.ids))
            self.env["ir.cron"]._commit_progress(remaining=left)
        return result

    @api.model
    def _connector_held(self):
        """Invoices to be sent whose number is asked for and may be there any moment."""
        making = [
            ("state", "=", "requested"),
            ("number", "=", False),
            ("create_date", ">", fields.Datetime.now() - PATIENCE),
        ]
        fixed = [*making, ("kind", "=", "fixed")]
        waiting = self.sudo().search(
            Domain("sending_data", "!=", False)
            & Domain("state", "=", "posted")
            & (
                Domain("connector_va_ids", "any", making)
                | Domain("commercial_partner_id.connector_va_ids", "any", fixed)
            )
        )
        return waiting.filtered(lambda m: m._connector_awaits_number())

    def _connector_held_until(self):
        return max(self._connector_making_vas().mapped("create_date")) + PATIENCE

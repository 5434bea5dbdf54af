"""Virtual accounts follow their debts: paid, changed or cancelled by other ways."""

from odoo import api, models
from odoo.addons.connector_payment.tools.booking import follows
from odoo.addons.erp_connector_base.client.topic import Outcome

from .connector_payment_va import OPEN


class ConnectorPaymentVa(models.Model):
    _inherit = "connector.payment.va"

    @api.model
    def _sync_moves(self, moves):
        """After the residual of these invoices changed, by whatever way."""
        if not moves or not follows(self.env):
            return
        accounts = self.sudo().search(
            [
                ("move_ids", "in", moves.ids),
                ("kind", "=", "closed"),
                ("state", "in", OPEN),
            ]
        )
        accounts._sync_debts()

    def _sync_debts(self):
        """Let the gateway ask for what is still owed, no more and no less."""
        closed = self.filtered(lambda v: v.kind == "closed" and v.move_ids)
        for va in closed - closed._close_elsewhere():
            if va.state not in OPEN or va.is_closing:
                continue
            owed = self._whole(sum(va._owing().mapped("amount_residual")))
            if va.currency_id.compare_amounts(owed, 0) <= 0:
                va._enqueue_close()
            elif va.currency_id.compare_amounts(owed, va.amount):
                va._ask_for(owed)

    def _close_elsewhere(self):
        """Close those whose customers pay a marketplace; all that are for such."""
        backends = self.env["erp.connector.backend"]
        moves = backends._paid_elsewhere(self.move_ids)
        orders = backends._paid_elsewhere(self.order_id)
        found = self.filtered(lambda v: v.move_ids & moves or v.order_id & orders)
        found.filtered(lambda v: v.state in OPEN and not v.is_closing)._enqueue_close()
        return found

    def _ask_for(self, amount):
        """Change the amount; where the gateway cannot, a new account takes over.

        What no account can ask for, such as a rest below the bank's smallest amount,
        must not stand in the way of whoever books the change.
        """
        problem = self._problem(amount)
        if not problem and self.backend_id._features().changes_va_amount:
            self.amount = amount
            self._enqueue_update()
            return
        self._enqueue_close()
        if problem:
            self.message_post(body=self.env._("Closed, as %s", problem))
            return
        values = self._closed_values(
            self.partner_id, self._owing(), self.bank_id, self.backend_id
        )
        self._request([values])

    def _owing(self):
        """The invoices that money is still owed for."""
        return self.move_ids.filtered(
            lambda m: m.state == "posted" and m.amount_residual > 0
        )

    def _after_money(self):
        """Closed accounts that were paid are done; a part paid one asks for the rest.

        The gateway ends a single-use account by itself when it is paid.
        """
        for va in self.filtered(lambda v: v.kind == "closed"):
            if va.state in ("requested", "active", "expired", "closed"):
                va.write({"state": "paid", "watch_at": False, "is_uncertain": False})
        self._renew_short()

    @api.model
    def _after_booking(self, moves):
        """Other accounts of invoices that were paid just now follow, too."""
        self.with_context(connector_va_sync=True)._sync_moves(moves)

    def _renew_short(self):
        """What was paid too little is asked for again, if policy makes accounts."""
        policy = self.filtered(
            lambda v: v.state == "paid" and v.backend_id.va_policy == "invoice"
        )
        elsewhere = self.env["erp.connector.backend"]._paid_elsewhere(policy.move_ids)
        for va in policy.filtered("move_ids"):
            owed = va._owing() - elsewhere
            asked = owed.connector_va_ids.filtered(
                lambda v: v.kind == "closed" and v.is_open
            )
            owed -= asked.move_ids
            over = va.currency_id.compare_amounts(
                sum(owed.mapped("amount_residual")),
                va.backend_id.underpayment_tolerance,
            )
            if not owed or over <= 0:
                continue
            values = self._closed_values(va.partner_id, owed, va.bank_id, va.backend_id)
            if not self.new(values)._problem():
                self._request([values])

    @api.model
    def _book_watched(self, messages):
        """The payments that a look at the accounts brought."""
        receipts = self.env["connector.payment.receipt"]
        found = receipts._brought_by(messages)
        found |= receipts.search(
            [
                ("state", "=", "new"),
                ("va_id", "in", messages.filtered(_is_va).mapped("res_id")),
            ]
        )
        found._book_receipts()
        return {m.id: Outcome.done(note=m.note or "") for m in messages}


def _is_va(message):
    return message.res_model == "connector.payment.va"

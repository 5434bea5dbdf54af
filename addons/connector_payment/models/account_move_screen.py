"""What documents and the customer's page show of an invoice's virtual accounts."""

from odoo import models


class AccountMove(models.Model):
    _inherit = "account.move"

    def _connector_making_vas(self):
        """Accounts whose numbers are not there yet: its own, then the fixed."""
        self.ensure_one()
        if self.move_type != "out_invoice" or self.amount_residual <= 0:
            return self.env["connector.payment.va"].sudo()
        return self._connector_all_vas().filtered(lambda va: va._is_being_made())

    def _connector_awaits_number(self):
        """Whether a customer can pay soon, but not yet."""
        return bool(self._connector_making_vas()) and not self._connector_open_vas()

    def _connector_is_refused(self):
        """Whether an account was asked for in vain, and none is coming."""
        vas = self.sudo().connector_va_ids.sorted("id")
        if self._connector_open_vas() or self._connector_making_vas():
            return False
        return self.amount_residual > 0 and vas[-1:].state == "failed"

    def _connector_paid_receipts(self):
        """Receipts that paid this invoice in full, for the banner."""
        if self.move_type != "out_invoice" or self.amount_residual > 0:
            return self.env["connector.payment.receipt"].sudo()
        return self.sudo().connector_receipt_ids.filtered(lambda r: r.state == "booked")

    def _page_state(self):
        """(paid, mark): the page is drawn anew when the mark changes."""
        self.ensure_one()
        vas = self._connector_open_vas() | self._connector_making_vas()
        paid = self.state == "posted" and self.currency_id.is_zero(self.amount_residual)
        return paid, f"{self.state}|{self.amount_residual}|{vas._page_mark()}"

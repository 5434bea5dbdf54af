"""What an order's form and the customer's page show of its virtual accounts."""

from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _connector_open_vas(self):
        """Accounts that a customer can pay a deposit to now, newest first."""
        self.ensure_one()
        vas = self.sudo().connector_va_ids
        return vas.filtered(lambda va: va.is_open and va.number)

    def _connector_making_vas(self):
        return self.sudo().connector_va_ids.filtered(lambda va: va._is_being_made())

    def _connector_paid_receipts(self):
        """Receipts for accounts of this order, while none is open."""
        if self._connector_open_vas() or self._connector_making_vas():
            return self.env["connector.payment.receipt"].sudo()
        vas = self.sudo().connector_va_ids.filtered(lambda va: va.state == "paid")
        return vas.receipt_ids.filtered(lambda r: r.state == "booked")

    def _page_state(self):
        """(paid, mark): the page is drawn anew when the mark changes."""
        self.ensure_one()
        vas = self.sudo().connector_va_ids
        paid = bool(vas) and bool(self._connector_paid_receipts())
        return paid, f"{self.state}|{vas._page_mark()}"

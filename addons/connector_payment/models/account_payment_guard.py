"""Payments that a gateway's receipt stands behind: they say what the receipt says."""

from odoo import models
from odoo.exceptions import UserError

#: What the gateway told, and where it stands in the books.
TOLD = {
    "amount",
    "company_id",
    "currency_id",
    "destination_account_id",
    "journal_id",
    "move_id",
    "outstanding_account_id",
    "partner_id",
    "partner_type",
    "payment_method_line_id",
    "payment_type",
}
#: States that would take the money out of the books.
GONE = ("canceled", "rejected")


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def _connector_money(self):
        """Receipts whose money these payments show."""
        receipts = self.sudo().connector_receipt_ids
        return receipts.filtered(lambda r: r.state in ("booked", "unidentified"))

    def write(self, vals):
        if self.env.su or not (TOLD & set(vals) or vals.get("state") in GONE):
            return super().write(vals)
        if vals.get("state") in GONE:
            self._connector_check_money()
        ours = self._connector_money().payment_id
        before = {payment: payment._connector_told() for payment in ours}
        result = super().write(vals)
        for payment, told in before.items():
            changed = payment._connector_told().items() - told.items()
            if changed:
                names = sorted({name for name, _value in changed})
                fields = [payment._fields[name].string for name in names]
                payment._connector_say_told(fields)
        return result

    def _connector_told(self):
        return {name: self[name] for name in TOLD}

    def _connector_say_told(self, labels):
        raise UserError(
            self.env._(
                "%(payment)s came in through a payment gateway: %(fields)s stays as "
                "the gateway told it. To pay another invoice with it, undo the "
                "reconciliation on the invoice it pays now.",
                payment=self.display_name,
                fields=", ".join(labels),
            )
        )

    def _connector_shows_amount(self):
        """Whether the whole amount stands on the outstanding account, on its side."""
        items = self.move_id.line_ids.filtered(
            lambda line: line.account_id == self.outstanding_account_id
        )
        sign = 1 if self.payment_type == "inbound" else -1
        total = sign * sum(items.mapped("amount_currency"))
        return not self.currency_id.compare_amounts(total, self.amount)

    def _connector_check_entry(self):
        if not self._connector_shows_amount():
            raise UserError(
                self.env._(
                    "%(payment)s came in through a payment gateway: its entry must "
                    "show %(amount)s on %(account)s. Put the items back as they were.",
                    payment=self.display_name,
                    amount=self.currency_id.format(self.amount),
                    account=self.outstanding_account_id.display_name,
                )
            )

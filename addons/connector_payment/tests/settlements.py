"""What the tests of settlements share: a bank with lines, lots of payments."""

from datetime import timedelta

from odoo import fields
from odoo.addons.connector_payment.tools.settling import business_day_after

from .ledger import LedgerCase


class BankMixin:
    """A bank account with statement lines."""

    def bank_of(self, backend):
        journal = self.env["account.journal"].create(
            {"name": "BCA", "code": "TBCA", "type": "bank"}
        )
        backend.write({"bank_journal_id": journal.id, "bank_label": "GATEWAY"})
        return journal

    def bank_line(self, amount, text="transfer", days=None, journal=None):
        """A line of so many days from now, or of the day that lots of today are due.

        Banks and gateways rest at weekends, tests do not.
        """
        day = self.today(days or 0)
        if days is None:
            day = business_day_after(day, 0)
        line = self.env["account.bank.statement.line"].create(
            {
                "journal_id": (journal or self.journal).id,
                "date": day,
                "payment_ref": text,
                "amount": amount,
            }
        )
        self.drain("bulk")
        return line

    def transfer_balance(self):
        return self.balance(self.env.company.transfer_account_id)


class LotCase(BankMixin, LedgerCase):
    """A gateway without a ledger: it pays straight to the bank."""

    def setUp(self):
        super().setUp()
        self.direct = self.gateway_account("midtrans")
        self.journal = self.bank_of(self.direct)
        self.env["connector.payment.fee"].create(
            [
                {"backend_id": self.direct.id, "fixed": 4000},
                {
                    "backend_id": self.direct.id,
                    "fixed": 1000,
                    "percent": 1,
                    "bank_id": self.bank("bni").id,
                },
            ]
        )
        channels = self.env["connector.payment.channel"].search(
            [("provider", "=", "midtrans")]
        )
        channels.settle_days = 0

    def received(self, *amounts, days=0, bank="bca"):
        """Booked receipts of closed accounts, paid some days ago; their records."""
        made = self.env["connector.payment.receipt"]
        paid_at = fields.Datetime.now() + timedelta(days=days)
        for amount in amounts:
            va = self.env["connector.payment.va"].create(
                {
                    **self.env["connector.payment.va"]._closed_values(
                        None, self.invoice(amount), self.bank(bank), self.direct
                    ),
                    "state": "active",
                }
            )
            made |= made.create(
                {
                    "backend_id": self.direct.id,
                    "company_id": self.direct.company_id.id,
                    "external_id": f"pay-{va.name}",
                    "va_id": va.id,
                    "partner_id": va.partner_id.id,
                    "currency_id": va.currency_id.id,
                    "amount": amount,
                    "paid_at": paid_at,
                    "bank": bank.upper(),
                }
            )
        made._book_receipts()
        return made

    def lots(self):
        return self.settlements(backend=self.direct)

    def monday(self, days=0):
        """Days until the last Monday, at least three days ago, plus some."""
        return -7 - self.today().weekday() + days

    def settle(self):
        self.env["connector.payment.settlement"]._cron_settle()
        self.drain("bulk")

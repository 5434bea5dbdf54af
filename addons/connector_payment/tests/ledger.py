"""What the tests of the gateway's ledger share: paid invoices, looks, balances."""

from odoo import fields
from odoo.addons.connector_payment.providers.xendit.ledger import transaction

from .common import GatewayCase


class LedgerCase(GatewayCase):
    def look(self, backend=None):
        """One whole look at the ledger, worked."""
        backend = backend or self.backend
        backend.next_ledger_at = False
        self.env["erp.connector.backend"]._cron_ledger()
        self.drain()

    def paid(self, amount=100_000, count=1, quiet=False):
        """Invoices, each paid to a closed account of its own; the payment ids."""
        invoices = self.env["account.move"].concat(
            *(self.invoice(amount) for _n in range(count))
        )
        ids = []
        for invoice in invoices:
            va = self.closed_va(invoice)
            ids += self.xendit.pay(va.name, quiet=True)
        if not quiet:
            self.look()
        return invoices, ids

    def rows(self, **values):
        domain = [("backend_id", "=", self.backend.id)]
        domain += [(name, "=", value) for name, value in values.items()]
        return self.env["connector.payment.transaction"].search(domain, order="id")

    def settlements(self, style=None, backend=None):
        domain = [("backend_id", "=", (backend or self.backend).id)]
        if style:
            domain.append(("style", "=", style))
        return self.env["connector.payment.settlement"].search(domain, order="id")

    def gateway(self, backend=None):
        """What the books say the gateway holds."""
        return self.balance((backend or self.backend).journal_id.default_account_id)

    def outstanding(self, backend=None):
        return self.balance((backend or self.backend).outstanding_account_id)

    def fees(self, backend=None):
        return self.balance((backend or self.backend).fee_account_id)

    def page_of(self, **values):
        """A row as the gateway's ledger would bring it."""
        now = fields.Datetime.now().isoformat() + "Z"
        row = {
            "id": "txn_made_up",
            "product_id": "made-up",
            "type": "ADJUSTMENT",
            "status": "SUCCESS",
            "channel_category": "BANK",
            "reference_id": "made-up",
            "amount": 2500,
            "net_amount": 2500,
            "cashflow": "MONEY_IN",
            "settlement_status": "SETTLED",
            "fee": {"xendit_fee": 0, "value_added_tax": 0, "status": "COMPLETED"},
            "created": now,
            "updated": now,
            **values,
        }
        ledger = self.env["connector.payment.transaction"]
        rows = ledger._store(self.backend, [transaction(row)])
        self.backend._settle_now()
        return rows

    def assert_books_equal_ledger(self):
        self.assertEqual(self.gateway(), self.xendit.balance())

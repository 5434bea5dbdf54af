"""The gateway's ledger: every row kept, every rupiah of it in the books."""

from odoo import fields

from .ledger import LedgerCase

TOPIC = "payment.ledger"


class TestLedger(LedgerCase):
    # ---- poll ------------------------------------------------------------------------

    def test_a_payment_no_webhook_told_of_is_found_and_pays_its_invoice(self):
        (invoice,), (payment,) = self.paid()
        self.assertEqual(self.receipts().external_id, payment)
        self.assertEqual(invoice.payment_state, "paid")

    def test_a_second_look_stores_and_books_nothing_new(self):
        self.paid()
        self.xendit.settle()
        self.look()
        before = self.gateway(), len(self.rows()), len(self.settlements())
        self.look()
        self.look()
        self.assertEqual(
            (self.gateway(), len(self.rows()), len(self.settlements())), before
        )

    def test_a_payment_and_its_webhook_at_once_make_one_receipt(self):
        invoice = self.invoice()
        va = self.closed_va(invoice)
        (payment,) = self.xendit.pay(va.name, quiet=True)
        self.pay_event(va, payment_id=payment)
        self.look()
        self.assertEqual(len(self.receipts()), 1)
        self.assertEqual(self.outstanding(), 100_000)

    def test_pages_follow_each_other_and_are_settled_together(self):
        vas = self.xendit.bulk(
            [
                {"reference": f"D{n}", "kind": "closed", "amount": 5000}
                for n in range(60)
            ]
        )
        self.xendit.pay_many([va["reference"] for va in vas], quiet=True)
        self.xendit.settle()
        self.look()
        messages = self.messages(TOPIC)
        self.assertEqual(len(messages), 2)
        self.assertEqual(set(messages.mapped("state")), {"done"})
        self.assertEqual(len(self.rows()), 60)
        self.assertEqual(len(self.settlements()), 1)
        self.assert_books_equal_ledger()

    def test_the_cursor_stays_when_the_page_cannot_be_read(self):
        before = self.backend.ledger_cursor = fields.Datetime.subtract(
            fields.Datetime.now(), hours=2
        )
        self.xendit.fault("status", path="*/transactions", count=1)
        self.look()
        self.assertEqual(self.backend.ledger_cursor, before)
        self.assertEqual(self.messages(TOPIC).state, "retry")
        self.let_time_pass()
        self.drain()
        self.assertGreater(self.backend.ledger_cursor, before)

    def test_a_look_is_not_started_while_one_is_under_way(self):
        self.backend.next_ledger_at = False
        backends = self.env["erp.connector.backend"]
        backends._cron_ledger()
        self.backend.next_ledger_at = False
        backends._cron_ledger()
        self.assertEqual(len(self.messages(TOPIC)), 1)

    def test_the_balance_at_the_gateway_is_compared_with_ours(self):
        self.paid()
        self.xendit.settle()
        self.look()
        self.assertEqual(self.backend.balance_there, 95_560)
        self.assertEqual(self.backend.balance_difference, 0)
        self.xendit.top_up(1000)
        self.backend.ledger_cursor = fields.Datetime.add(fields.Datetime.now(), days=1)
        self.look()
        self.assertEqual(self.backend.balance_difference, 1000)

    def test_an_older_state_of_a_row_changes_nothing(self):
        self.paid()
        self.xendit.settle()
        self.look()
        row = self.rows()
        stale = {
            "backend_id": row.backend_id.id,
            "status": "pending",
            "changed_at": fields.Datetime.subtract(row.changed_at, seconds=1),
        }
        self.assertFalse(row._is_news(stale))
        self.assertTrue(row._is_news({**stale, "changed_at": row.changed_at}))

    # ---- money out -------------------------------------------------------------------

    def test_a_withdrawal_leaves_the_balance_and_waits_for_the_bank(self):
        self.paid()
        self.xendit.settle()
        self.look()
        self.xendit.withdraw(90_000)
        self.look()
        transfer = self.settlements("transfer")
        self.assertEqual((transfer.state, transfer.net), ("open", 90_000))
        self.assertEqual(self.gateway(), 5560)
        account = self.env.company.transfer_account_id
        self.assertEqual(self.balance(account), 90_000)
        self.assert_books_equal_ledger()

    def test_a_top_up_waits_for_the_bank_the_other_way(self):
        self.xendit.top_up(50_000)
        self.look()
        transfer = self.settlements("transfer")
        self.assertEqual((transfer.state, transfer.net), ("open", -50_000))
        self.assert_books_equal_ledger()

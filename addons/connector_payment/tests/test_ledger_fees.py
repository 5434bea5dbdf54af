"""Rows that the gateway has settled: out of the outstanding account, less the fee."""

from odoo import fields

from .ledger import LedgerCase


class TestSettledRows(LedgerCase):
    # ---- fees and settlement ---------------------------------------------------------

    def test_fees_are_told_to_the_receipt_and_wait_until_they_are_fixed(self):
        self.paid()
        receipt = self.receipts()
        self.assertEqual((receipt.fee, receipt.fee_tax), (4000, 440))
        self.assertFalse(receipt.fee_final)
        self.assertEqual(self.rows().state, "waiting")
        self.assertFalse(self.settlements())
        self.xendit.settle()
        self.look()
        self.assertTrue(receipt.fee_final)
        self.assertEqual(self.rows().state, "booked")

    def test_settled_money_leaves_the_outstanding_account_less_the_fee(self):
        self.paid(count=3)
        self.assertEqual(self.outstanding(), 300_000)
        self.xendit.settle()
        self.look()
        settlement = self.settlements()
        self.assertEqual(self.outstanding(), 0)
        self.assertEqual(self.gateway(), 300_000 - 3 * 4440)
        self.assertEqual(self.fees(), 3 * 4440)
        self.assertEqual(settlement.receipt_ids, self.receipts())
        self.assertEqual((settlement.gross, settlement.net), (300_000, 286_680))
        self.assertEqual((settlement.fee, settlement.fee_tax), (12_000, 1320))
        payments = self.receipts().payment_id
        self.assertEqual(set(payments.mapped("is_matched")), {True})
        self.assert_books_equal_ledger()

    def test_vat_and_withheld_tax_go_to_their_own_accounts(self):
        backend = self.backend
        backend.fee_tax_account_id = backend._make_account(
            "asset_current", "VAT", False
        )
        self.paid()
        self.xendit.settle()
        self.look()
        self.assertEqual(self.fees(), 4000)
        self.assertEqual(self.balance(backend.fee_tax_account_id), 440)

    def test_a_fee_product_gives_the_account_when_none_is_chosen(self):
        account = self.backend.fee_account_id
        self.backend.fee_account_id = False
        self.backend.fee_product_id = self.env["product.product"].create(
            {"name": "Gateway fee", "property_account_expense_id": account.id}
        )
        self.paid()
        self.xendit.settle()
        self.look()
        self.assertEqual(self.balance(account), 4440)

    def test_a_held_receipt_is_settled_once_it_is_booked(self):
        self.backend.attribution = "oldest"
        invoice = self.invoice()
        va = self.closed_va(invoice)
        (payment,) = self.xendit.pay(va.name, quiet=True)
        self.lock_books()
        self.xendit.settle()
        self.look()
        row = self.rows()
        self.assertEqual(self.receipts().state, "held")
        self.assertEqual(row.state, "waiting")
        self.assertTrue(row.issue)
        self.assertEqual(self.gateway(), 0)
        self.env.company.fiscalyear_lock_date = False
        self.receipts()._enqueue_book()
        self.drain()
        self.look()
        self.assertEqual(row.state, "booked")
        self.assert_books_equal_ledger()

    def test_a_locked_period_holds_the_settlement_or_moves_it(self):
        self.paid()
        self.xendit.settle()
        open_day = self.lock_books()
        self.look()
        self.assertEqual(self.gateway(), 0)
        self.assertIn("closed", self.rows().issue)
        self.backend.lock_policy = "next"
        self.look()
        self.assertEqual(self.settlements().move_id.date, open_day)
        self.assert_books_equal_ledger()

    def test_once_a_day_means_when_the_day_is_over(self):
        self.backend.settle_when = "day"
        self.paid(count=2)
        self.xendit.settle()
        self.look()
        self.assertFalse(self.settlements())
        self.rows().write(
            {
                name: fields.Datetime.subtract(fields.Datetime.now(), days=1)
                for name in ("changed_at", "settles_at")
            }
        )
        self.receipts().payment_id.move_id.button_draft()
        self.receipts().payment_id.date = self.today(-2)
        self.receipts().payment_id.move_id.action_post()
        self.backend.ledger_cursor = fields.Datetime.add(fields.Datetime.now(), days=1)
        self.look()
        self.assertEqual(len(self.settlements()), 1)
        self.assertEqual(self.settlements().receipt_count, 2)

    def test_fees_that_are_billed_monthly_are_kept_but_not_booked(self):
        self.backend.fee_mode = "billed"
        self.paid()
        self.xendit.settle()
        self.look()
        self.assertEqual(self.gateway(), 100_000)
        self.assertEqual(self.fees(), 0)
        self.assertEqual(self.receipts().fee, 4000)

    # ---- many ------------------------------------------------------------------------

    def test_two_hundred_payments_settle_without_a_query_for_each(self):
        wishes = [
            {"reference": f"D{n}", "kind": "closed", "amount": 5000 + n}
            for n in range(200)
        ]
        self.xendit.bulk(wishes)
        self.xendit.pay_many([w["reference"] for w in wishes], quiet=True)
        self.xendit.settle()
        self.look_but_do_not_settle()
        self.env.flush_all()
        before = self.cr.sql_log_count
        self.backend._settle_now()
        self.env.flush_all()
        queries = self.cr.sql_log_count - before
        self.assertEqual(len(self.settlements().receipt_ids), 200)
        self.assert_books_equal_ledger()
        self.assertLess(queries, 150)

    def look_but_do_not_settle(self):
        """All pages in, and the receipts booked; the settlement is left to the test."""
        self.env.company.fiscalyear_lock_date = False
        self.env["erp.connector.blackout"].search([]).unlink()
        self.backend.settle_when = "day"
        self.look()
        self.backend.settle_when = "look"
        self.env.invalidate_all()

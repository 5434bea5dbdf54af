"""Invoices have sen, banks move whole rupiah: VAT at 11 or 12 % is seldom round."""

from .common import GatewayCase


class TestReceiptRounding(GatewayCase):
    def setUp(self):
        super().setUp()
        company = self.backend.company_id
        self.gain = company.default_cash_difference_income_account_id
        self.loss = company.default_cash_difference_expense_account_id
        self.assertTrue(self.gain and self.loss, "the Indonesian chart has both")

    def written_off(self, receipt):
        """{account: what the receipt's entry has on it, beside money and debt}."""
        lines = receipt.payment_id.move_id.line_ids
        odd = lines.filtered(lambda li: li.account_id in self.gain | self.loss)
        return {line.account_id: line.balance for line in odd}

    def assert_paid(self, receipt, *moves):
        for move in moves:
            self.assertEqual((move.payment_state, move.amount_residual), ("paid", 0))
        self.assertEqual((receipt.state, receipt.amount_unused), ("booked", 0))
        owed = receipt.payment_id.move_id.line_ids.filtered(
            lambda li: li.account_type == "asset_receivable"
        )
        self.assertEqual(set(owed.mapped("reconciled")), {True})
        self.assertFalse(receipt.activity_ids)

    def test_a_closed_account_asks_for_whole_rupiah_and_pays_the_invoice(self):
        move = self.invoice(100_000.37)
        va = self.closed_va(move)
        self.assertEqual(va.amount, 100_001)
        receipt = self.pay(va)
        self.assert_paid(receipt, move)
        self.assertEqual(receipt.outcome, "exact")
        self.assertEqual(self.written_off(receipt), {self.gain: -0.63})

    def test_a_float_that_is_whole_stays_as_it_is(self):
        accounts = self.env["connector.payment.va"]
        self.assertEqual(accounts._whole(0.1 + 0.2 + 99.7), 100)
        self.assertEqual(accounts._whole(100_000.0), 100_000)

    def test_one_account_for_several_invoices_rounds_their_sum_once(self):
        moves = self.invoice(100_000.5) | self.invoice(50_000.25)
        va = self.closed_va(moves)
        self.assertEqual(va.amount, 150_001)
        receipt = self.pay(va)
        self.assert_paid(receipt, *moves)
        self.assertEqual(receipt.outcome, "several")
        self.assertEqual(self.written_off(receipt), {self.gain: -0.25})

    def test_on_a_fixed_account_up_or_down_are_both_right(self):
        older = self.invoice(20_000, invoice_date_due=self.today(-1))
        for paid, account, balance in (
            (75_000, self.loss, 0.4),
            (75_001, self.gain, -0.6),
        ):
            with self.subTest(paid):
                move = self.invoice(75_000.4)
                receipt = self.pay(self.fixed_va(), paid)[-1:]
                self.assert_paid(receipt, move)
                self.assertEqual(self.written_off(receipt), {account: balance})
        self.assertEqual(older.amount_residual, 20_000)

    def test_a_rupiah_too_much_is_the_customers(self):
        move = self.invoice(100_000.37)
        receipt = self.pay(self.fixed_va(), 100_002)
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual((receipt.outcome, receipt.amount_unused), ("over", 1.63))
        self.assertFalse(self.written_off(receipt))

    def test_the_write_off_account_comes_first(self):
        self.backend.writeoff_account_id = self.loss
        move = self.invoice(100_000.37)
        receipt = self.pay(self.closed_va(move))
        self.assert_paid(receipt, move)
        self.assertEqual(self.written_off(receipt), {self.loss: -0.63})

    def test_without_any_account_the_fraction_is_credit(self):
        company = self.backend.company_id
        company.default_cash_difference_income_account_id = False
        move = self.invoice(100_000.37)
        receipt = self.pay(self.closed_va(move))
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual((receipt.outcome, receipt.amount_unused), ("over", 0.63))

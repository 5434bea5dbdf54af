"""Money in: every way a payment can be right or wrong, and what the books say then."""

from datetime import timedelta

from odoo import fields

from .common import GatewayCase


class TestClosed(GatewayCase):
    """Money to the virtual account of an invoice."""

    def setUp(self):
        super().setUp()
        self.move = self.invoice(100_000)
        self.va = self.closed_va(self.move)

    def assert_booked(self, receipt, outcome, circumstance="normal", state="booked"):
        self.assertEqual(
            (receipt.state, receipt.outcome, receipt.circumstance),
            (state, outcome, circumstance),
        )
        self.assertEqual(receipt.payment_id.move_id.state, "posted")

    def assert_books_hold(self, total):
        """What came in stands on the outstanding account, to the rupiah."""
        self.assertEqual(self.balance(self.backend.outstanding_account_id), total)

    def test_the_right_amount_pays_the_invoice(self):
        receipt = self.pay(self.va)
        self.assert_booked(receipt, "exact")
        self.assertEqual(self.move.payment_state, "paid")
        self.assertEqual(receipt.invoice_ids, self.move)
        self.assertEqual(self.va.state, "paid")
        self.assertEqual(receipt.payment_id.journal_id, self.backend.journal_id)
        self.assert_books_hold(100_000)

    def test_the_same_webhook_again_changes_nothing(self):
        self.pay(self.va)
        payment = next(iter(self.xendit.payments()))
        self.xendit.event(payment, "paid")
        self.hear()
        self.assertEqual(len(self.receipts()), 1)
        self.assert_books_hold(100_000)

    def test_too_little_is_a_part_payment_that_somebody_is_told_of(self):
        receipt = self.pay(self.va, 60_000)
        self.assert_booked(receipt, "short")
        self.assertEqual(self.move.payment_state, "partial")
        self.assertEqual(self.move.amount_residual, 40_000)
        self.assertTrue(receipt.activity_ids)

    def test_too_little_within_the_tolerance_is_written_off(self):
        expense = self.backend.fee_account_id
        self.backend.write(
            {"underpayment_tolerance": 1_000, "writeoff_account_id": expense.id}
        )
        receipt = self.pay(self.va, 99_500)
        self.assert_booked(receipt, "exact")
        self.assertEqual(self.move.payment_state, "paid")
        self.assertEqual(self.balance(expense), 500)
        self.assertFalse(receipt.activity_ids)
        self.assert_books_hold(99_500)

    def test_without_a_write_off_account_a_small_rest_stays_open_quietly(self):
        self.backend.underpayment_tolerance = 1_000
        receipt = self.pay(self.va, 99_500)
        self.assert_booked(receipt, "short")
        self.assertEqual(self.move.amount_residual, 500)
        self.assertFalse(receipt.activity_ids)

    def test_too_much_leaves_the_customer_a_credit(self):
        receipt = self.pay(self.va, 130_000)
        self.assert_booked(receipt, "over")
        self.assertEqual(self.move.payment_state, "paid")
        self.assertEqual(receipt.amount_unused, 30_000)
        credit = receipt.payment_id.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.assertEqual(credit.amount_residual, -30_000)

    def test_a_second_payment_is_credit_and_somebody_is_told(self):
        self.pay(self.va)
        second = self.pay(self.va, 100_000, force=True)[-1]
        self.assert_booked(second, "credit", "duplicate")
        self.assertEqual(second.amount_unused, 100_000)
        self.assertTrue(second.activity_ids)
        self.assert_books_hold(200_000)

    def test_two_payments_at_once_pay_the_invoice_once(self):
        receipts = self.pay(self.va, 100_000, copies=2, force=True)
        self.assertEqual(len(receipts), 2)
        self.assertEqual(sorted(receipts.mapped("outcome")), ["credit", "exact"])
        self.assertEqual(self.move.amount_residual, 0)
        self.assert_books_hold(200_000)

    def test_money_after_expiry_still_pays(self):
        self.va.expires_at = fields.Datetime.now() - timedelta(days=1)
        self.va.state = "expired"
        receipt = self.pay(self.va, force=True)
        self.assert_booked(receipt, "exact", "late")
        self.assertEqual(self.move.payment_state, "paid")
        self.assertTrue(receipt.activity_ids)

    def test_money_to_a_closed_account_still_pays(self):
        self.va.action_close()
        self.drain()
        self.assertEqual(self.va.state, "closed")
        receipt = self.pay(self.va, force=True)
        self.assert_booked(receipt, "exact", "closed")
        self.assertEqual(self.move.payment_state, "paid")

    def test_money_for_a_cancelled_invoice_is_credit(self):
        self.move.button_draft()
        self.move.button_cancel()
        self.drain()
        receipt = self.pay(self.va, force=True)
        self.assert_booked(receipt, "credit", "cancelled")
        self.assertTrue(receipt.activity_ids)

    def test_a_reversal_opens_the_invoice_again_with_a_trace(self):
        receipt = self.pay(self.va)
        receipt.reversal_wanted = True
        receipt._book_receipts()
        self.assertEqual(receipt.state, "reversed")
        self.assertEqual(self.move.payment_state, "not_paid")
        self.assertEqual(receipt.payment_id.state, "rejected")
        said = " ".join(self.move.message_ids.mapped("body"))
        self.assertIn("took the payment", said)
        self.assert_books_hold(0)

    def test_a_reversal_that_comes_first_books_nothing(self):
        self.pay_event(self.va, payment_id="p1")
        receipt = self.receipts()
        self.assertEqual(receipt.state, "booked")
        other = self.env["connector.payment.receipt"].create(
            {
                "backend_id": self.backend.id,
                "company_id": self.env.company.id,
                "external_id": "p2",
                "va_id": self.va.id,
                "partner_id": self.partner.id,
                "currency_id": self.env.company.currency_id.id,
                "amount": 5_000,
                "paid_at": fields.Datetime.now(),
                "reversal_wanted": True,
            }
        )
        other._book_receipts()
        self.assertEqual(other.state, "reversed")
        self.assertFalse(other.payment_id)
        self.assert_books_hold(100_000)

    def test_amounts_are_read_as_numbers_and_as_text(self):
        for number, style in enumerate((5_000, "5000", "5000.00", 5000.0)):
            self.pay_event(self.va, style, payment_id=f"p{number}")
        self.assertEqual(self.receipts().mapped("amount"), [5_000] * 4)

    def test_a_foreign_currency_is_kept_and_held(self):
        self.pay_event(self.va, 10, currency="USD")
        receipt = self.receipts()
        self.assertEqual((receipt.state, receipt.hold), ("held", "currency"))
        self.assertIn("USD", receipt.hold_reason)
        self.assertEqual(self.move.payment_state, "not_paid")

    def test_a_payment_before_the_answer_to_the_account_finds_it(self):
        self.va.external_id = False
        self.pay_event(self.va, external_id=self.va.name)
        self.assertEqual(self.move.payment_state, "paid")


class TestFixed(GatewayCase):
    """Money to a customer's own account."""

    def setUp(self):
        super().setUp()
        self.va = self.fixed_va()
        self.moves = self.env["account.move"].concat(
            *(
                self.invoice(amount, invoice_date_due=self.today(days))
                for amount, days in ((70_000, 3), (100_000, 1), (30_000, 2))
            )
        )

    def paid(self):
        return [move.payment_state for move in self.moves]

    def test_the_exact_amount_of_one_invoice_pays_that_one(self):
        receipt = self.pay(self.va, 70_000)
        self.assertEqual(receipt.outcome, "exact")
        self.assertEqual(self.paid(), ["paid", "not_paid", "not_paid"])

    def test_the_sum_of_several_pays_those(self):
        receipt = self.pay(self.va, 170_000)
        self.assertEqual(receipt.outcome, "several")
        self.assertEqual(self.paid(), ["paid", "paid", "not_paid"])

    def test_any_other_amount_pays_the_oldest_due_first(self):
        receipt = self.pay(self.va, 120_000)
        self.assertEqual(receipt.outcome, "short")
        self.assertEqual(self.paid(), ["not_paid", "paid", "partial"])

    def test_more_than_all_debts_is_credit_for_the_rest(self):
        receipt = self.pay(self.va, 250_000)
        self.assertEqual((receipt.outcome, receipt.amount_unused), ("over", 50_000))
        self.assertEqual(self.paid(), ["paid"] * 3)

    def test_two_payments_of_a_batch_take_different_debts(self):
        self.xendit.pay(reference=self.va.name, amount=100_000)
        self.xendit.pay(reference=self.va.name, amount=100_000)
        self.hear()
        self.assertEqual(self.moves.mapped("amount_residual"), [0, 0, 0])
        self.assertEqual(sum(self.receipts().mapped("amount_unused")), 0)

    def test_the_oldest_first_when_the_account_says_so(self):
        self.backend.attribution = "oldest"
        self.pay(self.va, 70_000)
        self.assertEqual(self.paid(), ["not_paid", "partial", "not_paid"])

    def test_never_by_itself_when_the_account_says_so(self):
        self.backend.attribution = "credit"
        receipt = self.pay(self.va, 70_000)
        self.assertEqual((receipt.state, receipt.outcome), ("booked", "credit"))
        self.assertEqual(self.paid(), ["not_paid"] * 3)

    def test_an_invoice_named_in_the_remark_is_paid(self):
        self.pay_event(
            self.va,
            50_000,
            payment_detail={"remark": f"bayar {self.moves[0].name}"},
        )
        self.assertEqual(self.paid(), ["partial", "not_paid", "not_paid"])


class TestUnidentified(GatewayCase):
    """Money that belongs to nobody we know."""

    def setUp(self):
        super().setUp()
        self.xendit.make_va(reference="elsewhere", bank="BCA", kind="fixed")
        self.xendit.pay(reference="elsewhere", amount=123_000)
        self.hear()
        self.receipt = self.receipts()

    def test_it_is_booked_at_once_and_shown(self):
        self.assertEqual(self.receipt.state, "unidentified")
        self.assertEqual(self.balance(self.backend.suspense_account_id), -123_000)
        self.assertEqual(self.balance(self.backend.outstanding_account_id), 123_000)
        self.assertTrue(self.backend.activity_ids)

    def test_one_click_takes_the_suggestion(self):
        move = self.invoice(123_000)
        self.invoice(99_000)
        self.assertEqual(self.receipt.suggested_move_ids, move)
        self.receipt.action_accept_suggestion()
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(
            (self.receipt.state, self.receipt.outcome), ("booked", "exact")
        )
        self.assertEqual(self.balance(self.backend.suspense_account_id), 0)

    def test_nothing_is_suggested_where_two_invoices_fit(self):
        self.invoice(123_000)
        self.invoice(123_000)
        self.assertFalse(self.receipt.suggested_move_ids)

    def test_assigned_without_an_invoice_it_is_the_customers_credit(self):
        self.receipt._assign(self.partner)
        self.assertEqual(self.receipt.outcome, "credit")
        self.assertEqual(self.receipt.amount_unused, 123_000)

    def test_assigned_to_a_customer_it_pays_the_oldest_debt(self):
        move = self.invoice(200_000)
        self.receipt._assign(self.partner)
        self.assertEqual(move.amount_residual, 77_000)
        self.assertEqual(self.receipt.invoice_ids, move)

    def test_a_reversal_after_assignment_undoes_both_entries(self):
        move = self.invoice(123_000)
        self.receipt.action_accept_suggestion()
        self.receipt.reversal_wanted = True
        self.receipt._book_receipts()
        self.assertEqual(move.payment_state, "not_paid")
        self.assertEqual(self.balance(self.backend.suspense_account_id), 0)
        self.assertEqual(self.balance(self.backend.outstanding_account_id), 0)


class TestHold(GatewayCase):
    """Lock dates and windows hold the posting, never the receipt."""

    def setUp(self):
        super().setUp()
        self.move = self.invoice(100_000)
        self.va = self.closed_va(self.move)

    def test_a_closed_period_holds_the_posting_until_it_is_open(self):
        self.lock_books()
        receipt = self.pay(self.va)
        self.assertEqual((receipt.state, receipt.hold), ("held", "lock"))
        self.assertEqual(self.move.payment_state, "not_paid")
        self.env.company.fiscalyear_lock_date = False
        self.env["connector.payment.receipt"]._cron_book_held()
        self.drain("fast")
        self.assertEqual(receipt.state, "booked")
        self.assertEqual(self.move.payment_state, "paid")

    def test_the_first_open_day_on_request(self):
        open_day = self.lock_books()
        receipt = self.pay(self.va)
        receipt.action_book_now()
        self.assertEqual(receipt.payment_id.date, open_day)
        self.assertEqual(self.move.payment_state, "paid")

    def test_the_first_open_day_by_setting(self):
        self.backend.lock_policy = "next"
        self.lock_books()
        receipt = self.pay(self.va)
        self.assertEqual(receipt.state, "booked")

    def test_a_window_on_posting_holds_it_and_drains_afterwards(self):
        window = self.env["erp.connector.blackout"].create(
            {
                "backend_id": self.backend.id,
                "topic": "payment.book",
                "hour_from": 0,
                "hour_to": 24,
            }
        )
        receipt = self.pay(self.va)
        self.assertEqual((receipt.state, receipt.hold), ("held", "window"))
        window.unlink()
        self.env["connector.payment.receipt"]._cron_book_held()
        self.drain("fast")
        self.assertEqual(self.move.payment_state, "paid")

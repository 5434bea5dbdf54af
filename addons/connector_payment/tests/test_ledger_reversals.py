"""Money that goes back, as the gateway's ledger tells it: no webhook does."""

from .ledger import LedgerCase
from .payouts import PayoutMixin

EVERYTHING = (0, 0)


class ReversalCase(LedgerCase):
    def settled(self, **options):
        """A paid invoice whose money is in the gateway's balance, and its payment."""
        (invoice,), (payment,) = self.paid(**options)
        self.xendit.settle()
        self.look()
        return invoice, payment

    def assert_taken_back(self, invoice):
        """The invoice is open again, and everybody can see why."""
        receipt = self.receipts()
        self.assertEqual(receipt.state, "reversed")
        self.assertIn(invoice.payment_state, ("not_paid", "reversed"))
        self.assertEqual(invoice.amount_residual, invoice.amount_total)
        for record in (receipt, invoice):
            notes = "".join(record.message_ids.mapped("body"))
            self.assertEqual(notes.count("took the payment"), 1)
        self.assertEqual(receipt.activity_ids.mapped("summary"), ["Payment taken back"])
        seen = self.env["connector.payment.matching"].search(
            [("receipt_id", "=", receipt.id)]
        )
        self.assertEqual(seen.state, "reversed")

    def assert_nothing_stands_open(self):
        """Nothing is left on the outstanding account, not even two that cancel out."""
        account = self.backend.outstanding_account_id
        items = self.env["account.move.line"].search(
            [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        )
        self.assertEqual(set(items.mapped("reconciled")), {True})
        self.assertEqual(self.outstanding(), 0)

    def assert_a_look_changes_nothing(self):
        self.xendit.act("touch")
        before = self.standing()
        for _time in range(2):
            self.look()
        self.assertEqual(self.standing(), before)

    def standing(self):
        entries = self.env["account.move"].search_count(
            [("journal_id", "=", self.backend.journal_id.id)]
        )
        notes = len(self.receipts().message_ids)
        return self.gateway(), self.fees(), entries, notes, len(self.settlements())


class TestReversedRow(ReversalCase):
    def test_settled_money_that_is_taken_back_leaves_the_balance_with_its_fee(self):
        invoice, payment = self.settled()
        self.xendit.reverse(payment)
        self.look()
        self.assert_taken_back(invoice)
        self.assertEqual(self.rows().state, "undone")
        self.assertEqual((self.gateway(), self.fees()), (0, 0))
        self.assert_nothing_stands_open()
        self.assert_books_equal_ledger()
        self.assert_a_look_changes_nothing()

    def test_a_fee_the_gateway_keeps_stays_in_the_books(self):
        self.xendit.config(reversal_keeps_fee=True)
        invoice, payment = self.settled()
        self.xendit.reverse(payment)
        self.look()
        self.assert_taken_back(invoice)
        self.assertEqual((self.gateway(), self.fees()), (-4440, 4440))
        self.assertEqual(self.rows().state, "undone")
        self.assert_nothing_stands_open()
        self.assert_books_equal_ledger()
        self.assert_a_look_changes_nothing()

    def test_settled_and_taken_back_between_two_looks_leaves_the_kept_fee(self):
        self.xendit.config(reversal_keeps_fee=True)
        (invoice,), (payment,) = self.paid()
        self.xendit.settle()
        self.xendit.reverse(payment)
        self.look()
        self.assert_taken_back(invoice)
        self.assertEqual((self.gateway(), self.fees()), (-4440, 4440))
        self.assert_nothing_stands_open()
        self.assert_books_equal_ledger()
        self.assert_a_look_changes_nothing()

    def test_before_it_was_settled_nothing_reaches_the_balance(self):
        for how in ("row", "void"):
            with self.subTest(how=how):
                (invoice,), (payment,) = self.paid()
                self.xendit.reverse(payment, how=how)
                self.look()
                row = self.rows()[-1]
                self.assertEqual((row.state, row.settlement_id.id), ("void", False))
                self.assertEqual(invoice.amount_residual, invoice.amount_total)
                self.assertEqual((self.gateway(), self.fees()), (0, 0))
                self.assert_nothing_stands_open()
                self.assert_books_equal_ledger()

    def test_the_look_that_is_faster_than_the_webhook_pays_no_invoice(self):
        invoice = self.invoice()
        va = self.closed_va(invoice)
        (payment,) = self.xendit.pay(va.name)
        self.xendit.reverse(payment)
        self.look()
        self.assertFalse(self.receipts())
        self.hear()
        self.assertEqual(self.receipts().state, "reversed")
        self.assertFalse(self.receipts().payment_id)
        self.assertEqual(invoice.payment_state, "not_paid")
        self.look()
        self.assertEqual((self.gateway(), self.outstanding()), (0, 0))
        self.assert_books_equal_ledger()

    def test_the_undo_is_of_the_day_it_happened_not_of_the_settlement(self):
        invoice, payment = self.settled()
        row = self.rows()
        row.settles_at = row.settles_at.replace(year=row.settles_at.year - 1)
        self.xendit.reverse(payment)
        self.look()
        self.assertEqual(row.settlement_id.date, self.receipts().payment_id.date)

    def test_money_that_comes_again_after_all_waits_for_a_person(self):
        _invoice, payment = self.settled()
        self.xendit.reverse(payment)
        self.look()
        row = self.rows()
        row.write({"status": "paid", "raw_status": "SUCCESS"})
        row._judge()
        self.backend._settle_now()
        self.assertEqual(row.state, "attention")
        row.action_accept()
        self.drain()
        self.assertEqual((row.state, self.gateway()), ("booked", 95_560))
        self.assertEqual(self.balance(self.backend.suspense_account_id), -100_000)


class TestChargeback(ReversalCase):
    def setUp(self):
        super().setUp()
        self.xendit.config(chargeback_fee=25_000)

    def test_a_chargeback_of_settled_money_is_booked_with_its_fee(self):
        invoice, payment = self.settled()
        self.xendit.reverse(payment, how="chargeback")
        self.look()
        self.assert_taken_back(invoice)
        row = self.rows(kind="chargeback")
        self.assertEqual((row.state, row.fee, row.fee_tax), ("booked", 25_000, 2750))
        self.assertEqual(self.gateway(), -4440 - 27_750)
        self.assertEqual(self.fees(), 4440 + 27_750)
        self.assert_nothing_stands_open()
        self.assert_books_equal_ledger()
        self.assert_a_look_changes_nothing()

    def test_before_settlement_both_rows_are_booked_each_in_its_time(self):
        (invoice,), (payment,) = self.paid()
        self.xendit.reverse(payment, how="chargeback")
        self.look()
        self.assert_taken_back(invoice)
        self.assertEqual(self.rows(kind="chargeback").state, "booked")
        self.assertEqual(self.gateway(), -127_750)
        self.assert_books_equal_ledger()
        self.xendit.settle()
        self.look()
        self.assertEqual(self.rows(kind="payment").state, "booked")
        self.assert_nothing_stands_open()
        self.assert_books_equal_ledger()
        self.assert_a_look_changes_nothing()

    def test_seen_before_the_webhook_it_is_booked_in_and_out(self):
        invoice = self.invoice()
        va = self.closed_va(invoice)
        (payment,) = self.xendit.pay(va.name)
        self.xendit.settle()
        self.xendit.reverse(payment, how="chargeback")
        self.look()
        self.hear()
        self.look()
        self.assert_taken_back(invoice)
        self.assertEqual(len(self.receipts()), 1)
        self.assert_nothing_stands_open()
        self.assert_books_equal_ledger()
        self.assert_a_look_changes_nothing()

    def test_the_row_alone_waits_until_the_payment_is_told(self):
        invoice = self.invoice()
        va = self.closed_va(invoice)
        (payment,) = self.xendit.pay(va.name, quiet=True)
        row = self.page_of(
            type="CHARGEBACK",
            product_id=payment,
            amount=100_000,
            net_amount=100_000,
            cashflow="MONEY_OUT",
            settlement_status=None,
        )
        self.assertEqual((row.state, self.gateway()), ("attention", 0))
        self.pay_event(va, payment_id=payment)
        self.backend._settle_now()
        self.assert_taken_back(invoice)
        self.assertEqual((row.state, self.gateway()), ("booked", -100_000))
        self.assertEqual(self.outstanding(), 100_000)  # it settles by its own row

    def test_a_part_charged_back_waits_for_a_person(self):
        invoice, payment = self.settled()
        row = self.page_of(
            type="CHARGEBACK",
            product_id=payment,
            amount=40_000,
            net_amount=40_000,
            cashflow="MONEY_OUT",
            settlement_status=None,
        )
        self.assertEqual(row.state, "attention")
        self.assertEqual(invoice.payment_state, "paid")
        row.action_accept()
        self.drain()
        self.assertEqual((row.state, self.gateway()), ("booked", 55_560))
        self.assertEqual(self.balance(self.backend.suspense_account_id), 40_000)

    def test_a_chargeback_that_is_withdrawn_waits_for_a_person(self):
        invoice, payment = self.settled()
        self.xendit.reverse(payment, how="chargeback")
        self.look()
        self.xendit.act("win_chargeback", payment_id=payment)
        self.look()
        row = self.rows(kind="chargeback")
        self.assertEqual(row.state, "attention")
        self.assertIn("withdrawn", row.issue)
        row.action_accept()
        self.drain()
        self.assertEqual(row.state, "undone")
        self.assertEqual(self.balance(self.backend.suspense_account_id), -100_000)
        self.assertEqual((self.gateway(), self.fees()), (95_560, 4440))
        self.assert_books_equal_ledger()
        self.assert_a_look_changes_nothing()


class TestDashboardRefund(ReversalCase):
    def test_a_refund_nobody_here_asked_for_is_shown_and_booked_by_one_click(self):
        self.xendit.config(refund_fee=3000)
        invoice, payment = self.settled()
        self.xendit.act("refund", payment_id=payment, amount=30_000)
        self.look()
        row = self.rows(kind="refund")
        self.assertEqual(row.state, "attention")
        self.assertEqual(invoice.payment_state, "paid")
        row.action_accept()
        self.drain()
        self.assertEqual(row.state, "booked")
        self.assertEqual(self.balance(self.backend.suspense_account_id), 30_000)
        self.assertEqual(self.fees(), 4440 + 3330)
        self.assert_books_equal_ledger()
        self.assert_a_look_changes_nothing()


class TestPayoutRow(PayoutMixin, ReversalCase):
    """Payouts that come back: the poll may know it first."""

    def setUp(self):
        super().setUp()
        self.make_people()
        self.xendit.config(payout_mode="manual")
        self.xendit.top_up(1_000_000)
        self.look()

    def paid_out(self):
        bill = self.bill()
        payout = self.approved(bill)
        self.drain()
        self.xendit.payout_outcome(payout.name, "succeed")
        self.look()
        self.look()
        self.assertEqual(payout.state, "succeeded")
        self.assert_books_equal_ledger()
        return bill, payout

    def test_a_payout_that_came_back_is_undone_once_whoever_tells_it_first(self):
        for keeps in (False, True):
            with self.subTest(keeps_fee=keeps):
                before = self.gateway()
                self.xendit.config(reversal_keeps_fee=keeps)
                bill, payout = self.paid_out()
                self.xendit.payout_outcome(payout.name, "reverse")
                self.look()
                self.look()
                row = self.rows(payout_id=payout.id)
                self.assertEqual((payout.state, row.state), ("reversed", "undone"))
                self.assertEqual(bill.payment_state, "not_paid")
                self.assertEqual(self.balance(self.backend.payout_account_id), 0)
                self.assertEqual(self.gateway() - before, -5550 * keeps)
                self.assert_books_equal_ledger()
                self.xendit.act("touch")
                self.look()
                self.look()
                self.assert_books_equal_ledger()
                self.assertEqual(len(payout.activity_ids), 1)

"""Closed periods hold the posting, never the money; what was held goes on by itself."""

from datetime import timedelta

from odoo import fields

from .payouts import PayoutMixin
from .settlements import LotCase


class LockCase(LotCase):
    def unlock(self):
        """The lock moves: what was held goes on by the scheduled actions alone."""
        fields_ = ("fiscalyear_lock_date", "sale_lock_date", "purchase_lock_date")
        self.env.company.write(dict.fromkeys(fields_, False))
        self.env["connector.payment.receipt"]._cron_book_held()
        self.env["connector.payment.settlement"]._cron_settle()
        self.env["connector.payment.payout"]._cron_watch()
        self.drain()

    def entries(self):
        journals = (self.backend | self.direct).journal_id
        return self.env["account.move"].search_count(
            [("journal_id", "in", journals.ids), ("state", "=", "posted")]
        )


class TestLockedLedger(LockCase):
    def test_money_is_received_and_shown_and_booked_when_the_lock_moves(self):
        invoice = self.invoice()
        va = self.closed_va(invoice)
        self.lock_books()
        self.pay(va)
        receipt = self.receipts()
        self.assertEqual((receipt.state, receipt.hold), ("held", "lock"))
        self.assertFalse(self.entries())
        self.unlock()
        self.assertEqual((receipt.state, invoice.payment_state), ("booked", "paid"))

    def test_a_settlement_waits_with_its_fee(self):
        self.paid()
        self.lock_books()
        self.xendit.settle()
        before = self.entries()
        self.look()
        row = self.rows()
        self.assertEqual((row.state, self.entries()), ("waiting", before))
        self.assertIn("closed", row.issue)
        self.assertEqual(self.receipts().fee, 4000)
        self.unlock()
        self.assertEqual((row.state, row.issue), ("booked", False))
        self.assertEqual(self.fees(), 4440)
        self.assert_books_equal_ledger()

    def test_a_row_of_fees_alone_waits(self):
        self.lock_books()
        row = self.page_of(type="FEE", cashflow="MONEY_OUT")
        self.assertEqual((row.state, self.fees()), ("waiting", 0))
        self.unlock()
        self.assertEqual((row.state, self.fees()), ("booked", 2500))

    def test_money_taken_back_is_told_at_once_and_undone_when_the_lock_moves(self):
        (invoice,), (payment,) = self.paid()
        self.xendit.settle()
        self.look()
        self.xendit.reverse(payment)
        self.lock_books()
        before = self.entries()
        for _time in range(2):
            self.look()
        receipt, row = self.receipts(), self.rows()
        self.assertEqual((receipt.state, invoice.payment_state), ("booked", "paid"))
        self.assertEqual((row.state, self.entries()), ("waiting", before))
        self.assertIn("closed", receipt.hold_reason)
        self.assertEqual(receipt.activity_ids.mapped("summary"), ["Payment taken back"])
        self.unlock()
        self.look()
        self.assertEqual((receipt.state, row.state), ("reversed", "undone"))
        self.assertFalse(receipt.hold_reason)
        self.assertEqual(invoice.amount_residual, 100_000)
        self.assertEqual((self.gateway(), self.outstanding()), (0, 0))
        self.assert_books_equal_ledger()

    def test_a_window_holds_the_undo_too(self):
        (invoice,), (payment,) = self.paid()
        window = self.env["erp.connector.blackout"].create(
            {
                "backend_id": self.backend.id,
                "topic": "payment.book",
                "hour_from": 0,
                "hour_to": 24,
            }
        )
        self.xendit.reverse(payment)
        self.look()
        self.assertEqual(invoice.payment_state, "paid")
        window.unlink()
        self.unlock()
        self.assertEqual(invoice.payment_state, "not_paid")

    def test_the_first_open_day_takes_everything_where_that_is_wanted(self):
        self.backend.lock_policy = "next"
        (invoice,), (payment,) = self.paid()
        open_day = self.lock_books()
        self.xendit.settle()
        self.look()
        self.xendit.reverse(payment)
        self.look()
        self.assertEqual(self.receipts().state, "reversed")
        days = set(self.settlements().move_id.mapped("date"))
        days |= set(invoice.reversal_move_ids.mapped("date"))
        self.assertEqual(days, {open_day})
        self.assert_books_equal_ledger()

    def test_locks_of_sales_and_purchases_leave_the_gateways_journal_open(self):
        invoice = self.invoice()
        va = self.closed_va(invoice)
        day = self.today(1)
        self.env.company.write({"sale_lock_date": day, "purchase_lock_date": day})
        (payment,) = self.xendit.pay(va.name, quiet=True)
        self.xendit.settle()
        self.look()
        self.assertEqual(invoice.payment_state, "paid")
        self.xendit.reverse(payment)
        self.look()
        self.assertEqual(invoice.amount_residual, 100_000)
        self.assertEqual((self.gateway(), self.outstanding()), (0, 0))
        self.assert_books_equal_ledger()

    def test_what_is_of_a_closed_month_waits_while_todays_goes_on(self):
        past, day = fields.Datetime.now() - timedelta(days=40), self.today(-40)
        self.env.company.fiscalyear_lock_date = day
        fee = {"type": "FEE", "cashflow": "MONEY_OUT"}
        late = self.page_of(id="txn_late", updated=f"{past.isoformat()}Z", **fee)
        new = self.page_of(id="txn_new", **fee)
        self.assertEqual((late.state, new.state), ("waiting", "booked"))
        self.assertEqual(self.fees(), 2500)
        self.unlock()
        self.assertEqual((late.state, self.fees()), ("booked", 5000))
        self.assertEqual(late.settlement_id.move_id.date, day)


class TestLockedLots(LockCase):
    def test_money_taken_back_is_undone_when_the_lock_moves(self):
        receipt = self.received(100_000)
        self.lock_books()
        receipt.write({"reversal_wanted": True})
        receipt._book_receipts()
        self.assertEqual(receipt.state, "booked")
        self.unlock()
        self.assertEqual(receipt.state, "reversed")
        self.assertEqual(self.outstanding(self.direct), 0)


class TestLockedPayouts(PayoutMixin, LockCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        self.xendit.config(payout_mode="manual")
        self.xendit.top_up(1_000_000)

    def test_a_payout_that_failed_is_undone_when_the_lock_moves(self):
        bill = self.bill()
        payout = self.approved(bill)
        self.drain()
        self.lock_books()
        before = self.entries()
        self.xendit.payout_outcome(payout.name, "fail")
        payout._look_now()
        self.drain()
        self.assertEqual((payout.state, bill.payment_state), ("failed", "paid"))
        self.assertEqual(self.entries(), before)
        self.env.flush_all()
        self.cr.execute(
            "UPDATE connector_payment_payout SET write_date = write_date "
            "- interval '1 hour'"
        )
        self.env.invalidate_all()
        self.env["connector.payment.payout"]._cron_watch()
        self.drain()
        self.assertEqual(self.entries(), before)
        self.unlock()
        self.assertEqual((payout.state, bill.payment_state), ("failed", "not_paid"))
        self.assertEqual(len(payout.activity_ids), 1)

    def test_one_that_was_paid_out_leaves_the_balance_when_the_lock_moves(self):
        self.backend = self.direct
        self.midtrans.config(payout_mode="manual")
        self.midtrans.top_up(1_000_000)
        payout = self.approved(self.bill())
        self.drain()
        self.midtrans.payout_outcome(payout.name, "succeed")
        payout._look_now()
        self.drain()
        self.assertEqual(payout.state, "succeeded")
        self.lock_books()
        self.settle()
        self.assertEqual(self.gateway(), 0)
        self.unlock()
        self.assertEqual(self.gateway(), -100_000)
        self.assertEqual(self.balance(self.direct.payout_account_id), 0)

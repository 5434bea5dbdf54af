"""Payouts from a bill to their end, by real HTTP; the gateway's ledger is the judge."""

import json
from datetime import timedelta

from odoo import fields
from odoo.addons.connector_payment.providers import schema
from odoo.exceptions import UserError

from .payouts import PayoutCase


class TestLife(PayoutCase):
    def test_an_approved_payout_is_booked_and_sent_with_what_was_submitted(self):
        bill = self.bill(250_000)
        payout = self.approved(bill)
        self.assertEqual((payout.state, bill.payment_state), ("approved", "paid"))
        self.assertEqual(payout.payment_id.state, "in_process")
        self.drain()
        (row,) = self.xendit.payouts()
        self.assertEqual(
            (row["reference"], row["amount"], row["account_number"], row["holder"]),
            (payout.name, 250_000, "1234567890", "PT Pemasok Holder"),
        )
        self.assertEqual((payout.state, payout.external_id), ("sent", row["id"]))
        self.assertEqual(self.balance(self.backend.payout_account_id), -250_000)

    def test_what_the_gateway_paid_out_is_paid_in_the_books(self):
        payout = self.sent()
        self.ends(payout, "succeed")
        self.assertEqual((payout.state, payout.payment_id.state), ("succeeded", "paid"))
        self.assertTrue(payout.succeeded_at)

    def test_a_failed_payout_leaves_the_bill_open_and_says_why(self):
        bill = self.bill(70_000)
        payout = self.sent(bill)
        self.ends(payout, "fail")
        self.assertEqual(payout.state, "failed")
        self.assertTrue(payout.failure)
        self.assertEqual(
            (bill.payment_state, bill.amount_residual), ("not_paid", 70_000)
        )
        self.assertEqual(payout.payment_id.state, "rejected")
        self.assertEqual(payout.undo_move_id.state, "posted")
        self.assertEqual(self.balance(self.backend.payout_account_id), 0)
        self.assertEqual(payout.activity_ids.user_id, self.maker)
        self.assertIn(payout.name, " ".join(bill.message_ids.mapped("body")))

    def test_a_payout_that_comes_back_after_success_is_undone_with_a_trace(self):
        bill = self.bill(70_000)
        payout = self.sent(bill)
        self.ends(payout, "succeed")
        self.ends(payout, "reverse")
        self.assertEqual((payout.state, bill.payment_state), ("reversed", "not_paid"))
        self.assertEqual(payout.payment_id.state, "rejected")
        self.assertEqual(payout.activity_ids.user_id, self.backend.user_id)
        self.assertEqual(self.balance(self.backend.payout_account_id), 0)

    def test_what_the_gateway_settled_already_stays_settled_when_it_comes_back(self):
        payout = self.sent()
        self.ends(payout, "succeed")
        account = self.backend.payout_account_id
        self.settle_in_the_books(payout)
        self.ends(payout, "reverse")
        ours = payout.payment_id.move_id.line_ids.filtered(
            lambda line: line.account_id == account
        )
        self.assertTrue(ours.reconciled)
        back = payout.undo_move_id.line_ids.filtered(
            lambda line: line.account_id == account
        )
        self.assertEqual(back.amount_residual, payout.amount)

    def settle_in_the_books(self, payout):
        """As the gateway's ledger does: its balance pays the outstanding payout."""
        accounts = self.backend.payout_account_id, self.backend.journal_id
        entry = self.env["account.move"].create(
            {
                "journal_id": accounts[1].id,
                "line_ids": [
                    fields.Command.create({"account_id": account.id, "balance": amount})
                    for account, amount in (
                        (accounts[0], payout.amount),
                        (accounts[1].default_account_id, -payout.amount),
                    )
                ],
            }
        )
        entry.action_post()
        lines = (entry | payout.payment_id.move_id).line_ids
        lines.filtered(lambda li: li.account_id == accounts[0]).reconcile()

    def test_a_refusal_is_a_failed_payout_in_the_gateways_words(self):
        bill = self.bill(70_000)
        self.xendit.config(insufficient_balance_at_once=True)
        payout = self.approved(bill)
        self.xendit.withdraw(self.xendit.balance())
        self.drain()
        self.assertEqual((payout.state, bill.payment_state), ("failed", "not_paid"))
        self.assertEqual(payout.failure_code, "INSUFFICIENT_BALANCE")
        self.assertEqual(payout.payment_id.state, "rejected")
        self.assertEqual((self.send_message(payout).state, self.there()), ("dead", []))

    def sent(self, bill=None):
        payout = self.approved(bill or self.bill(70_000))
        self.drain()
        self.assertEqual(payout.state, "sent")
        return payout


class TestNews(PayoutCase):
    def setUp(self):
        super().setUp()
        self.payout = self.approved(self.bill(70_000))
        self.drain()

    def hear(self, status, **values):
        """A webhook of Xendit; its status is only a reason to ask."""
        payout = self.payout
        data = {
            "id": payout.external_id,
            "reference_id": payout.name,
            "status": status,
            "amount": 70_000,
            "currency": "IDR",
            **values,
        }
        kind = f"payout.{status.lower()}"
        body = {"event": kind, "business_id": "b", "created": "x", "data": data}
        return self.tell(json.dumps(body), payout.name, schema.PAYOUT_EVENT)

    def test_a_webhook_makes_odoo_ask_and_book(self):
        self.xendit.payout_outcome(self.payout.name, "succeed")
        message = self.hear("SUCCEEDED")
        self.assertEqual(message.state, "done")
        self.assertEqual(self.payout.state, "succeeded")
        self.assertEqual(self.payout.payment_id.state, "paid")

    def test_a_forged_success_is_not_believed(self):
        message = self.hear("SUCCEEDED")
        self.assertEqual(message.state, "ignored")
        self.assertEqual(
            (self.payout.state, self.payout.payment_id.state), ("sent", "in_process")
        )
        self.assertTrue(self.payout.watch_at, "it is looked at soon")

    def test_a_forged_failure_undoes_nothing(self):
        self.hear("FAILED", failure_code="REJECTED_BY_CHANNEL")
        self.assertEqual(
            (self.payout.state, self.payout.payment_id.state), ("sent", "in_process")
        )

    def test_success_told_after_the_reversal_is_old_news(self):
        for outcome in ("succeed", "reverse"):
            self.ends(self.payout, outcome)
        self.assertEqual(self.hear("SUCCEEDED").state, "ignored")
        self.assertEqual(self.payout.state, "reversed")

    def test_the_same_news_twice_undo_once(self):
        self.xendit.payout_outcome(self.payout.name, "fail")
        for _time in range(2):
            self.hear("FAILED")
        undone = self.env["account.move"].search(
            [("reversed_entry_id", "=", self.payout.payment_id.move_id.id)]
        )
        self.assertEqual(len(undone), 1)

    def test_a_payout_that_odoo_did_not_make_is_kept_and_ignored(self):
        message = self.hear("SUCCEEDED", id="disb-elsewhere", reference_id="theirs")
        self.assertEqual(message.state, "ignored")

    def test_an_event_that_comes_before_our_answer_waits_for_it(self):
        self.xendit.fault("too_many", path="/v2/payouts", count=1, retry_after=3600)
        self.approved(self.bill(10_000))
        message = self.hear("SUCCEEDED", id="disb-unknown", reference_id="")
        self.assertEqual(message.state, "retry")

    def test_what_was_lost_is_found_by_looking(self):
        self.xendit.payout_outcome(self.payout.name, "succeed")
        self.payout.watch_at = fields.Datetime.now()
        self.env["connector.payment.payout"]._cron_watch()
        self.drain()
        self.assertEqual(self.payout.state, "succeeded")
        tomorrow = fields.Datetime.now() + timedelta(hours=23)
        self.assertGreater(self.payout.watch_at, tomorrow)

    def test_it_is_looked_at_ever_more_seldom_and_a_week_after_success_no_more(self):
        now = fields.Datetime.now()
        gaps = []
        for minutes in (1, 30, 600, 5000):
            self.payout.sent_at = now - timedelta(minutes=minutes)
            gaps.append(self.payout._next_look(now) - now)
        self.assertEqual(gaps, sorted(gaps))
        self.payout.write(
            {"state": "succeeded", "succeeded_at": now - timedelta(days=8)}
        )
        self.assertFalse(self.payout._next_look(now))

    def test_the_first_open_day_takes_the_undoing_where_that_is_wanted(self):
        self.backend.lock_policy = "next"
        open_day = self.lock_books()
        self.ends(self.payout, "fail")
        self.assertEqual(self.payout.payment_id.state, "rejected")
        self.assertEqual(self.payout.undo_move_id.date, open_day)

    def test_it_can_be_stopped_at_the_gateway_as_long_as_that_lets_it(self):
        bill = self.payout.line_ids.move_id
        self.payout.with_user(self.maker).action_cancel()
        self.drain()
        self.assertEqual(
            (self.payout.state, bill.payment_state), ("cancelled", "not_paid")
        )

    def test_what_the_gateway_does_not_stop_goes_on(self):
        self.xendit.payout_outcome(self.payout.name, "succeed")
        self.payout.with_user(self.maker).action_cancel()
        self.drain()
        self.payout._look_now()
        self.drain()
        self.assertEqual(
            (self.payout.state, self.payout.payment_id.state), ("succeeded", "paid")
        )


class TestAgain(PayoutCase):
    def failed(self, bill):
        payout = self.approved(bill)
        self.drain()
        self.ends(payout, "fail")
        return payout

    def test_a_failed_payout_is_repeated_as_a_new_one(self):
        bill = self.bill(70_000)
        old = self.failed(bill)
        old.with_user(self.maker).action_reopen()
        new = self.payouts() - old
        self.assertEqual(
            (new.state, new.retry_of_id, new.amount), ("draft", old, 70_000)
        )
        self.assertNotEqual(new.name, old.name)
        self.assertNotEqual(new.payment_id, old.payment_id)
        new.with_user(self.maker).action_submit()
        new.with_user(self.approver).action_approve()
        self.drain()
        self.ends(new, "succeed")
        self.assertEqual((new.state, bill.payment_state), ("succeeded", "paid"))
        self.assertEqual(self.there(), [old.name, new.name])
        self.assertEqual(self.balance(self.backend.payout_account_id), -70_000)

    def test_it_is_repeated_once_only(self):
        old = self.failed(self.bill(70_000))
        old.with_user(self.maker).action_reopen()
        with self.assertRaisesRegex(UserError, "Nothing here can be repeated"):
            old.with_user(self.maker).action_reopen()

    def test_one_that_is_fine_is_not_repeated(self):
        payout = self.approved(self.bill(70_000))
        with self.assertRaises(UserError):
            payout.with_user(self.maker).action_reopen()


class TestMidtrans(PayoutCase):
    def setUp(self):
        super().setUp()
        self.backend = self.gateway_account("midtrans")

    def test_odoo_releases_it_there_when_it_was_approved_here(self):
        payout = self.approved(self.bill(70_000))
        self.drain()
        (row,) = self.midtrans.payouts()
        self.assertEqual((payout.state, payout.external_id), ("sent", row["id"]))
        self.assertEqual(row["status"], "pending")
        self.ends(payout, "succeed", self.midtrans)
        self.assertEqual((payout.state, payout.payment_id.state), ("succeeded", "paid"))

    def test_failed_after_completed_came_back(self):
        bill = self.bill(70_000)
        payout = self.approved(bill)
        self.drain()
        self.ends(payout, "succeed", self.midtrans)
        self.ends(payout, "reverse", self.midtrans)
        self.assertEqual((payout.state, bill.payment_state), ("reversed", "not_paid"))

    def test_with_release_in_the_dashboard_it_waits_there(self):
        self.backend.payout_release = "dashboard"
        payout = self.approved(self.bill(70_000))
        self.drain()
        self.assertEqual(payout.state, "queued")
        self.assertEqual(self.midtrans.payouts()[0]["status"], "queued")
        self.ends(payout, "succeed", self.midtrans)
        self.assertEqual(payout.state, "succeeded")

    def test_it_can_be_rejected_while_it_waits_there(self):
        self.backend.payout_release = "dashboard"
        bill = self.bill(70_000)
        payout = self.approved(bill)
        self.drain()
        payout.with_user(self.maker).action_cancel()
        self.drain()
        self.assertEqual((payout.state, bill.payment_state), ("cancelled", "not_paid"))

    def test_a_release_that_is_refused_is_shown_and_can_be_tried_again(self):
        payout = self.approved(self.bill(70_000))
        self.midtrans.withdraw(self.midtrans.balance())
        self.drain()
        self.assertEqual(payout.state, "queued")
        self.assertTrue(payout.failure)
        self.assertTrue(payout.activity_ids)
        self.midtrans.top_up(1_000_000)
        payout.action_look()
        self.drain()
        self.assertEqual(payout.state, "sent")
        self.assertEqual(len(self.midtrans.payouts()), 1)

    def test_a_bank_account_changed_before_the_release_is_not_paid(self):
        self.backend.payout_release = "dashboard"
        payout = self.approved(self.bill(70_000))
        self.drain()
        self.backend.payout_release = "odoo"
        self.account_of(self.vendor).allow_out_payment = False
        payout._release_there()
        self.drain()
        self.assertEqual(payout.state, "queued")
        self.assertEqual(self.midtrans.payouts()[0]["status"], "queued")

    def test_the_bank_account_is_checked_before_it_is_submitted(self):
        good = self.submitted(self.bill(70_000))
        self.assertIn(
            self.account_of(self.vendor).connector_check, ("valid", "differs")
        )
        self.assertEqual(good.state, "to_approve")

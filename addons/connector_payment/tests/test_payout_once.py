"""A payout is never sent twice, whatever breaks. The gateway's ledger is the judge."""

import json
from datetime import timedelta

from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.tools.topics import (
    PAYOUT_SEND,
)
from odoo.exceptions import UserError

from .payouts import PayoutCase

MAKE = {"xendit": "/v2/payouts", "midtrans": "/iris/api/v1/payouts"}


class OnceMixin:
    """For both gateways: a fault, some rounds of the lanes, one row in the ledger."""

    gateway = "xendit"

    def setUp(self):
        super().setUp()
        self.control = getattr(self, self.gateway)
        if self.gateway != "xendit":
            self.backend = self.gateway_account(self.gateway)
        self.bill_paid = self.bill(70_000)
        self.payout = self.approved(self.bill_paid)
        self.message = self.send_message(self.payout)

    def fault(self, kind, **options):
        self.control.fault(kind, path=MAKE[self.gateway], count=1, **options)

    def rounds(self, count=4):
        for _round in range(count):
            self.drain()
            self.let_time_pass()

    def assert_once(self, state="sent"):
        self.rounds()
        self.assertEqual(self.there(self.control), [self.payout.name])
        self.assertEqual((self.payout.state, self.message.state), (state, "done"))
        self.assertEqual(self.payout.external_id, self.control.payouts()[0]["id"])
        self.assertFalse(self.payout.is_uncertain)

    def test_an_answer_that_is_lost_after_the_effect_is_asked_for(self):
        self.fault("cut_after")
        self.drain()
        self.assertEqual(self.message.state, "uncertain")
        self.assertTrue(self.payout.is_uncertain)
        lost = self.env["connector.payment.payout"].search(
            [("is_uncertain", "=", True)]
        )
        self.assertIn(self.payout, lost)
        self.assert_once()

    def test_a_connection_that_is_reset_after_the_effect_is_asked_for(self):
        self.fault("cut_after", reset=True)
        self.assert_once()

    def test_a_connection_cut_before_the_effect_sends_it_once(self):
        self.fault("cut_before")
        self.drain()
        self.assertEqual(
            (self.message.state, self.there(self.control)), ("uncertain", [])
        )
        self.assert_once()

    def test_a_failure_of_theirs_after_the_effect_is_asked_about(self):
        self.fault("status_after", status=502)
        self.assert_once()

    def test_an_answer_nobody_can_read_is_asked_about(self):
        for kind in ("invalid_json", "empty", "html"):
            with self.subTest(kind):
                self.fault(kind)
                self.drain()
                self.assertEqual(self.message.state, "uncertain")
                break
        self.assert_once()

    def test_too_many_requests_are_waited_out(self):
        self.fault("too_many", retry_after=1)
        self.assert_once()

    def test_while_nobody_answers_nothing_is_sent_and_the_owner_is_told(self):
        self.fault("cut_after")
        self.drain()
        self.control.fault("status", path="*payouts*", status=503)
        self.rounds(8)
        self.assertEqual(self.message.state, "uncertain")
        self.assertTrue(self.backend.activity_ids)
        self.assertEqual(self.there(self.control), [self.payout.name])
        self.control.clear_faults()
        self.assert_once()

    def test_a_replay_asks_and_sends_nothing(self):
        self.assert_once()
        self.message._replay("A person pressed Replay")
        self.assert_once()
        self.message._replay("And again")
        self.assert_once()

    def test_the_same_intent_is_stored_once(self):
        self.assertEqual(self.payout._enqueue(PAYOUT_SEND), 0)
        self.assert_once()

    def test_it_cannot_be_approved_again(self):
        with self.assertRaisesRegex(UserError, "Nothing here waits for an approval"):
            self.payout.with_user(self.approver).action_approve()
        self.assert_once()
        with self.assertRaises(UserError):
            self.payout.with_user(self.approver).action_approve()
        self.assert_once()

    def test_a_second_message_of_a_payout_that_was_sent_sends_nothing(self):
        self.assert_once()
        self.payout._enqueue(PAYOUT_SEND, ":forged")
        self.assert_once()

    def test_one_that_was_ended_here_is_not_sent_by_a_replay(self):
        self.payout.with_user(self.maker).action_cancel()
        self.rounds()
        self.message._replay("A person pressed Replay")
        self.rounds()
        self.assertEqual(
            (self.payout.state, self.there(self.control)), ("cancelled", [])
        )
        self.assertEqual(self.message.state, "ignored")


class TestOnceXendit(OnceMixin, PayoutCase):
    def posts(self):
        """Requests for a payout that were answered, whatever the key made of them."""
        calls = self.control.ledger("recent_calls")
        made = ("POST", MAKE["xendit"])
        return len([c for c in calls if (c["method"], c["path"]) == made])

    def test_the_idempotency_key_is_not_what_it_is_left_to(self):
        self.fault("cut_after")
        self.assert_once()
        self.assertEqual(self.posts(), 0, "the one whose answer was cut off, no other")
        self.message._replay("A person pressed Replay")
        self.assert_once()
        self.assertEqual(self.posts(), 0, "a replay asks")

    def test_a_webhook_that_comes_before_the_answer_is_the_answer(self):
        self.fault("cut_after")
        self.drain("fast")
        (row,) = self.control.payouts()
        data = {"id": row["id"], "reference_id": self.payout.name, "status": "ACCEPTED"}
        body = {"event": "payout.accepted", "data": data}
        self.tell(json.dumps(body), self.payout.name, schema.PAYOUT_EVENT)
        self.assertEqual(self.payout.external_id, row["id"])
        asked = self.control.calls()
        self.assert_once()
        again = self.control.calls()
        self.assertEqual(asked["/v2/payouts"], again["/v2/payouts"], "not even asked")

    def test_a_refused_payout_is_not_sent_by_a_replay_after_it_was_repeated(self):
        self.control.config(insufficient_balance_at_once=True)
        self.control.withdraw(self.control.balance())
        self.rounds()
        self.assertEqual((self.payout.state, self.message.state), ("failed", "dead"))
        self.control.top_up(10_000_000)
        self.payout.with_user(self.maker).action_reopen()
        new = self.payouts() - self.payout
        new.with_user(self.maker).action_submit()
        new.with_user(self.approver).action_approve()
        self.message._replay("A person pressed Replay")
        self.rounds()
        self.assertEqual(self.there(), [new.name])
        self.assertEqual(self.bill_paid.payment_state, "paid")

    def test_a_person_can_say_that_it_never_arrived_and_pay_again(self):
        self.fault("cut_before")
        self.drain()
        with self.assertRaisesRegex(UserError, "has left, or may have"):
            self.payout.with_user(self.maker).action_cancel()
        self.payout.with_user(self.approver).action_give_up()
        self.drain()
        self.assertEqual(
            (self.payout.state, self.bill_paid.payment_state), ("failed", "not_paid")
        )
        self.rounds()
        self.assertEqual(self.there(), [])

    def test_an_uncertain_message_that_was_ignored_does_not_free_the_payout(self):
        self.fault("cut_after")
        self.drain()
        self.message._ignore("An operator did not know better")
        with self.assertRaisesRegex(UserError, "has left, or may have"):
            self.payout.with_user(self.maker).action_cancel()
        self.payout.with_user(self.maker).action_look()
        self.assert_once()

    def test_the_gateways_word_after_our_end_is_an_alarm(self):
        self.fault("cut_after")
        self.drain()
        self.payout.with_user(self.approver).action_give_up()
        self.drain()
        self.control.payout_outcome(self.payout.name, "succeed")
        (row,) = self.control.payouts()
        data = {
            "id": row["id"],
            "reference_id": self.payout.name,
            "status": "SUCCEEDED",
        }
        body = {"event": "payout.succeeded", "data": data}
        self.tell(json.dumps(body), self.payout.name, schema.PAYOUT_EVENT)
        self.assertEqual(self.payout.state, "failed")
        summaries = self.payout.activity_ids.mapped("summary")
        self.assertIn("Paid out after all?", summaries)


class TestOnceMidtrans(OnceMixin, PayoutCase):
    gateway = "midtrans"

    def test_a_key_that_iris_may_have_forgotten_is_not_used_again(self):
        self.assert_once()
        for release in ("odoo", "otp", "dashboard"):
            with self.subTest(release):
                self.backend.payout_release = release
                self.payout = self.approved(self.bill(30_000))
                self.message = self.send_message(self.payout)
                self.fault("cut_after")
                self.drain()
                self.payout.left_at -= timedelta(minutes=6)
                asked = self.control.calls()[MAKE["midtrans"]]
                self.rounds(3)
                self.assertEqual(self.control.calls()[MAKE["midtrans"]], asked)
                self.assertEqual(self.message.state, "uncertain")
                self.assertTrue(self.payout.activity_ids)
                self.assertEqual(self.there(self.control).count(self.payout.name), 1)

    def test_one_that_was_approved_in_the_dashboard_meanwhile_is_found(self):
        self.fault("cut_after")
        self.drain()
        self.payout.left_at -= timedelta(hours=1)
        self.control.payout_outcome(self.payout.name, "succeed")
        body = self.control.pushes()[-1]["body"]
        self.tell(body, "iris", schema.PAYOUT_EVENT, self.backend)
        self.rounds()
        self.assertEqual((self.payout.state, self.message.state), ("succeeded", "done"))
        self.assertEqual(self.there(self.control), [self.payout.name])

    def test_a_payout_that_waited_before_it_left_is_asked_for_by_its_key(self):
        self.payout.approved_at -= timedelta(days=2)
        self.fault("cut_after")
        self.assert_once()

    def test_it_is_released_once_when_the_answer_to_the_release_is_lost(self):
        self.control.fault("cut_after", path="*/payouts/approve", count=1)
        self.assert_once()
        self.assertEqual(self.control.payouts()[0]["status"], "pending")

# pylint: disable=invalid-commit; what other sessions see is what is tested
"""A payout is never sent twice, whatever breaks. The gateway's ledger is the judge."""

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from threading import Barrier

from odoo import SUPERUSER_ID, api
from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.tools.topics import (
    PAYOUT_SEND,
)
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.tests.common import EngineCase
from odoo.exceptions import UserError
from odoo.service.model import retrying
from odoo.tools import config

from tests.simulators.gateway_control import MidtransControl, XenditControl

from .common import GatewayMixin
from .payouts import PayoutCase, PayoutMixin

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


class TestSessions(PayoutMixin, GatewayMixin, EngineCase):
    """Real transactions, several sessions, workers that die."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.xendit = XenditControl(cls.server.url)
        cls.midtrans = MidtransControl(cls.server.url)

    def setUp(self):
        super().setUp()
        self.xendit.reset(all=True, seed=1)
        self.xendit.config(payout_mode="manual")
        self.xendit.top_up(1_000_000_000)
        self.backend = self.gateway_account()
        self.made |= self.backend
        self.make_people()
        self.commit()

    def take_away(self):
        """Posted entries stay, as in life; what is open at the gateway does not."""
        self.refresh()
        payouts = self.payouts()
        people = self.maker | self.approver
        self.cr.execute(
            "UPDATE connector_payment_payout SET watch_at = NULL WHERE id = ANY(%s)",
            [payouts.ids],
        )
        self.backend.write({"state": "draft", "active": False})
        self.made -= self.backend
        people.active = False
        self.commit()
        super().take_away()

    def as_user(self, user, work):
        """`work(payouts)` in a session of its own, as the web client would."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, user.id, {})
            return retrying(lambda: work(env["connector.payment.payout"]), env)

    def test_two_clicks_on_approve_in_two_sessions_send_it_once(self):
        payout = self.submitted(self.bill(70_000))
        self.commit()
        together = Barrier(2)
        self.xendit.fault("latency", path="/balance", count=2, seconds=0.5)
        said = []

        def click():
            together.wait(20)
            try:
                self.as_user(
                    self.approver, lambda p: p.browse(payout.id).action_approve()
                )
                said.append("approved")
            except UserError as error:
                said.append(str(error))

        self.in_threads(click, click)
        self.drain()
        self.assertEqual(said.count("approved"), 1, said)
        self.assertEqual((self.there(), payout.state), ([payout.name], "sent"))
        self.assertEqual(len(self.send_message(payout)), 1)
        self.assertEqual(payout.payment_id.move_id.state, "posted")

    def test_two_lanes_at_once_send_each_payout_once(self):
        bills = self.env["account.move"].concat(
            *(self.bill(10_000) for _n in range(20))
        )
        payouts = self.approved(bills)
        self.commit()
        self.xendit.fault("latency", path="/v2/payouts", seconds=0.2)
        self.in_threads(self.drain_alone, self.drain_alone)
        self.refresh()
        self.assertEqual(sorted(self.there()), sorted(payouts.mapped("name")))
        self.assertEqual(set(payouts.mapped("state")), {"sent"})

    def drain_alone(self):
        with self.lane() as (messages, worker):
            while messages._work_one_batch("fast", worker):
                messages.env.cr.commit()

    def test_a_worker_killed_while_the_gateway_acts_sends_it_once(self):
        payout = self.approved(self.bill(70_000))
        self.commit()
        self.xendit.fault("latency_after", path="/v2/payouts", count=1, seconds=30)
        worker = self.lane_in_a_process()
        self.wait_for(lambda: self.there() == [payout.name])
        worker.kill()
        worker.wait(20)
        self.refresh()
        self.assertEqual(payout.state, "approved")
        for _round in range(4):
            self.drain()
            self.let_time_pass(60)
        self.assertEqual((self.there(), payout.state), ([payout.name], "sent"))
        self.assertEqual(self.send_message(payout).state, "done")

    def lane_in_a_process(self):
        path = os.pathsep.join(path for path in sys.path if path)
        worker = subprocess.Popen(
            [
                sys.executable,
                "-c",
                "import odoo.cli; odoo.cli.main()",
                "shell",
                "-c",
                config["config"],
                "--no-http",
            ],
            stdin=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.addCleanup(worker.kill)
        worker.stdin.write(b'env["erp.connector.message"]._run_lane("fast")\n')
        worker.stdin.close()
        return worker

    def wait_for(self, hope):
        for _try in range(600):
            if hope():
                return
            time.sleep(0.05)
        self.fail("it did not come to it")

    def test_a_webhook_while_the_answer_travels_collides_with_nothing(self):
        payout = self.approved(self.bill(70_000))
        self.commit()
        self.xendit.fault("latency_after", path="/v2/payouts", count=1, seconds=2)

        def webhook():
            self.wait_for(lambda: self.there() == [payout_name])
            (row,) = self.xendit.payouts()
            self.xendit.payout_outcome(payout_name, "succeed")
            data = {"id": row["id"], "reference_id": payout_name, "status": "SUCCEEDED"}
            body = json.dumps({"event": "payout.succeeded", "data": data})
            event = Event(schema.PAYOUT_EVENT, payout_name, f"e:{row['id']}", body)
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                backend = env["erp.connector.backend"].browse(backend_id)
                env["erp.connector.message"]._ingest(backend, [event])
                cr.commit()
            self.drain_alone()

        payout_name, backend_id = payout.name, self.backend.id
        self.in_threads(self.drain_alone, webhook)
        for _round in range(3):
            self.drain()
            self.let_time_pass(60)
        self.assertEqual((self.there(), payout.state), ([payout.name], "succeeded"))
        self.assertEqual(payout.payment_id.state, "paid")

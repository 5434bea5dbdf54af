"""Requests that leave: sent once, whatever breaks. The peer's ledger is the judge."""

import os
import signal
import subprocess
import sys
import time

from odoo import fields
from odoo.tools import config

from .common import EngineCase

CUT = {"cut_after": "after the effect", "cut_before": "before it"}


class OutboundCase(EngineCase):
    topic = "testing.send"

    def send(self, key="R1", **wish):
        event = self.event(self.topic, key=key, dedup=f"{key}:{id(self)}", **wish)
        self.env["erp.connector.message"]._enqueue(self.backend, event)
        self.commit()
        return self.env["erp.connector.message"].search(
            [("backend_id", "=", self.backend.id), ("business_key", "=", key)]
        )

    def transfers(self):
        return [t["reference"] for t in self.peer.ledger("transfers")]

    def settle(self, rounds=6):
        for _round in range(rounds):
            self.drain()
            self.let_time_pass(60)


class TestIrrevocable(OutboundCase):
    def test_it_is_sent_once_and_the_acknowledgement_is_kept(self):
        message = self.send()
        self.drain()
        self.assertEqual((message.state, message.reference), ("done", "T-1"))
        self.assertEqual(self.transfers(), ["R1"])

    def test_the_same_intent_is_stored_once(self):
        first = self.send()
        again = self.send()
        self.assertEqual(first, again)
        self.drain()
        self.assertEqual(self.transfers(), ["R1"])

    def test_an_answer_lost_after_the_effect_is_asked_about_and_never_sent_again(self):
        for options in ({}, {"reset": True}):
            with self.subTest(**options):
                self.peer.reset()
                self.peer.fault("cut_after", path="/transfers", count=1, **options)
                message = self.send(f"cut {options}")
                self.drain()
                self.assertEqual(message.state, "uncertain")
                self.settle()
                self.assertEqual(message.state, "done")
                self.assertEqual(message.reference, "T-1")
                self.assertEqual(len(self.transfers()), 1)

    def test_a_connection_cut_before_the_effect_is_asked_about_and_sent_once(self):
        self.peer.fault("cut_before", path="/transfers", count=1)
        message = self.send()
        self.drain()
        self.assertEqual(message.state, "uncertain")
        self.settle()
        self.assertEqual(message.state, "done")
        self.assertEqual(self.transfers(), ["R1"])

    def test_an_answer_that_comes_too_late_is_asked_about(self):
        self.peer.fault("latency", path="/transfers", count=1, seconds=2.5)
        message = self.send()
        self.drain()
        self.assertEqual((message.state, self.transfers()), ("uncertain", []))
        self.wait_until_it_arrives()
        self.settle()
        self.assertEqual((message.state, self.transfers()), ("done", ["R1"]))

    def wait_until_it_arrives(self):
        for _try in range(1200):
            if self.transfers():
                return
            time.sleep(0.05)
        self.fail("the late request never arrived")

    def test_a_failure_of_theirs_after_the_effect_is_asked_about(self):
        self.peer.fault("status_after", path="/transfers", count=1, status=502)
        message = self.send()
        self.drain()
        self.assertEqual(message.state, "uncertain")
        self.settle()
        self.assertEqual((message.state, self.transfers()), ("done", ["R1"]))

    def test_a_probe_that_is_never_answered_becomes_somebodys_task(self):
        self.peer.fault("cut_after", path="/transfers", count=1)
        message = self.send()
        self.drain()
        self.peer.fault("status", path="/transfers*", status=503)
        self.settle(rounds=8)
        self.assertEqual(message.state, "uncertain")
        self.assertEqual(len(self.backend.activity_ids), 1)
        self.peer.clear_faults()
        self.settle()
        self.assertEqual((message.state, self.transfers()), ("done", ["R1"]))

    def test_an_unreadable_answer_never_sends_it_again(self):
        self.peer.fault("invalid_json", path="/transfers", count=1)
        message = self.send()
        self.settle()
        self.assertEqual(self.transfers(), ["R1"])
        self.assertEqual(message.state, "dead")
        message._replay("Looked there: it is there")
        self.commit()
        self.settle()
        self.assertEqual((message.state, self.transfers()), ("done", ["R1"]))

    def test_a_refused_connection_is_simply_tried_again(self):
        self.backend.base_url = "http://127.0.0.1:9"
        self.commit()
        message = self.send()
        self.drain()
        self.assertEqual(message.state, "retry")
        self.backend.base_url = self.peer_url
        self.commit()
        self.settle()
        self.assertEqual((message.state, self.transfers()), ("done", ["R1"]))

    def test_too_many_calls_wait_and_send_it_once(self):
        self.peer.fault("too_many", path="/transfers", count=1, retry_after=1)
        message = self.send()
        self.drain()
        self.assertEqual(message.state, "retry")
        self.settle()
        self.assertEqual((message.state, self.transfers()), ("done", ["R1"]))

    def test_nothing_is_sent_while_the_probe_has_no_answer(self):
        self.peer.fault("cut_after", path="/transfers", count=1)
        message = self.send()
        self.drain()
        self.peer.fault("status", path="/transfers", count=4)
        self.let_time_pass(60)
        self.settle(4)
        self.assertEqual((message.state, self.transfers()), ("uncertain", ["R1"]))
        self.settle()
        self.assertEqual((message.state, self.transfers()), ("done", ["R1"]))

    def test_two_lanes_do_not_ask_about_it_at_once(self):
        self.peer.fault("cut_after", path="/transfers", count=1)
        message = self.send()
        self.drain()
        self.let_time_pass(60)
        with self.lane() as (late, late_worker), self.lane() as (messages, worker):
            claimed = messages._claim_uncertain("fast", worker)
            self.assertEqual(claimed.ids, message.ids)
            self.assertFalse(late._claim_uncertain("fast", late_worker))

    def test_a_bug_after_the_call_never_sends_it_again(self):
        message = self.send(bug_after_call=True)
        with self.assertLogs("odoo.addons.erp_connector_base", "ERROR"):
            self.drain()
        self.assertEqual(message.state, "uncertain")
        self.settle()
        self.assertEqual((message.state, self.transfers()), ("done", ["R1"]))

    def test_a_failure_of_ours_after_the_answer_never_sends_it_again(self):
        for failure in ("transient", "authentication", "serialization", "uncertain"):
            with self.subTest(failure):
                self.peer.reset()
                message = self.send(failure, fail=failure, fail_times=1)
                with self.lane() as (messages, worker):
                    messages._work_one_batch("fast", worker)
                self.refresh()
                self.assertEqual(message.state, "uncertain")
                self.backend.action_connect()
                self.commit()
                self.settle()
                self.assertEqual(message.state, "done")
                self.assertEqual(self.transfers(), [failure])

    def test_a_replay_asks_before_it_sends(self):
        message = self.send(fail="user")
        self.drain()
        self.assertEqual((message.state, self.transfers()), ("dead", ["R1"]))
        message._replay("The field is filled in now")
        self.commit()
        self.settle()
        self.assertEqual((message.state, self.transfers()), ("done", ["R1"]))

    def test_a_refused_request_is_sent_when_it_is_replayed(self):
        message = self.send(amount=-1)
        self.drain()
        self.assertEqual((message.state, message.error_type), ("dead", "RejectedError"))
        self.cr.execute(
            "UPDATE erp_connector_message SET payload = '{}' WHERE id = %s",
            [message.id],
        )
        self.env.invalidate_all()
        message._replay("The amount is right now")
        self.commit()
        self.settle()
        self.assertEqual((message.state, self.transfers()), ("done", ["R1"]))

    def test_a_worker_killed_after_the_call_never_sends_it_again(self):
        self.backend.answer_timeout = 45
        message = self.send(kill_after_call=True)
        self.run_lane_in_a_process_that_is_killed()
        self.refresh()
        self.assertEqual((message.state, self.transfers()), ("processing", ["R1"]))
        self.drain()
        wait = (message.next_attempt_at - fields.Datetime.now()).total_seconds()
        self.assertEqual((message.state, 40 < wait <= 46), ("uncertain", True), wait)
        self.settle()
        self.assertEqual((message.state, self.transfers()), ("done", ["R1"]))

    def run_lane_in_a_process_that_is_killed(self):
        script = 'env["erp.connector.message"]._run_lane("fast")'
        path = os.pathsep.join(path for path in sys.path if path)
        launch = "import odoo.cli; odoo.cli.main()"
        worker = subprocess.run(
            [
                sys.executable,
                "-c",
                launch,
                "shell",
                "-c",
                config["config"],
                "--no-http",
            ],
            input=script.encode(),
            env=os.environ | {"PYTHONPATH": path},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=60,
        )
        self.assertEqual(worker.returncode, -signal.SIGKILL, worker.stderr[-2000:])


class TestKeyed(OutboundCase):
    topic = "testing.keyed"

    def test_it_is_repeated_with_the_same_key_and_takes_effect_once(self):
        for kind in ("cut_after", "cut_before", "status_after", "status"):
            with self.subTest(kind):
                self.peer.reset()
                self.peer.fault(kind, path="/transfers", count=2)
                message = self.send(f"keyed {kind}")
                self.drain()
                self.assertEqual(message.state, "retry")
                self.settle()
                self.assertEqual(message.state, "done")
                self.assertEqual(self.transfers(), [f"keyed {kind}"])
                keys = {t["key"] for t in self.peer.ledger("transfers")}
                self.assertEqual(keys, {message.dedup_key})

    def test_an_uncertain_answer_to_a_keyed_call_is_simply_repeated(self):
        message = self.send(fail="uncertain", fail_times=1)
        self.drain()
        self.assertEqual(message.state, "retry")
        self.settle()
        self.assertEqual((message.state, self.transfers()), ("done", ["R1"]))


class TestReads(OutboundCase):
    topic = "testing.read"

    def test_a_read_is_repeated_until_it_works(self):
        self.peer.fault("cut_after", path="/items/*", count=2)
        message = self.send()
        for _round in range(4):
            self.drain("bulk")
            self.let_time_pass(60)
        self.assertEqual((message.state, message.attempts), ("done", 3))

    def test_the_fast_lane_leaves_the_bulk_lane_alone(self):
        message = self.send()
        self.assertEqual(self.drain("fast"), 0)
        self.assertEqual(message.state, "pending")

    def test_every_call_is_journalled_with_its_message_and_without_the_key(self):
        self.peer.fault("status", path="/items/*", count=1)
        message = self.send()
        for _round in range(2):
            self.drain("bulk")
            self.let_time_pass(60)
        self.assertEqual(message.call_ids.mapped("status"), [503, 200])
        self.assertEqual(message.call_ids.mapped("failed"), [True, False])
        for call in message.call_ids:
            self.assertNotIn("peer-simulator-key", str(call.read()))

# pylint: disable=invalid-commit; what other sessions see is what is tested
"""No account stands behind another: turns, lanes, and platforms that do not answer."""

import threading
import time
from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.addons.erp_connector_base.models import erp_connector_message_lane as lane

from .common import EngineCase

NOBODY = "http://127.0.0.1:9"


class FairCase(EngineCase):
    def circuit(self, backend=None):
        self.refresh()
        backend = backend or self.backend
        return self.env["erp.connector.circuit"].search(
            [("backend_id", "=", backend.id)]
        )

    def let_pause_end(self):
        self.circuit().retry_at = fields.Datetime.now() - timedelta(seconds=1)
        self.commit()

    def run_lane(self, name="fast"):
        with self.lane() as (messages, _worker):
            messages._run_lane(name)
        self.refresh()


class TestTurns(FairCase):
    def test_accounts_take_turns_whoever_has_more(self):
        other = self.account("Other")
        self.put(*(self.event(key=f"A{n}") for n in range(250)))
        self.put(*(self.event(key=f"B{n}") for n in range(2)), backend=other)
        with self.lane() as (messages, worker):
            turns = [messages._claim("fast", worker).backend_id for _ in range(3)]
        self.assertEqual(turns, [self.backend, other, self.backend])

    def test_what_is_tried_again_stands_at_the_end_of_the_line(self):
        (again,) = self.put(self.event(key="again", fail="transient", fail_times=1))
        self.drain()
        self.put(*(self.event(key=f"K{n}") for n in range(150)))
        self.let_time_pass(60)
        with self.lane() as (messages, worker):
            messages._promote_due("fast")
            self.assertNotIn(again, messages._claim("fast", worker))
            self.assertIn(again, messages._claim("fast", worker))

    def test_webhooks_without_a_key_are_claimed_together(self):
        put = self.put(*(self.event("webhook.unreadable", key="") for _n in range(50)))
        with self.lane() as (messages, worker):
            self.assertEqual(messages._claim("fast", worker), put)

    def test_what_a_blackout_holds_is_not_read_through(self):
        self.env["erp.connector.blackout"].create(
            {
                "backend_id": self.backend.id,
                "topic": "testing.echo",
                "hour_from": 0,
                "hour_to": 24,
            }
        )
        self.commit()
        self.put(*(self.event(key=f"K{n}") for n in range(300)))
        free = self.put(self.event("testing.noop", key="free"))
        with self.lane() as (messages, worker):
            self.assertEqual(messages._claim("fast", worker), free)

    def test_a_blackout_that_cannot_be_read_holds_its_account_alone(self):
        self.env["erp.connector.blackout"].create({"backend_id": self.backend.id})
        other = self.account("Other")
        self.commit()
        held = self.put(self.event())
        free = self.put(self.event(), backend=other)
        self.patch(
            self.registry["erp.connector.blackout"], "_is_open_at", self.unreadable
        )
        with self.assertLogs("odoo.addons.erp_connector_base", "ERROR"):
            self.drain()
        self.assertEqual((held.state, free.state), ("pending", "done"))

    def unreadable(self, _moment):
        raise KeyError("Asia/Nowhere")

    def test_who_is_never_answered_stands_in_no_ones_way(self):
        old, young = self.put(
            self.event("testing.send", key="old"),
            self.event("testing.send", key="young"),
        )
        now = fields.Datetime.now()
        for message, seconds in ((old, 10), (young, 60)):
            message.write(
                {
                    "state": "uncertain",
                    "next_attempt_at": now - timedelta(seconds=seconds),
                }
            )
        self.commit()
        with self.lane() as (messages, worker):
            self.assertEqual(messages._claim_uncertain("fast", worker), young)


class TestSilence(FairCase):
    def setUp(self):
        super().setUp()
        self.backend.base_url = NOBODY
        self.commit()

    def wake_up(self):
        self.backend.base_url = self.peer_url
        self.commit()

    def test_an_account_without_answers_is_paused_and_its_messages_keep_their_tries(
        self,
    ):
        put = self.put(*(self.event("testing.keyed", key=f"K{n}") for n in range(40)))
        self.drain()
        states = put.mapped("state")
        self.assertEqual((states.count("retry"), states.count("pending")), (3, 37))
        untouched = put.filtered(lambda m: m.state == "pending")
        self.assertEqual(set(untouched.mapped("attempts")), {0})
        self.assertEqual(self.circuit().failures, 3)
        self.assertIn("Paused since", self.backend.silence)
        self.assertIn("refused", self.backend.silence)

    def test_a_paused_account_is_asked_by_one_call_and_goes_on_when_it_answers(self):
        put = self.put(*(self.event("testing.keyed", key=f"K{n}") for n in range(12)))
        self.drain()
        calls = self.calls()
        self.assertEqual(self.drain(), 0, "it is left in peace")
        self.let_pause_end()
        self.assertEqual(self.drain(), 1)
        self.assertEqual(self.calls(), calls + 1, "one call asks")
        self.wake_up()
        self.let_pause_end()
        self.let_time_pass(60)
        self.drain()
        self.assertEqual(set(put.mapped("state")), {"done"})
        self.assertFalse(self.circuit().since)
        self.assertFalse(self.backend.silence)

    def calls(self):
        return self.env["erp.connector.call"].search_count(
            [("backend_id", "=", self.backend.id)]
        )

    def test_two_lanes_do_not_ask_a_paused_account_at_once(self):
        self.put(*(self.event("testing.keyed", key=f"K{n}") for n in range(12)))
        self.drain()
        self.let_pause_end()
        with self.lane() as (late, late_worker), self.lane() as (messages, worker):
            self.assertEqual(len(messages._claim("fast", worker)), 1)
            self.assertFalse(late._claim("fast", late_worker))

    def test_others_are_not_concerned(self):
        other = self.account("Other")
        self.commit()
        self.put(*(self.event("testing.keyed", key=f"K{n}") for n in range(12)))
        served = self.put(
            *(self.event("testing.keyed", key=f"K{n}") for n in range(12)),
            backend=other,
        )
        self.drain()
        self.assertEqual(set(served.mapped("state")), {"done"})

    def test_the_owner_is_told_when_it_lasts_and_not_any_more_when_it_is_over(self):
        self.put(*(self.event("testing.keyed", key=f"K{n}") for n in range(12)))
        self.drain()
        watch = self.env["erp.connector.message"]
        watch._cron_watch()
        self.assertFalse(self.backend.activity_ids, "not for a moment of silence")
        self.circuit().since = fields.Datetime.now() - timedelta(hours=1)
        watch._cron_watch()
        self.assertIn("does not answer", self.backend.activity_ids.summary)
        self.commit()
        self.wake_up()
        self.let_pause_end()
        self.let_time_pass(60)
        self.drain()
        self.assertFalse(self.backend.activity_ids)

    def test_connecting_it_again_tries_at_once(self):
        put = self.put(*(self.event("testing.keyed", key=f"K{n}") for n in range(12)))
        self.drain()
        self.wake_up()
        self.backend._set_connected()
        self.commit()
        self.let_time_pass(60)
        self.drain()
        self.assertEqual(set(put.mapped("state")), {"done"})

    def test_an_irrevocable_request_is_not_sent_again_after_a_pause(self):
        put = self.put(*(self.event("testing.send", key=f"R{n}") for n in range(6)))
        self.drain()
        self.wake_up()
        for _round in range(4):
            self.circuit().retry_at = fields.Datetime.now() - timedelta(seconds=1)
            self.let_time_pass(60)
            self.drain()
        self.assertEqual(set(put.mapped("state")), {"done"})
        sent = [t["reference"] for t in self.peer.ledger("transfers")]
        self.assertEqual(sorted(sent), [f"R{n}" for n in range(6)])


class TestRound(FairCase):
    """A whole round, as the scheduled action runs it."""

    def test_a_slow_platform_does_not_hold_the_lane(self):
        other = self.account("Other")
        self.commit()
        held = self.peer.hold("/transfers")
        slow = self.put(self.event("testing.keyed", key="slow"))
        started = time.monotonic()
        runner = threading.Thread(target=self.run_lane)
        with patch.object(lane, "ROUND_SECONDS", 30.0):
            runner.start()
            self.until(lambda: self.peer.hits(held))
            quick = self.put(self.event(key="quick"), backend=other)
            self.until(lambda: self.state(quick) == "done")
            waited = time.monotonic() - started
            self.assertEqual(self.state(slow), "processing")
            self.assertLess(waited, 25)
            self.peer.clear_faults()
            self.until(lambda: self.state(slow) in ("done", "retry"))
            runner.join(60)

    def test_no_other_lane_begins_an_exchange_beside_one_that_is_under_way(self):
        held = self.peer.hold("/transfers")
        slow = self.put(self.event("testing.keyed", key="slow"))
        self.put(self.event("testing.keyed", key="second"))
        runner = threading.Thread(target=self.run_lane)
        runner.start()
        self.until(lambda: self.peer.hits(held))
        self.until(lambda: self.circuit().flights)
        self.assertEqual(self.drain(), 0)
        self.peer.clear_faults()
        self.until(lambda: self.state(slow) in ("done", "retry"))
        self.until(lambda: not self.circuit().flights)
        runner.join(60)

    def test_a_lane_does_all_there_is(self):
        put = self.put(*(self.event(key=f"K{n}") for n in range(250)))
        self.run_lane()
        self.assertEqual(set(put.mapped("state")), {"done"})
        self.assertEqual(set(put.mapped("attempts")), {1})

    def test_a_bug_of_the_engine_stops_nobody_else(self):
        message = self.put(self.event("testing.keyed", break_off=True))
        free = self.put(self.event(key="free"))
        with self.assertLogs("odoo.addons.erp_connector_base", "WARNING"):
            self.run_lane()
        self.assertEqual((message.state, free.state), ("pending", "done"))

    def state(self, message):
        self.refresh()
        return message.state

    def until(self, condition, seconds=60):
        deadline = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), deadline, "it never came to that")
            time.sleep(0.05)

# pylint: disable=invalid-commit; what other sessions see is what is tested
"""How lanes share the table: order, business keys, lost workers."""

import threading
import time
from contextlib import suppress

import psycopg2

from odoo import api

from .common import EngineCase


class TestClaim(EngineCase):
    def claim(self, messages, worker, lane="fast"):
        return messages._claim(lane, worker)

    def test_messages_are_claimed_in_the_order_they_came(self):
        put = self.put(*(self.event(key=f"K{n}") for n in range(5)))
        with self.lane() as (messages, worker):
            self.assertEqual(self.claim(messages, worker).ids, put.ids)

    def test_a_claim_takes_one_topic_of_one_account(self):
        other = self.account("Other")
        first = self.put(self.event(key="A"), self.event("testing.noop", key="B"))
        self.put(self.event(key="C"), backend=other)
        with self.lane() as (messages, worker):
            self.assertEqual(self.claim(messages, worker).ids, first[0].ids)

    def test_a_claim_is_no_larger_than_the_topics_batch(self):
        self.put(*(self.event("testing.noop", key=f"K{n}") for n in range(520)))
        with self.lane() as (messages, worker):
            self.assertEqual(len(self.claim(messages, worker)), 500)

    def test_what_cannot_be_sent_twice_is_claimed_one_by_one(self):
        self.put(*(self.event("testing.send", key=f"K{n}") for n in range(3)))
        with self.lane() as (messages, worker):
            self.assertEqual(len(self.claim(messages, worker)), 1)

    def test_a_later_message_of_a_key_waits_for_the_earlier_one(self):
        first, second, other = self.put(
            self.event(key="K"), self.event(key="K"), self.event(key="L")
        )
        with self.lane() as (messages, worker):
            self.assertEqual(self.claim(messages, worker).ids, [first.id, other.id])
            self.assertFalse(self.claim(messages, worker))
        self.refresh()
        self.assertEqual(second.state, "pending")

    def test_a_key_waits_while_its_earlier_message_is_to_be_tried_again(self):
        first, second = self.put(
            self.event(key="K", fail="transient", fail_times=1), self.event(key="K")
        )
        self.drain()
        self.assertEqual((first.state, second.state), ("retry", "pending"))
        self.let_time_pass(10)
        self.drain()
        self.assertEqual((first.state, second.state), ("done", "done"))
        self.assertLess(first.res_id, second.res_id)

    def test_a_dead_message_does_not_hold_up_its_key(self):
        first, second = self.put(
            self.event(key="K", fail="rejected"), self.event(key="K")
        )
        self.drain()
        self.assertEqual((first.state, second.state), ("dead", "done"))

    def test_a_topic_without_an_add_on_is_left_alone(self):
        message = self.put(self.event())
        self.cr.execute(
            "UPDATE erp_connector_message SET topic = 'gone.topic' WHERE id = %s",
            [message.id],
        )
        self.cr.commit()
        self.assertEqual(self.drain(), 0)

    def test_two_lanes_never_work_on_the_same_message(self):
        put = self.put(*(self.event(key=f"K{n % 40}", n=n) for n in range(200)))
        claimed, start = [], threading.Barrier(3)

        def work():
            with self.lane() as (messages, worker):
                start.wait(120)
                while count := messages._work_one_batch("fast", worker):
                    claimed.append(count)
                    messages.env.cr.commit()

        self.in_threads(work, work, work)
        self.drain()
        self.assertEqual(set(put.mapped("state")), {"done"})
        partners = self.env["res.partner"].search(
            [("ref", "in", put.mapped("dedup_key"))]
        )
        self.assertEqual(len(partners), 200)
        self.assertEqual(set(put.mapped("attempts")), {1})

    def test_messages_of_one_key_take_effect_in_order_with_two_lanes(self):
        put = self.put(*(self.event(key=f"K{n % 5}", sleep=0.001) for n in range(50)))
        start = threading.Barrier(2)

        def work():
            with self.lane() as (messages, worker):
                start.wait(120)
                for _round in range(40):
                    messages._work_one_batch("fast", worker)
                    messages.env.cr.commit()

        self.in_threads(work, work)
        self.drain()
        for messages in put.grouped("business_key").values():
            made = [message.res_id for message in messages.sorted("id")]
            self.assertEqual(made, sorted(made))


class TestLostWorkers(EngineCase):
    def test_work_of_a_stale_claim_is_refused(self):
        message = self.put(self.event(name="Late"))
        with self.lane() as (messages, worker):
            late = messages._claim("fast", worker)
            token = late.attempt_token
            self.let_time_pass(3600)
            self.assertEqual(self.drain(), 1)
            late._work(token)
        self.refresh()
        self.assertEqual(message.state, "done")
        self.assertEqual(self.made_partners(message), 1)

    def made_partners(self, messages):
        return self.env["res.partner"].search_count(
            [("ref", "in", messages.mapped("dedup_key"))]
        )

    def test_messages_of_a_dead_session_go_on_at_once(self):
        put = self.put(*(self.event(key=f"K{n}") for n in range(3)))
        self.die_after_claim()
        self.assertEqual(set(put.mapped("state")), {"processing"})
        self.assertEqual(self.drain(), 3)
        self.assertEqual(set(put.mapped("state")), {"done"})
        self.assertEqual(self.made_partners(put), 3)
        self.assertIn("Worker lost", put[0].history[0]["event"])

    def die_after_claim(self):
        """A worker claims, then its database session is cut; how many it claimed."""
        cr = self.registry.cursor()
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        messages = env["erp.connector.message"]
        claimed = messages._claim("fast", messages._worker())
        cr.execute("SELECT pg_backend_pid()")
        self.cr.execute("SELECT pg_terminate_backend(%s)", cr.fetchone())
        self.cr.commit()
        self.wait_for_end_of_sessions(claimed)
        close_what_was_cut(cr)
        self.refresh()
        return len(claimed)

    def wait_for_end_of_sessions(self, claimed):
        for _try in range(1200):
            self.cr.rollback()
            self.cr.execute(
                """
                SELECT 1 FROM erp_connector_message m JOIN pg_stat_activity s
                    ON m.worker = s.pid || ':' || extract(epoch FROM s.backend_start)
                 WHERE m.id = ANY(%s)
                """,
                [claimed.ids],
            )
            if not self.cr.fetchone():
                return
            time.sleep(0.05)
        self.fail("the session that was cut lives on")

    def test_a_living_session_keeps_its_claim_until_the_lease_ends(self):
        message = self.put(self.event())
        with self.lane() as (messages, worker):
            messages._claim("fast", worker)
            self.assertEqual(self.drain(), 0)
            self.let_time_pass(3600)
            self.assertEqual(self.drain(), 1)
        self.assertEqual(message.state, "done")

    def test_what_workers_died_at_is_tried_in_ever_smaller_parts(self):
        put = self.put(*(self.event(key=f"K{n}") for n in range(30)))
        sizes = []
        for _death in range(4):
            sizes.append(self.die_after_claim())
            with self.lane() as (messages, _worker):
                messages._recover_orphans()
        self.assertEqual(sizes, [30, 25, 5, 6], "the 5 were not in the second part")
        self.drain()
        self.refresh()
        self.assertEqual(set(put.mapped("state")), {"done"})

    def test_a_message_that_kills_every_worker_is_dead_in_the_end(self):
        message = self.put(self.event())
        for _time in range(8):
            self.die_after_claim()
            with self.lane() as (messages, _worker):
                messages._recover_orphans()
            self.refresh()
        self.assertEqual(message.state, "dead")
        self.assertIn("worker died", message.error)

    def test_the_health_check_takes_lost_messages_back(self):
        message = self.put(self.event())
        self.die_after_claim()
        with self.lane() as (messages, _worker):
            self.assertEqual(messages._watch()["recovered"], 1)
        self.refresh()
        self.assertEqual(message.state, "pending")

    def test_a_lane_never_raises_when_its_connection_is_cut(self):
        self.put(*(self.event(key=f"K{n}", sleep=0.05) for n in range(20)))
        cutter = threading.Timer(0.5, self.cut_the_workers_session)
        cutter.start()
        try:
            with (
                self.lane() as (messages, _worker),
                self.assertLogs("odoo.addons.erp_connector_base", "WARNING"),
            ):
                messages._run_lane("fast")
        finally:
            cutter.join()
        self.drain()

    def cut_the_workers_session(self):
        self.cr.execute(
            """
            SELECT pg_terminate_backend(split_part(worker, ':', 1)::int)
              FROM erp_connector_message
             WHERE state = 'processing' AND backend_id = %s LIMIT 1
            """,
            [self.backend.id],
        )
        self.cr.commit()

    def test_a_round_that_breaks_off_leaves_nothing_in_work(self):
        message = self.put(self.event("testing.read", break_off=True))
        logged = self.assertLogs("odoo.addons.erp_connector_base", "WARNING")
        with self.lane() as (messages, _worker), logged:
            messages._run_lane("bulk")
        self.refresh()
        self.assertEqual(message.state, "pending")
        self.assertTrue(message.suspect)


def close_what_was_cut(cr):
    with suppress(psycopg2.Error):
        cr.close()

"""What an error makes of a message, and that its neighbours go through."""

import threading
from datetime import timedelta

from psycopg2 import errors as pg

from odoo import fields

from .common import EngineCase


class TestPoison(EngineCase):
    def test_a_poison_message_stands_alone_and_its_neighbours_go_through(self):
        put = self.put(
            *(self.event(key=f"K{n}") for n in range(41)),
            self.event(key="poison", fail="bug"),
            *(self.event(key=f"L{n}") for n in range(41)),
        )
        with self.assertLogs("odoo.addons.erp_connector_base", "ERROR"):
            self.drain()
        self.assertEqual([m.business_key for m in put if m.state != "done"], ["poison"])
        poison = put.filtered(lambda m: m.business_key == "poison")
        self.assertEqual(
            (poison.state, poison.error_type), ("dead", "ZeroDivisionError")
        )
        self.assertIn("division by zero", poison.error)
        partners = self.env["res.partner"].search(
            [("ref", "in", put.mapped("dedup_key"))]
        )
        self.assertEqual(len(partners), 82, "nothing twice, nothing lost")

    def test_many_poison_messages_are_each_found(self):
        put = self.put(
            *(
                self.event(key=f"K{n}", **({"fail": "user"} if n % 7 == 0 else {}))
                for n in range(50)
            )
        )
        self.drain()
        states = {m.business_key: m.state for m in put}
        for number in range(50):
            expected = "dead" if number % 7 == 0 else "done"
            self.assertEqual(states[f"K{number}"], expected)

    def test_what_a_poison_message_wrote_is_taken_back(self):
        message = self.put(self.event(name="Half done", fail="validation"))
        self.drain()
        self.assertEqual(message.state, "dead")
        self.assertFalse(
            self.env["res.partner"].search([("ref", "=", message.dedup_key)])
        )


class TestRetries(EngineCase):
    def test_each_error_makes_the_state_the_table_says(self):
        expected = {
            "transient": "retry",
            "rejected": "dead",
            "unexpected": "dead",
            "uncertain": "retry",  # echo is repeatable
            "user": "dead",
            "validation": "dead",
        }
        put = self.put(*(self.event(key=k, fail=k) for k in expected))
        self.drain()
        self.assertEqual({m.business_key: m.state for m in put}, expected)
        for message in put:
            self.assertTrue(message.error)

    def test_retries_wait_as_long_as_the_ladder_says(self):
        message = self.put(self.event(fail="transient"))
        for step in (5, 6, 7):
            self.assert_wait(message, step)
            self.let_time_pass(-3600)
            self.assertEqual(self.drain(), 0, "not before its time")
            self.let_time_pass(3660)
        self.drain()
        self.assertEqual((message.state, message.attempts), ("dead", 4))

    def test_a_retry_takes_as_long_as_the_platform_asks(self):
        message = self.put(self.event(fail="transient", retry_after=120))
        self.assert_wait(message, 120, spread=0)

    def assert_wait(self, message, seconds, spread=0.2):
        """It is tried in vain, and again after so many seconds, more or less."""
        begun = fields.Datetime.now()
        self.drain()
        ended = fields.Datetime.now() + timedelta(seconds=1)
        self.assertEqual(message.state, "retry")
        wait, more = timedelta(seconds=seconds), timedelta(seconds=seconds * spread)
        due = message.next_attempt_at
        self.assertTrue(begun + wait - more <= due <= ended + wait + more, due)

    def test_a_message_that_works_at_last_is_done_and_tells_its_story(self):
        message = self.put(self.event(fail="transient", fail_times=2))
        for _try in range(3):
            self.drain()
            self.let_time_pass(60)
        self.assertEqual((message.state, message.attempts), ("done", 3))
        self.assertFalse(message.error)
        self.assertEqual(len(message.history), 3)
        self.assertIn("busy", message.history[0]["detail"])

    def test_the_owner_is_told_once_of_dead_messages(self):
        self.put(*(self.event(key=f"K{n}", fail="rejected") for n in range(3)))
        self.drain()
        self.put(self.event(key="later", fail="rejected"))
        self.drain()
        self.assertEqual(len(self.backend.activity_ids), 1)
        told = self.backend.activity_ids.user_id
        self.assertEqual(told, self.env.ref("base.user_admin"), "no robot is told")

    def test_a_collision_is_no_attempt(self):
        message = self.put(self.event(fail="serialization"))
        with self.lane() as (messages, worker):
            messages._work_one_batch("fast", worker)
        self.refresh()
        self.assertEqual((message.state, message.attempts), ("pending", 0))
        self.assertFalse(message.error)


class TestAccountState(EngineCase):
    def test_a_refused_key_disconnects_the_account_and_keeps_its_messages(self):
        put = self.put(self.event(key="A", fail="authentication"), self.event(key="B"))
        self.drain()
        self.assertEqual(self.backend.state, "disconnected")
        self.assertIn("the key is not known", self.backend.state_reason)
        for said in (self.backend.state_reason, self.backend.activity_ids.note):
            self.assertNotRegex(said, r"\b(GET|POST) ", "no address before the reason")
            self.assertNotIn("..", said)
        self.assertEqual(put[0].state, "pending")
        self.assertEqual(put[0].attempts, 0, "that was no attempt")
        self.assertEqual(put[1].state, "done")
        self.assertIn("Reconnect", self.backend.activity_ids.summary)

    def test_messages_go_on_when_the_account_is_linked_again(self):
        message = self.put(self.event(fail="authentication"))
        self.drain()
        self.cr.execute(
            "UPDATE erp_connector_message SET payload = '{}' WHERE id = %s",
            [message.id],
        )
        self.backend.action_connect()
        self.commit()
        self.drain()
        self.assertEqual((message.state, message.attempts), ("done", 1))

    def test_a_paused_account_holds_its_messages_and_nobody_elses(self):
        other = self.account("Other")
        self.backend.action_pause()
        self.commit()
        held = self.put(self.event(key="A"))
        free = self.put(self.event(key="A"), backend=other)
        self.drain()
        self.assertEqual((held.state, free.state), ("pending", "done"))
        self.backend.action_resume()
        self.commit()
        self.drain()
        self.assertEqual(held.state, "done")

    def test_an_archived_account_holds_its_messages(self):
        message = self.put(self.event())
        self.backend.active = False
        self.commit()
        self.assertEqual(self.drain(), 0)
        self.assertEqual(message.state, "pending")

    def test_a_blackout_holds_its_topic_and_drains_afterwards(self):
        window = self.env["erp.connector.blackout"].create(
            {
                "backend_id": self.backend.id,
                "topic": "testing.echo",
                "hour_from": 0,
                "hour_to": 24,
            }
        )
        self.commit()
        held, free = self.put(self.event(key="A"), self.event("testing.noop", key="B"))
        self.drain()
        self.assertEqual((held.state, free.state), ("pending", "done"))
        window.unlink()
        self.commit()
        self.drain()
        self.assertEqual(held.state, "done")

    def test_a_blackout_without_a_topic_holds_the_whole_account(self):
        self.env["erp.connector.blackout"].create(
            {"backend_id": self.backend.id, "hour_from": 0, "hour_to": 24}
        )
        self.commit()
        self.put(self.event(), self.event("testing.noop"))
        self.assertEqual(self.drain(), 0)


class TestWaiting(EngineCase):
    def partner(self):
        return self.env["res.partner"].create({"name": "P", "ref": "mapped"})

    def missing(self):
        return self.env["erp.connector.binding"].search(
            [("backend_id", "=", self.backend.id), ("is_missing", "=", True)]
        )

    def map(self, binding):
        partner = self.partner()
        self.addCleanup(self.remove, partner)
        binding.write({"res_model": "res.partner", "res_id": partner.id})
        self.commit()

    def remove(self, partner):
        self.refresh()
        partner.unlink()
        self.commit()

    def test_a_message_without_its_mapping_is_parked_and_nothing_waits_for_it(self):
        parked, free = self.put(
            self.event(key="A", wait_for=["X"]), self.event(key="B")
        )
        self.drain()
        self.assertEqual((parked.state, free.state), ("waiting", "done"))
        self.assertEqual(self.missing().external_id, "X")
        self.assertEqual(self.missing().waiting_count, 1)

    def test_one_mapping_releases_everything_that_waits_for_it_alone(self):
        put = self.put(
            self.event(key="A", wait_for=["X"]),
            self.event(key="B", wait_for=["X"]),
            self.event(key="C", wait_for=["X", "Y"]),
        )
        self.drain()
        x, y = self.missing().sorted("external_id")
        self.map(x)
        self.drain()
        self.assertEqual(put.mapped("state"), ["done", "done", "waiting"])
        self.map(y)
        self.drain()
        self.assertEqual(put[2].state, "done")

    def test_many_messages_that_miss_one_mapping_make_one_row(self):
        self.put(*(self.event(key=f"K{n}", wait_for=["X"]) for n in range(30)))
        self.drain()
        self.assertEqual(len(self.missing()), 1)
        self.assertEqual(self.missing().waiting_count, 30)

    def test_two_lanes_may_miss_the_same_mapping_at_once(self):
        other_topics = [
            self.event(key=f"K{n}", wait_for=["X"], sleep=0.002) for n in range(250)
        ]
        put = self.put(*other_topics)
        start = threading.Barrier(2)

        def work():
            with self.lane() as (messages, worker):
                start.wait(120)
                while messages._work_one_batch("fast", worker):
                    messages.env.cr.commit()

        self.in_threads(work, work)
        self.drain()
        self.assertEqual(set(put.mapped("state")), {"waiting"})
        self.assertEqual(len(self.missing()), 1)
        self.assertEqual(self.missing().waiting_count, 250)


class TestNotices(EngineCase):
    def test_nobody_else_says_what_an_activity_was_raised_for(self):
        clerk = self.user("forger", "manager")
        told = self.env["mail.activity"].with_user(clerk)
        forged = told.with_context(default_connector_cause="testing").create(
            {
                "res_model_id": self.env["ir.model"]._get_id(self.backend._name),
                "res_id": self.backend.id,
                "user_id": clerk.id,
                "connector_cause": "testing",
            }
        )
        forged.write({"connector_cause": "testing"})
        self.backend._notify_owner("Look", "Look here", cause="testing")
        raised = self.backend.activity_ids - forged
        self.assertEqual(raised.mapped("connector_cause"), ["testing"])

    def test_a_cause_has_one_open_activity_and_ends_with_it(self):
        for _time in range(2):
            self.backend._notify_owner("Look", "Why", cause="test")
        activity = self.backend.activity_ids
        self.assertEqual((len(activity), activity.connector_cause), (1, "test"))
        self.backend._settle_notice("test")
        self.assertFalse(self.backend.activity_ids)
        self.backend._notify_owner("Look", "Again", cause="test")
        self.assertEqual(len(self.backend.activity_ids), 1)

    def test_the_database_keeps_two_workers_from_raising_one_cause(self):
        self.backend._notify_owner("Look", "Why", cause="test")
        with self.assertRaises(pg.UniqueViolation), self.cr.savepoint():
            self.backend.activity_ids.copy({"connector_cause": "test"})

    def test_who_has_left_is_told_nothing(self):
        leaver = self.backend.user_id = self.env["res.users"].create(
            {"name": "Leaver", "login": "leaver"}
        )
        leaver.active = False
        self.backend._notify_owner("Look", "Why", cause="test")
        told = self.backend.activity_ids.user_id
        self.assertTrue(told.active)
        self.assertTrue(told.has_group("erp_connector_base.group_manager"))

    def test_a_reconnected_account_asks_nobody_to_reconnect_it(self):
        self.backend._disconnect(Exception("refused"))
        self.assertTrue(self.backend.activity_ids)
        self.backend._set_connected()
        self.assertFalse(self.backend.activity_ids)

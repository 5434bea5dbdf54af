# pylint: disable=invalid-commit; what other sessions see is what is tested
"""Replay, mapping and release beside a worker; how a replay ends, and who hears it."""

import time

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command

from .common import EngineCase

HANDLER = "erp.connector.testing"


class ReplayCase(EngineCase):
    def setUp(self):
        super().setUp()
        self.made_partners = self.env["res.partner"]
        self.addCleanup(self.remove_partners)

    def remove_partners(self):
        self.refresh()
        self.made_partners.exists().unlink()
        self.commit()

    def partner(self):
        partner = self.env["res.partner"].create({"name": "P", "ref": "mapped"})
        self.made_partners |= partner
        return partner

    def missing(self):
        return self.env["erp.connector.binding"].search(
            [("backend_id", "=", self.backend.id), ("is_missing", "=", True)]
        )

    def handler(self, work):
        """The topic's handler is `work(messages)` for this test."""

        def handle(model, messages, answers):
            work(messages)
            return model._handle_noop(messages, answers)

        self.patch(self.registry[HANDLER], "_handle_echo", handle)


class TestBesideAWorker(ReplayCase):
    def test_work_that_makes_its_own_mapping_is_done_and_releases_the_others(self):
        put = self.put(*(self.event(key=f"K{n}", wait_for=["X"]) for n in range(10)))
        self.drain()
        self.assertEqual(set(put.mapped("state")), {"waiting"})
        partner = self.partner()
        self.commit()
        self.handler(lambda messages: self.map(messages.env, partner))
        put[0]._replay("The product is there now")
        self.commit()
        self.drain()
        self.assertEqual(set(put.mapped("state")), {"done"})
        self.assertEqual(set(put.mapped("attempts")), {1})
        self.assertFalse(self.missing())

    def test_ten_that_wait_for_one_mapping_are_replayed_at_once(self):
        put = self.put(*(self.event(key=f"K{n}", wait_for=["X"]) for n in range(10)))
        self.drain()
        partner = self.partner()
        self.commit()
        self.handler(lambda messages: self.map(messages.env, partner))
        put._replay("The products were imported")
        self.commit()
        self.drain()
        self.assertEqual(set(put.mapped("state")), {"done"})

    def map(self, env, partner):
        missing = env["erp.connector.binding"].search(
            [("backend_id", "=", self.backend.id), ("is_missing", "=", True)]
        )
        missing.write({"res_model": "res.partner", "res_id": partner.id})

    def test_a_mapping_leaves_alone_what_is_being_worked_and_what_is_done(self):
        worked, done = self.put(
            self.event(key="A", wait_for=["X"]), self.event(key="B", wait_for=["X"])
        )
        self.drain()
        worked.state, done.state = "processing", "done"
        self.missing().write({"res_model": "res.partner", "res_id": self.partner().id})
        self.assertEqual((worked.state, done.state), ("processing", "done"))
        self.commit()

    def test_what_goes_on_waits_for_nothing(self):
        message = self.put(self.event(wait_for=["X"]))
        self.drain()
        message._replay("Try it")
        self.assertFalse(message.waiting_for_ids)
        self.assertEqual(self.missing().waiting_count, 0)
        self.commit()

    def test_a_claim_lost_in_its_own_transaction_is_given_back_at_once(self):
        def spoil(messages):
            messages.env.cr.execute(
                "UPDATE erp_connector_message SET state = 'pending' WHERE id = ANY(%s)",
                [messages.ids],
            )

        self.handler(spoil)
        message = self.put(self.event())
        with self.assertLogs("odoo.addons.erp_connector_base", "WARNING"):
            self.drain()
        self.assertEqual(message.state, "retry")
        self.assertIn("changed the message itself", message.error)

    def test_a_claim_that_was_given_to_another_is_not_taken_from_it(self):
        message = self.put(self.event())
        with self.lane() as (late, worker), self.lane() as (messages, other):
            claimed = late._claim("fast", worker)
            token = claimed.attempt_token
            self.let_time_pass(3600)
            messages.env.cr.rollback()
            messages._recover_orphans()
            messages._claim("fast", other)
            claimed._work(token)
            self.refresh()
            self.assertEqual(message.state, "processing")
            self.assertNotEqual(message.attempt_token, token)
            messages.browse(message.id)._release(message.attempt_token)


class TestHowItEnds(ReplayCase):
    def dead(self, *wishes):
        put = self.put(
            *(self.event(key=f"K{n}", **wish) for n, wish in enumerate(wishes))
        )
        self.drain()
        self.assertEqual(set(put.mapped("state")), {"dead"})
        return put

    def told(self):
        """What the user is sent when it is known, by this or any later look."""
        self.refresh()
        self.cr.execute(
            "SELECT message FROM bus_bus WHERE message LIKE '%%simple_notification%%' "
            "AND id > %s",
            [self.mark],
        )
        return [row[0] for row in self.cr.fetchall()]

    def setUp(self):
        super().setUp()
        self.cr.execute("SELECT COALESCE(max(id), 0) FROM bus_bus")
        self.mark = self.cr.fetchone()[0]

    def attention(self):
        action = self.env.ref("erp_connector_base.erp_connector_message_view_search")
        domain = action.arch.split('name="attention"')[1].split('domain="')[1]
        domain = domain.split('"')[0].replace("&amp;", "&")
        return self.env["erp.connector.message"].search(
            [*fields.Domain(eval(domain)), ("backend_id", "=", self.backend.id)]  # noqa: S307
        )

    def test_the_list_keeps_what_is_replayed_until_it_is_known(self):
        put = self.dead({"fail": "rejected"}, {"fail": "rejected"})
        put._replay("Mended")
        self.commit()
        self.assertEqual(self.attention(), put.sorted("id", reverse=True))
        self.assertFalse(self.told(), "nothing is known yet")
        self.drain()
        self.assertEqual(len(self.told()), 1)
        self.assertIn("0 done, 2 failed again", self.told()[0])

    def test_a_replay_that_works_is_told_as_such_and_leaves_the_list(self):
        put = self.dead({"fail": "rejected", "fail_times": 1})
        self.cr.execute(
            "UPDATE erp_connector_message SET payload = '{}' WHERE id = ANY(%s)",
            [put.ids],
        )
        self.env.invalidate_all()
        put._replay("Mended")
        self.commit()
        self.drain()
        self.assertIn("1 done, 0 failed again", self.told()[0])
        self.assertFalse(self.attention())

    def test_the_activity_is_done_when_nothing_needs_a_person_any_more(self):
        put = self.dead({"fail": "rejected"}, {"fail": "rejected"})
        (activity,) = self.backend.activity_ids
        self.assertIn("/odoo/connector-attention", activity.note)
        put[0]._ignore("By hand")
        self.assertTrue(self.backend.activity_ids)
        put[1]._ignore("By hand")
        self.assertFalse(self.backend.activity_ids)
        self.commit()

    def test_the_watchdog_closes_an_activity_whose_messages_went_through(self):
        put = self.dead({"fail": "rejected"})
        put.state = "done"
        self.env.flush_all()
        self.env["erp.connector.message"]._cron_watch()
        self.assertFalse(self.backend.activity_ids)
        self.commit()

    def test_a_failing_notice_does_not_keep_what_became_of_a_message(self):
        def broken(_backend, *_args, **_kwargs):
            raise ZeroDivisionError("no activity today")

        self.patch(self.registry["erp.connector.backend"], "_notify_owner", broken)
        message = self.put(self.event(fail="rejected"))
        refused = self.put(self.event(key="L", fail="authentication"))
        with self.assertLogs("odoo.addons.erp_connector_base", "ERROR"):
            self.drain()
        self.assertEqual((message.state, refused.state), ("dead", "pending"))
        self.assertEqual(self.backend.state, "disconnected")


class TestWhatCannotBeKnown(ReplayCase):
    def uncertain(self, key, topic="testing.send"):
        message = self.put(self.event(topic, key=key))
        message.write({"state": "uncertain", "next_attempt_at": fields.Datetime.now()})
        self.commit()
        return message

    def test_a_probe_with_a_bug_stops_nobody_and_asks_again_later(self):
        def broken(_model, _message):
            raise KeyError("captures")

        self.patch(self.registry[HANDLER], "_probe_send", broken)
        message = self.uncertain("R1")
        free = self.put(self.event(key="free"))
        time.sleep(1)
        with self.assertLogs("odoo.addons.erp_connector_base", "ERROR"):
            self.drain()
        self.assertEqual((message.state, free.state), ("uncertain", "done"))
        self.assertGreater(message.next_attempt_at, fields.Datetime.now())
        self.assertIn("KeyError", message.error)

    def test_an_uncertain_message_of_an_add_on_that_is_gone_is_left_alone(self):
        message = self.uncertain("R1")
        self.cr.execute(
            "UPDATE erp_connector_message SET topic = 'gone.send' WHERE id = %s",
            [message.id],
        )
        self.commit()
        free = self.put(self.event(key="free"))
        time.sleep(1)
        self.drain()
        self.assertEqual((message.state, free.state), ("uncertain", "done"))

    def test_a_history_does_not_grow_without_end(self):
        message = self.put(self.event(fail="transient"))
        message.history = [
            {"at": "2026-01-01T00:00:00", "event": str(n)} for n in range(50)
        ]
        self.commit()
        self.drain()
        self.assertEqual(len(message.history), 50)
        self.assertEqual(message.history[0]["event"], "1")

    def test_only_an_operator_replays_and_nothing_that_is_worked(self):
        message = self.put(self.event())
        message.state = "processing"
        with self.assertRaises(UserError):
            message._replay("Now")
        message.write({"state": "dead", "waiting_for_ids": [Command.clear()]})
        viewer = self.user("replay viewer", "user")
        with self.assertRaises(UserError):
            message.with_user(viewer)._replay("Now")
        self.refresh()

"""Retention, neutralized copies, blackout windows."""

from datetime import datetime, timedelta

import psycopg2

from odoo import fields
from odoo.addons.erp_connector_base.models import (
    erp_connector_message_retention as retention,
)
from odoo.exceptions import ValidationError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestRetention(ConnectorCase):
    def aged(self, days, state="done"):
        message = self.put(self.event(key=f"{days} {state}"))
        message.state = state
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE erp_connector_message SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - timedelta(days=days), message.id],
        )
        self.env.invalidate_all()
        return message

    def clean(self):
        self.env["erp.connector.backend"]._gc_messages()
        self.env.invalidate_all()

    def test_payloads_go_after_their_days_and_rows_stay(self):
        young, old = self.aged(29), self.aged(31)
        self.clean()
        self.assertTrue(young.payload)
        self.assertFalse(old.payload)
        self.assertTrue(old.dedup_key)

    def test_a_repetition_is_recognised_for_months(self):
        old = self.aged(89)
        self.clean()
        again = self.event(key="again", dedup=old.dedup_key)
        self.assertEqual(
            self.env["erp.connector.message"]._ingest(self.backend, [again]), 0
        )

    def test_rows_go_after_their_days(self):
        old = self.aged(181)
        self.clean()
        self.assertFalse(old.exists())

    @mute_logger("odoo.sql_db")
    def test_less_than_90_days_cannot_be_set(self):
        with self.assertRaises(psycopg2.IntegrityError):
            self.backend.message_days = 89
            self.env.flush_all()

    def test_what_needs_a_person_is_kept_with_its_content(self):
        for state in ("dead", "waiting", "uncertain", "pending", "retry"):
            message = self.aged(400, state)
            self.clean()
            self.assertTrue(message.exists().payload, state)

    def test_calls_go_after_their_days(self):
        self.env.cr.execute(
            """
            INSERT INTO erp_connector_call (backend_id, company_id, path, create_date)
            SELECT %s, %s, p, now() AT TIME ZONE 'UTC' - d * interval '1 day'
              FROM (VALUES ('/young', 13), ('/old', 15)) AS v (p, d)
            """,
            [self.backend.id, self.backend.company_id.id],
        )
        self.clean()
        calls = self.env["erp.connector.call"].search(
            [("backend_id", "=", self.backend.id)]
        )
        self.assertEqual(calls.mapped("path"), ["/young"])

    def test_what_is_left_of_a_night_is_taken_by_the_next_run(self):
        old = [self.aged(181) for _n in range(5)]
        self.patch(retention, "BATCH", 2)
        messages = self.env["erp.connector.message"]
        self.assertFalse(messages._expire_all(seconds=0))
        self.assertTrue(messages._expire_all())
        self.env.invalidate_all()
        self.assertFalse([m for m in old if m.exists()])

    def test_accounts_take_turns_and_one_that_fails_stops_no_other(self):
        other = self.account("Other")
        mine, theirs = self.aged(181), self.put(self.event(key="x"), backend=other)
        theirs.state = "done"
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE erp_connector_message SET create_date = create_date - "
            "interval '200 days' WHERE id = %s",
            [theirs.id],
        )
        drop = type(self.env["erp.connector.message"])._drop_rows

        def broken(messages, backend):
            if backend == self.backend:
                raise ZeroDivisionError
            return drop(messages, backend)

        self.patch(self.registry["erp.connector.message"], "_drop_rows", broken)
        with self.assertLogs("odoo.addons.erp_connector_base", "ERROR"):
            self.clean()
        self.assertTrue(mine.exists())
        self.assertFalse(theirs.exists())

    def test_what_people_wrote_about_a_message_goes_with_it(self):
        old = self.aged(181)
        partner = self.env["res.partner"].create({"name": "Follower"})
        old.message_post(body="A note", attachments=[("a.txt", b"x")])
        old.message_subscribe(partner.ids)
        old.activity_schedule("mail.mail_activity_data_todo", summary="Look")
        self.assertTrue(all(self.beside(old.id)))
        self.clean()
        self.assertFalse(any(self.beside(old.id)))

    def beside(self, number):
        return [
            self.env[model]
            .with_context(active_test=False)
            .search_count([(name, "=", "erp.connector.message"), (id_, "=", number)])
            for model, name, id_ in retention.BESIDE
        ]

    def test_an_account_that_goes_leaves_no_note_behind(self):
        other = self.account("Other")
        message = self.put(self.event(), backend=other)
        message.message_post(body="A note")
        number = message.id
        other.unlink()
        self.clean()
        self.assertFalse(any(self.beside(number)))

    def test_content_of_what_is_settled_late_goes_at_once(self):
        late = self.aged(31, "dead")
        self.clean()
        self.assertTrue(late.payload)
        late._ignore("By hand")
        self.assertFalse(late.payload)

    def test_a_day_already_cleaned_is_not_read_again(self):
        self.aged(31)
        self.clean()
        until = self.backend.payloads_dropped_until
        wanted = fields.Datetime.now() - timedelta(days=30)
        self.assertAlmostEqual(until, wanted, delta=timedelta(minutes=5))


@tagged("post_install", "-at_install")
class TestNeutralize(ConnectorCase):
    def test_a_neutralized_copy_reaches_nobody_and_knows_no_secret(self):
        self.put(self.event())
        token, url = self.backend.webhook_token, self.backend.base_url
        self.assertTrue(url is not False and token)
        self.env.flush_all()
        for query in get_neutralization_queries(["erp_connector_base"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        everything = self.env["erp.connector.backend"].search([])
        self.assertEqual(set(everything.mapped("state")), {"paused"})
        self.assertEqual(set(everything.mapped("base_url")), {False})
        self.assertNotEqual(self.backend.webhook_token, token)
        self.assertEqual(set(self.backend._secrets().values()), {""})
        self.assertFalse(
            self.env["erp.connector.message"].search([("payload", "!=", False)])
        )
        lanes = self.env["ir.cron"].search([("connector_lane", "!=", False)])
        self.assertFalse(lanes)


@tagged("post_install", "-at_install")
class TestBlackout(ConnectorCase):
    def window(self, **values):
        return self.env["erp.connector.blackout"].create(
            {"backend_id": self.backend.id, **values}
        )

    def at(self, text):
        """A moment of Jakarta (UTC+7), in UTC."""
        return datetime.fromisoformat(text) - timedelta(hours=7)

    def open_at(self, window, *moments):
        return [window._is_open_at(self.at(moment)) for moment in moments]

    def test_a_daily_window_is_read_in_the_accounts_own_time_zone(self):
        window = self.window(hour_from=22, hour_to=23.5)
        self.assertEqual(
            self.open_at(
                window,
                "2026-03-10 21:59",
                "2026-03-10 22:00",
                "2026-03-10 23:29",
                "2026-03-10 23:30",
            ),
            [False, True, True, False],
        )

    def test_a_daily_window_may_go_over_midnight(self):
        window = self.window(hour_from=22, hour_to=4)
        self.assertEqual(
            self.open_at(
                window,
                "2026-03-10 21:00",
                "2026-03-10 23:00",
                "2026-03-11 03:59",
                "2026-03-11 04:00",
            ),
            [False, True, True, False],
        )

    def test_a_month_end_window_holds_the_days_around_it(self):
        window = self.window(kind="month_end", days_before=1, days_after=3)
        self.assertEqual(
            self.open_at(
                window,
                "2026-02-27 23:59",
                "2026-02-28 00:00",
                "2026-03-01 00:00",
                "2026-03-03 23:59",
                "2026-03-04 00:00",
            ),
            [False, True, True, True, False],
        )

    def test_a_month_end_window_at_the_turn_of_the_year(self):
        window = self.window(kind="month_end", days_before=2, days_after=1)
        self.assertEqual(
            self.open_at(
                window,
                "2026-12-29 12:00",
                "2026-12-30 12:00",
                "2027-01-01 12:00",
                "2027-01-02 12:00",
            ),
            [False, True, True, False],
        )

    def test_the_hold_ends_when_the_closed_month_is_locked(self):
        company = self.backend.company_id
        if "fiscalyear_lock_date" not in company._fields:
            self.skipTest("Accounting is not installed")
        window = self.window(kind="month_end", days_before=1, days_after=3)
        company.fiscalyear_lock_date = "2026-01-31"
        self.assertEqual(self.open_at(window, "2026-03-02 12:00"), [True])
        company.fiscalyear_lock_date = "2026-02-28"
        self.assertEqual(
            self.open_at(window, "2026-03-02 12:00", "2026-03-31 12:00"), [False, True]
        )

    def test_bounds_that_make_no_sense_are_refused(self):
        for values in ({"hour_from": 25}, {"hour_to": -1}, {"days_before": -1}):
            with self.assertRaises(ValidationError):
                self.window(**values)

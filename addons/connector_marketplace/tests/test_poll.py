"""The poll finds what was lost: windows, pages, a cursor that never runs ahead."""

import json
from datetime import UTC, datetime, timedelta

from odoo import fields
from odoo.addons.connector_marketplace.models.connector_marketplace_poll import (
    Page,
    _asked,
)
from odoo.addons.connector_marketplace.providers.schema import OrderPage

from .common import MarketCase


class PollCase(MarketCase):
    def poll(self):
        self.backend.next_poll_at = False
        self.env["erp.connector.backend"]._cron_poll_orders()
        self.drain("bulk")
        self.drain()

    def imported(self):
        return self.env["sale.order"].search(
            [("connector_backend_id", "=", self.backend.id)]
        )

    def set_back(self, **span):
        self.backend.poll_cursor = fields.Datetime.now() - timedelta(**span)

    def polls(self):
        return self.env["erp.connector.message"].search(
            [("backend_id", "=", self.backend.id), ("topic", "=", "order.poll")]
        )


class TestSilence(PollCase):
    """What a look finds, and no webhook told: is the stream silent?"""

    def watch(self):
        """Some minutes later; what the owner is told of the webhooks."""
        self.env.flush_all()
        self.cr.execute(
            "UPDATE erp_connector_message SET create_date = create_date"
            " - interval '2 minutes'"
        )
        self.env.invalidate_all()
        self.env["erp.connector.stream"]._cron_watch()
        return self.backend.activity_ids.mapped("connector_cause")

    def last_webhook(self, hours):
        stream = self.env["erp.connector.stream"]
        stream._note_accepted(self.backend.id)
        stream.search([]).accepted_at = self.now() - timedelta(hours=hours)

    def place_at(self, hours, count=4):
        moment = int((datetime.now(UTC) - timedelta(hours=hours)).timestamp())
        return self.shop.place(count, create_time=moment, update_time=moment)

    def test_a_cursor_set_back_by_a_person_finds_old_orders_and_no_silence(self):
        self.last_webhook(hours=3)
        self.place_at(hours=5)
        self.set_back(days=1)
        self.poll()
        self.assertEqual(len(self.imported()), 4)
        self.assertFalse(self.watch())

    def test_what_happened_since_the_last_webhook_is_silence(self):
        self.last_webhook(hours=3)
        self.place_at(hours=1)
        self.set_back(days=1)
        self.poll()
        self.assertEqual(self.watch(), ["webhook.silent"])

    def test_asking_for_charges_is_no_news_from_the_platform(self):
        sns = self.place_at(hours=5)
        self.shop.fault(
            "api_error",
            path="*/get_escrow_detail*",
            code="common.error_not_found",
            message="Not found.",
        )
        self.tell(*sns)
        self.last_webhook(hours=3)
        sales = self.imported()
        self.assertEqual(len(sales.filtered("connector_charges_pending")), 4)
        sales.connector_charges_at = self.now()
        self.env["connector.marketplace.order"]._cron_fetch_charges()
        self.assertEqual(set(sales.mapped("connector_charges_tries")), {1})
        self.cr.execute(
            "UPDATE erp_connector_message SET create_date = create_date"
            " - interval '1 day' WHERE dedup_key NOT LIKE '%:charges:%'"
        )
        self.assertFalse(self.watch())


class TestPoll(PollCase):
    def test_a_poll_brings_in_what_no_push_told(self):
        self.shop.place(7)
        self.poll()
        self.assertEqual(len(self.imported()), 7)
        self.assertEqual(set(self.imported().mapped("state")), {"sale"})

    def test_more_than_a_page_comes_in_page_by_page(self):
        self.shop.place(130, plain=True, skus=["SKU-001"])
        self.poll()
        self.assertEqual(len(self.imported()), 130)
        walks = [json.loads(poll.sudo().payload)["check"] for poll in self.polls()]
        self.assertEqual(sorted(walks), [0, 0, 1, 1])  # read, and looked through again

    def test_a_second_look_finds_nothing_new(self):
        self.shop.place(5)
        self.poll()
        before = self.env["erp.connector.message"].search_count(
            [("topic", "=", "order.status")]
        )
        self.poll()
        after = self.env["erp.connector.message"].search_count(
            [("topic", "=", "order.status")]
        )
        self.assertEqual(after, before)

    def test_a_long_silence_is_looked_through_in_windows_the_platform_allows(self):
        now = int(fields.Datetime.now().timestamp())
        for days in (2, 20, 40):
            moment = now - days * 86400
            self.shop.place(create_time=moment, update_time=moment)
        self.set_back(days=45)
        self.poll()
        self.assertEqual(len(self.imported()), 3)
        self.assertGreaterEqual(len(self.polls()), 4)
        self.assertEqual(set(self.polls().mapped("state")), {"done"})

    def test_the_cursor_only_advances_when_its_page_is_stored(self):
        self.set_back(minutes=30)
        before = self.backend.poll_cursor
        self.shop.place(3)
        self.shop.fault("status", path="*/get_order_list", count=1)
        self.poll()
        self.assertEqual(self.backend.poll_cursor, before)
        self.assertFalse(self.imported())
        self.let_time_pass()
        self.drain("bulk")
        self.drain()
        self.assertGreater(self.backend.poll_cursor, before)
        self.assertEqual(len(self.imported()), 3)

    def test_each_look_goes_back_over_the_last_one(self):
        moment = int(fields.Datetime.now().timestamp()) - 300
        self.poll()
        self.shop.place(create_time=moment, update_time=moment)
        self.poll()
        self.assertEqual(len(self.imported()), 1)

    def test_a_poll_and_a_push_of_one_change_make_one_sale(self):
        (sn,) = self.shop.place()
        self.tell(sn)
        self.poll()
        self.assertEqual(len(self.imported()), 1)
        self.assertEqual(len(self.sale(sn).picking_ids), 1)

    def test_no_second_poll_starts_while_one_is_under_way(self):
        for _time in range(3):
            self.backend.next_poll_at = False
            self.env["erp.connector.backend"]._cron_poll_orders()
            self.env.flush_all()
        self.assertEqual(len(self.polls()), 1)

    def test_a_poll_is_due_again_after_its_minutes(self):
        self.poll()
        self.env["erp.connector.backend"]._cron_poll_orders()
        self.assertEqual(len(self.polls()), 1)

    def test_a_paused_shop_is_not_polled(self):
        self.backend.action_pause()
        self.poll()
        self.assertFalse(self.polls())

    def test_an_order_whose_detail_spoils_the_answer_does_not_stop_the_poll(self):
        self.shop.place(3)
        (bad,) = self.shop.place(poison="invalid_json")
        self.shop.place(3)
        self.poll()
        self.let_time_pass()
        self.drain()
        self.assertEqual(len(self.imported()), 6)
        self.assertNotEqual(self.message(bad).state, "done")

    def test_a_listed_order_that_has_no_detail_gets_a_message(self):
        (bad,) = self.shop.place(poison="missing")
        self.poll()
        self.assertEqual(self.message(bad).state, "retry")

    def test_too_many_calls_are_waited_for(self):
        self.shop.place(2)
        self.shop.fault("rate_limit", path="*/get_order_detail", count=1)
        self.poll()
        self.let_time_pass()
        self.poll()
        self.drain("bulk")
        self.drain()
        self.assertEqual(len(self.imported()), 2)

    def test_an_answer_after_the_accounts_time_out_is_asked_for_again(self):
        self.backend.answer_timeout = 1
        self.shop.fault("latency", path="*/get_order_detail", seconds=2, count=1)
        sn, _sale, message = self.place_one()
        self.assertEqual(message.state, "retry")
        self.assertIn("no answer in time", message.error)
        self.let_time_pass()
        self.drain()
        self.assertEqual(self.sale(sn).state, "sale")


class TestCursors(PollCase):
    """A poll survives any cursor."""

    def test_a_cursor_that_is_refused_starts_its_time_over_in_smaller_pieces(self):
        now = int(fields.Datetime.now().timestamp())
        for second in range(130):
            self.shop.place(
                plain=True,
                skus=["SKU-001"],
                create_time=now - 600 + second,
                update_time=now - 600 + second,
            )
        self.set_back(minutes=20)
        self.shop.fault(
            "api_error",
            path="*/get_order_list",
            code="error_param",
            message="Invalid cursor.",
            after=1,
            count=1,
        )
        self.poll()
        self.assertEqual(len(self.imported()), 130)
        self.assertEqual(set(self.polls().mapped("state")), {"done"})

    def test_rows_that_move_while_pages_count_are_not_lost(self):
        self.shop.config(list_cursor="offset")
        now = int(fields.Datetime.now().timestamp())
        sns = [
            *self.shop.place(1, create_time=now - 500, update_time=now - 500),
            *self.shop.place(120, create_time=now - 400, update_time=now - 400),
        ]
        self.backend.next_poll_at = False
        self.set_back(minutes=20)
        self.env["erp.connector.backend"]._cron_poll_orders()
        self.env.flush_all()
        messages = self.env["erp.connector.message"]
        messages._work_one_batch("bulk", messages._worker())  # the first page
        self.shop.set_status("PROCESSED", sns[0], update_time=now + 60)
        self.drain("bulk")
        self.drain()
        self.assertEqual(len(self.imported()), 121)

    def test_a_detail_that_is_behind_the_list_is_read_again(self):
        (sn,) = self.shop.place()
        self.tell(sn)
        self.shop.act("freeze", order_sn=sn, reads="detail")
        self.shop.set_status("CANCELLED", sn)
        self.poll()
        self.assertEqual(self.message(sn).state, "retry")
        self.shop.act("thaw", order_sn=sn)
        self.let_time_pass()
        self.drain()
        self.assertEqual(self.sale(sn).state, "cancel")

    def test_pages_that_lead_nowhere_are_not_followed(self):
        start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
        page = Page(start, end)
        self.assertIsNone(page.following(end, OrderPage((), "", more=True)))
        second = page.following(end, OrderPage((), "2", more=True))
        self.assertEqual((second.cursor, second.page), ("2", 1))
        self.assertIsNone(second.following(end, OrderPage((), "2", more=True)))
        smaller = second.narrower(end)
        self.assertEqual((smaller.width, smaller.cursor), (43_200, ""))
        last = second.following(end, OrderPage(()))
        self.assertEqual((last.check, last.cursor, last.start), (1, "", start))
        self.assertIsNone(Page(start, start + timedelta(seconds=1)).narrower(start))

    def test_a_page_asked_for_before_an_update_is_understood(self):
        message = self.env["erp.connector.message"].new(
            {
                "payload": '{"from": "2026-01-01T00:00:00", '
                '"to": "2026-01-02T00:00:00", "cursor": "x"}'
            }
        )
        page = _asked(message)
        self.assertEqual((page.cursor, page.end.day, page.check), ("x", 2, 0))

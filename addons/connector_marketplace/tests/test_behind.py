"""What was read is never older than what was told: it is read again, not for ever."""

from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.connector_marketplace.providers.schema import ORDER_STATUS
from odoo.addons.erp_connector_base.client.provider import Event

from .news import NewsCase


class TestBehind(NewsCase):
    def unpaid(self):
        """An order that is unpaid where it is read: (number, its second)."""
        moment = int(self.now().timestamp()) - 300
        (sn,) = self.shop.place(status="UNPAID", create_time=moment, update_time=moment)
        return sn, self.shop.order(sn)["update_time"]

    def test_a_push_that_is_faster_than_the_read_loses_no_order(self):
        sn, second = self.unpaid()
        message = self.push(sn, "READY_TO_SHIP", second + 3)
        self.assertEqual((message.state, len(self.sale(sn))), ("retry", 0))
        self.assertIn("READY_TO_SHIP", message.error)
        self.shop.pay(sn, update_time=second + 3)
        self.wait_and_drain()
        self.assertEqual(self.sale(sn).state, "sale")
        self.assertEqual(self.message(sn).state, "done")

    def test_a_push_that_is_faster_than_the_read_loses_no_cancellation(self):
        sn, sale, _message = self.place_one()
        second = self.shop.order(sn)["update_time"] + 5
        message = self.push(sn, "CANCELLED", second)
        self.assertEqual((message.state, sale.state), ("retry", "sale"))
        self.assertIn("still shows READY_TO_SHIP", message.error)
        self.assertEqual(sale.connector_hold, "platform")  # nothing leaves meanwhile
        self.shop.set_status("CANCELLED", sn, update_time=second)
        self.wait_and_drain()
        self.assertEqual(sale.state, "cancel")

    def test_a_lesser_status_of_the_same_second_is_read_again(self):
        sn, _sale, _message = self.place_one()
        second = self.shop.order(sn)["update_time"]
        self.assertEqual(self.push(sn, "CANCELLED", second).state, "retry")

    def test_what_the_platform_took_back_since_is_not_waited_for(self):
        sn, sale, _message = self.place_one()
        second = self.shop.order(sn)["update_time"]
        self.become("IN_CANCEL", sn)
        self.become("READY_TO_SHIP", sn)
        message = self.push(sn, "IN_CANCEL", second + 1)
        self.assertEqual(message.state, "done")
        self.assertFalse(sale.connector_cancel_requested)

    def test_an_old_push_sent_again_is_not_waited_for(self):
        sn, _sale, _message = self.place_one()
        second = self.shop.order(sn)["update_time"]
        self.become("PROCESSED", sn)
        self.assertEqual(self.push(sn, "READY_TO_SHIP", second - 1).state, "done")

    def test_clocks_may_differ_a_little(self):
        sn, _sale, _message = self.place_one()
        second = self.shop.order(sn)["update_time"]
        message = self.push(sn, "READY_TO_SHIP", second + 1)
        self.assertEqual(message.state, "done")

    def test_a_push_about_something_else_asks_for_no_newer_order(self):
        sn, _sale, _message = self.place_one()
        second = self.shop.order(sn)["update_time"]
        self.assertEqual(self.push(sn, "", second + 600, code=4).state, "done")

    def test_nobody_waits_for_ever_and_the_message_says_so(self):
        sn, sale, _message = self.place_one()
        second = self.shop.order(sn)["update_time"] + 5
        self.push(sn, "CANCELLED", second)
        self.wait_and_drain(8)
        message = self.message(sn)
        self.assertEqual((message.state, sale.state), ("done", "sale"))
        self.assertIn("had told CANCELLED", message.note)
        self.assertFalse(sale.connector_hold)

    def test_what_was_given_up_comes_in_by_the_poll_under_the_same_key(self):
        sn, second = self.unpaid()
        self.push(sn, "READY_TO_SHIP", second + 3)
        self.wait_and_drain(8)
        self.assertEqual(self.message(sn).state, "ignored")
        self.shop.pay(sn, update_time=second + 3)
        self.poll()
        self.assertEqual(self.sale(sn).state, "sale")
        count = self.env["erp.connector.message"].search_count([])
        self.poll()
        polls = self.env["erp.connector.message"].search_count([]) - count
        self.assertEqual(polls, 1)

    def test_a_cancellation_given_up_comes_in_by_the_poll(self):
        moment = int(self.now().timestamp()) - 300
        sn, sale, _message = self.place_one(create_time=moment, update_time=moment)
        second = self.shop.order(sn)["update_time"] + 5
        self.push(sn, "CANCELLED", second)
        self.wait_and_drain(8)
        self.shop.set_status("CANCELLED", sn, update_time=second)
        self.poll()
        self.assertEqual(sale.state, "cancel")

    def test_what_a_poll_has_read_is_not_read_as_older_later(self):
        sn, sale, _message = self.place_one()
        raw = self.later(self.detail(sn), order_status="CANCELLED")
        key = self.backend._with_client(lambda client: client.detail_dedup_key(raw))
        event = Event(ORDER_STATUS, sn, key, schema.dump({"detail": raw}))
        self.env["erp.connector.message"]._ingest(self.backend, [event])
        self.env.flush_all()
        self.cr.execute(
            "UPDATE erp_connector_message SET create_date = create_date"
            " - interval '1 hour' WHERE dedup_key = %s",
            [key],
        )
        self.env.invalidate_all()
        self.drain()
        self.assertEqual(self.message(sn).state, "retry")
        self.shop.set_status("CANCELLED", sn, update_time=raw["update_time"])
        self.wait_and_drain()
        self.assertEqual(sale.state, "cancel")

    def test_a_message_a_person_ignored_is_not_brought_back_by_the_poll(self):
        (sn,) = self.shop.place(poison="currency")
        self.tell(sn)
        self.poll()
        dead = self.env["erp.connector.message"].search([("business_key", "=", sn)])
        dead.sudo().write({"state": "ignored"})
        self.poll()
        again = self.env["erp.connector.message"].search([("business_key", "=", sn)])
        self.assertEqual(again, dead)

"""What each status does, and that no late event undoes a newer one."""

import itertools
from datetime import timedelta

from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.exceptions import UserError

from .common import MarketCase


class StatusCase(MarketCase):
    def setUp(self):
        super().setUp()
        self.shop.config(unique_update_time=True)

    def become(self, status, sn, **options):
        self.shop.set_status(status, sn, **options)
        self.tell(sn)
        return self.sale(sn)

    def polled(self, sn, **changes):
        """The event a poll makes of the order as it stands, or with `changes`."""

        def read(client):
            raw = {**client.get_orders([sn])[sn], **changes}
            return client.detail_dedup_key(raw), raw

        key, raw = self.backend._with_client(read)
        return Event(schema.ORDER_STATUS, sn, key, schema.dump({"detail": raw}))

    def bring(self, event):
        self.env["erp.connector.message"]._ingest(self.backend, [event])
        self.drain()

    def become_unknown(self, sn):
        moment = self.shop.order(sn)["update_time"] + 1
        self.bring(self.polled(sn, order_status="ON_THE_MOON", update_time=moment))
        self.shop.set_status("PROCESSED", sn, update_time=moment, notify=False)

    def reserved(self, sale):
        return sum(sale.picking_ids.move_ids.mapped("quantity"))


class TestStatusTable(StatusCase):
    def test_an_unpaid_order_is_left_until_it_is_paid(self):
        sn, sale, message = self.place_one(status="UNPAID")
        self.assertEqual((message.state, len(sale)), ("ignored", 0))
        self.shop.pay(sn)
        self.tell(sn)
        self.assertEqual(self.sale(sn).state, "sale")

    def test_an_unpaid_order_may_become_a_quotation_and_then_a_sale(self):
        self.backend.unpaid_policy = "quotation"
        moment = int(self.now().timestamp()) - 60  # so that it is paid by now
        sn, quotation, _message = self.place_one(
            status="UNPAID", create_time=moment, update_time=moment
        )
        self.assertEqual(quotation.state, "draft")
        self.assertFalse(quotation.picking_ids)
        self.shop.pay(sn)
        self.tell(sn)
        self.assertEqual(self.sale(sn), quotation)
        self.assertEqual(quotation.state, "sale")
        self.assertEqual(quotation.amount_total, self.shop.order(sn)["total"])
        self.assertEqual(set(quotation.picking_ids.mapped("state")), {"assigned"})

    def test_a_quotation_that_is_never_paid_is_cancelled(self):
        self.backend.unpaid_policy = "quotation"
        sn, quotation, _message = self.place_one(status="UNPAID")
        self.become("CANCELLED", sn)
        self.assertEqual(quotation.state, "cancel")

    def test_a_held_order_is_left_until_it_is_released(self):
        sn, sale, message = self.place_one(status="PENDING")
        self.assertEqual((message.state, len(sale)), ("ignored", 0))
        self.assertEqual(self.become("READY_TO_SHIP", sn).state, "sale")

    def test_the_later_statuses_are_recorded(self):
        sn, sale, _message = self.place_one()
        for status, ours in (
            ("PROCESSED", "processed"),
            ("SHIPPED", "shipped"),
            ("TO_CONFIRM_RECEIVE", "delivered"),
            ("COMPLETED", "completed"),
        ):
            self.become(status, sn)
            self.assertEqual(sale.connector_raw_status, status)
            self.assertEqual(sale.connector_status, ours)
            self.assertEqual(sale.state, "sale")

    def test_an_order_first_heard_of_when_it_is_shipped_comes_in_all_the_same(self):
        for status in ("PROCESSED", "SHIPPED", "COMPLETED"):
            _sn, sale, _message = self.place_one(status=status)
            self.assertEqual((sale.state, sale.connector_raw_status), ("sale", status))

    def test_a_cancellation_request_blocks_the_delivery_and_tells_the_owner(self):
        sn, sale, _message = self.place_one()
        self.become("IN_CANCEL", sn)
        self.assertTrue(sale.connector_cancel_requested)
        self.assertEqual(sale.activity_ids.user_id, self.backend._person_in_charge())
        self.assertEqual(
            self.reserved(sale),
            sum(sale.picking_ids.move_ids.mapped("product_uom_qty")),
        )
        with self.assertRaisesRegex(UserError, "asked to cancel"):
            sale.picking_ids.button_validate()

    def test_a_rejected_request_lets_the_delivery_go(self):
        sn, sale, _message = self.place_one()
        self.become("IN_CANCEL", sn)
        self.become("READY_TO_SHIP", sn)
        self.assertFalse(sale.connector_cancel_requested)
        sale.picking_ids.button_validate()
        self.assertEqual(sale.picking_ids.mapped("state"), ["done"])

    def test_an_order_first_heard_of_with_a_request_is_blocked_at_once(self):
        _sn, sale, _message = self.place_one(status="IN_CANCEL")
        self.assertEqual(sale.state, "sale")
        with self.assertRaises(UserError):
            sale.picking_ids.button_validate()

    def test_a_cancelled_order_frees_its_reservation(self):
        sn, sale, _message = self.place_one(skus=["SKU-001"], quantity=5)
        product = self.product("SKU-001")
        free = product.free_qty
        self.become("CANCELLED", sn)
        product.invalidate_recordset()
        self.assertEqual(sale.state, "cancel")
        self.assertEqual(set(sale.picking_ids.mapped("state")), {"cancel"})
        self.assertEqual(product.free_qty, free + 5)

    def test_an_order_cancelled_before_it_came_in_is_ignored(self):
        _sn, sale, message = self.place_one(status="CANCELLED")
        self.assertEqual((message.state, len(sale)), ("ignored", 0))

    def test_an_order_cancelled_after_it_left_asks_for_a_return(self):
        sn, sale, _message = self.place_one()
        sale.picking_ids.button_validate()
        self.become("CANCELLED", sn)
        self.assertEqual(sale.state, "sale")
        self.assertIn(sn, sale.activity_ids.summary)

    def test_a_return_tells_the_owner(self):
        sn, sale, _message = self.place_one()
        self.become("TO_RETURN", sn)
        self.assertIn("Take back", sale.activity_ids.summary)

    def test_an_order_cancelled_here_that_goes_on_there_tells_the_owner(self):
        sn, sale, _message = self.place_one()
        sale._action_cancel()
        self.become("SHIPPED", sn)
        self.assertEqual(sale.state, "cancel")
        self.assertIn("Cancelled here", sale.activity_ids.summary)

    def test_an_unknown_status_of_a_known_order_does_nothing_but_tell(self):
        sn, sale, _message = self.place_one()
        self.become_unknown(sn)
        self.assertEqual(sale.state, "sale")
        self.assertEqual(sale.connector_raw_status, "ON_THE_MOON")
        self.assertIn("ON_THE_MOON", sale.activity_ids.summary)

    def test_after_an_unknown_status_the_known_ones_count_again(self):
        sn, sale, _message = self.place_one()
        self.become_unknown(sn)
        self.become("CANCELLED", sn)
        self.assertEqual(sale.state, "cancel")

    def test_the_same_news_twice_change_nothing(self):
        sn, sale, _message = self.place_one()
        pickings = sale.picking_ids
        self.tell(sn, sn, sn)
        self.assertEqual(self.message(sn).state, "done")
        self.assertEqual(sale.picking_ids, pickings)
        self.assertEqual(len(self.sale(sn)), 1)


class TestLateEvents(StatusCase):
    STEPS = ("READY_TO_SHIP", "IN_CANCEL", "READY_TO_SHIP", "CANCELLED")

    def detail_events(self):
        """(order_sn, the events of a poll at each step of an order's life)."""
        (sn,) = self.shop.place(status="READY_TO_SHIP", skus=["SKU-001"], quantity=1)
        events = []
        for number, status in enumerate(self.STEPS):
            if number:
                self.shop.set_status(status, sn)
            events.append(self.polled(sn))
        return sn, events

    def test_statuses_in_every_order_end_where_the_platform_ended(self):
        for order in itertools.permutations(range(len(self.STEPS))):
            with self.subTest(order):
                sn, events = self.detail_events()
                for number in order:
                    self.bring(events[number])
                sale = self.sale(sn)
                if order[0] == 3:  # it never came in, and never comes in late
                    self.assertFalse(sale)
                else:
                    self.assertEqual(sale.state, "cancel")
                    self.assertEqual(sale.connector_raw_status, "CANCELLED")
                self.assertFalse(self.reserved(sale))

    def test_a_late_event_is_ignored_and_says_so(self):
        sn, events = self.detail_events()
        for event in (events[0], events[1], events[0]):
            self.bring(event)
        self.tell(sn)
        self.bring(events[2])
        message = self.message(sn)
        self.assertEqual(message.state, "ignored")
        self.assertIn("Older", message.note)
        self.assertEqual(self.sale(sn).state, "cancel")


class TestExpiry(MarketCase):
    def warnings(self):
        return self.backend.activity_ids.filtered(lambda a: "again" in a.summary)

    def watch(self, days):
        self.backend.sudo().authorised_until = self.now() + timedelta(days=days)
        self.env["erp.connector.backend"]._cron_watch_authorisations()

    def test_the_owner_is_warned_two_weeks_ahead_and_once(self):
        self.watch(15)
        self.assertFalse(self.warnings())
        self.watch(13)
        self.watch(12)
        self.assertEqual(len(self.warnings()), 1)
        self.assertEqual(self.warnings().user_id, self.backend._person_in_charge())

    def test_the_day_told_is_the_platforms_own(self):
        evening = (self.now() + timedelta(days=5)).replace(hour=20, minute=0)
        self.backend.sudo().authorised_until = evening
        self.env["erp.connector.backend"]._cron_watch_authorisations()
        day = evening.date() + timedelta(days=1)  # 03:00 in Jakarta
        self.assertIn(f"ends on {day}.", self.warnings().note)

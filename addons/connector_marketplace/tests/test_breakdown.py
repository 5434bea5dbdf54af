"""A breakdown that is not there yet is asked for until it is; goods go meanwhile."""

from datetime import timedelta

from .news import NewsCase

WISH = {
    "plain": True,
    "items": [{"sku": "SKU-001", "price": 90_000, "original_price": 90_000}],
    "shipping_fee": 15_000,
    "buyer_service_fee": 1_000,
    "seller_voucher": 5_000,
}


class BreakdownCase(NewsCase):
    def pending(self, **refusal):
        """An order of 101,000 whose breakdown is refused: (number, sale, fault)."""
        fault = self.refuse_breakdowns(**refusal)
        sn, sale, _message = self.place_one(**WISH)
        return sn, sale, fault

    def ask_again(self, hours=1):
        self.env["sale.order"].search([]).filtered("connector_charges_at").write(
            {"connector_charges_at": self.now() - timedelta(hours=hours)}
        )
        self.env["connector.marketplace.order"]._cron_fetch_charges()
        self.drain()


class TestBreakdown(BreakdownCase):
    def test_goods_go_and_charges_are_shown_as_pending(self):
        sn, sale, _fault = self.pending()
        self.assertEqual(set(sale.picking_ids.mapped("state")), {"assigned"})
        self.assertTrue(sale.connector_charges_pending)
        self.assertEqual((sale.amount_total, sale.connector_total), (90_000, 101_000))
        self.assertEqual(sale.connector_difference, -11_000)
        note = self.message(sn).note
        self.assertIn("No breakdown could be read", note)
        self.assertNotRegex(note, r"\b(GET|POST) |\.\.", "nor where it was asked")
        self.assertNotIn("explains it by no amount", note)

    def complete(self, sale):
        self.assertEqual(sale.amount_total, 101_000)
        self.assertEqual(sale.connector_difference, 0)
        self.assertFalse(sale.connector_charges_pending)

    def test_the_next_push_completes_it(self):
        sn, sale, fault = self.pending()
        self.shop.clear_faults(fault)
        self.become("PROCESSED", sn)
        self.complete(sale)
        self.assertIn("complete now", self.message(sn).note)

    def test_a_replay_completes_it(self):
        sn, sale, fault = self.pending()
        self.shop.clear_faults(fault)
        self.message(sn)._replay("try")
        self.drain()
        self.complete(sale)

    def test_it_is_asked_for_by_itself_and_not_all_the_time(self):
        sn, sale, fault = self.pending()
        messages = self.env["erp.connector.message"]
        count = messages.search_count([("business_key", "=", sn)])
        self.env["connector.marketplace.order"]._cron_fetch_charges()
        self.assertEqual(messages.search_count([("business_key", "=", sn)]), count)
        self.ask_again()
        self.assertEqual(sale.connector_charges_tries, 1)
        self.assertGreater(sale.connector_charges_at, self.now())
        self.shop.clear_faults(fault)
        self.ask_again()
        self.complete(sale)

    def test_charges_that_a_person_has_entered_are_not_added_again(self):
        sn, sale, fault = self.pending()
        charges = self.backend.charge_ids
        for kind, amount in (("shipping", 15_000), ("seller_voucher", -5_000)):
            product = charges.filtered(lambda c, k=kind: c.kind == k).product_id
            self.env["sale.order.line"].create(
                {
                    "order_id": sale.id,
                    "product_id": product.id,
                    "price_unit": amount,
                    "tax_ids": False,
                }
            )
        self.shop.clear_faults(fault)
        self.become("PROCESSED", sn)
        self.complete(sale)
        kinds = [x.connector_charge for x in sale.order_line if x.connector_charge]
        self.assertEqual(len(kinds), 3)
        self.assertEqual(len(set(kinds)), 3)

    def test_it_is_not_asked_for_for_ever(self):
        _sn, sale, _fault = self.pending()
        for _time in range(20):
            self.ask_again()
        self.assertFalse(sale.connector_charges_at)
        self.assertTrue(sale.connector_charges_pending)
        self.assertIn("still missing", self.activities(sale))
        self.shop.clear_faults()
        self.become("PROCESSED", sale.connector_order_ref)
        self.complete(sale)
        self.assertFalse(sale.activity_ids)

    def test_an_explanation_is_not_overwritten_by_a_lesser_one(self):
        sn, sale, message = self.place_one(poison="total_mismatch")
        why = message.note
        self.assertIn("a difference of", why)
        message._replay("look again")
        self.drain()
        self.assertIn(why, message.note)

    def test_an_order_that_was_made_without_its_breakdown_before_is_completed(self):
        sn, sale, fault = self.pending()
        sale.write(
            {"connector_charges_pending": False, "connector_difference_reason": False}
        )
        self.shop.clear_faults(fault)
        self.become("PROCESSED", sn)
        self.complete(sale)

    def test_without_the_right_the_account_works_on_and_its_owner_is_told_once(self):
        for code, text in (
            ("error_permission", "No permission."),
            ("error_auth", "You have no permission to this api."),
        ):
            with self.subTest(code):
                self.shop.clear_faults()
                sn, sale, fault = self.pending(code=code, message=text)
                self.pending(code=code, message=text)
                self.assertEqual(self.backend.state, "connected")
                self.assertTrue(sale.connector_charges_pending)
                told = self.backend.activity_ids.filtered(
                    lambda a: "charges cannot be read" in a.summary
                )
                self.assertEqual(len(told), 1)
                self.shop.clear_faults()
                self.become("PROCESSED", sn)
                self.complete(sale)
                self.assertNotIn("cannot be read", self.activities(self.backend))
                self.ask_again()
                self.assertFalse(
                    self.env["sale.order"].search_count(
                        [("connector_charges_pending", "=", True)]
                    )
                )

    def test_many_orders_without_the_right_ask_once(self):
        self.refuse_breakdowns(code="error_permission")
        before = sum(self.shop.calls().values())
        self.place(60)
        self.assertLess(sum(self.shop.calls().values()) - before, 10)

    def test_an_unreadable_breakdown_keeps_no_order_out(self):
        self.shop.fault("status", path="*/get_escrow_detail*", status=503)
        sn, sale, message = self.place_one(**WISH)
        self.assertEqual((message.state, len(sale)), ("retry", 0))
        self.wait_and_drain(3)
        sale = self.sale(sn)
        self.assertEqual(sale.state, "sale")
        self.assertTrue(sale.connector_charges_pending)
        self.shop.clear_faults()
        self.ask_again()
        self.complete(sale)

    def test_charges_come_late_to_an_order_that_has_left(self):
        sn, sale, fault = self.pending()
        sale.picking_ids.button_validate()
        self.shop.clear_faults(fault)
        self.ask_again()
        self.complete(sale)
        self.assertFalse(sale.connector_hold)

    def test_charges_come_late_to_an_order_that_is_locked(self):
        _sn, sale, fault = self.pending()
        sale.action_lock()
        self.shop.clear_faults(fault)
        self.ask_again()
        self.complete(sale)
        self.assertTrue(sale.locked)

    def test_charges_that_come_after_the_invoice_are_told(self):
        self.product("SKU-001").invoice_policy = "order"
        _sn, sale, fault = self.pending()
        sale._create_invoices().action_post()
        self.shop.clear_faults(fault)
        self.ask_again()
        self.assertFalse(sale.connector_charges_pending)
        self.assertEqual(sale.amount_total, 101_000)
        self.assertEqual(sale.invoice_status, "to invoice")
        self.assertIn("came after its invoice", self.activities(sale))
        self.assertIn("11,000", sale.activity_ids.note)

    def test_a_breakdown_is_read_again_when_the_total_has_changed(self):
        sn, sale, _message = self.place_one(**WISH)
        self.assertEqual(sale.amount_total, 101_000)
        fault = self.refuse_breakdowns()
        self.shop.act("change", order_sn=sn, seller_voucher=7_000)
        self.tell(sn)
        self.assertTrue(sale.connector_charges_pending)
        self.assertEqual(sale.amount_total, 101_000)
        self.assertEqual(sale.connector_difference, 2_000)
        self.shop.clear_faults(fault)
        self.ask_again()
        self.assertEqual(sale.amount_total, 99_000)
        self.assertFalse(sale.connector_charges_pending)

"""What left before it came in opens no delivery; what is held does not leave."""

from .news import NewsCase


class TestShippedBefore(NewsCase):
    def test_what_has_left_already_reserves_nothing_and_opens_no_delivery(self):
        for status in ("SHIPPED", "TO_CONFIRM_RECEIVE", "COMPLETED", "TO_RETURN"):
            with self.subTest(status):
                product = self.product("SKU-001")
                free = product.free_qty
                _sn, sale, message = self.place_one(
                    status=status, skus=["SKU-001"], quantity=2
                )
                self.assertEqual((sale.state, message.state), ("sale", "done"))
                self.assertTrue(sale.connector_left_before)
                self.assertIn("had left", message.note)
                self.assertFalse(sale.picking_ids)
                product.invalidate_recordset()
                self.assertEqual(product.free_qty, free)
                self.assertEqual(sale.connector_difference, 0)

    def test_it_can_be_invoiced(self):
        product = self.product("SKU-001")
        product.invoice_policy = "delivery"
        _sn, sale, _message = self.place_one(status="COMPLETED", skus=["SKU-001"])
        line = sale.order_line.filtered("product_id.is_storable")
        self.assertEqual(line.qty_delivered, line.product_uom_qty)
        self.assertEqual(sale.invoice_status, "to invoice")
        self.assertEqual(sale._create_invoices().amount_total, sale.amount_total)

    def test_no_later_change_opens_one(self):
        sn, sale, _message = self.place_one(
            status="SHIPPED", plain=True, items=[{"sku": "SKU-001", "quantity": 2}]
        )
        self.become("COMPLETED", sn)
        sale.order_line.product_uom_qty = 5
        self.assertFalse(sale.picking_ids)
        raw = self.detail(sn)
        items = [{**raw["item_list"][0], "active_qty": 1, "cancelled_qty": 1}]
        self.bring(self.later(raw, item_list=items))
        self.assertFalse(sale.picking_ids)

    def test_an_order_whose_shipment_is_arranged_is_delivered_as_always(self):
        _sn, sale, _message = self.place_one(status="PROCESSED")
        self.assertFalse(sale.connector_left_before)
        self.assertEqual(set(sale.picking_ids.mapped("state")), {"assigned"})

    def test_a_batch_of_both_is_told_apart(self):
        old = self.shop.place(3, status="COMPLETED")
        new = self.shop.place(3)
        self.tell(*old, *new)
        for sn in old:
            self.assertFalse(self.sale(sn).picking_ids)
        for sn in new:
            self.assertEqual(
                set(self.sale(sn).picking_ids.mapped("state")), {"assigned"}
            )


class TestHolds(NewsCase):
    FLAGS = (
        {"advance_package": True},
        {"booking_sn": "2404098R48U37H"},
        {"pending_terms": ["ARRANGE_SHIPMENT_PENDING"]},
    )

    def test_a_flag_that_says_not_to_ship_holds_and_lifts(self):
        for flag in self.FLAGS:
            with self.subTest(flag):
                (sn,) = self.shop.place()
                raw = self.detail(sn)
                message = self.bring({**raw, **flag})
                sale = self.sale(sn)
                self.assertEqual(sale.connector_hold, "platform")
                self.assertTrue(sale.connector_platform_hold)
                self.assertIn("held", message.note)
                self.assertEqual(sale.state, "sale")
                self.bring(self.later(raw))
                self.assertFalse(sale.connector_hold)
                self.bring(self.later(raw, 120, **flag))
                self.assertEqual(sale.connector_hold, "platform")

    def test_pieces_under_a_cancellation_request_hold_the_order(self):
        sn, sale, _message = self.place_one()
        raw = self.detail(sn)
        items = [{**item, "cancel_requested_qty": 1} for item in raw["item_list"]]
        self.bring(self.later(raw, item_list=items))
        self.assertEqual(sale.connector_hold, "platform")

    def test_a_confirmed_order_that_the_platform_holds_back_is_held(self):
        sn, sale, _message = self.place_one()
        self.become("PENDING", sn)
        self.assertEqual((sale.state, sale.connector_hold), ("sale", "platform"))
        self.become("READY_TO_SHIP", sn)
        self.assertFalse(sale.connector_hold)

"""What the platform changes after import arrives: pieces, prices, dates, addresses."""

from datetime import timedelta

from odoo import fields

from .news import NewsCase


class ChangeCase(NewsCase):
    ITEMS = (
        {"sku": "SKU-001", "quantity": 3, "price": 50_000},
        {"sku": "SKU-016", "quantity": 1, "price": 20_000},
    )

    def bought(self, **wish):
        """(sale, raw detail) of three of one article and one of another."""
        sn, sale, _message = self.place_one(plain=True, items=self.ITEMS, **wish)
        return sale, self.detail(sn)

    def part_cancelled(self, raw, active=(2, 0), total=100_000, **changes):
        """The same order after the buyer cancelled some pieces."""
        items = [
            {**item, "active_qty": left, "cancelled_qty": item["active_qty"] - left}
            for item, left in zip(raw["item_list"], active, strict=True)
        ]
        return self.later(raw, item_list=items, total_amount=total, **changes)

    def steps(self, steps):
        self.backend.warehouse_id.delivery_steps = steps

    def reserved(self, sale):
        moves = sale.picking_ids.move_ids.filtered(
            lambda m: m.state not in ("done", "cancel") and not m.move_orig_ids
        )
        return {
            move.product_id.default_code: move.quantity
            for move in moves
            if move.product_uom_qty
        }


class TestPieces(ChangeCase):
    def test_cancelled_pieces_leave_lines_deliveries_and_reservation(self):
        for steps in ("ship_only", "pick_ship", "pick_pack_ship"):
            with self.subTest(steps):
                self.steps(steps)
                sale, raw = self.bought()
                message = self.bring(self.part_cancelled(raw))
                self.assertEqual(message.state, "done")
                self.assertIn("3 → 2", message.note)
                self.assertEqual(self.pieces(sale), {"SKU-001": 2, "SKU-016": 0})
                self.assertEqual(self.reserved(sale), {"SKU-001": 2})
                open_moves = sale.picking_ids.move_ids.filtered(
                    lambda m: m.state not in ("done", "cancel")
                )
                self.assertEqual(set(open_moves.mapped("product_uom_qty")), {2})
                self.assertFalse(
                    sale.picking_ids.filtered(
                        lambda p: p.picking_type_code == "incoming"
                    )
                )
                self.assertEqual(sale.amount_total, 100_000)
                self.assertEqual(sale.connector_difference, 0)
                self.assertFalse(sale.connector_hold)

    def test_what_was_cancelled_before_import_is_not_ordered(self):
        (sn,) = self.shop.place(plain=True, items=self.ITEMS)
        self.bring(self.part_cancelled(self.detail(sn), order_status="PROCESSED"))
        sale = self.sale(sn)
        self.assertEqual(self.pieces(sale), {"SKU-001": 2, "SKU-016": 0})
        self.assertEqual(self.moves(sale), {"SKU-001": 2})
        self.assertEqual(sale.amount_total, 100_000)

    def test_more_pieces_and_another_article_are_delivered_too(self):
        sale, raw = self.bought()
        items = [dict(item) for item in raw["item_list"]]
        items[0]["model_quantity_purchased"] = 5
        (other,) = self.shop.place(plain=True, items=[{"sku": "SKU-030"}])
        items += self.detail(other)["item_list"]
        self.bring(self.later(raw, item_list=items))
        self.assertEqual(self.pieces(sale), {"SKU-001": 5, "SKU-016": 1, "SKU-030": 1})
        self.assertEqual(self.moves(sale), self.pieces(sale))
        self.assertEqual(set(sale.picking_ids.move_ids.mapped("state")), {"assigned"})

    def test_an_article_the_platform_lists_no_more_is_not_delivered(self):
        sale, raw = self.bought()
        items = raw["item_list"][:1]
        self.bring(self.later(raw, item_list=items, total_amount=150_000))
        self.assertEqual(self.moves(sale), {"SKU-001": 3})
        self.assertEqual(sale.connector_difference, 0)

    def test_a_price_and_a_total_that_change_arrive(self):
        sale, raw = self.bought()
        items = [dict(item) for item in raw["item_list"]]
        items[0]["model_discounted_price"] = 40_000
        self.bring(self.later(raw, item_list=items, total_amount=140_000))
        self.assertEqual((sale.amount_total, sale.connector_total), (140_000, 140_000))
        self.assertTrue(sale.connector_charges_pending)  # its bill is not there yet

    def test_a_gift_stays_one_when_its_pieces_change(self):
        sn, sale, _message = self.place_one(
            plain=True,
            items=[{"sku": "SKU-001", "quantity": 2, "price": 0}, {"sku": "SKU-016"}],
        )
        raw = self.detail(sn)
        self.bring(self.part_cancelled(raw, (1, 1), raw["total_amount"]))
        self.assertEqual(sale.order_line[0].price_unit, 0)
        self.assertEqual(sale.connector_difference, 0)

    def test_the_same_news_again_change_nothing(self):
        sale, raw = self.bought()
        changed = self.part_cancelled(raw)
        self.bring(changed)
        lines = sale.order_line.ids
        self.bring(self.later(changed, order_status="PROCESSED"))
        self.assertEqual(sale.order_line.ids, lines)
        self.assertEqual(self.moves(sale), {"SKU-001": 2})
        self.assertFalse(sale.activity_ids)

    def test_a_change_of_the_same_second_and_status_is_found_by_the_poll(self):
        sale, raw = self.bought()
        second = self.part_cancelled(raw) | {"update_time": raw["update_time"]}
        self.tell(raw["order_sn"])
        again = self.env["connector.marketplace.order"]
        order = self.backend._with_client(lambda client: client.parse_order(second))
        message = self.message(raw["order_sn"])
        self.assertTrue(again._is_news(sale, order, message))
        self.tell(raw["order_sn"])
        self.bring(second)
        self.assertEqual(self.pieces(sale), {"SKU-001": 2, "SKU-016": 0})

    def test_a_locked_order_follows_and_stays_locked(self):
        sale, raw = self.bought()
        sale.action_lock()
        self.bring(self.part_cancelled(raw))
        self.assertTrue(sale.locked)
        self.assertEqual(self.moves(sale), {"SKU-001": 2})

    def test_lines_of_before_this_was_noted_are_adopted(self):
        sale, raw = self.bought()
        self.env.flush_all()
        self.cr.execute(
            "UPDATE sale_order_line SET connector_line_ref = NULL,"
            " connector_quantity = NULL, connector_price = NULL WHERE order_id = %s",
            [sale.id],
        )
        self.env.invalidate_all()
        self.bring(self.later(raw, order_status="PROCESSED"))
        self.assertEqual(len(sale.order_line), 2)
        self.bring(self.part_cancelled(self.later(raw)))
        self.assertEqual(self.pieces(sale), {"SKU-001": 2, "SKU-016": 0})
        self.assertEqual(len(sale.order_line), 2)

    def test_charges_of_before_are_adopted_whatever_product_they_had(self):
        """Two had one product, which stood for one of them in the end."""
        sn, sale, _message = self.place_one(
            items=self.ITEMS, plain=True, seller_voucher=17_000, coins=1_000
        )
        own = self.env["product.product"].create({"name": "Own", "type": "service"})
        charges = sale.order_line.filtered("connector_charge")
        charges.write({"product_id": own.id, "connector_charge": "seller_voucher"})
        count, total = len(sale.order_line), sale.amount_total
        self.env.flush_all()
        self.cr.execute(
            "UPDATE sale_order_line SET connector_line_ref = NULL,"
            " connector_quantity = NULL, connector_price = NULL WHERE order_id = %s",
            [sale.id],
        )
        self.env.invalidate_all()
        self.shop.change(sn, buyer_service_fee=2_500)
        self.tell(sn)
        self.assertEqual(sale.amount_total, total + 2_500)
        self.assertEqual(len(sale.order_line), count + 1)
        self.assertTrue(all(sale.order_line.mapped("connector_line_ref")))


class TestShop(ChangeCase):
    """The simulated shop cancels pieces itself, vouchers and all."""

    def cancelled(self, **options):
        sn, sale, _message = self.place_one(
            items=self.ITEMS, seller_voucher=17_000, shipping_fee=9_000
        )
        self.shop.act(
            "cancel_part", order_sn=sn, pieces={"SKU-001": 1, "SKU-016": 1}, **options
        )
        self.tell(sn)
        return sale

    def follows(self, sale):
        self.assertEqual(self.moves(sale), {"SKU-001": 2})
        sn = sale.connector_order_ref
        self.assertEqual(sale.amount_total, self.shop.order(sn)["total"])
        self.assertEqual(sale.connector_difference, 0)
        self.assertFalse(sale.connector_charges_pending)

    def test_pieces_and_charges_follow_however_pieces_are_told(self):
        for told in ("purchased", "lowered", "removed"):
            with self.subTest(told):
                self.follows(self.cancelled(partial_quantity=told))

    def test_a_breakdown_that_is_behind_the_change_is_read_again(self):
        self.shop.config(breakdown_lag=3600)
        sale = self.cancelled()
        self.assertEqual(self.moves(sale), {"SKU-001": 2})
        self.assertTrue(sale.connector_charges_pending)
        self.shop.config(breakdown_lag=0)
        sale.connector_charges_at = self.now() - timedelta(seconds=1)
        self.env["connector.marketplace.order"]._cron_fetch_charges()
        self.drain()
        self.follows(sale)

    def test_a_bill_that_stays_the_checkouts_is_taken_in_the_end(self):
        sale = self.cancelled(partial_bill="checkout")
        for _time in range(6):
            if sale.connector_charges_at:
                sale.connector_charges_at = self.now() - timedelta(seconds=1)
            self.env["connector.marketplace.order"]._cron_fetch_charges()
            self.drain()
        self.assertEqual(self.moves(sale), {"SKU-001": 2})
        self.assertFalse(sale.connector_charges_pending)
        self.assertTrue(sale.connector_difference)


class TestAfterPicking(ChangeCase):
    def held(self, sale, raw):
        message = self.bring(self.part_cancelled(raw))
        self.assertEqual(message.state, "done")
        self.assertEqual(sale.connector_hold, "changed")
        self.assertIn("was changed on the platform", self.activities(sale))
        self.assertIn("3 → 2", sale.activity_ids.note)
        self.assertEqual(self.pieces(sale), {"SKU-001": 3, "SKU-016": 1})
        self.assertEqual(sale.connector_difference, 70_000)

    def test_after_the_first_step_deliveries_are_held(self):
        self.steps("pick_ship")
        sale, raw = self.bought()
        sale.picking_ids.button_validate()
        self.held(sale, raw)

    def test_once_something_is_picked_deliveries_are_held(self):
        sale, raw = self.bought()
        sale.picking_ids.move_ids[0].picked = True
        self.held(sale, raw)

    def test_the_rest_of_a_part_delivery_is_held(self):
        sale, raw = self.bought()
        move = sale.picking_ids.move_ids[0]
        move.quantity = 1
        sale.picking_ids.move_ids.picked = True
        sale.picking_ids.with_context(skip_backorder=True)._action_done()
        self.held(sale, raw)

    def test_one_change_is_told_and_held_once(self):
        self.steps("pick_ship")
        sale, raw = self.bought()
        sale.picking_ids.button_validate()
        changed = self.part_cancelled(raw)
        self.bring(changed)
        sale.connector_hold = False  # a person released it
        self.backend._settle_notice("order.changed", record=sale)
        self.bring(self.later(changed, order_status="PROCESSED"))
        self.assertFalse(sale.connector_hold)
        self.assertFalse(sale.activity_ids)

    def test_pieces_that_somebody_changed_here_are_left_and_held(self):
        sale, raw = self.bought()
        sale.order_line[0].product_uom_qty = 9
        self.bring(self.part_cancelled(raw))
        self.assertEqual(self.pieces(sale), {"SKU-001": 9, "SKU-016": 0})
        self.assertEqual(sale.connector_hold, "changed")
        self.assertIn("is not as on the platform", self.activities(sale))

    def test_a_cancelled_order_is_not_held_any_more(self):
        self.steps("pick_ship")
        sale, raw = self.bought()
        sale.picking_ids.button_validate()
        changed = self.part_cancelled(raw)
        self.bring(changed)
        self.bring(self.later(changed, order_status="CANCELLED"))
        self.assertFalse(sale.connector_hold)
        self.assertNotIn("was changed on", self.activities(sale))

    def test_an_invoiced_order_keeps_its_prices_and_tells(self):
        for sku in ("SKU-001", "SKU-016"):
            self.product(sku).invoice_policy = "order"
        sale, raw = self.bought()
        sale._create_invoices().action_post()
        items = [dict(item) for item in raw["item_list"]]
        items[0]["model_discounted_price"] = 40_000
        self.bring(self.later(raw, item_list=items, total_amount=140_000))
        self.assertEqual(sale.amount_total, 170_000)
        self.assertEqual(sale.connector_difference, 30_000)
        self.assertIn("after it was invoiced", self.activities(sale))


class TestDatesAndAddresses(ChangeCase):
    def test_a_new_deadline_is_the_deliverys_too(self):
        sale, raw = self.bought()
        later = raw["ship_by_date"] + 86_400
        self.bring(self.later(raw, ship_by_date=later))
        expected = fields.Datetime.from_string("1970-01-01") + timedelta(seconds=later)
        self.assertEqual(sale.connector_ship_by, expected)
        self.assertEqual(sale.commitment_date, expected)
        self.assertEqual(sale.picking_ids.date_deadline, expected)

    def test_a_date_that_a_person_promised_stays(self):
        sale, raw = self.bought()
        promised = self.now().replace(microsecond=0) + timedelta(hours=5)
        sale.commitment_date = promised
        self.bring(self.later(raw, ship_by_date=raw["ship_by_date"] + 86_400))
        self.assertEqual(sale.commitment_date, promised)

    def address(self, raw, **changes):
        return {**raw["recipient_address"], **changes}

    def test_an_address_that_is_unmasked_late_reaches_the_delivery(self):
        sale, raw = self.bought(masked=True)
        self.assertEqual(sale.partner_shipping_id, sale.partner_id)
        address = self.address(
            raw, name="Siti", phone="6281111", full_address="Jl. Mawar 5", city="Depok"
        )
        address |= {"district": "", "zipcode": "16400", "town": ""}
        self.bring(self.later(raw, recipient_address=address))
        self.assertEqual(sale.partner_shipping_id.name, "Siti")
        self.assertEqual(sale.picking_ids.partner_id, sale.partner_shipping_id)
        self.assertFalse(sale.picking_ids.activity_ids)
        self.assertFalse(sale.connector_hold)

    def test_another_address_reaches_the_delivery(self):
        sale, raw = self.bought(masked=False)
        changed = self.address(raw, full_address="Jl. Melati 9")
        self.bring(self.later(raw, recipient_address=changed))
        self.assertEqual(sale.partner_shipping_id.street, "Jl. Melati 9")
        self.assertEqual(sale.picking_ids.partner_id, sale.partner_shipping_id)

    def test_another_address_after_picking_holds_the_delivery(self):
        sale, raw = self.bought(masked=False)
        sale.picking_ids.move_ids.picked = True
        changed = self.address(raw, full_address="Jl. Melati 9")
        self.bring(self.later(raw, recipient_address=changed))
        self.assertEqual(sale.connector_hold, "changed")

    def test_an_address_that_is_masked_again_changes_nothing(self):
        sale, raw = self.bought(masked=False)
        there = sale.partner_shipping_id
        masked = self.address(raw, name="S******i", full_address="Jl******")
        self.bring(self.later(raw, recipient_address=masked))
        self.assertEqual(sale.partner_shipping_id, there)

    def test_an_address_that_a_person_chose_stays_and_somebody_is_told(self):
        sale, raw = self.bought(masked=False)
        chosen = self.env["res.partner"].create({"name": "Elsewhere"})
        sale.partner_shipping_id = chosen
        changed = self.address(raw, full_address="Jl. Melati 9")
        self.bring(self.later(raw, recipient_address=changed))
        self.assertEqual(sale.partner_shipping_id, chosen)
        self.assertIn("another address", self.activities(sale))

    def test_what_buyer_and_seller_wrote_is_on_the_order_and_follows(self):
        sale, raw = self.bought(message="Bubble wrap ya", cod=True, dropshipper="Toko")
        self.assertEqual(sale.connector_buyer_note, "Bubble wrap ya")
        self.assertTrue(sale.connector_cod)
        self.assertEqual(sale.connector_dropshipper, "Toko")
        self.assertEqual(sale.connector_carrier, raw["shipping_carrier"])
        self.assertEqual(sale.connector_payment_method, "Cash on Delivery")
        self.bring(self.later(raw, note="Fragile", dropshipper_phone="0812"))
        self.assertEqual(sale.connector_seller_note, "Fragile")
        self.assertEqual(sale.connector_dropshipper, "Toko, 0812")

"""A clerk's and a warehouse's hands on an order, and what the platform says then."""

from odoo.exceptions import UserError

from .test_changes import ChangeCase


class TestTakenInHand(ChangeCase):
    """Deliveries that Odoo does not lessen any more: no return beside a whole one."""

    def is_held_whole(self, sale, raw):
        message = self.bring(self.part_cancelled(raw))
        self.assertEqual(message.state, "done")
        self.assertEqual(sale.connector_hold, "changed")
        self.assertIn("was changed on the platform", self.activities(sale))
        self.assertEqual(self.pieces(sale), {"SKU-001": 3, "SKU-016": 1})
        moves = sale.order_line.move_ids
        self.assertFalse(moves.filtered(lambda m: m.location_id.usage == "customer"))
        self.assertEqual(set(sale.picking_ids.mapped("state")), {self.state})

    def test_a_printed_slip_is_picking_that_began(self):
        self.state = "assigned"
        for steps in ("ship_only", "pick_ship"):
            with self.subTest(steps):
                self.steps(steps)
                sale, raw = self.bought()
                sale.picking_ids.do_print_picking()
                self.is_held_whole(sale, raw)

    def test_a_delivery_that_takes_from_another_place_is_held(self):
        self.state = "confirmed"
        stock = self.backend.warehouse_id.lot_stock_id
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": stock.id, "usage": "internal"}
        )
        for steps in ("ship_only", "pick_ship"):
            with self.subTest(steps):
                self.steps(steps)
                sale, raw = self.bought()
                sale.picking_ids.location_id = shelf
                self.is_held_whole(sale, raw)

    def test_a_delivery_of_a_warehouse_that_has_more_steps_now_is_held(self):
        self.state = "assigned"
        sale, raw = self.bought()
        self.steps("pick_ship")
        self.is_held_whole(sale, raw)


class TestTooMany(ChangeCase):
    def test_more_than_ordered_does_not_leave(self):
        sale, _raw = self.bought()
        move = sale.picking_ids.move_ids[0]
        move.quantity = 4
        with self.assertRaisesRegex(UserError, "is for 3 only"):
            sale.picking_ids.button_validate()
        move.quantity = 3
        sale.picking_ids.button_validate()
        self.assertEqual(sale.picking_ids.state, "done")

    def test_the_same_delivery_twice_in_one_go_does_not_leave(self):
        sale, _raw = self.bought()
        again = sale.picking_ids.copy()
        again.action_confirm()
        again.action_assign()
        with self.assertRaisesRegex(UserError, "is for 3 only"):
            sale.picking_ids.button_validate()

    def test_what_was_picked_before_it_was_lessened_does_not_leave(self):
        sale, raw = self.bought()
        sale.picking_ids.move_ids.picked = True
        self.bring(self.part_cancelled(raw, (2, 1), 120_000))
        sale.order_line[0].product_uom_qty = 2
        sale.action_connector_release()
        with self.assertRaisesRegex(UserError, "is for 2 only"):
            sale.picking_ids.button_validate()


class TestNotToShip(ChangeCase):
    def test_an_unpaid_order_confirmed_by_hand_does_not_leave(self):
        self.backend.unpaid_policy = "quotation"
        (sn,) = self.shop.place(plain=True, items=self.ITEMS, status="UNPAID")
        self.tell(sn)
        sale = self.sale(sn)
        sale.action_confirm()
        with self.assertRaisesRegex(UserError, "not paid yet"):
            sale.picking_ids.button_validate()
        self.assertIn("not paid yet", sale.picking_ids.connector_refusal)
        self.shop.pay(sn)
        self.tell(sn)
        sale.picking_ids.button_validate()
        self.assertEqual(sale.picking_ids.state, "done")

    def test_an_advance_parcel_is_booked_out_once_it_is_shipped(self):
        sale, raw = self.bought()
        raw = self.later(raw, advance_package=True, booking_sn="B1")
        self.bring(raw)
        with self.assertRaisesRegex(UserError, "booking B1"):
            sale.picking_ids.button_validate()
        self.bring(self.later(raw, order_status="SHIPPED"))
        self.assertFalse(sale.connector_hold)
        sale.picking_ids.button_validate()
        self.assertEqual(sale.invoice_status, "to invoice")

    def test_a_request_to_cancel_counts_while_a_new_article_is_not_mapped(self):
        sale, raw = self.bought()
        other = {"item_id": 99999, "model_sku": "NEW", "item_sku": "NEW"}
        items = [*raw["item_list"], {**raw["item_list"][0], **other}]
        raw = self.later(raw, order_status="IN_CANCEL", item_list=items)
        self.assertEqual(self.bring(raw).state, "waiting")
        self.assertTrue(sale.connector_cancel_requested)
        self.assertIn("asks to cancel", self.activities(sale))
        bindings = self.env["erp.connector.binding"]
        binding = bindings.search([("external_sku", "=", "NEW")])
        binding.write(
            {"res_model": "product.product", "res_id": self.product("SKU-030").id}
        )
        self.drain()
        self.assertEqual(self.message(raw["order_sn"]).state, "done")
        self.assertEqual(self.pieces(sale)["SKU-030"], 3)
        self.assertTrue(sale.connector_cancel_requested)


class TestCancelledByHand(ChangeCase):
    def ready(self, sale):
        pickings = sale.order_line.move_ids.picking_id
        return pickings.filtered(lambda p: p.state == "assigned").sorted("id")

    def again(self, sale):
        sale._action_cancel()
        sale.action_draft()
        sale.action_confirm()

    def test_what_was_picked_and_put_back_is_picked_anew(self):
        for steps in ("pick_ship", "pick_pack_ship"):
            with self.subTest(steps):
                self.steps(steps)
                sale, _raw = self.bought()
                sale.picking_ids.button_validate()
                self.again(sale)
                back, new = self.ready(sale)
                self.assertEqual(back.location_dest_id, new.location_id)
                for picking in (back, new):
                    picking.button_validate()
                while rest := self.ready(sale):
                    rest.button_validate()
                self.assertEqual(sale.order_line.mapped("qty_delivered"), [3, 1])

    def test_only_what_has_not_left_is_picked_anew(self):
        self.steps("pick_ship")
        sale, _raw = self.bought()
        sale.picking_ids.button_validate()
        out = sale.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        out.move_ids[0].quantity = 1
        out.move_ids.picked = True
        out.with_context(skip_backorder=True)._action_done()
        self.again(sale)
        new = self.ready(sale)[-1]
        self.assertEqual(
            {m.product_id.default_code: m.product_uom_qty for m in new.move_ids},
            {"SKU-001": 2},
        )

    def test_what_the_platform_cancels_after_goods_have_left_is_to_come_back(self):
        sale, raw = self.bought()
        sale.picking_ids.button_validate()
        sale._action_cancel()
        self.bring(self.later(raw, order_status="CANCELLED"))
        self.assertIn("Take back", self.activities(sale))

    def test_news_that_confirm_it_again_settle_the_contradiction(self):
        sale, raw = self.bought()
        sale._action_cancel()
        self.bring(self.later(raw, order_status="PROCESSED"))
        self.assertIn("Cancelled here", self.activities(sale))
        sale.action_draft()
        self.bring(self.later(raw, 120, order_status="PROCESSED"))
        self.assertEqual(sale.state, "sale")
        self.assertFalse(sale.activity_ids)


class TestCorrected(ChangeCase):
    """The contact that was made of the platform's address is a person's to correct."""

    def test_a_corrected_address_stays(self):
        sale, raw = self.bought(masked=False)
        contact = sale.partner_shipping_id
        contact.street = "Jl. Benar 1"
        sale.picking_ids.move_ids.picked = True
        self.bring(self.later(raw, order_status="PROCESSED"))
        self.assertEqual(sale.partner_shipping_id, contact)
        self.assertEqual(contact.street, "Jl. Benar 1")
        self.assertFalse(sale.connector_hold)

    def test_an_address_the_platform_changes_is_taken_over_all_the_same(self):
        sale, raw = self.bought(masked=False)
        sale.partner_shipping_id.street = "Jl. Benar 1"
        address = {**raw["recipient_address"], "full_address": "Jl. Melati 9"}
        self.bring(self.later(raw, recipient_address=address))
        self.assertEqual(sale.partner_shipping_id.street, "Jl. Melati 9")

    def test_orders_of_before_learn_what_was_told(self):
        sale, raw = self.bought(masked=False)
        sale.connector_address_mark = False
        self.bring(self.later(raw, order_status="PROCESSED"))
        self.assertTrue(sale.connector_address_mark)
        self.assertFalse(sale.connector_hold)


class TestUnknown(ChangeCase):
    def test_the_activity_is_done_when_the_status_is_known_again(self):
        sale, raw = self.bought()
        raw = self.later(raw, order_status="WONDER")
        self.bring(raw)
        self.assertIn("Unknown status", self.activities(sale))
        self.bring(self.later(raw, order_status="PROCESSED"))
        self.assertFalse(sale.activity_ids)


class TestToldAgain(ChangeCase):
    def test_what_changes_while_an_activity_is_open_is_added_to_it(self):
        sale, raw = self.bought()
        sale.picking_ids.move_ids.picked = True
        self.bring(self.part_cancelled(raw, (2, 1), 120_000))
        self.bring(self.part_cancelled(self.later(raw), (1, 1), 70_000))
        (activity,) = sale.activity_ids
        self.assertIn("3 → 2", activity.note)
        self.assertEqual(activity.note.count("Then the platform changed"), 1)
        self.assertIn("2 → 1", activity.note)

    def test_what_came_back_before_it_was_told_is_not_asked_for(self):
        sale, raw = self.bought()
        out = sale.picking_ids
        out.button_validate()
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=out.id, active_ids=out.ids, active_model=out._name)
            .create({})
        )
        for line in wizard.product_return_moves:
            line.quantity = line.move_id.quantity
        back = out.browse(wizard.action_create_returns()["res_id"])
        back.button_validate()
        message = self.bring(self.later(raw, order_status="TO_RETURN"))
        self.assertIn("came back already", message.note)
        self.assertFalse(sale.activity_ids)

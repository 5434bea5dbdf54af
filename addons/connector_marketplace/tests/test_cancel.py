"""What has not left stays here, what was picked goes back, what has left comes back."""

import itertools

from odoo.addons.connector_marketplace.models.sale_order_delivery import (
    CANCEL_REQUESTED,
    CONTRADICTION,
    TAKE_BACK,
)
from odoo.exceptions import UserError
from odoo.fields import Command

from .test_status import StatusCase


class CancelCase(StatusCase):
    def setUp(self):
        super().setUp()
        self.warehouse = self.backend.warehouse_id
        self.goods = self.product("SKU-001")
        quants = self.env["stock.quant"].search(
            [("product_id", "=", self.goods.id), ("location_id.usage", "=", "internal")]
        )
        quants.sudo().unlink()
        quants._update_available_quantity(self.goods, self.warehouse.lot_stock_id, 100)

    def order(self, quantity=3):
        sn, sale, _message = self.place_one(skus=["SKU-001"], quantity=quantity)
        return sn, sale

    def of(self, sale, kind, states=("assigned", "waiting", "confirmed")):
        return sale.picking_ids.filtered(
            lambda p: p.picking_type_id == kind and p.state in states
        )

    def pick(self, sale):
        """Validate the picking within the house."""
        pick = self.of(sale, self.warehouse.pick_type_id)
        pick.button_validate()
        self.assertEqual(pick.state, "done")
        return pick

    def ship(self, picking, quantity=None):
        """Validate a delivery, or a part of it with a back order."""
        if quantity is not None:
            picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking._action_done()
        return picking

    def take_back(self, picking, quantity):
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = quantity
        back = wizard._create_return()
        back.move_ids.picked = True
        back.button_validate()
        self.assertEqual(back.state, "done")
        return back

    def on(self, location):
        return self.env["stock.quant"]._get_available_quantity(
            self.goods, location, strict=True
        ), sum(
            self.env["stock.quant"]
            .search(
                [
                    ("product_id", "=", self.goods.id),
                    ("location_id", "=", location.id),
                ]
            )
            .mapped("quantity")
        )

    def open_activities(self, sale, cause):
        return self.env["mail.activity"]._connector_open(sale, cause)


class TestPlatformCancels(CancelCase):
    def test_goods_picked_but_not_shipped_go_back_into_stock(self):
        """Case m02 A."""
        self.warehouse.delivery_steps = "pick_ship"
        sn, sale = self.order(2)
        self.pick(sale)
        out = self.of(sale, self.warehouse.out_type_id)
        self.assertEqual(out.state, "assigned")
        self.become("CANCELLED", sn)
        self.assertEqual((sale.state, out.state), ("cancel", "cancel"))
        self.assertFalse(self.open_activities(sale, TAKE_BACK))
        back = sale.picking_ids.filtered(lambda p: p.state == "assigned")
        self.assertEqual(back.location_id, self.warehouse.wh_output_stock_loc_id)
        self.assertEqual(back.location_dest_id, self.warehouse.lot_stock_id)
        self.assertEqual(back.move_ids.product_uom_qty, 2)
        self.assertIn(sn, back.origin)
        back.button_validate()
        self.assertEqual(back.state, "done")
        self.assertEqual(self.on(self.warehouse.lot_stock_id), (100, 100))
        self.assertEqual(self.on(self.warehouse.wh_output_stock_loc_id), (0, 0))

    def test_the_back_order_of_a_part_delivered_is_cancelled(self):
        """Case m02 B."""
        sn, sale = self.order(3)
        first = self.ship(sale.picking_ids, 1)
        rest = sale.picking_ids - first
        self.assertEqual(rest.state, "assigned")
        self.become("CANCELLED", sn)
        self.assertEqual((sale.state, rest.state), ("sale", "cancel"))
        self.assertEqual(sale.order_line[0].qty_delivered, 1)
        self.assertEqual(self.on(self.warehouse.lot_stock_id), (99, 99))
        self.assertIn("1 x", self.open_activities(sale, TAKE_BACK).note)
        self.assertTrue(sale.connector_mismatch)
        with self.assertRaises(UserError):
            rest.button_validate()
        self.assertEqual(sale.order_line[0].qty_delivered, 1)

    def test_with_three_steps_goods_go_back_from_wherever_they_are(self):
        self.warehouse.delivery_steps = "pick_pack_ship"
        sn, sale = self.order(5)
        self.pick(sale)
        pack = self.of(sale, self.warehouse.pack_type_id)
        self.ship(pack, 2)
        self.become("CANCELLED", sn)
        self.assertEqual(sale.state, "cancel")
        back = sale.picking_ids.filtered(lambda p: p.state == "assigned")
        self.assertEqual(sorted(back.move_ids.mapped("product_uom_qty")), [2, 3])
        for picking in back:
            picking.button_validate()
        self.assertEqual(self.on(self.warehouse.lot_stock_id), (100, 100))

    def test_what_was_picked_of_the_rest_goes_back_too(self):
        self.warehouse.delivery_steps = "pick_ship"
        sn, sale = self.order(5)
        self.pick(sale)
        out = self.of(sale, self.warehouse.out_type_id)
        self.ship(out, 2)
        self.become("CANCELLED", sn)
        self.assertEqual(sale.state, "sale")
        back = sale.picking_ids.filtered(lambda p: p.state == "assigned")
        self.assertEqual(back.move_ids.mapped("product_uom_qty"), [3])
        self.assertEqual(back.location_dest_id, self.warehouse.lot_stock_id)
        self.tell(sn)
        self.assertEqual(
            back, sale.picking_ids.filtered(lambda p: p.state == "assigned")
        )

    def test_a_pick_that_is_half_done_frees_the_rest(self):
        self.warehouse.delivery_steps = "pick_ship"
        sn, sale = self.order(4)
        self.ship(self.of(sale, self.warehouse.pick_type_id), 1)
        self.become("CANCELLED", sn)
        self.assertEqual(sale.state, "cancel")
        self.assertEqual(
            self.reserved(sale), 2
        )  # the one done, the one on its way back
        self.assertEqual(self.on(self.warehouse.lot_stock_id), (99, 99))

    def test_lots_go_back_as_they_were_picked(self):
        lots = self.env["stock.lot"].create(
            [{"name": name, "product_id": self.goods.id} for name in ("L1", "L2")]
        )
        self.warehouse.delivery_steps = "pick_ship"
        self.env["stock.quant"].search(
            [("product_id", "=", self.goods.id), ("location_id.usage", "=", "internal")]
        ).sudo().unlink()
        self.goods.tracking = "lot"
        for lot in lots:
            self.env["stock.quant"]._update_available_quantity(
                self.goods, self.warehouse.lot_stock_id, 2, lot_id=lot
            )
            self.env["stock.quant"]._update_available_quantity(
                self.goods, self.warehouse.wh_output_stock_loc_id, 5, lot_id=lots[0]
            )
        sn, sale = self.order(3)
        picked = self.pick(sale).move_line_ids
        self.become("CANCELLED", sn)
        back = sale.picking_ids.filtered(lambda p: p.state == "assigned")
        self.assertEqual(
            {line.lot_id: line.quantity for line in back.move_line_ids},
            {line.lot_id: line.quantity for line in picked},
        )

    def test_what_came_back_before_has_not_left(self):
        sn, sale = self.order(2)
        self.take_back(self.ship(sale.picking_ids), 2)
        self.become("CANCELLED", sn)
        self.assertEqual(sale.state, "cancel")
        self.assertFalse(self.open_activities(sale, TAKE_BACK))

    def test_all_back_after_the_cancellation_cancels_the_sale_and_settles(self):
        sn, sale = self.order(3)
        out = self.ship(sale.picking_ids, 2)
        self.become("CANCELLED", sn)
        self.assertTrue(self.open_activities(sale, TAKE_BACK))
        self.take_back(out, 1)
        self.assertEqual(sale.state, "sale")
        self.assertTrue(self.open_activities(sale, TAKE_BACK))
        self.take_back(out, 1)
        self.assertEqual(sale.state, "cancel")
        self.assertFalse(self.open_activities(sale, TAKE_BACK))
        self.assertFalse(sale.connector_mismatch)

    def test_a_return_the_buyer_asked_for_settles_when_it_is_received(self):
        sn, sale = self.order(3)
        out = self.ship(sale.picking_ids)
        self.become("TO_RETURN", sn)
        self.assertTrue(self.open_activities(sale, TAKE_BACK))
        self.take_back(out, 1)
        self.assertFalse(self.open_activities(sale, TAKE_BACK))
        self.assertEqual(sale.state, "sale")

    def test_an_order_that_has_left_whole_is_to_come_back(self):
        sn, _sale, _message = self.place_one(
            plain=True, items=[{"sku": "SKU-001", "quantity": 2}]
        )
        sale = self.sale(sn)
        self.ship(sale.picking_ids)
        self.become("CANCELLED", sn)
        self.assertEqual(self.message(sn).state, "done")
        self.assertEqual((sale.state, sale.picking_ids.state), ("sale", "done"))
        self.assertIn("2 x", self.open_activities(sale, TAKE_BACK).note)

    def test_an_invoiced_order_is_cancelled_when_all_is_back_and_credited_by_finance(
        self,
    ):
        self.goods.invoice_policy = "delivery"
        sn, sale = self.order(2)
        out = self.ship(sale.picking_ids)
        invoice = sale._create_invoices()
        invoice.action_post()
        self.become("CANCELLED", sn)
        self.take_back(out, 2)
        self.assertEqual(sale.state, "cancel")
        self.assertFalse(self.open_activities(sale, TAKE_BACK))
        self.assertIn(invoice.name, self.open_activities(sale, "order.credit").note)

    def test_a_locked_order_is_cancelled_as_well(self):
        sn, sale = self.order()
        sale.action_lock()
        self.become("CANCELLED", sn)
        self.assertEqual(sale.state, "cancel")

    def test_the_request_is_settled_when_it_is_decided(self):
        for decision in ("READY_TO_SHIP", "CANCELLED"):
            with self.subTest(decision):
                sn, sale = self.order()
                self.become("IN_CANCEL", sn)
                self.assertEqual(len(self.open_activities(sale, CANCEL_REQUESTED)), 1)
                self.become(decision, sn)
                self.assertFalse(self.open_activities(sale, CANCEL_REQUESTED))

    def test_a_raised_quantity_procures_nothing_for_what_is_cancelled_there(self):
        sn, sale = self.order(3)
        self.ship(sale.picking_ids, 1)
        self.become("CANCELLED", sn)
        sale.order_line[0].product_uom_qty = 7
        self.assertFalse(
            sale.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        )

    def test_whatever_came_before_a_cancellation_puts_back_once(self):
        self.warehouse.delivery_steps = "pick_ship"
        for before in itertools.permutations(
            ("READY_TO_SHIP", "IN_CANCEL", "PROCESSED")
        ):
            with self.subTest(before):
                sn, sale = self.order(1)
                self.pick(sale)
                for status in (*before, "CANCELLED", "CANCELLED"):
                    self.become(status, sn)
                self.assertEqual(sale.state, "cancel")
                states = sale.picking_ids.mapped("state")
                self.assertEqual(sorted(states), ["assigned", "cancel", "done"])

    def test_steps_that_pull_one_another_are_undone_as_well(self):
        """Routes of older databases: the delivery is there before the picking."""
        warehouse = self.warehouse
        warehouse.delivery_steps = "pick_ship"
        route = warehouse.delivery_route_id
        pull = route.rule_ids.filtered(lambda rule: rule.action == "pull")
        (route.rule_ids - pull).unlink()
        pull.copy(
            {
                "location_src_id": warehouse.wh_output_stock_loc_id.id,
                "picking_type_id": warehouse.out_type_id.id,
                "procure_method": "make_to_order",
            }
        )
        pull.location_dest_id = warehouse.wh_output_stock_loc_id
        sn, sale = self.order(3)
        self.assertEqual(len(sale.picking_ids), 2)
        sale.connector_hold = "platform"
        with self.assertRaisesRegex(UserError, "not to ship"):
            self.of(sale, warehouse.pick_type_id).button_validate()
        sale.connector_hold = False
        self.pick(sale)
        self.ship(self.of(sale, warehouse.out_type_id), 1)
        self.become("CANCELLED", sn)
        back = sale.picking_ids.filtered(lambda p: p.state == "assigned")
        self.assertEqual(back.move_ids.mapped("product_uom_qty"), [2])
        self.assertEqual(sale.state, "sale")


class TestPersonCancels(CancelCase):
    def listed(self):
        return self.env["sale.order"].search([("connector_mismatch", "!=", False)])

    def test_cancelling_what_the_platform_expects_shows_until_both_agree(self):
        sn, sale = self.order()
        self.assertNotIn(sale, self.listed())
        sale.action_cancel()
        self.assertIn("still expects", sale.connector_mismatch)
        self.assertIn(sale, self.listed())
        self.become("PROCESSED", sn)
        self.assertTrue(self.open_activities(sale, CONTRADICTION))
        self.become("CANCELLED", sn)
        self.assertFalse(sale.connector_mismatch)
        self.assertNotIn(sale, self.listed())
        self.assertFalse(self.open_activities(sale, CONTRADICTION))

    def test_confirming_again_what_the_platform_goes_on_with_settles(self):
        sn, sale = self.order()
        sale.action_cancel()
        self.become("PROCESSED", sn)
        sale.action_draft()
        self.assertIn("not confirmed", sale.connector_mismatch)
        self.assertTrue(self.open_activities(sale, CONTRADICTION))
        sale.action_confirm()
        self.assertFalse(sale.connector_mismatch)
        self.assertFalse(self.open_activities(sale, CONTRADICTION))

    def test_ordinary_orders_are_no_contradiction(self):
        sale = self.env["sale.order"].create(
            {"partner_id": self.env.user.partner_id.id}
        )
        sale.action_cancel()
        self.assertFalse(sale.connector_mismatch)
        self.assertNotIn(sale, self.listed())
        agreed = self.env["sale.order"].search([("connector_mismatch", "=", False)])
        self.assertIn(sale, agreed)

    def test_what_was_picked_goes_back_also_when_a_person_cancels(self):
        self.warehouse.delivery_steps = "pick_ship"
        _sn, sale = self.order(2)
        self.pick(sale)
        sale.action_cancel()
        back = sale.picking_ids.filtered(lambda p: p.state == "assigned")
        self.assertEqual(back.location_dest_id, self.warehouse.lot_stock_id)

    def test_nobody_confirms_again_what_the_platform_cancelled(self):
        sn, sale = self.order()
        self.become("CANCELLED", sn)
        sale.action_draft()
        with self.assertRaisesRegex(UserError, "cannot be confirmed again"):
            sale.action_confirm()
        sale.order_line = [
            Command.create({"product_id": self.goods.id, "product_uom_qty": 1})
        ]
        with self.assertRaisesRegex(UserError, sn):
            sale._validate_order()

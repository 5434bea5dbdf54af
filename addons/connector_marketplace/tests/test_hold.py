"""Whichever way goods are to leave: held, cancelled or shipped already, they stay."""

from odoo.addons.connector_marketplace.models.sale_order_delivery import TAKE_BACK
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user

from .test_cancel import CancelCase

HELD = {
    "asked to cancel": {"connector_cancel_requested": True},
    "not to ship": {"connector_hold": "platform"},
    "Release Deliveries": {"connector_hold": "changed"},
    "cancelled on the platform": {"connector_status": "cancelled"},
}


class TestHold(CancelCase):
    def ways(self, picking):
        """Every way to make a transfer done."""
        picking.move_ids.quantity = 1
        picking.move_ids.picked = True
        backorder = (
            self.env["stock.backorder.confirmation"]
            .with_context(
                button_validate_picking_ids=picking.ids,
                default_pick_ids=[Command.set(picking.ids)],
            )
            .create({"pick_ids": picking.ids})
        )
        return {
            "button": picking.button_validate,
            "no back order": picking.with_context(cancel_backorder=True)._action_done,
            "transfer": picking._action_done,
            "moves": picking.move_ids._action_done,
            "back order": backorder.process,
            "no rest": backorder.process_cancel_backorder,
        }

    def test_no_way_leads_out_and_the_reason_is_said(self):
        for why, values in HELD.items():
            _sn, sale = self.order(2)
            sale.write(values)
            for name, way in self.ways(sale.picking_ids).items():
                with self.subTest(f"{why}: {name}"):
                    with self.assertRaisesRegex(UserError, why):
                        way()
                    self.assertNotIn("done", sale.picking_ids.mapped("state"))
            self.assertIn(why, sale.picking_ids.connector_refusal)

    def test_the_steps_within_the_house_are_held_too(self):
        self.warehouse.delivery_steps = "pick_ship"
        _sn, sale = self.order(2)
        sale.connector_hold = "platform"
        with self.assertRaisesRegex(UserError, "not to ship"):
            sale.picking_ids.button_validate()

    def test_nothing_is_added_to_what_has_left(self):
        _sn, sale = self.order(3)
        out = self.ship(sale.picking_ids, 1)
        sale.connector_status = "cancelled"
        with self.assertRaisesRegex(UserError, "Nothing can be added"):
            out.move_line_ids.quantity = 3
        with self.assertRaisesRegex(UserError, "Nothing can be added"):
            out.move_ids.quantity = 3
        out.move_ids.quantity = 0.5

    def test_what_comes_back_is_always_let_in(self):
        for values in HELD.values():
            with self.subTest(values):
                _sn, sale = self.order(3)
                out = self.ship(sale.picking_ids, 1)
                sale.write(values)
                self.take_back(out, 1)

    def test_a_pick_is_undone_although_the_order_is_held(self):
        self.warehouse.delivery_steps = "pick_ship"
        _sn, sale = self.order(2)
        pick = self.pick(sale)
        sale.connector_hold = "changed"
        self.take_back(pick, 2)

    def test_what_has_left_is_not_shipped_again(self):
        _sn, sale = self.order(2)
        out = self.ship(sale.picking_ids)
        again = out.copy()
        again.action_confirm()
        again.action_assign()
        again.move_ids.picked = True
        with self.assertRaisesRegex(UserError, "have left already"):
            again.button_validate()
        sale.order_line[0].product_uom_qty = 4
        self.ship(again)
        self.assertEqual(sale.order_line[0].qty_delivered, 4)

    def test_what_came_back_may_be_sent_again(self):
        _sn, sale = self.order(2)
        back = self.take_back(self.ship(sale.picking_ids), 2)
        self.take_back(back, 2)
        self.assertEqual(sale._connector_left(), {self.goods: 2})

    def test_late_bookkeeping_is_no_second_parcel(self):
        sn, sale = self.order(2)
        self.become("SHIPPED", sn)
        self.ship(sale.picking_ids, 1)
        self.become("COMPLETED", sn)
        rest = sale.picking_ids.filtered(lambda p: p.state != "done")
        self.ship(rest)
        self.assertEqual(sale.order_line[0].qty_delivered, 2)

    def test_of_many_those_that_may_leave_do(self):
        sales = self.env["sale.order"].concat(*(self.order(1)[1] for _i in range(4)))
        held = sales[0]
        held.connector_hold = "platform"
        notice = sales.picking_ids.button_validate()
        self.assertEqual(held.picking_ids.state, "assigned")
        self.assertEqual(set((sales - held).picking_ids.mapped("state")), {"done"})
        self.assertIn(held.connector_order_ref, notice["params"]["message"])
        self.assertNotIn(sales[1].connector_order_ref, notice["params"]["message"])

    def test_of_many_a_back_order_is_asked_for_without_those_that_are_held(self):
        (_sn, held), (_sn, free) = self.order(2), self.order(2)
        held.connector_hold = "platform"
        free.picking_ids.move_ids.quantity = 1
        question = (held | free).picking_ids.button_validate()
        self.assertEqual(question["res_model"], "stock.backorder.confirmation")
        wizard = (
            self.env["stock.backorder.confirmation"]
            .with_context(question["context"])
            .create({})
        )
        wizard.process()
        self.assertEqual(free.picking_ids.mapped("state").count("done"), 1)
        self.assertEqual(held.picking_ids.state, "assigned")

    def test_a_parcel_that_had_left_before_is_not_sent_again(self):
        sn, sale, _message = self.place_one(
            status="SHIPPED", skus=["SKU-001"], quantity=2
        )
        customers = self.env.ref("stock.stock_location_customers")
        by_hand = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": customers.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.goods.id,
                            "product_uom_qty": 2,
                            "location_id": self.warehouse.lot_stock_id.id,
                            "location_dest_id": customers.id,
                            "sale_line_id": sale.order_line[0].id,
                        }
                    )
                ],
            }
        )
        by_hand.action_confirm()
        by_hand.move_ids.write({"quantity": 2, "picked": True})
        with self.assertRaisesRegex(UserError, "had left before"):
            by_hand.button_validate()
        self.become("CANCELLED", sn)
        self.assertEqual(sale.state, "sale")
        self.assertIn("2 x", self.open_activities(sale, TAKE_BACK).note)

    # ---- who -------------------------------------------------------------------------

    def user(self, login, groups):
        return new_test_user(
            self.env,
            login,
            groups=f"base.group_user,{groups}",
            company_id=self.backend.company_id.id,
        )

    def test_the_warehouse_needs_no_right_on_the_sale(self):
        """Finding of a user with Inventory and own documents only."""
        user = self.user(
            "packer", "stock.group_stock_user,sales_team.group_sale_salesman"
        )
        alone = self.user("loader", "stock.group_stock_user")
        seller = self.user("seller", "sales_team.group_sale_salesman_all_leads")
        for packer in (user, alone):
            ordinary = self.env["sale.order"].create(
                {
                    "partner_id": seller.partner_id.id,
                    "user_id": seller.id,
                    "order_line": [Command.create({"product_id": self.goods.id})],
                }
            )
            ordinary.action_confirm()
            _sn, sale = self.order(1)
            sale.write({"user_id": seller.id, "connector_hold": "platform"})
            self.env.flush_all()
            for order in (ordinary, sale):
                picking = order.picking_ids.with_user(packer)
                picking.invalidate_recordset()
                with self.subTest(f"{packer.login} {order.name}"):
                    if order == sale:
                        self.assertEqual(
                            picking.connector_order_ref, sale.connector_order_ref
                        )
                        self.assertIn("not to ship", picking.connector_refusal)
                        with self.assertRaisesRegex(UserError, "not to ship"):
                            picking.button_validate()
                        sale.connector_hold = False
                    picking.button_validate()
                    self.assertEqual(picking.state, "done")

    def test_a_return_by_the_warehouse_may_cancel_the_sale(self):
        packer = self.user("packer", "stock.group_stock_user")
        sn, sale = self.order(1)
        out = self.ship(sale.picking_ids)
        self.become("CANCELLED", sn)
        self.take_back(out.with_user(packer), 1)
        self.assertEqual(sale.state, "cancel")

    def test_salespeople_release_what_was_changed(self):
        seller = self.user("seller", "sales_team.group_sale_salesman_all_leads")
        packer = self.user("packer", "stock.group_stock_user")
        _sn, sale = self.order(1)
        sale.connector_hold = "changed"
        self.backend._notify_owner("Changed", "", record=sale, cause="order.changed")
        with self.assertRaises(AccessError):
            sale.with_user(packer).action_connector_release()
        sale.with_user(seller).action_connector_release()
        self.assertFalse(sale.connector_hold)
        self.assertFalse(self.open_activities(sale, "order.changed"))
        self.assertIn("released", sale.message_ids[0].body)
        self.assertEqual(sale.message_ids[0].author_id, seller.partner_id)
        sale.connector_hold = "platform"
        with self.assertRaises(UserError):
            sale.with_user(seller).action_connector_release()

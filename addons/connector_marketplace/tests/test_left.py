"""What has left, or is said to have: booked out, expected back, taken in."""

from odoo.addons.connector_marketplace.models.sale_order_delivery import TAKE_BACK
from odoo.exceptions import UserError
from odoo.fields import Command

from .test_cancel import CancelCase
from .test_changes import ChangeCase


class LeftCase(ChangeCase, CancelCase):
    def quotation(self, **wish):
        """A known order that a person has set back to a quotation."""
        sale, raw = self.bought(**wish)
        sale._action_cancel()
        sale.action_draft()
        return sale, raw

    def open_pickings(self, sale):
        return sale.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))


class TestBookOut(LeftCase):
    def test_a_known_order_that_left_as_a_quotation_is_to_be_booked_out(self):
        for status in ("SHIPPED", "TO_CONFIRM_RECEIVE", "COMPLETED"):
            with self.subTest(status):
                sale, raw = self.quotation()
                stock = self.goods.qty_available
                message = self.bring(self.later(raw, order_status=status))
                self.assertEqual(message.state, "done")
                self.assertEqual(sale.state, "sale")
                self.assertFalse(sale.connector_left_before)
                out = self.open_pickings(sale)
                self.assertEqual(out.state, "assigned")
                self.assertIn("Book out", self.activities(sale))
                self.assertIn(out.name, sale.activity_ids.note)
                out.button_validate()
                self.assertEqual(out.state, "done")
                self.assertFalse(sale.activity_ids)
                self.goods.invalidate_recordset()
                self.assertEqual(self.goods.qty_available, stock - 3)

    def test_in_several_steps_it_is_done_with_the_last(self):
        self.steps("pick_ship")
        sale, raw = self.quotation()
        self.bring(self.later(raw, order_status="SHIPPED"))
        self.open_pickings(sale).button_validate()
        self.assertIn("Book out", self.activities(sale))
        self.open_pickings(sale).button_validate()
        self.assertFalse(sale.activity_ids)

    def test_what_had_left_whole_before_is_not_asked_for(self):
        sale, raw = self.bought()
        sale.picking_ids.button_validate()
        sale._action_cancel()
        sale.action_draft()
        self.bring(self.later(raw, order_status="SHIPPED"))
        self.assertEqual(sale.state, "sale")
        self.assertFalse(self.open_pickings(sale))
        self.assertFalse(sale.activity_ids)

    def test_whoever_cancels_it_is_not_asked_any_more(self):
        sale, raw = self.quotation()
        self.bring(self.later(raw, order_status="SHIPPED"))
        sale._action_cancel()
        self.assertNotIn("Book out", self.activities(sale))

    def test_what_had_left_before_import_stays_so(self):
        sale, raw = self.quotation(status="SHIPPED")
        self.bring(self.later(raw, order_status="COMPLETED"))
        self.assertTrue(sale.connector_left_before)
        self.assertFalse(self.open_pickings(sale))
        self.assertFalse(sale.activity_ids)

    def test_what_is_cancelled_here_and_left_there_can_be_booked_out(self):
        sale, raw = self.bought()
        sale._action_cancel()
        self.bring(self.later(raw, order_status="SHIPPED"))
        self.assertIn("validate its delivery", sale.activity_ids.note)
        self.assertNotIn("cancel it on the platform", sale.activity_ids.note)
        sale.action_draft()
        sale.action_confirm()
        self.open_pickings(sale).action_assign()
        self.open_pickings(sale).button_validate()
        self.assertEqual(sale.order_line.mapped("qty_delivered"), [3, 1])


class TestPiecesBack(LeftCase):
    """Pieces that are cancelled after everything has left."""

    def test_a_return_is_expected_and_nothing_held(self):
        for steps in ("ship_only", "pick_ship"):
            with self.subTest(steps):
                self.steps(steps)
                sale, raw = self.bought()
                while out := self.open_pickings(sale):
                    out.button_validate()
                last = sale.picking_ids.sorted("id")[-1]
                self.bring(
                    self.part_cancelled(raw, (2, 1), 120_000, order_status="SHIPPED")
                )
                (activity,) = sale.activity_ids
                self.assertNotIn("Put back", activity.note)
                self.assertIn("nothing to put back", activity.note)
                self.assertIn("expect 1 x", activity.note)
                self.assertFalse(sale.connector_hold)
                self.assertEqual(self.pieces(sale), {"SKU-001": 3, "SKU-016": 1})
                self.take_back_one(last)
                self.assertFalse(self.open_activities(sale, TAKE_BACK))
                sale.order_line[0].product_uom_qty = 2
                self.assertFalse(self.open_pickings(sale))

    def take_back_one(self, picking):
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves[0].quantity = 1
        wizard.product_return_moves[1:].quantity = 0
        back = wizard._create_return()
        back.move_ids.picked = True
        back.button_validate()

    def test_another_change_and_the_rest_are_added(self):
        sale, raw = self.bought()
        sale.picking_ids.button_validate()
        self.bring(self.part_cancelled(raw, (2, 1), 120_000))
        self.bring(self.part_cancelled(self.later(raw), (1, 1), 70_000))
        (activity,) = sale.activity_ids
        self.assertIn("expect 2 x", activity.note)
        self.bring(self.later(raw, 240, order_status="TO_RETURN"))
        (activity,) = sale.activity_ids
        self.assertIn("Take back", activity.summary)
        self.assertIn("TO_RETURN", activity.note)

    def test_what_is_still_here_is_held_and_what_left_is_named(self):
        sale, raw = self.bought()
        out = sale.picking_ids
        out.move_ids[0].quantity = 2
        out.move_ids.picked = True
        out.with_context(skip_backorder=True)._action_done()
        self.bring(self.part_cancelled(raw, (1, 1), 70_000))
        self.assertEqual(sale.connector_hold, "changed")
        self.assertIn("left already: 2 x", sale.activity_ids.note)

    def test_pieces_that_were_given_up_here_follow(self):
        sale, raw = self.bought()
        out = sale.picking_ids
        out.move_ids[0].quantity = 2
        out.move_ids.picked = True
        out.with_context(skip_backorder=True, cancel_backorder=True)._action_done()
        self.assertFalse(self.open_pickings(sale))
        self.bring(self.part_cancelled(raw, (2, 1), 120_000))
        self.assertEqual(self.pieces(sale), {"SKU-001": 2, "SKU-016": 1})
        self.assertFalse(sale.activity_ids)
        self.assertFalse(sale.connector_hold)


class TestTakeIn(LeftCase):
    """What had left before import was never booked out here."""

    def test_a_cancellation_says_how_it_comes_in(self):
        sale, raw = self.bought(status="SHIPPED")
        self.bring(self.later(raw, order_status="CANCELLED"))
        (activity,) = self.open_activities(sale, TAKE_BACK)
        self.assertIn("nothing was booked out here", activity.note)
        self.assertIn("Receipts", activity.note)
        self.assertNotIn("Make a return", activity.note)
        self.assertIn("nothing was booked out here", sale.connector_mismatch)
        sale._action_cancel()
        self.assertFalse(sale.activity_ids)
        self.assertFalse(sale.connector_mismatch)

    def test_a_return_says_so_too_be_it_new_or_known(self):
        new, _raw = self.bought(status="TO_RETURN")
        known, raw = self.bought(status="SHIPPED")
        self.bring(self.later(raw, order_status="TO_RETURN"))
        for sale in (new, known):
            (activity,) = self.open_activities(sale, TAKE_BACK)
            self.assertIn("delivered quantity", activity.note)
            self.assertNotIn("Make a return", activity.note)

    def test_pieces_cancelled_then_lessen_what_was_delivered(self):
        sale, raw = self.bought(status="SHIPPED")
        message = self.bring(self.part_cancelled(raw, (2, 1), 120_000))
        self.assertEqual(message.state, "done", message.note)
        self.assertEqual(sale.order_line.mapped("qty_delivered"), [2, 1])
        self.assertEqual(self.pieces(sale), {"SKU-001": 2, "SKU-016": 1})
        self.assertIn("nothing was booked out here", sale.activity_ids.note)
        self.assertFalse(sale.picking_ids)


class TestRequests(LeftCase):
    """The buyer asks to cancel, the platform decides, a clerk is in between."""

    def test_a_rejected_request_frees_what_a_person_had_taken_back(self):
        for again in ("cancel", "draft"):
            for status in ("READY_TO_SHIP", "PROCESSED", "SHIPPED"):
                with self.subTest(f"{again} {status}"):
                    sale, raw = self.bought()
                    self.bring(self.later(raw, order_status="IN_CANCEL"))
                    sale._action_cancel()
                    if again == "draft":
                        sale.action_draft()
                    self.bring(self.later(raw, 120, order_status=status))
                    if again == "cancel":
                        sale.action_draft()
                        sale.action_confirm()
                        self.open_pickings(sale).action_assign()
                    self.assertFalse(sale.connector_cancel_requested)
                    self.assertNotIn("asks to cancel", self.activities(sale))
                    self.open_pickings(sale).button_validate()
                    self.assertEqual(sale.order_line.mapped("qty_delivered"), [3, 1])

    def test_a_return_ends_the_request_so_that_it_can_be_booked_out(self):
        sale, raw = self.bought()
        self.bring(self.later(raw, order_status="IN_CANCEL"))
        self.bring(self.later(raw, 120, order_status="TO_RETURN"))
        self.assertFalse(sale.connector_cancel_requested)
        sale.picking_ids.button_validate()
        self.assertEqual(sale.picking_ids.state, "done")

    def test_lines_changed_meanwhile_are_told_when_it_is_rejected(self):
        sale, raw = self.bought()
        self.bring(self.later(raw, order_status="IN_CANCEL"))
        sale.order_line[0].product_uom_qty = 0
        self.bring(self.later(raw, 120, order_status="READY_TO_SHIP"))
        self.assertIn("is not as on the platform", self.activities(sale))
        self.assertIn("3 on the platform, 0 here", sale.activity_ids.note)

    def test_a_line_that_was_divided_meanwhile_is_no_change(self):
        sale, raw = self.bought()
        self.bring(self.later(raw, order_status="IN_CANCEL"))
        first = sale.order_line[0]
        first.product_uom_qty = 2
        values = {"product_id": first.product_id.id, "price_unit": first.price_unit}
        sale.order_line = [Command.create(values)]
        self.bring(self.later(raw, 120, order_status="READY_TO_SHIP"))
        self.assertFalse(sale.activity_ids)

    def test_a_retry_of_the_shipment_changes_nothing_here(self):
        sale, raw = self.bought()
        self.bring(self.later(raw, order_status="PROCESSED"))
        sale.picking_ids.button_validate()
        self.bring(self.later(raw, 120, order_status="RETRY_SHIP"))
        self.assertEqual((sale.state, sale.picking_ids.state), ("sale", "done"))
        self.assertFalse(sale.activity_ids)


class TestParcels(LeftCase):
    """Several parcels of one order, of which one is cancelled."""

    def parcels(self, *statuses):
        return [
            {
                "package_number": f"OFG{number}",
                "logistics_status": f"LOGISTICS_{status}",
                "item_list": [{"item_id": 1, "model_id": 0, "model_quantity": pieces}],
            }
            for number, (status, pieces) in enumerate(statuses)
        ]

    def test_nothing_leaves_until_it_is_told_which_pieces_were_cancelled(self):
        sale, raw = self.bought()
        raw["package_list"] = self.parcels(("READY", 3), ("INVALID", 1))
        self.bring(self.later(raw))
        self.assertEqual(sale.connector_hold, "platform")
        self.assertIn("OFG1", sale.connector_platform_hold)
        self.bring(self.part_cancelled(self.later(raw), (2, 1), 120_000))
        self.assertFalse(sale.connector_hold)
        self.assertEqual(self.moves(sale), {"SKU-001": 2, "SKU-016": 1})

    def test_the_hold_that_ends_with_the_change_does_not_take_the_next_one_along(self):
        sale, raw = self.bought()
        raw["package_list"] = self.parcels(("READY", 3), ("INVALID", 1))
        self.bring(self.later(raw))
        self.assertEqual(sale.connector_hold, "platform")
        sale.picking_ids.move_ids.picked = True
        self.bring(self.part_cancelled(self.later(raw), (2, 1), 120_000))
        self.assertEqual(sale.connector_hold, "changed")
        self.assertFalse(sale.connector_platform_hold)
        with self.assertRaisesRegex(UserError, "Release Deliveries"):
            sale.picking_ids.button_validate()

    def test_one_that_left_stays_gone_and_the_other_is_held(self):
        sale, raw = self.bought()
        out = sale.picking_ids
        out.move_ids[0].quantity = 2
        out.move_ids.picked = True
        out.with_context(skip_backorder=True)._action_done()
        raw["package_list"] = self.parcels(("PICKUP_DONE", 3), ("REQUEST_CANCELED", 1))
        self.bring(self.part_cancelled(raw, (2, 1), 120_000, order_status="SHIPPED"))
        self.assertEqual(sale.connector_hold, "changed")
        self.assertEqual(sale.order_line.mapped("qty_delivered"), [2, 1])
        with self.assertRaisesRegex(UserError, "Release Deliveries"):
            self.open_pickings(sale).button_validate()


class TestCopies(LeftCase):
    """A clerk who splits an order in two duplicates it."""

    def test_the_copy_of_a_cancelled_order_is_looked_at(self):
        sale, raw = self.bought()
        copy = sale.copy()
        copy.action_confirm()
        self.bring(self.later(raw, order_status="CANCELLED"))
        self.assertIn(raw["order_sn"], self.activities(copy))
        self.assertIn("cancel", copy.activity_ids.note)
        self.assertEqual(copy.state, "sale")

    def test_so_it_is_when_pieces_are_cancelled_or_to_be(self):
        for told in ("IN_CANCEL", "pieces"):
            with self.subTest(told):
                sale, raw = self.bought()
                copy = sale.copy()
                copy.action_confirm()
                if told == "pieces":
                    self.bring(self.part_cancelled(raw, (2, 1), 120_000))
                else:
                    self.bring(self.later(raw, order_status=told))
                self.assertIn(raw["order_sn"], self.activities(copy))

    def test_a_copy_of_a_copy_and_one_given_up_are_no_question(self):
        sale, raw = self.bought()
        copy = sale.copy()
        second = copy.copy()
        second.action_confirm()
        copy._action_cancel()
        self.bring(self.later(raw, order_status="CANCELLED"))
        self.assertFalse(copy.activity_ids)
        self.assertIn(raw["order_sn"], self.activities(second))


class TestOrdinaryMoves(LeftCase):
    def test_where_they_go_asks_the_database_nothing(self):
        places = self.env["stock.location"].search([("usage", "!=", "transit")])
        there = {place: place.usage == "customer" for place in places}
        self.assertEqual(set(there.values()), {True, False})
        self.env.flush_all()
        with self.assertQueryCount(0):
            self.assertEqual({p: p._connector_is_customer() for p in places}, there)


class TestMerged(LeftCase):
    """Contacts that a person has merged."""

    def test_orders_of_merged_customers_go_on(self):
        sale, raw = self.bought(buyer=1, masked=False)
        contact = sale.partner_shipping_id
        kept = self.env["res.partner"].create({"name": "Kept"})
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((sale.partner_id | kept).ids, kept, extra_checks=False)
        self.env.invalidate_all()
        self.assertEqual(sale.partner_id, kept)
        address = {**raw["recipient_address"], "full_address": "Jl. Melati 9"}
        self.bring(self.later(raw, recipient_address=address))
        self.assertEqual(sale.partner_shipping_id.street, "Jl. Melati 9")
        self.assertEqual(sale.partner_shipping_id.parent_id, kept)
        _sn, other, _message = self.place_one(buyer=1, masked=False)
        self.assertEqual(other.partner_id, kept)
        self.assertTrue(contact.exists())

    def test_a_delivery_address_merged_into_another_stays_the_platforms(self):
        sale, raw = self.bought(buyer=1, masked=False)
        kept = self.env["res.partner"].create(
            {"name": "Kept", "parent_id": sale.partner_id.id, "type": "delivery"}
        )
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((sale.partner_shipping_id | kept).ids, kept, extra_checks=False)
        self.env.invalidate_all()
        self.assertEqual(sale.partner_shipping_id, kept)
        self.bring(self.later(raw, order_status="PROCESSED"))
        self.assertFalse(sale.activity_ids)
        self.assertFalse(sale.connector_hold)
        address = {**raw["recipient_address"], "full_address": "Jl. Melati 9"}
        self.bring(self.later(raw, 120, recipient_address=address))
        self.assertEqual(sale.partner_shipping_id.street, "Jl. Melati 9")

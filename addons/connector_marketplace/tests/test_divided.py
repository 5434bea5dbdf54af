"""Lines that a clerk has divided, added or replaced, and fewer pieces told then."""

from odoo.exceptions import UserError
from odoo.fields import Command

from .test_changes import ChangeCase


class DividedCase(ChangeCase):
    def divide(self, sale, pieces=1, **values):
        """Put some pieces of the first line on a line of their own."""
        line = sale.order_line[0]
        line.product_uom_qty -= pieces
        new = {
            "product_id": line.product_id.id,
            "product_uom_qty": pieces,
            "price_unit": line.price_unit,
            "tax_ids": [Command.set(line.tax_ids.ids)],
            **values,
        }
        sale.order_line = [Command.create(new)]
        return sale.order_line.sorted("id")[-1]

    def to_leave(self, sale, code="SKU-001"):
        """Pieces that open deliveries are for."""
        moves = sale.order_line.move_ids.filtered(
            lambda m: (
                m.state not in ("done", "cancel")
                and not m.move_orig_ids
                and m.product_id.default_code == code
            )
        )
        return sum(moves.mapped("product_uom_qty")), sum(moves.mapped("quantity"))

    def here(self, sale, code="SKU-001"):
        lines = sale.order_line.filtered(lambda x: x.product_id.default_code == code)
        return lines.mapped("product_uom_qty")

    def is_held(self, sale):
        self.assertEqual(sale.connector_hold, "changed")
        self.assertIn("is not as on the platform", self.activities(sale))
        with self.assertRaisesRegex(UserError, "Release Deliveries"):
            sale.picking_ids.filtered(lambda p: p.state == "assigned").button_validate()


class TestDivided(DividedCase):
    def test_pieces_of_a_divided_line_follow_the_platform(self):
        for steps in ("ship_only", "pick_ship"):
            for left in (2, 1, 0):
                with self.subTest(f"{steps} {left}"):
                    self.steps(steps)
                    sale, raw = self.bought()
                    self.divide(sale)
                    message = self.bring(
                        self.part_cancelled(raw, (left, 1), left * 50_000 + 20_000)
                    )
                    self.assertEqual(message.state, "done", message.note)
                    self.assertEqual(sum(self.here(sale)), left)
                    self.assertEqual(self.to_leave(sale), (left, left))
                    self.assertFalse(sale.connector_hold)
                    self.assertEqual(sale.connector_difference, 0)

    def test_more_pieces_are_added_once(self):
        sale, raw = self.bought()
        self.divide(sale)
        items = [dict(item) for item in raw["item_list"]]
        items[0]["model_quantity_purchased"] = 5
        self.bring(self.later(raw, item_list=items, total_amount=270_000))
        self.assertEqual(self.here(sale), [4, 1])
        self.assertEqual(self.to_leave(sale), (5, 5))

    def test_lines_that_differ_are_left_to_a_person(self):
        for values in (
            {"price_unit": 0},
            {"discount": 10},
            {"route_ids": [Command.set(self.a_route().ids)]},
        ):
            with self.subTest(values):
                sale, raw = self.bought()
                self.divide(sale, **values)
                self.bring(self.part_cancelled(raw, (2, 1), 120_000))
                self.assertEqual(self.here(sale), [2, 1])
                self.is_held(sale)
                self.assertIn("2 on the platform, 2 + 1 here", sale.activity_ids.note)

    def a_route(self):
        return self.env["stock.route"].create(
            {"name": "Other way", "sale_selectable": True}
        )

    def test_all_cancelled_leaves_nothing_of_lines_that_differ(self):
        sale, raw = self.bought()
        self.divide(sale, price_unit=0)
        self.bring(self.part_cancelled(raw, (0, 1), 20_000))
        self.assertEqual(self.here(sale), [0, 0])
        self.assertEqual(self.to_leave(sale), (0, 0))
        self.assertFalse(sale.connector_hold)

    def test_pieces_moved_to_another_line_of_the_platform_follow(self):
        for price, held in ((50_000, False), (40_000, True)):
            with self.subTest(price):
                sn, sale, _message = self.place_one(
                    plain=True,
                    items=[
                        {"sku": "SKU-001", "quantity": 3, "price": 50_000},
                        {"sku": "SKU-016", "quantity": 1, "price": price},
                    ],
                )
                other = sale.order_line[1]
                binding = self.env["erp.connector.binding"].search(
                    [("external_sku", "=", "SKU-016"), ("res_id", "!=", False)]
                )
                self.assertTrue(binding)
                other.order_id.action_unlock()
                sale._action_cancel()
                sale.action_draft()
                other.product_id = sale.order_line[0].product_id
                other.price_unit = price
                sale.action_confirm()
                sale.order_line[0].product_uom_qty = 2
                other.product_uom_qty = 2
                raw = self.detail(sn)
                self.bring(self.part_cancelled(raw, (2, 1), 100_000 + price))
                if held:
                    self.is_held(sale)
                else:
                    self.assertEqual(sum(self.here(sale)), 3)
                    self.assertEqual(self.to_leave(sale), (3, 3))
                    self.assertFalse(sale.connector_hold)

    def test_what_was_lessened_here_before_is_not_lessened_again(self):
        sale, raw = self.bought()
        own = self.divide(sale)
        own.product_uom_qty = 0
        self.bring(self.part_cancelled(raw, (2, 1), 120_000))
        self.assertEqual(self.here(sale), [2, 0])
        self.assertFalse(sale.connector_hold)

    def test_pieces_added_on_a_line_of_their_own_are_held_when_fewer_are_wanted(self):
        sale, raw = self.bought()
        sale.order_line = [
            Command.create({"product_id": self.product("SKU-001").id, "price_unit": 0})
        ]
        self.bring(self.part_cancelled(raw, (2, 1), 120_000))
        self.assertEqual(self.here(sale), [2, 1])
        self.is_held(sale)
        sale.action_connector_release()
        sale.picking_ids.button_validate()
        self.assertEqual(sale.picking_ids.state, "done")

    def test_a_gift_does_not_become_one_of_the_pieces_sold(self):
        sale, raw = self.bought()
        values = {"product_id": self.product("SKU-001").id, "price_unit": 0}
        sale.order_line = [Command.create(values)]
        items = [dict(item) for item in raw["item_list"]]
        items[0]["model_quantity_purchased"] = 4
        self.bring(self.later(raw, item_list=items, total_amount=220_000))
        self.assertEqual(self.here(sale), [3, 1])
        self.is_held(sale)

    def test_pieces_exchanged_for_another_article_are_held(self):
        sale, raw = self.bought()
        self.divide(sale, product_id=self.product("SKU-030").id)
        self.bring(self.part_cancelled(raw, (2, 1), 120_000))
        self.is_held(sale)

    def test_the_same_news_again_change_nothing(self):
        sale, raw = self.bought()
        self.divide(sale)
        changed = self.part_cancelled(raw, (2, 1), 120_000)
        self.bring(changed)
        before = self.here(sale)
        self.bring(self.later(changed, order_status="PROCESSED"))
        self.assertEqual(self.here(sale), before)
        self.bring(self.part_cancelled(self.later(raw, 180), (1, 1), 70_000))
        self.assertEqual(sum(self.here(sale)), 1)

    def test_a_divided_line_in_another_unit_is_left_to_a_person(self):
        sale, raw = self.bought()
        dozen = self.env.ref("uom.product_uom_dozen")
        self.divide(sale, product_uom_id=dozen.id, product_uom_qty=1)
        self.bring(self.part_cancelled(raw, (2, 1), 120_000))
        self.assertEqual(sale.connector_hold, "changed")
        self.assertEqual(self.here(sale), [2, 1])


class TestDividedQuotation(DividedCase):
    def quotation(self):
        sale, raw = self.bought()
        sale._action_cancel()
        sale.action_draft()
        return sale, raw

    def test_a_divided_quotation_is_confirmed_with_the_platforms_pieces(self):
        sale, raw = self.quotation()
        self.divide(sale)
        self.bring(self.part_cancelled(raw, (2, 1), 120_000))
        self.assertEqual((sale.state, sum(self.here(sale))), ("sale", 2))
        self.assertEqual(self.to_leave(sale)[0], 2)

    def test_what_cannot_be_decided_is_confirmed_and_held(self):
        for change in ({"price_unit": 0}, None):
            with self.subTest(change):
                sale, raw = self.quotation()
                if change:
                    self.divide(sale, **change)
                else:
                    sale.order_line[0].product_uom_qty = 9
                self.bring(self.part_cancelled(raw, (2, 1), 120_000))
                self.assertEqual(sale.state, "sale")
                self.is_held(sale)

    def test_a_line_made_in_place_of_the_platforms_stands_for_it(self):
        sale, raw = self.quotation()
        first = sale.order_line[0]
        values = {
            "product_id": first.product_id.id,
            "product_uom_qty": 3,
            "price_unit": 45_000,
        }
        sale.order_line = [Command.delete(first.id), Command.create(values)]
        self.bring(self.later(raw, order_status="PROCESSED"))
        self.assertEqual(self.here(sale), [3])
        self.assertEqual(self.to_leave(sale)[0], 3)

    def test_another_article_in_place_of_the_platforms_is_held(self):
        sale, raw = self.quotation()
        first = sale.order_line[0]
        values = {"product_id": self.product("SKU-030").id, "product_uom_qty": 3}
        sale.order_line = [Command.delete(first.id), Command.create(values)]
        self.bring(self.later(raw, order_status="PROCESSED"))
        self.is_held(sale)


class TestParts(DividedCase):
    """Parts of a kit: moves of a sale line that move another article than was sold."""

    def kit(self, per_piece=2):
        """A sale of three whose first article goes out as two parts a piece."""
        sale, raw = self.bought()
        line = sale.order_line[0]
        whole = line.move_ids
        part = whole.copy(
            {
                "product_id": self.product("SKU-030").id,
                "product_uom_qty": whole.product_uom_qty * per_piece,
                "sale_line_id": line.id,
                "picking_id": whole.picking_id.id,
            }
        )
        whole._do_unreserve()
        whole._action_cancel()
        part._action_confirm(merge=False)
        part._action_assign()
        return sale, raw, part

    def test_no_more_parts_leave_than_the_order_is_for(self):
        sale, _raw, part = self.kit()
        part.quantity = 7
        with self.assertRaisesRegex(UserError, "is for 6 only"):
            sale.picking_ids.button_validate()
        part.quantity = 6
        sale.picking_ids.button_validate()
        self.assertEqual(part.state, "done")

    def test_parts_are_held_to_what_is_ordered_after_it_was_lessened(self):
        sale, raw, part = self.kit()
        part.picked = True
        self.bring(self.part_cancelled(raw, (2, 1), 120_000))
        self.assertEqual(sale.connector_hold, "changed")
        with self.env.cr.savepoint():
            sale.order_line[0].with_context(skip_procurement=True).product_uom_qty = 2
        sale.action_connector_release()
        with self.assertRaisesRegex(UserError, "is for 4 only"):
            sale.picking_ids.button_validate()
        part.quantity = 4
        sale.picking_ids.with_context(skip_backorder=True).button_validate()
        self.assertEqual(part.state, "done")

    def test_parts_that_left_before_their_share_was_noted_are_no_measure(self):
        sale, _raw, part = self.kit()
        sale.picking_ids.button_validate()
        part.connector_per_piece = 0
        line = sale.order_line[0]
        line.with_context(skip_procurement=True).product_uom_qty = 4
        more = part.copy(
            {"product_uom_qty": 2, "sale_line_id": line.id, "picking_id": False}
        )
        more._action_confirm(merge=False)
        more._action_assign()
        more.write({"quantity": 2, "picked": True})
        self.assertTrue(more.connector_per_piece)
        more._action_done()
        self.assertEqual(more.state, "done")

    def test_parts_that_are_not_lessened_with_the_line_hold_the_deliveries(self):
        """Without Manufacturing nobody lessens them."""
        sale, raw, _part = self.kit()
        self.bring(self.part_cancelled(raw, (2, 1), 120_000))
        self.assertEqual(sale.connector_hold, "changed")
        self.assertIn("was changed on the platform", self.activities(sale))

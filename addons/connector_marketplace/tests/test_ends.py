"""Activities end when what they ask for is done, or nobody is to do it any more."""

from odoo.fields import Command

from .test_left import LeftCase

ADDRESS = "order.address"
ASKED = "order.copy_asked"
BOOK_OUT = "order.book_out"
CHANGED = "order.copy_changed"
CREDIT = "order.credit"
EDITED = "order.edited"
INVOICED = "order.invoiced"
LATE = "order.charges_late"
MISSING = "order.charges_missing"


class EndCase(LeftCase):
    def open_causes(self, sale):
        return set(sale.activity_ids.mapped("connector_cause"))

    def raised(self, sale, *causes):
        for cause in causes:
            self.backend._notify_owner(cause, "A note", record=sale, cause=cause)
        self.assertGreaterEqual(self.open_causes(sale), set(causes))

    def invoiced(self):
        for sku in ("SKU-001", "SKU-016"):
            self.product(sku).invoice_policy = "order"
        sale, raw = self.bought()
        sale._create_invoices().action_post()
        return sale, raw

    def priced(self, raw, price, seconds=60):
        items = [dict(item) for item in raw["item_list"]]
        items[0]["model_discounted_price"] = price
        total = price * 3 + 20_000
        return self.later(raw, seconds, item_list=items, total_amount=total)


class TestOrderIsOver(EndCase):
    CAUSES = (ADDRESS, EDITED, INVOICED, LATE, MISSING)

    def test_a_cancelled_order_asks_for_nothing(self):
        for make in (self.bought, self.quotation):
            with self.subTest(make.__name__):
                sale, raw = make()
                self.raised(sale, *self.CAUSES)
                self.bring(self.later(raw, order_status="CANCELLED"))
                self.assertEqual(sale.state, "cancel")
                self.assertFalse(sale.activity_ids)

    def test_an_invoiced_one_asks_for_its_credit_note_alone(self):
        sale, raw = self.invoiced()
        self.bring(self.priced(raw, 40_000))
        self.assertEqual(self.open_causes(sale), {INVOICED})
        self.bring(self.later(raw, 120, order_status="CANCELLED"))
        self.assertEqual(self.open_causes(sale), {CREDIT})

    def test_charges_that_come_with_the_confirmation_are_not_missing(self):
        fault = self.refuse_breakdowns()
        sale, raw = self.bought()
        self.shop.clear_faults(fault)
        self.assertTrue(sale.connector_charges_pending)
        sale._connector_tell_missing("A week has gone.")
        sale._action_cancel()
        sale.action_draft()
        self.become("PROCESSED", raw["order_sn"])
        self.assertEqual(sale.state, "sale")
        self.assertFalse(sale.connector_charges_pending)
        self.assertFalse(sale.activity_ids)


class TestInvoiceAgrees(EndCase):
    def setUp(self):
        super().setUp()
        self.sale, self.raw = self.invoiced()
        self.bring(self.priced(self.raw, 40_000))
        self.assertEqual(self.open_causes(self.sale), {INVOICED})

    def credited(self, amount):
        note = self.sale.invoice_ids._reverse_moves()
        kept = note.invoice_line_ids[0]
        note.invoice_line_ids = [
            Command.delete(line.id) for line in note.invoice_line_ids - kept
        ]
        kept.write({"quantity": 1, "price_unit": amount})
        note.action_post()

    def test_the_platform_goes_back_to_what_was_invoiced(self):
        self.bring(self.priced(self.raw, 50_000, 120))
        self.assertFalse(self.sale.connector_difference)
        self.assertFalse(self.sale.activity_ids)

    def test_a_credit_note_makes_up_for_it(self):
        self.credited(30_000)
        self.assertFalse(self.sale.activity_ids)

    def test_one_that_is_too_small_does_not(self):
        self.credited(20_000)
        self.assertEqual(self.open_causes(self.sale), {INVOICED})


class TestBookOutEnds(EndCase):
    def test_a_transfer_that_is_cancelled_is_not_to_be_validated(self):
        for steps in ("ship_only", "pick_ship"):
            with self.subTest(steps):
                self.steps(steps)
                sale, raw = self.quotation()
                self.bring(self.later(raw, order_status="SHIPPED"))
                self.assertEqual(self.open_causes(sale), {BOOK_OUT})
                out = self.open_pickings(sale)
                out.move_ids[0]._action_cancel()
                self.assertEqual(self.open_causes(sale), {BOOK_OUT})
                out.action_cancel()
                self.assertFalse(sale.activity_ids)


class TestCopyEnds(EndCase):
    def copied(self):
        sale, raw = self.bought()
        copy = sale.copy()
        copy.action_confirm()
        return sale, raw, copy

    def test_a_refused_request_is_taken_back_from_the_copy(self):
        for status in ("READY_TO_SHIP", "TO_RETURN"):
            with self.subTest(status):
                _sale, raw, copy = self.copied()
                self.bring(self.later(raw, order_status="IN_CANCEL"))
                self.assertTrue(copy.activity_ids)
                self.bring(self.later(raw, 120, order_status=status))
                self.assertFalse(copy.activity_ids)

    def test_pieces_that_were_cancelled_stay_told_when_a_request_is_refused(self):
        _sale, raw, copy = self.copied()
        fewer = self.part_cancelled(raw, (2, 1), 120_000)
        self.bring(fewer)
        self.bring(self.later(fewer, order_status="IN_CANCEL"))
        self.assertEqual(self.open_causes(copy), {ASKED, CHANGED})
        self.bring(self.later(fewer, 120, order_status="READY_TO_SHIP"))
        self.assertEqual(self.open_causes(copy), {CHANGED})

    def test_what_is_decided_takes_the_place_of_what_was_asked(self):
        _sale, raw, copy = self.copied()
        self.bring(self.later(raw, order_status="IN_CANCEL"))
        self.bring(self.later(raw, 120, order_status="CANCELLED"))
        (activity,) = copy.activity_ids
        self.assertEqual(activity.connector_cause, CHANGED)
        self.assertNotIn("IN_CANCEL", activity.note)

    def test_later_news_is_added_once(self):
        _sale, raw, copy = self.copied()
        self.bring(self.part_cancelled(raw, (2, 1), 120_000))
        for seconds in (120, 180):
            self.bring(self.later(raw, seconds, order_status="CANCELLED"))
        (activity,) = copy.activity_ids
        self.assertIn("3 pieces", activity.note)
        self.assertEqual(activity.note.count("CANCELLED"), 1)

    def test_it_ends_with_what_is_done_to_the_copy(self):
        ways = {
            "cancel": lambda copy: copy._action_cancel(),
            "lessen": lambda copy: copy.order_line.write({"product_uom_qty": 0}),
            "deliver": lambda copy: copy.picking_ids.button_validate(),
            "give up": lambda copy: copy.picking_ids.action_cancel(),
        }
        for name, way in ways.items():
            with self.subTest(name):
                _sale, raw, copy = self.copied()
                self.bring(self.later(raw, order_status="CANCELLED"))
                self.assertEqual(self.open_causes(copy), {CHANGED})
                way(copy)
                self.assertNotIn(CHANGED, self.open_causes(copy))

    def test_it_stays_while_a_part_is_to_leave(self):
        _sale, raw, copy = self.copied()
        self.bring(self.later(raw, order_status="CANCELLED"))
        copy.order_line[0].product_uom_qty = 1
        copy.order_line[1].product_uom_qty = 0
        self.assertEqual(self.open_causes(copy), {CHANGED})


class TestExpectedBack(EndCase):
    """What is to come back is the platform's, not what a person added."""

    def shipped(self, change):
        sale, raw = self.bought()
        change(sale)
        self.open_pickings(sale).action_assign()
        self.open_pickings(sale).button_validate()
        self.assertFalse(self.open_pickings(sale))
        self.bring(self.part_cancelled(raw, (2, 1), 120_000, order_status="SHIPPED"))
        return self.open_activities(sale, "order.take_back").note

    def own(self, sale, price, pieces=1, less=0):
        first = sale.order_line[0]
        first.product_uom_qty -= less
        values = {"product_id": first.product_id.id, "product_uom_qty": pieces}
        sale.order_line = [Command.create({**values, "price_unit": price})]

    def test_a_free_piece_on_a_line_of_its_own_is_the_customers(self):
        note = self.shipped(lambda sale: self.own(sale, 0))
        self.assertIn("expect 1 x", note)

    def test_a_piece_that_was_divided_off_is_the_platforms(self):
        note = self.shipped(lambda sale: self.own(sale, 50_000, less=1))
        self.assertIn("expect 1 x", note)

    def test_of_both_only_what_was_added_is_the_customers(self):
        note = self.shipped(lambda sale: self.own(sale, 50_000, pieces=3, less=1))
        self.assertIn("expect 1 x", note)

    def test_parts_of_a_kit_are_not_the_article(self):
        def kit(sale):
            whole = sale.order_line[1].move_ids
            part = whole.copy(
                {
                    "product_id": self.product("SKU-001").id,
                    "product_uom_qty": 2,
                    "sale_line_id": sale.order_line[1].id,
                    "picking_id": whole.picking_id.id,
                }
            )
            whole._do_unreserve()
            whole._action_cancel()
            part._action_confirm(merge=False)

        self.assertIn("expect 1 x", self.shipped(kit))

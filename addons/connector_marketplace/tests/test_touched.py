"""An order that a person has touched gets the platform's news, and keeps the work."""

from odoo.fields import Command
from odoo.tools.safe_eval import safe_eval

from .news import NewsCase


class TestQuotation(NewsCase):
    def setUp(self):
        super().setUp()
        self.backend.unpaid_policy = "quotation"

    def unpaid(self):
        """An unpaid order of 414,800 that will cost 425,800 when it is paid."""
        moment = int(self.now().timestamp()) - 60  # so that it is paid by now
        sn, sale, _message = self.place_one(
            status="UNPAID",
            create_time=moment,
            update_time=moment,
            plain=True,
            items=[{"sku": "SKU-001", "price": 414_800, "original_price": 414_800}],
            shipping_fee=9_000,
            buyer_service_fee=2_000,
        )
        return sn, sale

    def pay(self, sn):
        self.shop.pay(sn)
        self.tell(sn)

    def test_a_quotation_that_was_sent_is_confirmed_with_its_charges(self):
        sn, sale = self.unpaid()
        sale.action_quotation_sent()
        self.pay(sn)
        self.assertEqual((sale.state, sale.amount_total), ("sale", 425_800))
        self.assertEqual(set(sale.picking_ids.mapped("state")), {"assigned"})

    def test_lines_that_a_person_added_stay(self):
        sn, sale = self.unpaid()
        gift = self.product("SKU-016")
        sale.order_line = [
            Command.create({"product_id": gift.id, "price_unit": 0, "name": "Gift"})
        ]
        self.pay(sn)
        self.assertEqual((sale.state, sale.amount_total), ("sale", 425_800))
        self.assertEqual(self.moves(sale), {"SKU-001": 1, "SKU-016": 1})

    def test_what_a_person_changed_stays_and_shows_as_difference(self):
        sn, sale = self.unpaid()
        sale.order_line.write({"product_uom_qty": 2, "price_unit": 400_000})
        self.pay(sn)
        self.assertEqual(sale.state, "sale")
        self.assertEqual(sale.order_line[0].product_uom_qty, 2)
        self.assertEqual(sale.connector_difference, 811_000 - 425_800)
        self.assertIn("a difference of", self.message(sn).note)

    def test_a_line_the_platform_changed_too_is_left_and_told(self):
        sn, sale = self.unpaid()
        sale.order_line.price_unit = 400_000
        self.shop.act("change", order_sn=sn, prices={"SKU-001": 410_000})
        self.pay(sn)
        self.assertEqual(sale.order_line[0].price_unit, 400_000)
        self.assertIn("is not as on the platform", self.activities(sale))

    def test_a_quotation_cancelled_by_hand_stays_so_and_somebody_is_told(self):
        sn, sale = self.unpaid()
        sale._action_cancel()
        self.pay(sn)
        self.assertEqual(sale.state, "cancel")
        self.assertIn("Cancelled here", self.activities(sale))

    def test_a_deleted_quotation_is_not_made_anew_and_somebody_is_told(self):
        sn, sale = self.unpaid()
        sale.unlink()
        self.pay(sn)
        self.assertFalse(self.sale(sn))
        message = self.message(sn)
        self.assertEqual(message.state, "ignored")
        self.assertIn("deleted here", message.note)
        self.assertIn(sn, self.activities(self.backend))
        self.become("CANCELLED", sn)
        self.assertNotIn(sn, self.activities(self.backend))

    def test_without_its_mapping_a_deleted_order_comes_back(self):
        sn, sale = self.unpaid()
        sale.unlink()
        self.env["erp.connector.binding"].search(
            [("kind", "=", "order"), ("external_id", "=", sn)]
        ).unlink()
        self.pay(sn)
        self.assertEqual(self.sale(sn).state, "sale")

    def test_a_quotation_that_jumps_to_shipped_is_to_be_booked_out(self):
        sn, sale = self.unpaid()
        self.become("SHIPPED", sn)
        self.assertFalse(sale.connector_left_before)
        self.assertEqual((sale.state, sale.picking_ids.state), ("sale", "assigned"))
        self.assertIn("Book out", self.activities(sale))


class TestSale(NewsCase):
    def test_an_order_reset_to_a_quotation_is_confirmed_by_the_next_news(self):
        sn, sale, _message = self.place_one()
        sale._action_cancel()
        sale.action_draft()
        self.become("PROCESSED", sn)
        self.assertEqual(sale.state, "sale")
        self.assertEqual(sale.connector_difference, 0)
        live = sale.picking_ids.filtered(lambda p: p.state != "cancel")
        self.assertEqual(set(live.mapped("state")), {"assigned"})

    def test_a_copy_is_no_marketplace_order(self):
        _sn, sale, _message = self.place_one()
        copy = sale.copy()
        self.assertFalse(copy.connector_order_ref)
        self.assertFalse(copy.order_line.filtered("connector_line_ref"))
        self.assertEqual(copy.connector_difference, 0)

    def test_orders_of_an_archived_customer_come_in_for_that_one(self):
        _sn, sale, _message = self.place_one(buyer=1)
        sale.partner_id.active = False
        _sn, other, _message = self.place_one(buyer=1)
        self.assertEqual(other.partner_id, sale.partner_id)

    def test_an_order_deleted_after_it_was_cancelled_is_not_made_anew(self):
        sn, sale, _message = self.place_one()
        sale._action_cancel()
        sale.unlink()
        self.become("PROCESSED", sn)
        self.assertFalse(self.sale(sn))
        self.assertEqual(self.message(sn).state, "ignored")


class TestDifference(NewsCase):
    def differing(self):
        view = self.env["sale.order"].get_view(
            self.env.ref("sale.view_sales_order_filter").id, "search"
        )
        arch = view["arch"]
        start = arch.index('name="connector_difference"')
        domain = arch[arch.index('domain="', start) + 8 :].split('"')[0]
        domain = domain.replace("&lt;", "<").replace("&gt;", ">")
        return self.env["sale.order"].search(safe_eval(domain))

    def test_the_filter_finds_what_differs_and_nothing_else(self):
        sales = self.place(3)
        _sn, wrong, _message = self.place_one(poison="total_mismatch")
        plain = self.env["sale.order"].create({"partner_id": wrong.partner_id.id})
        self.cr.execute(
            "UPDATE sale_order SET connector_difference = NULL WHERE id = %s",
            [plain.id],
        )
        found = self.differing()
        self.assertIn(wrong, found)
        self.assertFalse(found & (sales | plain))

    def test_the_difference_is_true_whoever_changes_what(self):
        _sn, sale, _message = self.place_one(
            plain=True, items=[{"sku": "SKU-001", "quantity": 3, "price": 100_000}]
        )
        self.assertEqual(sale.connector_difference, 0)
        sale.order_line.product_uom_qty = 9
        self.assertEqual(sale.connector_difference, 600_000)
        self.assertIn(sale, self.differing())
        sale.order_line.product_uom_qty = 3
        self.assertNotIn(sale, self.differing())

    def test_an_unknown_total_is_no_difference(self):
        self.backend.unpaid_policy = "quotation"
        _sn, sale, _message = self.place_one(status="UNPAID")
        self.assertTrue(sale.amount_total)
        self.assertNotIn(sale, self.differing())


class TestWaiting(NewsCase):
    def first(self, sn):
        return self.env["erp.connector.message"].search(
            [("business_key", "=", sn)], limit=1, order="id"
        )

    def test_a_message_waits_no_more_when_its_order_is_cancelled(self):
        sn, _sale, message = self.place_one(unknown_sku="NEW-1")
        self.assertEqual(message.state, "waiting")
        self.become("CANCELLED", sn)
        self.assertEqual(self.first(sn).state, "ignored")
        self.assertIn("Later news", self.first(sn).note)
        self.assertFalse(self.first(sn).waiting_for_ids)

    def test_of_several_messages_only_the_latest_waits(self):
        sn, _sale, _message = self.place_one(unknown_sku="NEW-1")
        self.become("COMPLETED", sn)
        self.assertEqual(self.first(sn).state, "ignored")
        self.assertEqual(self.message(sn).state, "waiting")

    def test_it_ends_when_later_news_bring_the_order_in(self):
        sn, _sale, _message = self.place_one(unknown_sku="NEW-1")
        self.product("SKU-003").barcode = "NEW-1"
        self.become("PROCESSED", sn)
        self.assertEqual(self.sale(sn).state, "sale")
        states = self.env["erp.connector.message"].search([("business_key", "=", sn)])
        self.assertNotIn("waiting", states.mapped("state"))

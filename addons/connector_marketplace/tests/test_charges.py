"""Whose money each amount of the bill is: products, taxes, marks."""

from odoo.addons.connector_marketplace.providers.charges import BORNE_BY, Bearer
from odoo.addons.connector_marketplace.providers.schema import ChargeKind

from .money import MoneyCase

BILL = {
    "seller_voucher": 11_100,
    "shopee_voucher": 10_000,
    "coins": 1_500,
    "shipping_fee": 9_000,
    "buyer_service_fee": 1_000,
}


class TestCharges(MoneyCase):
    def test_the_products_that_come_along_say_whose_money_they_stand_for(self):
        for kind, bearer in BORNE_BY.items():
            product = self.env.ref(f"connector_marketplace.product_{kind}")
            self.assertEqual(
                product.connector_clearing, bearer is Bearer.PLATFORM, kind
            )
        rows = {row.kind for row in self.backend.charge_ids}
        self.assertEqual(rows, {str(kind) for kind in ChargeKind})

    def test_what_the_seller_gives_bears_the_taxes_of_the_goods(self):
        sale = self.order(**BILL)
        twin = self.vat.connector_included_id
        self.assertEqual(self.line(sale, "seller_voucher").tax_ids, twin)
        self.assertFalse(self.line(sale, "seller_voucher").connector_clearing)
        self.assertEqual((sale.amount_tax, sale.amount_total), (9_900, 98_400))

    def test_what_is_between_buyer_and_platform_bears_no_tax_and_is_marked(self):
        self.env.ref("connector_marketplace.product_coins").taxes_id = self.vat
        sale = self.order(**BILL)
        for kind in ("platform_voucher", "coins", "shipping", "service"):
            line = self.line(sale, kind)
            self.assertEqual(len(line), 1, kind)
            self.assertTrue(line.connector_clearing, kind)
            self.assertFalse(line.tax_ids, kind)
        goods = sale.order_line - self.charges(sale)
        self.assertFalse(goods.connector_clearing)

    def test_a_voucher_on_goods_of_several_taxes_is_split_by_their_worth(self):
        self.sell("SKU-002")
        sale = self.order(
            ("SKU-001", 1, 111_000), ("SKU-002", 1, 55_500), seller_voucher=10_000
        )
        lines = self.line(sale, "seller_voucher")
        parts = {line.tax_ids: line.price_unit for line in lines}
        twin = self.vat.connector_included_id
        self.assertEqual(parts, {twin: -6_667, twin.browse(): -3_333})
        self.assertEqual(sale.amount_total, 156_500)
        self.assertAlmostEqual(sale.amount_tax, (111_000 - 6_667) / 111 * 11, 2)

    def test_a_voucher_lessens_no_tax_that_is_charged_by_the_piece(self):
        levy = self.tax("Cukai", amount_type="fixed", amount=500)
        self.sell("SKU-001", self.vat, levy)
        sale = self.order(("SKU-001", 2, 55_500), seller_voucher=11_100)
        voucher = self.line(sale, "seller_voucher")
        self.assertEqual(voucher.tax_ids, self.vat.connector_included_id)
        self.assertEqual(sale.amount_total, 99_900)

    def test_a_gift_alone_takes_a_voucher_without_harm(self):
        sale = self.order(("SKU-001", 1, 0), shipping_fee=9_000)
        self.assertEqual(sale.amount_total, 9_000)

    def test_who_carries_the_parcels_himself_takes_a_product_of_his_own(self):
        own = self.env["product.product"].create(
            {"name": "Our Courier", "type": "service", "taxes_id": self.vat.ids}
        )
        row = self.backend.charge_ids.filtered(lambda r: r.kind == "shipping")
        row.product_id = own
        sale = self.order(**BILL)
        line = self.line(sale, "shipping")
        self.assertFalse(line.connector_clearing)
        self.assertEqual(line.tax_ids, self.vat.connector_included_id)

    def test_a_line_that_a_person_adds_is_marked_by_its_product(self):
        sale = self.order()
        shipping = self.env.ref("connector_marketplace.product_shipping")
        sale.order_line = [
            (0, 0, {"product_id": shipping.id, "price_unit": 5_000, "tax_ids": False})
        ]
        self.assertTrue(sale.order_line[-1].connector_clearing)
        shipping.connector_clearing = False  # history stays as it was
        self.assertTrue(sale.order_line[-1].connector_clearing)

    def test_an_ordinary_order_knows_no_clearing(self):
        shipping = self.env.ref("connector_marketplace.product_shipping")
        sale = self.env["sale.order"].create(
            {
                "partner_id": self.env.user.partner_id.id,
                "order_line": [(0, 0, {"product_id": shipping.id, "price_unit": 1})],
            }
        )
        self.assertFalse(sale.order_line.connector_clearing)
        copied = self.order(**BILL).copy()
        self.assertFalse(any(copied.order_line.mapped("connector_clearing")))
        self.assertFalse(any(copied.order_line.mapped("connector_charge")))

    def test_a_search_for_a_difference_finds_no_empty_ones(self):
        same, empty, other = (self.order() for _time in range(3))
        other.order_line[0].price_unit -= 1
        self.env.flush_all()
        self.cr.execute(
            "UPDATE sale_order SET connector_difference = NULL WHERE id = %s",
            [empty.id],
        )
        self.env.invalidate_all()
        sales = same | empty | other

        def found(operator, value):
            domain = [("connector_difference", operator, value)]
            return sales.search([("id", "in", sales.ids), *domain])

        for zero in (0, 0.0, False):
            self.assertEqual(found("!=", zero), other)
            self.assertEqual(found("=", zero), same | empty)
            self.assertEqual(found("in", [zero, 7]), same | empty)
            self.assertEqual(found("not in", [zero]), other)
        self.assertEqual(found("<", 0), other)
        self.assertEqual(found(">=", 0), same | empty)

"""A paid order becomes a confirmed, reserved sale, to the rupiah."""

from datetime import UTC, datetime

from .common import MarketCase

CHARGES = {
    "seller_voucher": ("seller_voucher", -7000),
    "shopee_voucher": ("platform_voucher", -5000),
    "coins": ("coins", -1375),
    "shipping_fee": ("shipping", 9000),
    "insurance_premium": ("insurance", 350),
    "buyer_service_fee": ("service", 1000),
}


class TestOrder(MarketCase):
    def test_a_paid_order_becomes_a_confirmed_and_reserved_sale(self):
        sn, sale, message = self.place_one(skus=["SKU-001", "SKU-016"], quantity=2)
        self.assertEqual((message.state, message._record()), ("done", sale))
        self.assertEqual(sale.state, "sale")
        self.assertEqual(sale.client_order_ref, sn)
        self.assertIn("Shopee", sale.origin)
        self.assertEqual(sale.source_id.name, "Shopee")
        self.assertEqual(sale.warehouse_id, self.backend.warehouse_id)
        self.assertEqual(set(sale.picking_ids.mapped("state")), {"assigned"})
        self.assertEqual(
            sale.order_line.filtered("product_id.is_storable").mapped(
                "product_id.default_code"
            ),
            ["SKU-001", "SKU-016"],
        )

    def test_the_order_date_is_the_buyers_and_not_ours(self):
        created = 1_790_000_000
        sn, sale, _message = self.place_one(create_time=created)
        when = datetime.fromtimestamp(created, UTC).replace(tzinfo=None)
        self.assertEqual(sale.date_order, when)
        self.assertTrue(sale.connector_ship_by)
        self.assertEqual(sale.commitment_date, sale.connector_ship_by)

    def test_prices_are_those_charged_and_quantities_those_bought(self):
        _sn, sale, _message = self.place_one(
            plain=True,
            items=[
                {
                    "sku": "SKU-001",
                    "quantity": 3,
                    "price": 61_234,
                    "original_price": 68_000,
                }
            ],
        )
        line = sale.order_line
        self.assertEqual((line.product_uom_qty, line.price_unit), (3, 61_234))
        self.assertEqual(sale.amount_total, 3 * 61_234)
        self.assertEqual(line.discount, 0)

    def test_each_amount_of_the_bill_has_a_line_with_its_own_product(self):
        amounts = {wish: abs(amount) for wish, (_kind, amount) in CHARGES.items()}
        sn, sale, message = self.place_one(
            plain=True, items=[{"sku": "SKU-001", "quantity": 1}], **amounts
        )
        products = {c.kind: c.product_id for c in self.backend.charge_ids}
        for kind, amount in CHARGES.values():
            line = sale.order_line.filtered(
                lambda x, p=products[kind]: x.product_id == p
            )
            self.assertEqual(line.price_unit, amount, kind)
        self.assertEqual(sale.amount_total, self.shop.order(sn)["total"])
        self.assertFalse(message.note)

    def test_a_total_that_does_not_add_up_is_imported_and_said(self):
        sn, sale, message = self.place_one(poison="total_mismatch")
        self.assertEqual((message.state, sale.state), ("done", "sale"))
        self.assertEqual(sale.connector_difference, -1)
        self.assertIn("a difference of", message.note)

    def test_the_totals_of_200_lifelike_orders_agree_to_the_rupiah(self):
        sales = self.place(200)
        self.assertEqual(len(sales), 200)
        orders = self.shop.orders()
        wrong = [
            (sale.connector_order_ref, sale.amount_total)
            for sale in sales
            if sale.amount_total != orders[sale.connector_order_ref]["total"]
        ]
        self.assertEqual(wrong, [])
        self.assertEqual(set(sales.mapped("state")), {"sale"})
        self.assertEqual(set(sales.picking_ids.mapped("state")), {"assigned"})

    def test_totals_agree_where_the_companys_taxes_are_added_to_prices(self):
        tax = self.env.company.account_sale_tax_id
        tax.price_include_override = "tax_excluded"
        products = self.env["product.product"].search(
            [("default_code", "like", "SKU-")]
        )
        products.taxes_id = tax
        sales = self.place(60)
        orders = self.shop.orders()
        for sale in sales:
            expected = orders[sale.connector_order_ref]["total"]
            self.assertEqual(sale.amount_total, expected)
        used = sales.order_line.filtered("product_id.is_storable").tax_ids
        self.assertEqual(used.mapped("amount"), [tax.amount])
        self.assertTrue(used.price_include)
        self.assertNotEqual(used, tax)
        self.assertTrue(sales[0].amount_tax)

    def test_the_twin_of_a_tax_is_made_once(self):
        tax = self.env.company.account_sale_tax_id
        tax.price_include_override = "tax_excluded"
        self.product("SKU-001").taxes_id = tax
        first = self.place(skus=["SKU-001"])
        second = self.place(skus=["SKU-001"])
        lines = (first | second).order_line.filtered("product_id.is_storable")
        self.assertEqual(len(lines.tax_ids), 1)

    def test_prices_may_be_taken_without_tax_instead(self):
        tax = self.env.company.account_sale_tax_id
        tax.price_include_override = "tax_excluded"
        self.product("SKU-001").taxes_id = tax
        self.backend.price_policy = "excluded"
        sale = self.place(plain=True, items=[{"sku": "SKU-001", "price": 68_000}])
        self.assertEqual(sale.order_line.tax_ids, tax)
        self.assertEqual(sale.amount_untaxed, 68_000)

    def test_no_price_list_discounts_a_platforms_price(self):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Half",
                "item_ids": [
                    (0, 0, {"compute_price": "percentage", "percent_price": 50})
                ],
            }
        )
        self.env["res.partner"].search([]).property_product_pricelist = pricelist
        sn, sale, _message = self.place_one(skus=["SKU-001"])
        self.assertEqual(sale.amount_total, self.shop.order(sn)["total"])


class TestMapping(MarketCase):
    def missing(self):
        return self.env["erp.connector.binding"].search(
            [("backend_id", "=", self.backend.id), ("is_missing", "=", True)]
        )

    def test_an_unmapped_sku_parks_its_order_and_no_other(self):
        parked, free = self.shop.place(unknown_sku="NEW-1"), self.shop.place()
        self.tell(*parked, *free)
        message = self.message(parked[0])
        self.assertEqual(message.state, "waiting")
        self.assertIn("NEW-1", message.note)
        self.assertFalse(self.sale(parked[0]))
        self.assertEqual(self.sale(free[0]).state, "sale")
        self.assertEqual(self.missing().waiting_count, 1)

    def test_the_reason_is_in_the_language_of_the_responsible_person(self):
        self.env["res.lang"]._activate_lang("id_ID")
        self.env["ir.module.module"]._load_module_terms(
            ["connector_marketplace"], ["id_ID"]
        )
        self.backend.user_id = self.env.ref("base.user_admin")
        self.backend.user_id.lang = "id_ID"
        _sn, _sale, message = self.place_one(unknown_sku="SKU-NEW")
        self.assertIn("tidak ada produk", message.note)

    def test_mapping_one_sku_releases_every_order_that_waits_for_it(self):
        sns = self.shop.place(5, unknown_sku="NEW-1")
        self.tell(*sns)
        self.assertEqual(self.missing().waiting_count, 5)
        self.map(self.missing(), "SKU-003")
        self.drain()
        for sn in sns:
            self.assertEqual(self.sale(sn).state, "sale")
            self.assertEqual(self.sale(sn).amount_total, self.shop.order(sn)["total"])
            self.assertEqual(self.message(sn).state, "done")

    def map(self, bindings, sku):
        wizard = (
            self.env["connector.marketplace.map"]
            .with_context(default_binding_ids=bindings.ids)
            .create({})
        )
        wizard.line_ids.product_id = self.product(sku)
        wizard.action_apply()

    def test_an_order_that_misses_two_mappings_waits_for_both(self):
        (sn,) = self.shop.place(
            items=[{"sku": "NEW-1"}, {"sku": "NEW-2"}, {"sku": "SKU-001"}]
        )
        self.tell(sn)
        first, second = self.missing()
        self.map(first, "SKU-003")
        self.drain()
        self.assertEqual(self.message(sn).state, "waiting")
        self.map(second, "SKU-004")
        self.drain()
        self.assertEqual(self.sale(sn).state, "sale")

    def test_a_sku_that_two_products_have_is_not_guessed(self):
        self.product("SKU-001").copy({"default_code": "SKU-001"})
        sn, sale, message = self.place_one(skus=["SKU-001"])
        self.assertEqual((message.state, len(sale)), ("waiting", 0))
        self.assertIn("2 products", message.note)

    def test_a_sku_that_is_a_barcode_is_found(self):
        product = self.product("SKU-001")
        product.write({"default_code": "KOPI", "barcode": "SKU-001"})
        _sn, sale, _message = self.place_one(skus=["SKU-001"], plain=True)
        self.assertEqual(sale.order_line.product_id, product)

    def test_what_was_matched_once_stays_when_a_code_changes(self):
        product = self.product("SKU-001")
        self.place(skus=["SKU-001"])
        product.default_code = "KOPI"
        _sn, sale, _message = self.place_one(skus=["SKU-001"], plain=True)
        self.assertEqual(sale.order_line.product_id, product)

    def test_another_listing_of_the_same_sku_is_mapped_with_it(self):
        bindings = self.env["erp.connector.binding"].create(
            [
                {
                    "backend_id": self.backend.id,
                    "kind": "product",
                    "external_id": listing,
                    "external_sku": "NEW-1",
                }
                for listing in ("1:0", "2:0")
            ]
        )
        self.map(bindings[0], "SKU-001")
        self.assertEqual(bindings.mapped("res_id"), [self.product("SKU-001").id] * 2)

    def test_an_archived_product_is_not_sold(self):
        self.product("SKU-001").active = False
        _sn, _sale, message = self.place_one(skus=["SKU-001"])
        self.assertEqual(message.state, "waiting")


class TestPoison(MarketCase):
    #: What becomes of each: its message, and whether there is a sale.
    FATE = {
        "currency": ("dead", False),
        "negative_quantity": ("dead", False),
        "emoji": ("done", True),
        "nul": ("done", True),
        "huge": ("done", True),
        "empty": ("dead", False),
        "no_items": ("dead", False),
        "wrong_types": ("dead", False),
        "unknown_status": ("dead", False),
    }

    def test_each_poison_meets_its_fate_and_says_why_and_neighbours_go_through(self):
        sns = {poison: self.shop.place(poison=poison)[0] for poison in self.FATE}
        healthy = self.shop.place(20)
        self.tell(*healthy[:10], *sns.values(), *healthy[10:])
        for poison, (state, imported) in self.FATE.items():
            with self.subTest(poison):
                message = self.message(sns[poison])
                self.assertEqual(message.state, state, message.error)
                self.assertEqual(bool(self.sale(sns[poison])), imported)
                self.assertTrue(state == "done" or len(message.error) > 20)
        for sn in healthy:
            self.assertEqual(self.sale(sn).state, "sale")

    def test_an_order_without_detail_is_tried_again(self):
        _sn, _sale, message = self.place_one(poison="missing")
        self.assertEqual(message.state, "retry")

    def test_an_answer_nobody_can_read_hurts_only_the_order_that_spoils_it(self):
        (bad,) = self.shop.place(poison="invalid_json")
        healthy = self.shop.place(10)
        self.tell(bad, *healthy)
        self.let_time_pass()
        self.drain()
        self.assertFalse(self.sale(bad))
        for sn in healthy:
            self.assertEqual(self.sale(sn).state, "sale")

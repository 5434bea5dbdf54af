"""Which product an order takes: never the wrong one in silence, never none for ever."""

from odoo.addons.connector_marketplace.models.connector_marketplace_product import (
    NOT_DELIVERED,
    SKU_CHANGED,
)
from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.exceptions import ValidationError

from .common import MarketCase


class MappingCase(MarketCase):
    def article(self, sku, **values):
        return self.env["product.product"].create(
            {
                "name": f"Article {sku}",
                "default_code": sku,
                "is_storable": True,
                **values,
            }
        )

    def mapping(self, sku):
        return self.env["erp.connector.binding"].search(
            [("kind", "=", "product"), ("external_sku", "=", sku)]
        )

    def listings(self):
        """The listings of SKU-001 and SKU-002, made known by an order of each."""
        for sku in ("SKU-001", "SKU-002"):
            self.place_one(skus=[sku], quantity=1)
        return self.mapping("SKU-001"), self.mapping("SKU-002")

    def order(self, sku="SKU-001"):
        """(the sale's article, the message) of a new order of the listing."""
        _sn, sale, message = self.place_one(skus=[sku], quantity=1)
        return sale.order_line[:1].product_id, message

    def told(self, product, cause):
        return self.env["mail.activity"]._connector_open(product, cause)


class TestProductGone(MappingCase):
    def test_a_deleted_product_is_listed_at_once_and_says_why(self):
        product = self.article("OTHER")
        binding, _other = self.listings()
        binding.write({"res_id": product.id})
        self.product("SKU-001").default_code = "NO-MORE"
        product.unlink()
        self.assertTrue(binding.is_missing)
        self.assertIn("deleted", binding.why_missing)
        article, message = self.order()
        self.assertEqual((article.ids, message.state), ([], "waiting"))
        self.assertEqual(message.waiting_for_ids, binding)
        binding.record_ref = self.article("NEW")
        self.drain()
        self.assertEqual(message.state, "done")
        self.assertFalse(binding.why_missing)

    def test_a_template_takes_its_variants_along(self):
        product = self.article("OTHER")
        binding, _other = self.listings()
        binding.write({"res_id": product.id})
        product.product_tmpl_id.unlink()
        self.assertTrue(binding.is_missing)

    def test_a_mapping_that_was_left_behind_kills_no_order(self):
        """An old database: nobody told the mapping that its product had gone."""
        binding, _other = self.listings()
        self.env.flush_all()
        self.cr.execute(
            "UPDATE erp_connector_binding SET res_id = 987654 WHERE id = %s",
            [binding.id],
        )
        self.env.invalidate_all()
        sku = self.product("SKU-001")
        sku.default_code = "NO-MORE"
        _article, message = self.order()
        self.assertEqual(message.state, "waiting")
        self.assertIn("deleted", message.note)
        self.assertTrue(binding.is_missing)
        sku.default_code = "SKU-001"
        article, message = self.order()
        self.assertEqual((message.state, article), ("done", sku))
        self.assertEqual(binding.res_id, sku.id)

    def test_an_archived_product_waits_and_goes_on_when_it_is_back(self):
        product = self.product("SKU-001")
        binding, _other = self.listings()
        product.action_archive()
        article, message = self.order()
        self.assertEqual((article.ids, message.state), ([], "waiting"))
        self.assertIn("archived", message.note)
        self.assertIn("archived", binding.why_missing)
        product.action_unarchive()
        self.drain()
        self.assertEqual(message.state, "done")
        self.assertEqual(
            self.sale(message.business_key).order_line[0].product_id, product
        )

    def test_a_new_product_of_the_same_sku_is_not_taken_for_the_archived_one(self):
        product = self.product("SKU-001")
        binding, _other = self.listings()
        product.action_archive()
        successor = self.article("SKU-001")
        _article, message = self.order()
        self.assertEqual(message.state, "waiting")
        binding.record_ref = successor
        self.drain()
        article, message = self.order()
        self.assertEqual((message.state, article), ("done", successor))

    def test_an_sku_that_only_an_archived_product_has_says_so(self):
        product = self.product("SKU-001")
        product.action_archive()
        _article, message = self.order()
        self.assertEqual(message.state, "waiting")
        self.assertIn("is archived", message.note)
        product.action_unarchive()
        self.drain()
        self.assertEqual(message.state, "done")

    def test_a_product_of_another_company_now_is_not_taken(self):
        other = self.env["res.company"].create({"name": "Other"})
        product = self.article("OTHER")
        binding, _other = self.listings()
        binding.write({"res_id": product.id})
        self.product("SKU-001").default_code = "NO-MORE"
        product.company_id = other
        _article, message = self.order()
        self.assertEqual(message.state, "waiting")
        self.assertIn("belongs to Other", binding.why_missing)

    def test_merged_products_are_followed(self):
        kept = self.article("KEPT")
        gone = self.article("GONE")
        binding, _other = self.listings()
        binding.write({"res_id": gone.id})
        binding.earlier_skus = {"old": gone.id}
        wizard = self.env["base.partner.merge.automatic.wizard"]
        wizard._update_reference_fields_generic("product.product", gone, kept)
        self.assertEqual(binding.res_id, kept.id)
        self.assertEqual(binding.earlier_skus, {"old": kept.id})


class TestSkuChanged(MappingCase):
    """The shop's first listing, its SKU changed on the platform meanwhile."""

    def test_an_sku_that_names_another_product_now_asks(self):
        binding, _other = self.listings()
        first, second = self.product("SKU-001"), self.product("SKU-002")
        self.mapping_as_of(binding, "OLD-SKU", second)
        _article, message = self.order()
        self.assertEqual(message.state, "waiting")
        self.assertIn("changed from OLD-SKU", message.note)
        self.assertTrue(binding.is_missing)
        binding.record_ref = first
        self.drain()
        article, message = self.order()
        self.assertEqual((message.state, article), ("done", first))

    def mapping_as_of(self, binding, sku, product):
        """The listing as it was: another SKU, mapped to `product`."""
        binding.write(
            {"external_sku": sku, "res_id": product.id, "earlier_skus": False}
        )

    def test_an_order_of_the_old_sku_still_takes_what_that_stood_for(self):
        binding, _other = self.listings()
        second = self.product("SKU-002")
        binding.write(
            {
                "external_sku": "NEW-SKU",
                "res_id": second.id,
                "earlier_skus": {"sku-001": self.product("SKU-001").id},
            }
        )
        article, message = self.order()
        self.assertEqual((message.state, article), ("done", self.product("SKU-001")))
        self.assertEqual(binding.res_id, second.id)

    def test_an_sku_nobody_has_keeps_the_product_and_tells(self):
        binding, _other = self.listings()
        product = self.article("OTHER")
        self.product("SKU-001").default_code = "NO-MORE"
        self.mapping_as_of(binding, "OLD-SKU", product)
        article, message = self.order()
        self.assertEqual((message.state, article), ("done", product))
        self.assertIn("OLD-SKU", self.told(product, SKU_CHANGED).note)
        self.assertEqual(binding.external_sku, "SKU-001")
        self.order()
        self.assertEqual(len(self.told(product, SKU_CHANGED)), 1)

    def test_an_sku_renamed_on_both_sides_is_the_same_product(self):
        binding, _other = self.listings()
        product = self.product("SKU-001")
        self.mapping_as_of(binding, "OLD-SKU", product)
        article, message = self.order()
        self.assertEqual((message.state, article), ("done", product))
        self.assertEqual(binding.external_sku, "SKU-001")
        self.assertFalse(self.told(product, SKU_CHANGED))

    def test_a_persons_choice_for_that_very_sku_stays(self):
        binding, _other = self.listings()
        product = self.article("OTHER")
        binding.record_ref = product
        for _i in range(2):
            article, message = self.order()
            self.assertEqual((message.state, article), ("done", product))

    def test_a_mapping_that_knows_no_sku_learns_it(self):
        binding, _other = self.listings()
        binding.external_sku = False
        article, _message = self.order()
        self.assertEqual(article, self.product("SKU-001"))
        self.assertEqual(binding.external_sku, "SKU-001")

    def polled(self, sn, sku):
        """The event of a poll, the order's only article named by `sku`."""

        def read(client):
            raw = client.get_orders([sn])[sn]
            item = {**raw["item_list"][0], "item_sku": sku, "model_sku": sku}
            raw = {**raw, "item_list": [item]}
            return client.detail_dedup_key(raw), raw

        key, raw = self.backend._with_client(read)
        return Event(schema.ORDER_STATUS, sn, key, schema.dump({"detail": raw}))

    def test_two_orders_of_one_batch_may_name_a_listing_by_two_skus(self):
        binding, _other = self.listings()
        second = self.product("SKU-002")
        self.mapping_as_of(binding, "SKU-002", second)
        binding.earlier_skus = {"sku-001": self.product("SKU-001").id}
        sns = self.shop.place(4, skus=["SKU-001"], quantity=1)
        skus = ["SKU-001", "SKU-002", "SKU-001", "SKU-002"]
        self.env["erp.connector.message"]._ingest(
            self.backend, [self.polled(*pair) for pair in zip(sns, skus, strict=True)]
        )
        self.drain()
        taken = [self.sale(sn).order_line[0].product_id.default_code for sn in sns]
        self.assertEqual(taken, skus)


class TestSkuMatch(MappingCase):
    def set_sku(self, **values):
        """Only a product of ours has the listing's SKU."""
        self.product("SKU-001").default_code = "NO-MORE"
        return self.article("SKU-001", **values)

    def test_case_and_spaces_do_not_matter(self):
        product = self.set_sku()
        for code in ("sku-001", " SKU-001 ", "Sku-001\t"):
            with self.subTest(code):
                self.mapping("SKU-001").unlink()
                product.default_code = code
                self.assertEqual(self.order()[0], product)

    def test_the_exact_code_wins_over_another_case(self):
        self.article("sku-001")
        self.assertEqual(self.order()[0], self.product("SKU-001"))

    def test_two_products_of_one_sku_wait_for_a_person(self):
        self.article("SKU-001")
        article, message = self.order()
        self.assertEqual((article.ids, message.state), ([], "waiting"))
        self.assertIn("2 products", message.note)

    def test_what_is_no_article_waits_and_says_why(self):
        charge = self.backend.charge_ids[:1].product_id
        product = self.product("SKU-001")
        product.default_code = "NO-MORE"
        combo = self.env["product.combo"].create(
            {"name": "C", "combo_item_ids": [(0, 0, {"product_id": product.id})]}
        )
        cases = {
            "may not be sold": self.article("SKU-001", sale_ok=False),
            "is a combo": self.article(
                "SKU-001",
                type="combo",
                is_storable=False,
                combo_ids=[(6, 0, combo.ids)],
            ),
            "a charge of the platform": charge,
        }
        for why, wrong in cases.items():
            (cases["may not be sold"] | cases["is a combo"]).default_code = False
            wrong.default_code = "SKU-001"
            with self.subTest(why):
                _article, message = self.order()
                self.assertEqual(message.state, "waiting")
                self.assertIn(why, message.note)
                self.assertIn(why, self.mapping("SKU-001").why_missing)
                with self.assertRaises(ValidationError) as refused:
                    self.mapping("SKU-001").record_ref = wrong
                self.assertIn(why, str(refused.exception))
            wrong.default_code = False

    def test_a_service_is_sold_and_told_of_once(self):
        product = self.set_sku(type="service", is_storable=False)
        article, _message = self.order()
        self.assertEqual(article, product)
        told = self.told(product, NOT_DELIVERED)
        self.assertEqual(len(told), 1)
        told.action_done()
        self.order()
        self.assertFalse(self.told(product, NOT_DELIVERED))

    def test_a_consumable_that_is_not_counted_is_delivered(self):
        self.set_sku(is_storable=False)
        _sn, sale, _message = self.place_one(skus=["SKU-001"], quantity=1)
        self.assertEqual(sale.picking_ids.state, "assigned")

    def test_products_of_other_companies_are_not_taken(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.set_sku(company_id=other.id)
        _article, message = self.order()
        self.assertEqual(message.state, "waiting")


class TestMappingDeleted(MappingCase):
    def waiting(self):
        self.product("SKU-001").default_code = "NO-MORE"
        _article, message = self.order()
        self.assertEqual(message.state, "waiting")
        return message

    def test_what_waits_for_it_waits_for_the_new_row(self):
        message = self.waiting()
        self.mapping("SKU-001").unlink()
        self.drain()
        self.assertEqual(message.state, "waiting")
        new = self.mapping("SKU-001")
        self.assertEqual(message.waiting_for_ids, new)
        new.record_ref = self.article("OTHER")
        self.drain()
        self.assertEqual(message.state, "done")

    def test_it_goes_on_where_the_product_is_there_now(self):
        message = self.waiting()
        product = self.article("SKU-001")
        self.mapping("SKU-001").unlink()
        self.drain()
        self.assertEqual(message.state, "done")
        self.assertEqual(self.mapping("SKU-001").res_id, product.id)

    def test_a_message_that_waits_for_two_waits_for_the_other(self):
        for sku in ("SKU-001", "SKU-002"):
            self.product(sku).default_code = f"NO-{sku}"
        _sn, _sale, message = self.place_one(skus=["SKU-001", "SKU-002"], quantity=1)
        self.assertEqual(len(message.waiting_for_ids), 2)
        self.mapping("SKU-001").unlink()
        self.drain()
        self.assertEqual(message.state, "waiting")
        self.mapping("SKU-002").record_ref = self.article("TWO")
        self.drain()
        self.assertEqual(message.waiting_for_ids, self.mapping("SKU-001"))
        self.mapping("SKU-001").record_ref = self.article("ONE")
        self.drain()
        self.assertEqual(message.state, "done")

    def test_a_message_in_work_is_left_alone(self):
        message = self.waiting()
        message.sudo().state = "processing"
        self.mapping("SKU-001").unlink()
        self.assertEqual(message.state, "processing")

    def test_a_mapping_chosen_by_a_person_needs_no_message(self):
        self.place_one(skus=["SKU-001"], quantity=1)
        self.mapping("SKU-001").unlink()
        article, _message = self.order()
        self.assertEqual(article, self.product("SKU-001"))

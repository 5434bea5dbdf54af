"""Who bought: one contact a buyer number, never a guess."""

from odoo.addons.connector_marketplace.models.connector_marketplace_buyer import (
    ADDRESS_KEY,
)

from .common import MarketCase


class TestBuyer(MarketCase):
    def test_one_buyer_is_one_contact_whatever_he_buys(self):
        sales = self.place(3, buyer=7)
        self.assertEqual(len(sales.partner_id), 1)
        self.assertEqual(len(sales.partner_shipping_id), 1)
        again = self.place(buyer=7)
        self.assertEqual(again.partner_id, sales.partner_id)
        self.assertEqual(again.partner_shipping_id, sales.partner_shipping_id)

    def test_two_buyers_are_two_contacts(self):
        first, second = self.place(buyer=1), self.place(buyer=2)
        self.assertNotEqual(first.partner_id, second.partner_id)

    def test_the_parcel_goes_to_a_child_contact_with_the_full_address(self):
        sale = self.place(buyer=3)
        contact = sale.partner_shipping_id
        self.assertEqual(
            (contact.parent_id, contact.type), (sale.partner_id, "delivery")
        )
        self.assertEqual(contact.country_id.code, "ID")
        self.assertTrue(contact.street and contact.city and contact.zip)
        self.assertTrue(contact.state_id)
        self.assertEqual(sale.partner_invoice_id, sale.partner_id)

    def test_the_phone_is_written_internationally(self):
        self.assertRegex(
            self.place(buyer=3).partner_shipping_id.phone, r"^\+62 8\d\d-\d{4}-\d{3,4}$"
        )

    def test_masked_orders_of_one_buyer_are_one_contact_without_an_address(self):
        sales = self.place(2, buyer=4, masked=True)
        self.assertEqual(len(sales.partner_id), 1)
        self.assertEqual(sales.partner_shipping_id, sales.partner_id)
        self.assertFalse(sales.partner_id.child_ids)
        self.assertNotIn("*", sales.partner_id.name)

    def test_masked_buyers_with_the_same_mask_are_never_one(self):
        first, second = (
            self.place(buyer=1, masked=True),
            self.place(buyer=2, masked=True),
        )
        self.assertNotEqual(first.partner_id, second.partner_id)

    def test_a_contact_of_the_same_name_or_phone_is_left_alone(self):
        sale = self.place(buyer=5)
        contact = sale.partner_shipping_id
        stranger = self.env["res.partner"].create(
            {"name": contact.name, "phone": contact.phone}
        )
        again = self.place(buyer=6)
        self.assertNotIn(stranger, again.partner_id | again.partner_shipping_id)

    def test_a_moved_buyer_gets_a_second_address_and_keeps_the_first(self):
        sale = self.place(buyer=5)
        first = sale.partner_shipping_id
        first.street = "Jalan Lama 1"
        again = self.place(buyer=5)
        self.assertEqual(again.partner_id, sale.partner_id)
        self.assertNotEqual(again.partner_shipping_id, first)
        self.assertEqual(len(sale.partner_id.child_ids), 2)

    def test_a_deleted_contact_is_made_anew(self):
        sale = self.place(buyer=8)
        partner = sale.partner_id
        sale._action_cancel()
        sale.unlink()
        partner.child_ids.unlink()
        partner.unlink()
        self.assertTrue(self.place(buyer=8).partner_id.exists())

    def test_the_whole_shop_may_be_one_contact(self):
        self.backend.buyer_policy = "shop"
        sales = self.place(1, buyer=1) | self.place(1, buyer=2)
        self.assertEqual(sales.partner_id, self.backend.shop_partner_id)

    def test_nobody_is_written_to_and_nobody_follows(self):
        sale = self.place(buyer=1)
        self.assertFalse(sale.message_follower_ids)
        self.assertFalse(self.env["mail.mail"].search([("model", "=", "sale.order")]))

    def test_a_hundred_orders_of_ten_new_buyers_make_ten_contacts(self):
        sales = self.place(100, buyers=10)
        self.assertEqual(len(sales.partner_id), 10)
        self.assertEqual(len(sales.partner_shipping_id), 10)

    def test_two_companies_never_share_a_contact(self):
        other = self.env["res.company"].create(
            {"name": "Another", "currency_id": self.env.ref("base.IDR").id}
        )
        theirs = self.linked_account("700002", company_id=other.id)
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)])
        if not warehouse:
            warehouse = self.env["stock.warehouse"].create(
                {"name": "W2", "code": "W2", "company_id": other.id}
            )
        theirs.warehouse_id = warehouse[:1]
        (sn,) = self.shop.place(shop_id=700002, buyer=1, skus=["SKU-001"])
        self.tell(sn, backend=theirs)
        sale = self.sale(sn, theirs)
        mine = self.place(buyer=1)
        self.assertEqual(sale.company_id, other)
        self.assertEqual(sale.partner_id.company_id, other)
        self.assertNotEqual(sale.partner_id, mine.partner_id)
        self.assertEqual(sale.picking_ids.company_id, other)
        self.assertFalse(sale.order_line.tax_ids.company_id - other)

    def test_a_merged_buyer_is_still_known(self):
        kept, gone = (self.place(buyer=number).partner_id for number in (1, 2))
        contacts = (kept | gone).child_ids
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((kept | gone).ids, kept, extra_checks=False)
        again = self.place(buyer=2)
        self.assertEqual(again.partner_id, kept)
        self.assertIn(again.partner_shipping_id, contacts)

    def test_an_archived_buyer_still_buys(self):
        partner = self.place(buyer=1).partner_id
        partner.child_ids.action_archive()
        partner.action_archive()
        again = self.place(buyer=1)
        self.assertEqual((again.partner_id, again.state), (partner, "sale"))

    def test_one_customer_for_a_whole_shop_is_not_read_with_all_addresses(self):
        self.backend.buyer_policy = "shop"
        shop = self.place(buyer=1).partner_id
        many = [
            {"name": f"Buyer {number}", "type": "delivery", "parent_id": shop.id}
            for number in range(200)
        ]
        self.env["res.partner"].create(many)
        again = self.place(buyer=1)
        wanted = [
            {
                **{name: again.partner_shipping_id[name] for name in ADDRESS_KEY},
                "parent_id": shop.id,
            }
        ]
        buyers = self.env["connector.marketplace.buyer"]
        found = buyers._existing_contacts(dict(enumerate(wanted)))
        self.assertEqual(list(found.values()), [again.partner_shipping_id])
        self.assertEqual(len(shop.child_ids), 201)

"""A tax that is included in the platform's price: the same tax, whatever it is."""

from odoo.fields import Command

from .money import MoneyCase
from .test_charges import BILL


class TestTwins(MoneyCase):
    def bought(self, price=111_000, quantity=1):
        """The goods line of a new order; its total is the platform's."""
        sale = self.order(("SKU-001", quantity, price))
        self.assertEqual(sale.amount_total, price * quantity)
        self.assertFalse(sale.connector_difference)
        return sale.order_line

    def test_a_tax_knows_its_twin(self):
        line = self.bought()
        twin = self.vat.connector_included_id
        self.assertEqual((line.tax_ids, twin.price_include), (twin, True))
        self.assertEqual(line.price_tax, 11_000)
        self.assertEqual(self.bought().tax_ids, twin)

    def test_a_rate_changed_in_place_counts_for_new_orders_only(self):
        old = self.bought()
        self.deliver(old.order_id)
        entry = self.invoice(old.order_id)
        before = (entry.amount_tax, entry.line_ids.tax_line_id, old.price_tax)
        self.vat.amount = 12
        new = self.bought(112_000)
        self.assertEqual(new.price_tax, 12_000)
        self.assertEqual(new.tax_ids, self.vat.connector_included_id)
        self.assertNotEqual(new.tax_ids, old.tax_ids)
        after = (entry.amount_tax, entry.line_ids.tax_line_id, old.price_tax)
        self.assertEqual(before, after)
        self.assertEqual(old.tax_ids.amount, 11)
        note = entry._reverse_moves()
        self.assertEqual(note.amount_tax, 11_000)

    def test_a_tax_that_is_renamed_keeps_its_twin(self):
        twin = self.bought().tax_ids
        self.vat.name = "PPN"
        self.assertEqual(self.bought().tax_ids, twin)

    def test_a_name_that_is_taken_is_not_taken_again(self):
        self.tax(f"{self.vat.name} (included)", amount=11)
        line = self.bought()
        self.assertEqual(line.tax_ids.name, f"{self.vat.name} (included 2)")
        self.assertEqual(line.price_tax, 11_000)

    def test_two_taxes_of_one_rate_have_a_twin_each(self):
        other = self.tax("PPN 11 % lain", amount=11)
        self.sell("SKU-002", other)
        sale = self.order(("SKU-001", 1, 111_000), ("SKU-002", 1, 111_000))
        self.assertEqual(
            sale.order_line.tax_ids,
            self.vat.connector_included_id | other.connector_included_id,
        )

    def test_a_twin_in_the_archive_comes_back_and_a_deleted_one_is_made_anew(self):
        twin = self.bought().tax_ids
        twin.active = False
        self.assertEqual(self.bought().tax_ids, twin)
        self.assertTrue(twin.active)
        lines = self.env["sale.order.line"].search([("tax_ids", "in", twin.ids)])
        lines.tax_ids = False
        twin.unlink()
        self.assertEqual(self.bought().price_tax, 11_000)

    def test_a_twin_that_somebody_has_changed_is_not_used(self):
        twin = self.bought().tax_ids
        twin.price_include_override = "tax_excluded"
        line = self.bought()
        self.assertNotEqual(line.tax_ids, twin)

    def test_accounts_of_the_tax_that_change_are_those_of_the_twin_too(self):
        self.bought()
        account = self.env["account.account"].search(
            [("account_type", "=", "liability_current")], limit=1
        )
        self.vat.invoice_repartition_line_ids.filtered(
            lambda x: x.repartition_type == "tax"
        ).account_id = account
        twin = self.bought().tax_ids
        self.assertIn(account, twin.invoice_repartition_line_ids.account_id)

    def test_a_group_is_included_with_all_of_its_taxes(self):
        levy = self.tax("Pajak daerah 10 %", amount=10)
        group = self.tax(
            "PPN dan daerah",
            amount_type="group",
            children_tax_ids=[Command.set((self.vat | levy).ids)],
        )
        self.sell("SKU-001", group)
        line = self.bought(121_000)
        self.assertEqual(line.price_tax, 21_000)
        self.vat.amount = 12
        self.assertEqual(self.bought(122_000).price_tax, 22_000)
        self.assertEqual(line.price_tax, 21_000)

    def test_a_fixed_tax_is_taken_out_by_the_piece(self):
        levy = self.tax("Cukai", amount_type="fixed", amount=500)
        self.sell("SKU-001", self.vat, levy)
        line = self.bought(111_500, quantity=2)
        self.assertEqual(line.price_tax, 2 * 11_500)

    def test_a_tax_by_division_is_a_part_of_the_price(self):
        tax = self.tax("Bagi hasil", amount_type="division", amount=10)
        self.sell("SKU-001", tax)
        self.assertEqual(self.bought(100_000).price_tax, 10_000)

    def test_taxes_that_build_upon_each_other_are_included_too(self):
        luxury = self.tax("PPnBM", amount=20, include_base_amount=True, sequence=1)
        self.vat.write({"sequence": 2, "is_base_affected": True})
        self.sell("SKU-001", luxury, self.vat)
        self.assertEqual(self.bought(133_200).price_tax, 33_200)

    def test_a_tax_that_withholds_is_included_too(self):
        held = self.tax("Pungut", amount=-2)
        self.sell("SKU-001", self.vat, held)
        self.assertEqual(self.bought(109_000).price_tax, 9_000)

    def test_a_fiscal_position_maps_to_one_tax_and_not_to_it_and_its_twin(self):
        position = self.env["account.fiscal.position"].create({"name": "Bonded zone"})
        zero = self.tax(
            "PPN 0 % (uji)",
            amount=0,
            fiscal_position_ids=[Command.set(position.ids)],
            original_tax_ids=[Command.set(self.vat.ids)],
        )
        self.backend.fiscal_position_id = position
        for _time in range(2):
            line = self.bought()
            self.assertEqual(line.tax_ids, zero.connector_included_id)
            self.assertEqual(line.price_tax, 0)
        position.invalidate_recordset()
        self.assertEqual(position.map_tax(self.vat), zero)

    def test_a_tax_included_already_is_its_own_twin(self):
        self.vat.price_include_override = "tax_included"
        self.assertEqual(self.bought().tax_ids, self.vat)
        self.assertFalse(self.vat.connector_included_id)

    def test_totals_agree_where_tax_is_rounded_over_the_whole_document(self):
        self.env.company.tax_calculation_rounding_method = "round_globally"
        self.sell("SKU-002", self.vat)
        sale = self.order(
            ("SKU-001", 3, 33_333), ("SKU-002", 7, 14_287), seller_voucher=9_999
        )
        self.assertEqual(sale.amount_total, 3 * 33_333 + 7 * 14_287 - 9_999)

    def parts(self, name, *factors):
        """A tax whose amount goes to several accounts, or is taken back in part."""
        lines = [
            Command.clear(),
            Command.create({"repartition_type": "base"}),
            *(
                Command.create({"repartition_type": "tax", "factor_percent": factor})
                for factor in factors
            ),
        ]
        return self.tax(
            name,
            amount=11,
            invoice_repartition_line_ids=lines,
            refund_repartition_line_ids=lines,
        )

    def kinds(self):
        """Taxes of every kind, by what is odd about them."""
        levy = self.tax("Pajak daerah", amount=10)
        piece = self.tax("Cukai", amount_type="fixed", amount=333)
        group = {"amount_type": "group"}
        return {
            "one": self.vat,
            "group": self.tax(
                "Grup", **group, children_tax_ids=[Command.set((self.vat | levy).ids)]
            ),
            "group with a fixed one": self.tax(
                "Grup 2",
                **group,
                children_tax_ids=[Command.set((self.vat | piece).ids)],
            ),
            "fixed": self.vat | piece,
            "fixed below": self.vat
            | self.tax(
                "Cukai dasar",
                amount_type="fixed",
                amount=333,
                include_base_amount=True,
                sequence=0,
            ),
            "two accounts": self.parts("Dua akun", 60, 40),
            "taken back": self.parts("Pungut balik", 100, -100),
        }

    def test_totals_are_the_platforms_for_every_tax_quantity_and_price(self):
        kinds = self.kinds()
        for rounding in ("round_per_line", "round_globally"):
            self.env.company.tax_calculation_rounding_method = rounding
            for name, taxes in kinds.items():
                self.sell("SKU-001", *taxes)
                for quantity, price in enumerate(
                    (33_333, 14_287, 99_999, 10_001, 7_777, 123_457, 55_555), 1
                ):
                    with self.subTest(f"{name}, {rounding}, {quantity} x {price}"):
                        sale = self.order(("SKU-001", quantity, price), **BILL)
                        self.assertEqual(
                            sale.amount_total, quantity * price - 11_100 - 1_500
                        )

    def test_an_invoice_in_parts_adds_up_to_the_platforms_total(self):
        for name, taxes in self.kinds().items():
            with self.subTest(name):
                self.sell("SKU-001", *taxes)
                sale = self.order(("SKU-001", 7, 14_287), **BILL)
                for pieces in (3, 1, None):
                    self.deliver(sale, pieces)
                    self.invoice(sale)
                amounts = sale.invoice_ids.mapped("amount_total")
                self.assertEqual(len(amounts), 3)
                self.assertEqual(sum(amounts), sale.connector_total)

    def branch(self):
        head = self.env.company
        branch = head.create({"name": "Cabang", "parent_id": head.id})
        self.env.user.company_ids |= branch
        return branch

    def test_a_branch_uses_the_taxes_of_its_company(self):
        """Taxes belong to the company above; so do their twins."""
        head, branch = self.env.company, self.branch()
        product = self.product("SKU-001")
        shop = self.shop_account("700002", company_id=branch.id)
        lines = self.env["connector.marketplace.line"].with_company(branch)
        for _time in range(2):
            (ids,) = lines._taxes(shop, product).values()
            twin = self.env["account.tax"].browse(ids)
            self.assertEqual(twin, self.vat.connector_included_id)
            self.assertEqual((twin.company_id, twin.price_include), (head, True))
        self.assertEqual(self.bought().tax_ids, twin)

    def test_a_tax_of_a_branch_has_its_twin_there(self):
        branch = self.branch()
        self.bought()
        own = self.vat.with_company(branch).copy(
            {"name": "PPN cabang", "company_id": branch.id}
        )
        self.sell("SKU-001", self.vat, own)
        lines = self.env["connector.marketplace.line"].with_company(branch)
        shop = self.shop_account("700002", company_id=branch.id)
        (ids,) = lines._taxes(shop, self.product("SKU-001")).values()
        twins = self.env["account.tax"].browse(ids)
        self.assertIn(own.connector_included_id, twins)
        self.assertEqual(own.connector_included_id.company_id, branch)
        self.assertNotIn(own.connector_included_id, self.bought().tax_ids)

    def test_a_copy_of_a_tax_has_no_twin(self):
        self.bought()
        self.assertFalse(self.vat.copy().connector_included_id)

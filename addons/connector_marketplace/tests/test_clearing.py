"""One order to the rupiah: sale, invoice, entry, and what settlement will bring."""

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Command

from .money import MoneyCase
from .test_charges import BILL


class TestExample(MoneyCase):
    """The example of docs/providers/shopee.md; change both together."""

    def setUp(self):
        super().setUp()
        self.sale = self.order(("SKU-001", 2, 55_500), **BILL)
        self.deliver(self.sale)
        self.entry = self.invoice(self.sale)

    def by_account(self):
        found = {}
        for line in self.entry.line_ids:
            name = {
                self.backend.clearing_account_id: "clearing",
            }.get(line.account_id, line.account_id.account_type)
            if line.tax_line_id:
                name = "vat"
            found[name] = found.get(name, 0) + line.balance
        return found

    def test_the_lines_of_the_sale_sum_up_to_what_the_buyer_paid(self):
        amounts = [(x.connector_charge, x.price_total) for x in self.sale.order_line]
        self.assertCountEqual(
            amounts,
            [
                (False, 111_000),
                ("shipping", 9_000),
                ("service", 1_000),
                ("seller_voucher", -11_100),
                ("platform_voucher", -10_000),
                ("coins", -1_500),
            ],
        )
        self.assertEqual(self.sale.amount_total, 98_400)
        self.assertEqual(self.sale.connector_total, 98_400)

    def test_revenue_is_the_goods_less_what_the_seller_gave(self):
        self.assertEqual(
            self.by_account(),
            {
                "asset_receivable": 98_400,
                "income": -90_000,
                "vat": -9_900,
                "clearing": 1_500,
            },
        )
        self.assertEqual(
            (self.entry.amount_untaxed, self.entry.amount_tax), (88_500, 9_900)
        )

    def test_the_vat_base_leaves_out_what_is_marked(self):
        marked = self.entry.invoice_line_ids.filtered("connector_clearing")
        self.assertFalse(marked.tax_ids)
        rest = self.entry.invoice_line_ids - marked
        self.assertEqual(sum(rest.mapped("price_subtotal")), 90_000)
        self.assertEqual(sum(marked.mapped("price_subtotal")), -1_500)
        self.assertEqual(marked.account_id, self.backend.clearing_account_id)

    def test_the_settlement_brings_clearing_and_receivable_to_zero(self):
        """Payout 93,900: goods 111,000, less voucher 11,100, less fees of 6,000."""
        receivable = self.entry.line_ids.filtered(
            lambda x: x.account_id.account_type == "asset_receivable"
        )
        journal = self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", self.env.company.id)],
            limit=1,
        )
        accounts = self.env["account.account"]
        wallet = accounts.search([("account_type", "=", "asset_cash")], limit=1)
        fees = accounts.search([("account_type", "=", "expense")], limit=1)
        amounts = [
            (wallet, 93_900),
            (fees, 6_000),
            (receivable.account_id, -98_400),
            (self.backend.clearing_account_id, -1_500),
        ]
        settlement = self.env["account.move"].create(
            {
                "journal_id": journal.id,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": self.sale.partner_id.id,
                            "balance": balance,
                        }
                    )
                    for account, balance in amounts
                ],
            }
        )
        settlement.action_post()
        self.assertEqual(self.clearing(self.entry, settlement), 0)
        both = (self.entry | settlement).line_ids
        for account in (self.backend.clearing_account_id, receivable.account_id):
            both.filtered(lambda x, a=account: x.account_id == a).reconcile()
        self.assertEqual(self.entry.payment_state, "paid")
        left = both.filtered(lambda x: x.account_id == self.backend.clearing_account_id)
        self.assertTrue(all(left.mapped("reconciled")))


class TestClearing(MoneyCase):
    def test_a_shop_has_its_account_as_soon_as_it_is_linked(self):
        account = self.backend.clearing_account_id
        self.assertEqual(account.account_type, "asset_current")
        self.assertTrue(account.reconcile)
        self.assertIn(self.env.company.root_id, account.company_ids)
        self.assertIn(self.backend.name, account.name)
        other = self.linked_account("700002")
        self.assertNotEqual(other.clearing_account_id, account)
        self.backend._set_connected()
        self.assertEqual(self.backend.clearing_account_id, account)

    def test_no_two_shops_share_an_account_nor_take_one_that_cannot_be_cleared(self):
        other = self.linked_account("700002")
        with self.assertRaisesRegex(ValidationError, "Each shop needs its own"):
            other.clearing_account_id = self.backend.clearing_account_id
        income = self.env["account.account"].search(
            [("account_type", "=", "income")], limit=1
        )
        with self.assertRaisesRegex(ValidationError, "allows reconciliation"):
            other.clearing_account_id = income
        foreign = self.env["res.company"].create({"name": "PT Lain"})
        away = self.env["account.account"].create(
            {
                "name": "Away",
                "code": "119998",
                "account_type": "asset_current",
                "reconcile": True,
                "company_ids": [Command.set(foreign.ids)],
            }
        )
        with self.assertRaises(UserError):
            other.clearing_account_id = away

    def test_each_shop_books_on_its_own_account(self):
        other = self.linked_account("700002")
        (sn,) = self.shop.place(
            shop_id=700002,
            plain=True,
            items=[{"sku": "SKU-001", "quantity": 1, "price": 55_500}],
            shipping_fee=9_000,
        )
        self.tell(sn, backend=other)
        theirs = self.sale(sn, other)
        ours = self.order(("SKU-001", 1, 55_500), shipping_fee=7_000)
        self.deliver(theirs)
        self.deliver(ours)
        entries = self.invoice(theirs | ours)
        self.assertEqual(self.clearing(entries), -7_000)
        self.assertEqual(self.clearing(entries, backend=other), -9_000)

    def test_an_account_that_is_missing_is_made_when_it_is_needed(self):
        self.backend.clearing_account_id = False
        sale = self.order(shipping_fee=9_000)
        self.deliver(sale)
        entry = self.invoice(sale)
        self.assertTrue(self.backend.clearing_account_id)
        self.assertEqual(self.clearing(entry), -9_000)

    def test_a_salesperson_makes_the_invoice_without_rights_on_accounts(self):
        sale = self.order(shipping_fee=9_000)
        self.deliver(sale)
        self.backend.clearing_account_id = False
        seller = self.env["res.users"].create(
            {
                "name": "Sari",
                "login": "sari-sales",
                "group_ids": [
                    Command.set(
                        [self.env.ref("sales_team.group_sale_salesman_all_leads").id]
                    )
                ],
            }
        )
        invoice = sale.with_user(seller)._create_invoices(final=True)
        self.assertEqual(self.clearing(invoice.sudo()), -9_000)

    def test_a_credit_note_takes_it_off_the_same_account(self):
        sale = self.order(**BILL)
        self.deliver(sale)
        entry = self.invoice(sale)
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=entry.ids)
            .create({"journal_id": entry.journal_id.id})
        )
        note = self.env["account.move"].browse(wizard.refund_moves()["res_id"])
        note.action_post()
        self.assertEqual(self.clearing(entry, note), 0)
        marks = note.invoice_line_ids.mapped("connector_clearing")
        self.assertEqual(sum(marks), 4)

    def test_a_line_typed_on_a_credit_note_finds_the_shop_of_what_it_reverses(self):
        sale = self.order(**BILL)
        self.deliver(sale)
        entry = self.invoice(sale)
        note = entry._reverse_moves()
        product = self.env.ref("connector_marketplace.product_shipping")
        note.invoice_line_ids = [
            Command.clear(),
            Command.create({"product_id": product.id, "price_unit": 9_000}),
        ]
        self.assertTrue(note.invoice_line_ids.connector_clearing)
        self.assertEqual(self.clearing(note), 9_000)

    def test_a_line_typed_on_a_copy_is_the_shops_too(self):
        sale = self.order()
        self.deliver(sale)
        copied = self.invoice(sale).copy()
        product = self.env.ref("connector_marketplace.product_shipping")
        copied.invoice_line_ids = [
            Command.create({"product_id": product.id, "price_unit": 9_000})
        ]
        self.assertEqual(copied.invoice_line_ids.mapped("connector_clearing")[-1], True)
        self.assertEqual(self.clearing(copied), -9_000)

    def test_an_account_that_a_person_chooses_on_a_draft_stays(self):
        sale = self.order(shipping_fee=9_000)
        self.deliver(sale)
        invoice = self.invoice(sale, post=False)
        line = invoice.invoice_line_ids.filtered("connector_clearing")
        chosen = self.env["account.account"].search(
            [("account_type", "=", "income")], limit=1
        )
        line.account_id = chosen
        line.price_unit = 8_000
        invoice.action_post()
        self.assertEqual(line.account_id, chosen)

    def test_a_down_payment_is_booked_where_its_parts_are(self):
        sale = self.order(("SKU-001", 2, 55_500), shipping_fee=9_000)
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [Command.set(sale.ids)],
                "advance_payment_method": "percentage",
                "amount": 50,
            }
        )
        wizard.create_invoices()
        first = sale.invoice_ids
        first.action_post()
        self.assertEqual(self.clearing(first), -4_500)
        self.deliver(sale)
        last = self.invoice(sale)
        self.assertEqual(self.clearing(first, last), -9_000)
        self.assertEqual(first.amount_total + last.amount_total, 120_000)

    def test_a_vendor_bill_with_the_product_is_nobodys_clearing(self):
        product = self.env.ref("connector_marketplace.product_shipping")
        bill = self.env["account.move"].create(
            {
                "move_type": "in_invoice",
                "partner_id": self.env.user.partner_id.id,
                "invoice_line_ids": [
                    Command.create({"product_id": product.id, "price_unit": 1})
                ],
            }
        )
        self.assertFalse(bill.invoice_line_ids.connector_clearing)

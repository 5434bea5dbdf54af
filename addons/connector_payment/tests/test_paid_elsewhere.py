"""What a buyer pays to a marketplace gets no virtual account, in no way."""

import importlib.util
from pathlib import Path

from odoo.exceptions import UserError
from odoo.fields import Command

from .test_cancelled import CancelCase

MIGRATION = "migrations/19.0.1.1.0/end-paid_elsewhere.py"


class TestPaidElsewhere(CancelCase):
    def setUp(self):
        super().setUp()
        if "connector_backend_id" not in self.env["sale.order"]._fields:
            self.skipTest("no add-on of a marketplace is installed")
        self.shop = self.env["erp.connector.backend"].create(
            {"name": "Toko", "provider": "shopee", "environment": "simulator"}
        )
        self.buyer = self.customer("pembeli_01")
        self.env["erp.connector.binding"].create(
            {
                "backend_id": self.shop.id,
                "kind": "buyer",
                "external_id": "91",
                "res_model": "res.partner",
                "res_id": self.buyer.id,
            }
        )

    def sold(self, post=True):
        """A marketplace's sale, and its invoice."""
        sale = self.order()
        sale.write(
            {
                "partner_id": self.buyer.id,
                "partner_invoice_id": self.buyer.id,
                "connector_backend_id": self.shop.id,
                "connector_order_ref": f"26{sale.id}",
            }
        )
        invoice = sale._create_invoices()
        if post:
            invoice.action_post()
        return sale, invoice

    def test_no_policy_makes_one(self):
        for policy in ("invoice", "fixed"):
            self.backend.va_policy = policy
            _sale, invoice = self.sold()
            self.assertFalse(invoice.connector_va_ids)
            self.assertFalse(self.buyer.connector_va_ids)
            self.assertFalse(
                invoice.message_ids.filtered(lambda m: "virtual" in (m.body or ""))
            )

    def test_nobody_makes_one_by_hand(self):
        sale, invoice = self.sold()
        with self.assertRaisesRegex(UserError, f"{invoice.name}.*marketplace"):
            invoice.action_connector_va()
        with self.assertRaisesRegex(UserError, f"{sale.name}.*marketplace"):
            sale._connector_request_deposit(1_000)
        with self.assertRaisesRegex(UserError, "marketplace"):
            self.buyer.action_connector_fixed_va()
        self.assertTrue(sale.connector_paid_elsewhere)
        self.assertTrue(invoice.connector_paid_elsewhere)
        self.assertFalse(self.order().connector_paid_elsewhere)

    def test_the_dialogue_for_many_names_those_it_leaves_out(self):
        _sale, invoice = self.sold()
        ours = self.invoice()
        wizards = self.env["connector.payment.va.create"]
        chosen = (invoice | ours).ids
        wizards = wizards.with_context(active_model="account.move", active_ids=chosen)
        wizard = wizards.create({})
        wizard.action_create()
        self.assertEqual(wizard.va_ids.move_ids, ours)
        self.assertIn(invoice.name, wizard.skipped)
        wizard = wizards.create({"mode": "together"})
        with self.assertRaisesRegex(UserError, "marketplace"):
            wizard.action_create()
        wizard = wizards.create({"mode": "fixed"})
        wizard.action_create()
        self.assertEqual(wizard.va_ids.partner_id, ours.partner_id)
        self.assertIn(self.buyer.name, wizard.skipped)

    def test_a_buyer_who_buys_here_too_has_accounts_for_that(self):
        _sale, theirs = self.sold()
        self.backend.va_policy = "invoice"
        ours = self.invoice(partner=self.buyer)
        self.assertTrue(ours.connector_va_ids)
        fixed = self.fixed_va(self.buyer)
        self.assertIn(fixed, ours._connector_open_vas())
        self.assertFalse(theirs._connector_open_vas())
        self.assertFalse(theirs._connector_awaits_number())
        self.buyer.action_connector_fixed_va()

    def test_money_on_a_fixed_account_pays_no_invoice_of_the_marketplace(self):
        _sale, theirs = self.sold()
        ours = self.invoice(100_000, partner=self.buyer)
        self.pay(self.fixed_va(self.buyer), 100_000)
        self.assertEqual(ours.payment_state, "paid")
        self.assertEqual(theirs.payment_state, "not_paid")

    def test_no_receipt_of_nobody_is_suggested_for_it(self):
        _sale, theirs = self.sold()
        self.pay_event(None, 100_000)
        receipt = self.receipts()
        self.assertNotEqual(receipt.suggested_move_ids, theirs)

    def test_accounts_from_before_are_closed(self):
        sale = self.order()
        invoice = sale._create_invoices()
        invoice.action_post()
        own = self.closed_va(invoice)
        deposit = sale._connector_request_deposit(50_000, self.bank())
        ordinary = self.closed_va(self.invoice())
        fixed = self.fixed_va(self.buyer)
        other = self.fixed_va()
        self.drain("fast")
        sale.write(
            {"connector_backend_id": self.shop.id, "connector_order_ref": "26OLD"}
        )
        path = Path(__file__).parents[1] / MIGRATION
        spec = importlib.util.spec_from_file_location("end_paid_elsewhere", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertTrue(all((own | deposit | fixed).mapped("is_closing")))
        self.assertFalse(any((ordinary | other).mapped("is_closing")))

    def test_an_account_that_is_left_closes_instead_of_following(self):
        sale = self.order()
        invoice = sale._create_invoices()
        invoice.action_post()
        va = self.closed_va(invoice)
        sale.write(
            {"connector_backend_id": self.shop.id, "connector_order_ref": "26OLD"}
        )
        va._sync_debts()
        self.assertTrue(va.is_closing)

    def test_an_order_beside_that_of_a_marketplace_has_an_account_of_its_own(self):
        sale, _first = self.sold()
        other = self.order()
        other.partner_id = other.partner_invoice_id = self.buyer
        sale.order_line = [
            Command.create({"product_id": other.order_line.product_id.id})
        ]
        both = (sale | other)._create_invoices()
        self.backend.va_policy = "invoice"
        both.action_post()
        self.assertEqual(both.connector_va_ids.move_ids, other.invoice_ids)

    def test_a_copy_of_its_invoice_gets_none_but_a_new_one_does(self):
        _sale, theirs = self.sold()
        self.backend.va_policy = "invoice"
        copied = theirs.copy({"invoice_date": theirs.invoice_date})
        copied.action_post()
        self.assertFalse(copied.connector_va_ids)
        with self.assertRaisesRegex(UserError, "not on a copy"):
            copied.action_connector_va()
        extra = self.invoice(partner=self.buyer)
        self.assertTrue(extra.connector_va_ids)

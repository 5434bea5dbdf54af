"""Accounts follow their debts, whatever people and other accounts do meanwhile."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import ValidationError

from .common import GatewayCase


class TestFollowing(GatewayCase):
    def setUp(self):
        super().setUp()
        self.move = self.invoice(100_000)
        self.va = self.closed_va(self.move)

    def pay_cash(self, amount, move=None):
        move = move or self.move
        cash = self.env["account.journal"].search(
            [("type", "=", "cash"), ("company_id", "=", self.env.company.id)], limit=1
        )
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=move.ids
        )
        wizard.create({"amount": amount, "journal_id": cash.id})._create_payments()

    def open_vas(self):
        return self.move.connector_va_ids.filtered("is_open")

    def status_there(self, va):
        return self.xendit.vas()[va.name]["status"]

    # ---- what no account can ask for -------------------------------------------------

    def test_a_rest_below_the_banks_smallest_amount_hinders_no_payment(self):
        self.pay_cash(95_000)
        self.drain()
        self.assertEqual(self.move.amount_residual, 5_000)
        self.assertEqual(self.va.state, "closed")
        self.assertIn("too small for BCA", "".join(self.va.message_ids.mapped("body")))

    def test_a_rest_with_a_fraction_is_asked_for_in_whole_rupiah(self):
        self.pay_cash(33_333.33)
        self.drain()
        self.assertEqual((self.va.state, self.va.amount), ("active", 66_667))
        self.pay(self.va)
        self.drain()
        self.assertEqual(self.move.payment_state, "paid")

    # ---- other accounts of the same invoice ------------------------------------------

    def test_the_other_account_of_a_paid_invoice_is_closed(self):
        other = self.closed_va(self.move, "bni")
        self.pay(self.va)
        self.drain()
        self.assertEqual((self.va.state, other.state), ("paid", "closed"))
        self.assertEqual(self.status_there(other), "closed")

    def test_paid_on_the_fixed_account_the_closed_one_is_closed(self):
        fixed = self.fixed_va(bank="bni")
        self.pay(fixed, 100_000)
        self.drain()
        self.assertEqual(self.move.payment_state, "paid")
        self.assertEqual(self.va.state, "closed")

    def test_paid_in_part_on_the_fixed_account_the_closed_one_asks_for_the_rest(self):
        fixed = self.fixed_va(bank="bni")
        self.pay(fixed, 40_000)
        self.drain()
        self.assertEqual((self.va.state, self.va.amount), ("active", 60_000))

    def test_the_rest_is_asked_for_once_however_often_too_little_comes(self):
        self.backend.va_policy = "invoice"
        self.pay(self.va, 60_000)
        self.drain()
        self.pay(self.va, 20_000)
        self.drain()
        self.assertEqual(self.open_vas().mapped("amount"), [20_000])

    # ---- while it is being closed ----------------------------------------------------

    def test_posted_again_before_the_old_account_is_closed_it_gets_a_new_one(self):
        self.backend.va_policy = "invoice"
        self.move.button_draft()
        self.assertFalse(self.va.is_open)
        self.move.invoice_line_ids.price_unit = 150_000
        self.move.action_post()
        self.drain()
        self.assertEqual(self.va.state, "closed")
        self.assertEqual(self.open_vas().mapped("amount"), [150_000])

    def test_an_account_that_is_being_closed_is_shown_to_nobody(self):
        self.va.action_close()
        self.assertFalse(self.move._connector_open_vas())
        found = self.env["connector.payment.va"].search([("is_open", "=", True)])
        self.assertNotIn(self.va, found)
        self.drain()
        self.assertFalse(self.va.is_closing)

    def test_money_that_meets_the_closing_of_a_paid_invoice_is_paid_again(self):
        self.pay_cash(100_000)
        self.xendit.pay(reference=self.va.name, force=True)
        self.hear()
        receipt = self.va.receipt_ids
        self.assertEqual(
            (receipt.outcome, receipt.circumstance), ("credit", "duplicate")
        )
        self.assertTrue(receipt.activity_ids)

    def test_closing_finds_the_money_that_no_webhook_told_of(self):
        self.xendit.pay(reference=self.va.name, quiet=True)
        self.va.action_close()
        self.drain()
        self.assertEqual(self.va.state, "paid")
        self.assertEqual(self.move.payment_state, "paid")

    def test_so_does_a_new_amount_that_comes_too_late(self):
        self.xendit.pay(reference=self.va.name, quiet=True)
        self.pay_cash(30_000)
        self.drain()
        self.assertEqual(self.va.state, "paid")
        self.assertEqual(self.va.receipt_ids.outcome, "over")
        self.assertEqual(self.messages("payment.va.update").state, "done")

    def test_a_new_amount_for_an_expired_account_shows_that_it_expired(self):
        self.xendit.expire(self.va.name)
        self.pay_cash(30_000)
        self.drain()
        self.assertEqual(self.va.state, "expired")
        self.assertEqual(self.messages("payment.va.update").state, "done")

    def test_an_account_that_was_never_made_needs_no_closing_there(self):
        self.bank()._channel("xendit").va_code = "NOBANK"
        va = self.closed_va(self.move)
        va.action_retry()
        va.action_close()
        self.drain()
        self.assertEqual((va.state, va.is_closing), ("failed", False))
        self.assertEqual(self.messages("payment.va.close").state, "done")

    def test_an_invoice_whose_account_has_ended_can_have_another(self):
        self.assertTrue(self.move.connector_has_va)
        self.va.action_close()
        self.assertFalse(self.move.connector_has_va)

    def test_money_that_came_while_the_invoice_was_a_draft_pays_it_when_posted(self):
        self.move.button_draft()
        receipt = self.pay(self.va, 100_000)
        self.assertEqual(
            (receipt.outcome, receipt.circumstance), ("credit", "cancelled")
        )
        self.backend.va_policy = "invoice"
        self.move.action_post()
        self.assertEqual(self.move.payment_state, "paid")
        self.assertEqual((receipt.invoice_ids, receipt.amount_unused), (self.move, 0))
        self.assertFalse(self.open_vas())

    def test_a_paid_invoice_that_is_cancelled_leaves_its_money_as_credit(self):
        receipt = self.pay(self.va)
        self.move.button_draft()
        self.move.button_cancel()
        self.assertFalse(receipt.invoice_ids)
        self.assertEqual(receipt.amount_unused, 100_000)

    # ---- one account for several invoices --------------------------------------------

    def test_a_new_account_asks_only_for_invoices_that_are_still_posted(self):
        gateway = self.gateway_account("midtrans")
        first, second = self.invoice(60_000), self.invoice(40_000)
        old = self.closed_va(first | second, "bni", backend=gateway)
        second.button_draft()
        self.drain()
        new = first.connector_va_ids - old
        self.assertEqual(
            (old.state, new.state, new.amount), ("closed", "active", 60_000)
        )
        self.assertEqual(new.move_ids, first)

    def test_one_of_several_paid_by_another_way_lowers_the_amount(self):
        first, second = self.invoice(60_000), self.invoice(40_000)
        va = self.closed_va(first | second, "bni")
        self.pay_cash(40_000, second)
        self.drain()
        self.assertEqual(va.amount, 60_000)
        self.pay(va)
        self.assertEqual(first.payment_state, "paid")


class TestMaking(GatewayCase):
    def test_a_policy_the_gateway_cannot_follow_leaves_no_account_behind(self):
        gateway = self.gateway_account("midtrans")
        gateway.va_policy = "fixed"
        self.env.company.connector_gateway_id = gateway
        move = self.invoice(100_000)
        self.assertFalse(self.partner.connector_va_ids)
        self.assertIn("no fixed accounts", move.message_ids[0].body)

    def test_merged_customers_keep_both_their_fixed_accounts(self):
        other = self.customer("Toko Maju Dua")
        first, second = self.fixed_va(), self.fixed_va(other)
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge([self.partner.id, other.id], self.partner)
        self.env.invalidate_all()
        self.assertEqual(second.partner_id, self.partner)
        move = self.invoice(70_000)
        self.pay(second, 70_000)
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(self.fixed_va(), first | second)


class TestDeposit(GatewayCase):
    def order(self, price=200_000, **values):
        product = self.env["product.product"].create(
            {"name": "Advice", "type": "service", "invoice_policy": "order"}
        )
        line = {"product_id": product.id, "price_unit": price, "tax_ids": []}
        return self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "order_line": [fields.Command.create(line)],
                **values,
            }
        )

    def deposit(self, order, amount=80_000):
        va = order._connector_request_deposit(amount)
        self.drain()
        return va

    def test_money_for_a_cancelled_order_is_credit_and_somebody_is_told(self):
        order = self.order()
        va = self.deposit(order)
        order._action_cancel()
        self.xendit.pay(reference=va.name, force=True)
        self.hear()
        receipt = va.receipt_ids
        self.assertEqual(
            (receipt.outcome, receipt.circumstance), ("credit", "cancelled")
        )
        self.assertTrue(receipt.activity_ids)
        self.assertEqual(order.state, "cancel")

    def test_an_order_in_another_currency_has_no_account(self):
        usd = self.env.ref("base.USD")
        usd.active = True
        pricelist = self.env["product.pricelist"].create(
            {"name": "USD", "currency_id": usd.id}
        )
        order = self.order(pricelist_id=pricelist.id)
        with self.assertRaisesRegex(ValidationError, "take IDR only"):
            order._connector_request_deposit(80)

    def test_an_invoice_of_nothing_can_be_posted_after_a_deposit(self):
        order = self.order()
        self.pay(self.deposit(order))
        invoice = order._create_invoices()
        invoice.invoice_line_ids.discount = 100
        invoice.action_post()
        self.assertEqual(invoice.state, "posted")

    def test_an_invoice_on_another_receivable_account_can_be_posted(self):
        order = self.order()
        receipt = self.pay(self.deposit(order))
        self.partner.property_account_receivable_id = self.env[
            "account.account"
        ].create(
            {
                "name": "Other receivables",
                "code": "119999",
                "account_type": "asset_receivable",
                "reconcile": True,
            }
        )
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(invoice.amount_residual, 200_000)
        self.assertEqual(receipt.amount_unused, 80_000)

    def test_what_an_invoice_takes_of_a_deposit_is_no_credit_any_more(self):
        order = self.order()
        receipt = self.pay(self.deposit(order))
        invoice = order._create_invoices()
        invoice.action_post()
        self.assertEqual(receipt.invoice_ids, invoice)
        self.assertEqual(receipt.amount_unused, 0)

    def test_money_is_booked_whatever_goes_wrong_when_its_order_is_confirmed(self):
        order = self.order()
        va = self.deposit(order)

        def fail(orders):
            if orders:
                raise KeyError("odd")

        with patch.object(type(order), "action_confirm", fail):
            receipt = self.pay(va)
        self.assertEqual((receipt.state, receipt.hold), ("booked", False))
        self.assertIn("not confirmed", order.activity_ids.summary)

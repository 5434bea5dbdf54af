"""Virtual accounts: made once, changed and closed as their debts change."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError, ValidationError

from .common import GatewayCase


class TestMaking(GatewayCase):
    """From the intent to a number the customer can pay to."""

    def there(self, va):
        """Every account the gateway has under this reference."""
        control = getattr(self, va.backend_id.provider)
        return [row for row in control.ledger("vas") if row["reference"] == va.name]

    def test_a_closed_account_asks_for_the_invoices_amount(self):
        move = self.invoice(150_000)
        va = self.closed_va(move)
        (row,) = self.there(va)
        self.assertEqual((va.state, va.number), ("active", row["number"]))
        self.assertEqual(row["amount"], 150_000)
        self.assertEqual(va.external_id, row["id"])
        self.assertEqual(move._connector_open_vas(), va)

    def test_it_ends_some_days_after_the_invoice_is_due(self):
        due = self.today(10)
        va = self.closed_va(self.invoice(invoice_date_due=due))
        day = self.backend._local_date(va.expires_at)
        self.assertEqual(day, due + timedelta(days=self.backend.va_expiry_days))

    def test_the_older_api_makes_them_too(self):
        self.backend.va_api = "legacy"
        move = self.invoice(150_000)
        va = self.closed_va(move)
        self.assertTrue(va.number)
        self.hear()  # the bank has made it
        self.assertEqual(va.state, "active")
        self.pay(va)
        self.assertEqual(move.payment_state, "paid")

    def test_midtrans_makes_bills_and_numbers(self):
        gateway = self.gateway_account("midtrans")
        bill = self.closed_va(self.invoice(), "mandiri", backend=gateway)
        plain = self.closed_va(self.invoice(), "bni", backend=gateway)
        self.assertTrue(bill.biller_code and bill.number)
        self.assertFalse(plain.biller_code)
        self.pay(bill)
        self.assertEqual(bill.move_ids.payment_state, "paid")

    def test_one_account_for_several_invoices_of_a_customer(self):
        moves = self.invoice(60_000) | self.invoice(40_000)
        va = self.closed_va(moves)
        self.assertEqual(va.amount, 100_000)
        receipt = self.pay(va)
        self.assertEqual(receipt.outcome, "several")
        self.assertEqual(set(moves.mapped("payment_state")), {"paid"})

    def test_invoices_of_two_customers_share_no_account(self):
        moves = self.invoice() | self.invoice(partner=self.customer("Other"))
        with self.assertRaisesRegex(UserError, "one customer"):
            self.closed_va(moves)

    def test_what_a_bank_does_not_take_is_said_before_anything_is_sent(self):
        with self.assertRaisesRegex(ValidationError, "too small for BCA"):
            self.closed_va(self.invoice(500))
        self.assertEqual(self.xendit.ledger("vas"), [])
        va = self.closed_va(self.invoice())
        with self.assertRaisesRegex(ValidationError, "whole rupiah"):
            va.amount = 100_000.5

    def test_a_customer_has_one_fixed_account_at_a_bank(self):
        first = self.fixed_va()
        again = self.fixed_va()
        self.assertEqual(first, again)
        self.assertEqual(len(self.there(first)), 1)
        self.assertEqual(first.state, "active")

    def test_a_gateway_without_fixed_accounts_says_so(self):
        gateway = self.gateway_account("midtrans")
        with self.assertRaisesRegex(ValidationError, "no fixed accounts"):
            self.env["connector.payment.va"]._fixed_for(
                self.partner, gateway, self.bank("bni")
            )

    def test_a_refusal_stands_on_the_account(self):
        self.bank()._channel("xendit").va_code = "NOBANK"
        va = self.closed_va(self.invoice())
        self.assertEqual(self.messages("payment.va.create")[-1].state, "dead")
        self.assertEqual(va.state, "failed")
        self.assertTrue(va.error)
        old = va.name
        self.bank()._channel("xendit").va_code = "BCA"
        va.action_retry()
        self.drain()
        self.assertEqual(va.state, "active")
        self.assertNotEqual(va.name, old)

    def test_a_lost_answer_makes_no_second_account(self):
        self.xendit.fault("cut_after", "*/payment_requests", count=1)
        va = self.closed_va(self.invoice())
        message = self.messages("payment.va.create")[-1]
        self.assertEqual((va.state, message.state), ("requested", "uncertain"))
        self.let_time_pass()
        self.drain()
        self.assertEqual(va.state, "active")
        self.assertEqual(len(self.there(va)), 1)

    def test_a_request_that_never_arrived_is_sent_again(self):
        self.xendit.fault("cut_before", "*/payment_requests", count=1)
        va = self.closed_va(self.invoice())
        self.let_time_pass()
        self.drain()
        self.assertEqual(va.state, "active")
        self.assertEqual(len(self.there(va)), 1)

    def test_where_the_gateway_cannot_be_searched_a_person_decides(self):
        self.backend.search_va = False
        self.xendit.fault("cut_after", "*/payment_requests", count=1)
        va = self.closed_va(self.invoice())
        for _look in range(7):
            self.let_time_pass()
            self.drain()
        self.assertTrue(va.is_uncertain)
        self.assertEqual(len(self.there(va)), 1)
        self.assertTrue(self.backend.activity_ids)
        old = va.name
        va.action_give_up()
        self.drain()
        self.assertEqual(va.state, "active")
        self.assertNotEqual(va.name, old)

    def test_money_to_an_account_whose_answer_is_lost_is_attributed(self):
        self.xendit.fault("cut_after", "*/payment_requests", count=1)
        va = self.closed_va(self.invoice())
        self.assertFalse(va.external_id)
        self.pay(va)
        self.assertEqual(va.move_ids.payment_state, "paid")
        self.assertEqual(va.state, "paid")

    def test_a_lost_answer_at_midtrans_heals_too(self):
        gateway = self.gateway_account("midtrans")
        self.midtrans.fault("cut_after", "*/charge", count=1)
        va = self.closed_va(self.invoice(), "bni", backend=gateway)
        self.let_time_pass()
        self.drain()
        self.assertEqual(va.state, "active")
        self.assertEqual(len(self.there(va)), 1)


class TestFollowing(GatewayCase):
    """The account follows its invoice."""

    def setUp(self):
        super().setUp()
        self.move = self.invoice(100_000)
        self.va = self.closed_va(self.move)

    def pay_cash(self, amount):
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=self.move.ids
        )
        cash = self.env["account.journal"].search(
            [("type", "=", "cash"), ("company_id", "=", self.env.company.id)], limit=1
        )
        wizard.create({"amount": amount, "journal_id": cash.id})._create_payments()
        self.drain()

    def row(self):
        return self.xendit.vas()[self.va.name]

    def test_paid_by_another_way_it_is_closed(self):
        self.pay_cash(100_000)
        self.assertEqual(self.va.state, "closed")
        self.assertNotEqual(self.row()["status"], "ACCEPTING_PAYMENTS")

    def test_paid_in_part_by_another_way_it_asks_for_the_rest(self):
        self.pay_cash(30_000)
        self.assertEqual((self.va.amount, self.row()["amount"]), (70_000, 70_000))

    def test_a_cancelled_invoice_closes_it(self):
        self.move.button_draft()
        self.drain()
        self.assertEqual(self.va.state, "closed")

    def test_where_amounts_cannot_change_a_new_account_takes_over(self):
        gateway = self.gateway_account("midtrans")
        self.move = self.invoice(100_000)
        old = self.closed_va(self.move, "bni", backend=gateway)
        self.pay_cash(30_000)
        new = self.move.connector_va_ids - old
        self.assertEqual((old.state, new.state), ("closed", "active"))
        self.assertEqual(new.amount, 70_000)

    def test_expiry_told_after_payment_changes_nothing(self):
        self.pay(self.va)
        self.xendit.event(next(iter(self.xendit.payments())), "expired")
        self.hear()
        self.assertEqual(self.va.state, "paid")
        self.assertEqual(self.move.payment_state, "paid")

    def test_a_lost_webhook_heals_by_looking(self):
        self.xendit.pay(reference=self.va.name, quiet=True)
        self.va.watch_at = fields.Datetime.now()
        self.env["connector.payment.va"]._cron_watch()
        self.drain()
        self.assertEqual(self.move.payment_state, "paid")
        self.assertEqual(len(self.receipts()), 1)

    def test_a_lost_webhook_of_midtrans_heals_by_looking(self):
        gateway = self.gateway_account("midtrans")
        move = self.invoice(100_000)
        va = self.closed_va(move, "bni", backend=gateway)
        self.midtrans.pay(reference=va.name, quiet=True)
        va.watch_at = fields.Datetime.now()
        self.env["connector.payment.va"]._cron_watch()
        self.drain()
        self.assertEqual(move.payment_state, "paid")


class TestPolicy(GatewayCase):
    """Made by themselves when invoices are posted."""

    def test_an_account_for_each_posted_invoice(self):
        self.backend.va_policy = "invoice"
        move = self.invoice(100_000)
        self.drain()
        self.assertEqual(move.connector_va_ids.state, "active")

    def test_an_invoice_that_cannot_have_one_is_posted_and_says_why(self):
        self.backend.va_policy = "invoice"
        move = self.invoice(500)
        self.assertEqual(move.state, "posted")
        self.assertFalse(move.connector_va_ids)
        self.assertIn("too small", move.message_ids[0].body)

    def test_a_fixed_account_with_the_first_invoice(self):
        self.backend.va_policy = "fixed"
        first = self.invoice(100_000)
        second = self.invoice(50_000)
        self.drain()
        (va,) = self.partner.connector_va_ids
        self.assertEqual((va.kind, va.state), ("fixed", "active"))
        self.assertEqual(first._connector_open_vas(), va)
        self.assertEqual(second._connector_open_vas(), va)

    def test_a_customer_may_want_none(self):
        self.backend.va_policy = "invoice"
        self.partner.connector_va_wanted = "none"
        self.assertFalse(self.invoice().connector_va_ids)

    def test_the_customers_bank_comes_before_the_companys(self):
        self.env.company.connector_bank_id = self.bank("bni")
        self.assertEqual(self.partner._connector_bank(self.backend).code, "bni")
        self.partner.connector_bank_id = self.bank("bri")
        self.assertEqual(self.partner._connector_bank(self.backend).code, "bri")

    def test_too_little_asks_for_the_rest_by_a_new_account(self):
        self.backend.va_policy = "invoice"
        move = self.invoice(100_000)
        self.drain()
        old = move.connector_va_ids
        self.pay(old, 60_000)
        self.drain()
        new = move.connector_va_ids - old
        self.assertEqual((old.state, new.state, new.amount), ("paid", "active", 40_000))


class TestDeposit(GatewayCase):
    """Money for a sale order."""

    def setUp(self):
        super().setUp()
        product = self.env["product.product"].create(
            {"name": "Advice", "type": "service", "invoice_policy": "order"}
        )
        self.order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "order_line": [
                    fields.Command.create(
                        {
                            "product_id": product.id,
                            "price_unit": 200_000,
                            "tax_ids": [],
                        }
                    )
                ],
            }
        )

    def test_a_paid_deposit_confirms_the_order_and_pays_its_invoice(self):
        va = self.order._connector_request_deposit(80_000)
        self.drain()
        receipt = self.pay(va)
        self.assertEqual(receipt.outcome, "order")
        self.assertEqual(self.order.state, "sale")
        invoice = self.order._create_invoices()
        invoice.action_post()
        self.assertEqual(invoice.amount_residual, 120_000)
        self.assertEqual(receipt.invoice_ids, invoice)

    def test_too_little_confirms_nothing(self):
        va = self.order._connector_request_deposit(80_000)
        self.drain()
        self.pay(va, 50_000)
        self.assertEqual(self.order.state, "draft")

    def test_a_cancelled_order_closes_its_account(self):
        va = self.order._connector_request_deposit(80_000)
        self.drain()
        self.order._action_cancel()
        self.drain()
        self.assertEqual(va.state, "closed")

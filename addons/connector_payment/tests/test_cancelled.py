"""Orders and invoices that are cancelled: accounts close, money is given back."""

from odoo.fields import Command

from .common import GatewayCase


class CancelCase(GatewayCase):
    def order(self, amount=100_000):
        product = self.env["product.product"].create(
            {
                "name": "Servis",
                "type": "service",
                "invoice_policy": "order",
                "taxes_id": [Command.clear()],
            }
        )
        sale = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        sale.action_confirm()
        return sale

    def invoiced(self):
        sale = self.order()
        invoice = sale._create_invoices()
        invoice.action_post()
        return sale, invoice

    def asked(self, record, cause):
        return record.activity_ids.filtered(lambda a: a.connector_cause == cause)


class TestCancelledOrder(CancelCase):
    cause = "order.cancelled_after_va"

    def test_a_deposit_that_was_paid_is_to_be_given_back(self):
        sale = self.order()
        va = sale._connector_request_deposit(40_000, self.bank())
        self.drain("fast")
        self.pay(va)
        sale._action_cancel()
        activity = self.asked(sale, self.cause)
        self.assertIn("40,000", activity.note)
        self.assertTrue(activity.user_id.has_group("account.group_account_invoice"))

    def test_it_is_done_when_the_credit_is_used(self):
        sale = self.order()
        va = sale._connector_request_deposit(40_000, self.bank())
        self.drain("fast")
        receipt = self.pay(va)
        sale._action_cancel()
        other = self.invoice(40_000)
        debt = other._connector_debts()
        (receipt._credit_items() | debt).reconcile()
        self.assertFalse(self.asked(sale, self.cause))

    def test_an_open_account_of_the_order_or_its_invoice_closes(self):
        sale, invoice = self.invoiced()
        va = self.closed_va(invoice)
        sale._action_cancel()
        self.assertTrue(va.is_closing)
        self.drain("fast")
        self.assertEqual(va.state, "closed")
        self.assertIn(invoice.name, self.asked(sale, self.cause).note)

    def test_an_invoice_that_was_paid_is_to_be_credited_and_paid_back(self):
        sale, invoice = self.invoiced()
        self.pay(self.closed_va(invoice))
        self.assertEqual(invoice.payment_state, "paid")
        sale._action_cancel()
        self.assertIn(invoice.name, self.asked(sale, self.cause).note)
        note = invoice._reverse_moves()
        note.action_post()
        self.assertFalse(self.asked(sale, self.cause))

    def test_an_invoice_of_two_orders_keeps_its_account_while_one_of_them_lives(self):
        sales = self.order() | self.order()
        invoice = sales._create_invoices()
        self.assertEqual(len(invoice), 1)
        invoice.action_post()
        va = self.closed_va(invoice)
        sales[0]._action_cancel()
        self.assertFalse(va.is_closing)
        sales[1]._action_cancel()
        self.assertTrue(va.is_closing)

    def test_an_order_that_is_wanted_again_owes_nothing_back(self):
        sale = self.order()
        va = sale._connector_request_deposit(40_000, self.bank())
        self.drain("fast")
        self.pay(va)
        sale._action_cancel()
        self.assertTrue(self.asked(sale, self.cause))
        sale.action_draft()
        self.assertFalse(self.asked(sale, self.cause))

    def test_without_accounts_nobody_is_bothered(self):
        sale, _invoice = self.invoiced()
        sale._action_cancel()
        self.assertFalse(self.asked(sale, self.cause))


class TestCancelledInvoice(CancelCase):
    cause = "invoice.cancelled_after_va"

    def test_money_of_a_cancelled_invoice_is_somebodys_task_until_it_is_used(self):
        invoice = self.invoice(70_000)
        receipt = self.pay(self.closed_va(invoice))
        invoice.button_draft()
        invoice.button_cancel()
        activity = self.asked(invoice, self.cause)
        self.assertIn("70,000", activity.note)
        other = self.invoice(70_000)
        (receipt._credit_items() | other._connector_debts()).reconcile()
        self.assertFalse(self.asked(invoice, self.cause))

    def test_an_invoice_that_nobody_paid_is_cancelled_in_silence(self):
        invoice = self.invoice(70_000)
        va = self.closed_va(invoice)
        invoice.button_draft()
        invoice.button_cancel()
        self.assertTrue(va.is_closing)
        self.assertFalse(self.asked(invoice, self.cause))

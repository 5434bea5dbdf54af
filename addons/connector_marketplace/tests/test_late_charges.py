"""Charges that come after the invoice: another invoice, or credit note, of them."""

from odoo.fields import Command

from .money import MoneyCase
from .news import NewsCase
from .test_charges import BILL


class TestLateCharges(NewsCase, MoneyCase):
    def late(self, pieces=None, **bill):
        """An order that was invoiced before its breakdown came."""
        fault = self.refuse_breakdowns()
        sale = self.order(**bill)
        self.assertTrue(sale.connector_charges_pending)
        self.deliver(sale, pieces)
        self.invoice(sale)
        self.shop.clear_faults(fault)
        return self.become("SHIPPED", sale.connector_order_ref)

    def invoiced(self, **bill):
        """An order that was invoiced with the charges it had."""
        sale = self.order(**bill)
        self.deliver(sale)
        self.invoice(sale)
        return sale

    def change(self, sale, **bill):
        self.shop.change(sale.connector_order_ref, **bill)
        self.tell(sale.connector_order_ref)

    def books(self, sale):
        found = {}
        for line in sale.invoice_ids.line_ids:
            name = line.account_id.account_type
            if line.account_id == self.backend.clearing_account_id:
                name = "clearing"
            name = "vat" if line.tax_line_id else name
            found[name] = found.get(name, 0) + line.balance
        return {name: round(amount, 2) for name, amount in found.items() if amount}

    def complete(self, sale, kind):
        """Invoice what is left; the books are those of an order invoiced once."""
        self.assertEqual(sale.invoice_status, "to invoice")
        self.assertIn("came after its invoice", self.activities(sale))
        second = self.invoice(sale)
        self.assertEqual(second.move_type, kind)
        self.assertEqual(sale.invoice_status, "invoiced")
        self.assertFalse(sale.activity_ids)
        self.assertFalse(sale.connector_difference)
        signed = sum(sale.invoice_ids.mapped("amount_total_signed"))
        self.assertEqual(signed, sale.connector_total)
        once = self.invoiced(**self.bill)
        self.assertEqual(self.books(sale), self.books(once))
        return second

    def test_a_bill_that_lessens_the_total_becomes_a_credit_note(self):
        self.bill = BILL
        note = self.complete(self.late(**BILL), "out_refund")
        self.assertEqual(note.amount_total, 12_600)
        marked = note.invoice_line_ids.filtered("connector_clearing")
        self.assertEqual(len(marked), 4)
        self.assertFalse(marked.tax_ids)
        self.assertEqual(marked.account_id, self.backend.clearing_account_id)

    def test_a_bill_that_raises_it_becomes_an_invoice_of_charges_alone(self):
        self.bill = {"shipping_fee": 9_000, "seller_voucher": 1_110}
        second = self.complete(self.late(**self.bill), "out_invoice")
        self.assertEqual(second.amount_total, 7_890)

    def test_the_dialogue_makes_the_same(self):
        sale = self.late(seller_voucher=11_100)
        wizard = self.env["sale.advance.payment.inv"].create(
            {
                "sale_order_ids": [Command.set(sale.ids)],
                "advance_payment_method": "delivered",
            }
        )
        wizard.create_invoices()
        note = sale.invoice_ids.filtered(lambda m: m.state == "draft")
        self.assertEqual((note.move_type, note.amount_total), ("out_refund", 11_100))
        note.action_post()
        self.assertEqual(
            self.books(sale),
            {"income": -90_000, "vat": -9_900, "asset_receivable": 99_900},
        )

    def test_the_rest_of_the_goods_may_take_them_along(self):
        sale = self.late(pieces=1, **BILL)
        self.deliver(sale)
        second = self.invoice(sale)
        self.assertEqual(second.move_type, "out_invoice")
        self.assertEqual(sum(sale.invoice_ids.mapped("amount_total")), 98_400)
        self.assertFalse(sale.activity_ids)

    def test_a_charge_that_is_new_after_the_invoice_is_added_too(self):
        sale = self.invoiced(shipping_fee=9_000)
        self.bill = {"shipping_fee": 9_000, "seller_voucher": 11_100}
        self.change(sale, seller_voucher=11_100)
        note = self.complete(sale, "out_refund")
        self.assertEqual(note.amount_total, 11_100)

    def test_a_charge_that_is_another_one_then_is_left_to_a_person(self):
        sale = self.invoiced(shipping_fee=9_000)
        self.change(sale, shipping_fee=12_000, seller_voucher=11_100)
        self.assertEqual((sale.amount_total, sale.connector_total), (120_000, 111_900))
        self.assertEqual(sale.connector_difference, 8_100)
        self.assertEqual(sale.invoice_status, "invoiced")
        (activity,) = sale.activity_ids
        self.assertIn("9,000 → 12,000", activity.note)
        self.assertIn("0 → -11,100", activity.note)

    def test_what_comes_late_is_told_apart_from_what_was_left(self):
        sale = self.invoiced(shipping_fee=9_000)
        fault = self.refuse_breakdowns()
        self.change(sale, shipping_fee=12_000, seller_voucher=11_100)
        self.assertTrue(sale.connector_charges_pending)
        self.shop.clear_faults(fault)
        self.become("SHIPPED", sale.connector_order_ref)
        self.assertEqual(sale.connector_difference, -3_000)
        late = sale.activity_ids.filtered(
            lambda a: a.connector_cause == "order.charges_late"
        )
        self.assertIn("0 → -11,100", late.note)
        self.assertIn("11,100.00 in all", late.note)
        self.assertNotIn("12,000", late.note)
        left = sale.activity_ids - late
        self.assertIn("9,000 → 12,000", left.note)
        self.assertIn("3,000.00", left.note)
        self.assertNotIn("11,100", left.note)
        note = self.invoice(sale)
        self.assertEqual((note.move_type, note.amount_total), ("out_refund", 11_100))
        self.assertEqual(sale.activity_ids, left)

"""Receipts that are booked by the hundred: one look for numbers, none skipped."""

import math
from datetime import timedelta

from odoo import fields

from .common import GatewayCase

COUNT = 6


class TestReceiptBatch(GatewayCase):
    def paid_together(self, days=(0,) * COUNT, sen=(0,)):
        """New receipts of closed accounts, paid so many days ago; one batch.

        `sen`: fractions of a rupiah that the invoices have in turn.
        """
        values = []
        for number, back in enumerate(days):
            invoice = self.invoice(50_000 + number + sen[number % len(sen)])
            va = self.env["connector.payment.va"].create(
                {
                    "backend_id": self.backend.id,
                    "partner_id": self.partner.id,
                    "bank_id": self.bank().id,
                    "amount": math.ceil(invoice.amount_residual),
                    "move_ids": [fields.Command.set(invoice.ids)],
                    "external_id": f"pr-batch-{self.partner.id}-{number}",
                }
            )
            values.append(
                {
                    "backend_id": self.backend.id,
                    "company_id": self.backend.company_id.id,
                    "external_id": f"py-batch-{self.partner.id}-{number}",
                    "va_id": va.id,
                    "partner_id": self.partner.id,
                    "currency_id": va.currency_id.id,
                    "amount": va.amount,
                    "paid_at": fields.Datetime.now() - timedelta(days=back),
                }
            )
        return self.env["connector.payment.receipt"].create(values)

    def book(self, receipts):
        receipts._book_receipts()
        self.env.flush_all()
        return receipts.payment_id.move_id

    def numbers(self, entries):
        return sorted(entries.mapped("sequence_number"))

    def test_a_batch_is_numbered_without_a_gap_and_the_next_one_follows(self):
        first = self.book(self.paid_together())
        start = min(first.mapped("sequence_number"))
        self.assertEqual(self.numbers(first), list(range(start, start + COUNT)))
        self.partner = self.customer()
        second = self.book(self.paid_together())
        self.assertEqual(min(self.numbers(second)), start + COUNT)
        self.assertEqual(len(set((first | second).mapped("name"))), 2 * COUNT)
        self.assertFalse(any((first | second).mapped("made_sequence_gap")))

    def test_each_year_of_a_batch_has_its_own_numbers(self):
        entries = self.book(self.paid_together(days=(0, 0, 0, 400, 400, 400)))
        for prefix in set(entries.mapped("sequence_prefix")):
            ours = entries.filtered(lambda m, p=prefix: m.sequence_prefix == p)
            self.assertEqual(self.numbers(ours), [1, 2, 3])
        self.assertEqual(len(set(entries.mapped("sequence_prefix"))), 2)

    def test_a_number_taken_by_hand_between_two_batches_is_not_given_again(self):
        first = self.book(self.paid_together())
        last = max(first, key=lambda m: m.sequence_number)
        taken = last.sequence_number + 5
        last.name = f"{last.sequence_prefix}{taken:05d}"
        self.partner = self.customer()
        second = self.book(self.paid_together())
        self.assertEqual(min(self.numbers(second)), taken + 1)

    def test_payments_know_their_entries_and_are_paid_as_odoos_own(self):
        receipts = self.paid_together()
        entries = self.book(receipts)
        self.env.invalidate_all()
        self.assertEqual(len(entries), COUNT)
        self.assertEqual(entries.origin_payment_id, receipts.payment_id)
        self.assertEqual(set(entries.mapped("state")), {"posted"})
        self.assertEqual(set(receipts.invoice_ids.mapped("payment_state")), {"paid"})
        self.assertEqual(set(receipts.payment_id.mapped("state")), {"paid"})
        self.assertTrue(all(receipts.payment_id.mapped("is_reconciled")))

    def test_of_a_batch_each_invoice_with_sen_has_its_own_rest_written_off(self):
        receipts = self.paid_together(sen=(0, 0.25, 0.9))
        entries = self.book(receipts)
        self.assertEqual(set(receipts.invoice_ids.mapped("payment_state")), {"paid"})
        self.assertEqual(set(receipts.payment_id.mapped("state")), {"paid"})
        gain = self.backend.company_id.default_cash_difference_income_account_id
        rests = [
            sum(e.line_ids.filtered(lambda i: i.account_id == gain).mapped("balance"))
            for e in receipts.payment_id.mapped("move_id")
        ]
        wanted = [0, -0.75, -0.1] * 2
        for rest, wish in zip(rests, wanted, strict=True):
            self.assertAlmostEqual(rest, wish)
        start = min(self.numbers(entries))
        self.assertEqual(self.numbers(entries), list(range(start, start + COUNT)))

    def test_a_large_batch_needs_hardly_more_queries_than_a_small_one(self):
        self.assert_few_queries()

    def test_nor_does_a_large_batch_of_invoices_with_sen(self):
        self.assert_few_queries(sen=(0.25,))

    def assert_few_queries(self, **options):
        self.book(self.paid_together(**options))
        counts = []
        for size in (2, 12):
            self.partner = self.customer()
            receipts = self.paid_together((0,) * size, **options)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.book(receipts)
            counts.append(self.cr.sql_log_count - before)
        self.assertLess((counts[1] - counts[0]) / 10, 8, counts)

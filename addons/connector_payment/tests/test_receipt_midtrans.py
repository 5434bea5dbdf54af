"""Midtrans: its word is asked for before anything is booked."""

import json

from .common import GatewayCase


class TestMidtrans(GatewayCase):
    def setUp(self):
        super().setUp()
        self.backend = self.gateway_account("midtrans")
        self.move = self.invoice(100_000)
        self.va = self.closed_va(self.move, "bni")

    def outstanding(self):
        return self.balance(self.backend.outstanding_account_id)

    def test_a_settled_account_pays_its_invoice(self):
        receipt = self.pay(self.va)
        self.assertEqual(self.move.payment_state, "paid")
        self.assertEqual((receipt.outcome, receipt.bank), ("exact", "BNI"))

    def test_a_notification_with_an_altered_status_books_nothing(self):
        self.hear()
        body = {
            "order_id": self.va.name,
            "transaction_id": self.va.external_id,
            "transaction_status": "settlement",
            "status_code": "200",
            "gross_amount": "100000.00",
        }
        self.tell(json.dumps(body), self.va.name)
        self.assertFalse(self.receipts())
        self.assertEqual(self.move.payment_state, "not_paid")

    def test_money_for_an_order_midtrans_does_not_know_is_kept_and_not_booked(self):
        body = {
            "order_id": "unknown-1",
            "transaction_id": "t-1",
            "transaction_status": "settlement",
            "status_code": "200",
            "gross_amount": "100000.00",
        }
        self.tell(json.dumps(body), "unknown-1")
        receipt = self.receipts()
        self.assertEqual((receipt.state, receipt.hold), ("held", "doubtful"))
        self.assertFalse(receipt.payment_id)
        self.assertEqual(self.outstanding(), 0)

    def test_a_second_transfer_is_told_by_a_larger_sum_and_booked_as_the_rest(self):
        self.pay(self.va)
        self.pay(self.va, 100_000)
        receipts = self.receipts()
        self.assertEqual(receipts.mapped("amount"), [100_000, 100_000])
        self.assertEqual(receipts[1].circumstance, "duplicate")
        self.assertEqual(self.outstanding(), 200_000)

    def test_denied_after_it_was_settled_the_money_is_taken_back(self):
        receipt = self.pay(self.va)
        self.midtrans.reverse(receipt.external_id)
        self.hear()
        self.assertEqual(receipt.state, "reversed")
        self.assertEqual(self.move.payment_state, "not_paid")
        self.assertEqual(self.outstanding(), 0)

    def test_expiry_ends_the_account(self):
        self.midtrans.expire(self.va.name)
        self.hear()
        self.assertEqual(self.va.state, "expired")
        self.assertFalse(self.receipts())

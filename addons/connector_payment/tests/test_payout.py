"""Payouts from a bill to the gateway, by real HTTP; its ledger is the judge."""

from .payouts import PayoutCase


class TestLife(PayoutCase):
    def test_a_bill_is_paid_out_and_the_payment_is_paid(self):
        bill = self.bill(250_000)
        payout = self.approved(bill)
        self.assertEqual(payout.state, "approved")
        self.assertEqual(bill.payment_state, "paid")
        self.drain()
        self.assertEqual(payout.state, "sent")

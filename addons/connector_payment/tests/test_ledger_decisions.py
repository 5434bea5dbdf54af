"""Rows that are not booked by themselves: a person decides."""

from odoo.exceptions import UserError

from .ledger import LedgerCase


class TestDecisions(LedgerCase):
    def test_a_kind_nobody_knows_is_kept_and_waits_for_a_person(self):
        row = self.page_of(type="LOAN_REPAYMENT", cashflow="MONEY_OUT")
        self.assertEqual((row.kind, row.raw_kind), ("unknown", "LOAN_REPAYMENT"))
        self.assertEqual(row.state, "attention")
        self.assertEqual(self.gateway(), 0)
        row.action_accept()
        self.drain()
        self.assertEqual(row.state, "booked")
        self.assertEqual(self.gateway(), -2500)
        self.assertEqual(self.balance(self.backend.suspense_account_id), 2500)

    def test_a_status_nobody_knows_is_kept_and_shown(self):
        row = self.page_of(status="SLEEPING")
        self.assertEqual((row.state, row.raw_status), ("attention", "SLEEPING"))
        self.assertEqual(self.gateway(), 0)

    def test_figures_that_do_not_add_up_are_not_booked_by_themselves(self):
        row = self.page_of(type="FEE", cashflow="MONEY_OUT", net_amount=9999)
        self.assertEqual(row.state, "attention")
        self.assertIn("add up", row.issue)

    def test_a_payment_of_the_ledger_alone_can_be_made_a_receipt(self):
        row = self.page_of(type="PAYMENT", amount=70_000, net_amount=70_000)
        self.assertEqual(row.state, "attention")
        self.assertEqual(row.issue, "Odoo knows no such payment.")
        row.action_take_receipt()
        self.drain()
        self.assertEqual(self.receipts().state, "unidentified")
        self.assertEqual(row.receipt_id, self.receipts())
        self.backend._settle_now()
        self.assertEqual(row.state, "booked")
        self.assertEqual(self.balance(self.backend.suspense_account_id), -70_000)
        self.assertEqual(self.gateway(), 70_000)

    def test_a_fee_row_is_booked_as_a_fee(self):
        self.page_of(type="FEE", cashflow="MONEY_OUT")
        self.assertEqual(self.fees(), 2500)
        self.assertEqual(self.gateway(), -2500)

    def test_a_row_in_a_foreign_currency_waits_for_a_person(self):
        row = self.page_of(type="FEE", cashflow="MONEY_OUT", currency="USD")
        self.assertEqual(row.state, "attention")
        self.assertIn("USD", row.issue)

    def test_another_amount_than_the_receipts_waits_for_a_person(self):
        self.paid()
        receipt = self.receipts()
        row = self.rows()
        row.write({"settled": True, "fee_final": True, "amount": 120_000})
        row.write({"net": 115_560, "is_due": True})
        self.backend._settle_now()
        self.assertEqual(row.state, "attention")
        row.action_accept()
        self.drain()
        self.assertEqual(row.state, "booked")
        self.assertEqual(self.outstanding(), 0)
        self.assertEqual(self.balance(self.backend.suspense_account_id), -20_000)
        self.assertEqual(receipt.settlement_id, self.settlements())

    def test_only_what_waits_for_a_decision_can_be_accepted(self):
        self.paid()
        with self.assertRaises(UserError):
            self.rows().action_accept()

    def test_a_changed_fee_is_put_right_by_the_difference(self):
        self.paid()
        self.xendit.settle()
        self.look()
        row = self.rows()
        row.write({"fee": 5000, "net": 94_560})
        row._judge()
        self.backend._settle_now()
        self.assertEqual(self.gateway(), 94_560)
        self.assertEqual(self.fees(), 5440)
        self.assertEqual(self.outstanding(), 0)

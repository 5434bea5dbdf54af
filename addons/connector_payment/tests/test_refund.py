"""Payments given back by the gateway, linked to the credit note; its books judge."""

from odoo import fields
from odoo.exceptions import UserError

from .payouts import PayoutCase

REFUND = "*/refund"


class RefundCase(PayoutCase):
    """An invoice of 100,000 that was paid through Midtrans, and its credit note."""

    def setUp(self):
        super().setUp()
        self.backend = self.gateway_account("midtrans")
        self.midtrans.config(refundable=True, refund_confirm_seconds=0)
        self.channel = self.bank("bca")._channel("midtrans")
        self.channel.refundable = True
        self.paid = self.invoice(100_000)
        self.va = self.closed_va(self.paid)
        self.midtrans.pay(self.va.name)
        self.va._enqueue("payment.va.watch", "look")
        self.drain()
        self.receipt = self.receipts()
        self.assertEqual(
            (self.receipt.state, self.paid.payment_state), ("booked", "paid")
        )

    def credit_note(self, amount=100_000):
        return self.bill(
            amount,
            vendor=self.partner,
            move_type="out_refund",
            reversed_entry_id=self.paid.id,
        )

    def ask_back(self, credit, amount=None, user=None):
        user = user or self.maker
        action = credit.with_user(user).action_connector_refund()
        wizard = self.env["connector.payment.refund.wizard"].browse(action["res_id"])
        if amount:
            wizard.with_user(user).amount = amount
        before = self.refunds()
        wizard.with_user(user).action_refund()
        return self.refunds() - before

    def refunds(self):
        return self.env["connector.payment.refund"].search(
            [("backend_id", "=", self.backend.id)], order="id"
        )

    def message(self, refund):
        return self.env["erp.connector.message"].search(
            [
                ("res_model", "=", refund._name),
                ("res_id", "=", refund.id),
                ("topic", "=", "payment.refund.send"),
            ]
        )

    def until_paid(self, refund):
        for _round in range(3):
            self.drain()
            refund.filtered(lambda r: r.state == "sent")._look_now()
        self.drain()


class TestRefund(RefundCase):
    def test_it_goes_back_and_closes_the_credit_note(self):
        credit = self.credit_note()
        refund = self.ask_back(credit)
        self.until_paid(refund)
        self.assertEqual((refund.state, credit.payment_state), ("paid", "paid"))
        payment = refund.payment_id
        self.assertEqual(payment.payment_type, "outbound")
        self.assertEqual(
            payment.outstanding_account_id, self.backend.outstanding_account_id
        )
        self.assertEqual(self.balance(self.backend.outstanding_account_id), 0)
        self.assertFalse(payment.connector_payout_ids, "it is no payout")

    def test_a_part_can_go_back_and_no_more_than_was_paid(self):
        first = self.ask_back(self.credit_note(60_000), amount=60_000)
        self.until_paid(first)
        credit = self.credit_note(60_000)
        with self.assertRaisesRegex(UserError, "40.000|40,000"):
            self.ask_back(credit, amount=60_000)
        second = self.ask_back(credit, amount=40_000)
        self.until_paid(second)
        self.assertEqual(self.receipt._refunds_of_ours(), 100_000)
        self.assertEqual(credit.amount_residual, 20_000)

    def test_two_requests_at_once_cannot_give_back_more_than_was_paid(self):
        first, second = self.credit_note(), self.credit_note()
        self.ask_back(first)
        with self.assertRaises(UserError):
            self.ask_back(second)

    def test_what_the_gateway_refuses_is_shown_on_the_credit_note(self):
        credit = self.credit_note()
        self.midtrans.config(refundable=False)
        refund = self.ask_back(credit)
        self.drain()
        self.assertEqual((refund.state, credit.payment_state), ("failed", "not_paid"))
        self.assertTrue(refund.failure)
        self.assertTrue(refund.activity_ids)
        self.assertIn("gave nothing back", credit.message_ids[0].body)

    def test_a_bank_that_gives_nothing_back_says_what_to_do(self):
        self.channel.refundable = False
        credit = self.credit_note()
        self.assertFalse(credit.connector_is_refundable)
        with self.assertRaisesRegex(UserError, "by a payout instead"):
            self.ask_back(credit)

    def test_only_makers_and_approvers_give_money_back(self):
        credit = self.credit_note()
        self.assertTrue(credit.connector_is_refundable)
        clerk = self.env["res.users"].create(
            {
                "name": "Clerk",
                "login": "clerk-refund",
                "group_ids": [
                    fields.Command.set(
                        [self.env.ref("account.group_account_invoice").id]
                    )
                ],
            }
        )
        with self.assertRaises(UserError):
            self.ask_back(credit, user=clerk)

    def test_the_owner_is_not_told_of_refunds_of_ours(self):
        refund = self.ask_back(self.credit_note())
        self.until_paid(refund)
        self.va._enqueue("payment.va.watch", "again")
        self.drain()
        self.assertEqual(self.receipt.refunded_amount, 100_000)
        summaries = self.receipt.activity_ids.mapped("summary")
        self.assertNotIn("Refunded outside Odoo", summaries)


class TestRefundOnce(RefundCase):
    def assert_once(self, refund):
        for _round in range(4):
            self.drain()
            self.let_time_pass()
            refund.filtered(lambda r: r.state == "sent")._look_now()
        self.drain()
        self.va._enqueue("payment.va.watch", "end")
        self.drain()
        self.assertEqual(self.receipt.refunded_amount, refund.amount)
        self.assertEqual((refund.state, self.message(refund).state), ("paid", "done"))

    def test_an_answer_that_is_lost_is_asked_for(self):
        refund = self.ask_back(self.credit_note(30_000))
        self.midtrans.fault("cut_after", path=REFUND, count=1)
        self.drain("fast")
        self.assertEqual(self.message(refund).state, "uncertain")
        self.assert_once(refund)

    def test_a_connection_cut_before_the_effect_gives_it_back_once(self):
        refund = self.ask_back(self.credit_note(30_000))
        self.midtrans.fault("cut_before", path=REFUND, count=1)
        self.assert_once(refund)

    def test_a_replay_gives_nothing_back_again(self):
        refund = self.ask_back(self.credit_note(30_000))
        self.assert_once(refund)
        self.message(refund)._replay("A person pressed Replay")
        for _round in range(3):
            self.drain()
            self.let_time_pass()
        self.va._enqueue("payment.va.watch", "after")
        self.drain()
        self.assertEqual(self.receipt.refunded_amount, 30_000)
        self.assertEqual(len(self.refunds()), 1)
        payments = self.env["account.payment"].search([("memo", "ilike", refund.name)])
        self.assertEqual(len(payments), 1)


class TestRefundWays(RefundCase):
    """One credit note is given back once, whichever way it goes."""

    def setUp(self):
        super().setUp()
        self.second = self.closed_va(self.invoice(100_000))
        self.midtrans.pay(self.second.name)
        self.second._enqueue("payment.va.watch", "look")
        self.drain()
        # both receipts paid the invoice that is credited
        for receipt in self.receipts():
            receipt.invoice_ids |= self.paid

    def test_two_payments_of_one_invoice_do_not_pay_its_credit_note_twice(self):
        credit = self.credit_note()
        first = self.ask_back(credit)
        other = self.receipts() - first.receipt_id
        wizard = self.env["connector.payment.refund.wizard"].with_user(self.maker)
        wizard = wizard.create({"move_id": credit.id, "receipt_id": other.id})
        self.assertEqual(wizard.limit, 0)
        with self.assertRaisesRegex(UserError, "can be given back"):
            wizard.write({"amount": 100_000}) and wizard.action_refund()

    def test_what_a_payout_pays_back_is_not_refunded_too(self):
        self.partner.bank_ids = self.account_of(self.payee("x", number="99")).ids
        credit = self.credit_note()
        payout = self.drafts(credit)
        with self.assertRaisesRegex(UserError, payout.name):
            self.ask_back(credit)

    def test_what_is_refunded_is_not_paid_back_by_a_payout_too(self):
        self.partner.bank_ids = self.account_of(self.payee("x", number="99")).ids
        credit = self.credit_note()
        payout = self.submitted(credit)
        refund = self.env["connector.payment.refund"].create(
            {"receipt_id": self.receipt.id, "move_id": credit.id, "amount": 100_000}
        )
        with self.assertRaisesRegex(UserError, "not owed any more"):
            payout.with_user(self.approver).action_approve()
        payout.with_user(self.maker).action_discard()
        self.assertIn("given back", self.wizard(credit).line_ids.problem)
        refund.state = "failed"
        self.assertEqual(self.approved(credit).amount, 100_000)

    def test_a_credit_note_that_is_no_more_than_a_draft_gives_nothing_back(self):
        credit = self.credit_note()
        credit.button_draft()
        wizard = self.env["connector.payment.refund.wizard"].with_user(self.maker)
        wizard = wizard.create({"move_id": credit.id, "receipt_id": self.receipt.id})
        self.assertEqual(wizard.limit, 0)

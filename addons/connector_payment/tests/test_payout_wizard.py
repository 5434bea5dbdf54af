"""Which documents are paid out, and that their bank data goes nowhere else."""

import uuid

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .payouts import PayoutCase


class TestWizard(PayoutCase):
    def test_many_bills_are_one_batch_with_progress(self):
        bills = self.bill(10_000) | self.bill(20_000) | self.bill(30_000)
        payouts = self.approved(bills)
        batch = payouts.batch_id
        self.assertEqual(
            (len(payouts), batch.amount, batch.state), (3, 60_000, "running")
        )
        self.drain()
        self.assertEqual(batch.progress, 0)
        self.ends(payouts[0], "succeed")
        self.ends(payouts[1], "succeed")
        self.assertAlmostEqual(batch.progress, 200 / 3)
        self.ends(payouts[2], "fail")
        self.assertEqual((batch.state, batch.count_back), ("attention", 1))
        batch.with_user(self.maker).action_reopen()
        self.assertEqual((batch.state, batch.count, batch.amount), ("draft", 3, 60_000))

    def test_bills_of_one_payee_can_be_one_payout(self):
        bills = self.bill(10_000) | self.bill(20_000)
        payout = self.approved(bills, group_by_account=True)
        self.assertEqual((len(payout), payout.amount), (1, 30_000))
        self.assertEqual(set(bills.mapped("payment_state")), {"paid"})

    def test_a_part_of_a_bill_can_be_paid(self):
        bill = self.bill(100_000)
        wizard = self.wizard(bill)
        wizard.line_ids.amount = 40_000
        wizard.action_submit()
        self.payouts().with_user(self.approver).action_approve()
        self.assertEqual(bill.amount_residual, 60_000)

    def test_more_than_is_owed_is_refused(self):
        wizard = self.wizard(self.bill(100_000))
        wizard.line_ids.amount = 100_001
        with self.assertRaisesRegex(UserError, "no more than"):
            wizard.action_create()

    def test_a_bill_that_is_in_a_payout_already_is_left_out(self):
        bill = self.bill()
        payout = self.drafts(bill)
        self.assertIn(payout.name, self.wizard(bill).line_ids.problem)

    def test_a_bill_torn_off_its_payment_is_not_paid_out_again(self):
        bill = self.bill()
        again = self.submitted(bill)
        payout = self.of_the_same(again)
        payout.with_user(self.maker).action_submit()
        payout.with_user(self.approver).action_approve()
        payable = bill.line_ids.filtered(
            lambda line: line.account_type == "liability_payable"
        )
        payable.remove_move_reconcile()
        self.assertEqual(bill.payment_state, "not_paid")
        with self.assertRaisesRegex(UserError, "not owed any more"):
            again.with_user(self.approver).action_approve()
        again.with_user(self.maker).action_discard()
        self.assertIn(payout.name, self.wizard(bill).line_ids.problem)

    def of_the_same(self, payout):
        """Another draft payout of what this one shall pay."""
        new = payout._for_payments(payout.payment_id._connector_again())
        new.write({"line_ids": payout.line_ids.ids, "editor_id": self.maker.id})
        return new

    def test_a_bill_paid_otherwise_meanwhile_is_not_paid_again(self):
        bill = self.bill()
        payout = self.submitted(bill)
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=bill.ids
        ).create({"journal_id": self.other_journal().id}).action_create_payments()
        with self.assertRaisesRegex(UserError, "not owed any more"):
            payout.with_user(self.approver).action_approve()
        self.assertEqual((payout.state, self.there()), ("to_approve", []))

    def other_journal(self):
        return self.env["account.journal"].search(
            [
                ("type", "=", "bank"),
                ("company_id", "=", self.env.company.id),
                ("id", "!=", self.backend.journal_id.id),
            ],
            limit=1,
        )

    def test_two_payouts_of_one_bill_cannot_both_be_approved(self):
        payouts = self.drafts(self.bill())
        payouts |= self.of_the_same(payouts)
        payouts.with_user(self.maker).action_submit()
        with self.assertRaisesRegex(UserError, "not owed any more"):
            payouts.with_user(self.approver).action_approve()

    def test_expenses_and_payroll_are_open_payable_items(self):
        payable = self.vendor.property_account_payable_id
        expense = self.backend.fee_account_id
        other = self.payee("Karyawan", number="222333444")
        entry = self.env["account.move"].create(
            {
                "move_type": "entry",
                "line_ids": [
                    fields.Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": partner.id,
                            "balance": amount,
                        }
                    )
                    for account, partner, amount in (
                        (expense, self.env["res.partner"], 300_000),
                        (payable, self.vendor, -100_000),
                        (payable, other, -200_000),
                    )
                ],
            }
        )
        entry.action_post()
        payouts = self.approved(entry.line_ids)
        self.assertEqual(sorted(payouts.mapped("amount")), [100_000, 200_000])
        self.drain()
        self.assertEqual(sorted(self.there()), sorted(payouts.mapped("name")))

    def test_a_payment_registered_by_hand_becomes_a_payout_to_submit(self):
        bill = self.bill(80_000)
        line = self.backend._method_line("outbound")
        wizard = (
            self.env["account.payment.register"]
            .with_user(self.maker)
            .with_context(active_model="account.move", active_ids=bill.ids)
        )
        wizard.create(
            {
                "journal_id": self.backend.journal_id.id,
                "payment_method_line_id": line.id,
            }
        ).action_create_payments()
        payout = self.payouts()
        self.assertEqual((payout.state, payout.amount), ("draft", 80_000))
        payout.with_user(self.maker).action_submit()
        payout.with_user(self.approver).action_approve()
        self.drain()
        self.ends(payout, "fail")
        self.assertEqual(bill.payment_state, "not_paid")
        payout.with_user(self.maker).action_reopen()
        self.assertEqual((self.payouts() - payout).line_ids.move_id, bill)

    def test_a_credit_note_is_paid_back_by_a_payout(self):
        customer = self.payee("Pelanggan", number="333444555")
        credit = self.bill(45_000, vendor=customer, move_type="out_refund")
        payout = self.approved(credit)
        self.drain()
        self.ends(payout, "succeed")
        self.assertEqual((payout.state, credit.payment_state), ("succeeded", "paid"))
        self.assertEqual(payout.payment_id.partner_type, "customer")

    def test_a_customers_unused_credit_is_paid_back_by_a_payout(self):
        self.partner.bank_ids = self.account_of(self.payee("x", number="9")).ids
        va = self.fixed_va()
        self.pay_event(va, 30_000)
        receipt = self.receipts()
        action = receipt.with_user(self.maker).action_pay_back()
        wizard = self.env["connector.payment.pay"].browse(action["res_id"])
        account = self.partner.bank_ids[:1]
        account.allow_out_payment = True
        wizard.with_user(self.maker).line_ids.partner_bank_id = account
        wizard.with_user(self.maker).action_submit()
        payout = self.payouts()
        payout.with_user(self.approver).action_approve()
        self.assertEqual(payout.amount, 30_000)
        credit = receipt.payment_id.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        self.assertTrue(credit.reconciled)


class TestSecrets(PayoutCase):
    def test_no_bank_data_in_chatter_messages_calls_or_errors(self):
        vendor = self.payee("Rahasia", number="8877665544")
        payout = self.approved(self.bill(vendor=vendor))
        self.xendit.fault("cut_after", path="/v2/payouts", count=1)
        self.drain()
        self.let_time_pass()
        self.drain()
        self.ends(payout, "fail")
        self.assertEqual(payout.state, "failed")
        records = payout | payout.batch_id if payout.batch_id else payout
        texts = [
            *records.message_ids.mapped("body"),
            *payout.activity_ids.mapped("note"),
        ]
        texts += payout.payment_id.message_ids.mapped("body")
        for message in payout._messages():
            texts += [
                message.payload,
                message.note,
                message.error,
                str(message.history),
            ]
        calls = self.env["erp.connector.call"].search(
            [("backend_id", "=", self.backend.id)]
        )
        for call in calls:
            texts += [
                call.path,
                call.request_excerpt,
                call.response_excerpt,
                call.error,
            ]
        text = " ".join(str(t) for t in texts)
        self.assertIn(payout.name, text)
        for secret in ("8877665544", "Rahasia Holder"):
            self.assertNotIn(secret, text)

    def test_bank_data_is_for_accountants_only(self):
        payout = self.approved(self.bill())
        reader = self.env["res.users"].create(
            {
                "name": "Reader",
                "login": uuid.uuid4().hex,
                "group_ids": [
                    fields.Command.set(
                        [self.env.ref("erp_connector_base.group_user").id]
                    )
                ],
            }
        )
        for name in ("account_number", "account_holder", "partner_bank_id"):
            with self.assertRaises(AccessError):
                payout.with_user(reader).read([name])

"""Who may do what, and what is looked at before money leaves."""

import uuid

from odoo import fields
from odoo.exceptions import AccessError, UserError

from .payouts import PayoutCase


class TestFourEyes(PayoutCase):
    def test_the_same_person_never_makes_and_approves(self):
        both = self.person("maker", "approver")
        payout = self.drafts(self.bill(), user=both)
        payout.with_user(both).action_submit()
        with self.assertRaisesRegex(UserError, "Somebody else has to approve"):
            payout.with_user(both).action_approve()
        payout.with_user(self.approver).action_approve()
        self.assertEqual((payout.maker_id, payout.approver_id), (both, self.approver))

    def test_who_made_it_cannot_approve_what_another_one_submitted(self):
        both = self.person("maker", "approver")
        payout = self.drafts(self.bill(), user=both)
        payout.with_user(self.maker).action_submit()
        with self.assertRaisesRegex(UserError, "Somebody else has to approve"):
            payout.with_user(both).action_approve()

    def test_who_changed_its_payment_cannot_approve_it(self):
        payout = self.drafts(self.bill())
        both = self.person("maker", "approver")
        payout.payment_id.with_user(both).amount = 50_000
        payout.with_user(self.maker).action_submit()
        with self.assertRaisesRegex(UserError, "Somebody else has to approve"):
            payout.with_user(both).action_approve()

    def test_a_maker_cannot_approve_and_an_approver_cannot_submit(self):
        payout = self.drafts(self.bill())
        with self.assertRaises(AccessError):
            payout.with_user(self.approver).action_submit()
        payout.with_user(self.maker).action_submit()
        with self.assertRaises(AccessError):
            payout.with_user(self.maker).action_approve()

    def test_nobody_writes_a_payout_past_its_methods(self):
        payout = self.drafts(self.bill())
        for user in (self.maker, self.approver, self.person("maker", "approver")):
            for values in ({"state": "approved"}, {"maker_id": self.approver.id}):
                with self.assertRaises(AccessError):
                    payout.with_user(user).write(values)
        with self.assertRaises(AccessError):
            self.env["connector.payment.payout"].with_user(self.maker).create(
                {"payment_id": payout.payment_id.id, "backend_id": self.backend.id}
            )

    def test_in_a_batch_each_payout_has_its_own_four_eyes(self):
        both = self.person("maker", "approver")
        bills = self.bill(10_000) | self.bill(20_000)
        payouts = self.submitted(bills)
        payouts[0].payment_id.sudo().with_user(both).memo = "fine: not watched"
        payouts[1].payment_id.with_user(both).amount = 15_000
        payouts[1].with_user(self.maker).action_submit()
        with self.assertRaisesRegex(UserError, payouts[1].name):
            payouts.batch_id.with_user(both).action_approve()
        self.assertEqual(set(payouts.mapped("state")), {"to_approve"})

    def test_another_companys_payouts_are_out_of_reach(self):
        payout = self.drafts(self.bill())
        company = self.env["res.company"].create({"name": uuid.uuid4().hex})
        stranger = self.person("maker", "approver")
        stranger.write(
            {"company_ids": [fields.Command.set(company.ids)], "company_id": company.id}
        )
        with self.assertRaises(AccessError):
            payout.with_user(stranger).action_submit()


class TestChanged(PayoutCase):
    def test_another_amount_sends_it_back_to_its_maker(self):
        payout = self.submitted(self.bill(100_000))
        payout.payment_id.amount = 90_000
        self.assertEqual((payout.state, payout.amount), ("draft", 90_000))

    def test_another_bank_account_sends_it_back_to_its_maker(self):
        payout = self.submitted(self.bill())
        account = self.account_of(self.vendor).copy({"acc_number": "999"})
        payout.payment_id.partner_bank_id = account
        self.assertEqual(payout.state, "draft")

    def test_a_bank_account_that_changes_sends_it_back_to_its_maker(self):
        for values in ({"acc_holder_name": "Other"}, {"allow_out_payment": False}):
            with self.subTest(**values):
                payout = self.submitted(self.bill())
                self.account_of(self.vendor).write(values)
                self.assertEqual(payout.state, "draft")
                self.account_of(self.vendor).allow_out_payment = True

    def test_what_changed_behind_our_back_is_not_approved(self):
        payout = self.submitted(self.bill())
        self.env.flush_all()
        self.cr.execute(
            "UPDATE res_partner_bank SET acc_number = '666' WHERE id = %s",
            [self.account_of(self.vendor).id],
        )
        self.env.invalidate_all()
        payout.with_user(self.approver).action_approve()
        self.assertEqual(payout.state, "draft")
        self.assertFalse(self.send_message(payout))

    def test_a_bank_account_changed_after_the_approval_is_not_paid(self):
        changes = (
            {"allow_out_payment": False},
            {"acc_holder_name": "Other"},
            {"active": False},
        )
        for values in changes:
            with self.subTest(**values):
                bill = self.bill(30_000)
                payout = self.approved(bill)
                self.account_of(self.vendor).write(values)
                self.drain()
                self.assertEqual(
                    (payout.state, bill.payment_state), ("failed", "not_paid")
                )
                self.assertEqual(self.there(), [])
                account = self.vendor.with_context(active_test=False).bank_ids
                account.write({"active": True, "allow_out_payment": True})

    def test_the_payment_of_an_approved_payout_stays_as_it_is(self):
        payout = self.approved(self.bill())
        payment = payout.payment_id
        for undo in (
            payment.action_draft,
            payment.action_cancel,
            payment.action_reject,
            payment.unlink,
            payment.move_id.button_draft,
            payment.move_id.button_cancel,
        ):
            with self.assertRaisesRegex(UserError, "payout"):
                undo()

    def test_it_can_be_stopped_before_it_has_left(self):
        bill = self.bill()
        payout = self.approved(bill)
        payout.with_user(self.maker).action_cancel()
        self.drain()
        self.assertEqual((payout.state, bill.payment_state), ("cancelled", "not_paid"))
        self.assertEqual(self.there(), [])

    def test_a_draft_is_discarded_with_its_payment(self):
        payout = self.drafts(self.bill())
        payout.with_user(self.maker).action_discard()
        self.assertEqual(
            (payout.state, payout.payment_id.state), ("cancelled", "canceled")
        )

    def test_an_approver_sends_it_back(self):
        payout = self.submitted(self.bill())
        payout.with_user(self.approver).action_take_back()
        self.assertEqual(payout.state, "draft")


class TestBankAccount(PayoutCase):
    def problem(self, vendor):
        return self.wizard(self.bill(vendor=vendor)).line_ids.problem

    def test_it_has_to_be_trusted_and_the_message_names_no_number(self):
        text = self.problem(self.payee("Baru", number="55566677", trusted=False))
        self.assertIn("not trusted", text)
        self.assertIn("Baru", text)
        self.assertNotIn("55566677", text)

    def test_trust_that_is_gone_stops_the_submission(self):
        payout = self.drafts(self.bill())
        self.account_of(self.vendor).allow_out_payment = False
        with self.assertRaisesRegex(UserError, "not trusted"):
            payout.with_user(self.maker).action_submit()

    def test_a_bank_the_gateway_does_not_know_is_a_clear_error(self):
        vendor = self.payee("Jauh")
        bank = self.env["res.bank"].create({"name": "Bank of Nowhere"})
        self.account_of(vendor).bank_id = bank
        self.assertIn("pays nothing out to this bank", self.problem(vendor))

    def test_no_bank_account_is_a_clear_error(self):
        vendor = self.env["res.partner"].create({"name": "Tanpa"})
        self.assertIn("choose a bank account", self.problem(vendor))

    def test_a_bank_is_known_by_its_name_or_bic_too(self):
        ours = self.bank("bca")
        for values in ({"name": "BCA"}, {"name": "x", "bic": ours.bank_id.bic + "XXX"}):
            with self.subTest(**values):
                vendor = self.payee(uuid.uuid4().hex)
                self.account_of(vendor).bank_id = self.env["res.bank"].create(values)
                self.assertFalse(self.problem(vendor))

    def test_an_account_that_the_gateway_refuses_is_not_paid(self):
        self.backend = self.gateway_account("midtrans")
        payout = self.drafts(self.bill())
        self.account_of(self.vendor).connector_check = "invalid"
        self.midtrans.fault("status", path="*/account_validation", status=503)
        with self.assertRaisesRegex(
            UserError, "PT Pemasok: the gateway refuses"
        ) as caught:
            payout.with_user(self.maker).action_submit()
        self.assertNotIn("1234567890", str(caught.exception))

    def test_another_number_is_looked_at_again(self):
        account = self.account_of(self.vendor)
        account.write({"connector_check": "valid"})
        account.write({"allow_out_payment": False, "acc_number": "77788899"})
        self.assertFalse(account.connector_check)


class TestBalance(PayoutCase):
    def test_more_than_the_gateway_holds_is_not_submitted(self):
        self.xendit.withdraw(self.xendit.balance() - 50_000)
        payout = self.drafts(self.bill(60_000))
        with self.assertRaisesRegex(UserError, "50.000|50,000"):
            payout.with_user(self.maker).action_submit()

    def test_what_went_meanwhile_stops_the_approval(self):
        payout = self.submitted(self.bill(60_000))
        self.xendit.withdraw(self.xendit.balance() - 50_000)
        with self.assertRaisesRegex(UserError, "60.000|60,000"):
            payout.with_user(self.approver).action_approve()
        self.assertEqual(payout.state, "to_approve")

    def test_what_was_approved_and_has_not_left_counts(self):
        self.xendit.withdraw(self.xendit.balance() - 100_000)
        first, second = (
            self.submitted(self.bill(60_000)),
            self.drafts(self.bill(60_000)),
        )
        first.with_user(self.approver).action_approve()
        with self.assertRaisesRegex(UserError, "not sent yet"):
            second.with_user(self.maker).action_submit()

    def test_a_gateway_that_does_not_answer_says_so(self):
        payout = self.drafts(self.bill())
        self.xendit.fault("status", path="/balance", status=503)
        with self.assertRaisesRegex(UserError, "does not tell its balance"):
            payout.with_user(self.maker).action_submit()

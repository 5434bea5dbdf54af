"""People who try to pay what is not owed, or to whom it is not owed."""

from odoo import fields
from odoo.exceptions import UserError

from .payouts import PayoutCase


class TestDocuments(PayoutCase):
    """What becomes of the documents while their payout waits, or is on its way."""

    def test_a_bill_deleted_after_the_submission_is_not_paid(self):
        bill = self.bill()
        payout = self.submitted(bill)
        bill.button_draft()
        bill.with_context(force_delete=True).unlink()
        self.assertEqual(payout.state, "cancelled")
        self.assertEqual(payout.payment_id.state, "canceled")
        with self.assertRaises(UserError):
            payout.with_user(self.approver).action_approve()
        self.drain()
        self.assertEqual(self.there(), [])

    def test_a_bill_entered_anew_is_paid_by_a_payout_of_its_own(self):
        bill = self.bill(100_000)
        payout = self.submitted(bill)
        bill.button_draft()
        bill.invoice_payment_term_id = self.env.ref(
            "account.account_payment_term_30days"
        )
        bill.invoice_line_ids.price_unit = 90_000
        bill.action_post()
        with self.assertRaises(UserError):
            payout.with_user(self.approver).action_approve()
        payout.with_user(self.maker).action_discard()
        self.assertFalse(self.wizard(bill).line_ids.problem)
        self.assertEqual(self.approved(bill).amount, 90_000)

    def test_a_bill_that_became_somebody_elses_is_not_paid_to_the_first(self):
        bill = self.bill()
        payout = self.submitted(bill)
        bill.button_draft()
        bill.partner_id = self.payee("Lain", number="5566778899")
        bill.action_post()
        with self.assertRaisesRegex(UserError, "not owed any more"):
            payout.with_user(self.approver).action_approve()

    def test_one_of_two_bills_deleted_stops_the_payout_of_both(self):
        bills = self.bill(10_000) | self.bill(20_000)
        payout = self.submitted(bills, group_by_account=True)
        bills[0].button_draft()
        bills[0].with_context(force_delete=True).unlink()
        with self.assertRaisesRegex(UserError, "not owed any more"):
            payout.with_user(self.approver).action_approve()

    def test_a_bill_that_is_a_draft_again_is_not_owed(self):
        bill = self.bill()
        payout = self.submitted(bill)
        bill.button_draft()
        with self.assertRaisesRegex(UserError, "not owed any more"):
            payout.with_user(self.approver).action_approve()
        self.assertEqual(payout.state, "to_approve")

    def test_a_cancelled_bill_is_not_owed(self):
        bill = self.bill()
        payout = self.submitted(bill)
        bill.button_draft()
        bill.button_cancel()
        with self.assertRaisesRegex(UserError, "not owed any more"):
            payout.with_user(self.approver).action_approve()

    def test_a_bill_is_not_taken_back_while_its_payout_travels(self):
        bill = self.bill()
        payout = self.approved(bill)
        for state in ("approved", "sent"):
            with self.subTest(state):
                self.assertEqual(payout.state, state)
                for undo in (bill.button_draft, bill.button_cancel):
                    with self.assertRaisesRegex(UserError, payout.name):
                        undo()
            self.drain()
        self.ends(payout, "succeed")
        bill.button_draft()
        self.assertEqual(bill.state, "draft")

    def test_a_posted_payment_torn_off_its_bill_is_not_paid_out(self):
        bill = self.bill(80_000)
        payout = self.registered(bill)
        payout.with_user(self.maker).action_submit()
        bill.line_ids.remove_move_reconcile()
        with self.assertRaisesRegex(UserError, "not owed any more"):
            payout.with_user(self.approver).action_approve()

    def registered(self, bill):
        """The draft payout of a payment that somebody registered by hand."""
        line = self.backend._method_line("outbound")
        self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=bill.ids
        ).create(
            {
                "journal_id": self.backend.journal_id.id,
                "payment_method_line_id": line.id,
            }
        ).action_create_payments()
        return self.payouts()

    def test_the_entry_of_a_released_payment_is_not_reversed_by_hand(self):
        payout = self.approved(self.bill())
        with self.assertRaisesRegex(UserError, "payout"):
            payout.payment_id.move_id._reverse_moves(cancel=True)

    def test_no_word_in_the_context_opens_the_way(self):
        payout = self.approved(self.bill(100_000))
        context = {"connector_payout_booking": True}
        payment = payout.payment_id.with_user(self.maker).with_context(**context)
        for undo in (
            payment.action_draft,
            payment.action_cancel,
            payment.move_id.button_draft,
            lambda: payment.write({"amount": 1}),
            lambda: payment.move_id._reverse_moves(cancel=True),
            payout.line_ids.move_id.with_context(**context).button_draft,
        ):
            with self.assertRaises(UserError):
                undo()
        waiting = self.submitted(self.bill(50_000))
        waiting.payment_id.with_user(self.maker).with_context(**context).amount = 60_000
        self.assertEqual((waiting.state, waiting.editor_id), ("draft", self.maker))

    def test_the_payment_of_a_released_payout_keeps_what_was_approved(self):
        payout = self.approved(self.bill(100_000))
        payment = payout.payment_id.with_user(self.maker)
        other = self.payee("Lain", number="5566778899")
        for values in (
            {"amount": 1},
            {"partner_id": other.id},
            {"partner_bank_id": self.account_of(other).id},
        ):
            with self.subTest(**values), self.assertRaises(UserError):
                payment.write(values)
        self.assertEqual(payout.amount, 100_000)


class TestPayee(PayoutCase):
    """To whom, and through whom."""

    def test_a_bank_account_of_somebody_else_is_not_paid(self):
        mine = self.account_of(self.payee("Teman", number="1112223334"))
        wizard = self.wizard(self.bill())
        wizard.line_ids.partner_bank_id = mine
        self.assertIn("somebody else", wizard.line_ids.problem)
        with self.assertRaisesRegex(UserError, "somebody else"):
            wizard.action_create()
        payout = self.drafts(self.bill())
        payout.payment_id.partner_bank_id = mine
        with self.assertRaisesRegex(UserError, "somebody else"):
            payout.with_user(self.maker).action_submit()

    def test_a_bank_account_of_a_contact_of_the_payee_is_fine(self):
        person = self.env["res.partner"].create(
            {"name": "Kasir", "parent_id": self.vendor.id}
        )
        account = self.account_of(self.payee("x", number="4445556667"))
        account.sudo().partner_id = person
        wizard = self.wizard(self.bill())
        wizard.line_ids.partner_bank_id = account
        self.assertFalse(wizard.line_ids.problem)

    def test_the_payee_is_who_is_owed_whatever_the_dialogue_is_told(self):
        other = self.payee("Teman", number="1112223334")
        wizard = self.wizard(self.bill())
        wizard.line_ids.write(
            {"partner_id": other.id, "partner_bank_id": self.account_of(other).id}
        )
        with self.assertRaises(UserError):
            wizard.action_create()

    def test_whoever_changed_the_bank_account_does_not_approve(self):
        both = self.person("maker", "approver")
        both.group_ids += self.env.ref("base.group_partner_manager")
        payout = self.submitted(self.bill())
        account = self.account_of(self.vendor)
        account.with_user(both).acc_holder_name = "Somebody"
        self.assertEqual(payout.state, "draft")
        payout.with_user(self.maker).action_submit()
        with self.assertRaisesRegex(UserError, "Somebody else has to approve"):
            payout.with_user(both).action_approve()
        payout.with_user(self.approver).action_approve()

    def test_a_payment_that_came_in_is_never_paid_out(self):
        incoming = self.incoming_payment()
        wizard = self.wizard(self.bill())
        wizard.line_ids.write({"item_id": False, "payment_id": incoming.id})
        with self.assertRaises(UserError):
            wizard.action_create()
        self.assertFalse(incoming.connector_payout_ids)

    def incoming_payment(self):
        self.partner.bank_ids = self.account_of(self.payee("x", number="99")).ids
        va = self.closed_va(self.invoice(100_000))
        self.pay(va)
        payment = self.receipts().payment_id
        payment.partner_bank_id = self.partner.bank_ids
        return payment

    def test_a_payout_forged_for_an_incoming_payment_is_not_submitted(self):
        payments = self.incoming_payment()
        payout = self.env["connector.payment.payout"]._for_payments(payments)
        with self.assertRaisesRegex(UserError, "is not paid out"):
            payout.with_user(self.maker).action_submit()

    def test_one_item_twice_in_one_dialogue_is_paid_once(self):
        bill = self.bill(100_000)
        wizard = self.wizard(bill)
        wizard.line_ids.copy({"wizard_id": wizard.id})
        wizard.action_create()
        payouts = self.payouts()
        payouts.with_user(self.maker).action_submit()
        with self.assertRaisesRegex(UserError, "not owed any more"):
            payouts.with_user(self.approver).action_approve()


class TestAmounts(PayoutCase):
    def test_parts_of_a_rupiah_and_less_than_nothing_are_refused(self):
        for amount in (0, -5_000, 100.5):
            with self.subTest(amount):
                wizard = self.wizard(self.bill())
                wizard.line_ids.amount = amount
                with self.assertRaisesRegex(UserError, "whole rupiah"):
                    wizard.action_create()
        payout = self.drafts(self.bill())
        for amount in (0, 100.5):
            payout.payment_id.amount = amount
            with self.assertRaises(UserError):
                payout.with_user(self.maker).action_submit()

    def test_what_waits_at_the_gateway_has_not_taken_its_balance_yet(self):
        self.backend = self.gateway_account("midtrans", payout_release="dashboard")
        self.midtrans.withdraw(self.midtrans.balance() - 100_000)
        self.approved(self.bill(60_000))
        self.drain()
        self.assertEqual(self.payouts().state, "queued")
        second = self.drafts(self.bill(60_000))
        with self.assertRaisesRegex(UserError, "not sent yet"):
            second.with_user(self.maker).action_submit()


class TestStrangers(PayoutCase):
    """Methods called by RPC by whoever is not meant to."""

    ACTIONS = (
        "action_submit",
        "action_approve",
        "action_take_back",
        "action_discard",
        "action_cancel",
        "action_reopen",
        "action_give_up",
    )

    def users(self):
        names = {
            "clerk": "account.group_account_invoice",
            "operator": "erp_connector_base.group_operator",
            "boss": "erp_connector_base.group_manager",
            "employee": "base.group_user",
        }
        return self.env["res.users"].create(
            [
                {
                    "name": name,
                    "login": f"tricks-{name}",
                    "group_ids": [fields.Command.set(self.env.ref(group).ids)],
                }
                for name, group in names.items()
            ]
        )

    def test_nobody_without_a_part_moves_a_payout(self):
        payouts = self.submitted(self.bill(10_000) | self.bill(20_000))
        batch = payouts.batch_id
        for user in self.users():
            for records in (payouts, batch):
                for name in self.ACTIONS:
                    if not hasattr(records, name):
                        continue
                    with (
                        self.subTest(user=user.name, action=name),
                        self.assertRaises(UserError),
                    ):
                        getattr(records.with_user(user), name)()
        self.assertEqual(set(payouts.mapped("state")), {"to_approve"})

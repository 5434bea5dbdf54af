"""What people do to receipts, and what Odoo refuses: seen, and undone again."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import FAR_ZONES, GatewayCase


class TestRefused(GatewayCase):
    """Money that Odoo does not let us book is held, alone, and says why."""

    def setUp(self):
        super().setUp()
        self.moves = self.invoice(100_000) | self.invoice(60_000)
        self.vas = self.env["connector.payment.va"]
        for move in self.moves:
            self.vas |= self.closed_va(move)

    def pay_all(self):
        for va in self.vas:
            self.xendit.pay(reference=va.name)
        self.hear()
        return self.receipts()

    def test_an_archived_journal_holds_the_money_and_an_hour_later_it_is_booked(self):
        self.backend.journal_id.active = False
        receipts = self.pay_all()
        self.assertEqual(set(receipts.mapped("state")), {"held"})
        self.assertEqual(set(receipts.mapped("hold")), {"refused"})
        self.assertIn("archived journal", receipts[0].hold_reason)
        self.assertTrue(self.backend.activity_ids)
        self.backend.journal_id.active = True
        receipts._cron_book_held()
        self.drain("fast")
        self.assertEqual(set(self.moves.mapped("payment_state")), {"paid"})

    def test_one_that_is_refused_holds_up_no_other(self):
        account = self.env["account.account"].create(
            {
                "name": "Other receivables",
                "code": "119999",
                "account_type": "asset_receivable",
                "reconcile": True,
            }
        )
        self.partner.property_account_receivable_id = account
        self.moves |= self.invoice(30_000)
        self.vas |= self.closed_va(self.moves[-1])
        account.active = False
        receipts = self.pay_all()
        self.assertEqual(receipts.mapped("state"), ["booked", "booked", "held"])
        account.active = True
        receipts[-1].action_book_now()
        self.assertEqual(receipts[-1].state, "booked")

    def test_what_the_database_refuses_is_held_and_our_log_names_no_payer(self):
        self.env.flush_all()
        self.cr.execute(
            "ALTER TABLE account_payment ADD CONSTRAINT odd CHECK (amount <> 100000)"
        )
        name = "odoo.addons.connector_payment.models.connector_payment_receipt_book"
        with mute_logger("odoo.sql_db"), self.assertLogs(name) as log:
            self.pay_event(self.vas[0], payment_detail={"remark": "FROM MRS SECRET"})
        self.assertEqual(self.receipts().hold, "refused")
        self.assertNotIn("SECRET", "".join(log.output))

    def test_an_amount_that_is_none_is_held(self):
        for number, amount in enumerate((-5000, 0, "0.00", "")):
            self.pay_event(self.vas[0], amount, payment_id=f"p{number}")
        receipts = self.receipts()
        self.assertEqual(set(receipts.mapped("hold")), {"amount"})
        with self.assertRaisesRegex(UserError, "cannot be booked"):
            receipts.action_book_now()

    def test_an_amount_that_is_told_later_is_booked(self):
        self.pay_event(self.vas[0], "", payment_id="p1")
        self.pay_event(self.vas[0], 100_000, payment_id="p1")
        self.assertEqual(self.receipts().state, "booked")
        self.assertEqual(self.moves[0].payment_state, "paid")

    def test_an_amount_that_is_told_wrongly_twice_stays_held(self):
        self.pay_event(self.vas[0], "", payment_id="p1")
        self.pay_event(self.vas[0], -5, payment_id="p1")
        self.assertEqual((self.receipts().state, self.receipts().amount), ("held", 0))

    def test_a_time_that_cannot_be_is_now(self):
        begun = fields.Datetime.now()
        for number, told in enumerate(
            (
                "0001-01-01T00:00:00Z",
                "0001-01-01T00:00:00+07:00",
                "2999-01-01T00:00:00Z",
            )
        ):
            self.pay_event(
                self.vas[0], 1_000, payment_id=f"p{number}", transaction_timestamp=told
            )
        for receipt in self.receipts():
            self.assertGreaterEqual(receipt.paid_at, begun)
            self.assertLessEqual(receipt.paid_at, fields.Datetime.now())

    def test_what_a_person_settled_by_hand_is_never_booked(self):
        self.pay_event(self.vas[0], 10, payment_id="p1", currency="USD")
        receipt = self.receipts()
        receipt.action_dismiss()
        self.assertEqual(receipt.state, "dismissed")
        self.assertIn("by hand", receipt.message_ids[0].body)
        self.pay_event(self.vas[0], 10, payment_id="p1", currency="USD")
        receipt._book_receipts()
        self.assertEqual((receipt.state, len(self.receipts())), ("dismissed", 1))
        matching = self.env["connector.payment.matching"]
        self.assertFalse(matching.search([("receipt_id", "=", receipt.id)]))

    def test_money_that_comes_after_a_notice_was_dismissed_is_booked(self):
        self.pay_event(self.vas[0], "", payment_id="p1")
        notice = self.receipts()
        notice.action_dismiss()
        self.pay_event(self.vas[0], 100_000, payment_id="p1")
        self.assertEqual(notice.state, "dismissed")
        self.assertEqual((self.receipts() - notice).state, "booked")
        self.assertEqual(self.moves[0].payment_state, "paid")

    def test_what_is_held_confirms_no_order(self):
        self.pay_event(self.vas[0], 100_000, payment_id="p1", currency="USD")
        self.assertEqual((self.vas[0].receipt_count, self.vas[0].amount_paid), (1, 0))


class TestReceivables(GatewayCase):
    """An entry is reconciled on one receivable account, the debt's own."""

    def setUp(self):
        super().setUp()
        self.move = self.invoice(100_000)
        self.va = self.closed_va(self.move)
        self.other = self.env["account.account"].create(
            {
                "name": "Other receivables",
                "code": "119999",
                "account_type": "asset_receivable",
                "reconcile": True,
            }
        )
        self.partner.property_account_receivable_id = self.other

    def test_a_customer_whose_account_was_changed_after_the_invoice(self):
        self.pay(self.va)
        self.assertEqual(self.move.payment_state, "paid")
        self.assertEqual(self.balance(self.other), 0)

    def test_debts_on_two_accounts_are_not_paid_by_one_entry(self):
        second = self.invoice(50_000)
        receipt = self.pay(self.fixed_va(bank="bni"), 150_000)
        self.assertEqual(self.move.payment_state, "paid")
        self.assertEqual(second.amount_residual, 50_000)
        self.assertEqual((receipt.outcome, receipt.amount_unused), ("over", 50_000))

    def test_the_exact_amount_is_found_on_any_account(self):
        second = self.invoice(50_000)
        self.pay(self.fixed_va(bank="bni"), 50_000)
        self.assertEqual(second.payment_state, "paid")

    def test_unidentified_money_is_assigned_to_the_debts_account(self):
        self.pay_event(None, 100_000)
        receipt = self.receipts()
        receipt.action_book_now()
        receipt._assign(self.partner, self.move)
        self.assertEqual(self.move.payment_state, "paid")

    def test_the_gateways_account_counts_although_the_journal_lost_it(self):
        self.backend._method_line("inbound").payment_account_id = False
        self.pay(self.va)
        self.assertEqual(self.balance(self.backend.outstanding_account_id), 100_000)


class TestByHand(GatewayCase):
    """The receipt shows what people made of it."""

    def setUp(self):
        super().setUp()
        self.move = self.invoice(100_000)
        self.va = self.closed_va(self.move)
        self.receipt = self.pay(self.va)

    def test_a_reconciliation_undone_by_hand_shows_on_the_receipt(self):
        self.move.line_ids.remove_move_reconcile()
        self.assertFalse(self.receipt.invoice_ids)
        self.assertEqual(self.receipt.amount_unused, 100_000)

    def test_the_credit_used_by_hand_for_another_invoice_shows_too(self):
        self.move.line_ids.remove_move_reconcile()
        other = self.invoice(150_000)
        credit = self.receipt._credit_items()
        other.js_assign_outstanding_line(credit.id)
        self.assertEqual(self.receipt.invoice_ids, other)
        self.assertEqual(self.receipt.amount_unused, 0)

    def test_money_that_came_is_not_cancelled_nor_deleted(self):
        payment = self.receipt.payment_id
        payment.action_draft()
        for undo in (payment.action_cancel, payment.move_id.button_cancel):
            with self.assertRaisesRegex(UserError, "came in through"):
                undo()
        with self.assertRaisesRegex(UserError, "came in through"):
            payment.unlink()

    def test_a_payment_in_draft_is_shown_as_not_in_the_books(self):
        undone = [("is_undone", "=", True)]
        self.assertNotIn(self.receipt, self.receipts().search(undone))
        self.receipt.payment_id.action_draft()
        self.assertTrue(self.receipt.is_undone)
        self.assertIn(self.receipt, self.receipts().search(undone))
        self.receipt.payment_id.action_post()
        self.assertFalse(self.receipt.is_undone)

    def test_taken_back_while_somebody_had_it_in_draft_the_invoice_is_open(self):
        self.receipt.payment_id.action_draft()
        self.receipt.reversal_wanted = True
        self.receipt._book_receipts()
        self.assertEqual(self.receipt.state, "reversed")
        self.assertEqual(self.move.payment_state, "not_paid")
        self.assertEqual(self.balance(self.backend.outstanding_account_id), 0)

    def test_taken_back_it_still_shows_which_invoices_it_had_paid(self):
        self.receipt.reversal_wanted = True
        self.receipt._book_receipts()
        self.assertEqual(self.receipt.invoice_ids, self.move)


class TestUnassign(GatewayCase):
    """A wrong answer to an unidentified receipt is taken back by a click."""

    def setUp(self):
        super().setUp()
        self.clerk = new_test_user(
            self.env, "clerk", groups="account.group_account_invoice"
        )
        self.xendit.make_va(reference="elsewhere", bank="BCA", kind="fixed")
        self.xendit.pay(reference="elsewhere", amount=123_000)
        self.hear()
        self.receipt = self.receipts().with_user(self.clerk)
        self.move = self.invoice(123_000)

    def test_it_waits_again_and_the_invoice_is_open(self):
        self.receipt.action_accept_suggestion()
        self.receipt.action_unassign()
        self.assertEqual(self.receipt.state, "unidentified")
        self.assertFalse(self.receipt.partner_id)
        self.assertEqual(self.move.payment_state, "not_paid")
        self.assertEqual(self.balance(self.backend.suspense_account_id), -123_000)
        self.assertIn("taken back", self.receipt.message_ids[0].body)

    def test_it_is_booked_on_the_gateways_own_day(self):
        for zone in FAR_ZONES:
            self.backend.tz = zone
            self.receipt.action_accept_suggestion()
            entry = self.receipt.sudo().assign_move_id
            self.assertEqual(entry.date, self.today(zone=zone))
            self.receipt.action_unassign()

    def test_then_it_is_given_to_the_right_customer(self):
        self.receipt.action_accept_suggestion()
        self.receipt.action_unassign()
        right = self.customer("Toko Benar")
        move = self.invoice(123_000, partner=right)
        self.receipt.sudo()._assign(right, move)
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual(self.move.payment_state, "not_paid")
        self.assertEqual(self.balance(self.backend.suspense_account_id), 0)
        self.assertEqual(self.balance(self.backend.outstanding_account_id), 123_000)

    def test_credit_that_was_paid_back_already_is_not_taken_from_the_customer(self):
        self.move.button_draft()
        self.receipt.sudo()._assign(self.partner)
        payment = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": self.partner.id,
                "amount": 123_000,
            }
        )
        payment.action_post()
        given = payment.move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )
        (given + self.receipt.sudo()._credit_items()).reconcile()
        with self.assertRaisesRegex(UserError, "undo that first"):
            self.receipt.action_unassign()

    def test_money_to_an_account_of_ours_was_not_assigned_by_hand(self):
        receipt = self.pay(self.closed_va(self.move))
        with self.assertRaisesRegex(UserError, "not assigned by hand"):
            receipt.action_unassign()

    def test_an_invoice_named_in_the_remark_is_suggested(self):
        self.invoice(123_000)
        other = self.invoice(500_000)
        self.receipt.sudo().remark = f"pelunasan {other.name.lower()} terima kasih"
        self.receipt.invalidate_recordset()
        self.assertEqual(self.receipt.suggested_move_ids, other)

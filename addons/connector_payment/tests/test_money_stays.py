"""Clerks and accountants who try to book a rupiah twice, or to make one vanish."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from .payouts import PayoutCase


class MoneyCase(PayoutCase):
    def setUp(self):
        super().setUp()
        self.clerk = self.user("clerk", "account.group_account_invoice")
        self.accountant = self.user("accountant", "account.group_account_user")
        self.head = self.user("head", "account.group_account_manager")

    def user(self, name, groups):
        return new_test_user(self.env, f"stays-{name}", groups=groups)

    @property
    def everybody(self):
        return self.clerk | self.accountant | self.head

    def refused(self, call, pattern=""):
        with self.assertRaisesRegex(UserError, pattern), self.env.cr.savepoint():
            call()
            self.env.flush_all()


class TestReceived(MoneyCase):
    """A payment that a gateway told of, and its entry."""

    def setUp(self):
        super().setUp()
        self.move = self.invoice(100_000)
        self.receipt = self.pay(self.closed_va(self.move))
        self.payment = self.receipt.payment_id

    def test_what_the_gateway_told_is_not_changed_in_a_draft_either(self):
        other = self.customer("Somebody")
        other_entry = self.bill(100_000)
        cash = self.env["account.journal"].search([("type", "=", "cash")], limit=1)
        ways = (
            {"amount": 1_000},
            {"partner_id": other.id},
            {"journal_id": cash.id},
            {"move_id": other_entry.id},
            {"state": "canceled"},
            {"state": "rejected"},
            {"payment_type": "outbound"},
            {"outstanding_account_id": self.backend.fee_account_id.id},
        )
        for user in self.everybody:
            payment = self.payment.with_user(user)
            for values in ways:
                self.refused(lambda p=payment, v=values: p.write(v), "gateway")
            payment.action_draft()
            for values in ways:
                self.refused(lambda p=payment, v=values: p.write(v))
            payment.action_post()
        self.assertEqual(
            (self.payment.amount, self.receipt.is_undone), (100_000, False)
        )

    def test_a_draft_is_confirmed_again_by_a_clerk_and_pays_its_invoice(self):
        payment = self.payment.with_user(self.clerk)
        payment.action_draft()
        self.assertTrue(self.receipt.is_undone)
        payment.memo = "checked"
        payment.action_post()
        self.assertEqual(self.move.payment_state, "paid")
        self.assertEqual(self.receipt.invoice_ids, self.move)

    def test_its_entry_says_the_amount_when_it_is_posted_again(self):
        fees = self.backend.fee_account_id
        for user in self.everybody:
            entry = self.payment.move_id.with_user(user)
            with self.env.cr.savepoint() as point:
                entry.button_draft()
                items = entry.line_ids.filtered("debit")
                items.account_id = fees
                self.assertTrue(self.receipt.is_undone)
                self.assertIn(self.receipt, self.undone())
                self.refused(entry.action_post, "100,000")
                point.rollback()
            self.env.invalidate_all()

    def undone(self):
        return self.receipt.search([("is_undone", "=", True)])

    def test_its_entry_is_neither_torn_off_nor_reversed_nor_deleted(self):
        for user in self.everybody:
            entry = self.payment.move_id.with_user(user)
            forced = entry.with_context(force_delete=True, dynamic_unlink=True)
            for way in (
                lambda e=entry: e.write({"origin_payment_id": False}),
                lambda e=entry: e._reverse_moves(cancel=True),
                lambda e=entry: e._reverse_moves(),
                entry.button_cancel,
                lambda e=entry: e.write({"state": "cancel"}),
                forced.line_ids.unlink,
                lambda e=entry: e.line_ids.filtered("debit").write(
                    {"account_id": self.backend.fee_account_id.id}
                ),
                self.payment.with_user(user).unlink,
                self.payment.with_user(user).action_cancel,
            ):
                self.refused(way, "gateway")
            with self.env.cr.savepoint() as point:
                entry.button_draft()
                self.refused(forced.unlink, "gateway")
                point.rollback()
            self.env.invalidate_all()
        self.assertEqual(self.payment.move_id.state, "posted")

    def test_a_copy_of_the_payment_has_no_receipt_and_books_none_anew(self):
        copy = self.payment.with_user(self.clerk).copy()
        copy.action_post()
        self.assertFalse(copy.connector_receipt_ids)
        self.receipts()._book_receipts()
        self.assertEqual(self.receipts().payment_id, self.payment)

    def test_no_word_in_a_context_keeps_accounts_from_following(self):
        move = self.invoice(80_000)
        va = self.closed_va(move)
        env = self.env(user=self.clerk, context={"connector_va_sync": False})
        values = {"partner_id": self.partner.id, "amount": 80_000}
        payment = env["account.payment"].create({"payment_type": "inbound", **values})
        payment.action_post()
        items = payment.move_id.line_ids | move.with_env(env).line_ids
        items.filtered(lambda i: i.account_type == "asset_receivable").reconcile()
        self.assertEqual(move.amount_residual, 0)
        self.assertTrue(va.is_closing)

    def test_clerks_do_not_move_the_gateways_payments_to_another_account(self):
        cash = self.env["account.journal"].search([("type", "=", "cash")], limit=1)
        for payment_type in ("inbound", "outbound"):
            line = self.backend._method_line(payment_type).with_user(self.clerk)
            self.refused(
                lambda m=line: m.write(
                    {"payment_account_id": self.backend.fee_account_id.id}
                ),
                "change journals",
            )
            self.refused(lambda m=line: m.write({"journal_id": cash.id}))
            self.refused(line.unlink, "change journals")
            self.refused(lambda m=line: m.copy({"name": "Other"}))
        other = self.env["account.payment.method.line"].search(
            [("code", "=", "manual")], limit=1
        )
        other.with_user(self.clerk).name = "By hand"

    def test_the_money_of_another_company_is_not_assigned_or_asked_for(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="account.group_account_invoice",
            company_id=company.id,
            company_ids=[fields.Command.set(company.ids)],
        )
        receipt = self.receipt.with_user(stranger)
        for way in (
            receipt.action_book_now,
            receipt.action_dismiss,
            receipt.action_unassign,
            receipt.action_accept_suggestion,
            self.receipt.va_id.with_user(stranger).action_close,
            self.receipt.va_id.with_user(stranger).action_retry,
        ):
            self.refused(way)
        wizard = self.env["connector.payment.va.create"].with_user(stranger)
        self.refused(
            lambda: wizard.create(
                {"backend_id": self.backend.id, "partner_ids": self.partner.ids}
            ).action_create()
        )


class TestAssigned(MoneyCase):
    """Money that belonged to nobody."""

    def setUp(self):
        super().setUp()
        self.xendit.make_va(reference="elsewhere", bank="BCA", kind="fixed")
        self.xendit.pay(reference="elsewhere", amount=123_000)
        self.hear()
        self.receipt = self.receipts()
        self.move = self.invoice(123_000)

    def assign(self, partner, moves, user=None):
        wizard = self.env["connector.payment.assign"].with_user(user or self.clerk)
        wizard.create(
            {
                "receipt_id": self.receipt.id,
                "partner_id": partner.id,
                "move_ids": [fields.Command.set(moves.ids)],
            }
        ).action_assign()

    def test_a_clerk_assigns_it_once(self):
        self.assign(self.partner, self.move)
        self.assertEqual(self.move.payment_state, "paid")
        self.refused(lambda: self.assign(self.partner, self.move), "already")

    def test_it_pays_no_invoice_of_somebody_else(self):
        other = self.customer("Somebody")
        self.refused(lambda: self.assign(other, self.move), "no invoice of Somebody")
        self.assertEqual(self.receipt.state, "unidentified")

    def test_an_assignment_is_taken_back_on_the_receipt_only(self):
        self.assign(self.partner, self.move)
        for user in self.everybody:
            entry = self.receipt.assign_move_id.with_user(user)
            for way in (
                entry.button_draft,
                entry.button_cancel,
                lambda e=entry: e._reverse_moves(cancel=True),
            ):
                self.refused(way, "Assigned Wrongly")
        self.receipt.with_user(self.clerk).action_unassign()
        self.assertEqual(self.receipt.state, "unidentified")

    def test_who_only_looks_assigns_nothing(self):
        reader = self.user("reader", "account.group_account_readonly")
        operator = self.user("operator", "erp_connector_base.group_operator")
        for user, why in ((reader, "keep the books"), (operator, "not allowed")):
            receipt = self.receipt.with_user(user)
            self.refused(receipt.action_accept_suggestion, why)
            self.refused(receipt.action_book_now, why)


class TestAccount(MoneyCase):
    """The gateway account itself, in its manager's hands."""

    def setUp(self):
        super().setUp()
        self.boss = self.user(
            "boss", "erp_connector_base.group_manager,account.group_account_manager"
        )
        self.theirs = self.backend.with_user(self.boss)

    def test_the_cursor_goes_back_but_never_ahead(self):
        now = fields.Datetime.now()
        self.backend.ledger_cursor = now
        self.theirs.ledger_cursor = fields.Datetime.subtract(now, days=1)
        for moment in (fields.Datetime.add(now, days=1), False):
            self.refused(
                lambda m=moment: self.theirs.write({"ledger_cursor": m}), "set back"
            )
        for name in ("next_ledger_at", "webhook_seen_at"):
            self.refused(lambda n=name: self.theirs.write({n: now}))

    def test_its_manager_connects_it_again(self):
        self.backend.write({"state": "paused", "next_ledger_at": fields.Datetime.now()})
        self.theirs._set_connected()
        self.assertEqual(self.backend.state, "connected")
        self.assertFalse(self.backend.next_ledger_at)

    def test_its_journal_stays_once_there_is_money(self):
        other = self.env["account.journal"].create(
            {"name": "Other", "code": "OTH", "type": "bank"}
        )
        self.pay(self.closed_va(self.invoice(100_000)))
        for values in ({"journal_id": other.id},):
            self.refused(lambda v=values: self.theirs.write(v), "link another")
        self.theirs.write({"name": "Renamed", "va_expiry_days": 3})


class TestHandedOver(MoneyCase):
    """Settlements, and the bank's own lines."""

    def setUp(self):
        super().setUp()
        self.bank_journal = self.journal("Ours", "BNKO")
        self.backend.bank_journal_id = self.bank_journal
        self.settlement = self.env["connector.payment.settlement"].create(
            {
                "backend_id": self.backend.id,
                "company_id": self.env.company.id,
                "currency_id": self.env.company.currency_id.id,
                "style": "transfer",
                "date": fields.Date.today(),
                "net": 500_000,
                "move_id": self.transfer().id,
            }
        )

    def journal(self, name, code):
        return self.env["account.journal"].create(
            {"name": name, "code": code, "type": "bank"}
        )

    def transfer(self):
        accounts = (
            (self.env.company.transfer_account_id, 500_000),
            (self.backend.journal_id.default_account_id, -500_000),
        )
        items = [
            fields.Command.create({"account_id": account.id, "balance": balance})
            for account, balance in accounts
        ]
        entry = self.env["account.move"].create({"line_ids": items})
        entry.action_post()
        return entry

    def match(self, journal):
        line = self.env["account.bank.statement.line"].create(
            {"journal_id": journal.id, "payment_ref": "x", "amount": 500_000}
        )
        context = {"connector_settlement_id": self.settlement.id}
        line.with_user(self.clerk).with_context(**context).action_connector_match()

    def test_a_line_of_another_bank_is_no_settlement(self):
        other = self.journal("Other", "BNKX")
        self.refused(lambda: self.match(other), "not of the bank")
        self.match(self.bank_journal)
        self.assertEqual(self.settlement.state, "matched")

    def test_the_entry_of_a_settlement_stays(self):
        for user in self.everybody:
            entry = self.settlement.move_id.with_user(user)
            for way in (
                entry.button_draft,
                entry.button_cancel,
                lambda e=entry: e.write({"state": "draft"}),
                lambda e=entry: e._reverse_moves(cancel=True),
                lambda e=entry: e.line_ids[0].write(
                    {"account_id": self.backend.fee_account_id.id}
                ),
                entry.line_ids.with_context(
                    force_delete=True, dynamic_unlink=True
                ).unlink,
            ):
                self.refused(way, "gateway settled")


class TestPaidOut(MoneyCase):
    """Payouts, and the words of the gateway that an approver goes by."""

    def test_nobody_writes_what_the_gateway_said_of_a_bank_account(self):
        account = self.account_of(self.vendor)
        account.sudo().write({"connector_check": "differs"})
        for user in self.clerk | self.head | self.maker | self.approver:
            user.group_ids += self.env.ref("base.group_partner_manager")
            theirs = account.with_user(user)
            self.refused(lambda a=theirs: a.write({"connector_check": "valid"}))
            forged = {"connector_check": "valid", "partner_id": self.vendor.id}
            self.refused(lambda a=theirs, v=forged: a.create({"acc_number": "1", **v}))
            theirs.write({"note": "seen"})
        self.assertEqual(account.connector_check, "differs")

    def test_a_bill_that_was_paid_out_is_not_made_to_look_open(self):
        bill = self.bill(40_000)
        payout = self.approved(bill)
        items = bill.line_ids.filtered(lambda i: i.account_type == "liability_payable")
        for user in self.clerk | self.head | self.maker:
            theirs = items.with_user(user)
            for values in (
                {"amount_residual": -40_000, "reconciled": False},
                {"reconciled": False},
                {"parent_state": "draft"},
            ):
                self.refused(lambda i=theirs, v=values: i.write(v), "what is owed")
            for state in ("draft", "cancel"):
                for move in (bill, payout.payment_id.move_id):
                    move = move.with_user(user)
                    self.refused(
                        lambda m=move, s=state: m.write({"state": s}), payout.name
                    )
            theirs.name = "checked"

    def test_a_payment_that_only_says_it_is_booked_is_not_paid_out(self):
        other = self.bill(5_000)
        payment = (
            self.env["account.payment"]
            .with_user(self.maker)
            .create(
                {
                    "payment_type": "outbound",
                    "partner_id": self.vendor.id,
                    "partner_bank_id": self.account_of(self.vendor).id,
                    "amount": 50_000,
                    "journal_id": self.backend.journal_id.id,
                    "payment_method_line_id": self.backend._method_line("outbound").id,
                }
            )
        )
        payment.write({"state": "in_process", "move_id": other.id})
        payouts = self.env["connector.payment.payout"].with_user(self.maker)
        payout = payouts._for_payments(payment).with_user(self.maker).sudo(False)
        payout.action_submit()
        theirs = payout.with_user(self.approver)
        self.refused(theirs.action_approve, "does not show the money")
        self.drain()
        self.assertEqual(self.there(), [])

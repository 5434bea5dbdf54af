"""Invoice, gateway and bank seen together; payouts in the gateway's ledger."""

from datetime import datetime, time, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user

from .common import FAR_ZONES
from .ledger import LedgerCase
from .payouts import PayoutMixin
from .settlements import BankMixin, LotCase


class TestMatching(BankMixin, LedgerCase):
    """A gateway with a ledger, from the invoice to the bank."""

    def setUp(self):
        super().setUp()
        self.journal = self.bank_of(self.backend)

    def seen(self, receipt=None):
        self.env.flush_all()
        self.env.invalidate_all()
        receipt = receipt or self.receipts()
        rows = self.env["connector.payment.matching"]
        return rows.search([("receipt_id", "in", receipt.ids)])

    def test_a_payment_is_followed_from_the_invoice_to_the_bank(self):
        (invoice,), _ids = self.paid()
        row = self.seen()
        self.assertEqual((row.state, row.move_id), ("settlement", invoice))
        self.assertEqual((row.gateway_amount, row.difference), (100_000, 0))
        self.xendit.settle()
        self.look()
        self.assertEqual(self.seen().state, "bank")
        self.assertEqual(self.seen().net, 95_560)
        self.xendit.withdraw(95_560)
        self.look()
        self.assertEqual(self.seen().state, "bank")
        line = self.bank_line(95_560)
        row = self.seen()
        self.assertEqual((row.state, row.statement_line_id), ("matched", line))
        self.assertEqual(row.settlement_id.style, "balance")
        self.assertEqual(row.handover_id.style, "transfer")

    def test_money_for_nobody_waits_for_an_invoice(self):
        self.xendit.pay_direct("880812345", 50_000, quiet=True)
        self.look()
        row = self.seen()
        self.assertEqual((row.state, row.invoice_count), ("invoice", 0))

    def test_too_little_and_too_much_are_differences_beyond_the_tolerance(self):
        invoices = self.invoice(100_000), self.invoice(100_000)
        short, over = (self.closed_va(invoice) for invoice in invoices)
        self.pay_event(short, 70_000)
        self.pay_event(over, 130_000)
        rows = self.seen().sorted("difference")
        self.assertEqual(rows.mapped("difference"), [-30_000, 30_000])
        self.assertEqual(set(rows.mapped("state")), {"difference"})
        self.backend.underpayment_tolerance = 30_000
        self.assertEqual(set(self.seen().mapped("state")), {"settlement"})

    def test_a_difference_is_over_when_the_rest_is_paid(self):
        invoice = self.invoice(100_000)
        self.pay_event(self.fixed_va(), 70_000)
        self.assertEqual(self.seen().state, "difference")
        self.pay_event(self.fixed_va(), 30_000)
        self.assertEqual(invoice.payment_state, "paid")
        self.assertEqual(set(self.seen().mapped("difference")), {0})

    def test_another_amount_at_the_gateway_is_a_difference(self):
        self.paid()
        self.rows().amount = 99_000
        row = self.seen()
        self.assertEqual((row.state, row.difference), ("difference", 1000))

    def test_what_was_taken_back_is_no_difference(self):
        _invoices, (payment,) = self.paid()
        self.xendit.reverse(payment)
        self.look()
        row = self.seen()
        self.assertEqual((row.state, row.difference), ("reversed", 0))

    def test_age_owner_and_tolerance_are_at_hand(self):
        self.paid()
        self.receipts().paid_at = fields.Datetime.subtract(
            fields.Datetime.now(), days=9
        )
        row = self.seen()
        self.assertEqual((row.age, row.user_id), (9, self.backend.user_id))
        groups = self.env["connector.payment.matching"].formatted_read_group(
            [("backend_id", "=", self.backend.id)], ["state"], ["amount:sum"]
        )
        self.assertEqual(groups[0]["amount:sum"], 100_000)

    def test_its_days_are_those_of_the_gateway(self):
        self.paid()
        self.xendit.settle()
        self.look()
        self.xendit.withdraw(95_560)
        self.look()
        midnight = datetime.combine(self.today(), time()) - timedelta(hours=7)
        for moment, age in ((midnight, 0), (midnight - timedelta(seconds=1), 1)):
            self.receipts().paid_at = moment
            self.assertEqual(self.seen().age, age)
        for zone in FAR_ZONES:
            self.backend.tz = zone
            for days, state in ((0, "bank"), (1, "settlement")):
                self.settlements("transfer").date = self.today(days, zone)
                self.assertEqual(self.seen().state, state, (zone, days))

    def test_the_documents_behind_a_row_open(self):
        (invoice,), _ids = self.paid()
        self.xendit.settle()
        self.look()
        row = self.seen()
        self.assertEqual(row.action_open_invoices()["res_id"], invoice.id)
        self.assertEqual(row.action_open_receipt()["res_id"], row.receipt_id.id)
        self.assertEqual(row.action_open_bank()["res_id"], self.settlements().id)

    # ---- who may see and do ----------------------------------------------------------

    def test_a_clerk_matches_and_decides_but_writes_nothing_by_hand(self):
        clerk = new_test_user(
            self.env, "settler", groups="account.group_account_invoice"
        )
        self.xendit.top_up(40_000)
        self.look()
        transfer = self.settlements("transfer")
        self.backend.bank_journal_id = False
        line = self.bank_line(-40_000)
        self.backend.bank_journal_id = self.journal
        ours = transfer.with_user(clerk)
        self.assertEqual(ours.candidate_ids, line)
        with self.assertRaises(AccessError):
            ours.write({"net": 1})
        with self.assertRaises(AccessError):
            self.rows().with_user(clerk).write({"accepted": True})
        line.with_user(clerk).with_context(
            connector_settlement_id=transfer.id
        ).action_connector_match()
        self.assertEqual(transfer.state, "matched")

    def test_who_only_reads_decides_nothing(self):
        reader = new_test_user(
            self.env, "reader", groups="account.group_account_readonly"
        )
        self.xendit.top_up(40_000)
        self.look()
        row, transfer = self.rows(), self.settlements("transfer")
        row.state = "attention"
        self.assertTrue(transfer.with_user(reader).name)
        for deed in (
            row.with_user(reader).action_accept,
            row.with_user(reader).action_take_receipt,
            transfer.with_user(reader).action_unmatch,
        ):
            with self.assertRaises(AccessError):
                deed()

    def test_another_company_sees_nothing(self):
        self.paid()
        self.xendit.settle()
        self.look()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="account.group_account_invoice",
            company_id=company.id,
            company_ids=[fields.Command.set(company.ids)],
        )
        self.assertTrue(self.rows() and self.settlements() and self.seen())
        for name in ("transaction", "settlement", "matching", "fee"):
            model = self.env[f"connector.payment.{name}"].with_user(stranger)
            self.assertFalse(model.search([]), name)

    def test_what_the_bank_kept_is_booked_and_differs_no_more(self):
        direct = self.gateway_account("midtrans", bank_journal_id=self.journal.id)
        lots = self.env["connector.payment.settlement"]
        self.paid()
        lot = lots._lot_of(direct, self.today())
        self.receipts().write({"settlement_id": lot.id, "backend_id": direct.id})
        lot.write({"gross": 100_000, "difference": -500, "state": "difference"})
        self.assertEqual(self.seen(self.receipts(direct)).difference, -500)
        lot.state = "matched"
        row = self.seen(self.receipts(direct))
        self.assertEqual((row.state, row.difference), ("matched", 0))

    def test_the_screens_open(self):
        self.paid()
        self.xendit.settle()
        self.look()
        self.xendit.withdraw(5000)
        self.look()
        for record in (*self.rows(), *self.settlements()):
            Form(record)
        for name in ("transaction", "settlement", "matching"):
            action = self.env.ref(f"connector_payment.connector_payment_{name}_action")
            views = self.env[action.res_model].get_views(
                [(False, kind) for kind in action.view_mode.split(",")]
            )
            self.assertTrue(views["views"])


class TestPayoutsInTheLedger(PayoutMixin, LedgerCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        self.xendit.config(payout_mode="manual")
        self.xendit.top_up(1_000_000)
        self.look()

    def sent(self):
        payout = self.approved(self.bill(70_000))
        self.drain()
        return payout

    def payout_rows(self):
        return self.rows(kind="payout")

    def test_a_payout_leaves_the_balance_with_its_fee(self):
        payout = self.sent()
        self.xendit.payout_outcome(payout.name, "succeed")
        self.look()
        self.assertEqual(self.payout_rows().state, "booked")
        self.assertEqual(self.payout_rows().payout_id, payout)
        self.assertEqual(self.balance(self.backend.payout_account_id), 0)
        self.assertTrue(payout.settlement_id)
        self.assertEqual(payout.fee, self.payout_rows().fee)
        self.assertGreater(payout.fee, 0)
        self.assert_books_equal_ledger()

    def test_a_payout_whose_end_nobody_told_is_looked_at(self):
        payout = self.sent()
        self.xendit.payout_outcome(payout.name, "succeed")
        self.assertEqual(payout.state, "sent")
        self.look()
        self.assertEqual(payout.state, "succeeded")

    def test_a_payout_that_comes_back_returns_to_the_balance(self):
        payout = self.sent()
        self.xendit.payout_outcome(payout.name, "succeed")
        self.look()
        self.xendit.payout_outcome(payout.name, "reverse")
        self.look()
        self.look()
        self.assertEqual(payout.state, "reversed")
        self.assertEqual(self.balance(self.backend.payout_account_id), 0)
        self.assert_books_equal_ledger()

    def test_a_payout_odoo_never_made_waits_for_a_person(self):
        payout = self.sent()
        self.xendit.payout_outcome(payout.name, "succeed")
        self.look()
        row = self.payout_rows()
        copy = row.copy(
            {
                "external_id": "txn_foreign",
                "product_ref": "disb-foreign",
                "reference": "foreign",
                "payout_id": False,
                "is_due": True,
                "is_booked": False,
                "state": "waiting",
            }
        )
        self.backend._settle_now()
        self.assertEqual(copy.state, "attention")
        self.assertEqual(copy.issue, "Odoo made no such payout.")


class TestPayoutsWithoutALedger(PayoutMixin, LotCase):
    def setUp(self):
        super().setUp()
        self.make_people()
        self.backend = self.direct
        self.midtrans.config(payout_mode="manual")
        self.midtrans.top_up(1_000_000)

    def test_a_payout_that_succeeded_leaves_the_balance(self):
        self.env["connector.payment.fee"].create(
            {"backend_id": self.direct.id, "kind": "payout", "fixed": 5000}
        )
        payout = self.approved(self.bill(70_000))
        self.drain()
        payout.write({"state": "succeeded"})
        self.settle()
        self.assertEqual(self.balance(self.direct.payout_account_id), 0)
        self.assertEqual(self.gateway(self.direct), -75_550)
        self.settle()
        self.assertEqual(self.gateway(self.direct), -75_550)
        payout.write({"state": "reversed"})
        payout._book_payouts()
        self.settle()
        self.settle()
        self.assertEqual(self.balance(self.direct.payout_account_id), 0)
        self.assertEqual(self.gateway(self.direct), -5550)

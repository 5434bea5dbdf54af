"""The gateway's ledger: every row kept, every rupiah of it in the books."""

from odoo import fields
from odoo.exceptions import UserError

from .common import GatewayCase

TOPIC = "payment.ledger"


class LedgerCase(GatewayCase):
    def look(self, backend=None):
        """One whole look at the ledger, worked."""
        backend = backend or self.backend
        backend.next_ledger_at = False
        self.env["erp.connector.backend"]._cron_ledger()
        self.drain()

    def paid(self, amount=100_000, count=1, quiet=False):
        """Invoices, each paid to a closed account of its own; the payment ids."""
        invoices = self.env["account.move"].concat(
            *(self.invoice(amount) for _n in range(count))
        )
        ids = []
        for invoice in invoices:
            va = self.closed_va(invoice)
            ids += self.xendit.pay(va.name, quiet=True)
        if not quiet:
            self.look()
        return invoices, ids

    def rows(self, **values):
        domain = [("backend_id", "=", self.backend.id)]
        domain += [(name, "=", value) for name, value in values.items()]
        return self.env["connector.payment.transaction"].search(domain, order="id")

    def settlements(self, style=None, backend=None):
        domain = [("backend_id", "=", (backend or self.backend).id)]
        if style:
            domain.append(("style", "=", style))
        return self.env["connector.payment.settlement"].search(domain, order="id")

    def gateway(self, backend=None):
        """What the books say the gateway holds."""
        return self.balance((backend or self.backend).journal_id.default_account_id)

    def outstanding(self, backend=None):
        return self.balance((backend or self.backend).outstanding_account_id)

    def fees(self, backend=None):
        return self.balance((backend or self.backend).fee_account_id)

    def assert_books_equal_ledger(self):
        self.assertEqual(self.gateway(), self.xendit.balance())


class TestLedger(LedgerCase):
    # ---- poll ------------------------------------------------------------------------

    def test_a_payment_no_webhook_told_of_is_found_and_pays_its_invoice(self):
        (invoice,), (payment,) = self.paid()
        self.assertEqual(self.receipts().external_id, payment)
        self.assertEqual(invoice.payment_state, "paid")

    def test_a_second_look_stores_and_books_nothing_new(self):
        self.paid()
        self.xendit.settle()
        self.look()
        before = self.gateway(), len(self.rows()), len(self.settlements())
        self.look()
        self.look()
        self.assertEqual(
            (self.gateway(), len(self.rows()), len(self.settlements())), before
        )

    def test_a_payment_and_its_webhook_at_once_make_one_receipt(self):
        invoice = self.invoice()
        va = self.closed_va(invoice)
        (payment,) = self.xendit.pay(va.name, quiet=True)
        self.pay_event(va, payment_id=payment)
        self.look()
        self.assertEqual(len(self.receipts()), 1)
        self.assertEqual(self.outstanding(), 100_000)

    def test_pages_follow_each_other_and_are_settled_together(self):
        vas = self.xendit.bulk(
            [
                {"reference": f"D{n}", "kind": "closed", "amount": 5000}
                for n in range(60)
            ]
        )
        self.xendit.pay_many([va["reference"] for va in vas], quiet=True)
        self.xendit.settle()
        self.look()
        messages = self.messages(TOPIC)
        self.assertEqual(len(messages), 2)
        self.assertEqual(set(messages.mapped("state")), {"done"})
        self.assertEqual(len(self.rows()), 60)
        self.assertEqual(len(self.settlements()), 1)
        self.assert_books_equal_ledger()

    def test_the_cursor_stays_when_the_page_cannot_be_read(self):
        before = self.backend.ledger_cursor = fields.Datetime.subtract(
            fields.Datetime.now(), hours=2
        )
        self.xendit.fault("status", path="*/transactions", count=1)
        self.look()
        self.assertEqual(self.backend.ledger_cursor, before)
        self.assertEqual(self.messages(TOPIC).state, "retry")
        self.let_time_pass()
        self.drain()
        self.assertGreater(self.backend.ledger_cursor, before)

    def test_a_look_is_not_started_while_one_is_under_way(self):
        self.backend.next_ledger_at = False
        backends = self.env["erp.connector.backend"]
        backends._cron_ledger()
        self.backend.next_ledger_at = False
        backends._cron_ledger()
        self.assertEqual(len(self.messages(TOPIC)), 1)

    def test_the_balance_at_the_gateway_is_compared_with_ours(self):
        self.paid()
        self.xendit.settle()
        self.look()
        self.assertEqual(self.backend.balance_there, 95_560)
        self.assertEqual(self.backend.balance_difference, 0)
        self.xendit.top_up(1000)
        self.backend.ledger_cursor = fields.Datetime.add(fields.Datetime.now(), days=1)
        self.look()
        self.assertEqual(self.backend.balance_difference, 1000)

    # ---- fees and settlement ---------------------------------------------------------

    def test_fees_are_told_to_the_receipt_and_wait_until_they_are_fixed(self):
        self.paid()
        receipt = self.receipts()
        self.assertEqual((receipt.fee, receipt.fee_tax), (4000, 440))
        self.assertFalse(receipt.fee_final)
        self.assertEqual(self.rows().state, "waiting")
        self.assertFalse(self.settlements())
        self.xendit.settle()
        self.look()
        self.assertTrue(receipt.fee_final)
        self.assertEqual(self.rows().state, "booked")

    def test_settled_money_leaves_the_outstanding_account_less_the_fee(self):
        self.paid(count=3)
        self.assertEqual(self.outstanding(), 300_000)
        self.xendit.settle()
        self.look()
        settlement = self.settlements()
        self.assertEqual(self.outstanding(), 0)
        self.assertEqual(self.gateway(), 300_000 - 3 * 4440)
        self.assertEqual(self.fees(), 3 * 4440)
        self.assertEqual(settlement.receipt_ids, self.receipts())
        self.assertEqual((settlement.gross, settlement.net), (300_000, 286_680))
        self.assertEqual((settlement.fee, settlement.fee_tax), (12_000, 1320))
        payments = self.receipts().payment_id
        self.assertEqual(set(payments.mapped("is_matched")), {True})
        self.assert_books_equal_ledger()

    def test_vat_and_withheld_tax_go_to_their_own_accounts(self):
        backend = self.backend
        backend.fee_tax_account_id = backend._make_account(
            "asset_current", "VAT", False
        )
        self.paid()
        self.xendit.settle()
        self.look()
        self.assertEqual(self.fees(), 4000)
        self.assertEqual(self.balance(backend.fee_tax_account_id), 440)

    def test_a_fee_product_gives_the_account_when_none_is_chosen(self):
        account = self.backend.fee_account_id
        self.backend.fee_account_id = False
        self.backend.fee_product_id = self.env["product.product"].create(
            {"name": "Gateway fee", "property_account_expense_id": account.id}
        )
        self.paid()
        self.xendit.settle()
        self.look()
        self.assertEqual(self.balance(account), 4440)

    def test_a_held_receipt_is_settled_once_it_is_booked(self):
        self.backend.attribution = "oldest"
        invoice = self.invoice()
        va = self.closed_va(invoice)
        (payment,) = self.xendit.pay(va.name, quiet=True)
        self.env.company.fiscalyear_lock_date = fields.Date.today()
        self.xendit.settle()
        self.look()
        row = self.rows()
        self.assertEqual(self.receipts().state, "held")
        self.assertEqual(row.state, "waiting")
        self.assertTrue(row.issue)
        self.assertEqual(self.gateway(), 0)
        self.env.company.fiscalyear_lock_date = False
        self.receipts()._enqueue_book()
        self.drain()
        self.look()
        self.assertEqual(row.state, "booked")
        self.assert_books_equal_ledger()

    def test_a_locked_period_holds_the_settlement_or_moves_it(self):
        self.paid()
        self.xendit.settle()
        self.env.company.fiscalyear_lock_date = fields.Date.today()
        self.look()
        self.assertEqual(self.gateway(), 0)
        self.assertIn("closed", self.rows().issue)
        self.backend.lock_policy = "next"
        self.look()
        self.assertGreater(self.settlements().move_id.date, fields.Date.today())
        self.assert_books_equal_ledger()

    def test_once_a_day_means_when_the_day_is_over(self):
        self.backend.settle_when = "day"
        self.paid(count=2)
        self.xendit.settle()
        self.look()
        self.assertFalse(self.settlements())
        self.rows().write(
            {
                name: fields.Datetime.subtract(fields.Datetime.now(), days=1)
                for name in ("changed_at", "settles_at")
            }
        )
        self.receipts().payment_id.move_id.button_draft()
        self.receipts().payment_id.date = fields.Date.subtract(
            fields.Date.today(), days=2
        )
        self.receipts().payment_id.move_id.action_post()
        self.backend.ledger_cursor = fields.Datetime.add(fields.Datetime.now(), days=1)
        self.look()
        self.assertEqual(len(self.settlements()), 1)
        self.assertEqual(self.settlements().receipt_count, 2)

    def test_fees_that_are_billed_monthly_are_kept_but_not_booked(self):
        self.backend.fee_mode = "billed"
        self.paid()
        self.xendit.settle()
        self.look()
        self.assertEqual(self.gateway(), 100_000)
        self.assertEqual(self.fees(), 0)
        self.assertEqual(self.receipts().fee, 4000)

    # ---- taken back ------------------------------------------------------------------

    def test_money_taken_back_before_it_was_settled_never_reaches_the_balance(self):
        (invoice,), (payment,) = self.paid()
        self.xendit.reverse(payment)
        self.look()
        self.assertEqual(self.receipts().state, "reversed")
        self.assertEqual(invoice.payment_state, "not_paid")
        self.assertEqual(self.rows().state, "void")
        self.assertEqual((self.outstanding(), self.gateway()), (0, 0))

    def test_money_taken_back_after_settlement_leaves_the_balance_with_a_trace(self):
        (invoice,), (payment,) = self.paid()
        self.xendit.settle()
        self.look()
        self.xendit.reverse(payment)
        self.look()
        self.assertEqual(self.receipts().state, "reversed")
        self.assertIn(invoice.payment_state, ("not_paid", "reversed"))
        self.assertEqual(self.rows().state, "undone")
        self.assertEqual(len(self.settlements()), 2)
        self.assertEqual((self.outstanding(), self.gateway()), (0, 0))
        self.assert_books_equal_ledger()

    def test_an_older_state_of_a_row_changes_nothing(self):
        self.paid()
        self.xendit.settle()
        self.look()
        row = self.rows()
        stale = {
            "backend_id": row.backend_id.id,
            "status": "pending",
            "changed_at": fields.Datetime.subtract(row.changed_at, seconds=1),
        }
        self.assertFalse(row._is_news(stale))
        self.assertTrue(row._is_news({**stale, "changed_at": row.changed_at}))

    # ---- money out -------------------------------------------------------------------

    def test_a_withdrawal_leaves_the_balance_and_waits_for_the_bank(self):
        self.paid()
        self.xendit.settle()
        self.look()
        self.xendit.withdraw(90_000)
        self.look()
        transfer = self.settlements("transfer")
        self.assertEqual((transfer.state, transfer.net), ("open", 90_000))
        self.assertEqual(self.gateway(), 5560)
        account = self.env.company.transfer_account_id
        self.assertEqual(self.balance(account), 90_000)
        self.assert_books_equal_ledger()

    def test_a_top_up_waits_for_the_bank_the_other_way(self):
        self.xendit.top_up(50_000)
        self.look()
        transfer = self.settlements("transfer")
        self.assertEqual((transfer.state, transfer.net), ("open", -50_000))
        self.assert_books_equal_ledger()

    # ---- what a person decides -------------------------------------------------------

    def page_of(self, **values):
        """A row as the gateway's ledger would bring it."""
        from odoo.addons.connector_payment.providers.xendit.ledger import transaction

        now = fields.Datetime.now().isoformat() + "Z"
        row = {
            "id": "txn_made_up",
            "product_id": "made-up",
            "type": "ADJUSTMENT",
            "status": "SUCCESS",
            "channel_category": "BANK",
            "reference_id": "made-up",
            "amount": 2500,
            "net_amount": 2500,
            "cashflow": "MONEY_IN",
            "settlement_status": "SETTLED",
            "fee": {"xendit_fee": 0, "value_added_tax": 0, "status": "COMPLETED"},
            "created": now,
            "updated": now,
            **values,
        }
        ledger = self.env["connector.payment.transaction"]
        rows = ledger._store(self.backend, [transaction(row)])
        self.backend._settle_now()
        return rows

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

    # ---- many ------------------------------------------------------------------------

    def test_two_hundred_payments_settle_without_a_query_for_each(self):
        wishes = [
            {"reference": f"D{n}", "kind": "closed", "amount": 5000 + n}
            for n in range(200)
        ]
        self.xendit.bulk(wishes)
        self.xendit.pay_many([w["reference"] for w in wishes], quiet=True)
        self.xendit.settle()
        self.look_but_do_not_settle()
        self.env.flush_all()
        before = self.cr.sql_log_count
        self.backend._settle_now()
        self.env.flush_all()
        queries = self.cr.sql_log_count - before
        self.assertEqual(len(self.settlements().receipt_ids), 200)
        self.assert_books_equal_ledger()
        self.assertLess(queries, 150)

    def look_but_do_not_settle(self):
        """All pages in, and the receipts booked; the settlement is left to the test."""
        self.env.company.fiscalyear_lock_date = False
        self.env["erp.connector.blackout"].search([]).unlink()
        self.backend.settle_when = "day"
        self.look()
        self.backend.settle_when = "look"
        self.env.invalidate_all()

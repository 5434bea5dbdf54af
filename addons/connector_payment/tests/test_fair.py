"""One gateway account with thousands of rows keeps out nobody who has a few."""

from datetime import timedelta

from odoo import fields
from odoo.addons.connector_payment.tools.topics import BOOK
from odoo.addons.erp_connector_base.tests.common import AccountMixin

from .ledger import LedgerCase
from .test_refund import RefundCase

multiply = AccountMixin.multiply


class TestFairLooks(LedgerCase):
    def setUp(self):
        super().setUp()
        self.small = self.gateway_account("midtrans")
        self.now = fields.Datetime.now()

    def messages_of(self, records):
        return self.env["erp.connector.message"].search(
            [("res_model", "=", records._name), ("res_id", "in", records.ids)]
        )

    def watched(self, va, minutes):
        va.watch_at = self.now - timedelta(minutes=minutes)

    def asked(self, va):
        return "payment.va.watch" in self.messages_of(va).mapped("topic")

    def test_a_small_gateway_is_asked_beside_one_with_thousands_of_accounts(self):
        few = self.closed_va(self.invoice(50_000), "bni", backend=self.small)
        many = self.closed_va(self.invoice(60_000))
        self.watched(many, 60)
        self.watched(few, 1)
        multiply(self, many, 2000, name="'M' || n", external_id="'M' || n")
        self.env["connector.payment.va"]._cron_watch()
        self.assertTrue(self.asked(few))
        self.assertTrue(self.asked(many))

    def test_of_one_gateway_who_waits_for_the_longest_is_asked(self):
        oldest = self.closed_va(self.invoice(60_000))
        self.watched(oldest, 1)
        multiply(self, oldest, 2000, name="'M' || n", external_id="'M' || n")
        self.watched(oldest, 600)
        self.env["connector.payment.va"]._cron_watch()
        self.assertTrue(self.asked(oldest))

    def test_of_an_archived_gateway_nothing_is_asked(self):
        va = self.closed_va(self.invoice(60_000))
        self.watched(va, 1)
        self.backend.active = False
        self.env["connector.payment.va"]._cron_watch()
        self.assertFalse(self.asked(va))

    def test_money_that_a_window_holds_stands_before_no_other_gateways(self):
        va = self.closed_va(self.invoice(50_000), "bni", backend=self.small)
        self.small.journal_id.active = False
        receipt = self.pay(va)
        self.assertEqual((receipt.state, receipt.hold), ("held", "refused"))
        self.small.journal_id.active = True
        self.env["erp.connector.blackout"].create(
            {
                "backend_id": self.backend.id,
                "topic": "payment.book",
                "hour_from": 0,
                "hour_to": 24,
            }
        )
        multiply(
            self,
            receipt,
            1001,
            backend_id=self.backend.id,
            external_id="'R' || n",
            hold="'window'",
            paid_at="paid_at + interval '1 minute'",
        )
        self.env["connector.payment.receipt"]._cron_book_held()
        asked = self.env["erp.connector.message"].search([("topic", "=", BOOK)])
        self.assertEqual(asked.mapped("res_id"), receipt.ids)

    def test_money_of_a_closed_period_stands_before_no_other(self):
        va = self.closed_va(self.invoice(50_000))
        self.backend.journal_id.active = False
        receipt = self.pay(va)
        self.backend.journal_id.active = True
        self.env.company.fiscalyear_lock_date = self.today(-30)
        multiply(
            self,
            receipt,
            1001,
            external_id="'R' || n",
            hold="'lock'",
            paid_at="paid_at - interval '90 days'",
            write_date="write_date - interval '60 days'",
        )
        self.env["connector.payment.receipt"]._cron_book_held()
        asked = self.env["erp.connector.message"].search([("topic", "=", BOOK)])
        self.assertEqual(asked.mapped("res_id"), receipt.ids)

    def test_rows_that_wait_for_a_person_stand_before_no_other(self):
        odd = self.page_of()
        self.assertEqual((odd.state, odd.is_due), ("attention", True))
        multiply(self, odd, 500, external_id="'T' || n", product_ref="'T' || n")
        (_invoice,), _ids = self.paid()
        self.xendit.settle()
        self.look()
        self.assertTrue(self.settlements("balance"))
        self.assertEqual(self.rows(kind="payment").state, "booked")


class TestFairRefunds(RefundCase):
    def test_refunds_that_cannot_be_booked_stand_before_no_other(self):
        refund = self.ask_back(self.credit_note())
        self.drain()
        self.env.cr.execute(
            "UPDATE connector_payment_refund SET state = 'paid', payment_id = NULL,"
            " watch_at = NULL WHERE id = %s",
            [refund.id],
        )
        multiply(self, refund, 500, name="'F' || n", external_id="'F' || n")
        self.env.invalidate_all()
        count = self.env["erp.connector.message"].search_count
        asked = [("topic", "=", "payment.refund")]
        before = count(asked)
        self.env["connector.payment.refund"]._cron_watch()
        self.assertEqual(count(asked), before + 500)
        self.env["connector.payment.refund"]._cron_watch()
        self.assertEqual(count(asked), before + 501, "the rest, and nobody twice")

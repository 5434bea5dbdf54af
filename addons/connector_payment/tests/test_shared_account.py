"""Companies that share one business at the gateway."""

import uuid

from odoo import fields
from odoo.addons.connector_payment.providers import schema
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.exceptions import UserError

from .common import SECRETS, GatewayCase
from .test_identity import LinkMixin


class TestSharedAccount(LinkMixin, GatewayCase):
    """PT Dua works with the same Xendit business as our company."""

    def setUp(self):
        super().setUp()
        self.dua = self.new_company("PT Dua")
        wizard = self.wizard(company_id=self.dua.id)
        wizard.action_connect()
        self.shared = wizard.backend_id
        self.env.user.company_ids |= self.dua

    def va_of_dua(self, amount=100_000):
        partner = self.env["res.partner"].create({"name": "Toko Dua"})
        invoice = (
            self.env["account.move"]
            .with_company(self.dua)
            .create(
                {
                    "move_type": "out_invoice",
                    "company_id": self.dua.id,
                    "partner_id": partner.id,
                    "invoice_date": self.today(),
                    "invoice_line_ids": [
                        fields.Command.create(
                            {"name": "Goods", "price_unit": amount, "tax_ids": []}
                        )
                    ],
                }
            )
        )
        invoice.action_post()
        return self.closed_va(invoice, backend=self.shared), invoice

    def test_it_is_shared_and_one_of_them_reads_the_ledger(self):
        self.assertEqual(self.shared.shared_account_id, self.backend)
        self.assertEqual(self.shared.state, "connected")
        self.assertIn(self.backend.name, self.shared.main_account_name)
        (self.backend | self.shared).sudo().next_ledger_at = False
        self.env["erp.connector.backend"]._cron_ledger()
        self.assertTrue(self.backend.next_ledger_at)
        self.assertFalse(self.shared.next_ledger_at)

    def test_a_second_account_of_that_company_is_refused_and_ours_is_named(self):
        wizard = self.wizard(company_id=self.dua.id)
        self.assert_refused(wizard, self.shared.name)

    def test_money_goes_to_the_company_whose_reference_it_bears(self):
        va, invoice = self.va_of_dua()
        self.xendit.pay(reference=va.name)
        self.hear(self.backend)  # there is one address: our company's
        self.assertEqual(va.receipt_ids.state, "booked")
        self.assertEqual(va.receipt_ids.company_id, self.dua)
        self.assertEqual(va.receipt_ids.payment_id.company_id, self.dua)
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.assertFalse(self.receipts(self.backend))

    def test_what_bears_nobodys_reference_is_the_main_accounts(self):
        for address in (self.backend, self.shared):
            self.pay_event(None, 50_000, payment_id=f"p-{address.id}")
        message = self.tell_at(self.shared, "nobody-1")
        self.assertEqual(message.backend_id, self.backend)
        self.assertFalse(self.receipts(self.shared))

    def test_the_same_payment_told_at_both_addresses_is_one_receipt(self):
        va, _invoice = self.va_of_dua()
        self.xendit.pay(reference=va.name)
        self.hear(self.backend)
        self.heard.clear()
        self.hear(self.shared)
        self.assertEqual(len(va.receipt_ids), 1)
        self.assertFalse(self.receipts(self.backend))

    def tell_at(self, backend, key):
        event = Event(schema.PAYMENT_EVENT, key, uuid.uuid4().hex, "{}")
        messages = self.env["erp.connector.message"]
        for owner, events in backend._hand_out([event]).items():
            messages._ingest(owner, events)
        return messages.search([("dedup_key", "=", event.dedup_key)])

    def test_a_webhook_goes_to_the_account_whose_reference_it_bears(self):
        va, _invoice = self.va_of_dua()
        mine = self.closed_va(self.invoice())
        for address in (self.backend, self.shared):
            self.assertEqual(self.tell_at(address, va.name).backend_id, self.shared)
            self.assertEqual(self.tell_at(address, mine.name).backend_id, self.backend)

    def test_the_round_trip_tests_the_address_it_was_sent_to(self):
        event = Event(schema.PING_EVENT, "n", "ping:n", "{}")
        (owner,) = self.shared._hand_out([event])
        self.assertEqual(owner, self.shared)

    def test_the_ledger_books_each_row_once_and_where_it_belongs(self):
        va, _invoice = self.va_of_dua(70_000)
        mine = self.closed_va(self.invoice(100_000))
        for account in (va, mine):
            self.xendit.pay(reference=account.name)
        self.backend.ledger_cursor = fields.Datetime.subtract(
            fields.Datetime.now(), hours=2
        )
        self.shared.action_look_at_ledger()
        self.drain()
        self.assertEqual(self.receipts(self.shared).mapped("amount"), [70_000])
        self.assertEqual(self.receipts(self.backend).mapped("amount"), [100_000])
        rows = self.env["connector.payment.transaction"].search(
            [("product_ref", "in", (va | mine).receipt_ids.mapped("external_id"))]
        )
        self.assertEqual(len(rows), 2)
        for row in rows:
            self.assertEqual(row.company_id, row.receipt_id.company_id)
        self.assertEqual(set(self.receipts(self.shared).mapped("state")), {"booked"})

    def test_a_main_account_stays_while_others_share_it(self):
        with self.assertRaisesRegex(UserError, "archive these first"):
            self.backend.active = False
        with self.assertRaisesRegex(UserError, "delete these first"):
            self.backend.unlink()
        self.shared.active = False
        self.backend.with_context(active_test=False).active = False

    def test_shared_accounts_go_with_their_add_on(self):
        self.backend._leave("connector_payment")
        accounts = self.backend | self.shared
        self.assertEqual(set(accounts.mapped("active")), {False})

    def test_a_shared_account_may_change_its_key_first(self):
        self.shared._set_secrets({"secret_key": "xnd_development_rotated"})
        self.assertEqual(self.shared.shared_account_id, self.backend)
        self.backend._set_secrets({"secret_key": "xnd_development_rotated"})
        self.assertEqual(self.backend.state, "connected")

    def test_an_account_with_money_of_its_own_is_not_shared_afterwards(self):
        tiga = self.new_company("PT Tiga")
        own = self.wizard(
            "xendit", {"secret_key": "xnd_development_3"}, company_id=tiga.id
        ).backend_id
        own._set_connected()
        self.env["connector.payment.receipt"].create(
            {
                "backend_id": own.id,
                "company_id": tiga.id,
                "external_id": "x",
                "currency_id": tiga.currency_id.id,
                "paid_at": fields.Datetime.now(),
            }
        )
        with self.assertRaisesRegex(UserError, "connected already"):
            own._set_secrets({"callback_token": SECRETS["xendit"]["callback_token"]})

    def test_one_that_left_gives_the_lead_to_the_next(self):
        self.shared.active = False
        self.backend.active = False
        tiga = self.new_company("PT Tiga")
        wizard = self.wizard(company_id=tiga.id)
        wizard.action_connect()
        third = wizard.backend_id
        self.assertFalse(third.shared_account_id)
        self.assertEqual((self.backend | self.shared).shared_account_id, third)

    def test_accounts_of_before_become_one_and_a_person_is_told(self):
        self.cr.execute("DELETE FROM erp_connector_identity")
        self.cr.execute("UPDATE erp_connector_backend SET shared_account_id = NULL")
        self.env.invalidate_all()
        self.env["erp.connector.backend"]._claim_existing(["xendit"])
        self.assertEqual(self.shared.shared_account_id, self.backend)
        self.assertIn("reads the platform's lists", self.shared.activity_ids.note)
        self.assertNotIn("archive", self.shared.activity_ids.note)

    def test_balances_are_compared_with_the_sum_of_all(self):
        va, _invoice = self.va_of_dua(70_000)
        self.xendit.pay(reference=va.name)
        self.backend.ledger_cursor = fields.Datetime.subtract(
            fields.Datetime.now(), hours=2
        )
        self.backend.action_look_at_ledger()
        self.drain()
        before = self.backend.balance_there
        self.assertEqual(
            self.backend.balance_difference,
            before - self.backend.balance_here - self.shared.balance_here,
        )
        self.assertFalse(self.shared.balance_difference)

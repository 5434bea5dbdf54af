"""One business at the gateway is one account; companies may share it."""

import os
import uuid
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo import fields
from odoo.addons.connector_payment.providers import schema
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.tools import crypto
from odoo.exceptions import UserError
from odoo.http import serialize_exception
from odoo.tools import mute_logger

from .common import SECRETS, GatewayCase
from .companies import CompaniesMixin

EACH = "odoo.addons.erp_connector_base.models.erp_connector_backend_each"


class LinkMixin(CompaniesMixin):
    def wizard(self, provider="xendit", keys=None, **values):
        return self.link_wizard(provider, keys, **values)

    def assert_refused(self, wizard, name):
        with self.assertRaises(UserError) as caught:
            wizard.action_connect()
        self.assertIn(name, str(caught.exception))
        return caught.exception


class TestOneBusiness(LinkMixin, GatewayCase):
    def test_the_same_keys_are_refused_and_the_other_account_is_named(self):
        wizard = self.wizard()
        error = self.assert_refused(wizard, self.backend.name)
        shown = serialize_exception(error)  # what the web client is told
        self.assertEqual(shown["name"], "odoo.exceptions.RedirectWarning")
        self.assertNotIn("(", str(error)[:1])
        self.assertEqual(error.args[1]["res_id"], self.backend.id)
        new = wizard.backend_id
        self.assertEqual(new.state, "draft")
        self.assertFalse(new.journal_id or new.shared_account_id)

    def test_one_of_the_keys_is_enough_to_know_it(self):
        token = SECRETS["xendit"]["callback_token"]
        for code in ("callback_token", "callback_token_previous"):
            wizard = self.wizard(keys={"secret_key": "xnd_development_2", code: token})
            with self.assertRaisesRegex(UserError, "connected already"):
                wizard.backend_id._claim_identity()

    def test_the_same_iris_is_known_too(self):
        self.gateway_account("midtrans")
        keys = {**SECRETS["midtrans"], "server_key": "SB-Mid-server-2"}
        wizard = self.wizard("midtrans", keys)
        with self.assertRaisesRegex(UserError, "connected already"):
            wizard.backend_id._claim_identity()

    def test_an_archived_account_is_named_too(self):
        self.backend.active = False
        self.assert_refused(self.wizard(), "archived account")

    def test_an_archived_account_is_not_connected_tested_or_looked_at(self):
        wizard = self.env["connector.payment.link"].create(
            {"backend_id": self.backend.id, "provider": "xendit", "step": "keys"}
        )
        self.backend.active = False
        for record, action in (
            (self.backend, "action_connect"),
            (self.backend, "action_link_gateway"),
            (self.backend, "action_link_webhook"),
            (self.backend, "action_test_connection"),
            (self.backend, "action_look_at_ledger"),
            (wizard, "action_connect"),
            (wizard, "action_round_trip"),
        ):
            with (
                self.subTest(action),
                self.assertRaisesRegex(UserError, "is archived.*Unarchive it first"),
            ):
                getattr(record, action)()
        self.backend.action_unarchive()
        wizard.action_connect()
        self.assertEqual(self.backend.state, "connected")

    def test_keys_changed_by_hand_are_looked_at_too(self):
        other = self.wizard(keys={"secret_key": "xnd_development_2"}).backend_id
        other._set_connected()
        row = other._credential("callback_token")
        with self.assertRaisesRegex(UserError, self.backend.name):
            row.value = SECRETS["xendit"]["callback_token"]
        row.value = "another-token"

    def test_a_key_that_is_rotated_frees_the_old_one(self):
        self.backend._set_secrets(
            {"secret_key": "xnd_development_new", "callback_token": "new"}
        )
        wizard = self.wizard()
        wizard.action_connect()
        self.assertEqual(wizard.backend_id.state, "connected")

    def test_no_key_can_be_read_from_what_is_kept(self):
        marks = self.env["erp.connector.identity"].search(
            [("backend_id", "=", self.backend.id)]
        )
        self.assertEqual(len(marks), 2)
        for value in SECRETS["xendit"].values():
            self.assertNotIn(value, str(marks.read()))

    def test_a_change_of_the_encryption_keys_keeps_marks_apart(self):
        old = self.backend._marks()
        new = Fernet.generate_key().decode()
        with patch.object(crypto, "_keys", return_value=[new, *crypto._keys()]):
            self.assertFalse(set(old) & set(self.backend._marks()))
            self.assert_refused(self.wizard(), self.backend.name)
            self.env["erp.connector.backend"]._refresh_identities()
            self.assert_refused(self.wizard(), self.backend.name)

    def test_default_names_differ(self):
        first = self.wizard(keys={}).backend_id
        second = self.wizard(keys={}).backend_id
        self.assertNotEqual(first.name, second.name)

    def test_a_business_number_is_learnt_from_what_is_ours(self):
        self.hand_out("nobodys", "biz-1")
        self.assertFalse(self.backend.account_ref)
        va = self.closed_va(self.invoice())
        self.hand_out(va.name, "biz-1")
        self.assertEqual(self.backend.account_ref, "biz-1")
        message = self.hand_out("nobodys", "biz-2")
        self.assertEqual((message.state, message.topic), ("ignored", "webhook.other"))
        self.assertIn("biz-2", message.note)
        self.assertEqual(self.hand_out(va.name, "biz-2").state, "pending", "it is ours")

    def hand_out(self, key, merchant="", backend=None):
        """An event that came to the address of an account; its message."""
        backend = backend or self.backend
        event = Event(
            schema.PAYMENT_EVENT, key, uuid.uuid4().hex, "{}", merchant=merchant
        )
        messages = self.env["erp.connector.message"]
        for owner, events in backend._hand_out([event]).items():
            messages._ingest(owner, events)
        return messages.search([("dedup_key", "=", event.dedup_key)])

    def test_a_card_of_a_draft_gateway_opens_the_wizard(self):
        draft = self.wizard().backend_id
        self.assertEqual(draft.connect_label, "Connect")
        self.assertEqual(draft.action_connect()["res_model"], "connector.payment.link")
        self.assertEqual(draft.state, "draft")

    def test_what_is_missing_is_said_without_a_place_that_is_not_there(self):
        wizard = self.wizard(keys={})
        with self.assertRaises(UserError) as caught:
            wizard.action_connect()
        self.assertIn("fill in Secret Key", str(caught.exception))
        self.assertNotIn("tab", str(caught.exception))

    def test_a_wrong_key_is_named(self):
        for code, label in (
            ("server_key", "Server Key"),
            ("iris_creator_key", "Payouts: Creator Key"),
        ):
            wizard = self.wizard("midtrans", {**SECRETS["midtrans"], code: "SB-wrong"})
            with self.subTest(code), self.assertRaises(UserError) as caught:
                wizard.action_connect()
            self.assertIn(label, str(caught.exception))
            self.assertNotIn("127.0.0.1", str(caught.exception))

    def test_a_test_that_succeeds_connects_again(self):
        self.backend.write({"state": "disconnected", "state_reason": "x"})
        self.backend.action_test_connection()
        self.assertEqual(self.backend.state, "connected")

    def test_a_company_without_books_is_told_so(self):
        company = self.env["res.company"].create({"name": "PT Baru"})
        company.currency_id = self.env.ref("base.IDR")
        wizard = self.wizard("midtrans", company_id=company.id)
        with self.assertRaisesRegex(UserError, "PT Baru has no chart of accounts"):
            wizard.action_connect()

    def test_an_account_whose_key_is_lost_is_entered_anew_or_archived(self):
        with self.new_keys():
            for row in self.backend.credential_ids.filtered("is_set"):
                row.value = SECRETS["xendit"][row.code]
            self.assertEqual(set(self.backend._marks()), self.marks_kept())
        with self.new_keys():
            before = self.marks_kept()
            self.backend.active = False
            self.assertEqual(self.marks_kept(), before)
            self.backend._leave("connector_payment")

    def new_keys(self):
        key = Fernet.generate_key().decode()
        return patch.dict(os.environ, {"ERP_CONNECTOR_KEYS": key})

    def marks_kept(self):
        return set(self.backend.identity_ids.mapped("value"))

    @mute_logger(EACH)
    def test_one_account_never_stops_the_looks_of_the_others(self):
        other = self.gateway_account("midtrans")
        first = min(self.backend, other, key=lambda b: b.id)
        settlements = type(self.env["connector.payment.settlement"])
        own, asked = settlements._ask, []

        def ask(settlement, backend):
            if backend == first:
                raise ZeroDivisionError
            asked.append(backend)
            own(settlement, backend)

        with patch.object(settlements, "_ask", ask):
            ask.__name__ = "_ask"
            self.env["connector.payment.settlement"]._cron_settle()
        self.assertTrue(asked)
        self.assertTrue(first.activity_ids)


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


def _keys():
    from odoo.addons.erp_connector_base.tools import crypto

    return crypto._keys()

"""One business at the gateway is one account; companies may share it."""

import os
import uuid
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.addons.connector_payment.providers import schema
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.models.erp_connector_identity import DUPLICATE
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

    def test_a_business_number_that_is_another_account_s_is_told(self):
        other = self.wizard(keys={}).backend_id
        other.sudo().write({"state": "connected", "account_ref": "biz-1"})
        va = self.closed_va(self.invoice())
        for _time in range(2):
            self.assertEqual(self.hand_out(va.name, "biz-1").state, "pending")
        self.assertFalse(self.backend.account_ref)
        self.assertEqual(self.backend.duplicate_of_id, other)
        (told,) = self.backend.activity_ids.filtered(
            lambda a: a.connector_cause == DUPLICATE
        )
        self.assertIn(other.name, told.note)

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

"""Secrets: encrypted at rest, rotated, referenced, and never shown."""

import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import psycopg2
from cryptography.fernet import Fernet

from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    TransientError,
)
from odoo.addons.erp_connector_base.client.transport import (
    CallRecord,
    Request,
)
from odoo.addons.erp_connector_base.models.erp_connector_message_settle import (
    state_after,
)
from odoo.addons.erp_connector_base.tools import crypto
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ConnectorCase

SECRET = "s3cr3t-of-the-peer-0123456789"


@tagged("post_install", "-at_install")
class TestCredentials(ConnectorCase):
    def credential(self, code="api_key"):
        return self.backend._credential(code)

    def stored(self, code="api_key"):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT encrypted_value FROM erp_connector_credential WHERE id = %s",
            [self.credential(code).id],
        )
        return self.env.cr.fetchone()[0]

    def test_an_account_gets_a_row_for_each_credential_of_its_provider(self):
        self.assertEqual(
            self.backend.credential_ids.mapped("code"),
            ["api_key", "merchant", "access_token"],
        )

    def test_a_secret_is_not_in_the_database_in_clear(self):
        self.credential().value = SECRET
        self.assertNotIn(SECRET, self.stored())
        self.assertEqual(self.backend._secrets()["api_key"], SECRET)

    def test_a_secret_is_never_shown_again(self):
        self.credential().value = SECRET
        self.credential().invalidate_recordset()
        shown = self.credential().read(["value", "is_set"])[0]
        self.assertEqual((set(shown["value"]), shown["is_set"]), ({"•"}, True))

    def test_saving_the_dots_of_the_screen_keeps_the_secret(self):
        self.credential().value = SECRET
        self.credential().value = "••••••••"
        self.assertEqual(self.backend._secrets()["api_key"], SECRET)

    def test_what_is_no_secret_is_shown(self):
        self.credential("merchant").value = "M-1"
        self.credential("merchant").invalidate_recordset()
        self.assertEqual(self.credential("merchant").value, "M-1")

    def test_clearing_a_secret_unsets_it(self):
        self.credential().value = False
        self.assertFalse(self.credential().is_set)
        with self.assertRaises(UserError):
            self.backend._check_credentials()

    def test_a_copy_of_an_account_has_no_secrets(self):
        self.credential().value = SECRET
        copy = self.backend.copy({"name": "Copy"})
        self.assertEqual(set(copy.credential_ids.mapped("is_set")), {False})
        self.assertEqual(copy.state, "draft")
        self.assertNotEqual(copy.webhook_token, self.backend.webhook_token)

    def test_a_reference_reads_the_servers_environment(self):
        self.credential().value = "$ERP_CONNECTOR_PEER_KEY"
        with patch.dict(os.environ, {"ERP_CONNECTOR_PEER_KEY": SECRET}):
            self.assertEqual(self.backend._secrets()["api_key"], SECRET)
        self.assertEqual(self.backend._secrets()["api_key"], "")

    def test_only_variables_made_for_connectors_can_be_referenced(self):
        self.credential().value = "$HOME"
        self.assertEqual(self.backend._secrets()["api_key"], "$HOME")

    def test_the_encryption_keys_themselves_cannot_be_referenced(self):
        self.credential("api_key").value = False
        with patch.dict(os.environ, {"ERP_CONNECTOR_KEYS": self.key()}):
            self.credential("merchant").value = "$ERP_CONNECTOR_KEYS"
            self.assertEqual(self.backend._secrets()["merchant"], "$ERP_CONNECTOR_KEYS")

    def key(self):
        return Fernet.generate_key().decode()

    def test_keys_are_rotated_without_entering_anything_again(self):
        old, new = self.key(), self.key()
        with patch.dict(os.environ, {"ERP_CONNECTOR_KEYS": old}):
            self.backend.credential_ids.value = False
            self.credential().value = SECRET
        with patch.dict(os.environ, {"ERP_CONNECTOR_KEYS": f"{new},{old}"}):
            self.assertEqual(self.backend._secrets()["api_key"], SECRET)
            for other in self.env["erp.connector.credential"].search([]):
                if other.backend_id != self.backend:
                    other.value = False
            self.env["erp.connector.credential"].action_reencrypt()
        with patch.dict(os.environ, {"ERP_CONNECTOR_KEYS": new}):
            self.assertEqual(self.backend._secrets()["api_key"], SECRET)

    def test_what_no_key_opens_keeps_no_other_from_its_new_key(self):
        new, old = self.key(), self.key()
        self.credential("merchant").value = "M-1"
        with patch.dict(os.environ, {"ERP_CONNECTOR_KEYS": old}):
            self.credential().value = SECRET
        with patch.dict(os.environ, {"ERP_CONNECTOR_KEYS": f"{new},{old}"}):
            told = self.env["erp.connector.credential"].action_reencrypt()["params"]
        self.assertEqual(told["type"], "warning")
        self.assertIn("Merchant (Peer)", told["message"])
        with patch.dict(os.environ, {"ERP_CONNECTOR_KEYS": new}):
            self.assertEqual(self.credential()._plain(), SECRET)

    def test_a_lost_key_is_named_and_no_crash(self):
        with patch.dict(os.environ, {"ERP_CONNECTOR_KEYS": self.key()}):
            self.credential().value = SECRET
        with self.assertRaisesRegex(UserError, "API Key of Peer cannot be read"):
            self.backend._secrets()

    @contextmanager
    def without_a_key(self):
        """A node whose data directory is not the shared one."""
        with (
            TemporaryDirectory() as folder,
            patch.dict(crypto.config.options, {"data_dir": folder}),
            patch.dict(os.environ),
        ):
            os.environ.pop("ERP_CONNECTOR_KEYS", None)
            yield Path(folder) / crypto.KEY_FILE

    def test_no_new_key_is_made_while_values_of_another_are_stored(self):
        self.credential().value = SECRET
        with self.without_a_key() as file:
            with self.assertRaisesRegex(UserError, "was not saved"):
                self.credential("merchant").value = "M-1"
            with self.assertRaises(crypto.UndecryptableError):
                self.backend._secrets()
            self.assertFalse(file.exists())

    def test_the_first_value_of_a_database_makes_the_key(self):
        self.env["erp.connector.credential"].search([]).value = False
        with self.without_a_key() as file:
            self.credential().value = SECRET
            self.assertTrue(file.exists())
            self.assertEqual(self.backend._secrets()["api_key"], SECRET)

    def test_a_lost_key_holds_the_account_and_tells_its_owner(self):
        with patch.dict(os.environ, {"ERP_CONNECTOR_KEYS": self.key()}):
            self.credential().value = SECRET
        with self.assertRaises(AuthenticationError) as caught:
            self.backend._secrets()
        self.assertEqual(state_after(caught.exception), "pending")
        self.backend._disconnect(caught.exception)
        self.assertEqual(self.backend.state, "disconnected")
        self.assertIn("cannot be read", self.backend.state_reason)
        self.assertNotIn("The platform refused", self.backend.activity_ids.note)

    def test_a_lost_key_still_lets_the_account_be_opened_and_entered_anew(self):
        with patch.dict(os.environ, {"ERP_CONNECTOR_KEYS": self.key()}):
            self.credential("merchant").value = "M-1"
        rows = self.backend.credential_ids
        rows.invalidate_recordset()
        self.assertEqual(len(rows.read(["value", "is_set"])), 3)
        self.credential("merchant").value = "M-2"
        self.assertEqual(self.backend._secrets()["merchant"], "M-2")

    def test_the_settings_name_the_place_of_the_key_and_not_the_key(self):
        key = self.key()
        with patch.dict(os.environ, {"ERP_CONNECTOR_KEYS": key}):
            source = self.env["res.config.settings"].new().erp_connector_key_source
            self.assertIn("ERP_CONNECTOR_KEYS", source)
            self.assertNotIn(key, source)

    def test_a_key_of_nonsense_is_an_undecryptable_value(self):
        with self.assertRaises(crypto.UndecryptableError):
            crypto.decrypt("nonsense")

    def test_who_is_no_manager_reads_no_credential(self):
        operator = self.user("operator", "operator")
        with self.assertRaises(AccessError):
            self.credential().with_user(operator).read(["value"])
        with self.assertRaises(AccessError):
            self.backend.with_user(operator).read(["credential_ids"])
        with self.assertRaises(AccessError):
            self.backend.with_user(operator).read(["webhook_token"])

    def test_a_manager_never_reads_the_ciphertext(self):
        manager = self.user("manager", "manager")
        row = self.credential().with_user(manager)
        with self.assertRaises(AccessError):
            row.read(["encrypted_value"])
        self.assertTrue(row.read(["is_set"])[0]["is_set"])

    def test_an_export_holds_no_secret(self):
        self.credential().value = SECRET
        fields = ["label", "value", "encrypted_value"]
        self.assertNotIn(SECRET, str(self.credential().export_data(fields)))


@tagged("post_install", "-at_install")
class TestJournal(ConnectorCase):
    def test_a_request_shows_no_secret_when_it_is_printed(self):
        request = Request("POST", "https://x/y", headers={"X-Api-Key": SECRET})
        self.assertNotIn(SECRET, repr(request))

    def test_a_failing_call_logs_no_secret(self):
        self.backend._set_secrets({"api_key": SECRET})
        self.backend.base_url = "http://127.0.0.1:9"
        try:
            with self.backend._transport("t") as transport:
                self.backend._peer(transport).transfers("R1")
        except TransientError as error:
            self.assertNotIn(SECRET, f"{error!r}")
        else:
            self.fail("nobody listens there")
        call = self.env["erp.connector.call"].search([("correlation_id", "=", "t")])
        self.assertEqual(len(call), 1)
        self.assertNotIn(SECRET, str(call.read()))
        self.assertTrue(call.failed)

    def test_a_call_with_nul_and_quotes_is_journalled(self):
        record = CallRecord("GET", "/x", 200, 5, "", "a\x00b", "it's '; DROP TABLE x")
        self.env["erp.connector.call"]._record(self.backend, [record], "t")
        call = self.env["erp.connector.call"].search([("correlation_id", "=", "t")])
        self.assertEqual(call.request_excerpt, "a␀b")
        self.assertEqual(call.company_id, self.backend.company_id)
        self.assertFalse(call.failed)

    @mute_logger("odoo.sql_db")
    def test_an_answer_is_waited_for_between_a_second_and_a_minute(self):
        self.assertEqual(self.backend._timeout(), (5, 30))
        for seconds in (-1, 0, 61):
            with (
                self.subTest(seconds),
                self.assertRaises(psycopg2.IntegrityError),
                self.env.cr.savepoint(),
            ):
                self.backend.answer_timeout = seconds
                self.env.flush_all()


@tagged("post_install", "-at_install")
class TestFingerprints(ConnectorCase):
    """Equal values are known again, and nothing else can be learnt."""

    def test_equal_values_have_equal_ones_under_each_key(self):
        first, second = (Fernet.generate_key().decode() for _ in range(2))
        with patch.object(crypto, "_keys", return_value=[first, second]):
            both = crypto.fingerprints("xnd_development_a")
            self.assertEqual(both, crypto.fingerprints("xnd_development_a"))
            self.assertFalse(set(both) & set(crypto.fingerprints("xnd_development_b")))
        with patch.object(crypto, "_keys", return_value=[second]):
            self.assertEqual(crypto.fingerprints("xnd_development_a"), both[1:])
        self.assertEqual({len(value) for value in both}, {64})

    def test_a_made_up_provider_without_telling_keys_may_be_there_twice(self):
        self.assertEqual(self.account("Twin").state, "connected")
        self.assertFalse(self.backend.identity_ids)

"""What a manager could try in order to read what he typed, or somebody else did."""

import importlib.util
import os
from pathlib import Path
from unittest.mock import patch

from odoo import fields
from odoo.addons.erp_connector_base.client.provider import Credential, Provider
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from .common import ConnectorCase

SECRET = "s3cr3t-of-the-peer-0123456789"
DOTS = {"•"}
STRUCTURE = {
    "is_secret": False,
    "is_rotating": True,
    "is_required": False,
    "code": "merchant",
    "label": "Merchant",
    "help": "x",
    "sequence": 99,
}


@tagged("post_install", "-at_install")
class TestTricks(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.manager = self.user("tricky", "manager")
        self.secret = self.backend._credential("api_key")
        self.plain = self.backend._credential("merchant")
        self.secret._store(SECRET)
        self.plain._store("M-1")
        self.theirs = self.secret.with_user(self.manager)
        self.env.flush_all()
        self.env.invalidate_all()

    def assert_hidden(self):
        self.env.invalidate_all()
        self.assertEqual(set(self.theirs.read(["value"])[0]["value"]), DOTS)

    def test_nobody_writes_what_a_row_is(self):
        for name, value in STRUCTURE.items():
            for call in (
                lambda v: self.theirs.write(v),
                lambda v: self.theirs.web_save(v, {"value": {}}),
                lambda v: self.backend.with_user(self.manager).write(
                    {"credential_ids": [fields.Command.update(self.secret.id, v)]}
                ),
            ):
                with self.subTest(name), self.assertRaises(AccessError):
                    call({name: value})
        other = self.account("Other")
        with self.assertRaises(AccessError):
            self.theirs.write({"backend_id": other.id})
        self.assert_hidden()

    def test_a_row_that_was_tampered_with_still_shows_nothing(self):
        self.secret.is_secret = False
        self.env.flush_all()
        self.assert_hidden()

    def test_no_row_is_made_moved_copied_or_deleted_by_hand(self):
        rows = self.env["erp.connector.credential"].with_user(self.manager)
        other = self.account("Other")
        other.sudo().credential_ids.unlink()
        made = rows.create(
            {
                "backend_id": other.id,
                "code": "api_key",
                "is_secret": False,
                "value": "x",
            }
        )
        self.assertTrue(made.is_secret)
        self.assertEqual(set(made.read(["value"])[0]["value"]), DOTS)
        with self.assertRaises(UserError):
            rows.create({"backend_id": other.id, "code": "mine", "value": SECRET})
        with self.assertRaises(AccessError):
            self.theirs.unlink()
        with self.assertRaises(UserError):
            self.theirs.copy({"code": "mine"})

    def test_no_context_slips_into_a_row(self):
        other = self.account("Other")
        other.sudo().credential_ids.unlink()
        self.env.flush_all()
        stored = self.secret.sudo().encrypted_value
        made = (
            self.env["erp.connector.credential"]
            .with_user(self.manager)
            .with_context(default_encrypted_value=stored, default_is_secret=False)
            .create({"backend_id": other.id, "code": "merchant"})
        )
        self.assertFalse(made.sudo().encrypted_value)

    def test_an_administrator_puts_no_ciphertext_where_it_is_shown(self):
        boss = self.user("boss", "manager")
        boss.group_ids |= self.env.ref("base.group_system")
        stored = self.secret.sudo().encrypted_value
        with self.assertRaises(AccessError):
            self.plain.with_user(boss).write({"encrypted_value": stored})

    def test_no_form_that_is_being_filled_in_shows_a_secret(self):
        asked = {"value": {}, "is_secret": {}, "code": {}}
        for values in (
            {"is_secret": False},
            {"code": "merchant", "is_secret": False},
        ):
            shown = self.theirs.onchange(values, list(values), asked)
            self.assertNotIn(SECRET, str(shown))
        backend = self.backend.with_user(self.manager)
        rows = [(1, self.secret.id, {"is_secret": False, "code": "merchant"})]
        shown = backend.onchange(
            {"credential_ids": rows, "provider": "other"},
            ["credential_ids", "provider"],
            {"provider": {}, "credential_ids": {"fields": asked}},
        )
        self.assertNotIn(SECRET, str(shown))

    def test_another_provider_gets_none_of_the_values(self):
        """What is secret here may be shown there, under the same code."""
        plain = Credential("api_key", "Key", secret=False)
        providers = {
            **self.env["erp.connector.backend"]._providers(),
            "open": Provider("open", "Open", "testing", (plain,)),
        }
        model = type(self.env["erp.connector.backend"])
        with patch.object(model, "_providers", lambda _self: providers):
            self.backend.with_user(self.manager).write({"provider": "open"})
            self.env.flush_all()
            self.env.invalidate_all()
            rows = self.backend.credential_ids
            self.assertEqual(rows.mapped("code"), ["api_key"])
            self.assertFalse(rows.value)

    def test_a_simulator_of_ones_own_gets_no_real_key(self):
        self.backend.environment = "sandbox"
        self.secret._store(SECRET)
        self.backend.with_user(self.manager).write(
            {"environment": "simulator", "base_url": "http://mine.invalid"}
        )
        self.assertEqual(self.backend._secrets()["api_key"], "")

    def test_a_simulator_elsewhere_is_not_sent_what_the_server_keeps(self):
        typed = self.theirs
        with patch.dict(os.environ, {"ERP_CONNECTOR_PEER_KEY": SECRET}):
            typed.value = "$ERP_CONNECTOR_PEER_KEY"
            self.assertEqual(self.backend._secrets()["api_key"], SECRET)
            self.backend.with_user(self.manager).base_url = "http://mine.invalid"
            self.assertEqual(self.backend._secrets()["api_key"], "")
            with self.assertRaisesRegex(UserError, "a simulator elsewhere"):
                typed.value = "$ERP_CONNECTOR_PEER_KEY"

    def test_what_the_connector_writes_itself_is_not_typed(self):
        token = self.backend._credential("access_token").with_user(self.manager)
        with self.assertRaisesRegex(AccessError, "Access Token of Peer"):
            token.value = "mine"

    def test_only_an_administrator_encrypts_all_of_them_anew(self):
        for group in (None, "user", "manager"):
            user = self.user(f"re-{group}", group)
            for model in ("erp.connector.credential", "res.config.settings"):
                name = {
                    "erp.connector.credential": "action_reencrypt",
                    "res.config.settings": "action_erp_connector_reencrypt",
                }[model]
                with self.subTest(group=group), self.assertRaises(AccessError):
                    getattr(self.env[model].with_user(user), name)()


@tagged("post_install", "-at_install")
class TestReferences(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.other = self.env["res.company"].create({"name": "PT Dua"})
        self.there = self.account(
            "There", "http://127.0.0.1:9", company_id=self.other.id
        )
        self.manager = self.user("second", "manager", self.other)
        self.enterContext(
            patch.dict(
                os.environ,
                {"ERP_CONNECTOR_XENDIT_KEY": SECRET, "ERP_CONNECTOR_MERCHANT": "M-9"},
            )
        )

    def credential(self, code, backend=None):
        return (backend or self.there)._credential(code)

    def test_a_reference_is_shown_as_it_was_typed(self):
        first = self.env.ref("base.main_company")
        here = self.account("Here", company_id=first.id)
        row = self.credential("merchant", here)
        row.value = "$ERP_CONNECTOR_XENDIT_KEY"
        row.invalidate_recordset()
        self.assertEqual(row.value, "$ERP_CONNECTOR_XENDIT_KEY")
        row.value = "$ERP_CONNECTOR_MERCHANT"
        self.assertEqual(here._secrets()["merchant"], "M-9")

    def test_a_company_reads_only_the_variables_it_is_allowed(self):
        row = self.credential("api_key").with_user(self.manager)
        with self.assertRaisesRegex(UserError, "PT Dua may not read"):
            row.value = "$ERP_CONNECTOR_XENDIT_KEY"
        self.credential("api_key")._store("$ERP_CONNECTOR_XENDIT_KEY")
        self.assertEqual(self.there._secrets()["api_key"], "")
        with self.assertRaisesRegex(UserError, "not for this company"):
            self.there._check_credentials()
        self.other.erp_connector_variables = "ERP_CONNECTOR_XENDIT_KEY"
        row.value = "$ERP_CONNECTOR_XENDIT_KEY"
        self.assertEqual(self.there._secrets()["api_key"], SECRET)
        first = self.env.ref("base.main_company")
        self.assertFalse(first._connector_may_read("ERP_CONNECTOR_XENDIT_KEY"))

    def test_what_is_shown_reads_only_a_variable_that_is_made_for_it(self):
        self.other.erp_connector_variables = (
            "ERP_CONNECTOR_XENDIT_KEY, ERP_CONNECTOR_MERCHANT"
        )
        row = self.credential("merchant").with_user(self.manager)
        with self.assertRaisesRegex(UserError, "ends with _MERCHANT"):
            row.value = "$ERP_CONNECTOR_XENDIT_KEY"
        row.value = "$ERP_CONNECTOR_MERCHANT"
        self.assertEqual(self.there._secrets()["merchant"], "M-9")

    def test_a_manager_allows_himself_nothing(self):
        with self.assertRaises(AccessError):
            self.other.with_user(self.manager).erp_connector_variables = "X"

    def test_references_that_work_keep_working_after_an_upgrade(self):
        self.credential("api_key")._store("$ERP_CONNECTOR_XENDIT_KEY")
        migration("post-environment_variables").migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        self.assertEqual(self.other.erp_connector_variables, "ERP_CONNECTOR_XENDIT_KEY")
        self.assertEqual(self.there._secrets()["api_key"], SECRET)


def migration(name):
    path = Path(__file__).parents[1] / "migrations" / "19.0.1.1.0" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(name.replace("-", "_"), path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@tagged("post_install", "-at_install")
class TestOtherCompanies(ConnectorCase):
    """Nothing is handed to a company where its writer sees nothing."""

    def setUp(self):
        super().setUp()
        self.other = self.env["res.company"].create({"name": "PT Dua"})
        self.theirs = self.account("Theirs", company_id=self.other.id)
        self.manager = self.user("first", "manager")

    def test_no_account_is_moved_there(self):
        with self.assertRaises(AccessError):
            self.backend.with_user(self.manager).company_id = self.other

    def test_no_row_of_an_account_is_moved_there(self):
        for model, values in (
            ("erp.connector.blackout", {}),
            ("erp.connector.binding", {"kind": "x", "external_id": "1"}),
        ):
            row = self.env[model].with_user(self.manager)
            row = row.create({"backend_id": self.backend.id, **values})
            with self.subTest(model), self.assertRaises(AccessError):
                row.backend_id = self.theirs
            with self.subTest(model), self.assertRaises(AccessError):
                row.create({"backend_id": self.theirs.id, **values})

    def test_a_mapping_tells_no_name_that_its_writer_may_not_read(self):
        row = self.env["erp.connector.binding"].create(
            {"backend_id": self.backend.id, "kind": "x", "external_id": "1"}
        )
        with self.assertRaises(AccessError) as caught:
            row.with_user(self.manager).write(
                {"res_model": self.theirs._name, "res_id": self.theirs.id}
            )
        self.assertNotIn("Theirs", str(caught.exception))

    def test_no_dialogue_is_opened_on_their_records(self):
        message = self.put(self.event(), backend=self.theirs)
        dialogues = self.env["erp.connector.resolve"].with_user(self.manager)
        with self.assertRaises(AccessError):
            dialogues.create({"message_ids": message.ids, "reason": "mine"})


@tagged("post_install", "-at_install")
class TestAddresses(ConnectorCase):
    def test_keys_are_sent_to_nobody_but_the_platform(self):
        known = self.backend._providers()
        table = Provider("own", "Own", "t", (), domains=("own.example",))
        model = type(self.env["erp.connector.backend"])
        with patch.object(model, "_providers", lambda _self: {**known, "own": table}):
            account = self.env["erp.connector.backend"].create(
                {"name": "Own", "provider": "own", "environment": "sandbox"}
            )
            account.base_url = "https://api.own.example"
            for url in (
                "https://evil.example",
                "http://api.own.example",
                "https://own.example.evil.example",
                "https://own.example@evil.example",
                "https://notown.example",
            ):
                for field in ("base_url", "auth_url"):
                    with self.subTest(url), self.assertRaises(ValidationError):
                        account[field] = url

"""Who may see and do what: three groups, and companies that never mix."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import ConnectorCase

MODELS = (
    "erp.connector.backend",
    "erp.connector.message",
    "erp.connector.binding",
    "erp.connector.call",
    "erp.connector.rejection",
)
MAIL = """From: someone@example.com
To: nobody@example.com
Subject: Made by mail
Message-Id: <{}@example.com>

Text
"""


@tagged("post_install", "-at_install")
class TestGroups(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.message = self.put(self.event())
        self.users = {
            group: self.user(group or "none", group)
            for group in (None, "user", "operator", "manager")
        }

    def may(self, group, model, operation):
        return self.env[model].with_user(self.users[group]).has_access(operation)

    def test_who_has_no_connector_group_sees_nothing(self):
        for model in (*MODELS, "erp.connector.credential"):
            self.assertFalse(self.may(None, model, "read"), model)

    def test_a_user_sees_and_changes_nothing(self):
        for model in MODELS:
            self.assertTrue(self.may("user", model, "read"), model)
            for operation in ("write", "create", "unlink"):
                self.assertFalse(self.may("user", model, operation), model)
        self.assertFalse(self.may("user", "erp.connector.credential", "read"))

    def test_an_operator_maps_but_configures_nothing(self):
        self.assertTrue(self.may("operator", "erp.connector.binding", "write"))
        self.assertFalse(self.may("operator", "erp.connector.backend", "write"))
        self.assertFalse(self.may("operator", "erp.connector.credential", "read"))

    def test_a_manager_configures(self):
        for model in ("erp.connector.backend", "erp.connector.credential"):
            self.assertTrue(self.may("manager", model, "write"), model)

    def test_nobody_edits_or_deletes_messages_and_calls_by_hand(self):
        for model in ("erp.connector.message", "erp.connector.call"):
            for operation in ("write", "create", "unlink"):
                self.assertFalse(self.may("manager", model, operation), model)

    def test_no_mail_makes_a_message_or_an_account_for_whoever_hands_it_in(self):
        """Odoo would make them with all rights, and with any values."""
        wishes = {
            "erp.connector.message": {
                "backend_id": self.backend.id,
                "direction": "in",
                "topic": "testing.noop",
                "business_key": "forged",
            },
            "erp.connector.backend": {"name": "forged", "provider": "testing"},
        }
        for user in self.users.values():
            gateway = self.env["mail.thread"].with_user(user)
            for model, values in wishes.items():
                with self.subTest(model=model, user=user.name):
                    mail = MAIL.format(f"{user.id}-{model}")
                    with self.assertRaisesRegex(AccessError, "by e-mail"):
                        gateway.message_process(model, mail, custom_values=values)

    def test_only_an_operator_replays_or_ignores(self):
        self.message.state = "dead"
        with self.assertRaises(UserError):
            self.message.with_user(self.users["user"])._replay("why not")
        with self.assertRaises(UserError):
            self.message.with_user(self.users["user"])._ignore("why not")
        self.message.with_user(self.users["operator"])._replay("mended")
        self.assertEqual(self.message.state, "pending")

    def test_the_raw_payload_is_not_for_readers(self):
        with self.assertRaises(AccessError):
            self.message.with_user(self.users["manager"]).read(["payload"])
        self.message.with_user(self.users["user"]).read(["payload_excerpt"])

    def test_a_user_may_write_a_note_about_a_message(self):
        self.message.with_user(self.users["user"]).message_post(body="Look at this")

    def test_only_a_manager_links_pauses_and_resumes(self):
        backend = self.backend.with_user(self.users["operator"])
        with self.assertRaises(AccessError):
            backend.action_pause()
        self.backend.with_user(self.users["manager"]).action_pause()
        self.assertEqual(self.backend.state, "paused")

    def test_no_account_goes_live_past_its_buttons(self):
        manager = self.users["manager"]
        for state in ("draft", "disconnected"):
            with self.subTest(state), self.assertRaisesRegex(UserError, "buttons"):
                self.backend.with_user(manager).write({"state": state})
        accounts = self.env["erp.connector.backend"].with_user(manager)
        values = {"name": "New", "provider": "testing"}
        with self.assertRaisesRegex(UserError, "buttons"):
            accounts.create({**values, "state": "connected"})
        self.assertEqual(accounts.create({**values, "state": "draft"}).state, "draft")

    def test_a_mapping_is_pointed_at_nothing_that_is_not_seen(self):
        mapping = self.env["erp.connector.binding"].create(
            {
                "backend_id": self.backend.id,
                "kind": "x",
                "external_id": "1",
                "res_model": "res.partner",
                "res_id": self.env["ir.cron"].search([], limit=1).id,
            }
        )
        for model in ("ir.cron", "no.such.model", False):
            with self.subTest(model), self.assertRaises(AccessError):
                mapping.with_user(self.users["operator"]).res_model = model


@tagged("post_install", "-at_install")
class TestCompanies(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.other = self.env["res.company"].create({"name": "Another company"})
        self.theirs = self.account("Theirs", company_id=self.other.id)
        self.env["erp.connector.rejection"]._count_one(self.theirs.id)
        self.put(self.event(), backend=self.theirs)
        self.env["erp.connector.binding"].create(
            {"backend_id": self.theirs.id, "kind": "x", "external_id": "1"}
        )
        self.env["erp.connector.blackout"].create({"backend_id": self.theirs.id})
        self.manager = self.user("ours", "manager")

    def test_nothing_of_another_company_is_seen(self):
        for model in (*MODELS, "erp.connector.credential", "erp.connector.blackout"):
            found = self.env[model].with_user(self.manager).search([])
            self.assertNotIn(self.other, found.sudo().company_id, model)

    def test_the_rows_of_an_account_follow_its_company(self):
        for model in MODELS[1:3]:
            rows = self.env[model].search([("backend_id", "=", self.theirs.id)])
            self.assertEqual(rows.company_id, self.other, model)

    def test_another_companys_message_cannot_be_replayed(self):
        message = self.env["erp.connector.message"].search(
            [("backend_id", "=", self.theirs.id)]
        )
        message.state = "dead"
        with self.assertRaises(AccessError):
            message.with_user(self.manager)._replay("mine now")

    def test_a_mapping_never_points_into_another_company(self):
        partner = self.env["res.partner"].create(
            {"name": "P", "company_id": self.env.company.id}
        )
        binding = self.env["erp.connector.binding"].search(
            [("backend_id", "=", self.theirs.id)]
        )
        with self.assertRaisesRegex(UserError, "belongs to"):
            binding.write({"res_model": "res.partner", "res_id": partner.id})

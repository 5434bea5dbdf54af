"""Uninstalling asks while business is open, and leaves nothing that disturbs."""

from unittest.mock import patch

from odoo.exceptions import AccessDenied, UserError
from odoo.tests import tagged

from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestUninstall(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.module = self.env.ref("base.module_erp_connector_base")

    def test_open_messages_stop_it_and_are_named(self):
        self.put(self.event())
        model = type(self.module)
        self.patch(model, "button_immediate_uninstall", model.button_uninstall)
        for call in (self.module.button_uninstall, self.dialogue().action_uninstall):
            with self.assertRaisesRegex(UserError, "Peer: 1 messages are not settled"):
                call()
        self.assertEqual(self.module.state, "installed")

    def dialogue(self, **values):
        return self.env["base.module.uninstall"].create(
            {"module_ids": self.module.ids, **values}
        )

    def test_who_confirms_it_gets_it(self):
        self.put(self.event())
        dialogue = self.dialogue(connector_confirmed=True)
        self.assertIn("not settled", dialogue.connector_business)
        model = type(self.module)
        self.patch(model, "button_immediate_uninstall", model.button_uninstall)
        dialogue.action_uninstall()
        self.assertEqual(self.module.state, "to remove")

    def test_other_modules_are_not_asked_about(self):
        self.put(self.event())
        utm = self.env.ref("base.module_http_routing")
        self.assertEqual(utm.browse()._connector_business(), [])

    def test_who_may_not_uninstall_is_told_nothing(self):
        self.put(self.event())
        manager = self.user("no-admin", "manager")
        with self.assertRaises(AccessDenied) as caught:
            self.module.with_user(manager).button_uninstall()
        self.assertNotIn("Peer", str(caught.exception))

    def test_what_goes_leaves_its_accounts_at_rest(self):
        waiting, done = self.put(self.event(), self.event(key="L"))
        done.state = "done"
        self.backend._notify_owner("Look", "Look here", cause="testing")
        model = type(self.env["erp.connector.backend"])
        with patch.object(model, "_providers_of", lambda _s, _names: {"testing"}):
            self.env["erp.connector.backend"]._leave("erp_connector_testing")
        self.assertEqual((waiting.state, done.state), ("ignored", "done"))
        self.assertFalse(self.backend.active)
        self.assertFalse(self.backend.activity_ids)
        self.assertIsNone(self.backend._webhook_account(self.backend.webhook_token))

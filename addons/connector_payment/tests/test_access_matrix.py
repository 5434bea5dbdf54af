"""What is secret stays secret, whoever looks; and a copy that reaches nobody."""

from odoo import fields
from odoo.addons.erp_connector_base.client.errors import SignatureError
from odoo.addons.erp_connector_base.client.provider import WebhookRequest
from odoo.exceptions import AccessError, UserError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import TransactionCase, new_test_user

from . import access_table
from .payouts import PayoutCase

MONEY = ("invoicing", "accountant", "bookkeeper", "maker", "approver")


class TestSecrets(TransactionCase):
    def setUp(self):
        super().setUp()
        self.people = {
            role: new_test_user(self.env, f"secret-{role}", groups=groups)
            for role, groups in access_table.ROLES.items()
        }

    def test_what_is_secret_is_secret_from_each_of_them(self):
        secrets = {
            "erp.connector.credential": ("encrypted_value",),
            "erp.connector.message": ("payload",),
            "connector.payment.release": ("encrypted_password",),
            "erp.connector.backend": ("webhook_token", "credential_ids"),
            "connector.payment.payout": ("account_number", "account_holder"),
        }
        allowed = {
            "system": set(secrets),
            "manager": {"erp.connector.backend"},
            **dict.fromkeys(("readonly", *MONEY), {"connector.payment.payout"}),
        }
        for model, names in secrets.items():
            for name, user in self.people.items():
                shown = set(self.env[model].with_user(user).fields_get(names))
                with self.subTest(model=model, user=name):
                    if model not in allowed.get(name, ()):
                        self.assertFalse(shown)


class TestOtherPeoplesDialogues(PayoutCase):
    def test_a_dialogue_is_of_who_opened_it(self):
        wizard = self.wizard(self.bill())
        other = self.person("maker")
        with self.assertRaises(AccessError):
            wizard.with_user(other).read(["amount"])
        with self.assertRaises(AccessError):
            wizard.line_ids.with_user(other).write({"amount": 1})


class TestCopy(PayoutCase):
    """A neutralized copy sends nothing, even when its accounts work again."""

    def test_nothing_leaves_a_neutralized_copy(self):
        payout = self.approved(self.bill())
        lost = self.approved(self.bill())
        self.send_message(lost).write({"state": "uncertain", "attempts": 1})
        token = self.backend.webhook_token
        calls = self.xendit.calls()
        self.neutralize()
        self.assertEqual(self.backend.state, "paused")
        self.assertFalse(self.backend.base_url or self.backend.payout_url)
        self.assertFalse(any(self.backend._secrets().values()))
        self.drain()
        with self.assertRaises(UserError):
            self.backend._payout_balance()
        backends = self.env["erp.connector.backend"]
        self.assertIsNone(backends._webhook_account(token))
        self.link_again()
        self.drain()
        self.env["connector.payment.payout"]._cron_watch()
        self.drain()
        self.assertEqual((self.there(), payout.state), ([], "approved"))
        self.assertEqual(self.xendit.calls(), calls)

    def neutralize(self):
        self.env.flush_all()
        for query in get_neutralization_queries(
            ["erp_connector_base", "connector_payment"]
        ):
            self.cr.execute(query)
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    def link_again(self):
        self.backend.base_url = self.xendit.url
        self.backend._set_secrets({"secret_key": "xnd_development_simulator"})
        self.backend._set_connected()

    def test_a_copy_accepts_no_webhook_without_new_keys(self):
        self.neutralize()
        webhook = self.backend._provider().webhook
        secrets = self.backend._secrets()
        request = _webhook({"x-callback-token": "xendit-simulator-callback-token"})
        with self.assertRaises(SignatureError):
            webhook.verify(request, secrets)


def _webhook(headers):
    now = fields.Datetime.now()
    return WebhookRequest("http://here", headers, b"{}", now)


class TestPaused(PayoutCase):
    def test_nothing_leaves_while_the_account_is_paused_or_in_a_window(self):
        payout = self.approved(self.bill())
        self.backend.action_pause()
        self.drain()
        self.assertEqual((payout.state, self.there()), ("approved", []))
        self.backend.action_resume()
        self.backend.blackout_ids.create(
            {
                "backend_id": self.backend.id,
                "topic": "payment.payout.send",
                "hour_from": 0,
                "hour_to": 24,
            }
        )
        self.drain()
        self.assertEqual((payout.state, self.there()), ("approved", []))
        self.backend.blackout_ids.unlink()
        self.drain()
        self.assertEqual((payout.state, self.there()), ("sent", [payout.name]))

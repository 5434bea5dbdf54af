"""Who may do what with each model, all of it; and a copy that reaches nobody."""

from odoo import fields
from odoo.addons.erp_connector_base.client.errors import SignatureError
from odoo.addons.erp_connector_base.client.provider import WebhookRequest
from odoo.exceptions import AccessError, UserError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import TransactionCase

from .payouts import PayoutCase

GROUPS = {
    "portal": "base.group_portal",
    "public": "base.group_public",
    "internal": "base.group_user",
    "sales": "sales_team.group_sale_salesman",
    "readonly": "account.group_account_readonly",
    "invoicing": "account.group_account_invoice",
    "maker": "connector_payment.group_maker",
    "approver": "connector_payment.group_approver",
    "user": "erp_connector_base.group_user",
    "operator": "erp_connector_base.group_operator",
    "manager": "erp_connector_base.group_manager",
    "system": "base.group_system",
}
OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
MONEY = ("invoicing", "maker", "approver")
CONNECTORS = ("user", "operator", "manager")
READERS = dict.fromkeys(("readonly", *MONEY, *CONNECTORS), "r")
EVERYBODY = dict.fromkeys(("internal", "sales", "system", *READERS), "r")
#: model -> {who: what}; whoever is not named may do nothing.
MATRIX = {
    "connector.payment.bank": EVERYBODY | {"manager": "rwcd"},
    "connector.payment.channel": EVERYBODY | {"manager": "rwcd"},
    "connector.payment.fee": dict.fromkeys((*MONEY, *CONNECTORS), "r")
    | {"manager": "rwcd"},
    "connector.payment.matching": READERS,
    "connector.payment.payout": READERS,
    "connector.payment.payout.batch": READERS,
    "connector.payment.receipt": READERS | dict.fromkeys(MONEY, "rw"),
    "connector.payment.refund": READERS,
    "connector.payment.settlement": READERS,
    "connector.payment.transaction": READERS,
    "connector.payment.va": READERS
    | {"portal": "r", "sales": "r"}
    | dict.fromkeys(MONEY, "rw"),
    # dialogues
    "connector.payment.assign": dict.fromkeys(MONEY, "rwcd"),
    "connector.payment.deposit": {"sales": "rwcd"},
    "connector.payment.link": {"manager": "rwcd"},
    "connector.payment.pay": {"maker": "rwcd"},
    "connector.payment.pay.line": {"maker": "rwcd"},
    "connector.payment.refund.wizard": dict.fromkeys(("maker", "approver"), "rwcd"),
    "connector.payment.release": {"approver": "rwc"},
    "connector.payment.settle.file": dict.fromkeys(MONEY, "rwcd"),
    "connector.payment.settle.file.column": dict.fromkeys(MONEY, "rwcd"),
    "connector.payment.va.create": dict.fromkeys(MONEY, "rwcd"),
    # of the base, as far as money is concerned
    "erp.connector.backend": READERS | {"sales": "r", "manager": "rwcd"},
    "erp.connector.credential": {"manager": "rwcd"},
    "erp.connector.message": dict.fromkeys(CONNECTORS, "r"),
    "erp.connector.call": dict.fromkeys(CONNECTORS, "r"),
}


class TestMatrix(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            name: cls.env["res.users"].create(
                {
                    "name": name,
                    "login": f"matrix-{name}",
                    "group_ids": [fields.Command.set(cls.env.ref(group).ids)],
                }
            )
            for name, group in GROUPS.items()
        }

    def models(self):
        ours = [m for m in self.env.values() if m._name.startswith("connector.payment")]
        return [model for model in ours if not model._abstract]

    def may(self, model, user):
        asked = self.env[model].with_user(user)
        return "".join(k for k, op in OPERATIONS.items() if asked.has_access(op))

    def test_everybody_may_do_what_the_matrix_says_and_no_more(self):
        for model, wanted in MATRIX.items():
            found = {name: self.may(model, user) for name, user in self.people.items()}
            with self.subTest(model):
                self.assertEqual({k: v for k, v in found.items() if v}, wanted)

    def test_the_matrix_names_every_model(self):
        self.assertFalse({m._name for m in self.models()} - set(MATRIX))

    def test_every_record_has_a_company_and_every_dialogue_an_owner(self):
        rules = self.env["ir.rule"].sudo().search([("groups", "=", False)])
        domains = {rule.model_id.model: rule.domain_force or "" for rule in rules}
        shared = {"connector.payment.bank", "connector.payment.channel"}
        for model in self.models():
            wanted = "create_uid" if model._transient else "company_id"
            with self.subTest(model._name):
                if model._name not in shared:
                    self.assertIn(wanted, domains.get(model._name, ""))

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

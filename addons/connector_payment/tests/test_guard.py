"""No call of a person writes, makes or deletes what our own code keeps: all of it.

Every field of every such model, for everybody who has some part in money.
"""

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import new_test_user

from .payouts import PayoutCase

MODELS = (
    "connector.payment.payout",
    "connector.payment.payout.batch",
    "connector.payment.receipt",
    "connector.payment.refund",
    "connector.payment.settlement",
    "connector.payment.transaction",
    "connector.payment.va",
)
GROUPS = {
    "clerk": "account.group_account_invoice",
    "accountant": "account.group_account_user",
    "bookkeeper": "account.group_account_manager",
    "maker": "connector_payment.group_maker",
    "approver": "connector_payment.group_approver",
    "manager": "erp_connector_base.group_manager,account.group_account_manager",
    "seller": "sales_team.group_sale_manager",
    "boss": "base.group_system,account.group_account_manager",
}
#: Fields that Odoo itself sets, or leaves out of what is written.
MAGIC = {"id", "create_uid", "create_date", "write_uid", "write_date"}
MAIL = """From: someone@example.com
To: nobody@example.com
Subject: Made by mail
Message-Id: <{}@example.com>

Text
"""


class TestGuard(PayoutCase):
    def setUp(self):
        super().setUp()
        self.people = {
            name: new_test_user(self.env, f"guard-{name}", groups=groups)
            for name, groups in GROUPS.items()
        }
        self.move = self.invoice(100_000)
        self.va = self.closed_va(self.move)
        self.receipt = self.pay(self.va)
        payouts = self.approved(self.bill(10_000) | self.bill(20_000))
        settlement = self.env["connector.payment.settlement"].create(
            {
                "backend_id": self.backend.id,
                "company_id": self.env.company.id,
                "currency_id": self.env.company.currency_id.id,
                "style": "balance",
                "date": fields.Date.today(),
            }
        )
        self.env["connector.payment.refund"].create(
            {
                "receipt_id": self.receipt.id,
                "move_id": self.invoice(10_000, move_type="out_refund").id,
                "amount": 10_000,
            }
        )
        self.env["connector.payment.transaction"].create(
            {
                "backend_id": self.backend.id,
                "company_id": self.env.company.id,
                "currency_id": self.env.company.currency_id.id,
                "external_id": "row",
                "kind": "payment",
                "status": "paid",
                "changed_at": fields.Datetime.now(),
                "settlement_id": settlement.id,
            }
        )
        self.assertTrue(payouts.batch_id)

    def one(self, model):
        record = self.env[model].search([], limit=1)
        self.assertTrue(record, model)
        return record

    def refuses(self, call, *args, **kwargs):
        """Whether it is refused, before anything is done."""
        try:
            call(*args, **kwargs)
        except UserError:
            return True
        return False

    def test_the_models_are_all_that_are_kept(self):
        guarded = {
            model._name
            for model in self.env.values()
            if hasattr(model, "_as_ours") and not model._abstract
        }
        self.assertEqual(guarded, set(MODELS))

    def test_nobody_writes_any_field(self):
        for model in MODELS:
            record = self.one(model)
            names = [n for n in record._fields if n not in MAGIC]
            row = record._convert_to_write({n: record[n] for n in names})
            for who, user in self.people.items():
                theirs = record.with_user(user)
                open_ = [
                    name
                    for name in row
                    if not self.refuses(theirs.write, {name: row[name]})
                ]
                with self.subTest(model=model, user=who):
                    self.assertFalse(open_)

    def test_nobody_makes_copies_imports_or_deletes_any(self):
        for model in MODELS:
            record = self.one(model)
            for who, user in self.people.items():
                theirs = record.with_user(user)
                calls = {
                    "create": lambda r=theirs: r.create({}),
                    "copy": lambda r=theirs: r.copy(),
                    "name_create": lambda r=theirs: r.name_create("x"),
                    "web_save": lambda r=theirs: r.web_save({"state": "new"}, {}),
                    "unlink": lambda r=theirs: r.unlink(),
                    "message_new": lambda r=theirs: r.message_new({}, {}),
                }
                for name, call in calls.items():
                    with self.subTest(model=model, user=who, call=name):
                        self.assertTrue(self.refuses(call))
                with self.subTest(model=model, user=who, call="load"):
                    row = [str(record.id), "x"]
                    loaded = self.refuses(theirs.load, [".id", "state"], [row])
                    self.assertTrue(loaded or theirs.exists())

    def test_an_import_changes_nothing(self):
        for user in self.people.values():
            theirs = self.receipt.with_user(user)
            row = [str(self.receipt.id), "new"]
            self.refuses(theirs.load, [".id", "state"], [row])
            self.assertEqual(self.receipt.state, "booked")

    def test_no_mail_makes_one_for_whoever_hands_it_in(self):
        wish = {
            "backend_id": self.backend.id,
            "company_id": self.env.company.id,
            "currency_id": self.env.company.currency_id.id,
            "external_id": "forged",
            "va_id": self.va.id,
            "partner_id": self.partner.id,
            "amount": 1_000_000,
            "paid_at": fields.Datetime.now(),
            "state": "new",
        }
        nobody = new_test_user(self.env, "nobody", groups="base.group_user")
        for number, user in enumerate((nobody, *self.people.values())):
            gateway = self.env["mail.thread"].with_user(user)
            self.refuses(
                gateway.message_process,
                "connector.payment.receipt",
                MAIL.format(number),
                custom_values=wish,
            )
        self.assertFalse(self.receipts().filtered(lambda r: r.amount == 1_000_000))

    def test_other_documents_are_no_way_round(self):
        payment, other = self.receipt.payment_id, self.closed_va(self.invoice(50_000))
        clear = [fields.Command.clear()]
        ways = (
            (self.move, {"connector_receipt_ids": clear}),
            (self.move, {"connector_va_ids": [fields.Command.link(other.id)]}),
            (payment, {"connector_receipt_ids": clear}),
            (
                payment,
                {
                    "connector_receipt_ids": [
                        fields.Command.update(self.receipt.id, {"state": "new"})
                    ]
                },
            ),
            (self.partner, {"connector_va_ids": clear}),
            (
                self.partner,
                {
                    "connector_va_ids": [
                        fields.Command.update(self.va.id, {"number": "8808999"})
                    ]
                },
            ),
        )
        for who, user in self.people.items():
            for record, values in ways:
                with self.subTest(user=who, **values):
                    theirs = record.with_user(user)
                    self.assertTrue(self.refuses(theirs.write, values))

    def test_no_default_of_a_context_gets_into_what_we_make(self):
        context = {
            "default_number": "8808999",
            "default_state": "active",
            "default_external_id": "mine",
            "default_connector_va_ids": [fields.Command.link(self.va.id)],
        }
        clerk = self.people["clerk"]
        move = self.invoice(70_000).with_user(clerk).with_context(**context)
        action = move.action_connector_va()
        va = self.env["connector.payment.va"].browse(action["res_id"])
        self.assertEqual((va.state, va.number), ("requested", False))
        self.assertFalse(va.external_id)
        with self.assertRaises(UserError):
            move.create({"move_type": "out_invoice", "partner_id": self.partner.id})
        payment = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_id": self.vendor.id,
                "partner_bank_id": self.account_of(self.vendor).id,
                "amount": 30_000,
                "journal_id": self.backend.journal_id.id,
                "payment_method_line_id": self.backend._method_line("outbound").id,
            }
        )
        context = {"default_state": "approved", "default_approver_id": clerk.id}
        wizard = self.wizard(payment, self.people["maker"]).with_context(**context)
        wizard.action_create()
        payout = payment.connector_payout_ids
        self.assertEqual((payout.state, payout.approver_id.id), ("draft", False))

    def test_the_text_says_which_record_which_field_and_what_to_do(self):
        receipt = self.receipt.with_user(self.people["clerk"])
        with self.assertRaises(UserError) as caught:
            receipt.write({"state": "new", "payment_id": False})
        text = str(caught.exception)
        for word in (receipt.display_name, "State", "Payment", "buttons"):
            self.assertIn(word, text)

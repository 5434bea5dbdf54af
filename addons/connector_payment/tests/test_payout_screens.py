"""Makers, approvers and readers can open what they are meant to see."""

import uuid

from odoo import fields
from odoo.tests import Form

from .payouts import PayoutCase

MODELS = (
    "connector.payment.payout",
    "connector.payment.payout.batch",
    "connector.payment.refund",
)


class TestScreens(PayoutCase):
    def people(self):
        readers = self.env["res.users"].create(
            [
                {
                    "name": group,
                    "login": uuid.uuid4().hex,
                    "group_ids": [fields.Command.set(self.env.ref(group).ids)],
                }
                for group in ("account.group_account_readonly",)
            ]
        )
        return self.maker | self.approver | readers

    def test_each_of_them_reads_lists_and_forms(self):
        self.approved(self.bill(10_000) | self.bill(20_000))
        for user in self.people():
            for name in MODELS:
                with self.subTest(user=user.name, model=name):
                    model = self.env[name].with_user(user)
                    views = model.get_views([(False, "list"), (False, "form")])
                    wanted = views["models"][name]["fields"]
                    for record in model.search([]).read(list(wanted)):
                        self.assertTrue(record["id"])

    def test_bills_payments_and_bank_accounts_open_with_our_fields(self):
        bill = self.bill()
        payout = self.approved(bill)
        for record in (bill, payout.payment_id, self.account_of(self.vendor)):
            with self.subTest(record._name):
                form = Form(record.with_user(self.maker))
                self.assertTrue(form.id)

    def test_the_dialogue_changes_with_what_is_chosen(self):
        vendor = self.payee("Baru", number="111222333", trusted=False)
        wizard = self.wizard(self.bill(vendor=vendor) | self.bill(30_000))
        self.assertEqual((wizard.problem_count, wizard.amount), (1, 30_000))
        self.account_of(vendor).allow_out_payment = True
        with Form(wizard) as form, form.line_ids.edit(0) as line:
            line.amount = 20_000
        self.assertEqual(wizard.problem_count, 0)

"""Who may do what: least privilege, and one company sees nothing of another."""

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from .common import GatewayCase


class TestAccess(GatewayCase):
    def setUp(self):
        super().setUp()
        self.clerk = new_test_user(
            self.env, "clerk", groups="account.group_account_invoice"
        )
        self.seller = new_test_user(
            self.env, "seller", groups="sales_team.group_sale_salesman_all_leads"
        )
        self.nobody = new_test_user(self.env, "nobody", groups="base.group_user")

    def test_an_invoice_clerk_makes_an_account_for_an_invoice(self):
        move = self.invoice(100_000)
        action = move.with_user(self.clerk).action_connector_va()
        self.drain()
        va = self.env["connector.payment.va"].browse(action["res_id"])
        self.assertEqual(va.state, "active")

    def test_an_invoice_clerk_assigns_what_belongs_to_nobody(self):
        move = self.invoice(123_000)
        self.pay_unknown(123_000)
        receipt = self.receipts()
        receipt.with_user(self.clerk).action_accept_suggestion()
        self.assertEqual(move.payment_state, "paid")

    def test_an_invoice_clerk_books_held_money(self):
        va = self.closed_va(self.invoice(100_000))
        self.lock_books()
        receipt = self.pay(va)
        receipt.with_user(self.clerk).action_book_now()
        self.assertEqual(receipt.state, "booked")

    def test_a_salesperson_asks_for_a_deposit_and_sees_the_number(self):
        order = self.env["sale.order"].create(
            {"partner_id": self.partner.id, "user_id": self.seller.id}
        )
        va = order.with_user(self.seller)._connector_request_deposit(50_000)
        self.drain()
        self.assertTrue(va.with_user(self.seller).number)

    def test_nobody_else_sees_accounts_or_receipts(self):
        va = self.closed_va(self.invoice(100_000))
        self.pay(va)
        for record in (va, va.receipt_ids):
            with self.assertRaises(AccessError):
                record.with_user(self.nobody).read(["display_name"])

    def test_a_clerk_sees_no_key_and_changes_no_gateway(self):
        backend = self.backend.with_user(self.clerk)
        with self.assertRaises(AccessError):
            backend.read(["webhook_token"])
        with self.assertRaises(AccessError):
            backend.read(["credential_ids"])
        with self.assertRaises(AccessError):
            backend.write({"name": "Mine"})

    def test_a_clerk_does_not_change_what_the_gateway_said(self):
        va = self.closed_va(self.invoice(100_000))
        receipt = self.pay(va)
        for record, values in (
            (va, {"number": "8808999"}),
            (va, {"biller_code": "70012"}),
            (va, {"external_id": "pr-other"}),
            (receipt, {"amount": 900_000}),
            (receipt, {"external_id": "py-other"}),
            (receipt, {"fee": 1}),
        ):
            with self.subTest(**values), self.assertRaises(AccessError):
                record.with_user(self.clerk).write(values)
        with self.assertRaises(AccessError):
            self.env["connector.payment.va"].with_user(self.clerk).create(
                {
                    "backend_id": self.backend.id,
                    "company_id": self.env.company.id,
                    "partner_id": self.partner.id,
                    "bank_id": self.bank().id,
                    "kind": "fixed",
                    "number": "8808999",
                }
            )

    def test_a_clerk_makes_a_refused_account_again_and_closes_it(self):
        refusal = {"status": 400, "code": "API_VALIDATION_ERROR"}
        self.xendit.fault("api_error", path="/v3/payment_requests", count=1, **refusal)
        va = self.closed_va(self.invoice(100_000))
        self.assertEqual(va.state, "failed")
        va.with_user(self.clerk).action_retry()
        self.drain("fast")
        self.assertEqual(va.state, "active")
        va.with_user(self.clerk).action_close()
        self.drain("fast")
        self.assertEqual(va.state, "closed")

    def test_no_export_offers_bank_data_or_secrets(self):
        kept_back = {
            "connector.payment.payout": ("account_number", "account_holder"),
            "connector.payment.receipt": ("sender_name",),
            "erp.connector.credential": ("encrypted_value",),
        }
        for model, names in kept_back.items():
            described = self.env[model].fields_get(names, ["exportable"])
            self.assertEqual(set(described), set(names))
            self.assertFalse(any(d["exportable"] for d in described.values()))

    def test_another_company_sees_nothing(self):
        va = self.closed_va(self.invoice(100_000))
        self.pay(va)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups="account.group_account_invoice",
            company_id=other.id,
            company_ids=[fields.Command.set(other.ids)],
        )
        for model in ("connector.payment.va", "connector.payment.receipt"):
            self.assertFalse(self.env[model].with_user(stranger).search([]))

    def pay_unknown(self, amount):
        self.xendit.make_va(reference="elsewhere", bank="BCA", kind="fixed")
        self.xendit.pay(reference="elsewhere", amount=amount)
        self.hear()

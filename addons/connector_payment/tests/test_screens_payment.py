"""The wizards and settings: linking, many accounts at once, assigning, deposits."""

from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from lxml import etree

from odoo import fields
from odoo.addons.erp_connector_base.client.provider import WebhookRequest
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user

from .common import SECRETS, GatewayCase


@contextmanager
def somebody_else(status):
    """(url, requests) of a server that answers every POST with `status`."""
    heard = []

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            headers = {k.lower(): v for k, v in self.headers.items()}
            heard.append((headers, self.rfile.read(length)))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class TestLink(GatewayCase):
    """From the choice of a gateway to a webhook that comes back."""

    def wizard(self, provider="xendit", environment="simulator", **keys):
        wizard = self.env["connector.payment.link"].create(
            {
                "provider": provider,
                "environment": environment,
                "base_url": getattr(self, provider).url,
            }
        )
        wizard.action_make_account()
        wizard.backend_id._set_secrets({**SECRETS[provider], **keys})
        return wizard

    def test_it_connects_and_makes_the_books(self):
        self.disconnect_all()
        for provider in SECRETS:
            wizard = self.wizard(provider)
            wizard.action_connect()
            backend = wizard.backend_id
            self.assertEqual((backend.state, wizard.step), ("connected", "webhook"))
            self.assertTrue(wizard.identity)
            self.assertTrue(backend.journal_id and backend.suspense_account_id)
            self.assertIn("<b>", wizard.webhook_pages)

    def test_keys_are_typed_into_the_account_not_into_the_wizard(self):
        wizard = self.wizard()
        row = wizard.credential_ids.filtered(lambda c: c.code == "secret_key")
        wizard.write(
            {"credential_ids": [fields.Command.update(row.id, {"value": "xnd_typed"})]}
        )
        self.assertEqual(wizard.backend_id._secrets()["secret_key"], "xnd_typed")
        self.env.flush_all()
        self.cr.execute(
            "SELECT count(*) FROM connector_payment_link l WHERE l::text LIKE %s",
            ["%xnd_typed%"],
        )
        self.assertEqual(self.cr.fetchone(), (0,))

    def test_a_key_of_the_other_environment_is_refused_before_anything_is_sent(self):
        for provider, key, value in (
            ("xendit", "secret_key", "xnd_production_abc"),
            ("midtrans", "server_key", "Mid-server-abc"),
        ):
            wizard = self.wizard(provider, "sandbox", **{key: value})
            with self.assertRaisesRegex(UserError, "belongs to Production"):
                wizard.action_connect()
        wizard = self.wizard("xendit", "production")
        with self.assertRaisesRegex(UserError, "belongs to Sandbox"):
            wizard.action_connect()
        self.assertFalse(self.xendit.calls())

    def test_a_wrong_key_is_told_in_words_and_never_shown(self):
        wizard = self.wizard(secret_key="xnd_development_wrong")
        with self.assertRaisesRegex(UserError, "does not accept the keys") as caught:
            wizard.action_connect()
        self.assertNotIn("xnd_development_wrong", str(caught.exception))
        self.assertEqual(wizard.backend_id.state, "draft")

    def test_the_first_gateway_becomes_the_companys_and_real_money_goes_first(self):
        company = self.env.company
        self.disconnect_all()
        first = self.wizard()
        first.action_connect()
        self.assertEqual(company.connector_gateway_id, first.backend_id)
        second = self.wizard("midtrans")
        second.action_connect()
        self.assertEqual(company.connector_gateway_id, first.backend_id)
        second.environment = "production"
        second._make_usual()
        self.assertEqual(company.connector_gateway_id, second.backend_id)

    # ---- round trip ------------------------------------------------------------------

    def test_a_round_trip_comes_back_when_the_message_is_handled(self):
        for provider in SECRETS:
            backend = self.account_at(provider)
            with somebody_else(200) as (url, heard):
                backend.webhook_url = url
                self.assertEqual(backend._send_ping("n-1"), 200)
            ((headers, body),) = heard
            webhook = backend._provider().webhook
            told = WebhookRequest(url, headers, body, datetime.now(UTC))
            webhook.verify(told, backend._secrets())
            messages = self.env["erp.connector.message"]
            messages._ingest(backend, webhook.parse(told))
            passed, words = backend._wait_for_ping("n-1", 0.1)
            self.assertFalse(passed)
            self.assertIn("nothing has handled it", words)
            self.drain("fast")
            passed, words = backend._wait_for_ping("n-1", 1)
            self.assertTrue(passed, words)
            self.assertTrue(backend.webhook_seen_at)

    def test_a_round_trip_that_fails_says_why(self):
        for status, words in (
            (401, "refused the key"),
            (404, "does not answer"),
            (500, "500"),
        ):
            with somebody_else(status) as (url, _heard):
                self.backend.webhook_url = url
                passed, text = self.backend._round_trip(0.1)
            self.assertFalse(passed)
            self.assertIn(words, text)
        self.backend.webhook_url = "http://127.0.0.1:9/nobody"
        passed, text = self.backend._round_trip(0.1)
        self.assertIn("Nobody answered", text)
        self.assertFalse(passed)

    def test_another_odoo_that_answers_is_no_success(self):
        wizard = self.env["connector.payment.link"].create(
            {"backend_id": self.backend.id, "environment": "simulator"}
        )
        with somebody_else(200) as (url, _heard):
            self.backend.webhook_url = url
            passed, text = self.backend._round_trip(0.1)
        self.assertFalse(passed)
        self.assertIn("Another Odoo", text)
        self.assertFalse(wizard.is_public)


class TestManyAccounts(GatewayCase):
    """The batch wizard."""

    def wizard(self, records, **values):
        wizards = self.env["connector.payment.va.create"].with_context(
            active_model=records._name, active_ids=records.ids
        )
        return wizards.create(values)

    def test_one_for_each_invoice_with_progress(self):
        moves = self.invoice(100_000) | self.invoice(200_000)
        wizard = self.wizard(moves | self.invoice(5_000, post=False))
        self.assertEqual((wizard.move_ids, wizard.amount), (moves, 300_000))
        wizard.action_create()
        self.assertEqual((wizard.total, wizard.done, wizard.is_running), (2, 0, True))
        self.drain("fast")
        self.assertEqual((wizard.total, wizard.done, wizard.is_running), (2, 2, False))
        self.assertEqual(wizard.va_ids.move_ids, moves)
        again = self.wizard(moves)
        again.action_create()
        self.assertEqual(again.va_ids, wizard.va_ids)

    def test_what_cannot_be_made_is_told_and_the_rest_is_made(self):
        small, fine = self.invoice(500), self.invoice(100_000)
        wizard = self.wizard(small | fine)
        wizard.action_create()
        self.assertEqual(wizard.va_ids.move_ids, fine)
        self.assertIn(small.name, wizard.skipped)

    def test_one_for_all_invoices_is_a_payment_link(self):
        moves = self.invoice(100_000) | self.invoice(200_000)
        wizard = self.wizard(moves, mode="together")
        wizard.action_create()
        self.drain("fast")
        self.assertEqual(wizard.va_ids.amount, 300_000)
        self.assertEqual(wizard.payment_link, wizard.va_ids.payment_link)

    def test_one_for_invoices_of_two_customers_is_refused(self):
        moves = self.invoice() | self.invoice(partner=self.customer("Toko Lain"))
        with self.assertRaisesRegex(UserError, "one customer"):
            self.wizard(moves, mode="together").action_create()

    def test_fixed_ones_are_made_once_for_each_customer(self):
        partners = self.partner | self.customer("Toko Lain")
        wizard = self.wizard(partners)
        wizard.action_create()
        self.drain("fast")
        self.assertEqual(wizard.va_ids.partner_id, partners)
        again = self.wizard(partners)
        again.action_create()
        self.assertEqual(again.va_ids, wizard.va_ids)

    def test_customers_of_a_gateway_without_fixed_accounts_are_told(self):
        gateway = self.gateway_account("midtrans")
        wizard = self.wizard(self.partner, backend_id=gateway.id)
        with self.assertRaisesRegex(UserError, "no fixed accounts"):
            wizard.action_create()


class TestAssign(GatewayCase):
    """Unidentified receipts."""

    def stray(self, amount):
        """Money for an account that was made in the gateway's dashboard."""
        self.xendit.make_va(reference="elsewhere", bank="BCA", kind="fixed")
        self.xendit.pay(reference="elsewhere", amount=amount)
        self.hear()
        return self.receipts()[-1:]

    def test_the_suggestion_is_filled_in_and_one_click_reconciles(self):
        move = self.invoice(123_456)
        receipt = self.stray(123_456)
        self.assertTrue(receipt.has_suggestion)
        wizards = self.env["connector.payment.assign"]
        form = Form(wizards.with_context(default_receipt_id=receipt.id))
        self.assertEqual((form.partner_id, form.move_ids[:]), (self.partner, move))
        self.assertTrue(form.is_suggested)
        form.save().action_assign()
        self.assertEqual((receipt.state, move.payment_state), ("booked", "paid"))

    def test_two_receipts_of_one_amount_do_not_both_take_the_invoice(self):
        move = self.invoice(123_456)
        receipts = self.stray(123_456) | self.stray(123_456)
        self.assertEqual(receipts.suggested_move_ids, move)
        receipts.action_accept_suggestion()
        self.assertEqual(receipts.mapped("state"), ["booked", "unidentified"])
        self.assertEqual(move.payment_state, "paid")
        self.assertFalse(receipts[1].has_suggestion)

    def test_the_wizard_says_what_is_missing_and_what_is_left(self):
        move = self.invoice(100_000)
        receipt = self.stray(70_000)
        wizard = self.env["connector.payment.assign"].create(
            {
                "receipt_id": receipt.id,
                "partner_id": self.partner.id,
                "move_ids": [fields.Command.set(move.ids)],
            }
        )
        self.assertEqual(
            (wizard.owed, wizard.missing, wizard.rest), (100_000, 30_000, 0)
        )
        wizard.action_assign()
        self.assertEqual(move.amount_residual, 30_000)

    def test_invoices_of_another_customer_go_when_the_customer_changes(self):
        move = self.invoice(123_456)
        receipt = self.stray(123_456)
        wizards = self.env["connector.payment.assign"]
        form = Form(wizards.with_context(default_receipt_id=receipt.id))
        self.assertEqual(form.move_ids[:], move)
        form.partner_id = self.customer("Toko Lain")
        self.assertFalse(form.move_ids[:])

    def test_senders_are_for_accountants_only(self):
        receipt = self.stray(70_000)
        receipt.sudo().sender_name = "SITI AMINAH"
        user = new_test_user(
            self.env, "looks_only", "base.group_user,account.group_account_readonly"
        )
        theirs = receipt.with_user(user)
        self.assertEqual(theirs.amount, 70_000)
        self.assertNotIn("sender_name", theirs.fields_get())
        with self.assertRaises(AccessError):
            _name = theirs.sender_name


class TestDeposit(GatewayCase):
    """Orders."""

    def order(self, user=None, **values):
        orders = self.env["sale.order"].with_user(user or self.env.user)
        return orders.create(
            {
                "partner_id": self.partner.id,
                "order_line": [
                    fields.Command.create(
                        {"name": "Goods", "price_unit": 900_000, "tax_ids": []}
                    )
                ],
                **values,
            }
        )

    def test_a_salesperson_asks_for_a_deposit(self):
        user = new_test_user(
            self.env, "seller", "sales_team.group_sale_salesman,base.group_user"
        )
        order = self.order(user, require_payment=True, prepayment_percent=0.5)
        wizards = self.env["connector.payment.deposit"].with_user(user)
        form = Form(wizards.with_context(default_order_id=order.id))
        self.assertEqual(form.amount, 450_000)
        action = form.save().action_create()
        va = self.env["connector.payment.va"].browse(action["res_id"])
        self.drain("fast")
        theirs = va.with_user(user)
        self.assertEqual((theirs.amount, theirs.amount_paid), (450_000, 0))
        self.assertTrue(theirs.number_text)

    def test_another_salespersons_order_is_refused(self):
        order = self.order(user_id=self.env.user.id)
        user = new_test_user(
            self.env, "other_seller", "sales_team.group_sale_salesman,base.group_user"
        )
        wizard = self.env["connector.payment.deposit"].create(
            {"order_id": order.id, "amount": 1000}
        )
        wizard.sudo().write({"create_uid": user.id})
        with self.assertRaises(AccessError):
            wizard.with_user(user).action_create()
        self.assertFalse(order.connector_va_ids)


class TestSettings(GatewayCase):
    """The settings write to the gateway they name."""

    def test_settings_are_the_gateways_own(self):
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(settings.connector_gateway_id, self.backend)
        self.assertIn(self.backend, settings.connector_gateway_choice_ids)
        settings.write(
            {
                "connector_va_policy": "invoice",
                "connector_tolerance": 500,
                "connector_bank_id": self.bank("bni").id,
            }
        )
        settings.execute()
        self.assertEqual(self.backend.va_policy, "invoice")
        self.assertEqual(self.backend.underpayment_tolerance, 500)
        self.assertEqual(self.env.company.connector_bank_id, self.bank("bni"))
        move = self.invoice(100_000)
        self.assertEqual(move.connector_va_ids.bank_id, self.bank("bni"))


class TestRoles(GatewayCase):
    """Everybody who may open a screen can read all that it shows them."""

    MODELS = ("connector.payment.va", "connector.payment.receipt")
    ROLES = (
        "account.group_account_invoice",
        "account.group_account_readonly",
    )

    def shown(self, model, kind):
        """Names of the model's own fields on its screen of this kind."""
        arch = etree.fromstring(model.get_view(view_type=kind)["arch"])
        return [
            node.get("name") for node in arch.xpath("//field[not(ancestor::field)]")
        ]

    def test_lists_and_forms_open_for_every_role(self):
        self.pay(self.closed_va(self.invoice()))
        self.xendit.make_va(reference="elsewhere", bank="BCA", kind="fixed")
        self.xendit.pay(reference="elsewhere", amount=77_000)
        self.hear()
        for number, role in enumerate(self.ROLES):
            user = new_test_user(self.env, f"role_{number}", f"base.group_user,{role}")
            for name in self.MODELS:
                model = self.env[name].with_user(user)
                records = model.search([("backend_id", "=", self.backend.id)])
                self.assertTrue(records, (role, name))
                for kind in ("list", "form"):
                    with self.subTest(role=role, model=name, kind=kind):
                        rows = records.read(self.shown(model, kind))
                        self.assertEqual(len(rows), len(records))

"""What customers see: the page, the paper, the e-mail, and the moment it is paid."""

import re

from odoo import fields
from odoo.tests import HttpCase

from .common import GatewayCase


class TestPortal(GatewayCase, HttpCase):
    """Pages are fetched as a customer does who has only the link."""

    def setUp(self):
        super().setUp()
        self.partner.email = "customer@example.com"
        self.move = self.invoice(150_000)

    def page(self, record, lang="en_US"):
        url = record.get_portal_url()
        self.env.flush_all()
        self.opener.cookies["frontend_lang"] = lang
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        return answer.text

    def state(self, document, record, token=None):
        params = {
            "document": document,
            "document_id": record.id,
            "access_token": token or record._portal_ensure_token(),
        }
        self.env.flush_all()
        return self.make_jsonrpc_request("/my/virtual-accounts/state", params)

    # ---- invoice ---------------------------------------------------------------------

    def test_the_invoices_page_says_where_how_much_and_until_when(self):
        va = self.closed_va(self.move)
        text = self.page(self.move)
        for shown in (va.number, va._grouped_number(), "BCA", va._expiry_text()):
            self.assertIn(shown, text)
        self.assertIn("150,000.00", text)
        self.assertIn("BCA Virtual Account; enter " + va.number, text)
        self.assertIn("Do not transfer real money", text)

    def test_the_page_learns_that_it_is_paid(self):
        va = self.closed_va(self.move)
        before = self.state("invoice", self.move)
        self.assertFalse(before["paid"])
        self.pay(va)
        after = self.state("invoice", self.move)
        self.assertTrue(after["paid"])
        self.assertNotEqual(before["mark"], after["mark"])
        text = self.page(self.move)
        self.assertIn("Paid. Thank you!", text)
        self.assertNotIn(va._grouped_number(), text)

    def test_a_number_that_is_being_made_appears_by_itself(self):
        accounts = self.env["connector.payment.va"]
        wish = accounts._closed_values(None, self.move, self.bank(), self.backend)
        va = accounts._request([wish])
        self.assertIn("is being made", self.page(self.move))
        before = self.state("invoice", self.move)
        self.drain("fast")
        self.assertTrue(va.number)
        self.assertNotEqual(self.state("invoice", self.move)["mark"], before["mark"])

    def test_a_paid_part_changes_the_page(self):
        va = self.closed_va(self.move)
        before = self.state("invoice", self.move)
        self.pay(va, 100_000)
        after = self.state("invoice", self.move)
        self.assertFalse(after["paid"])
        self.assertNotEqual(before["mark"], after["mark"])

    def test_a_fixed_number_is_shown_without_an_amount(self):
        va = self.fixed_va()
        text = self.page(self.move)
        self.assertIn(va._grouped_number(), text)
        self.assertIn("for all your payments", text)
        self.assertNotIn("Transfer the exact amount", text)

    def test_the_fixed_number_of_another_company_is_not_shown(self):
        va = self.fixed_va()
        other = self.env["res.company"].create({"name": "Another"})
        self.move.sudo().flush_recordset()
        self.env.cr.execute(
            "UPDATE connector_payment_va SET company_id = %s WHERE id = %s",
            [other.id, va.id],
        )
        self.env.invalidate_all()
        self.assertFalse(self.move._connector_open_vas())

    def test_a_mandiri_bill_shows_its_biller_code(self):
        gateway = self.gateway_account("midtrans")
        va = self.closed_va(self.move, "mandiri", backend=gateway)
        text = self.page(self.move)
        self.assertIn("Biller code", text)
        self.assertIn(va.biller_code, text)

    def test_the_page_speaks_indonesian(self):
        self.closed_va(self.move)
        text = self.page(self.move, "id_ID")
        self.assertIn("Bayar dengan transfer bank", text)
        self.assertNotIn("Pay by bank transfer", text)
        self.assertIn("150.000,00", text)

    def test_the_paper_on_the_page_does_not_say_it_again(self):
        va = self.closed_va(self.move)
        url = self.move.get_portal_url(report_type="html")
        self.env.flush_all()
        text = self.url_open(url).text
        self.assertIn(self.move.name, text)
        self.assertNotIn(va._grouped_number(), text)

    # ---- who may ask -----------------------------------------------------------------

    def test_without_the_token_nothing_is_told(self):
        va = self.closed_va(self.move)
        for document, record in (("invoice", self.move), ("va", va)):
            self.assertEqual(self.state(document, record, "wrong"), {})
        self.assertEqual(self.state("partner", self.partner, "x"), {})
        self.env.flush_all()
        answer = self.url_open(f"/my/virtual-accounts/{va.id}?access_token=wrong")
        self.assertNotIn(va.number, answer.text)

    # ---- payment link ----------------------------------------------------------------

    def test_a_payment_link_lists_all_its_invoices(self):
        moves = self.move | self.invoice(50_000)
        va = self.closed_va(moves)
        self.assertIn(f"/my/virtual-accounts/{va.id}?access_token=", va.payment_link)
        text = self.page(va)
        for shown in (*moves.mapped("name"), va._grouped_number(), "200,000.00"):
            self.assertIn(shown, text)
        self.pay(va)
        self.assertTrue(self.state("va", va)["paid"])
        self.assertIn("Paid. Thank you!", self.page(va))

    def test_a_link_that_is_over_says_so(self):
        va = self.closed_va(self.move)
        va.expires_at = fields.Datetime.subtract(fields.Datetime.now(), days=1)
        text = self.page(va)
        self.assertIn("Nobody can pay to this number any more", text)
        self.assertNotIn(va._grouped_number(), text)

    # ---- order -----------------------------------------------------------------------

    def test_an_orders_page_asks_for_the_deposit_and_says_thank_you(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.partner.id,
                "order_line": [
                    fields.Command.create(
                        {"name": "Goods", "price_unit": 900_000, "tax_ids": []}
                    )
                ],
            }
        )
        va = order._connector_request_deposit(300_000)
        self.drain("fast")
        text = self.page(order)
        self.assertIn(va._grouped_number(), text)
        self.assertIn("300,000.00", text)
        self.pay(va)
        self.assertTrue(self.state("order", order)["paid"])
        self.assertIn("Paid. Thank you!", self.page(order))

    # ---- paper and e-mail ------------------------------------------------------------

    def paper(self, lang="en_US"):
        report = self.env["ir.actions.report"].with_context(lang=lang)
        html, _kind = report._render_qweb_html(
            "account.account_invoices", self.move.ids
        )
        return re.sub(r"\s+", " ", html.decode())

    def test_the_printed_invoice_shows_the_account_until_it_is_paid(self):
        va = self.closed_va(self.move)
        text = self.paper()
        for shown in (va._grouped_number(), "BCA", va._expiry_text(), va.number):
            self.assertIn(shown, text)
        self.pay(va)
        self.assertNotIn(va._grouped_number(), self.paper())

    def test_the_printed_invoice_is_in_the_customers_language(self):
        self.partner.lang = "id_ID"
        self.closed_va(self.move)
        text = self.paper()
        self.assertIn("Bayar sebelum", text)
        self.assertNotIn("Pay before", text)

    def body(self):
        wizard = self.env["account.move.send.wizard"].create({"move_id": self.move.id})
        return str(wizard.body)

    def test_the_invoices_email_says_how_to_pay(self):
        self.assertNotIn("virtual account", self.body())
        va = self.closed_va(self.move)
        body = self.body()
        for shown in (va._grouped_number(), "BCA", va._expiry_text(), "Dear"):
            self.assertIn(shown, body)
        self.assertNotIn("&lt;", body)

    def test_the_email_is_in_the_customers_language(self):
        self.partner.lang = "id_ID"
        va = self.closed_va(self.move)
        body = self.body()
        self.assertIn("Bayar sebelum", body)
        self.assertIn(va.with_context(lang="id_ID")._expiry_text(), body)

"""A customer with a login: own virtual accounts only, the open ones first."""

from odoo import fields
from odoo.addons.connector_payment.controllers.portal import CustomerPortal
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user

from .common import GatewayCase

LIST = "/my/virtual-accounts"


class TestPortalList(GatewayCase, HttpCase):
    def setUp(self):
        super().setUp()
        self.user = self.portal_user(self.partner, "customer")
        self.other = self.customer("Toko Lain")
        self.authenticate("customer", "customer")

    def portal_user(self, partner, login):
        user = new_test_user(self.env, login, "base.group_portal", password=login)
        user.partner_id.write({"parent_id": partner.id, "type": "contact"})
        return user

    def get(self, path=LIST, lang="en_US"):
        self.env.flush_all()
        self.opener.cookies["frontend_lang"] = lang
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200)
        return answer.text

    def numbers(self, *vas, path=LIST):
        """Those of these accounts that the list shows, in its order."""
        text = self.get(path)
        shown = [va for va in vas if va._grouped_number() in text]
        return sorted(shown, key=lambda va: text.index(va._grouped_number()))

    def counter(self):
        self.env.flush_all()
        params = {"counters": ["virtual_account_count"]}
        answer = self.make_jsonrpc_request("/my/counters", params)
        return answer["virtual_account_count"]

    # ---- whose -----------------------------------------------------------------------

    def test_the_home_page_leads_to_the_accounts_of_the_customers_company(self):
        self.assertEqual(self.counter(), 0)
        va = self.closed_va(self.invoice(120_000))
        fixed = self.fixed_va()
        theirs = self.closed_va(self.invoice(70_000, self.other))
        self.assertEqual(self.counter(), 2)
        self.assertIn(f'href="{LIST}"', self.get("/my"))
        self.assertEqual(self.numbers(va, fixed, theirs), [va, fixed])

    def test_an_account_for_another_contact_of_the_company_is_shown(self):
        clerk = self.customer("Clerk", parent_id=self.partner.id)
        va = self.closed_va(self.invoice(120_000, clerk))
        self.assertEqual(self.numbers(va), [va])

    def test_another_customers_account_cannot_be_guessed(self):
        va = self.closed_va(self.invoice(70_000, self.other))
        for guess in ("", "?access_token=", "?access_token=guess"):
            text = self.get(f"{LIST}/{va.id}{guess}")
            self.assertNotIn(va._grouped_number(), text)
            self.assertNotIn(va.number, text)
        params = {"document": "va", "document_id": va.id, "access_token": None}
        answer = self.make_jsonrpc_request(f"{LIST}/state", params)
        self.assertEqual(answer, {})

    def test_the_own_account_opens_without_a_token(self):
        va = self.closed_va(self.invoice(120_000))
        text = self.get(f"{LIST}/{va.id}")
        self.assertIn(va._grouped_number(), text)
        self.assertIn(f'href="{LIST}?', text)

    def test_the_record_rule_holds_outside_of_the_pages_too(self):
        va = self.closed_va(self.invoice(120_000))
        theirs = self.closed_va(self.invoice(70_000, self.other))
        accounts = self.env["connector.payment.va"].with_user(self.user)
        self.assertEqual(accounts.search([]), va)
        with self.assertRaises(AccessError):
            accounts.browse(theirs.id).read(["number"])
        for write in (lambda a: a.write({"amount": 1}), lambda a: a.unlink()):
            with self.assertRaises(AccessError):
                write(accounts.browse(va.id))

    def test_what_we_and_the_gateway_say_of_it_is_not_for_customers(self):
        va = self.closed_va(self.invoice(120_000)).with_user(self.user)
        self.assertTrue(va.read(["number", "amount", "state", "is_open"]))
        for name in ("external_id", "raw_status", "error", "backend_id", "other_state"):
            with self.assertRaises(AccessError, msg=name):
                va.read([name])

    def test_nobody_sees_the_list_without_a_login(self):
        va = self.closed_va(self.invoice(120_000))
        self.authenticate(None, None)
        text = self.get()
        self.assertNotIn(va._grouped_number(), text)
        self.assertIn('name="login"', text)

    def test_an_employee_sees_no_other_customers_accounts_here(self):
        va = self.closed_va(self.invoice(120_000))
        new_test_user(
            self.env,
            "clerk",
            "base.group_user,account.group_account_invoice",
            password="clerk",
        )
        self.authenticate("clerk", "clerk")
        self.assertEqual(self.counter(), 0)
        self.assertEqual(self.numbers(va), [])

    # ---- order, filters, pages -------------------------------------------------------

    def test_open_accounts_come_first_the_most_urgent_on_top(self):
        late = self.closed_va(self.invoice(300_000))
        soon = self.closed_va(self.invoice(100_000))
        paid = self.closed_va(self.invoice(200_000))
        over = self.closed_va(self.invoice(50_000))
        fixed = self.fixed_va()
        self.pay(paid)
        day = fields.Datetime.now()
        late.expires_at = fields.Datetime.add(day, days=9)
        soon.expires_at = fields.Datetime.add(day, days=1)
        over.expires_at = fields.Datetime.subtract(day, days=1)
        every = (late, soon, paid, over, fixed)
        self.assertEqual(self.numbers(*every)[:3], [soon, late, fixed])
        self.assertEqual(len(self.numbers(*every)), 5)
        wanted = {
            "filterby=open": [soon, late, fixed],
            "filterby=fixed": [fixed],
            "filterby=paid": [paid],
            "sortby=date": [fixed, over, paid, soon, late],
            "sortby=amount": [late, paid, soon, over, fixed],
            "sortby=nonsense": self.numbers(*every),
        }
        for query, vas in wanted.items():
            shown = self.numbers(*every, path=f"{LIST}?{query}")
            self.assertEqual(shown, vas, query)

    def test_an_account_that_never_was_is_not_shown(self):
        va = self.closed_va(self.invoice(120_000))
        va.state = "failed"
        self.assertEqual(self.numbers(va), [])

    def test_long_lists_have_pages(self):
        self.patch(CustomerPortal, "_items_per_page", 2)
        vas = [self.closed_va(self.invoice(100_000 + n)) for n in range(3)]
        first = self.numbers(*vas)
        rest = self.numbers(*vas, path=f"{LIST}/page/2")
        self.assertEqual((len(first), len(rest)), (2, 1))
        self.assertEqual(set(first + rest), set(vas))
        self.assertIn(f"{LIST}/page/2", self.get())

    def test_the_list_speaks_indonesian(self):
        self.closed_va(self.invoice(120_000))
        self.fixed_va()
        text = self.get(lang="id_ID")
        for word in ("Bayar Sebelum", "Jumlah berapa pun", "120.000,00"):
            self.assertIn(word, text)
        for word in ("Pay Before", "Any amount", "Always open", "Open First"):
            self.assertNotIn(word, text)

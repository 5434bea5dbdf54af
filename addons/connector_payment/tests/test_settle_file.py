"""The settlement file of a gateway's dashboard."""

import base64
import csv
import io

from openpyxl import Workbook

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

from .companies import CompaniesMixin
from .settlements import LotCase


class FileCase(LotCase):
    """The dashboard's file."""

    TITLES = ("Order ID", "Transaction ID", "Gross Amount", "MDR", "VAT", "Paid Out On")

    def rows_of(self, receipts, fee="2,500", tax="275", day=None):
        day = day or self.today()
        return [
            (r.va_id.name, r.external_id, f"Rp {r.amount:,.0f}", fee, tax, f"{day}")
            for r in receipts
        ]

    def csv_file(self, rows):
        text = io.StringIO()
        csv.writer(text).writerows([("Settlement report",), self.TITLES, *rows])
        return base64.b64encode(text.getvalue().encode())

    def xlsx_file(self, rows):
        book, data = Workbook(), io.BytesIO()
        for row in (self.TITLES, *rows):
            book.active.append(row)
        book.save(data)
        return base64.b64encode(data.getvalue())

    def wizard(self, content, name="settlement.csv", backend=None):
        backend = backend or self.direct
        wizard = self.env["connector.payment.settle.file"].create(
            {"backend_id": backend.id, "file": content, "file_name": name}
        )
        wizard._onchange_file()
        return wizard

    def meanings(self, wizard):
        return {line.title: line.meaning for line in wizard.line_ids}


class TestSettleFile(FileCase):
    """Its columns are said once, its fees are exact."""

    def test_titles_are_guessed_and_what_they_mean_is_remembered(self):
        receipts = self.received(100_000)
        wizard = self.wizard(self.csv_file(self.rows_of(receipts)))
        guessed = self.meanings(wizard)
        self.assertEqual(guessed["Order ID"], "order")
        self.assertEqual(guessed["MDR"], "fee")
        self.assertEqual(guessed["VAT"], "fee_tax")
        self.assertFalse(guessed["Paid Out On"])
        line = wizard.line_ids.filtered(lambda x: x.title == "Paid Out On")
        line.meaning = "date"
        wizard.action_import()
        again = self.wizard(self.csv_file(self.rows_of(receipts)))
        self.assertEqual(self.meanings(again)["Paid Out On"], "date")

    def test_fees_of_the_file_are_exact(self):
        receipts = self.received(100_000, 200_000)
        self.settle()
        wizard = self.wizard(self.csv_file(self.rows_of(receipts)))
        wizard.action_import()
        self.drain("bulk")
        lot = self.lots()
        self.assertEqual((lot.fee, lot.fee_tax, lot.net), (5000, 550, 294_450))
        self.assertTrue(lot.is_exact)
        self.bank_line(294_450)
        self.assertEqual(self.fees(self.direct), 5550)

    def test_the_days_of_the_file_make_the_lots(self):
        receipts = self.received(100_000, 200_000)
        self.settle()
        days = [self.today(), self.today(1)]
        rows = self.rows_of(receipts[0], day=days[0])
        rows += self.rows_of(receipts[1], day=days[1])
        wizard = self.wizard(self.xlsx_file(rows), "settlement.xlsx")
        wizard.line_ids.filtered(lambda x: x.title == "Paid Out On").meaning = "date"
        wizard.action_import()
        self.assertEqual(sorted(self.lots().mapped("date")), days)

    def test_what_the_file_has_and_odoo_has_not_is_said(self):
        receipts = self.received(100_000)
        rows = [*self.rows_of(receipts), ("NOBODY", "x", "1", "1", "1", "")]
        wizard = self.wizard(self.csv_file(rows))
        wizard.action_import()
        self.assertIn("NOBODY", wizard.result)
        self.assertIn("2", wizard.result.splitlines()[0])

    def test_a_settled_payment_is_not_changed_any_more(self):
        receipts = self.received(100_000)
        self.settle()
        self.bank_line(self.lots().net)
        wizard = self.wizard(self.csv_file(self.rows_of(receipts)))
        wizard.action_import()
        self.assertEqual(receipts.fee, 4000)
        self.assertIn("Settled before", wizard.result)

    def test_a_file_that_is_none_is_refused_with_a_reason(self):
        with self.assertRaises(UserError):
            self.wizard(base64.b64encode(b"1,2,3\n4,5,6"))

    def test_an_odd_cell_is_named(self):
        receipts = self.received(100_000)
        wizard = self.wizard(self.csv_file(self.rows_of(receipts, fee="soon")))
        with self.assertRaisesRegex(UserError, "soon"):
            wizard.action_import()

    def test_without_a_column_of_ids_nothing_is_imported(self):
        receipts = self.received(100_000)
        wizard = self.wizard(self.csv_file(self.rows_of(receipts)))
        wizard.line_ids.meaning = False
        with self.assertRaises(UserError):
            wizard.action_import()


class TestSharedFile(CompaniesMixin, FileCase):
    """One file of a business that two companies are: each row is somebody's."""

    def setUp(self):
        super().setUp()
        self.dua = self.new_company("PT Dua")
        linking = self.link_wizard("midtrans", company_id=self.dua.id)
        linking.action_connect()
        self.shared = linking.backend_id
        self.assertEqual(self.shared.shared_account_id, self.direct)
        self.ours = self.received(100_000)
        self.theirs = self.env["connector.payment.receipt"].create(
            {
                "backend_id": self.shared.id,
                "company_id": self.dua.id,
                "external_id": "pay-dua",
                "currency_id": self.dua.currency_id.id,
                "amount": 200_000,
                "paid_at": fields.Datetime.now(),
            }
        )

    def file(self, gross="200,000"):
        rows = self.rows_of(self.ours)
        rows += [("", "pay-dua", gross, "3,000", "330", f"{self.today(1)}")]
        return self.csv_file([*rows, ("NOBODY", "x", "1", "1", "1", "")])

    def import_as(self, user=None, backend=None):
        wizard = self.wizard(self.file(), backend=backend)
        wizard.line_ids.filtered(lambda x: x.title == "Paid Out On").meaning = "date"
        wizard = wizard.with_user(user) if user else wizard
        wizard.action_import()
        return wizard

    def check_split(self, wizard):
        both = self.ours | self.theirs
        self.assertEqual([(r.fee, r.fee_tax) for r in both], [(2500, 275), (3000, 330)])
        self.assertEqual(both.mapped("fee_final"), [True, True])
        for receipt, day in ((self.ours, 0), (self.theirs, 1)):
            lot = receipt.settlement_id
            self.assertEqual(lot.backend_id, receipt.backend_id)
            self.assertEqual(lot.company_id, receipt.company_id)
            self.assertEqual((lot.date, lot.gross), (self.today(day), receipt.amount))
        self.assertIn("NOBODY", wizard.result)
        self.assertNotIn("pay-dua", wizard.result)
        self.assertIn("share the account: 1", wizard.result)
        asked = self.env["erp.connector.message"].search(
            [("topic", "=", "payment.settle"), ("state", "=", "pending")]
        )
        self.assertEqual(asked.backend_id, self.direct | self.shared)

    def test_rows_go_to_the_company_whose_payment_they_name(self):
        self.check_split(self.import_as())

    def test_whoever_imports_it(self):
        self.check_split(self.import_as(backend=self.shared))

    def person(self, *companies):
        return self.env["res.users"].create(
            {
                "name": "Rina",
                "login": "rina-finance",
                "company_id": companies[0].id,
                "company_ids": [Command.set([c.id for c in companies])],
                "group_ids": [
                    Command.set([self.env.ref("account.group_account_invoice").id])
                ],
            }
        )

    def test_one_company_s_bookkeeper_is_enough(self):
        user = self.person(self.env.company)
        wizard = self.wizard(self.file()).with_user(user)
        wizard = wizard.create({"backend_id": self.direct.id, "file": self.file()})
        wizard._onchange_file()
        wizard.line_ids.filtered(lambda x: x.title == "Paid Out On").meaning = "date"
        wizard.action_import()
        self.check_split(wizard)

    def test_other_companies_payments_are_named_by_their_amount_too(self):
        user = self.person(self.env.company)
        content = self.file(gross="")
        wizard = self.env["connector.payment.settle.file"].with_user(user)
        wizard = wizard.create({"backend_id": self.direct.id, "file": content})
        wizard._onchange_file()
        wizard.action_import()
        self.assertTrue(self.ours.fee_final)
        self.assertFalse(self.theirs.fee_final)
        self.assertIn("pay-dua", wizard.result)

    def test_of_a_payment_that_both_companies_have_it_is_ours(self):
        self.theirs.external_id = self.ours.external_id
        wizard = self.wizard(self.csv_file(self.rows_of(self.ours)))
        wizard.action_import()
        self.assertTrue(self.ours.fee_final)
        self.assertFalse(self.theirs.fee_final)
        self.assertNotIn(self.ours.external_id, wizard.result)

    def test_who_is_of_neither_company_imports_nothing(self):
        user = self.person(self.new_company("PT Tiga"))
        wizard = self.env["connector.payment.settle.file"].with_user(user)
        with self.assertRaises(AccessError):
            wizard.create({"backend_id": self.direct.id, "file": self.file()})
        self.assertFalse(self.ours.fee_final or self.theirs.fee_final)

"""The settlement file of a gateway's dashboard."""

import base64
import csv
import io

from openpyxl import Workbook

from odoo.exceptions import UserError

from .settlements import LotCase


class TestSettleFile(LotCase):
    """The dashboard's file: its columns are said once, its fees are exact."""

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

    def wizard(self, content, name="settlement.csv"):
        wizard = self.env["connector.payment.settle.file"].create(
            {"backend_id": self.direct.id, "file": content, "file_name": name}
        )
        wizard._onchange_file()
        return wizard

    def meanings(self, wizard):
        return {line.title: line.meaning for line in wizard.line_ids}

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

"""The settlement file of a gateway's dashboard: exact fees for what was received.

Its columns are called what the dashboard calls them: a person says once what they mean.
"""

import base64

from odoo import api, fields, models
from odoo.addons.connector_payment.providers import PROVIDERS
from odoo.addons.connector_payment.tools.settlement_file import (
    FileError,
    amount_of,
    date_of,
    guess,
    read_table,
)
from odoo.exceptions import UserError

MEANINGS = [
    ("order", "Our reference (order ID)"),
    ("payment", "Gateway's payment (transaction ID)"),
    ("gross", "Amount"),
    ("fee", "Fee"),
    ("fee_tax", "VAT on the fee"),
    ("net", "Net"),
    ("date", "Settled on"),
]
#: Columns of one meaning are added up.
AMOUNTS = ("gross", "fee", "fee_tax", "net")


class ConnectorPaymentSettleFile(models.TransientModel):
    _name = "connector.payment.settle.file"
    _description = "Import a Settlement File"
    _inherit = "erp.connector.dialogue"

    backend_id = fields.Many2one(
        "erp.connector.backend",
        "Gateway Account",
        required=True,
        domain=lambda self: [("provider", "in", list(PROVIDERS))],
        default=lambda self: self._default_backend(),
    )
    file = fields.Binary(required=True, attachment=False)
    file_name = fields.Char()
    line_ids = fields.One2many("connector.payment.settle.file.column", "wizard_id")
    row_count = fields.Integer("Rows", readonly=True)
    result = fields.Text(readonly=True)

    @api.model
    def _default_backend(self):
        """The only gateway without a ledger, if there is one."""
        backends = self.env["erp.connector.backend"].search(
            [("company_id", "=", self.env.company.id), ("state", "!=", "draft")]
        )
        found = backends.filtered(lambda b: b.is_gateway and not b._features().ledger)
        return found if len(found) == 1 else False

    # ---- columns ---------------------------------------------------------------------

    @api.onchange("file", "backend_id")
    def _onchange_file(self):
        """Read the titles; what they meant last time, they mean again."""
        self.line_ids = [fields.Command.clear()]
        self.result = False
        if not self.file:
            return
        titles, rows = self._read_file()
        self.row_count = len(rows)
        self.line_ids = [
            fields.Command.create(values) for values in self._columns(titles, rows)
        ]

    def _columns(self, titles, rows):
        before = self.backend_id.settlement_columns or {}
        guessed = guess(titles)
        known = any(title in before for title in titles)
        return [
            {
                "position": position,
                "title": title,
                "sample": str(rows[0][position] or "")[:60] if rows else "",
                "meaning": before.get(title) if known else guessed.get(title),
            }
            for position, title in enumerate(titles)
            if title
        ]

    def _read_file(self):
        try:
            return read_table(base64.b64decode(self.file), self.file_name or "")
        except FileError as error:
            raise UserError(
                self.env._("The file cannot be read: %s.", error)
            ) from error

    # ---- import ----------------------------------------------------------------------

    def action_import(self):
        self.ensure_one()
        if not self.line_ids:
            self._onchange_file()
        positions = self._positions()
        self.backend_id.sudo().settlement_columns = {
            line.title: line.meaning for line in self.line_ids if line.meaning
        }
        rows = [self._read_row(row, positions) for row in self._read_file()[1]]
        rows = [row for row in rows if row["order"] or row["payment"]]
        found = self._receipts_of(rows)
        applied = self._apply(rows, found)
        self.result = self._summary(rows, found, applied)
        for backend in self.backend_id | applied.backend_id:
            self.env["connector.payment.settlement"]._ask(backend)
        return {**self._reopen(), "context": {"dialog_size": "extra-large"}}

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def _positions(self):
        """{meaning: positions of its columns}."""
        positions = {}
        for line in self.line_ids.filtered("meaning"):
            positions.setdefault(line.meaning, []).append(line.position)
        if not positions.keys() & {"order", "payment"}:
            raise UserError(
                self.env._("Say which column has the order or the transaction ID.")
            )
        if "fee" not in positions and not {"gross", "net"} <= positions.keys():
            raise UserError(
                self.env._("Say which column has the fee, or both amount and net.")
            )
        return positions

    def _read_row(self, cells, positions):
        """One line of the file, in our words; a fee is positive there, too."""
        try:
            row = {
                name: sum((abs(amount_of(cells[p])) for p in positions[name]), start=0)
                for name in AMOUNTS
                if name in positions
            }
            days = [date_of(cells[p]) for p in positions.get("date", ())]
        except FileError as error:
            raise UserError(
                self.env._("The file has an odd cell: %s.", error)
            ) from error
        for name in ("order", "payment"):
            texts = [str(cells[p] or "").strip() for p in positions.get(name, ())]
            row[name] = next(filter(None, texts), "")
        if "fee" not in row:
            row["fee"] = row["gross"] - row["net"] - row.get("fee_tax", 0)
        return row | {"date": next(filter(None, days), None)}

    def _receipts_of(self, rows):
        """{(order, payment): receipt} of all who share the account, in one query.

        Where two have the same, ours; of companies that are not the user's, only what
        the file has the amount of.
        """
        names = {row[key] for row in rows for key in ("order", "payment")} - {""}
        receipts = self.env["connector.payment.receipt"].sudo()
        receipts = receipts.search(
            [
                ("backend_id", "in", self.backend_id._family().ids),
                "|",
                ("external_id", "in", list(names)),
                ("va_id.name", "in", list(names)),
            ]
        )
        by_id = receipts.grouped("external_id")
        by_name = receipts.grouped(lambda r: r.va_id.name)
        found = {}
        for row in rows:
            receipt = by_id.get(row["payment"]) or by_id.get(row["order"])
            receipt = receipt or by_name.get(row["order"]) or receipts.browse()
            if len(receipt) > 1:
                receipt = receipt.filtered(lambda r: r.backend_id == self.backend_id)
            if len(receipt) == 1 and self._may_touch(receipt, row):
                found[row["order"], row["payment"]] = receipt
        return found

    def _may_touch(self, receipt, row):
        if receipt.company_id in self.env.user.company_ids:
            return True
        return "gross" in row and not receipt.currency_id.compare_amounts(
            float(row["gross"]), receipt.amount
        )

    def _apply(self, rows, found):
        """Exact fees; and lots by the days of the file. Those already settled stay."""
        applied, days = {}, {}
        for row in rows:
            receipt = found.get((row["order"], row["payment"]))
            if not receipt or receipt.settlement_id.state in ("matched", "booked"):
                continue
            receipt.write(
                {
                    "fee": float(row["fee"]),
                    "fee_tax": float(row.get("fee_tax", 0)),
                    "fee_final": True,
                }
            )
            applied[receipt.id] = True
            if row["date"]:
                days[receipt] = row["date"]
        applied = self.env["connector.payment.receipt"].sudo().browse(applied)
        if not self.backend_id._features().ledger:
            for backend, receipts in applied.grouped("backend_id").items():
                self._make_lots(backend, receipts, days)
        return applied

    def _make_lots(self, backend, receipts, days):
        """Each company's receipts are in its own lots."""
        settlements = self.env["connector.payment.settlement"].sudo()
        dated = receipts.filtered(days.get)
        for day, those in dated.grouped(days.get).items():
            those.settlement_id = settlements._lot_of(backend, day)
        settlements._open_lots(backend)._add_up()

    def _summary(self, rows, found, applied):
        unknown = [r for r in rows if (r["order"], r["payment"]) not in found]
        odd = [
            r
            for r in rows
            if (receipt := found.get((r["order"], r["payment"])))
            and "gross" in r
            and receipt.currency_id.compare_amounts(float(r["gross"]), receipt.amount)
        ]
        lines = [
            self.env._("Rows read: %s", len(rows)),
            self.env._("Receipts with exact fees now: %s", len(applied)),
        ]
        others = len(applied.filtered(lambda r: r.backend_id != self.backend_id))
        if others:
            lines.append(
                self.env._("Of these, of companies that share the account: %s", others)
            )
        known = len(rows) - len(unknown) - len(applied)
        if known > 0:
            lines.append(self.env._("Settled before, left as they are: %s", known))
        for label, some in (
            (self.env._("Not found in Odoo"), unknown),
            (self.env._("Another amount than the receipt's"), odd),
        ):
            if some:
                names = ", ".join(r["order"] or r["payment"] for r in some[:20])
                lines.append(f"{label} ({len(some)}): {names}")
        return "\n".join(lines)


class ConnectorPaymentSettleFileColumn(models.TransientModel):
    _name = "connector.payment.settle.file.column"
    _description = "Column of a Settlement File"
    _inherit = "erp.connector.dialogue"
    _order = "position"

    wizard_id = fields.Many2one(
        "connector.payment.settle.file", required=True, ondelete="cascade"
    )
    position = fields.Integer()
    title = fields.Char("Column")
    sample = fields.Char("First Value")
    meaning = fields.Selection(MEANINGS, help="Empty: the column is not used.")

"""What a gateway keeps, for gateways that do not tell it payment by payment."""

from odoo import api, fields, models
from odoo.addons.erp_connector_base.tools.amounts import Amount


class ConnectorPaymentFee(models.Model):
    _name = "connector.payment.fee"
    _description = "Gateway Fee"
    _inherit = "erp.connector.owned"
    _order = "backend_id, kind, sequence, id"

    backend_id = fields.Many2one(
        "erp.connector.backend", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="backend_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [("receipt", "Payment received"), ("payout", "Payout")],
        "For",
        required=True,
        default="receipt",
    )
    bank_id = fields.Many2one(
        "connector.payment.bank", "Bank", help="Empty: every bank without its own row."
    )
    fixed = Amount("Fixed Fee")
    percent = fields.Float("Percent", digits=(6, 3))

    _not_negative = models.Constraint(
        "CHECK(fixed >= 0 AND percent >= 0)", "A fee is not negative."
    )

    def _amounts(self, amount):
        """(fee, VAT on it) of a sum of money."""
        if not self:
            return 0.0, 0.0
        fee = self.currency_id.round(self.fixed + amount * self.percent / 100)
        vat = self.backend_id.fee_vat_percent
        return fee, self.currency_id.round(fee * vat / 100)

    @api.model
    def _rules_of(self, backend, kind):
        """{bank or no bank: row}."""
        rows = backend.fee_ids.filtered(lambda f: f.kind == kind)
        table = {}
        for row in rows:
            table.setdefault(row.bank_id, row)
        table.setdefault(self.env["connector.payment.bank"], rows.browse())
        return table

    @api.model
    def _expect(self, backend, receipts):
        """Write the expected fee to receipts whose fee the gateway has not told."""
        if backend.fee_mode == "billed":
            return
        table = self._rules_of(backend, "receipt")
        default = table[self.env["connector.payment.bank"]]
        for receipt in receipts.filtered(lambda r: not r.fee_final):
            rule = table.get(receipt._paying_bank(), default)
            fee, tax = rule._amounts(receipt.amount)
            if (receipt.fee, receipt.fee_tax) != (fee, tax):
                receipt.write({"fee": fee, "fee_tax": tax})

"""Three ways to see the same money: invoice, gateway, bank. A row for each receipt."""

from odoo import fields, models
from odoo.addons.erp_connector_base.tools.amounts import Amount
from odoo.tools import SQL

STATES = [
    ("matched", "Matched"),
    ("invoice", "Waiting for an invoice"),
    ("settlement", "Waiting for the gateway"),
    ("bank", "Waiting for the bank"),
    ("difference", "Difference"),
    ("reversed", "Taken back"),
]


class ConnectorPaymentMatching(models.Model):
    _name = "connector.payment.matching"
    _description = "Invoice, Gateway and Bank"
    _auto = False
    _order = "paid_at desc, id desc"
    _rec_name = "receipt_id"
    _depends = {
        "connector.payment.receipt": [
            "backend_id",
            "company_id",
            "partner_id",
            "amount",
            "state",
            "payment_id",
            "assign_move_id",
            "invoice_ids",
            "transaction_id",
            "settlement_id",
            "withdrawal_id",
        ],
        "connector.payment.transaction": ["amount"],
        "connector.payment.settlement": ["state", "statement_line_id", "difference"],
        "account.move": ["amount_total", "amount_residual"],
        "account.move.line": ["amount_residual", "account_id"],
        "erp.connector.backend": ["user_id", "underpayment_tolerance"],
    }

    receipt_id = fields.Many2one("connector.payment.receipt", "Receipt", readonly=True)
    backend_id = fields.Many2one(
        "erp.connector.backend", "Gateway Account", readonly=True
    )
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    user_id = fields.Many2one("res.users", "Owner", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    paid_at = fields.Datetime("Paid On", readonly=True)
    bank = fields.Char("Paid At", readonly=True)
    amount = Amount("Received", readonly=True)
    # -- the invoice
    move_id = fields.Many2one("account.move", "Invoice", readonly=True)
    invoice_count = fields.Integer("Invoices", readonly=True)
    invoice_total = Amount("Invoiced", readonly=True)
    invoice_open = Amount("Still Owed", readonly=True)
    credit_left = Amount(readonly=True)
    # -- the gateway
    transaction_id = fields.Many2one(
        "connector.payment.transaction", "Gateway Transaction", readonly=True
    )
    gateway_amount = Amount("Gateway's Amount", readonly=True)
    fee = Amount(readonly=True)
    fee_tax = Amount("VAT on Fee", readonly=True)
    fee_withheld = Amount("Tax Withheld", readonly=True)
    net = Amount(readonly=True)
    settlement_id = fields.Many2one(
        "connector.payment.settlement", "Settlement", readonly=True
    )
    # -- the bank
    handover_id = fields.Many2one(
        "connector.payment.settlement", "Paid to the Bank With", readonly=True
    )
    statement_line_id = fields.Many2one(
        "account.bank.statement.line", "Bank Line", readonly=True
    )
    bank_date = fields.Date("At the Bank", readonly=True)
    # -- all three
    difference = Amount(
        readonly=True,
        help="More (or less, when negative) than the invoices, the gateway and the "
        "bank agree on. What was matched with the bank is booked, and differs no more.",
    )
    tolerance = Amount(readonly=True, aggregator=None)
    age = fields.Integer("Age (days)", readonly=True, aggregator="max")
    state = fields.Selection(STATES, readonly=True)

    @property
    def _table_query(self):
        return SQL(_QUERY)

    def action_open_receipt(self):
        self.ensure_one()
        return self.receipt_id.get_formview_action()

    def action_open_invoices(self):
        self.ensure_one()
        invoices = self.receipt_id.invoice_ids
        if len(invoices) == 1:
            return invoices.get_formview_action()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Invoices"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("id", "in", invoices.ids)],
        }

    def action_open_bank(self):
        """The settlement that went to the bank; it shows the bank's line."""
        self.ensure_one()
        settlement = self.handover_id or self.settlement_id
        return settlement.get_formview_action() if settlement else False


_QUERY = """
WITH money AS (
    SELECT r.*,
           b.user_id, b.underpayment_tolerance AS tolerance,
           (now() AT TIME ZONE b.tz)::date AS today,
           (r.paid_at AT TIME ZONE 'UTC' AT TIME ZONE b.tz)::date AS paid_on,
           invoice.move_id, COALESCE(invoice.number, 0) AS invoice_count,
           COALESCE(invoice.total, 0) AS invoice_total,
           COALESCE(invoice.open, 0) AS invoice_open,
           COALESCE(credit.unused, 0) AS credit_left,
           t.amount AS gateway_amount,
           bank.id AS handover_id, bank.state AS bank_state, bank.date AS hand_date,
           bank.statement_line_id,
           CASE WHEN bank.state = 'difference' AND bank.style = 'direct'
                     AND bank.gross <> 0
                THEN COALESCE(bank.difference, 0) * r.amount / bank.gross
                ELSE 0 END AS bank_difference
      FROM connector_payment_receipt r
      JOIN erp_connector_backend b ON b.id = r.backend_id
 LEFT JOIN connector_payment_transaction t ON t.id = r.transaction_id
 LEFT JOIN connector_payment_settlement own
        ON own.id = r.settlement_id AND own.style = 'direct'
 LEFT JOIN connector_payment_settlement bank
        ON bank.id = COALESCE(own.id, r.withdrawal_id)
 LEFT JOIN account_payment p ON p.id = r.payment_id
 LEFT JOIN LATERAL (
           SELECT count(*) AS number, min(m.id) AS move_id,
                  sum(m.amount_total) AS total, sum(m.amount_residual) AS open
             FROM connector_payment_receipt_move_rel rel
             JOIN account_move m ON m.id = rel.move_id
            WHERE rel.receipt_id = r.id) invoice ON TRUE
 LEFT JOIN LATERAL (
           SELECT sum(-l.amount_residual) AS unused
             FROM account_move_line l
             JOIN account_account a ON a.id = l.account_id
            WHERE l.move_id = COALESCE(r.assign_move_id, p.move_id)
              AND a.account_type = 'asset_receivable') credit ON TRUE
    WHERE r.state <> 'dismissed'
), judged AS (
    SELECT money.*,
           CASE WHEN state = 'reversed' THEN 0
                ELSE credit_left - invoice_open
                     + amount - COALESCE(gateway_amount, amount)
                     + bank_difference
           END AS difference
      FROM money
)
SELECT id, id AS receipt_id, backend_id, company_id, currency_id, user_id, partner_id,
       paid_at, bank, amount, move_id, invoice_count, invoice_total, invoice_open,
       credit_left, transaction_id, gateway_amount, fee, fee_tax, fee_withheld, net,
       settlement_id, handover_id, statement_line_id,
       CASE WHEN statement_line_id IS NOT NULL THEN hand_date END AS bank_date,
       difference, tolerance,
       today - paid_on AS age,
       CASE WHEN state = 'reversed' THEN 'reversed'
            WHEN state <> 'booked' OR invoice_count = 0 THEN 'invoice'
            WHEN abs(difference) > COALESCE(tolerance, 0) + 0.005 THEN 'difference'
            WHEN bank_state = 'matched' THEN 'matched'
            WHEN settlement_id IS NULL OR hand_date > today THEN 'settlement'
            ELSE 'bank'
       END AS state
  FROM judged
"""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .erp_connector_backend_accounting import METHOD_IN, METHOD_OUT

OURS = (METHOD_IN, METHOD_OUT)
OPEN_TYPES = ("asset_receivable", "liability_payable")


class AccountPayment(models.Model):
    _inherit = "account.payment"

    connector_receipt_ids = fields.One2many(
        "connector.payment.receipt", "payment_id", "Gateway Receipt"
    )

    # ---- money that came stays in the books ------------------------------------------

    def _connector_check_money(self):
        """What a gateway holds for us cannot be cancelled here, nor deleted."""
        receipts = self.sudo().connector_receipt_ids
        kept = receipts.filtered(lambda r: r.state in ("booked", "unidentified"))
        if kept:
            raise UserError(
                self.env._(
                    "%s came in through a payment gateway: its entry stays while the "
                    "money does. To pay another invoice with it, undo the "
                    "reconciliation on the invoice it pays now.",
                    ", ".join(kept.mapped("display_name")),
                )
            )

    def action_cancel(self):
        self.check_access("write")
        self._connector_check_money()
        return super().action_cancel()

    @api.ondelete(at_uninstall=False)
    def _unlink_only_without_money(self):
        self._connector_check_money()

    def action_view_connector_receipt(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "connector.payment.receipt",
            "res_id": self.connector_receipt_ids[:1].id,
            "view_mode": "form",
        }

    def _compute_stat_buttons_from_reconciliation(self):
        """The same as Odoo's, by index.

        Odoo joins the reconciliations by an OR, which PostgreSQL may answer by reading
        all of them for each payment; among a hundred thousand that takes minutes.
        """
        ours = self.filtered(
            lambda p: p.id and (p.payment_method_line_id.code in OURS or not p.move_id)
        )
        _read_ahead(ours)
        for payment in ours:
            payment._connector_stat_buttons()
        rest = super(AccountPayment, self - ours)
        return rest._compute_stat_buttons_from_reconciliation()

    def _connector_stat_buttons(self):
        items = self.move_id.line_ids
        debts = items.filtered(lambda line: line.account_id.account_type in OPEN_TYPES)
        moves = self.invoice_ids | _other_side(debts).move_id
        held = items.filtered(lambda i: i.account_id == self.outstanding_account_id)
        statement_lines = _other_side(held).statement_line_id
        sales = moves.filtered(lambda m: m.is_sale_document(True))
        bills = moves.filtered(lambda m: m.is_purchase_document(True))
        refunds = set(sales.mapped("move_type")) == {"out_refund"}
        self.reconciled_invoice_ids = sales
        self.reconciled_invoices_count = len(sales)
        self.reconciled_invoices_type = "credit_note" if refunds else "invoice"
        self.reconciled_bill_ids = bills
        self.reconciled_bills_count = len(bills)
        self.reconciled_statement_line_ids = statement_lines
        self.reconciled_statement_lines_count = len(statement_lines)


def _read_ahead(payments):
    """What the buttons look at, for all payments at once."""
    items = payments.move_id.line_ids
    partials = items.matched_debit_ids | items.matched_credit_ids
    partials.fetch(["debit_move_id", "credit_move_id"])
    others = partials.debit_move_id | partials.credit_move_id
    others.fetch(["move_id", "statement_line_id"])
    others.move_id.fetch(["move_type"])


def _other_side(items):
    """Items these are reconciled with."""
    debits = items.matched_debit_ids.debit_move_id
    return debits | items.matched_credit_ids.credit_move_id

"""What the screens of receipts show and open."""

from odoo import api, fields, models

BOOKKEEPERS = "account.group_account_readonly,account.group_account_invoice"


class ConnectorPaymentReceipt(models.Model):
    _inherit = "connector.payment.receipt"

    sender_name = fields.Char(groups="account.group_account_invoice", exportable=False)
    # Who only looks after connectors sees the receipt, but not the invoices.
    invoice_ids = fields.Many2many(groups=BOOKKEEPERS)
    suggested_move_ids = fields.Many2many(groups=BOOKKEEPERS, compute_sudo=True)
    suggested_partner_id = fields.Many2one(compute_sudo=True)
    has_suggestion = fields.Boolean(
        compute="_compute_has_suggestion", compute_sudo=True
    )
    invoice_count = fields.Integer(compute="_compute_invoice_count", compute_sudo=True)

    @api.depends("suggested_partner_id")
    def _compute_has_suggestion(self):
        for receipt in self:
            receipt.has_suggestion = bool(receipt.suggested_partner_id)

    @api.depends("invoice_ids")
    def _compute_invoice_count(self):
        for receipt in self:
            receipt.invoice_count = len(receipt.invoice_ids)

    @api.depends("amount", "partner_id", "external_id")
    def _compute_display_name(self):
        for receipt in self:
            amount = receipt.currency_id.format(receipt.amount)
            payer = receipt.partner_id.display_name
            receipt.display_name = payer and f"{payer}, {amount}" or amount

    def action_assign(self):
        """Choose the customer, and the invoices if need be."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Assign Receipt"),
            "res_model": "connector.payment.assign",
            "view_mode": "form",
            "target": "new",
            "context": {"default_receipt_id": self.id},
        }

    def action_view_payment(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.payment",
            "res_id": self.payment_id.id,
            "view_mode": "form",
        }

    def action_view_invoices(self):
        self.ensure_one()
        action = {
            "type": "ir.actions.act_window",
            "name": self.env._("Invoices"),
            "res_model": "account.move",
            "view_mode": "list,form",
            "domain": [("id", "in", self.invoice_ids.ids)],
        }
        if len(self.invoice_ids) == 1:
            action |= {"view_mode": "form", "res_id": self.invoice_ids.id}
        return action

    def action_view_messages(self):
        """What the gateway told of this payment, in order."""
        self.ensure_one()
        keys = {self.external_id, self.va_id.name, self.va_id.external_id}
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Integration of %s", self.external_id),
            "res_model": "erp.connector.message",
            "view_mode": "list,form",
            "domain": [
                ("backend_id", "=", self.backend_id.id),
                "|",
                ("business_key", "in", [key for key in keys if key]),
                "&",
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
            ],
            "context": {"create": False},
        }

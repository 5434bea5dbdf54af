from odoo import fields, models


class AccountPayment(models.Model):
    _inherit = "account.payment"

    connector_receipt_ids = fields.One2many(
        "connector.payment.receipt", "payment_id", "Gateway Receipt"
    )

    def action_view_connector_receipt(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "connector.payment.receipt",
            "res_id": self.connector_receipt_ids[:1].id,
            "view_mode": "form",
        }

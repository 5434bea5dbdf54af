"""A virtual account for a deposit on an order, or for all of it."""

from odoo import api, fields, models


class ConnectorPaymentDeposit(models.TransientModel):
    _name = "connector.payment.deposit"
    _description = "Virtual Account of an Order"
    _inherit = "erp.connector.dialogue"

    order_id = fields.Many2one("sale.order", required=True, ondelete="cascade")
    company_id = fields.Many2one(related="order_id.company_id", related_sudo=False)
    currency_id = fields.Many2one(related="order_id.currency_id", related_sudo=False)
    amount_total = fields.Monetary(related="order_id.amount_total", related_sudo=False)
    amount = fields.Monetary("To Pay", required=True)
    bank_id = fields.Many2one(
        "connector.payment.bank",
        "Bank",
        domain="[('id', 'in', bank_choice_ids)]",
        help="Empty: the bank the customer prefers, else the company's.",
    )
    bank_choice_ids = fields.Many2many(
        "connector.payment.bank", compute="_compute_bank_choice_ids"
    )

    @api.model
    def default_get(self, fields_list):
        """The prepayment the order asks for, else all of it."""
        values = super().default_get(fields_list)
        chosen = values.get("order_id") or self.env.context.get("active_id")
        order = self.env["sale.order"].browse(chosen)
        if order:
            deposit = order._get_prepayment_required_amount()
            values["order_id"] = order.id
            values["amount"] = deposit or order.amount_total
        return values

    @api.depends("company_id")
    def _compute_bank_choice_ids(self):
        for wizard in self:
            gateway = wizard.company_id._connector_gateway(raise_if_none=False)
            wizard.bank_choice_ids = gateway.bank_ids

    def action_create(self):
        """Who may change the order may ask for its deposit."""
        self.ensure_one()
        self.order_id.check_access("write")
        order = self.order_id.sudo()
        va = order._connector_request_deposit(self.amount, self.bank_id)
        return {
            "type": "ir.actions.act_window",
            "res_model": "connector.payment.va",
            "res_id": va.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

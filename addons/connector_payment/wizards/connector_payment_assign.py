"""Give an unidentified receipt to the customer whose money it is."""

from odoo import api, fields, models
from odoo.addons.connector_payment.models.connector_payment_guard import as_bookkeeper


class ConnectorPaymentAssign(models.TransientModel):
    _name = "connector.payment.assign"
    _description = "Assign Receipt"
    _inherit = "erp.connector.dialogue"

    receipt_id = fields.Many2one(
        "connector.payment.receipt", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="receipt_id.company_id", related_sudo=False)
    currency_id = fields.Many2one(related="receipt_id.currency_id", related_sudo=False)
    amount = fields.Monetary(related="receipt_id.amount", related_sudo=False)
    paid_at = fields.Datetime(related="receipt_id.paid_at", related_sudo=False)
    bank = fields.Char(related="receipt_id.bank", related_sudo=False)
    va_reference = fields.Char(related="receipt_id.va_reference", related_sudo=False)
    remark = fields.Char(related="receipt_id.remark", related_sudo=False)
    sender_name = fields.Char(
        related="receipt_id.sender_name",
        related_sudo=False,
        groups="account.group_account_invoice",
    )
    is_suggested = fields.Boolean(compute="_compute_is_suggested")
    partner_id = fields.Many2one("res.partner", "Customer", required=True)
    move_ids = fields.Many2many(
        "account.move",
        string="Invoices",
        domain="[('company_id', '=', company_id), ('state', '=', 'posted'),"
        " ('move_type', '=', 'out_invoice'), ('amount_residual', '>', 0),"
        " ('commercial_partner_id', '=', commercial_partner_id)]",
        help="Empty: as on a fixed account, the exact amount first, then the oldest.",
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", related_sudo=False
    )
    owed = fields.Monetary("Their Total", compute="_compute_rest")
    rest = fields.Monetary("Credit Left", compute="_compute_rest")
    missing = fields.Monetary("Still Missing", compute="_compute_rest")

    @api.model
    def default_get(self, fields_list):
        """What is suggested is filled in already."""
        values = super().default_get(fields_list)
        receipt = self.env["connector.payment.receipt"].browse(values.get("receipt_id"))
        if receipt.suggested_partner_id:
            values |= {
                "partner_id": receipt.suggested_partner_id.id,
                "move_ids": [fields.Command.set(receipt.suggested_move_ids.ids)],
            }
        return values

    @api.depends("move_ids", "partner_id")
    def _compute_is_suggested(self):
        for wizard in self:
            suggested = wizard.receipt_id.suggested_move_ids
            wizard.is_suggested = (
                bool(suggested) and wizard.move_ids._origin == suggested
            )

    @api.depends("move_ids")
    def _compute_rest(self):
        for wizard in self:
            owed = sum(wizard.move_ids.mapped("amount_residual"))
            wizard.owed = owed
            wizard.rest = max(wizard.amount - owed, 0)
            wizard.missing = max(owed - wizard.amount, 0)

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        """Invoices of another customer go."""
        payer = self.partner_id.commercial_partner_id
        self.move_ids = self.move_ids.filtered(
            lambda m: m.commercial_partner_id == payer
        )

    def action_assign(self):
        self.ensure_one()
        self.partner_id.check_access("read")
        self.move_ids.check_access("read")
        receipt = as_bookkeeper(self.receipt_id)
        receipt._assign(self.partner_id.with_env(receipt.env), self.move_ids.sudo())
        return {"type": "ir.actions.act_window_close"}

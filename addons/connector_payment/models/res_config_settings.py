from odoo import api, fields, models
from odoo.addons.erp_connector_base.tools.amounts import Amount


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    connector_gateway_choice_ids = fields.Many2many(
        "erp.connector.backend", compute="_compute_connector_gateway_choice_ids"
    )
    connector_gateway_id = fields.Many2one(
        related="company_id.connector_gateway_id", readonly=False
    )
    connector_bank_id = fields.Many2one(
        related="company_id.connector_bank_id", readonly=False
    )
    connector_currency_id = fields.Many2one(related="company_id.currency_id")
    connector_va_policy = fields.Selection(
        related="connector_gateway_id.va_policy", readonly=False
    )
    connector_va_expiry_days = fields.Integer(
        related="connector_gateway_id.va_expiry_days", readonly=False
    )
    connector_attribution = fields.Selection(
        related="connector_gateway_id.attribution", readonly=False
    )
    connector_tolerance = Amount(
        related="connector_gateway_id.underpayment_tolerance",
        currency_field="connector_currency_id",
        readonly=False,
    )
    connector_bank_ids = fields.Many2many(
        related="connector_gateway_id.bank_ids", readonly=False
    )
    connector_journal_id = fields.Many2one(
        related="connector_gateway_id.journal_id", readonly=False
    )
    connector_fee_account_id = fields.Many2one(
        related="connector_gateway_id.fee_account_id", readonly=False
    )
    connector_fee_product_id = fields.Many2one(
        related="connector_gateway_id.fee_product_id", readonly=False
    )
    connector_writeoff_account_id = fields.Many2one(
        related="connector_gateway_id.writeoff_account_id", readonly=False
    )

    @api.depends("company_id")
    def _compute_connector_gateway_choice_ids(self):
        backends = self.env["erp.connector.backend"]
        for settings in self:
            settings.connector_gateway_choice_ids = backends.search(
                [("company_id", "=", settings.company_id.id)]
            ).filtered("is_gateway")

    def action_connector_open_gateway(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "erp.connector.backend",
            "res_id": self.connector_gateway_id.id,
            "view_mode": "form",
        }

    def action_connector_link_gateway(self):
        return self.env["erp.connector.backend"]._link_action()

from odoo import api, fields, models
from odoo.addons.erp_connector_base.tools import crypto


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    erp_connector_key_source = fields.Char(
        "Encryption Key", compute="_compute_erp_connector_key_source"
    )
    erp_connector_variables = fields.Char(
        related="company_id.erp_connector_variables",
        readonly=False,
        groups="base.group_system",
    )

    @api.depends("company_id")
    def _compute_erp_connector_key_source(self):
        for settings in self:
            settings.erp_connector_key_source = crypto.key_source()

    def action_erp_connector_reencrypt(self):
        return self.env["erp.connector.credential"].action_reencrypt()

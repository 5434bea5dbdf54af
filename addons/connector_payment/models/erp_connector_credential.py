from odoo import api, fields, models


class ErpConnectorCredential(models.Model):
    _inherit = "erp.connector.credential"

    hint = fields.Text("Help", compute="_compute_hint")

    @api.depends("help")
    @api.depends_context("lang")
    def _compute_hint(self):
        """Where to find the key, in the reader's language."""
        for credential in self:
            credential.hint = credential.help and self.env._(credential.help)

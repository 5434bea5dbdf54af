from odoo import fields, models
from odoo.exceptions import UserError


class ResCompany(models.Model):
    _inherit = "res.company"

    connector_gateway_id = fields.Many2one(
        "erp.connector.backend",
        "Gateway for Virtual Accounts",
        help="New virtual accounts are made here. Empty: the only connected gateway.",
    )
    connector_bank_id = fields.Many2one(
        "connector.payment.bank",
        "Usual Bank",
        help="New virtual accounts are made here, unless the customer prefers another.",
    )

    def _connector_gateway(self, raise_if_none=True):
        """The gateway account of this company for new virtual accounts."""
        self.ensure_one()
        backends = self.env["erp.connector.backend"].sudo()
        chosen = self.sudo().connector_gateway_id
        if not chosen:
            chosen = backends.search(
                [("company_id", "=", self.id), ("state", "=", "connected")]
            ).filtered("is_gateway")
        if len(chosen) == 1:
            return chosen
        if not raise_if_none:
            return backends
        raise UserError(
            self.env._(
                "%s: choose the gateway for virtual accounts in Settings ▸ Invoicing.",
                self.name,
            )
        )

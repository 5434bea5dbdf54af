from odoo import fields, models
from odoo.exceptions import UserError

from .connector_payment_guard import as_bookkeeper


class ResPartner(models.Model):
    _inherit = "res.partner"

    connector_bank_id = fields.Many2one(
        "connector.payment.bank",
        "Preferred Bank",
        company_dependent=True,
        help="New virtual accounts of this customer are made here.",
    )
    connector_va_wanted = fields.Selection(
        [("policy", "As the gateway account says"), ("none", "None by themselves")],
        "Virtual Accounts Made",
        company_dependent=True,
        help="None by themselves: they are made by hand only.",
    )
    connector_va_ids = fields.One2many(
        "connector.payment.va",
        "partner_id",
        "Virtual Accounts",
        groups="account.group_account_readonly,account.group_account_invoice",
    )

    def _connector_wants_va(self):
        self.ensure_one()
        return self.commercial_partner_id.connector_va_wanted != "none"

    def _connector_bank(self, backend):
        """The bank for a new account: the customer's, the company's, the first."""
        self.ensure_one()
        partner = self.commercial_partner_id.with_company(backend.company_id)
        offered = backend.bank_ids.filtered(
            lambda bank: bank._channel(backend.provider).va_code
        )
        wishes = (partner.connector_bank_id, backend.company_id.connector_bank_id)
        for bank in wishes:
            if bank in offered:
                return bank
        if not offered:
            raise UserError(
                self.env._(
                    "%s offers no bank: choose banks on the account, tab Virtual "
                    "Accounts.",
                    backend.name,
                )
            )
        return offered.sorted("sequence")[0]

    def _connector_elsewhere_text(self):
        return self.env._(
            "%s: buys on a marketplace only and pays there, so no virtual account is "
            "made.",
            ", ".join(self.mapped("display_name")),
        )

    def action_connector_fixed_va(self):
        """A fixed virtual account for each of these customers."""
        customers = self.commercial_partner_id
        elsewhere = self.env["erp.connector.backend"]._paid_elsewhere(customers)
        if elsewhere:
            raise UserError(elsewhere._connector_elsewhere_text())
        gateway = self.env.company._connector_gateway()
        accounts = as_bookkeeper(self.env["connector.payment.va"])._fixed_for(
            self.commercial_partner_id, gateway
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Virtual Accounts"),
            "res_model": "connector.payment.va",
            "view_mode": "list,form",
            "domain": [("id", "in", accounts.ids)],
        }

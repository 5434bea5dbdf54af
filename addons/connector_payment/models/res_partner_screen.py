from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    connector_fixed_va_ids = fields.Many2many(
        "connector.payment.va",
        compute="_compute_connector_fixed_va_ids",
        string="Fixed Virtual Accounts",
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    connector_va_count = fields.Integer(
        compute="_compute_connector_va_count",
        groups="account.group_account_readonly,account.group_account_invoice",
    )

    @api.depends("connector_va_ids.state")
    def _compute_connector_fixed_va_ids(self):
        for partner in self:
            partner.connector_fixed_va_ids = partner.connector_va_ids.filtered(
                lambda va: va.kind == "fixed" and va.state in ("requested", "active")
            )

    def _compute_connector_va_count(self):
        counts = dict(
            self.env["connector.payment.va"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.connector_va_count = counts.get(partner, 0)

    def action_view_connector_va(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Virtual Accounts"),
            "res_model": "connector.payment.va",
            "view_mode": "list,form",
            "domain": [("partner_id", "=", self.id)],
        }

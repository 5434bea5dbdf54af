from odoo import fields, models
from odoo.addons.erp_connector_base.tools import references


class ResCompany(models.Model):
    _inherit = "res.company"

    erp_connector_variables = fields.Char(
        "Environment Variables",
        groups="base.group_system",
        help="Names of the server's variables that accounts of this company may read, "
        "such as ERP_CONNECTOR_XENDIT_KEY, separated by commas. A variable that is "
        "named at no company belongs to the first company of the database.",
    )

    def _connector_may_read(self, variable):
        """Whether credentials of this company may name this variable."""
        self.ensure_one()
        companies = self.sudo().with_context(active_test=False).search([])
        allowed = companies.filtered(lambda c: variable in c._connector_variables())
        return self in (allowed or companies.sorted("id")[:1])

    def _connector_variables(self):
        return references.names(self.sudo().erp_connector_variables or "")

from odoo import api, models
from odoo.exceptions import AccessError

OWNERS = ("backend_id", "company_id")


class ErpConnectorOwned(models.AbstractModel):
    """Rows of an account that people change: none is handed to another company.

    Odoo looks at the rules before it writes, not after: a row could be moved to where
    its writer sees nothing.
    """

    _name = "erp.connector.owned"
    _description = "Stays With Its Company"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_pointed(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_pointed(vals)
        result = super().write(vals)
        if not self.env.su and any(name in vals for name in OWNERS):
            self.check_access("write")
        return result

    def _check_pointed(self, vals):
        """No row points at a record its writer may not read: it would tell its name."""
        if self.env.su or not vals.get("res_id"):
            return
        name = vals.get("res_model") or self[:1].res_model
        if name not in self.env:
            raise AccessError(self.env._("There is no model %s here.", name))
        self.env[name].browse(vals["res_id"]).exists().check_access("read")

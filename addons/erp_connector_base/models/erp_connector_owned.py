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
        if self.env.su or not (vals.get("res_id") or "res_model" in vals):
            return
        pointed = {(row.res_model, row.res_id) for row in self} or {(False, 0)}
        for model, res_id in pointed:
            model, res_id = vals.get("res_model", model), vals.get("res_id", res_id)
            if res_id and model not in self.env:
                raise AccessError(self.env._("There is no model %s here.", model))
            if res_id:
                self.env[model].browse(res_id).exists().check_access("read")

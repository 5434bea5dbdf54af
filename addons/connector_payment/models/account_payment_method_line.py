"""Where gateways' payments stand in the books is set by who may change the journal."""

from odoo import api, models
from odoo.exceptions import AccessError

from .erp_connector_backend_accounting import METHOD_IN, METHOD_OUT


class AccountPaymentMethodLine(models.Model):
    _inherit = "account.payment.method.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines._connector_check_setter()
        return lines

    def write(self, vals):
        self._connector_check_setter()
        result = super().write(vals)
        self._connector_check_setter()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_by_setter(self):
        self._connector_check_setter()

    def _connector_check_setter(self):
        """Clerks may write these lines by RPC, though no screen offers it to them."""
        if self.env.su or self.env["account.journal"].has_access("write"):
            return
        ours = self.sudo().filtered(lambda li: li.code in (METHOD_IN, METHOD_OUT))
        if ours:
            raise AccessError(
                self.env._(
                    "%(method)s of %(journal)s: ask somebody who may change journals.",
                    method=ours[0].name,
                    journal=ours[0].journal_id.display_name or "?",
                )
            )

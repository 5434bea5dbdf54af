from odoo import api, models
from odoo.addons.connector_payment.tools.booking import follows


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        """Accounts ask for what is owed now; receipts know what they pay now."""
        partials = super().create(vals_list)
        if follows(self.env):
            partials._connector_moves()._connector_follow()
        return partials

    def unlink(self):
        moves = self._connector_moves()
        result = super().unlink()
        if follows(self.env):
            moves.exists()._connector_follow()
        return result

    def _connector_moves(self):
        """Entries whose customers' items these are about."""
        items = self.debit_move_id | self.credit_move_id
        return items.filtered(lambda i: i.account_type == "asset_receivable").move_id

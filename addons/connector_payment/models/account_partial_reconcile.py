from odoo import api, models


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    @api.model_create_multi
    def create(self, vals_list):
        partials = super().create(vals_list)
        partials._connector_sync()
        return partials

    def unlink(self):
        moves = self._connector_moves()
        result = super().unlink()
        self.env["connector.payment.va"]._sync_moves(moves.exists())
        return result

    def _connector_sync(self):
        self.env["connector.payment.va"]._sync_moves(self._connector_moves())

    def _connector_moves(self):
        if not self.env.context.get("connector_va_sync", True):
            return self.env["account.move"]
        moves = (self.debit_move_id | self.credit_move_id).move_id
        return moves.filtered(lambda m: m.move_type == "out_invoice")

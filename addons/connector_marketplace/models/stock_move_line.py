from odoo import api, models
from odoo.exceptions import UserError


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.filtered(lambda line: line.state == "done")._check_connector_leave()
        return lines

    def write(self, vals):
        """More of a transfer that is done leaves as well."""
        if "quantity" in vals:
            more = self.filtered(
                lambda line: line.state == "done" and vals["quantity"] > line.quantity
            )
            more._check_connector_leave()
        return super().write(vals)

    def _check_connector_leave(self):
        moves = self.sudo().move_id.filtered(lambda m: m._connector_leaves())
        for order in moves._connector_order():
            why = order._connector_refusal()
            if why:
                raise UserError(self.env._("Nothing can be added: %s", why))

from odoo import api, models


class StockQuant(models.Model):
    _inherit = "stock.quant"

    @api.model
    def _update_reserved_quantity(self, *args, **kwargs):
        """Move lines of a batch whose quantities are reserved reserve nothing."""
        if self.env.context.get("connector_reserved"):
            return None
        return super()._update_reserved_quantity(*args, **kwargs)

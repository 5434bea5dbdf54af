from odoo import models


class StockMove(models.Model):
    _inherit = "stock.move"

    def _should_assign_at_confirm(self):
        """Marketplace orders are reserved in one short pass a batch, after they are
        confirmed: workers that confirm side by side would collide on the quants."""
        if self.env.context.get("connector_reserve_later"):
            return False
        return super()._should_assign_at_confirm()

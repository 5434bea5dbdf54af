from odoo import models


class StockLocation(models.Model):
    _inherit = "stock.location"

    def _connector_is_customer(self):
        """Whether goods that are here have left the house to a customer."""
        return bool(self) and self._is_outgoing()

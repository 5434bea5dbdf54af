from odoo import models


class StockLocation(models.Model):
    _inherit = "stock.location"

    def _connector_is_customer(self):
        """Whether goods that are here have left the house to a customer."""
        if self.usage != "transit":  # else Odoo asks the database, for each
            return self.usage == "customer"
        return self._is_outgoing()

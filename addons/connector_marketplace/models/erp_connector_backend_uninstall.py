"""What of the marketplaces is open when the add-on is to go."""

from odoo import api, models
from odoo.addons.connector_marketplace.providers import PROVIDERS

ADD_ON = "connector_marketplace"
#: Models of Odoo on whose records activities are raised.
EXTENDED = ("product.product", "sale.order", "stock.picking")


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    @api.model
    def _providers_of(self, add_ons):
        ours = set(PROVIDERS) if ADD_ON in add_ons else set()
        return super()._providers_of(add_ons) | ours

    @api.model
    def _open_business(self, add_ons):
        found = super()._open_business(add_ons)
        if ADD_ON not in add_ons:
            return found
        deliveries = self.env["stock.picking"].sudo()
        count = deliveries.search_count(
            [
                ("state", "not in", ("done", "cancel")),
                ("sale_id.connector_order_ref", "!=", False),
            ]
        )
        text = self.env._("%s deliveries of marketplace orders are open", count)
        return [*found, text] if count else found

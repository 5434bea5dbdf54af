"""Which news of a shop its pushes tell, and the poll heals."""

from odoo import api, models
from odoo.addons.connector_marketplace.providers import schema


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    @api.model
    def _told_topics(self):
        return super()._told_topics() | {schema.ORDER_STATUS}

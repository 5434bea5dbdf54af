from odoo import api, models
from odoo.addons.erp_connector_testing.provider import PROVIDER, PeerClient


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    @api.model
    def _providers(self):
        return {**super()._providers(), PROVIDER.code: PROVIDER}

    def _peer(self, transport):
        return PeerClient(transport, self.base_url, self._secrets()["api_key"])

    def _oauth_finish(self, answer):
        if self.provider != PROVIDER.code:
            return super()._oauth_finish(answer)
        self._set_secrets({"access_token": answer["code"]})
        return self._set_connected()

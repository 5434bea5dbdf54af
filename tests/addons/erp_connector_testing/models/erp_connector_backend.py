from odoo import api, models
from odoo.addons.erp_connector_testing.provider import PROVIDER, PeerClient


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    @api.model
    def _providers(self):
        return {**super()._providers(), PROVIDER.code: PROVIDER}

    def _peer(self, transport):
        """Waits two seconds, unless the account's time-out is not the usual one."""
        seconds = 2 if self.answer_timeout == 30 else self.answer_timeout
        key = self._secrets()["api_key"]
        return PeerClient(transport, self.base_url, key, timeout=(2, seconds))

    def _oauth_finish(self, answer):
        if self.provider != PROVIDER.code:
            return super()._oauth_finish(answer)
        self._set_secrets({"access_token": answer["code"]})
        return self._set_connected()

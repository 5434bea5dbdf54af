"""Which account a webhook is for: looked up once, then known without a query."""

from odoo import api, models, tools

WEBHOOK_FIELDS = {
    "webhook_token",
    "webhook_url",
    "webhook_limit",
    "provider",
    "account_ref",
    "active",
    "shared_account_id",
}


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    @api.model
    @tools.ormcache("token")
    def _webhook_account(self, token):
        """(id, provider, url, secrets, size limit) behind a webhook path, or None.

        Cached, so that a webhook costs no query before its insert; the cache is
        cleared whenever an account or a typed credential changes.
        """
        everyone = self.sudo().with_context(active_test=False)
        backend = everyone.search([("webhook_token", "=", token)], limit=1)
        if not backend.active and not backend._is_address_of_others():
            return None
        return (
            backend.id,
            backend.provider,
            backend.webhook_url or "",
            backend._typed_secrets(),
            backend.webhook_limit * 1024,
        )

    def _typed_secrets(self):
        self.ensure_one()
        typed = self.credential_ids.filtered(lambda c: not c.is_rotating)
        return {c.code: c._plain() for c in typed}

    def write(self, vals):
        if WEBHOOK_FIELDS & set(vals):
            self.env.registry.clear_cache()
        self._check_linked_fields(vals)
        self._check_archiving(vals)
        result = super().write(vals)
        self._identity_changed(vals)
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

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
#: The longest path that is looked for; ours have 32 characters.
LONGEST_TOKEN = 128


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    @api.model
    def _webhook_account(self, token):
        """(id, provider, url, secrets, size limit) behind a webhook path, or None.

        Misses are not kept: whoever guesses addresses would fill the cache with them.
        """
        if not token.isascii() or not token.isprintable() or len(token) > LONGEST_TOKEN:
            return None
        try:
            return self._known_webhook_account(token)
        except LookupError:
            return None

    @api.model
    @tools.ormcache("token")
    def _known_webhook_account(self, token):
        """The same, LookupError for an unknown path.

        Cached, so that a webhook costs no query before its insert; the cache is
        cleared whenever an account or a typed credential changes.
        """
        everyone = self.sudo().with_context(active_test=False)
        backend = everyone.search([("webhook_token", "=", token)], limit=1)
        if not backend.active and not backend._is_address_of_others():
            raise LookupError
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
        moved = self.filtered(lambda b: b._leaves_its_keys(vals))
        result = super().write(vals)
        for credential in moved.sudo().credential_ids.filtered("is_set"):
            credential._store(False)
        self._identity_changed(vals)
        if "company_id" in vals:
            self.check_access("write")
        return result

    def _leaves_its_keys(self, vals):
        """Keys stay where they were typed for: what one provider calls secret another
        one may show, and an address that is free to choose could ask for them."""
        provider = vals.get("provider", self.provider)
        environment = vals.get("environment", self.environment)
        to_simulator = environment == "simulator" != self.environment
        return provider != self.provider or to_simulator

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

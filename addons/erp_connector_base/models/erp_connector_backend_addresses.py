"""Where an account's keys are sent: to its platform, and to nobody else."""

from odoo import api, models
from odoo.exceptions import ValidationError

from .erp_connector_backend_calls import _host

HERE = ("localhost", "127.0.0.1", "::1")


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    @api.constrains("provider", "environment", "base_url", "auth_url")
    def _check_hosts(self):
        """A manager who may not read a key must not have it sent to himself.

        The simulator's address is free: it has keys of its own, and real ones do not
        follow an account there.
        """
        for backend in self.filtered(lambda b: b.environment != "simulator"):
            provider = self._providers().get(backend.provider)
            if not provider or not provider.domains:
                continue
            for url in filter(None, (backend.base_url, backend.auth_url)):
                if not provider.owns(url):
                    raise ValidationError(
                        self.env._(
                            "%(name)s: %(url)s does not belong to %(provider)s. Its "
                            "addresses begin with https:// and end with %(domains)s.",
                            name=backend.name,
                            url=url,
                            provider=provider.name,
                            domains=", ".join(provider.domains),
                        )
                    )

    def _addresses(self):
        """Where its keys are sent; add-ons add theirs."""
        self.ensure_one()
        return [url for url in (self.base_url, self.auth_url) if url]

    def _leaves_this_machine(self):
        """Whether it is a simulator somewhere else: its manager may listen there."""
        self.ensure_one()
        away = [url for url in self._addresses() if _host(url) not in HERE]
        return self.environment == "simulator" and bool(away)

from contextlib import contextmanager
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.addons.erp_connector_base.client.breaker import GuardedTransport
from odoo.addons.erp_connector_base.client.throttle import ThrottledTransport
from odoo.addons.erp_connector_base.client.transport import (
    HttpTransport,
    JournalTransport,
)
from odoo.exceptions import ValidationError
from odoo.modules import module

#: One pool of connections for the whole process.
_HTTP = HttpTransport()

CONNECT_SECONDS = 5


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    calls_per_second = fields.Float(
        compute="_compute_calls_per_second",
        store=True,
        readonly=False,
        help="Calls are spread out so as not to exceed this.",
    )
    answer_timeout = fields.Integer(
        "Answer Time-out (s)",
        default=30,
        required=True,
        help="Seconds to wait for an answer. After that a call that can be repeated is "
        "tried again; what cannot be taken back is asked for before anything is sent "
        "again.",
    )

    _answer_timeout_range = models.Constraint(
        "CHECK(answer_timeout BETWEEN 1 AND 60)",
        "The answer time-out is between 1 and 60 seconds.",
    )

    def _simulators(self, name):
        """The address in field `name`, if it is not the platform's own."""
        self.ensure_one()
        provider, address = self._providers().get(self.provider), self[name]
        if not provider or not address:
            return address
        real = [*provider.hosts.values(), *provider.auth_hosts.values()]
        return False if _host(address) in map(_host, real) else address

    @api.constrains("provider", "environment", "base_url", "auth_url")
    def _check_simulator_stays_here(self):
        for backend in self.filtered(lambda b: b.environment == "simulator"):
            for name in ("base_url", "auth_url"):
                if backend._simulators(name) != backend[name]:
                    raise ValidationError(
                        self.env._(
                            "%(name)s: %(address)s is the platform itself, and a "
                            "simulator never leaves this machine. Enter the "
                            "simulator's address.",
                            name=backend.name,
                            address=backend[name],
                        )
                    )

    @api.depends("provider")
    def _compute_calls_per_second(self):
        for backend in self:
            provider = self._providers().get(backend.provider)
            backend.calls_per_second = provider.calls_per_second if provider else 10.0

    def _timeout(self):
        """What a client is built with: seconds (to connect, to wait for an answer)."""
        self.ensure_one()
        return CONNECT_SECONDS, self.answer_timeout

    @contextmanager
    def _transport(self, correlation_id=""):
        """A throttled transport whose calls are journalled when the block ends.

        Without `correlation_id` a person asks: an account that is paused since it does
        not answer is asked all the same.
        """
        self.ensure_one()
        journal = []
        circuits = self.env["erp.connector.circuit"]
        breaker = circuits._breaker(self.id)
        if not correlation_id:
            breaker.allow()
        before = breaker.known()
        transport = JournalTransport(
            ThrottledTransport(
                _HTTP, f"{self.env.cr.dbname}/{self.id}", self.calls_per_second
            ),
            journal.append,
        )
        try:
            yield GuardedTransport(transport, breaker)
        finally:
            circuits._learn(self, before, breaker)
            self.env["erp.connector.call"]._record(self, journal, correlation_id)

    @contextmanager
    def _own_transaction(self):
        """An environment whose work is committed when the block ends, come what may.

        For what has happened outside and cannot be rolled back: a call made, a token
        spent. In a test it is the test's own transaction.
        """
        if module.current_test:
            yield self.env
            return
        with self.pool.cursor() as cr:
            yield self.env(cr=cr)


def _host(url):
    try:
        return urlsplit(url.strip()).hostname
    except ValueError:
        return url

"""What went wrong with an account, as a sentence for the person who can mend it."""

import re

from odoo import models
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    ConnectorError,
    RejectedError,
    TransientError,
    UncertainError,
)
from odoo.addons.erp_connector_base.tools.crypto import UndecryptableError

from .erp_connector_backend import DISCONNECTED
from .erp_connector_backend_each import sentence_of

#: How the clients begin their errors: method, host and path.
PLACE = re.compile(r"\b(?:GET|POST|PUT|PATCH|DELETE) \S+: ")
LONGEST = 600


def without_place(said):
    """What the platform said, to stand in a sentence: not where it was asked."""
    return PLACE.sub("", str(said), count=1).strip()[:LONGEST].rstrip(".")


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    def _said(self, error):
        """`error` in words: Odoo's own sentence, or what the platform said."""
        self.ensure_one()
        own = sentence_of(error)
        if own:
            return own[:LONGEST]
        if not isinstance(error, ConnectorError):
            return self.env._(
                "It failed for a reason nobody has foreseen (%s). The server's log has "
                "the details.",
                type(error).__name__,
            )
        provider = self._providers().get(self.provider)
        return self._said_there(error) % {
            "platform": provider.name if provider else self.provider,
            "said": without_place(error),
        }

    def _said_there(self, error):
        if isinstance(error, AuthenticationError):
            return self.env._("%(platform)s does not accept the keys: %(said)s.")
        if isinstance(error, TransientError | UncertainError):
            return self.env._(
                "%(platform)s gave no usable answer: %(said)s. Nothing was changed; "
                "try again in some minutes."
            )
        if isinstance(error, RejectedError):
            return self.env._("%(platform)s refuses: %(said)s.")
        return self.env._("%(platform)s answered what nobody expected: %(said)s.")

    def _disconnect(self, error):
        """The platform does not know us any more: stop, and tell the owner."""
        for backend in self.filtered(lambda b: b.state == "connected"):
            unreadable = isinstance(error, UndecryptableError)
            reason = str(error) if unreadable else backend._said(error)
            backend.sudo().write({"state": "disconnected", "state_reason": reason})
            backend._notify_owner(
                self.env._("Reconnect %s", backend.name),
                self.env._("%s Then connect the account again.", error)
                if unreadable
                else self.env._(
                    "The platform refused the credentials: %s. Messages are kept and "
                    "continue as soon as the account is linked again.",
                    without_place(error),
                ),
                cause=DISCONNECTED,
            )

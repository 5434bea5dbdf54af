import hmac
import logging
import secrets
from datetime import timedelta

import psycopg2

from odoo import api, fields, models
from odoo.addons.erp_connector_base.client.errors import ConnectorError
from odoo.exceptions import AccessError, RedirectWarning, UserError
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

STATE_MINUTES = 15


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    oauth_state = fields.Char(copy=False, groups="base.group_system")
    oauth_user_id = fields.Many2one("res.users", copy=False, groups="base.group_system")
    oauth_until = fields.Datetime(copy=False, groups="base.group_system")
    authorised_until = fields.Datetime(
        "Authorization Ends",
        readonly=True,
        copy=False,
        help="The platform's permission to act for this shop ends then; link the "
        "account again before.",
    )

    link_notice = fields.Char(
        readonly=True,
        copy=False,
        help="What was linked, and what comes next; until somebody has read it.",
    )

    def action_dismiss_notice(self):
        self.check_access("write")
        self.write({"link_notice": False})

    def _oauth_begin(self):
        """A fresh state for the flow: unguessable, for this user, for minutes."""
        self.ensure_one()
        self.check_access("write")
        token = f"{self.id}-{secrets.token_urlsafe(24)}"
        self.sudo().write(
            {
                "oauth_state": token,
                "oauth_user_id": self.env.uid,
                "oauth_until": fields.Datetime.now() + timedelta(minutes=STATE_MINUTES),
            }
        )
        return token

    @api.model
    def _oauth_account(self, state):
        """The account a state was given out for; it is spent by this.

        Nobody else changes the account until the end of the transaction: a collision
        would have the platform's code exchanged again, and it works once.
        """
        if not self.env.user.has_group("erp_connector_base.group_manager"):
            raise AccessError(
                self.env._("Only a Connector Manager may link an account.")
            )
        backend = self._oauth_named(state)
        stored = backend.sudo().oauth_state or ""
        valid = (
            backend
            and hmac.compare_digest(stored.encode(), state.encode())
            and backend.sudo().oauth_user_id == self.env.user
            and (backend.sudo().oauth_until or fields.Datetime.now())
            > fields.Datetime.now()
        )
        if not valid:
            raise UserError(
                self.env._(
                    "This authorization was not started here, or more than %s minutes "
                    "ago. Open the account and press Link Account again.",
                    STATE_MINUTES,
                )
            )
        backend.check_access("write")
        self.env.cr.execute(
            SQL(
                "SELECT id FROM erp_connector_backend WHERE id = %s FOR NO KEY UPDATE",
                backend.id,
            ),
            log_exceptions=False,
        )
        backend.sudo().credential_ids._lock()
        backend.sudo().oauth_state = False
        return backend

    @api.model
    def _oauth_named(self, state):
        """The account that a state claims to be for; anybody can write a number."""
        number = state.split("-")[0]
        known = number.isascii() and number.isdecimal() and len(number) < 10
        return self.browse(int(number) if known else 0).exists()

    @api.model
    def _oauth_answered(self, state, answer):
        """The account that the platform's answer was for: linked, or saying why not.

        Raises only what has no account to be shown on. The state is spent either way.
        """
        try:
            backend = self._oauth_account(state)
        except UserError as error:
            return self._oauth_stray(state, error)
        try:
            with self.env.cr.savepoint():
                backend._oauth_finish(answer)
        except psycopg2.OperationalError:
            raise  # a collision: the whole request is tried again
        except Exception as error:
            backend._link_failed(error)
        return backend

    @api.model
    def _oauth_stray(self, state, error):
        """Too late, twice, or not begun here: said on the account, if it is ours."""
        backend = self._oauth_named(state)
        able = isinstance(error, AccessError) or not backend
        if able or not backend.has_access("write") or not backend.sudo().oauth_user_id:
            raise error
        if backend.state in ("draft", "disconnected"):
            backend._link_failed(error)
        return backend

    def _link_failed(self, error):
        """Say on the account why it is not linked; one that works goes on."""
        self.ensure_one()
        if isinstance(error, ConnectorError | UserError | RedirectWarning):
            _logger.info("%s was not linked: %s", self, type(error).__name__)
        else:
            _logger.error("%s was not linked", self, exc_info=error)
        reason = self._said(error)
        self.sudo().write(
            {
                "state_reason": self.env._("It was not linked: %s", reason),
                "link_notice": False,
                "duplicate_of_id": getattr(error, "connector_other", False),
            }
        )

    def _oauth_redirect_uri(self):
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url", "")
        return f"{base}/connector/oauth/callback"

    def _oauth_finish(self, answer):
        """Turn the platform's answer (query parameters) into stored tokens."""
        raise UserError(
            self.env._("%s has no authorization flow.", self._provider().name)
        )

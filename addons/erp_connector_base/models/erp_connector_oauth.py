import hmac
import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL

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
        number = state.split("-")[0]
        backend = self.browse(int(number) if number.isdecimal() else 0).exists()
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

    def _oauth_redirect_uri(self):
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url", "")
        return f"{base}/connector/oauth/callback"

    def _oauth_finish(self, answer):
        """Turn the platform's answer (query parameters) into stored tokens."""
        raise UserError(
            self.env._("%s has no authorization flow.", self._provider().name)
        )

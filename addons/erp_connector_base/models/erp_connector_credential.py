import os

from odoo import api, fields, models
from odoo.addons.erp_connector_base.client.errors import AuthenticationError
from odoo.addons.erp_connector_base.tools import crypto
from odoo.exceptions import UserError
from odoo.tools import SQL

#: Only variables made for connectors can be referenced: never the server's other ones.
ENVIRONMENT_REFERENCE = "$ERP_CONNECTOR_"
KEPT_BACK = {crypto.ENVIRONMENT_VARIABLE}


class UnreadableCredentialError(
    UserError, AuthenticationError, crypto.UndecryptableError
):
    """The key of a stored value is missing: its account cannot work, and holds."""

    def __init__(self, message):
        AuthenticationError.__init__(self, message)


class ErpConnectorCredential(models.Model):
    _name = "erp.connector.credential"
    _description = "Connector Credential"
    _order = "backend_id, sequence, id"
    _rec_name = "label"

    backend_id = fields.Many2one(
        "erp.connector.backend",
        "Account",
        required=True,
        index=True,
        ondelete="cascade",
        readonly=True,
    )
    company_id = fields.Many2one(related="backend_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    code = fields.Char(required=True, readonly=True)
    label = fields.Char(readonly=True)
    help = fields.Char(readonly=True)
    is_secret = fields.Boolean(readonly=True)
    is_required = fields.Boolean(readonly=True)
    is_rotating = fields.Boolean(
        readonly=True, help="Written by the connector itself; never typed."
    )
    encrypted_value = fields.Text(
        copy=False, groups="base.group_system", exportable=False
    )
    value = fields.Char(
        compute="_compute_value",
        inverse="_inverse_value",
        copy=False,
        help="Stored encrypted. Write $ERP_CONNECTOR_NAME to read it from that "
        "environment variable of the server instead. A secret is never shown again "
        "once saved.",
    )
    is_set = fields.Boolean(compute="_compute_value")
    rotated_on = fields.Datetime("Last changed", readonly=True, copy=False)
    expires_on = fields.Datetime(readonly=True, copy=False)

    _backend_code_uniq = models.Constraint(
        "UNIQUE(backend_id, code)", "An account has each credential once."
    )

    @api.depends("encrypted_value")
    def _compute_value(self):
        for credential in self:
            stored = credential.sudo().encrypted_value
            credential.is_set = bool(stored)
            if credential.is_secret:
                credential.value = "••••••••" if stored else False
            else:
                credential.value = credential._shown()

    def _shown(self):
        """The value of what is no secret; nothing when its key is lost."""
        try:
            return self._plain() or False
        except UserError:
            return False

    def _inverse_value(self):
        for credential in self:
            if credential.value and set(credential.value) == {"•"}:
                continue
            if credential.is_rotating and not self.env.su:
                raise UserError(
                    self.env._(
                        "%(label)s of %(backend)s: linking writes it, never a person.",
                        label=credential.label,
                        backend=credential.backend_id.name,
                    )
                )
            credential._store(credential.value)
        self.invalidate_recordset(["value"])  # typed once, never shown again

    def _store(self, value, expires_on=None):
        """Keep `value` encrypted; False clears it."""
        self.ensure_one()
        self.sudo().write(
            {
                "encrypted_value": self._encrypted(value.strip()) if value else False,
                "rotated_on": value and fields.Datetime.now(),
                "expires_on": expires_on,
            }
        )
        if not self.is_rotating and self.backend_id.state != "draft":
            self.backend_id._claim_identity()

    def _encrypted(self, value):
        """The first value ever makes the key. Beside others, a key is missing."""
        try:
            stored = self.sudo().search_count(
                [("encrypted_value", "!=", False)], limit=1
            )
            return crypto.encrypt(value, may_make_key=not stored)
        except crypto.UndecryptableError as error:
            raise UserError(
                self.env._(
                    "This was not saved: the key that the stored credentials are "
                    "encrypted with is missing (%(place)s). Restore it. If it is lost "
                    "for good, make a new one as described in docs/operations.md, The "
                    "key is lost, and enter every credential again.",
                    place=crypto.key_source(),
                )
            ) from error

    def _plain(self):
        """The value in clear; '' when it is not set."""
        self.ensure_one()
        stored = self.sudo().encrypted_value
        if not stored:
            return ""
        try:
            value = crypto.decrypt(stored)
        except crypto.UndecryptableError as error:
            raise UnreadableCredentialError(
                self.env._(
                    "The credential %(label)s of %(backend)s cannot be read: the key "
                    "it was encrypted with is missing (%(place)s). Restore the key or "
                    "enter the value again.",
                    label=self.label,
                    backend=self.backend_id.name,
                    place=crypto.key_source(),
                )
            ) from error
        if value.startswith(ENVIRONMENT_REFERENCE) and value[1:] not in KEPT_BACK:
            return os.environ.get(value[1:], "")
        return value

    def _lock(self):
        """Hold these rows until the end of the transaction, whoever rotates them."""
        self.env.cr.execute(
            SQL(
                "SELECT id FROM erp_connector_credential WHERE id = ANY(%s) "
                "ORDER BY id FOR UPDATE",
                self.ids,
            )
        )
        self.invalidate_recordset()

    def action_reencrypt(self):
        """Put every stored value under the first key (after a key rotation)."""
        for credential in self.sudo().search([("encrypted_value", "!=", False)]):
            credential.encrypted_value = crypto.rotate(credential.encrypted_value)
        self.env["erp.connector.backend"]._refresh_identities()

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        if "encrypted_value" in vals and any(not c.is_rotating for c in self):
            self.env.registry.clear_cache()
        return super().write(vals)

"""The credentials of an account: encrypted, shown once, written by nobody but here.

Which of them are secret is what the provider's table says, never what a row says: rows
can be written by RPC, tables cannot. So a person writes `value`, and nothing else.
"""

from odoo import api, fields, models
from odoo.addons.erp_connector_base.client.errors import AuthenticationError
from odoo.addons.erp_connector_base.tools import crypto, references
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.misc import clean_context

DOTS = "••••••••"
#: What a person may send for a row; all else comes from the provider's table.
TYPED = ("backend_id", "code", "value")


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

    @api.model
    def _structure(self, provider):
        """{code: values} of the rows that an account of this provider has."""
        table = self.env["erp.connector.backend"]._providers().get(provider)
        return {
            spec.code: {
                "code": spec.code,
                "label": spec.label,
                "help": spec.help,
                "is_secret": spec.secret,
                "is_required": spec.required,
                "is_rotating": spec.rotating,
                "sequence": sequence,
            }
            for sequence, spec in enumerate(table.credentials if table else ())
        }

    def _spec(self):
        """What the provider's table says of this row; what it does not name is secret.

        Of the row in the database: a form that is being filled in can say anything.
        """
        row = self.sudo()
        row = row._origin or row
        known = self._structure(row.backend_id.provider)
        return known.get(row.code, {"is_secret": True, "is_rotating": False})

    @api.depends("encrypted_value")
    def _compute_value(self):
        for credential in self:
            stored = credential._origin.sudo().encrypted_value
            credential.is_set = bool(stored)
            if not stored:
                credential.value = False
            elif credential._spec()["is_secret"]:
                credential.value = DOTS
            else:
                credential.value = credential._origin._shown()

    def _shown(self):
        """What was typed, of what is no secret; nothing when its key is lost.

        A reference is shown as such: what the variable holds may well be a secret.
        """
        try:
            return crypto.decrypt(self.sudo().encrypted_value) or False
        except crypto.UndecryptableError:
            return False

    def _inverse_value(self):
        for credential in self:
            typed = (credential.value or "").strip()
            if typed and set(typed) == {"•"}:
                continue
            credential._check_typed(typed)
            credential._store(typed)
        self.invalidate_recordset(["value"])  # typed once, never shown again

    def _check_typed(self, typed):
        if self._spec()["is_rotating"] and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(label)s of %(backend)s: linking writes it, never a person.",
                    label=self.label,
                    backend=self.backend_id.name,
                )
            )
        if references.is_reference(typed) and not self.env.su:
            self._check_reference(typed)

    def _check_reference(self, typed):
        """A variable is another company's, or a secret that a plain field would show,
        unless its name says that it is meant for this."""
        if self.sudo().backend_id._leaves_this_machine():
            raise UserError(
                self.env._(
                    "%(label)s of %(backend)s: a simulator elsewhere is not sent what "
                    "the server keeps in %(variable)s. Enter the simulator's own key.",
                    label=self.label,
                    backend=self.backend_id.name,
                    variable=typed,
                )
            )
        company = self.backend_id.company_id
        if not company._connector_may_read(references.name_of(typed)):
            raise UserError(
                self.env._(
                    "%(label)s of %(backend)s: %(company)s may not read %(variable)s. "
                    "An administrator allows it in Settings ▸ Connectors, Environment "
                    "Variables, of that company.",
                    label=self.label,
                    backend=self.backend_id.name,
                    company=company.name,
                    variable=typed,
                )
            )
        wanted = self.code.upper()
        if not self._spec()["is_secret"] and not typed.upper().endswith(f"_{wanted}"):
            raise UserError(
                self.env._(
                    "%(label)s of %(backend)s is no secret, and is shown. It can only "
                    "be read from a variable whose name ends with _%(ending)s.",
                    label=self.label,
                    backend=self.backend_id.name,
                    ending=wanted,
                )
            )

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
        """The value in clear; '' when it is not set, or not there for this company."""
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
        if not references.is_reference(value):
            return value
        backend = self.sudo().backend_id
        allowed = backend.company_id._connector_may_read(references.name_of(value))
        if not allowed or backend._leaves_this_machine():
            return ""
        return references.read(value)

    def _readable(self):
        """As `_plain`; None when its key is lost."""
        try:
            return self._plain()
        except crypto.UndecryptableError:
            return None

    def _missing_label(self):
        """How to name it to somebody who shall fill it in; "" when it is there."""
        if self._plain():
            return ""
        if not self.is_set:
            return self.label
        return self.env._(
            "%s (its variable is not set on the server, or not for this company)",
            self.label,
        )

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
        if not self.env.su and not self.env.user.has_group("base.group_system"):
            raise AccessError(
                self.env._(
                    "Only an administrator may encrypt all credentials under a new key."
                )
            )
        return self._reencrypted_words(self._reencrypt())

    def _reencrypted_words(self, lost):
        message = self.env._("Every credential is under the first key now.")
        if lost:
            message = self.env._(
                "No key opens %s: enter these again. All others are under the first "
                "key now.",
                ", ".join(f"{c.label} ({c.backend_id.name})" for c in lost),
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": "warning" if lost else "success",
                "sticky": bool(lost),
            },
        }

    @api.model
    def _reencrypt(self):
        """What no key opens is left as it is, and returned: it is lost already."""
        lost = self.sudo().browse()
        for credential in self.sudo().search([("encrypted_value", "!=", False)]):
            try:
                credential.encrypted_value = crypto.rotate(credential.encrypted_value)
            except crypto.UndecryptableError:
                lost |= credential
        self.env["erp.connector.backend"]._refresh_identities()
        return lost

    @api.ondelete(at_uninstall=False)
    def _unlink_with_account(self):
        if not self.env.su:
            raise AccessError(
                self.env._(
                    "%(label)s of %(backend)s stays as long as its account does. Empty "
                    "its value instead.",
                    label=self[:1].label,
                    backend=self[:1].backend_id.name,
                )
            )

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        if not self.env.su:
            vals_list = [self._structured(vals) for vals in vals_list]
        clean = self.with_context(clean_context(self.env.context))
        return super(ErpConnectorCredential, clean).create(vals_list)

    def _structured(self, vals):
        """`vals` of a person, as the table of the account's provider has them."""
        backend = self.env["erp.connector.backend"].browse(vals.get("backend_id"))
        known = self._structure(backend.provider) if backend else {}
        if vals.get("code") not in known:
            raise UserError(
                self.env._(
                    "%(backend)s has no credential %(code)s. Its rows are made with "
                    "the account, from what its provider asks for.",
                    backend=backend.name or self.env._("No account"),
                    code=vals.get("code"),
                )
            )
        typed = {name: vals[name] for name in TYPED if name in vals}
        return {**known[vals["code"]], **typed}

    def write(self, vals):
        if not self.env.su:
            self._check_writing(vals)
        if "encrypted_value" in vals and any(not c.is_rotating for c in self):
            self.env.registry.clear_cache()
        return super().write(vals)

    def _check_writing(self, vals):
        self.check_access("write")
        names = [n for n in vals if n != "value" and n in self._fields]
        for credential in self:
            row = credential._convert_to_write({n: credential[n] for n in names})
            wrong = [n for n in names if row.get(n) != vals[n]]
            if wrong:
                raise AccessError(
                    self.env._(
                        "%(label)s of %(backend)s: only its value is entered by hand; "
                        "%(fields)s comes from the provider's table.",
                        label=credential.label,
                        backend=credential.backend_id.name,
                        fields=", ".join(self._fields[n].string for n in wrong),
                    )
                )

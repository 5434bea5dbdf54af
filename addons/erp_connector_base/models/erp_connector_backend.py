import secrets

from odoo import api, fields, models
from odoo.addons.erp_connector_base.client.errors import ConnectorError
from odoo.exceptions import UserError

#: Causes of activities on an account.
DISCONNECTED = "account.disconnected"


class ErpConnectorBackend(models.Model):
    _name = "erp.connector.backend"
    _description = "Connector Account"
    _inherit = ["erp.connector.unmailed", "mail.thread", "mail.activity.mixin"]
    _order = "sequence, name"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    provider = fields.Selection(
        selection="_selection_provider",
        required=True,
        help="The platform, gateway, bank or courier this account belongs to.",
    )
    environment = fields.Selection(
        [
            ("production", "Production"),
            ("sandbox", "Sandbox"),
            ("simulator", "Simulator"),
        ],
        required=True,
        default="sandbox",
        tracking=True,
        help="Simulator talks to the built-in simulator and never leaves this machine.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("connected", "Connected"),
            ("paused", "Paused"),
            ("disconnected", "Disconnected"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        tracking=True,
        help="Only a connected account works. While it is paused or disconnected its "
        "messages are kept and wait.",
    )
    state_reason = fields.Char(readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    tz = fields.Selection(
        "_selection_tz",
        string="Time Zone",
        required=True,
        default="Asia/Jakarta",
        help="The platform's own clock: its days and hours are read in this zone.",
    )
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        tracking=True,
        help="Gets an activity whenever this account needs a person.",
    )
    base_url = fields.Char(
        "API Address",
        compute="_compute_base_url",
        store=True,
        readonly=False,
        help="Filled from the provider and environment; change it only when the "
        "platform gives you another host.",
    )
    auth_url = fields.Char(
        "Authorization Page", compute="_compute_base_url", store=True, readonly=False
    )
    credential_ids = fields.One2many(
        "erp.connector.credential",
        "backend_id",
        compute="_compute_credential_ids",
        store=True,
        readonly=False,
        copy=False,
        groups="erp_connector_base.group_manager",
    )
    blackout_ids = fields.One2many("erp.connector.blackout", "backend_id", copy=True)
    webhook_token = fields.Char(
        default=lambda self: secrets.token_urlsafe(24),
        copy=False,
        required=True,
        groups="erp_connector_base.group_manager",
    )
    webhook_url = fields.Char(
        "Webhook Address",
        compute="_compute_webhook_url",
        store=True,
        readonly=False,
        copy=False,
        help="Register this address on the platform. It signs this exact text, so it "
        "must be the same there, to the letter.",
        groups="erp_connector_base.group_manager",
    )
    webhook_limit = fields.Integer(
        "Largest Webhook (KB)",
        default=1024,
        required=True,
        help="A larger body is refused with 413.",
    )
    payload_days = fields.Integer(
        "Keep Payloads (days)",
        default=30,
        required=True,
        help="After this, the content of handled messages is dropped: it holds "
        "personal data.",
    )
    message_days = fields.Integer(
        "Keep Messages (days)",
        default=180,
        required=True,
        help="At least 90: platforms repeat an event months later and the message is "
        "how the repetition is recognised.",
    )
    call_days = fields.Integer("Keep Calls (days)", default=14, required=True)
    account_ref = fields.Char(
        "Platform's Account",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="The platform's own number of this account (a shop, a merchant).",
    )

    _webhook_token_uniq = models.Constraint(
        "UNIQUE(webhook_token)", "The webhook token must be unique."
    )
    _limits = models.Constraint(
        "CHECK(webhook_limit > 0 AND payload_days >= 0 AND call_days >= 0)",
        "The largest webhook has at least 1 KB, and no number of days is negative.",
    )
    _message_days_min = models.Constraint(
        "CHECK(message_days >= 90)",
        "Messages are kept at least 90 days, so that a late repetition is recognised.",
    )

    # ---- what a provider is ----------------------------------------------------------

    @api.model
    def _providers(self):
        """Every provider at hand: {code: Provider}. Each add-on adds its own table."""
        return {}

    @api.model
    def _selection_provider(self):
        return [(code, p.name) for code, p in self._providers().items()]

    @api.model
    def _selection_tz(self):
        return self.env["res.partner"]._fields["tz"]._description_selection(self.env)

    def _provider(self):
        self.ensure_one()
        provider = self._providers().get(self.provider)
        if provider is None:
            raise UserError(
                self.env._(
                    "%(name)s: the provider %(code)s is not installed. Install the "
                    "add-on that brings it, or archive this account.",
                    name=self.name,
                    code=self.provider,
                )
            )
        return provider

    @api.depends("provider", "environment")
    def _compute_base_url(self):
        for backend in self:
            provider = self._providers().get(backend.provider)
            if not provider or backend.environment == "simulator":
                backend.base_url = backend._simulators("base_url")
                backend.auth_url = backend._simulators("auth_url")
                continue
            backend.base_url = provider.hosts.get(backend.environment)
            backend.auth_url = provider.auth_hosts.get(backend.environment)

    @api.depends("provider")
    def _compute_credential_ids(self):
        """One row for each credential of the provider; another one's rows go."""
        for backend in self:
            rows = backend.credential_ids
            wanted = rows._structure(backend.provider)
            if not wanted:
                continue
            rows -= rows.filtered(lambda c, wanted=wanted: c.code not in wanted)
            if rows != backend.credential_ids:
                backend.credential_ids = rows
            present = set(rows.mapped("code"))
            backend.credential_ids = [
                fields.Command.create(values)
                for code, values in wanted.items()
                if code not in present
            ]

    @api.depends("webhook_token")
    def _compute_webhook_url(self):
        base = self.env["ir.config_parameter"].sudo().get_param("web.base.url", "")
        for backend in self:
            backend.webhook_url = f"{base}/connector/webhook/{backend.webhook_token}"

    # ---- credentials -----------------------------------------------------------------

    def _secrets(self):
        """{code: value in clear} of this account; only for building a client."""
        self.ensure_one()
        return {c.code: c._plain() for c in self.sudo().credential_ids}

    def _credential(self, code):
        return self.sudo().credential_ids.filtered(lambda c: c.code == code)

    def _set_secrets(self, values, expires=None):
        """Store {code: value}; `expires`: {code: naive UTC datetime}."""
        self.ensure_one()
        for credential in self.sudo().credential_ids:
            if credential.code in values:
                credential._store(
                    values[credential.code], (expires or {}).get(credential.code)
                )

    def _check_credentials(self):
        self._check_in_use()
        for backend in self:
            if backend.environment == "simulator" and not backend.base_url:
                raise UserError(
                    self.env._(
                        "%s: enter the address of the simulator as API Address, tab "
                        "Connection, first.",
                        backend.name,
                    )
                )
            asked = backend.sudo().credential_ids.filtered(
                lambda c: c.is_required and not c.is_rotating
            )
            missing = list(filter(None, (c._missing_label() for c in asked)))
            if missing:
                raise UserError(
                    self.env._(
                        "%(name)s: fill in %(fields)s first.",
                        name=backend.name,
                        fields=", ".join(missing),
                    )
                )

    # ---- state -----------------------------------------------------------------------

    def action_connect(self):
        """Go live. Add-ons with an authorization flow start it here instead."""
        self.check_access("write")
        self._check_credentials()
        self._check_ready()
        self._set_connected()

    def _check_ready(self):
        """What Odoo needs before an account can work; add-ons check theirs."""
        self._check_in_use()

    def _set_connected(self):
        self._check_in_use()
        self.sudo().write(
            {"state": "connected", "state_reason": False, "duplicate_of_id": False}
        )
        self._settle_notice(DISCONNECTED)
        self._forget_silence()
        self._wake()

    def action_pause(self):
        self.check_access("write")
        running = self.filtered(lambda b: b.state == "connected")
        running.sudo().write(
            {"state": "paused", "state_reason": self.env._("Paused by hand.")}
        )

    def action_resume(self):
        self.check_access("write")
        self.filtered(lambda b: b.state == "paused")._set_connected()

    def action_test_connection(self):
        """Ask the platform who we are; a disconnected account goes on if it knows."""
        self.ensure_one()
        self.check_access("write")
        self._check_credentials()
        try:
            answer = self._test_connection()
        except ConnectorError as error:
            raise UserError(
                self.env._(
                    "%(name)s: %(error)s", name=self.name, error=self._said(error)
                )
            ) from error
        params = {
            "title": self.env._("Connection works"),
            "message": answer,
            "type": "success",
        }
        if self.state == "disconnected":
            self._set_connected()
            params["title"] = self.env._("Connected again")
            params["next"] = {"type": "ir.actions.client", "tag": "soft_reload"}
        elif self.state == "connected" and self.state_reason:
            self.state_reason = False  # of a linking that failed, while it works
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": params,
        }

    def _test_connection(self):
        """Call the platform once and say who answered; add-ons override."""
        raise UserError(self.env._("%s has no connection test.", self._provider().name))

    def _local_date(self, moment):
        """The day, at the platform, of a naive UTC moment."""
        self.ensure_one()
        zoned = self.with_context(tz=self.tz or "Asia/Jakarta")
        return fields.Datetime.context_timestamp(zoned, moment).date()

    def _notify_owner(self, summary, note, record=None, cause=None, user=None):
        """An activity for whoever is in charge: one open for each record and cause.

        `record` may be many records of one model; `cause` is a constant that says what
        it was raised for, and what `_settle_notice` takes back when that is gone.
        """
        self.ensure_one()
        self.env["mail.activity"]._connector_raise(
            self if record is None else record,
            cause or summary,
            user or self._person_in_charge(),
            summary,
            note,
        )

    def _settle_notice(self, *causes, record=None):
        """What these activities asked for is done, or not needed any more."""
        records = self if record is None else record
        self.env["mail.activity"]._connector_settle(records, causes)

    @api.model
    def _paid_elsewhere(self, records):
        """Which of these orders, invoices or contacts pay a platform, and not us.

        Add-ons of platforms say so of theirs; those that ask for money leave them out.
        """
        return records.browse()

    def _wake(self):
        self.env["ir.cron"].sudo()._connector_wake(["fast", "bulk"])

    # ---- keeping the house -----------------------------------------------------------

    def _held_topics(self):
        """Topics held now by a blackout: a set of names; '' holds everything."""
        self.ensure_one()
        now = fields.Datetime.now()
        return {w.topic or "" for w in self.blackout_ids if w._is_open_at(now)}

    @api.autovacuum
    def _gc_messages(self):
        """Once a night besides the hourly action: whatever a gap has left behind."""
        self.env["erp.connector.message"]._expire_all()

"""Connect a gateway: which one, its keys, its webhooks, each step tried at once."""

from markupsafe import Markup

from odoo import api, fields, models
from odoo.addons.connector_payment.models.erp_connector_backend_link import (
    WEBHOOK_PAGES,
)
from odoo.addons.connector_payment.providers import PROVIDERS
from odoo.addons.erp_connector_base.client.errors import ConnectorError
from odoo.exceptions import UserError

FROM_THE_ACCOUNT = ("provider", "environment", "base_url", "va_api", "company_id")


class ConnectorPaymentLink(models.TransientModel):
    _name = "connector.payment.link"
    _description = "Connect a Payment Gateway"
    _inherit = "erp.connector.dialogue"

    step = fields.Selection(
        [("account", "Gateway"), ("keys", "Keys"), ("webhook", "Webhooks")],
        required=True,
        default="account",
    )
    backend_id = fields.Many2one("erp.connector.backend", "Account")
    name = fields.Char("Account Name")
    provider = fields.Selection("_selection_provider", "Gateway", default="xendit")
    environment = fields.Selection(
        [
            ("sandbox", "Sandbox: test keys, no real money"),
            ("production", "Production: real money"),
            ("simulator", "Simulator: nothing leaves this machine"),
        ],
        required=True,
        default="sandbox",
    )
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    base_url = fields.Char("Simulator's Address")
    va_api = fields.Selection(
        lambda self: self._selection_va_api(),
        "Virtual Accounts Through",
        default="v3",
        help="New accounts at Xendit have the Payments API.",
    )
    # The keys are rows of the account itself: encrypted, never kept here.
    credential_ids = fields.One2many(
        related="backend_id.credential_ids", related_sudo=False, readonly=False
    )
    identity = fields.Char("The Gateway Says", readonly=True)
    webhook_url = fields.Char(
        related="backend_id.webhook_url", related_sudo=False, readonly=False
    )
    is_public = fields.Boolean(compute="_compute_is_public")
    webhook_pages = fields.Html(compute="_compute_webhook_pages", sanitize=False)
    trip = fields.Selection([("ok", "Came back"), ("lost", "Did not")], readonly=True)
    trip_text = fields.Text(readonly=True)

    @api.model
    def _selection_provider(self):
        return [(code, p.name) for code, p in PROVIDERS.items()]

    @api.model
    def _selection_va_api(self):
        field = self.env["erp.connector.backend"]._fields["va_api"]
        return field._description_selection(self.env)

    @api.model
    def default_get(self, fields_list):
        """For an account that is there already, the keys come first."""
        values = super().default_get(fields_list)
        backend = self.env["erp.connector.backend"].browse(values.get("backend_id"))
        if backend:
            values |= {name: backend[name] for name in FROM_THE_ACCOUNT}
            step = self.env.context.get("default_step") or "keys"
            values |= {"step": step, "company_id": backend.company_id.id}
            values["name"] = backend.name
        return values

    @api.depends("webhook_url")
    def _compute_is_public(self):
        """Gateways reach https addresses on the internet only."""
        for wizard in self:
            url = wizard.webhook_url or ""
            wizard.is_public = url.startswith("https://") and "localhost" not in url

    @api.depends("provider")
    def _compute_webhook_pages(self):
        for wizard in self:
            rows = [
                Markup("<tr><td class='pe-4'><b>%s</b></td><td>%s</td></tr>")
                % (self.env._(product), self.env._(place))
                for product, place in WEBHOOK_PAGES.get(wizard.provider, ())
            ]
            wizard.webhook_pages = Markup("<table class='mb-3'>%s</table>") % (
                Markup("").join(rows)
            )

    # ---- steps -----------------------------------------------------------------------

    def action_make_account(self):
        """The account with its rows for keys; nothing is sent yet."""
        self.ensure_one()
        if not self.backend_id:
            self.backend_id = self.env["erp.connector.backend"].create(
                self._account_values()
            )
        self.step = "keys"
        return self._again()

    def _account_values(self):
        labels = dict(
            self.env["erp.connector.backend"]
            ._fields["environment"]
            ._description_selection(self.env)
        )
        usual = f"{PROVIDERS[self.provider].name} ({labels[self.environment]})"
        values = {
            "name": self.name or self.env["erp.connector.backend"]._free_name(usual),
            "provider": self.provider,
            "environment": self.environment,
            "company_id": self.company_id.id,
            "va_api": self.va_api,
        }
        if self.environment == "simulator":
            values["base_url"] = self.base_url
        return values

    def action_connect(self):
        """Check the keys by asking the gateway; then journal, accounts, go live."""
        self.ensure_one()
        backend = self.backend_id
        try:
            self.identity = backend._connect_keys()
        except ConnectorError as error:
            raise UserError(backend._said(error)) from error
        self._make_usual()
        self.step = "webhook"
        return self._again()

    def _make_usual(self):
        """The company's gateway, unless it has one; real money goes before tests."""
        company = self.backend_id.company_id.sudo()
        usual = company.connector_gateway_id
        real = self.environment == "production"
        if not usual or (real and usual.environment != "production"):
            company.connector_gateway_id = self.backend_id

    def action_round_trip(self):
        self.ensure_one()
        came_back, self.trip_text = self.backend_id._round_trip()
        self.trip = "ok" if came_back else "lost"
        return self._again()

    def action_back(self):
        self.ensure_one()
        self.write({"step": "keys", "trip": False, "trip_text": False})
        return self._again()

    def action_open_account(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "erp.connector.backend",
            "res_id": self.backend_id.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "main",
        }

    def _again(self):
        action = self.env["erp.connector.backend"]._link_action()
        return {**action, "res_id": self.id}

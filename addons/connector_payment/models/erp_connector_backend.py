"""The gateway account: its settings, and a client of it."""

from odoo import api, fields, models
from odoo.addons.connector_payment.providers import CLIENTS, FEATURES, PROVIDERS
from odoo.addons.connector_payment.providers.midtrans import PAYOUT_HOSTS
from odoo.addons.erp_connector_base.client.parallel import side_by_side
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.tools.amounts import Amount
from odoo.exceptions import UserError


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    is_gateway = fields.Boolean(compute="_compute_is_gateway")
    va_api = fields.Selection(
        [("v3", "Payments API"), ("legacy", "Fixed virtual accounts (older)")],
        "Virtual Accounts Through",
        default="v3",
        help="New accounts at Xendit have the Payments API. Choose the older one only "
        "if your account still works with it.",
    )
    search_va = fields.Boolean(
        "Search After Lost Answers",
        default=True,
        help="When the answer to a new virtual account is lost, ask the gateway for it "
        "by our reference. The documents do not promise this search: switch it off if "
        "the gateway refuses it; the account then waits for a person.",
    )
    payout_url = fields.Char(
        "Payout Address",
        compute="_compute_payout_url",
        store=True,
        readonly=False,
        help="Where payouts are sent, if it is another host than the API address.",
    )
    bank_ids = fields.Many2many(
        "connector.payment.bank",
        string="Banks Offered",
        compute="_compute_bank_ids",
        store=True,
        readonly=False,
        help="Virtual accounts are made at these banks only.",
    )
    va_policy = fields.Selection(
        [
            ("manual", "Only by hand"),
            ("invoice", "One for each invoice when it is posted"),
            ("fixed", "A fixed one for each customer, with the first invoice"),
        ],
        "Make Virtual Accounts",
        required=True,
        default="manual",
    )
    va_expiry_days = fields.Integer(
        "Expire After (days)",
        default=3,
        required=True,
        help="A closed virtual account ends so many days after the invoice is due, but "
        "not before tomorrow.",
    )
    underpayment_tolerance = Amount(
        "Tolerance",
        currency_field="company_currency_id",
        help="An invoice that is short by no more than this asks for nobody; with a "
        "write-off account it counts as paid.",
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id")
    attribution = fields.Selection(
        [
            ("exact_oldest", "The exact amount first, then the oldest due"),
            ("oldest", "Always the oldest due"),
            ("credit", "Never by itself: keep it as the customer's credit"),
        ],
        "Money on a Fixed Account Pays",
        required=True,
        default="exact_oldest",
    )
    confirm_orders = fields.Boolean(
        "Confirm Paid Quotations",
        default=True,
        help="A quotation whose virtual account is paid in full becomes an order.",
    )
    next_ledger_at = fields.Datetime(readonly=True, copy=False)
    ledger_cursor = fields.Datetime(
        "Transactions Known Until",
        copy=False,
        help="All of the gateway's transactions until then are known. Set it back to "
        "look again; nothing is booked twice.",
    )
    ledger_minutes = fields.Integer(
        "Look for Transactions Every (min)", default=10, required=True
    )
    ledger_overlap = fields.Integer("Look Back (min)", default=60, required=True)

    _ledger_minutes_positive = models.Constraint(
        "CHECK(ledger_minutes > 0 AND ledger_overlap >= 0)",
        "Transactions are looked for every so many minutes: at least 1.",
    )
    _va_expiry_positive = models.Constraint(
        "CHECK(va_expiry_days > 0)", "A virtual account lasts at least one day."
    )

    @api.model
    def _providers(self):
        return {**super()._providers(), **PROVIDERS}

    @api.depends("provider")
    def _compute_is_gateway(self):
        for backend in self:
            backend.is_gateway = backend.provider in PROVIDERS

    @api.depends("provider", "environment", "base_url")
    def _compute_payout_url(self):
        for backend in self:
            if backend.provider != "midtrans":
                backend.payout_url = False
            elif backend.environment == "simulator":
                backend.payout_url = f"{backend.base_url or ''}/iris/api/v1"
            else:
                backend.payout_url = PAYOUT_HOSTS[backend.environment]

    @api.depends("provider")
    def _compute_bank_ids(self):
        for backend in self:
            if not backend.is_gateway or backend.bank_ids:
                continue
            channels = self.env["connector.payment.channel"].search(
                [("provider", "=", backend.provider), ("va_code", "!=", False)]
            )
            backend.bank_ids = channels.bank_id

    def _features(self):
        """What the gateway can do; the older API of Xendit has no search."""
        self.ensure_one()
        return FEATURES[self.provider]

    # ---- a client --------------------------------------------------------------------

    def _gateway_client(self, transport):
        """A client of this account; it touches no database any more."""
        self.ensure_one()
        if not self.base_url:
            raise UserError(
                self.env._("%s has no API address; enter it on the account.", self.name)
            )
        return CLIENTS[self.provider](
            self._secrets(), self.base_url, transport, settings=self._client_settings()
        )

    def _client_settings(self):
        return {
            "timeout": self._timeout(),
            "va_api": self.va_api or "v3",
            "search_va": self.search_va,
            "payout_url": self.payout_url or "",
            "webhook_url": self.sudo().webhook_url or "",
            "country": "ID",
        }

    @api.model
    def _ask_gateways(self, messages, call, at_once=8):
        """{message id: call(client, message) or its error}, all at the same time.

        `call(client, message)` gives a function of no arguments that does the HTTP: it
        is made here, with the database at hand, and run in a thread, without it.
        """
        answers = {}
        for backend, theirs in messages.grouped("backend_id").items():
            with backend._transport(theirs[0].attempt_token) as transport:
                client = backend._gateway_client(transport)
                calls = {m.id: call(client, m) for m in theirs}
                answers |= side_by_side(calls, at_once)
        return answers

    def _identify(self):
        with self._transport() as transport:
            return self._gateway_client(transport).identify()

    def _test_connection(self):
        if not self.is_gateway:
            return super()._test_connection()
        return self._identify()

    # ---- the round trip of a webhook -------------------------------------------------

    @api.model
    def _handle_ping(self, messages, _answers):
        """Our own webhook came back: the address is right from where it was sent."""
        for backend in messages.backend_id:
            backend.webhook_seen_at = fields.Datetime.now()
        note = self.env._("The webhook address works.")
        return {m.id: Outcome.done(m.backend_id, note) for m in messages}

    webhook_seen_at = fields.Datetime("Round Trip Seen", readonly=True, copy=False)

"""Connecting a gateway: keys that fit their environment, a webhook that comes back."""

import secrets
import time
from dataclasses import replace
from urllib.parse import urlsplit

from odoo import api, models
from odoo.addons.connector_payment.providers import midtrans, schema, xendit
from odoo.addons.erp_connector_base.client.errors import ConnectorError
from odoo.exceptions import UserError, ValidationError
from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

MODULES = {"xendit": xendit, "midtrans": midtrans}
#: The credential whose text tells test accounts from real ones.
MAIN_KEYS = {"xendit": "secret_key", "midtrans": "server_key"}
#: Whose hosts are sent keys; all others are sent none, but simulators.
DOMAINS = {"xendit": "xendit.co", "midtrans": "midtrans.com"}
PATIENCE = 10  # seconds that a round trip may take

#: (product, where its address is entered in the gateway's dashboard)
WEBHOOK_PAGES = {
    "xendit": (
        (
            _lt("Virtual accounts (Payments API)"),
            _lt("Settings ▸ Webhooks ▸ Payment Requests v3: all its events"),
        ),
        (
            _lt("Virtual accounts (older)"),
            _lt("Settings ▸ Webhooks ▸ Fixed Virtual Accounts: paid, and created"),
        ),
        (_lt("Payouts"), _lt("Settings ▸ Webhooks ▸ Payouts v2: all its events")),
        (_lt("Refunds"), _lt("Settings ▸ Webhooks ▸ Refunds, if you use them")),
    ),
    "midtrans": (
        (
            _lt("Virtual accounts and refunds"),
            _lt("Settings ▸ Payment ▸ Notification URL: Payment Notification URL"),
        ),
        (
            _lt("Payouts (Iris)"),
            _lt("Payouts ▸ Settings ▸ Notification URL; it shows the merchant key"),
        ),
    ),
}
REFUSED = {
    401: _lt(
        "The address answered, but refused the key (401). It belongs to another "
        "account or database, or the keys there are others."
    ),
    404: _lt(
        "The address exists, but Odoo does not answer there (404). Does the proxy let "
        "/connector/ through?"
    ),
    413: _lt("The address refused the size of the message (413)."),
    503: _lt("Odoo's database was too slow to store it (503). Try again."),
}


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    # ---- keys ------------------------------------------------------------------------

    def _check_credentials(self):
        result = super()._check_credentials()
        for backend in self.filtered("is_gateway"):
            backend._check_key_environment()
        return result

    def _check_key_environment(self):
        """A key of the sandbox never works for real money, nor the other way round."""
        key = self._credential(MAIN_KEYS[self.provider])
        found = MODULES[self.provider].environment_of(key._plain())
        wanted = "production" if self.environment == "production" else "sandbox"
        if not found or found == wanted:
            return
        labels = dict(self._fields["environment"]._description_selection(self.env))
        raise UserError(
            self.env._(
                "%(name)s is for %(wanted)s, but the %(key)s belongs to %(found)s. Use "
                "the other key, or choose the other environment.",
                name=self.name,
                wanted=labels[self.environment],
                key=key.label,
                found=labels[found],
            )
        )

    # ---- addresses -------------------------------------------------------------------

    @api.constrains("provider", "environment", "base_url", "payout_url")
    def _check_addresses(self):
        """Keys travel encrypted, and to the gateway alone; simulators have none."""
        for backend in self.filtered("is_gateway"):
            if backend.environment == "simulator":
                continue
            for url in filter(None, (backend.base_url, backend.payout_url)):
                if not _is_theirs(url, DOMAINS[backend.provider]):
                    raise ValidationError(
                        self.env._(
                            "%(name)s: its addresses begin with https:// and belong to "
                            "%(domain)s. Anybody else would be sent its keys.",
                            name=backend.name,
                            domain=DOMAINS[backend.provider],
                        )
                    )

    def _addresses(self):
        return [*super()._addresses(), *filter(None, [self.payout_url])]

    def write(self, vals):
        for backend in self.filtered(lambda b: b.provider in MODULES):
            changes = {
                name: vals[name]
                for name in ("environment", "provider")
                if name in vals and vals[name] != backend[name]
            }
            if changes:
                backend._check_moving()
        return super().write(vals)

    def _check_moving(self):
        """Real money and tests never share keys or books; but in a neutralized copy."""
        if self._credential(MAIN_KEYS[self.provider]).is_set:
            raise UserError(
                self.env._(
                    "%s has keys, and keys belong to one environment. Make another "
                    "account; in a copy of a database, empty the keys first.",
                    self.name,
                )
            )
        parameters = self.env["ir.config_parameter"].sudo()
        moves = self.env["account.move"].sudo()
        used = self.journal_id and moves.search_count(
            [("journal_id", "=", self.journal_id.id), ("state", "=", "posted")], limit=1
        )
        if used and not parameters.get_param("database.is_neutralized"):
            raise UserError(
                self.env._(
                    "%s has books already: real money and tests are never mixed in "
                    "one journal. Make another account.",
                    self.name,
                )
            )

    # ---- ready -----------------------------------------------------------------------

    def _check_ready(self):
        """Journal and accounts can be made, and hold the gateway's money."""
        result = super()._check_ready()
        for backend in self.filtered("is_gateway"):
            company = backend.sudo().company_id
            accounts = self.env["account.account"].sudo().with_company(company)
            domain = accounts._check_company_domain(company)
            if not accounts.search_count(domain, limit=1):
                raise UserError(
                    self.env._(
                        "%(name)s: %(company)s has no chart of accounts. Choose one "
                        "(Invoicing, Configuration, Settings) before you connect it.",
                        name=backend.name,
                        company=company.name,
                    )
                )
            currency = backend._provider().currency
            if company.currency_id.name != currency:
                raise UserError(
                    self.env._(
                        "%(name)s: the money at %(platform)s is in %(currency)s, but "
                        "%(company)s keeps its books in %(own)s.",
                        name=backend.name,
                        platform=backend._provider().name,
                        currency=currency,
                        company=company.name,
                        own=company.currency_id.name,
                    )
                )
        return result

    def _connect_keys(self):
        """Who the gateway says we are, once all is in order; then go live."""
        self.ensure_one()
        self.check_access("write")
        self._check_credentials()
        self._check_ready()
        identity = self._identify()
        self._claim_identity()  # before journal and accounts are made
        self._set_connected()
        return identity

    # ---- the wizard ------------------------------------------------------------------

    def action_connect(self):
        """A gateway is connected by the wizard: it asks for the keys and tries them."""
        if len(self) == 1 and self.is_gateway:
            return self.action_link_gateway()
        return super().action_connect()

    @api.depends("provider")
    @api.depends_context("lang")
    def _compute_connect_label(self):
        result = super()._compute_connect_label()
        self.filtered("is_gateway").connect_label = self.env._("Connect")
        return result

    def action_link_gateway(self):
        self.ensure_one()
        self._check_in_use()
        return self._link_action(default_backend_id=self.id)

    def action_link_webhook(self):
        """The wizard's last page, for an account that is connected."""
        self.ensure_one()
        self._check_in_use()
        return self._link_action(default_backend_id=self.id, default_step="webhook")

    def _link_action(self, **context):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Connect a Payment Gateway"),
            "res_model": "connector.payment.link",
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "large", **context},
        }

    # ---- round trip ------------------------------------------------------------------

    def _round_trip(self, patience=PATIENCE):
        """(came back, words): our own webhook, sent to the public address."""
        self.ensure_one()
        self._check_in_use()
        nonce = secrets.token_hex(8)
        try:
            status = self._send_ping(nonce)
        except ConnectorError as error:
            return False, self.env._(
                "Nobody answered at the address: %s. The gateway reaches only an "
                "address that is public on the internet.",
                error,
            )
        if status != 200:
            known = REFUSED.get(status)
            text = self.env._("The address answered %s instead of 200.", status)
            return False, self.env._(known) if known else text
        return self._wait_for_ping(nonce, patience)

    def _send_ping(self, nonce):
        url = self.sudo().webhook_url or ""
        ping = MODULES[self.provider].ping_request(url, nonce, self._secrets())
        with self._transport() as transport:
            return transport.send(replace(ping, timeout=(5, PATIENCE))).status

    def _wait_for_ping(self, nonce, patience):
        """The message is stored by another process: look with new transactions."""
        begun = time.monotonic()
        state = None
        while time.monotonic() - begun < patience:
            state = self._ping_state(nonce)
            if state == "done":
                seconds = f"{time.monotonic() - begun:.1f}"
                return True, self._round_trip_words(seconds)
            time.sleep(0.25)
        if state:
            return False, self.env._(
                "It arrived and is stored, but nothing has handled it. Do scheduled "
                "actions run, and is the account connected?"
            )
        return False, self.env._(
            "The address answered, but the message is not in this database. Another "
            "Odoo answers there."
        )

    def _round_trip_words(self, seconds):
        """Our own message shows no more than that Odoo answers here."""
        stream = self.env["erp.connector.stream"].sudo()
        stream = stream.search([("backend_id", "=", self.id)])
        last = self._local_text(stream.accepted_at) or self.env._("none yet")
        return self.env._(
            "Our own message came back within %(seconds)s seconds. Whether %(gateway)s "
            "sends here, and with the key of this account, shows with its first "
            "webhook: %(last)s.",
            seconds=seconds,
            gateway=self._provider().name,
            last=last,
        )

    def _ping_state(self, nonce):
        with self._own_transaction() as env:
            message = env["erp.connector.message"].sudo()
            domain = [
                ("backend_id", "=", self.id),
                ("topic", "=", schema.PING_EVENT),
                ("dedup_key", "=", f"ping:{nonce}"),
            ]
            return message.search(domain, limit=1).state


def _is_theirs(url, domain):
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return False
    host = (parts.hostname or "").lower()
    inside = host == domain or host.endswith(f".{domain}")
    return parts.scheme == "https" and inside and "@" not in parts.netloc

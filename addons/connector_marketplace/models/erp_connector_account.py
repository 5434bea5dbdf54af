"""The account at the platform: linking, tokens, and how long they last."""

import hashlib
import logging
from contextlib import contextmanager
from datetime import timedelta

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.addons.connector_marketplace.providers import CLIENTS
from odoo.addons.connector_marketplace.providers.schema import NOT_THE_TOKEN
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    ConnectorError,
    RejectedError,
    TransientError,
    UncertainError,
)
from odoo.addons.erp_connector_base.client.redact import redact_text
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.tools.moments import naive
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

#: Cause of the activity before the platform's permission ends.
EXPIRY = "account.expiry"
#: A token that ends within this is renewed before it is used.
EARLY = timedelta(minutes=5)
WARN_DAYS = 14
COLLISIONS = 10
TOKENS = ("access_token", "refresh_token")


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    # ---- a client, with a token that works -------------------------------------------

    def _with_client(self, work, correlation_id=""):
        """`work(client)`; once more with a fresh token if the platform refuses it."""
        self.ensure_one()
        with self._transport(correlation_id) as transport:
            secrets = self._secrets()
            if self._token_ends_soon():
                secrets = self._refresh_tokens(transport, secrets)
            try:
                return work(self._build_client(transport, secrets))
            except AuthenticationError:
                secrets = self._refresh_tokens(transport, secrets)
            client = self._build_client(transport, secrets)
            with _about(secrets):
                try:
                    return work(client)
                except AuthenticationError:
                    client.shop_info()  # it is the token, if this is refused as well
            return self._with_proven_token(work, transport, secrets)

    def _with_proven_token(self, work, transport, secrets):
        """What is refused now is refused alone: no reason to disconnect the account."""
        try:
            return work(self._build_client(transport, secrets, token_proven=True))
        except RejectedError as error:
            if error.code != NOT_THE_TOKEN:
                raise
            raise TransientError(
                self.env._(
                    "%s. The authorization works, only this is refused: has the app "
                    "the right to it?",
                    str(error).rstrip("."),
                )
            ) from error

    def _disconnect(self, error):
        """Not for what was said of older tokens: it was linked again meanwhile."""
        said_of = getattr(error, "token", None)
        meant = self.filtered(
            lambda b: said_of is None or said_of == _digest(b._secrets())
        )
        return super(ErpConnectorBackend, meant)._disconnect(error)

    def _build_client(self, transport, secrets, **settings):
        if not self.base_url:
            raise UserError(
                self.env._("%s has no API address; enter it on the account.", self.name)
            )
        settings |= {"timeout": self._timeout()}
        return CLIENTS[self.provider](
            secrets, self.base_url, self.auth_url or "", transport, settings=settings
        )

    def _token_ends_soon(self):
        ends = self._credential("access_token").expires_on
        return bool(ends and ends < fields.Datetime.now() + EARLY)

    def _refresh_tokens(self, transport, used):
        """Secrets with a token pair that is not the `used` one.

        The pair is single use: whoever holds the row lock refreshes, commits the new
        pair in a transaction of its own, and only then is it used. Whoever waited for
        the lock finds that pair and takes it.
        """
        for _try in range(COLLISIONS):
            try:
                return self._refresh_under_lock(transport, used)
            except SerializationFailure:
                _logger.info("%s: another worker renews the tokens", self.name)
        raise TransientError(
            self.env._("%s: the tokens are being renewed.", self.name), retry_after=1
        )

    def _refresh_under_lock(self, transport, used):
        with self._own_transaction() as env:
            backend = env["erp.connector.backend"].browse(self.id)
            tokens = backend.sudo().credential_ids.filtered(lambda c: c.code in TOKENS)
            tokens._lock()
            secrets = backend._secrets()
            if secrets.get("access_token") in ("", used.get("access_token")):
                secrets = backend._exchange_refresh_token(transport, secrets)
        self.sudo().credential_ids.invalidate_recordset()
        return secrets

    def _exchange_refresh_token(self, transport, secrets):
        if not secrets.get("refresh_token"):
            raise AuthenticationError(
                self.env._("%s is not linked yet; press Link Account.", self.name)
            )
        client = self._build_client(transport, secrets)
        try:
            with _about(secrets):
                tokens = client.refresh(secrets["refresh_token"])
        except UncertainError as error:
            # Within hours the old refresh token gives the same new pair again.
            raise TransientError(str(error), retry_after=10) from error
        self._store_tokens(tokens)
        return self._secrets()

    def _store_tokens(self, tokens):
        self._set_secrets(
            {
                "access_token": tokens.access_token,
                "refresh_token": tokens.refresh_token,
            },
            {
                "access_token": naive(tokens.expires_at),
                "refresh_token": naive(tokens.refresh_expires_at),
            },
        )

    # ---- linking ---------------------------------------------------------------------

    def action_link(self):
        """Send the manager to the platform's authorization page."""
        self.ensure_one()
        self.check_access("write")
        self._check_credentials()
        self._check_ready()
        self._drop_unread_tokens()
        state = self._oauth_begin()
        with self._transport() as transport:
            client = self._build_client(transport, self._secrets())
            url = client.authorization_url(state, self._oauth_redirect_uri())
        return {"type": "ir.actions.act_url", "url": url, "target": "self"}

    def _drop_unread_tokens(self):
        """Tokens whose key is lost: linking gives new ones, and nobody can type any."""
        rotating = self.sudo().credential_ids.filtered("is_rotating")
        for credential in rotating.filtered(lambda c: c._readable() is None):
            credential._store(False)

    def action_connect(self):
        """A marketplace is connected by linking it."""
        if len(self) == 1 and self.is_marketplace:
            return self.action_link()
        return super().action_connect()

    def _oauth_finish(self, answer):
        """The shop is checked before its code is spent, if the platform names it: a new
        pair of tokens ends the one that another account works with.
        """
        if not self.is_marketplace:
            return super()._oauth_finish(answer)
        if not answer.get("code"):
            raise UserError(
                self.env._(
                    "%(name)s was not linked: the platform gave no code (%(error)s). "
                    "Press Link Account again.",
                    name=self.name,
                    error=redact_text(answer.get("error") or "", 100)
                    or self.env._("no reason given"),
                )
            )
        self._check_ready()
        if answer.get("shop_id"):
            self._check_shop(answer["shop_id"])
        with self._transport() as transport:
            client = self._build_client(transport, self._secrets())
            tokens = client.exchange_code(answer["code"], answer.get("shop_id", ""))
        shop_id = answer.get("shop_id") or tokens.shop_id
        self._check_shop(shop_id)
        self._set_secrets({"shop_id": shop_id})
        self.sudo().account_ref = shop_id
        self._store_tokens(tokens)
        shop = self._read_new_shop()
        self._set_connected()
        self._settle_notice(EXPIRY)
        self.sudo().link_notice = self._linked_notice(shop)
        return None

    def _read_new_shop(self):
        """The shop, and how long the new permission lasts; None if it does not answer.

        The code that gave it is spent, so whatever happens here, it is kept; the daily
        watch asks again.
        """
        self.sudo().authorised_until = False
        secrets = self._secrets()  # a key that is missing is no silence of the shop
        try:
            with self._transport() as transport:
                return self._read_shop_info(self._build_client(transport, secrets))
        except ConnectorError as error:
            _logger.warning("%s is linked, but did not answer: %s", self.name, error)
            return None

    def _linked_notice(self, shop):
        if shop is None:
            return self.env._(
                "Linked: shop %s. It has not answered yet: press Test Connection in a "
                "while.",
                self.account_ref,
            )
        return self.env._(
            "Linked: %(shop)s (%(id)s). Next: enter the webhook address (tab "
            "Connection) as the push address of the app at %(platform)s. Orders that "
            "change from now on come in by themselves.",
            shop=shop.name or self.env._("shop"),
            id=self.account_ref,
            platform=self._provider().name,
        )

    def _check_shop(self, shop_id):
        """Orders of one account come from one shop, and of one shop to one account."""
        if self.account_ref and self.account_ref != shop_id:
            raise UserError(
                self.env._(
                    "%(name)s belongs to shop %(old)s, but shop %(new)s was "
                    "authorized. Make a new account for that shop.",
                    name=self.name,
                    old=self.account_ref,
                    new=shop_id,
                )
            )
        other = self._same_outside(self._marks_of_number(shop_id))
        if other:
            self._refuse_duplicate(other)

    def _outside_name(self, other):
        if self.is_marketplace and other.account_ref:
            return self.env._("Shop %s", other.account_ref)
        return super()._outside_name(other)

    def _read_shop_info(self, client):
        shop = client.shop_info()
        self.sudo().authorised_until = naive(shop.authorised_until)
        return shop

    def _test_connection(self):
        if not self.is_marketplace:
            return super()._test_connection()
        shop = self._with_client(self._read_shop_info)
        if self.account_ref and shop.id != self.account_ref:
            raise UserError(
                self.env._(
                    "%(name)s belongs to shop %(old)s, but shop %(new)s answered. Link "
                    "the account again.",
                    name=self.name,
                    old=self.account_ref,
                    new=shop.id,
                )
            )
        return self.env._("Shop %(name)s (%(id)s)", name=shop.name, id=shop.id)

    # ---- how long it lasts -----------------------------------------------------------

    @api.model
    def _cron_watch_authorisations(self):
        """Warn the owner before the platform's permission ends."""
        connected = self.search([("state", "=", "connected")])
        connected.filtered("is_marketplace")._each(_watch_authorisation)

    def _warn_of_expiry(self):
        self.ensure_one()
        ends = self.authorised_until
        if not ends or ends > fields.Datetime.now() + timedelta(days=WARN_DAYS):
            self._settle_notice(EXPIRY)
            return
        self._notify_owner(
            self.env._("Link %s again", self.name),
            self.env._(
                "The platform's authorization ends on %s. Open the account and press "
                "Link Account before then; otherwise no order comes in any more.",
                fields.Date.to_string(self._local_date(ends)),
            ),
            cause=EXPIRY,
        )

    @api.model
    def _exchange_account(self, messages):
        """The shop's state, read anew: an event is only a hint."""
        backend = messages.backend_id
        shop = backend._with_client(
            lambda client: client.shop_info(), messages[0].attempt_token
        )
        return dict.fromkeys(messages.ids, shop)

    @api.model
    def _handle_account(self, messages, answers):
        backend = messages.backend_id
        shop = answers[messages[0].id]
        backend.authorised_until = naive(shop.authorised_until)
        backend._warn_of_expiry()
        note = self.env._("Authorization ends %s", backend.authorised_until or "?")
        return {message.id: Outcome.done(backend, note) for message in messages}


def _watch_authorisation(backend):
    if not backend.authorised_until:
        backend._read_new_shop()
    backend._warn_of_expiry()


@contextmanager
def _about(secrets):
    """A refusal in here remembers which token it was about."""
    try:
        yield
    except AuthenticationError as error:
        error.token = _digest(secrets)
        raise


def _digest(secrets):
    return hashlib.sha256(secrets.get("access_token", "").encode()).digest()

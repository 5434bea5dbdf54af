"""The token of Xendit's webhooks: their only authentication, not over the body."""

import hashlib
import hmac
from collections.abc import Mapping

from odoo.addons.connector_payment.providers.schema import load
from odoo.addons.erp_connector_base.client.errors import SignatureError
from odoo.addons.erp_connector_base.client.provider import WebhookRequest

TOKEN_HEADER = "x-callback-token"  # noqa: S105 - the header's name
#: Credentials that a webhook may bear; the second while the token is being changed.
TOKENS = ("callback_token", "callback_token_previous")
#: Field of our own round trip, and what its signature begins with.
PING = "connector_ping"
PING_MARK = "ping:"


def sign_ping(body: bytes, token: str) -> str:
    """Stands for the token in our own round trip.

    It goes to the address on the account, which need not be ours: whoever answers there
    learns nothing that he could sign an event with.
    """
    text = b"connector ping|" + body
    return PING_MARK + hmac.new(token.encode(), text, hashlib.sha256).hexdigest()


def verify_webhook(request: WebhookRequest, credentials: Mapping[str, str]) -> None:
    """Raise SignatureError unless `x-callback-token` is one of the account's tokens.

    Compares with all of them, always: the time it takes tells nothing.
    """
    tokens = [token for name in TOKENS if (token := credentials.get(name))]
    if not tokens:
        raise SignatureError("The account has no callback token to check with")
    given = request.headers.get(TOKEN_HEADER) or ""
    if not given:
        raise SignatureError("The webhook has no callback token")
    raw = given.encode("utf-8", "replace")
    if given.startswith(PING_MARK) and _is_ping(request.body):
        tokens = [sign_ping(request.body, token) for token in tokens]
    matches = [hmac.compare_digest(raw, token.encode()) for token in tokens]
    if not any(matches):
        raise SignatureError("The webhook has a wrong callback token")


def _is_ping(body: bytes) -> bool:
    """Whether it can be nothing else than our round trip."""
    try:
        told = load(body)
    except ValueError:
        return False
    return isinstance(told, dict) and set(told) == {PING, "created"}

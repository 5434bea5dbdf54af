"""The token of Xendit's webhooks: their only authentication, not over the body."""

import hmac
from collections.abc import Mapping

from odoo.addons.erp_connector_base.client.errors import SignatureError
from odoo.addons.erp_connector_base.client.provider import WebhookRequest

TOKEN_HEADER = "x-callback-token"  # noqa: S105 - the header's name
#: Credentials that a webhook may bear; the second while the token is being changed.
TOKENS = ("callback_token", "callback_token_previous")


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
    matches = [hmac.compare_digest(raw, token.encode()) for token in tokens]
    if not any(matches):
        raise SignatureError("The webhook has a wrong callback token")

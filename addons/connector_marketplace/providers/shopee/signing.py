"""Signatures of Shopee Open Platform v2: text and key in, lower-case hex out."""

import hashlib
import hmac
from collections.abc import Mapping

from odoo.addons.erp_connector_base.client.errors import SignatureError
from odoo.addons.erp_connector_base.client.provider import WebhookRequest


def base_string(
    partner_id: str,
    path: str,
    timestamp: int,
    access_token: str = "",
    owner_id: str = "",
) -> str:
    """What is signed of a request; `owner_id` is the shop's, or the merchant's, id.

    A public call has neither token nor owner. `path` starts with "/api/v2/".

    >>> base_string("2001887", "/api/v2/public/get_shops_by_partner", 1655714431)
    '2001887/api/v2/public/get_shops_by_partner1655714431'
    """
    return f"{partner_id}{path}{timestamp}{access_token}{owner_id}"


def sign(partner_key: str, message: str | bytes) -> str:
    """HMAC-SHA256; the key is plain text, never decoded from hexadecimal."""
    if isinstance(message, str):
        message = message.encode()
    return hmac.new(partner_key.encode(), message, hashlib.sha256).hexdigest()


def push_signature(partner_key: str, url: str, body: bytes) -> str:
    """Signature of a push: of the callback URL as configured, "|", the raw body."""
    return sign(partner_key, url.encode() + b"|" + body)


def verify_push(request: WebhookRequest, credentials: Mapping[str, str]) -> None:
    """Raise SignatureError unless `authorization` signs this very body and URL."""
    key = credentials.get("partner_key") or ""
    if not key:
        raise SignatureError("The account has no partner key to check a push with")
    given = request.headers.get("authorization") or ""
    if not given:
        raise SignatureError("The push has no signature")
    expected = push_signature(key, request.url, request.body)
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        raise SignatureError("The push has a wrong signature")

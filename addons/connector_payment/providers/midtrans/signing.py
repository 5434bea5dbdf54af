"""Signatures of Midtrans's notifications: text and key in, lower-case hex out."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import Any

from odoo.addons.connector_payment.providers.schema import load
from odoo.addons.erp_connector_base.client.errors import SignatureError
from odoo.addons.erp_connector_base.client.provider import WebhookRequest

#: Header of a notification about a payout; the others are signed in the body.
PAYOUT_SIGNATURE = "iris-signature"
#: Keys that a notification of the Core API may be signed with.
_SERVER_KEYS = ("server_key", "server_key_previous")
_STATUS_CODE = re.compile(r"\d{3}", re.ASCII)


def sign_notification(
    order_id: str, status_code: str, gross_amount: str, server_key: str
) -> str:
    """SHA512 over the four texts; `gross_amount` exactly as sent ("100000.00").

    It has no time and does not cover `transaction_status`: ask for the status.
    """
    text = f"{order_id}{status_code}{gross_amount}{server_key}"
    return hashlib.sha512(text.encode()).hexdigest()


def sign_payout(body: bytes, merchant_key: str) -> str:
    """SHA512 over the raw body and the merchant key, as header Iris-Signature."""
    return hashlib.sha512(body + merchant_key.encode()).hexdigest()


def is_payout(request: WebhookRequest) -> bool:
    """Whether it claims to come from Iris."""
    return PAYOUT_SIGNATURE in request.headers


def verify_webhook(request: WebhookRequest, credentials: Mapping[str, str]) -> None:
    """Raise SignatureError unless one of the account's keys signed it."""
    verify = _verify_payout if is_payout(request) else _verify_notification
    verify(request, credentials)


def _verify_payout(request: WebhookRequest, credentials: Mapping[str, str]) -> None:
    key = credentials.get("iris_merchant_key") or ""
    if not key:
        raise SignatureError("The account has no merchant key to check payouts with")
    _check(request.headers[PAYOUT_SIGNATURE], (sign_payout(request.body, key),))


def _verify_notification(
    request: WebhookRequest, credentials: Mapping[str, str]
) -> None:
    keys = [key for name in _SERVER_KEYS if (key := credentials.get(name))]
    if not keys:
        raise SignatureError("The account has no server key to check with")
    body = _object(request.body)
    signed = [_text(body, key) for key in ("order_id", "status_code", "gross_amount")]
    if not _STATUS_CODE.fullmatch(signed[1]):
        raise SignatureError("The notification has no status code of three digits")
    expected = [sign_notification(*signed, key) for key in keys]
    _check(_text(body, "signature_key"), tuple(expected))


def _check(given: str, expected: tuple[str, ...]) -> None:
    """Compares with all of them, always: the time it takes tells nothing."""
    if not given:
        raise SignatureError("The notification has no signature")
    raw = given.encode("utf-8", "replace")
    matches = [hmac.compare_digest(raw, one.encode()) for one in expected]
    if not any(matches):
        raise SignatureError("The notification has a wrong signature")


def _object(body: bytes) -> Mapping[str, Any]:
    try:
        value = load(body)
    except ValueError:
        raise SignatureError("The notification is not JSON") from None
    if not isinstance(value, dict):
        raise SignatureError("The notification is no JSON object")
    return value


def _text(body: Mapping[str, Any], key: str) -> str:
    """A text, or a number as it was written; "" for anything else."""
    value = body.get(key)
    if value is None or isinstance(value, bool | dict | list):
        return ""
    return str(value).encode("utf-8", "replace").decode()

"""Midtrans' signatures, written from its documentation alone."""

import hashlib
import hmac
from collections.abc import Callable

FORGERIES: dict[str, Callable[[str], str]] = {
    "wrong": lambda good: hashlib.sha512(good.encode()).hexdigest(),
    "wrong_key": lambda good: hashlib.sha512(good.encode()).hexdigest(),
    "upper": str.upper,
    "prefixed": lambda good: f"sha512={good}",
    "garbage": lambda good: "garbage",
    "empty": lambda good: "",
}
MISSING = "missing"
OTHER_ACCOUNT = "other_account"
OTHER_KEY = "SB-Mid-server-of-somebody-else"


def notification_key(order_id: str, code: str, gross_amount: str, key: str) -> str:
    """``signature_key`` of a notification: neither time nor status are covered."""
    return _sha512(f"{order_id}{code}{gross_amount}{key}".encode())


def iris_signature(body: bytes, merchant_key: str) -> str:
    """``Iris-Signature`` of a payout notification, over the raw body."""
    return _sha512(body + merchant_key.encode())


def forge(good: str, how: str) -> str:
    """A wrong signature in the way that ``how`` names; unknown ways are garbage."""
    return FORGERIES.get(how, FORGERIES["garbage"])(good)


def same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _sha512(message: bytes) -> str:
    return hashlib.sha512(message).hexdigest()

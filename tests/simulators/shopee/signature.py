"""Shopee's signatures, written from the documentation alone."""

import hashlib
import hmac


def digest(key: str, message: bytes) -> str:
    """Lowercase hex HMAC-SHA256; the key is plain UTF-8 text."""
    return hmac.digest(key.encode(), message, hashlib.sha256).hex()


def base_string(partner_id: object, path: str, timestamp: object, *more: object) -> str:
    """Public interface: nothing more. Shop interface: access token, shop id."""
    return "".join(map(str, (partner_id, path, timestamp, *more)))


def sign_call(key: str, *parts: object) -> str:
    """Signature of an interface call, parts as in ``base_string``."""
    return digest(key, base_string(*parts).encode())


def sign_push(key: str, url: str, body: bytes) -> str:
    """Authorization header of a push: callback URL, a bar, the raw body."""
    return digest(key, url.encode() + b"|" + body)


def same(one: str, other: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(one.encode(), other.encode())

"""Xendit's webhooks into events, and our own round trip to ourselves.

Newer ones have `event`; the legacy ones are told apart by the keys that they have.
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime

from odoo.addons.connector_payment.providers import schema
from odoo.addons.erp_connector_base.client.provider import Event, WebhookRequest
from odoo.addons.erp_connector_base.client.reading import Fields
from odoo.addons.erp_connector_base.client.transport import Request

from . import mapping
from .calls import utc_now
from .payouts import payout, payout_data
from .signing import PING, TOKEN_HEADER, TOKENS, sign_ping


def parse_webhook(request: WebhookRequest) -> tuple[Event, ...]:
    """The event of a verified webhook; what is about nothing we know is OTHER_EVENT.

    UnexpectedResponseError for what is no JSON object, or is about money and cannot be
    read: that must not be overlooked.
    """
    body = mapping.read_object(request.body)
    text = mapping.storable(request.body.decode("utf-8", "replace"))
    return (_reader(body)(body, text),)


def ping_request(
    url: str,
    nonce: str,
    credentials: Mapping[str, str],
    clock: Callable[[], datetime] = utc_now,
) -> Request:
    """Our own webhook, to see whether `url` leads to us: comes back as PING_EVENT."""
    token = next((credentials[name] for name in TOKENS if credentials.get(name)), "")
    body = schema.dump({PING: nonce, "created": clock().isoformat()}).encode()
    headers = {
        "content-type": "application/json",
        TOKEN_HEADER: sign_ping(body, token) if token else "",
    }
    return Request("POST", url, headers=headers, body=body)


def _ping(body: Fields, text: str) -> Event:
    nonce = body.text(PING, 128)
    return Event(schema.PING_EVENT, nonce, f"ping:{nonce}", text)


def _other(body: Fields, text: str) -> Event:
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Event(schema.OTHER_EVENT, digest, digest, text, _told_at(body))


def _payment(body: Fields, text: str) -> Event:
    """Equal for two tellings, different when state, amount or doubt differ."""
    found = mapping.payment_of(body)
    data = body.object("data") if "event" in body else body
    captures = sorted(c.text("capture_id", 128) for c in data.objects("captures"))
    amount = found.amount
    parts = (
        _name(body) or "payment",
        found.id,
        found.raw_status,
        ",".join(captures),
        "" if amount is None else format(amount.normalize(), "f"),
        mapping.verification(data),
    )
    key = found.va_reference or found.va_id or found.id
    dedup = ":".join(parts)
    return Event(
        schema.PAYMENT_EVENT, key, dedup, text, found.paid_at, merchant=_business(body)
    )


def _request(body: Fields, text: str) -> Event:
    found = mapping.payment_request(body.object("data").data)
    dedup = f"{_name(body)}:{found.id}:{found.raw_status}:{found.updated_at}"
    key = found.reference or found.id
    return Event(
        schema.VA_EVENT, key, dedup, text, found.updated_at, merchant=_business(body)
    )


def _fixed(body: Fields, text: str) -> Event:
    """Created and updated look alike; without a time only the contents tell."""
    found = mapping.fixed_account(body.data, utc_now())
    digest = hashlib.sha256(text.encode()).hexdigest()
    mark = found.updated_at.isoformat() if found.updated_at else digest
    dedup = f"va:{found.id}:{found.raw_status}:{mark}"
    key = found.reference or found.id
    return Event(schema.VA_EVENT, key, dedup, text, found.updated_at)


def _payout(body: Fields, text: str) -> Event:
    found = payout(payout_data(body).data)
    dedup = f"{_name(body)}:{found.id}:{found.raw_status}:{found.failure_code}"
    key = found.reference or found.id
    return Event(
        schema.PAYOUT_EVENT,
        key,
        dedup,
        text,
        found.updated_at,
        merchant=_business(body),
    )


def _refund(body: Fields, text: str) -> Event:
    data = mapping.refund_data(body)
    found = mapping.refund(data.data)
    dedup = f"{_name(body)}:{found.id}:{found.raw_status}"
    when = mapping.moment(data, "updated", "created")
    key = found.reference or found.id
    return Event(schema.REFUND_EVENT, key, dedup, text, when, merchant=_business(body))


#: How the names of events begin; `payment_token.`, `recurring.`, … are none of ours.
PREFIXES = {
    "payment.": _payment,
    "payment_request.": _request,
    "payout.": _payout,
    "v3_payout.": _payout,
    "refund.": _refund,
}
#: Keys that tell the legacy webhooks apart, the first that fits.
SHAPES = (
    ((PING,), _ping),
    (("payment_id", "callback_virtual_account_id"), _payment),
    (("account_number", "is_closed"), _fixed),
)


def _reader(body: Fields) -> Callable[[Fields, str], Event]:
    name = _name(body)
    for prefix, reader in PREFIXES.items():
        if name.startswith(prefix):
            return reader
    for keys, reader in SHAPES:
        if not name and all(key in body for key in keys):
            return reader
    return _other


def _name(body: Fields) -> str:
    name = body.data.get("event")
    return name if isinstance(name, str) else ""


def _business(body: Fields) -> str:
    """Xendit's number of the business it is about, as its newer webhooks tell it."""
    number = body.data.get("business_id")
    return number[:64] if isinstance(number, str) and _name(body) else ""


def _told_at(body: Fields) -> datetime | None:
    return mapping.moment(body, "updated", "created")

"""What POST /v2/charge asks for: a virtual account, or a Mandiri bill."""

import re
import unicodedata
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from odoo.addons.connector_payment.providers.schema import VaKind, VaRequest
from odoo.addons.erp_connector_base.client.errors import RejectedError

from .calls import whole_rupiah
from .mapping import ZONE

#: Where the payer's limits are: 20 seconds to 180 days. The request travels, too.
SHORTEST = timedelta(seconds=60)
LONGEST = timedelta(days=180)
#: Channels whose charges keep no Idempotency-Key.
WITHOUT_KEY = frozenset({"permata"})

_ORDER_ID = re.compile(r"[A-Za-z0-9._~-]{1,50}")
_KEYS = uuid.UUID("1bf4d3b6-6f0f-4b0c-9d0b-6f3a7a1f0c55")
_MINUTE = timedelta(minutes=1)


def charge_body(request: VaRequest, now: datetime) -> dict[str, Any]:
    """The JSON of a charge; RejectedError for what Midtrans cannot do."""
    if request.kind is not VaKind.CLOSED:
        message = "an account for good needs BI-SNAP, which is not supported"
        raise RejectedError(f"Midtrans: {request.reference}: {message}")
    if not _ORDER_ID.fullmatch(request.reference):
        message = "an order id has 1 to 50 letters, digits, dots, dashes, underscores"
        raise RejectedError(f"Midtrans: {message}: {request.reference!r}")
    amount = whole_rupiah(request.amount, request.currency)
    details = {"order_id": request.reference, "gross_amount": amount}
    return {
        **_payment_type(request),
        "transaction_details": details,
        **_customer(request),
        **_expiry(request.expires_at, now),
    }


def idempotency_key(reference: str) -> str:
    """36 characters, the same for the same reference; Midtrans keeps it 5 minutes."""
    return str(uuid.uuid5(_KEYS, reference))


def _plain(text: str, longest: int) -> str:
    """What a cash machine can show: ASCII, in one line."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return " ".join(ascii_text.split())[:longest].strip()


def _bank_transfer(request: VaRequest) -> dict[str, Any]:
    transfer: dict[str, Any] = {"bank": request.channel}
    if request.number:
        transfer["va_number"] = request.number
    if request.channel == "permata" and request.name:
        transfer["permata"] = {"recipient_name": _plain(request.name, 20)}
    return {"payment_type": "bank_transfer", "bank_transfer": transfer}


def _mandiri_bill(request: VaRequest) -> dict[str, Any]:
    about = _plain(request.description, 30) or _plain(request.name, 30)
    bill = {
        "bill_info1": "Pembayaran",
        "bill_info2": about or request.reference[:30],
    }
    if request.number:
        bill["bill_key"] = request.number
    return {"payment_type": "echannel", "echannel": bill}


#: How each channel of our table is charged.
CHANNELS: dict[str, Callable[[VaRequest], dict[str, Any]]] = {
    "bca": _bank_transfer,
    "bni": _bank_transfer,
    "bri": _bank_transfer,
    "cimb": _bank_transfer,
    "permata": _bank_transfer,
    "mandiri": _mandiri_bill,
}


def _payment_type(request: VaRequest) -> dict[str, Any]:
    if request.channel not in CHANNELS:
        raise RejectedError(f"Midtrans has no bank {request.channel!r}")
    return CHANNELS[request.channel](request)


def _customer(request: VaRequest) -> dict[str, Any]:
    name = request.name[:255]
    return {"customer_details": {"first_name": name}} if name else {}


def _expiry(expires_at: datetime | None, now: datetime) -> dict[str, Any]:
    """Whole minutes that end at `expires_at` to the second, so begin a bit earlier.

    Without one, Midtrans gives 24 hours.
    """
    if expires_at is None:
        return {}
    if expires_at <= now:
        raise RejectedError(f"Midtrans: {expires_at:%Y-%m-%d %H:%M %Z} is over")
    ends = min(max(expires_at, now + SHORTEST), now + LONGEST).astimezone(ZONE)
    minutes = ceil((ends - now) / _MINUTE)
    begins = ends - minutes * _MINUTE
    expiry = {
        "order_time": f"{begins:%Y-%m-%d %H:%M:%S} +0700",
        "expiry_duration": minutes,
        "unit": "minute",
    }
    return {"custom_expiry": expiry}

"""Midtrans's notifications into events. Money is only believed after asking again."""

import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import datetime

from odoo.addons.connector_payment.providers import schema
from odoo.addons.erp_connector_base.client.errors import RejectedError
from odoo.addons.erp_connector_base.client.provider import Event, WebhookRequest
from odoo.addons.erp_connector_base.client.reading import Fields
from odoo.addons.erp_connector_base.client.transport import Request

from . import mapping
from .calls import utc_now
from .signing import is_payout, sign_notification

#: The order that our own round trip is about; nobody can charge it.
PING_ORDER = "connector-ping"
PING_FIELD = "connector_ping"


def parse_webhook(request: WebhookRequest) -> tuple[Event, ...]:
    """The event a verified notification tells of."""
    text = request.body.decode("utf-8", "replace").replace("\0", "\ufffd")
    told = mapping.read(text, "notification")
    events = _payout_event if is_payout(request) else _payment_event
    return (events(told, text),)


def ping_request(
    url: str,
    nonce: str,
    credentials: Mapping[str, str],
    clock: Callable[[], datetime] = utc_now,
) -> Request:
    """A signed POST to our own address: what comes back as PING_EVENT under `nonce`."""
    key = credentials.get("server_key")
    if not key:
        raise RejectedError("Midtrans: the account has no server_key")
    body = {
        PING_FIELD: nonce,
        "order_id": PING_ORDER,
        "status_code": "200",
        "gross_amount": "0.00",
        "transaction_time": f"{clock().astimezone(mapping.ZONE):%Y-%m-%d %H:%M:%S}",
        "signature_key": sign_notification(PING_ORDER, "200", "0.00", key),
    }
    headers = {"content-type": "application/json"}
    return Request("POST", url, headers=headers, body=json.dumps(body).encode())


def _payment_event(told: Fields, text: str) -> Event:
    order_id = told.text("order_id", 255)
    when = mapping.changed_at(told)
    if order_id == PING_ORDER and PING_FIELD in told:
        nonce = told.text(PING_FIELD, 128)
        return Event(schema.PING_EVENT, nonce, f"ping:{nonce}", text, when)
    facts = _joined(told, "order_id", "transaction_status", "status_code")
    key = f"{facts}:{_digest(told)}"
    if not order_id:
        return Event(schema.OTHER_EVENT, _digest(told), key, text, when)
    merchant = told.text("merchant_id", 64)
    return Event(schema.PAYMENT_EVENT, order_id, key, text, when, merchant=merchant)


def _payout_event(told: Fields, text: str) -> Event:
    when = mapping.moment(told, "updated_at")
    key = f"{_joined(told, 'reference_no', 'status')}:{_digest(told)}"
    reference_no = told.text("reference_no", 64)
    if reference_no:
        return Event(schema.PAYOUT_EVENT, reference_no, f"payout:{key}", text, when)
    # a top-up of the balance, or something new
    owner = told.text("transaction_id", 64) or _digest(told)
    return Event(schema.OTHER_EVENT, owner, f"iris:{key}", text, when)


def _joined(told: Fields, *keys: str) -> str:
    return ":".join(told.text(key, 64).lower() for key in keys)


def _digest(told: Fields) -> str:
    """Of all that it says: the status is not signed, so a forged status must not have
    the key of the true notification that comes later. The signature alone changes
    when the account's key does.
    """
    facts = ((key, told.data[key]) for key in sorted(told.data))
    ordered = {key: value for key, value in facts if key != "signature_key"}
    return hashlib.sha256(schema.dump(ordered).encode()).hexdigest()[:32]

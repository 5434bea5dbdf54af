"""Xendit's virtual accounts and payments into the words of `schema.py`.

Three generations: the legacy fixed virtual accounts (no `event`), the older payment
requests (ids `ddpy-`), the Payments API v3 (`py-`, `pr-`). No request leaves from here.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.providers.schema import PaymentStatus, VaStatus
from odoo.addons.erp_connector_base.client.errors import UnexpectedResponseError
from odoo.addons.erp_connector_base.client.reading import Fields
from odoo.addons.erp_connector_base.client.redact import redact_text

#: `status` of a payment request (v3).
REQUEST_STATUS = {
    "ACCEPTING_PAYMENTS": VaStatus.ACTIVE,
    "REQUIRES_ACTION": VaStatus.ACTIVE,
    "PENDING": VaStatus.PENDING,
    "AUTHORIZED": VaStatus.PENDING,
    "CANCELED": VaStatus.CLOSED,
    "CANCELLED": VaStatus.CLOSED,
    "EXPIRED": VaStatus.EXPIRED,
    "SUCCEEDED": VaStatus.PAID,
    "FAILED": VaStatus.FAILED,
}
#: `status` of a legacy virtual account; INACTIVE: see `_inactive`.
FIXED_STATUS = {
    "PENDING": VaStatus.PENDING,
    "ACTIVE": VaStatus.ACTIVE,
    "INACTIVE": VaStatus.CLOSED,
}
#: `status` of a payment, v3 and older.
PAYMENT_STATUS = {
    "SUCCEEDED": PaymentStatus.PAID,
    "COMPLETED": PaymentStatus.PAID,
    "PENDING": PaymentStatus.PENDING,
    "REQUIRES_ACTION": PaymentStatus.PENDING,
    "ACCEPTING_PAYMENTS": PaymentStatus.PENDING,
    "AUTHORIZED": PaymentStatus.PENDING,
    "FAILED": PaymentStatus.FAILED,
    "EXPIRED": PaymentStatus.EXPIRED,
    "CANCELED": PaymentStatus.CANCELLED,
    "CANCELLED": PaymentStatus.CANCELLED,
    "VOIDED": PaymentStatus.CANCELLED,
    "REVERSED": PaymentStatus.REVERSED,
    "REFUNDED": PaymentStatus.REFUNDED,
}
#: The legacy callback about money has no status: it is sent when money came.
LEGACY_PAID = "COMPLETED"

SUFFIX = "_VIRTUAL_ACCOUNT"
_NUMBER_ACTION = ("PRESENT_TO_CUSTOMER", "VIRTUAL_ACCOUNT_NUMBER")
_DOUBT = "Xendit could not verify the sender: do not take it for paid unchecked"


def read_object(payload: str | bytes, owner: str = "webhook") -> Fields:
    """A webhook's body; UnexpectedResponseError, with all of it, if it is no object."""
    text = payload if isinstance(payload, str) else payload.decode("utf-8", "replace")
    try:
        return Fields(schema.load(payload), owner)
    except UnexpectedResponseError as error:
        raise UnexpectedResponseError(str(error), storable(text)) from None
    except ValueError:
        message = f"{owner}: not JSON but: {redact_text(text, 100)!r}"
        raise UnexpectedResponseError(message, storable(text)) from None


def storable(text: str) -> str:
    """Without the NUL that PostgreSQL refuses."""
    return text.replace("\0", "\ufffd")


def moment(fields: Fields, *keys: str) -> datetime | None:
    """The first of these ISO 8601 times that can be read; without a zone it is UTC."""
    for key in keys:
        value = fields.data.get(key)
        try:
            found = datetime.fromisoformat(value) if isinstance(value, str) else None
            if found and found.tzinfo:
                return found.astimezone(UTC)
        except (ValueError, OverflowError):
            found = None
        if found:
            return found.replace(tzinfo=UTC)
    return None


def flag(fields: Fields, key: str) -> bool:
    """A JSON true, or the text "true"."""
    return str(fields.data.get(key)).lower() == "true"


def bank_of(channel: str) -> str:
    """The bank as in our table, whichever way it is written.

    >>> bank_of("BCA_VIRTUAL_ACCOUNT"), bank_of("BCA"), bank_of("ID_BCA")
    ('BCA', 'BCA', 'BCA')
    """
    return channel.removesuffix(SUFFIX).removeprefix("ID_")


# -- virtual accounts ------------------------------------------------------------------


def payment_request(answer: Any) -> schema.VirtualAccount:
    """A payment request of the Payments API v3, as answered or in a webhook."""
    fields = Fields(answer, "payment request ?")
    request_id = fields.name("payment_request_id")
    fields.owner = f"payment request {request_id}"
    properties = fields.object("channel_properties")
    raw_status = fields.text("status", 64)
    return schema.VirtualAccount(
        id=request_id,
        reference=fields.text("reference_id", 255),
        status=REQUEST_STATUS.get(raw_status, VaStatus.UNKNOWN),
        raw_status=raw_status,
        channel=bank_of(fields.text("channel_code", 64)),
        number=_number(fields) or properties.text("virtual_account_number", 64),
        amount=fields.amount("request_amount"),
        currency=fields.text("currency", 8) or "IDR",
        expires_at=moment(properties, "expires_at"),
        updated_at=moment(fields, "updated", "created"),
        raw=fields.data,
    )


def _number(request: Fields) -> str:
    for action in request.objects("actions"):
        if (action.text("type"), action.text("descriptor")) == _NUMBER_ACTION:
            return action.text("value", 64)
    return ""


def fixed_account(answer: Any, now: datetime) -> schema.VirtualAccount:
    """A legacy virtual account, as answered or in the created/updated callback."""
    fields = Fields(answer, "virtual account ?")
    va_id = fields.name("id")
    fields.owner = f"virtual account {va_id}"
    closed = flag(fields, "is_closed")
    return schema.VirtualAccount(
        id=va_id,
        reference=fields.text("external_id", 255),
        status=_fixed_status(fields, now),
        raw_status=fields.text("status", 64),
        channel=bank_of(fields.text("bank_code", 64)),
        number=fields.text("account_number", 64),
        amount=fields.amount("expected_amount") if closed else None,
        currency=fields.text("currency", 8) or "IDR",
        expires_at=moment(fields, "expiration_date"),
        updated_at=moment(fields, "updated", "created"),
        raw=fields.data,
    )


def _fixed_status(fields: Fields, now: datetime) -> VaStatus:
    """INACTIVE says that it has ended, not why: the rest of the account tells."""
    status = FIXED_STATUS.get(fields.text("status", 64), VaStatus.UNKNOWN)
    if status is not VaStatus.CLOSED:
        return status
    expires_at = moment(fields, "expiration_date")
    if expires_at and expires_at <= now:
        return VaStatus.EXPIRED
    return VaStatus.PAID if flag(fields, "is_single_use") else status


# -- money in --------------------------------------------------------------------------


def payment_of(body: Fields) -> schema.Payment:
    """The payment that a webhook of any generation tells of."""
    if "event" not in body:
        return fixed_payment(body.data)
    data = body.object("data")
    older = "payment_id" not in data
    return older_payment(data.data) if older else payment(data.data)


def payment(answer: Any) -> schema.Payment:
    """A payment of the Payments API v3: paid is the sum of its captures, else, as one
    of the documents' own examples has none, what was asked for.
    """
    fields = Fields(answer, "payment ?")
    payment_id = fields.name("payment_id")
    fields.owner = f"payment {payment_id}"
    raw_status = fields.text("status", 64)
    details = fields.object("payment_details")
    return schema.Payment(
        id=payment_id,
        status=PAYMENT_STATUS.get(raw_status, PaymentStatus.UNKNOWN),
        raw_status=raw_status,
        va_id=fields.text("payment_request_id", 128),
        va_reference=fields.text("reference_id", 255),
        amount=_paid(fields),
        currency=fields.text("currency", 8),
        channel=bank_of(fields.text("channel_code", 64)),
        number=fields.object("channel_properties").text("virtual_account_number", 64),
        paid_at=_paid_at(fields),
        sender_name=details.text("payer_name", 256),
        sender_account=details.text("payer_account_number", 64),
        remark=details.text("remark", 500),
        doubtful=_DOUBT if verification(fields) == "UNKNOWN" else "",
        raw=fields.data,
    )


def captured(data: Fields) -> bool:
    """Whether the payment itself says how much was paid."""
    return bool(data.objects("captures"))


def verification(data: Fields) -> str:
    """Result of the sender's verification, "" where it is not configured."""
    details = data.object("payment_details").object("verification_result")
    return details.object("sender_verification").text("result", 64)


def _paid(data: Fields) -> Decimal | None:
    captures = data.objects("captures")
    if not captures:
        return data.amount("request_amount")
    amounts = [
        capture.needed("capture_amount", capture.amount("capture_amount"))
        for capture in captures
    ]
    return sum(amounts, Decimal())


def _paid_at(data: Fields) -> datetime | None:
    times = [moment(c, "capture_timestamp") for c in data.objects("captures")]
    known = [time for time in times if time]
    return max(known) if known else moment(data, "updated", "created")


def older_payment(answer: Any) -> schema.Payment:
    """The `data` of payment.succeeded, .failed, .pending: ids `ddpy-`."""
    fields = Fields(answer, "payment ?")
    payment_id = fields.name("id")
    fields.owner = f"payment {payment_id}"
    raw_status = fields.text("status", 64)
    method = fields.object("payment_method")
    account = method.object("virtual_account")
    properties = account.object("channel_properties")
    return schema.Payment(
        id=payment_id,
        status=PAYMENT_STATUS.get(raw_status, PaymentStatus.UNKNOWN),
        raw_status=raw_status,
        va_id=fields.text("payment_request_id", 128) or method.text("id", 128),
        va_reference=fields.text("reference_id", 255)
        or method.text("reference_id", 255),
        amount=fields.amount("amount"),
        currency=fields.text("currency", 8),
        channel=bank_of(account.text("channel_code", 64)),
        number=properties.text("virtual_account_number", 64),
        paid_at=moment(fields, "updated", "created"),
        sender_name=fields.object("payment_detail").text("payer_name", 256),
        remark=fields.object("payment_detail").text("remark", 500),
        raw=fields.data,
    )


def fixed_payment(answer: Any) -> schema.Payment:
    """The legacy paid callback, and GET /callback_virtual_account_payments.

    Its `account_number` may lack the merchant code: `va_id` is what to go by.
    """
    fields = Fields(answer, "payment ?")
    payment_id = fields.name("payment_id")
    fields.owner = f"payment {payment_id}"
    raw_status = fields.text("status", 64) or LEGACY_PAID
    detail = fields.object("payment_detail")
    return schema.Payment(
        id=payment_id,
        status=PAYMENT_STATUS.get(raw_status, PaymentStatus.UNKNOWN),
        raw_status=raw_status,
        va_id=fields.text("callback_virtual_account_id", 128),
        va_reference=fields.text("external_id", 255),
        amount=fields.amount("amount"),
        currency=fields.text("currency", 8),
        channel=bank_of(fields.text("bank_code", 64)),
        number=fields.text("account_number", 64),
        paid_at=moment(fields, "transaction_timestamp", "updated", "created"),
        sender_name=fields.text("sender_name", 256),
        remark=detail.text("remark", 500) or detail.text("reference", 500),
        raw=fields.data,
    )


# -- refunds ---------------------------------------------------------------------------

#: `status` of a refund.
REFUND_STATUS = {
    "SUCCEEDED": PaymentStatus.PAID,
    "PENDING": PaymentStatus.PENDING,
    "FAILED": PaymentStatus.FAILED,
    "CANCELLED": PaymentStatus.CANCELLED,
    "CANCELED": PaymentStatus.CANCELLED,
}


def refund(data: Mapping[str, Any]) -> schema.Refund:
    """A refund of v3 (`refund_id`) or of older webhooks (`id`)."""
    fields = Fields(data, "refund ?")
    key = "refund_id" if "refund_id" in fields else "id"
    raw_status = fields.text("status", 64)
    return schema.Refund(
        id=fields.name(key),
        reference=fields.text("reference_id", 255),
        payment_id=fields.text("payment_id", 128),
        status=REFUND_STATUS.get(raw_status, PaymentStatus.UNKNOWN),
        raw_status=raw_status,
        amount=fields.amount("amount"),
        raw=fields.data,
    )


def refund_data(body: Fields) -> Fields:
    """What a refund's webhook is about; the documents' sample nests it twice."""
    data = body.object("data")
    return data.object("data") if isinstance(data.data.get("data"), dict) else data

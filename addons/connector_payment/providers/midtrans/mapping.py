"""Midtrans's JSON into the words of `schema.py`. No request leaves from here."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import NamedTuple

from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.providers.schema import (
    PaymentStatus,
    PayoutStatus,
    VaStatus,
)
from odoo.addons.erp_connector_base.client.errors import UnexpectedResponseError
from odoo.addons.erp_connector_base.client.reading import Fields
from odoo.addons.erp_connector_base.client.redact import redact_text

#: All times of the Core API are without zone, in this one.
ZONE = timezone(timedelta(hours=7))

#: `transaction_status` as a payment, as far as `status_code` and fraud allow.
PAYMENT_STATUS = {
    "authorize": PaymentStatus.PENDING,
    "pending": PaymentStatus.PENDING,
    "capture": PaymentStatus.PAID,
    "settlement": PaymentStatus.PAID,
    "deny": PaymentStatus.FAILED,
    "failure": PaymentStatus.FAILED,
    "cancel": PaymentStatus.CANCELLED,
    "expire": PaymentStatus.EXPIRED,
    "refund": PaymentStatus.REFUNDED,
    "partial_refund": PaymentStatus.PARTIALLY_REFUNDED,
    "chargeback": PaymentStatus.REVERSED,
    "partial_chargeback": PaymentStatus.REVERSED,
}
#: Ends of what was paid already: a bank's reversal makes a settled Mandiri bill denied.
_TAKEN_BACK = {PaymentStatus.FAILED, PaymentStatus.CANCELLED}
#: `fraud_status` of what seems to be paid; "" is absent.
FRAUD = {
    "": PaymentStatus.PAID,
    "accept": PaymentStatus.PAID,
    "challenge": PaymentStatus.PENDING,
    "deny": PaymentStatus.FAILED,
}
#: Money is there, or was.
_MONEY = {
    PaymentStatus.PAID,
    PaymentStatus.REFUNDED,
    PaymentStatus.PARTIALLY_REFUNDED,
    PaymentStatus.REVERSED,
}
#: Nothing was paid, and nothing tried.
NO_MONEY = {PaymentStatus.PENDING, PaymentStatus.EXPIRED, PaymentStatus.CANCELLED}

#: `transaction_status` as the virtual account.
VA_STATUS = {
    "authorize": VaStatus.ACTIVE,
    "pending": VaStatus.ACTIVE,
    "capture": VaStatus.PAID,
    "settlement": VaStatus.PAID,
    "deny": VaStatus.FAILED,
    "failure": VaStatus.FAILED,
    "cancel": VaStatus.CLOSED,
    "expire": VaStatus.EXPIRED,
    "refund": VaStatus.PAID,
    "partial_refund": VaStatus.PAID,
    "chargeback": VaStatus.PAID,
    "partial_chargeback": VaStatus.PAID,
}

#: `status` of an Iris payout.
PAYOUT_STATUS = {
    "queued": PayoutStatus.QUEUED,
    "approved": PayoutStatus.PENDING,
    "processed": PayoutStatus.PENDING,
    "completed": PayoutStatus.SUCCEEDED,
    "failed": PayoutStatus.FAILED,
    "rejected": PayoutStatus.CANCELLED,
}


class _Number(NamedTuple):
    channel: str = ""
    number: str = ""
    biller_code: str = ""


def read(payload: str, what: str) -> Fields:
    """A stored payload; UnexpectedResponseError with it when it is no JSON object."""
    try:
        return Fields(schema.load(payload), what)
    except UnexpectedResponseError as error:
        raise UnexpectedResponseError(str(error), payload) from None
    except ValueError:
        message = f"{what}: not JSON but: {redact_text(payload, 100)!r}"
        raise UnexpectedResponseError(message, payload) from None


def parse_va(answer: Fields) -> schema.VirtualAccount:
    """The virtual account of a transaction, from charge, status or notification."""
    raw_status = answer.text("transaction_status", 64)
    number = _number(answer)
    return schema.VirtualAccount(
        id=answer.text("transaction_id", 64),
        reference=answer.text("order_id", 64),
        status=VA_STATUS.get(raw_status.lower(), VaStatus.UNKNOWN),
        raw_status=raw_status,
        channel=number.channel,
        number=number.number,
        biller_code=number.biller_code,
        amount=answer.amount("gross_amount"),
        currency=answer.text("currency", 8) or "IDR",
        expires_at=moment(answer, "expiry_time"),
        updated_at=changed_at(answer),
        raw=answer.data,
    )


def parse_payment(answer: Fields) -> schema.Payment:
    """The payment of a transaction, from status or notification.

    `amount` is what arrived where that is told apart (`payment_amounts`), else what
    was asked. A transaction never has but one payment, so it gives the id.
    """
    raw_status = answer.text("transaction_status", 64)
    status, doubtful = _judge(raw_status, answer)
    number = _number(answer)
    arrived = _arrived(answer)
    return schema.Payment(
        id=answer.text("transaction_id", 64) or answer.name("order_id", 64),
        status=status,
        raw_status=raw_status,
        va_id=answer.text("transaction_id", 64),
        va_reference=answer.text("order_id", 64),
        amount=answer.amount("gross_amount") if arrived is None else arrived,
        currency=answer.text("currency", 8),
        channel=number.channel,
        number=number.number,
        paid_at=_paid_at(answer) if status in _MONEY else None,
        refunded=_refunded(answer, status),
        doubtful=doubtful,
        raw=answer.data,
    )


def unknown_payment(told: Fields, doubtful: str) -> schema.Payment:
    """A payment that only a notification knows: nothing it says is believed."""
    return schema.Payment(
        id=told.text("transaction_id", 64) or told.name("order_id", 64),
        status=PaymentStatus.UNKNOWN,
        raw_status=told.text("transaction_status", 64),
        va_reference=told.text("order_id", 64),
        doubtful=doubtful,
        raw=told.data,
    )


def contradicted(payment: schema.Payment, told: Fields) -> schema.Payment:
    """`payment`, in doubt where a notification told that it is paid and it is not."""
    claim = told.text("transaction_status", 64)
    claims_paid = PAYMENT_STATUS.get(claim.lower()) is PaymentStatus.PAID
    if payment.status in _MONEY or payment.doubtful or not claims_paid:
        return payment
    doubtful = f"Midtrans: notified as {claim}, but it is {payment.raw_status}"
    return replace(payment, doubtful=doubtful)


def parse_refund(row: Fields, payment: Fields, payment_id: str = "") -> schema.Refund:
    """One of a transaction's refunds, `row`, or the answer to a refund itself.

    It has gone back when the bank confirmed it.
    """
    confirmed = "bank_confirmed_at" in row
    reference = row.text("refund_key", 255)
    return schema.Refund(
        id=row.text("refund_chargeback_id", 64) or reference,
        reference=reference,
        payment_id=payment_id or payment.text("transaction_id", 64),
        status=PaymentStatus.PAID if confirmed else PaymentStatus.PENDING,
        raw_status=payment.text("transaction_status", 64),
        amount=row.amount("refund_amount"),
        raw=row.data,
    )


def parse_payout(answer: Fields) -> schema.Payout:
    """A payout from an answer of Iris or its notification. `notes` is our reference."""
    raw_status = answer.text("status", 64)
    return schema.Payout(
        id=answer.name("reference_no", 64),
        status=PAYOUT_STATUS.get(raw_status.lower(), PayoutStatus.UNKNOWN),
        raw_status=raw_status,
        reference=answer.text("notes", 255),
        amount=answer.amount("amount"),
        failure_code=answer.text("error_code", 64),
        failure=redact_text(answer.text("error_message", 255)),
        updated_at=moment(answer, "updated_at"),
        raw=answer.data,
    )


def moment(answer: Fields, key: str) -> datetime | None:
    """A time, GMT+7 unless it says otherwise; None when absent or unreadable.

    >>> str(moment(Fields({"t": "2024-07-04 10:53:53"}, "charge"), "t"))
    '2024-07-04 03:53:53+00:00'
    """
    try:
        when = datetime.fromisoformat(str(answer.data.get(key) or "").strip())
        aware = when if when.tzinfo else when.replace(tzinfo=ZONE)
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def changed_at(answer: Fields) -> datetime | None:
    """When the transaction was settled, else made: no other change has a time."""
    return moment(answer, "settlement_time") or moment(answer, "transaction_time")


def _judge(raw_status: str, answer: Fields) -> tuple[PaymentStatus, str]:
    """The status, and why it is not to be taken for paid where it might seem so.

    Paid is: status_code 200, and no fraud suspected, and settlement or capture.
    """
    status = PAYMENT_STATUS.get(raw_status.lower(), PaymentStatus.UNKNOWN)
    if status in _TAKEN_BACK and "settlement_time" in answer:
        return PaymentStatus.REVERSED, ""
    if status is not PaymentStatus.PAID:
        return status, ""
    code = answer.text("status_code", 8)
    if code != "200":
        return PaymentStatus.UNKNOWN, f"Midtrans: {raw_status} with status code {code}"
    fraud = answer.text("fraud_status", 32).lower()
    verdict = FRAUD.get(fraud, PaymentStatus.UNKNOWN)
    paid = verdict is PaymentStatus.PAID
    return verdict, "" if paid else f"Midtrans: {raw_status} with fraud status {fraud}"


def _number(answer: Fields) -> _Number:
    """Where to pay to: each bank says it in its own way, Permata in two."""
    if "permata_va_number" in answer:
        return _Number("permata", answer.text("permata_va_number", 64))
    if "bill_key" in answer:
        biller_code = answer.text("biller_code", 16)
        return _Number("mandiri", answer.text("bill_key", 64), biller_code)
    for row in answer.objects("va_numbers"):
        return _Number(row.text("bank", 32).lower(), row.text("va_number", 64))
    return _Number()


def _arrived(answer: Fields) -> Decimal | None:
    amounts = [row.amount("amount") for row in answer.objects("payment_amounts")]
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def _paid_at(answer: Fields) -> datetime | None:
    parts = [moment(row, "paid_at") for row in answer.objects("payment_amounts")]
    paid = max((part for part in parts if part), default=None)
    return moment(answer, "settlement_time") or paid or changed_at(answer)


def _refunded(answer: Fields, status: PaymentStatus) -> Decimal:
    """All that went back so far: said as one sum, as a list, or by the status alone."""
    total = answer.amount("refund_amount")
    if total is not None:
        return total
    rows = [row.amount("refund_amount") for row in answer.objects("refunds")]
    listed = sum((row for row in rows if row is not None), Decimal(0))
    if listed or status is not PaymentStatus.REFUNDED:
        return listed
    return answer.amount("gross_amount") or Decimal(0)

"""Webhooks: their bodies and the token that proves them."""

import hashlib
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.simulators.framework import ControlError

from .banks import VA_SUFFIX, legacy_code
from .books import FIXED, LEGACY, V3, Account, Money, Payment
from .envelope import iso

STYLES: dict[str, Callable[[Money], Any]] = {
    "number": lambda amount: float(amount) if isinstance(amount, Decimal) else amount,
    "string": str,
    "decimal": float,
    "decimal_string": lambda amount: f"{amount:.2f}",
}
FORGED_TOKENS = {
    "empty": "",
    "other_account": "token-of-another-account",
    "upper": "XENDIT-SIMULATOR-CALLBACK-TOKEN",
}
# What `event` can tell of a v3 payment: event, status.
KINDS = {
    "paid": ("payment.capture", "SUCCEEDED"),
    "pending": ("payment.authorization", "AUTHORIZED"),
    "failed": ("payment.failure", "FAILED"),
    "expired": ("payment.expiry", "EXPIRED"),
}
TYPES = {FIXED: "REUSABLE_PAYMENT_CODE"}


def headers(sim: Any, body: bytes, forged: str) -> dict[str, str]:
    """One static token; a forgery bears another one, or none."""
    found: dict[str, str] = {}
    if sim.config["webhook_id_header"]:
        name = sim.config["webhook_id_header"]
        found[name] = hashlib.sha256(body).hexdigest()[:32]
    if forged != "missing":
        wrong = FORGED_TOKENS.get(forged, "wrong-token")
        found["x-callback-token"] = wrong if forged else sim.config["callback_token"]
    return found


# -- payments -------------------------------------------------------------------------


def paid(sim: Any, payment: Payment) -> None:
    """Tell that money came."""
    topic, body = payment_event(sim, payment, "paid")
    sim.pushes.enqueue(topic, payment.account.reference, body)


def payment_event(sim: Any, payment: Payment, kind: str) -> tuple[str, dict]:
    """Topic and body of one webhook about a payment; ControlError if there is none."""
    if payment.account.generation == LEGACY:
        if kind != "paid":
            raise ControlError("the legacy interface tells of paid accounts only")
        return "fva.paid", legacy_payment(sim, payment)
    if kind not in KINDS:
        raise ControlError(f"no webhook tells that; known: {', '.join(KINDS)}")
    event, status = KINDS[kind]
    data = payment_object(sim, payment, status)
    return event, envelope(sim, event, data)


def envelope(sim: Any, event: str, data: dict, version: str = "v3") -> dict[str, Any]:
    """The frame of every newer webhook."""
    return {
        "event": event,
        "business_id": sim.config["business_id"],
        "created": iso(sim.now()),
        "data": data,
        "api_version": version,
    }


def payment_object(sim: Any, payment: Payment, status: str) -> dict[str, Any]:
    """A v3 payment, as in the webhook and in GET /v3/payments/{id}."""
    account, config = payment.account, sim.config
    at = iso(payment.paid_at)
    data = {
        "payment_id": payment.id,
        "business_id": config["business_id"],
        "status": status,
        "payment_request_id": account.id,
        "reference_id": account.reference,
        "type": config["data_type"] or TYPES.get(account.kind, "PAY"),
        "country": "ID",
        "currency": payment.currency,
        "channel_code": account.bank.code + VA_SUFFIX,
        "channel_properties": {
            "display_name": account.name,
            "expires_at": iso(account.expires_at),
        },
        "description": account.description,
        "metadata": account.metadata,
        "payment_details": _details(sim, payment),
        "created": at,
        "updated": at,
    }
    if account.amount is not None:
        data["request_amount"] = _amount(sim, account.amount)
    if status == "SUCCEEDED" and not config["omit_captures"]:
        data["captures"] = [capture(sim, payment)]
    if status == "FAILED":
        data["failure_code"] = "CHANNEL_UNAVAILABLE"
    if config["omit_currency"]:
        del data["currency"]
    return data


def capture(sim: Any, payment: Payment) -> dict[str, Any]:
    """One capture: what was paid."""
    return {
        "capture_id": payment.capture_id,
        "capture_amount": _amount(sim, payment.amount),
        "capture_timestamp": iso(payment.paid_at),
    }


def _details(sim: Any, payment: Payment) -> dict[str, Any]:
    details: dict[str, Any] = {
        "payer_name": payment.sender,
        "payer_account_number": payment.sender_account,
        "issuer_name": payment.account.bank.name,
    }
    if sim.config["sender_verification"]:
        result = {"result": sim.config["sender_verification"]}
        details["verification_result"] = {"sender_verification": result}
    return details


def legacy_payment(sim: Any, payment: Payment) -> dict[str, Any]:
    """A paid fixed virtual account: no status, and before ``new`` no currency."""
    account, at = payment.account, iso(payment.paid_at)
    bare = account.bank.merchant_code in sim.config["bare_number_merchants"]
    body = {
        "id": payment.capture_id.removeprefix("cptr-"),
        "payment_id": payment.id,
        "callback_virtual_account_id": account.id,
        "owner_id": sim.config["business_id"],
        "external_id": account.reference,
        "account_number": account.bare_number if bare else account.number,
        "bank_code": legacy_code(account.bank.code),
        "amount": _amount(sim, payment.amount),
        "transaction_timestamp": at,
        "merchant_code": account.bank.merchant_code,
        "created": at,
        "updated": at,
    }
    return body | _of_its_age(sim, payment)


def _of_its_age(sim: Any, payment: Payment) -> dict[str, Any]:
    if sim.config["legacy_age"] == "old":
        return {"sender_name": payment.sender}
    details = {"remark": payment.remark, "reference": payment.capture_id[-12:]}
    found = {"country": "ID", "payment_detail": details}
    if not sim.config["omit_currency"]:
        found["currency"] = payment.currency
    return found


def _amount(sim: Any, amount: Money) -> Any:
    return STYLES[sim.config["amount_style"]](amount)


# -- accounts and payouts -------------------------------------------------------------


def request_expired(sim: Any, account: Account) -> None:
    """Tell that a v3 payment request expired."""
    event = "payment_request.expiry"
    body = envelope(sim, event, sim.account_object(account))
    sim.pushes.enqueue(event, account.reference, body)


def account_event(sim: Any, account: Account) -> tuple[str, dict]:
    """Topic and body of the webhook about an account itself."""
    body = sim.account_object(account)
    if account.generation == V3:
        event = "payment_request.expiry"
        return event, envelope(sim, event, body | {"status": "EXPIRED"})
    at = {"created": iso(account.created), "updated": iso(account.updated)}
    return "fva.created", body | at


def account_changed(sim: Any, account: Account) -> None:
    """Tell that a legacy account was made or changed."""
    topic, body = account_event(sim, account)
    sim.pushes.enqueue(topic, account.reference, body)


def payout_event(sim: Any, event: str, data: dict, reference: str) -> None:
    """Tell how a payout ended."""
    data = data | {"amount": _amount(sim, data["amount"])}
    sim.pushes.enqueue(event, reference, envelope(sim, event, data, "v2"))

"""Payments API v3: payment requests for virtual accounts, and their payments."""

import json
from typing import Any

from . import accounts, push, receipts
from .banks import VA_SUFFIX, Bank, bank_of_channel
from .books import ACTIVE, CLOSED, EXPIRED, FIXED, PAID, TAKEN_BACK, V3, Account
from .envelope import ApiError, Call, Endpoint, from_iso, invalid, iso, not_found

VERSION = "2024-11-11"
KINDS = {"PAY": CLOSED, "REUSABLE_PAYMENT_CODE": FIXED}
TYPES = {kind: name for name, kind in KINDS.items()}
ACCEPTING = {CLOSED: "REQUIRES_ACTION", FIXED: "ACCEPTING_PAYMENTS"}
STATUSES = {PAID: "SUCCEEDED", EXPIRED: "EXPIRED", TAKEN_BACK: "CANCELED"}
CREATE_FIELDS = (
    "reference_id",
    "type",
    "country",
    "currency",
    "channel_code",
    "channel_properties",
    "request_amount",
    "capture_method",
    "description",
    "metadata",
    "customer_id",
    "customer",
    "items",
)
PATCH_FIELDS = ("request_amount", "description", "channel_properties")
CREATE = "POST /v3/payment_requests"


def payment_request(sim: Any, account: Account) -> dict[str, Any]:
    """A payment request as Xendit shows it."""
    body = {
        "payment_request_id": account.id,
        "business_id": sim.config["business_id"],
        "reference_id": account.reference,
        "type": TYPES[account.kind],
        "country": "ID",
        "currency": account.currency,
        "channel_code": account.bank.code + VA_SUFFIX,
        "channel_properties": {
            "display_name": account.name,
            "expires_at": iso(account.expires_at),
        },
        "capture_method": "AUTOMATIC",
        "status": STATUSES.get(account.status, ACCEPTING[account.kind]),
        "description": account.description,
        "metadata": account.metadata,
        "actions": [
            {
                "type": "PRESENT_TO_CUSTOMER",
                "descriptor": "VIRTUAL_ACCOUNT_NUMBER",
                "value": account.number,
            }
        ],
        "created": iso(account.created),
        "updated": iso(account.updated),
    }
    if account.amount is not None:
        body["request_amount"] = account.amount
    return body


# -- payment requests -----------------------------------------------------------------


def create(sim: Any, call: Call) -> dict[str, Any]:
    """POST /v3/payment_requests: a repeat makes a second account."""
    _check_version(call)
    key = call.headers.get("idempotency-key", "")
    key = key if sim.config["v3_idempotency"] else ""
    said = json.dumps(call.body, sort_keys=True)
    try:
        account = sim.books.replay(CREATE, key, said)
    except KeyError:
        raise ApiError(409, "DUPLICATE_ERROR", "The idempotency key was used before.")
    if account is None:
        account = _create(sim, call)
        sim.books.remember(CREATE, key, said, account)
    return payment_request(sim, account)


def _create(sim: Any, call: Call) -> Account:
    call.only(*CREATE_FIELDS)
    kind = _kind(call)
    bank = _bank(call)
    amount = _request_amount(call, bank, required=kind == CLOSED)
    _constant(call, "country", "ID")
    _constant(call, "currency", "IDR")
    wishes = call.mapping("channel_properties")
    return accounts.open_account(
        sim,
        V3,
        bank,
        call.text("reference_id"),
        kind,
        amount,
        number=_number(sim, bank, wishes),
        expires_at=_expiry(sim, wishes),
        name=str(wishes.get("display_name", "")),
        single_use=kind == CLOSED,
        description=call.text("description", 1000, required=False),
        metadata=call.body.get("metadata") or {},
    )


def _kind(call: Call) -> str:
    kind = KINDS.get(call.text("type"))
    if kind is None:
        raise invalid("type", "only PAY and REUSABLE_PAYMENT_CODE take transfers")
    return kind


def _bank(call: Call) -> Bank:
    bank = bank_of_channel(call.text("channel_code"))
    if bank is None:
        raise invalid("channel_code", "the channel does not exist")
    return bank


def _request_amount(call: Call, bank: Bank, required: bool) -> int | None:
    amount = call.amount("request_amount", required)
    if amount is not None and not bank.least <= amount <= bank.most:
        limits = f"between {bank.least} and {bank.most}"
        raise invalid("request_amount", f"the amount must be {limits}")
    return amount


def _constant(call: Call, name: str, value: str) -> None:
    if call.text(name) != value:
        raise invalid(name, f'"{name}" must be {value}')


def _number(sim: Any, bank: Bank, wishes: dict) -> str:
    wish = wishes.get("virtual_account_number", "")
    if not wish:
        return ""
    name = "channel_properties.virtual_account_number"
    if not isinstance(wish, str) or not wish.isdigit() or not 3 <= len(wish) <= 12:
        raise invalid(name, "a number has 3 to 12 digits")
    number = bank.merchant_code + wish
    if accounts.number_in_use(sim, number):
        raise ApiError(409, "DUPLICATE_ERROR", "The number is in use.")
    return number


def _expiry(sim: Any, wishes: dict) -> float | None:
    if wishes.get("expires_at") is None:
        return None
    name = "channel_properties.expires_at"
    moment = from_iso(wishes["expires_at"], name)
    if moment <= sim.now():
        raise invalid(name, "the time is over")
    return moment


def get(sim: Any, call: Call) -> dict[str, Any]:
    """GET /v3/payment_requests/{id}."""
    _check_version(call)
    return payment_request(sim, _find(sim, call))


def search(sim: Any, call: Call) -> dict[str, Any]:
    """GET /v3/payment_requests?reference_id=: undocumented, so it can be off."""
    _check_version(call)
    if not sim.config["search_by_reference"]:
        raise ApiError(404, "NOT_FOUND", "There is no such page.")
    if set(call.args) - {"reference_id", "limit"}:
        raise invalid("query", "unknown parameter", "query")
    found = sim.books.of_reference(call.args.get("reference_id", ""))
    data = [payment_request(sim, a) for a in found if a.generation == V3]
    return {"data": data, "has_more": False}


def patch(sim: Any, call: Call) -> dict[str, Any]:
    """PATCH /v3/payment_requests/{id}: amount, description, expiry."""
    _check_version(call)
    account = _find(sim, call)
    call.only(*PATCH_FIELDS)
    _check_active(account)
    amount = _request_amount(call, account.bank, required=False)
    wishes = call.body.get("channel_properties") or {}
    expires_at = _expiry(sim, wishes)
    if amount is not None:
        account.amount = amount
    account.description = call.body.get("description", account.description)
    account.updated = sim.now()
    if expires_at is not None:
        account.expires_at = expires_at
        accounts.plan_expiry(sim, account)
    return payment_request(sim, account)


def cancel(sim: Any, call: Call) -> dict[str, Any]:
    """POST /v3/payment_requests/{id}/cancel."""
    _check_version(call)
    account = _find(sim, call)
    _check_active(account)
    accounts.close(sim, account, TAKEN_BACK)
    return payment_request(sim, account)


def simulate(sim: Any, call: Call) -> dict[str, Any]:
    """POST /v3/payment_requests/{id}/simulate: test keys only; the money comes."""
    _check_version(call)
    account = _find(sim, call)
    sim.check_test_mode()
    _check_active(account)
    amount = call.amount("amount", required=account.amount is None)
    amount = account.amount if amount is None else amount
    if account.kind == CLOSED and amount != account.amount:
        raise invalid("amount", "the bank refuses this amount")
    receipts.receive(sim, account, amount, {})
    return {"status": "PENDING", "message": "A simulated payment is being processed."}


def _find(sim: Any, call: Call) -> Account:
    account = sim.books.accounts.get(call.id)
    if account is None or account.generation != V3 or not account.listed:
        raise not_found()
    return account


def _check_active(account: Account) -> None:
    if account.status == ACTIVE:
        return
    message = f"The payment request is {STATUSES.get(account.status, account.status)}."
    raise ApiError(400, "INACTIVE_PAYMENT_REQUEST", message)


def _check_version(call: Call) -> None:
    if call.headers.get("api-version") != VERSION:
        raise invalid("api-version", f"must be {VERSION}", "header")


# -- payments -------------------------------------------------------------------------


def get_payment(sim: Any, call: Call) -> dict[str, Any]:
    """GET /v3/payments/{id}: the captures are always there."""
    _check_version(call)
    payment = sim.books.payments.get(call.id)
    if payment is None or payment.account.generation != V3:
        raise not_found()
    body = push.payment_object(sim, payment, "SUCCEEDED")
    body["captures"] = [push.capture(sim, payment)]
    return body | {"currency": payment.currency}


ROOT = "/v3/payment_requests"
ROUTES = (
    Endpoint("POST", ROOT, create, "money_in", 201),
    Endpoint("GET", ROOT, search, "money_in"),
    Endpoint("GET", f"{ROOT}/<id>", get, "money_in"),
    Endpoint("PATCH", f"{ROOT}/<id>", patch, "money_in"),
    Endpoint("POST", f"{ROOT}/<id>/cancel", cancel, "money_in"),
    Endpoint("POST", f"{ROOT}/<id>/simulate", simulate, "money_in"),
    Endpoint("GET", "/v3/payments/<id>", get_payment, "money_in"),
)

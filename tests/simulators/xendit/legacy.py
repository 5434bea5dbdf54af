"""The legacy interface: callback virtual accounts, fixed or closed."""

import json
from typing import Any

from . import accounts, push, receipts
from .banks import BANKS, LEGACY_BANKS, Bank, bank_of_legacy, legacy_code
from .books import ACTIVE, CLOSED, EXPIRED, FIXED, LEGACY, Account
from .envelope import ApiError, Call, Endpoint, from_iso, iso, not_found

NOT_FOUND = "CALLBACK_VIRTUAL_ACCOUNT_NOT_FOUND_ERROR"
CREATE_FIELDS = (
    "external_id",
    "bank_code",
    "name",
    "virtual_account_number",
    "suggested_amount",
    "is_closed",
    "expected_amount",
    "is_single_use",
    "expiration_date",
    "description",
    "currency",
    "country",
)
PATCH_FIELDS = (
    "suggested_amount",
    "expected_amount",
    "expiration_date",
    "is_single_use",
    "description",
)
NUMBER_DIGITS = 10
CREATE = "POST /callback_virtual_accounts"


def refused(code: str, message: str = "") -> ApiError:
    """Business errors are HTTP 400 here."""
    return ApiError(400, code, message or code.replace("_", " ").capitalize())


def virtual_account(sim: Any, account: Account) -> dict[str, Any]:
    """A virtual account as the legacy interface shows it."""
    body = {
        "id": account.id,
        "owner_id": sim.config["business_id"],
        "external_id": account.reference,
        "account_number": account.number,
        "bank_code": legacy_code(account.bank.code),
        "merchant_code": account.bank.merchant_code,
        "name": account.name,
        "is_closed": account.kind == CLOSED,
        "is_single_use": account.single_use,
        "expiration_date": iso(account.expires_at),
        "status": "ACTIVE" if account.status == ACTIVE else "INACTIVE",
        "currency": account.currency,
        "country": "ID",
    }
    if account.kind == CLOSED:
        body["expected_amount"] = account.amount
    if account.suggested is not None:
        body["suggested_amount"] = account.suggested
    if account.description:
        body["description"] = account.description
    return body


# -- virtual accounts -----------------------------------------------------------------


def create(sim: Any, call: Call) -> dict[str, Any]:
    """POST /callback_virtual_accounts: without a key the same id makes another one."""
    key = call.headers.get("x-idempotency-key", "")
    said = json.dumps(call.body, sort_keys=True)
    try:
        account = sim.books.replay(CREATE, key, said)
    except KeyError:
        raise refused("DUPLICATE_TRANSACTION_ERROR", "The key came with other data.")
    if account is not None:
        return virtual_account(sim, account)
    account = _create(sim, call)
    sim.books.remember(CREATE, key, said, account)
    push.account_changed(sim, account)
    return virtual_account(sim, account) | {"status": "PENDING"}


def _create(sim: Any, call: Call) -> Account:
    call.only(*CREATE_FIELDS)
    bank = bank_of_legacy(call.text("bank_code"))
    if bank is None:
        raise refused("BANK_NOT_SUPPORTED_ERROR")
    closed = bool(call.body.get("is_closed", False))
    return accounts.open_account(
        sim,
        LEGACY,
        bank,
        call.text("external_id"),
        CLOSED if closed else FIXED,
        _expected(call, bank, closed),
        number=_number(sim, call, bank),
        expires_at=_expiration(call, sim.now()),
        name=_name(sim, call),
        single_use=bool(call.body.get("is_single_use", False)),
        suggested=_suggested(call, closed),
        description=call.text("description", 1000, required=False),
    )


def _expected(call: Call, bank: Bank, closed: bool) -> int | None:
    amount = call.amount("expected_amount", required=closed)
    if amount is None or not closed:
        return None
    if amount < bank.least:
        raise refused("MINIMUM_EXPECTED_AMOUNT_ERROR")
    if amount > bank.most:
        raise refused("MAXIMUM_EXPECTED_AMOUNT_ERROR")
    return amount


def _suggested(call: Call, closed: bool) -> int | None:
    suggested = call.amount("suggested_amount", required=False)
    if suggested is not None and closed:
        raise refused("SUGGESTED_AMOUNT_NOT_SUPPORTED")
    return suggested


def _name(sim: Any, call: Call) -> str:
    name = call.text("name")
    if any(word in name.upper().split() for word in sim.config["forbidden_names"]):
        raise refused("NAME_NOT_ALLOWED")
    return name


def _number(sim: Any, call: Call, bank: Bank) -> str:
    wish = call.text("virtual_account_number", required=False)
    if not wish:
        return ""
    if not wish.isdigit() or len(wish) != NUMBER_DIGITS:
        raise refused("VIRTUAL_ACCOUNT_NUMBER_OUTSIDE_RANGE")
    number = bank.merchant_code + wish
    if accounts.number_in_use(sim, number):
        raise refused("DUPLICATE_CALLBACK_VIRTUAL_ACCOUNT")
    return number


def _expiration(call: Call, after: float | None = None) -> float | None:
    text = call.body.get("expiration_date")
    if text is None:
        return None
    moment = from_iso(text, "expiration_date")
    if after is not None and moment <= after:
        raise refused("EXPIRATION_DATE_NOT_SUPPORTED", "The time is over.")
    return moment


def get(sim: Any, call: Call) -> dict[str, Any]:
    """GET /callback_virtual_accounts/{id}."""
    return virtual_account(sim, _find(sim, call))


def patch(sim: Any, call: Call) -> dict[str, Any]:
    """PATCH /callback_virtual_accounts/{id}: a past expiration_date closes it."""
    account = _find(sim, call)
    call.only(*PATCH_FIELDS)
    closed = account.kind == CLOSED
    amount = _expected(call, account.bank, closed and "expected_amount" in call.body)
    expires_at = _expiration(call)
    if account.status == ACTIVE:
        _change(sim, account, call, amount, expires_at)
        push.account_changed(sim, account)
    elif expires_at is None or expires_at > sim.now():
        raise refused("INACTIVE_VIRTUAL_ACCOUNT_ERROR")
    return virtual_account(sim, account)


def _change(
    sim: Any,
    account: Account,
    call: Call,
    amount: int | None,
    expires_at: float | None,
) -> None:
    if amount is not None:
        account.amount = amount
    if "suggested_amount" in call.body:
        account.suggested = _suggested(call, account.kind == CLOSED)
    account.single_use = bool(call.body.get("is_single_use", account.single_use))
    account.description = call.body.get("description", account.description)
    account.updated = sim.now()
    if expires_at is None:
        return
    account.expires_at = expires_at
    if expires_at <= sim.now():
        account.status = EXPIRED
    else:
        accounts.plan_expiry(sim, account)


def simulate(sim: Any, call: Call) -> dict[str, Any]:
    """POST …/external_id={external_id}/simulate_payment, test keys only."""
    sim.check_test_mode()
    found = [a for a in sim.books.of_reference(call.id) if a.generation == LEGACY]
    active = [account for account in found if account.status == ACTIVE]
    if not active:
        raise not_found(NOT_FOUND)
    account, amount = active[-1], call.amount("amount")
    if account.kind == CLOSED and amount != account.amount:
        raise refused("INVALID_AMOUNT_ERROR", f"It asks for {account.amount}.")
    receipts.receive(sim, account, amount, {})
    message = f"Payment for the virtual account {account.reference} is being processed."
    return {"status": "COMPLETED", "message": message}


def banks(sim: Any, call: Call) -> list[dict[str, Any]]:
    """GET /available_virtual_account_banks."""
    return [
        {
            "name": BANKS[code].name,
            "code": legacy_code(code),
            "country": "ID",
            "currency": "IDR",
            "is_activated": True,
        }
        for code in LEGACY_BANKS
    ]


def get_payment(sim: Any, call: Call) -> dict[str, Any]:
    """GET /callback_virtual_account_payments/payment_id={payment_id}."""
    payment = sim.books.payments.get(call.id)
    if payment is None or payment.account.generation != LEGACY:
        raise not_found("CALLBACK_VIRTUAL_ACCOUNT_PAYMENT_NOT_FOUND_ERROR")
    return push.legacy_payment(sim, payment)


def _find(sim: Any, call: Call) -> Account:
    account = sim.books.accounts.get(call.id)
    if account is None or account.generation != LEGACY or not account.listed:
        raise not_found(NOT_FOUND)
    return account


ROOT = "/callback_virtual_accounts"
PAYMENTS = "/callback_virtual_account_payments"
ROUTES = (
    Endpoint("POST", ROOT, create, "money_in"),
    Endpoint("POST", f"{ROOT}/external_id=<id>/simulate_payment", simulate, "money_in"),
    Endpoint("GET", f"{ROOT}/<id>", get, "money_in"),
    Endpoint("PATCH", f"{ROOT}/<id>", patch, "money_in"),
    Endpoint("GET", "/available_virtual_account_banks", banks, "money_in"),
    Endpoint("GET", f"{PAYMENTS}/payment_id=<id>", get_payment, "money_in"),
)

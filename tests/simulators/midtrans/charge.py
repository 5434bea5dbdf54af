"""POST /v2/charge: a new transaction, or the reasons why there is none."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from .banks import BANKS, BILLER_CODE, MANDIRI, PERMATA, issue
from .envelope import ApiError, Call, amount_of, new_id
from .notify import addresses, announce, describe
from .state import EXPIRE, Transaction
from .transactions import run_out

ORDER_ID = re.compile(r"[A-Za-z0-9._~-]{1,50}")
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
SHORTEST, LONGEST = 20, 180 * 86400
MESSAGES = {
    MANDIRI: "OK, Mandiri Bill transaction is successful",
    PERMATA: "Success, PERMATA VA transaction is successful",
}
CREATED = "Success, Bank Transfer transaction is created"
INVALID = "One or more parameters in the payload is invalid."
CONFLICT = (
    "The request could not be completed due to a conflict with the current state "
    "of the target resource, please try again"
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What the account number shall be."""

    bank: str
    number: str


def charge(sim: Any, call: Call) -> dict[str, Any]:
    """A pending transaction; its order_id is used up for good (406)."""
    wish = _wish(call.body)
    details = _object(call.body, "transaction_details")
    order_id, gross = _order_id(details), _gross(call.body, details)
    now = sim.clock.now()
    expires_at = _expiry(sim, call.body, now)
    _refuse_duplicate(sim, order_id)
    transaction = place(sim, wish, order_id, gross, expires_at)
    transaction.name = _payer(call.body)
    transaction.urls = _own_addresses(sim, call)
    if sim.config["notify_pending"]:
        announce(sim, transaction)
    message = MESSAGES.get(wish.bank, CREATED)
    return describe(sim, transaction, "201", message)


def place(
    sim: Any, wish: Wish, order_id: str, gross: Decimal, expires_at: float
) -> Transaction:
    """Put a new pending transaction into the book."""
    bill = wish.bank == MANDIRI
    transaction = Transaction(
        id=new_id(sim.random),
        order_id=order_id,
        bank=wish.bank,
        number=issue(sim.book, sim.random, wish.bank, wish.number),
        gross=gross,
        created=sim.clock.now(),
        expires_at=expires_at,
        payment_type="echannel" if bill else "bank_transfer",
        biller_code=BILLER_CODE if bill else "",
    )
    sim.book.add(transaction)
    sim.agenda.at(expires_at, lambda: run_out(sim, transaction))
    return transaction


def ignores_key(body: dict[str, Any]) -> bool:
    """Permata does not know the Idempotency-Key."""
    bank = body.get("bank_transfer")
    named = bank.get("bank") if isinstance(bank, dict) else None
    return PERMATA in (body.get("payment_type"), named)


# -- what the payload must be ---------------------------------------------------------


def _invalid(*messages: str) -> ApiError:
    return ApiError("400", INVALID, *messages)


def _object(body: dict[str, Any], name: str) -> dict[str, Any]:
    value = body.get(name)
    if not isinstance(value, dict):
        raise _invalid(f"{name} is required")
    return value


def _wish(body: dict[str, Any]) -> Wish:
    kind = body.get("payment_type")
    if kind == "echannel":
        return _bill(_object(body, "echannel"))
    if kind == PERMATA:
        return Wish(PERMATA, "")
    if kind != "bank_transfer":
        raise ApiError("402", "Payment channel is not activated.")
    bank = _object(body, "bank_transfer")
    name = bank.get("bank")
    if name not in BANKS or name == MANDIRI:
        raise _invalid("bank_transfer.bank is not supported")
    return Wish(name, _digits(bank.get("va_number"), "bank_transfer.va_number"))


def _bill(echannel: dict[str, Any]) -> Wish:
    for name in ("bill_info1", "bill_info2"):
        if not echannel.get(name):
            raise _invalid(f"echannel.{name} is required")
    return Wish(MANDIRI, _digits(echannel.get("bill_key"), "echannel.bill_key"))


def _digits(value: Any, name: str) -> str:
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or not (value.isascii() and value.isdigit()):
        raise _invalid(f"{name} must be numeric")
    return value


def _order_id(details: dict[str, Any]) -> str:
    order_id = details.get("order_id")
    if not isinstance(order_id, str) or not ORDER_ID.fullmatch(order_id):
        raise _invalid("transaction_details.order_id is required, up to 50 symbols")
    return order_id


def _gross(body: dict[str, Any], details: dict[str, Any]) -> Decimal:
    gross = amount_of(details.get("gross_amount"))
    if gross is None or gross <= 0 or gross != int(gross):
        raise _invalid("transaction_details.gross_amount must be a whole number")
    items = body.get("item_details")
    if isinstance(items, list) and items and _sum(items) != gross:
        raise _invalid("gross_amount is not equal to the sum of item_details")
    return gross


def _sum(items: list[Any]) -> Decimal | None:
    total = Decimal(0)
    for item in items:
        price = amount_of(item.get("price")) if isinstance(item, dict) else None
        quantity = amount_of(item.get("quantity")) if price is not None else None
        if price is None or quantity is None:
            return None
        total += price * quantity
    return total


def _expiry(sim: Any, body: dict[str, Any], now: float) -> float:
    custom = body.get("custom_expiry")
    if not custom:
        return now + sim.config["default_expiry"]
    custom = _object(body, "custom_expiry")
    duration = amount_of(custom.get("expiry_duration"))
    unit = UNITS.get(custom.get("unit", "minute"))
    if duration is None or unit is None:
        raise _invalid("custom_expiry is invalid")
    expires_at = _order_time(custom.get("order_time"), now) + float(duration) * unit
    if not SHORTEST - 1 <= expires_at - now <= LONGEST + 1:
        raise _invalid("custom_expiry must be between 20 seconds and 180 days")
    return expires_at


def _order_time(text: Any, now: float) -> float:
    if not text:
        return now
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S %z").timestamp()
    except (TypeError, ValueError):
        raise _invalid("custom_expiry.order_time is invalid") from None


def _refuse_duplicate(sim: Any, order_id: str) -> None:
    older = sim.book.by_order.get(order_id)
    if older is None:
        return
    if older.status != EXPIRE or not sim.config["expired_order_id_reusable"]:
        raise ApiError("406", CONFLICT)


def _payer(body: dict[str, Any]) -> str:
    customer = body.get("customer_details")
    if not isinstance(customer, dict):
        return ""
    names = (customer.get("first_name"), customer.get("last_name"))
    return " ".join(str(name) for name in names if name)


def _own_addresses(sim: Any, call: Call) -> tuple[str, ...]:
    """Addresses that this charge alone has; () for the account's own."""
    wanted = addresses(sim, call.headers)
    return () if wanted == addresses(sim) else wanted

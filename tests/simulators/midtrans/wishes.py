"""What may be wished of the control side, and what a bank refuses."""

from decimal import Decimal
from typing import Any

from tests.simulators.framework import ControlError

from .banks import BANKS
from .envelope import amount_of
from .state import EXPIRE, PARTIAL, PENDING, SETTLEMENT, Transaction

PAY_OPTIONS = frozenset(
    ("reference", "number", "amount", "copies", "sender", "remark")
    + ("force", "currency", "quiet", "bank")
)
VA_WISHES = frozenset(
    ("reference", "bank", "kind", "amount", "name", "number")
    + ("life", "expires_at", "quiet")
)
#: kinds of ``event`` -> status that the notification pretends
KINDS = {
    "paid": SETTLEMENT,
    "pending": PENDING,
    "failed": "deny",
    "expired": EXPIRE,
    "cancelled": "cancel",
    "refunded": "refund",
}


def changed(body: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """The body with other values; a None takes the field away."""
    return {k: v for k, v in {**body, **changes}.items() if v is not None}


def payable(transaction: Transaction) -> bool:
    """Whether the merchant's bank is still to get the money."""
    return transaction.status in (SETTLEMENT, PARTIAL) and not transaction.paid_out


def check_names(params: dict, known: frozenset[str]) -> None:
    unknown = params.keys() - known
    if unknown:
        raise ControlError(f"unknown: {', '.join(sorted(unknown))}")


def wished_amount(params: dict, asked: Decimal | None = None) -> Decimal:
    wish = params.get("amount")
    amount = asked if wish in (None, "") else amount_of(wish)
    if amount is None or amount <= 0:
        raise ControlError("amount must be a number above 0")
    return amount


def refuse(transaction: Transaction, amount: Decimal) -> None:
    """What a bank checks before it takes money for a closed account."""
    if transaction.status != PENDING:
        raise ControlError(f"the bank refuses: it is {transaction.status}")
    if amount != transaction.gross:
        raise ControlError(f"the bank refuses: {transaction.gross} is asked")


def bank_of(number: str) -> str:
    for name, bank in BANKS.items():
        if bank.prefix and number.startswith(bank.prefix):
            return name
    return "bca"

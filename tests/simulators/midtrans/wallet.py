"""The wallets: of payments in and of payouts, with everything that moved them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .envelope import plain

OPENING, PAYOUT, FEE = "opening", "payout", "fee"
RETURN, TOPUP, WITHDRAWAL = "return", "topup", "withdrawal"
PAYMENT, REFUND, REVERSAL = "payment", "refund", "reversal"
SETTLEMENT = "settlement"


@dataclass(frozen=True, slots=True)
class Move:
    """Money in (above 0) or out; ``key`` is the payment or payout it belongs to."""

    id: str
    kind: str
    key: str
    amount: Decimal
    at: float

    def entry(self) -> dict[str, Any]:
        """The line of the ledger."""
        return {
            "id": self.id,
            "kind": self.kind,
            "product_id": self.key,
            "money_in": self.amount > 0,
            "amount": plain(abs(self.amount)),
            "fee": 0,
            "tax": 0,
            "net": plain(abs(self.amount)),
            "settled": True,
            "at": int(self.at),
        }


class Wallet:
    """Its balance is the sum of its moves."""

    def __init__(self, name: str, opening: int, at: float) -> None:
        self.name = name
        self.moves: list[Move] = []
        self.balance = Decimal(0)
        self.move(OPENING, "", Decimal(opening), at)

    def move(self, kind: str, key: str, amount: Decimal, at: float) -> None:
        if amount:
            number = f"{self.name}-{len(self.moves) + 1}"
            self.moves.append(Move(number, kind, key, amount, at))
            self.balance += amount

    def at(self, second: float) -> Decimal:
        """The balance as it was at that second."""
        return sum((m.amount for m in self.moves if m.at <= second), Decimal(0))

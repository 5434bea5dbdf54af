"""Transactions of the Core API: what they are, how they stand, how they may change."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .envelope import plain

PENDING, SETTLEMENT, EXPIRE = "pending", "settlement", "expire"
CANCEL, DENY, REFUND, PARTIAL = "cancel", "deny", "refund", "partial_refund"
CHARGEBACK = "chargeback"

#: status -> (code of the status call, code of the notification)
CODES: dict[str, tuple[str, str]] = {
    PENDING: ("201", "201"),
    SETTLEMENT: ("200", "200"),
    EXPIRE: ("407", "202"),
    CANCEL: ("200", "202"),
    DENY: ("202", "202"),
    REFUND: ("200", "200"),
    PARTIAL: ("200", "200"),
    CHARGEBACK: ("200", "200"),
}
#: The ledger's words, the same for every gateway.
VA_WORDS = {
    PENDING: "active",
    SETTLEMENT: "paid",
    EXPIRE: "expired",
    CANCEL: "closed",
    DENY: "failed",
}
PAYMENT_WORDS = {
    PENDING: "pending",
    SETTLEMENT: "paid",
    PARTIAL: "paid",
    REFUND: "refunded",
    DENY: "reversed",
    CHARGEBACK: "reversed",
}


@dataclass(slots=True)
class Deposit:
    """Money that a bank took for a transaction."""

    amount: Decimal
    at: float
    sender: str = ""
    remark: str = ""


@dataclass(slots=True)
class Refund:
    """Money that goes back; ``confirmed_at`` once the bank said so."""

    number: int
    key: str
    amount: Decimal
    reason: str
    at: float
    confirmed_at: float | None = None


@dataclass(slots=True)
class Transaction:
    """One charge: its account number belongs to it alone, while it is pending."""

    id: str
    order_id: str
    bank: str
    number: str
    gross: Decimal
    created: float
    expires_at: float
    payment_type: str = "bank_transfer"
    biller_code: str = ""
    currency: str = "IDR"
    name: str = ""
    origin: str = "charge"  # or dashboard, direct
    status: str = PENDING
    settled_at: float | None = None
    fee: int = 0
    tax: int = 0
    paid_out: bool = False
    handed: Decimal = Decimal(0)
    deposits: list[Deposit] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)
    urls: tuple[str, ...] = ()

    @property
    def paid(self) -> Decimal:
        """What banks took, all together."""
        return sum((deposit.amount for deposit in self.deposits), Decimal(0))

    @property
    def refunded(self) -> Decimal:
        return sum((refund.amount for refund in self.refunds), Decimal(0))

    @property
    def net(self) -> Decimal:
        """What the merchant gets of it, if nothing goes back."""
        return self.paid - self.fee - self.tax

    @property
    def due(self) -> Decimal:
        """What the merchant's bank is to get of it, all in all, as things are."""
        gone = self.status in (DENY, CHARGEBACK, REFUND)
        return Decimal(0) if gone else self.net - self.refunded

    def va_entry(self) -> dict[str, Any]:
        """The line of the ledger's virtual accounts."""
        status = self.status if self.status in VA_WORDS else SETTLEMENT
        return {
            "id": self.id,
            "reference": self.order_id,
            "number": self.number,
            "biller_code": self.biller_code,
            "bank": self.bank,
            "kind": "closed",
            "amount": plain(self.gross),
            "status": VA_WORDS[status],
            "transaction_status": self.status,
            "expires_at": int(self.expires_at),
            "name": self.name,
            "origin": self.origin,
        }

    def payment_entry(self) -> dict[str, Any]:
        """The line of the ledger's payments; all deposits are one payment."""
        last = self.deposits[-1]
        return {
            "id": self.id,
            "va_id": self.id,
            "reference": self.order_id,
            "bank": self.bank,
            "number": self.number,
            "amount": plain(self.paid),
            "currency": self.currency,
            "status": PAYMENT_WORDS.get(self.status, "paid"),
            "transaction_status": self.status,
            "paid_at": int(last.at),
            "fee": self.fee,
            "tax": self.tax,
            "net": plain(self.net),
            "settled": self.paid_out,
            "refunded": plain(self.refunded),
            "sender": last.sender,
            "remark": last.remark,
            "deposits": [plain(deposit.amount) for deposit in self.deposits],
        }


class Book:
    """All transactions, found by id, by order and by account number."""

    def __init__(self) -> None:
        self.by_id: dict[str, Transaction] = {}
        self.by_order: dict[str, Transaction] = {}
        self.by_number: dict[str, Transaction] = {}
        self.paid: dict[str, Transaction] = {}
        self.serial = 0

    def add(self, transaction: Transaction) -> None:
        self.by_id[transaction.id] = transaction
        self.by_order[transaction.order_id] = transaction
        self.by_number[transaction.number] = transaction

    def find(self, name: str) -> Transaction | None:
        """By order_id or transaction_id, as the paths of the interface allow."""
        return self.by_order.get(name) or self.by_id.get(name)

    def taken(self, number: str) -> bool:
        """Whether an account number waits for money already."""
        other = self.by_number.get(number)
        return other is not None and other.status == PENDING

    def next_serial(self) -> int:
        self.serial += 1
        return self.serial

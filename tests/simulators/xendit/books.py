"""What the simulated account holds: virtual accounts, payments, payouts, the ledger."""

import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from .banks import Bank

V3, LEGACY = "v3", "legacy"
FIXED, CLOSED = "fixed", "closed"
ACTIVE, PAID, EXPIRED, TAKEN_BACK = "active", "paid", "expired", "closed"
FAR = 31 * 365 * 86400

Money = int | Decimal


def money(value: Any) -> Money:
    """An amount; ValueError for what is none. Whole amounts are int."""
    try:
        amount = Decimal(str(value))
    except ArithmeticError:
        raise ValueError(f"no amount: {value!r}") from None
    return int(amount) if amount == amount.to_integral_value() else amount


def shown(amount: Money | None) -> int | str | None:
    """An amount in the ledger: int, or text with decimals."""
    return str(amount) if isinstance(amount, Decimal) else amount


@dataclass(slots=True, eq=False)
class Account:
    """A virtual account of either generation. ``listed`` False: nobody can find it."""

    id: str
    generation: str
    reference: str
    bank: Bank
    number: str
    kind: str
    amount: int | None
    name: str
    expires_at: float
    created: float
    updated: float
    currency: str = "IDR"
    status: str = ACTIVE
    single_use: bool = True
    suggested: int | None = None
    description: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    listed: bool = True

    @property
    def bare_number(self) -> str:
        """The number without the code of the merchant."""
        return self.number.removeprefix(self.bank.merchant_code)

    def entry(self) -> dict[str, Any]:
        """The row of the ledger."""
        return {
            "id": self.id,
            "reference": self.reference,
            "number": self.number,
            "biller_code": "",
            "bank": self.bank.code,
            "kind": self.kind,
            "amount": self.amount,
            "status": self.status,
            "expires_at": self.expires_at,
            "name": self.name,
            "generation": self.generation,
        }


@dataclass(slots=True, eq=False)
class Transaction:
    """A row of Xendit's ledger; fees are whole rupiah."""

    id: str
    serial: int
    product_id: str
    type: str
    category: str
    channel: str
    reference: str
    account_number: str
    amount: Money
    money_in: bool
    created: float
    updated: float
    currency: str = "IDR"
    status: str = "SUCCESS"
    settlement: str | None = None
    settles_at: float | None = None
    fee: int = 0
    vat: int = 0
    fee_status: str = "COMPLETED"

    @property
    def net(self) -> Money:
        """In: less the fee; out: with the fee."""
        kept = self.fee + self.vat
        return self.amount - kept if self.money_in else self.amount + kept


@dataclass(slots=True, eq=False)
class Payment:
    """Money that came in for an account."""

    id: str
    account: Account
    amount: Money
    currency: str
    paid_at: float
    transaction: Transaction
    capture_id: str
    sender: str = ""
    sender_account: str = ""
    remark: str = ""
    status: str = PAID
    chargeback: Transaction | None = None

    @property
    def settled(self) -> bool:
        return self.transaction.settlement == "SETTLED"

    def entry(self) -> dict[str, Any]:
        """The row of the ledger."""
        return {
            "id": self.id,
            "va_id": self.account.id,
            "reference": self.account.reference,
            "bank": self.account.bank.code,
            "number": self.account.number,
            "amount": shown(self.amount),
            "currency": self.currency,
            "status": self.status,
            "paid_at": self.paid_at,
            "fee": self.transaction.fee,
            "tax": self.transaction.vat,
            "net": shown(self.transaction.net),
            "settled": self.settled,
            "sender": self.sender,
            "remark": self.remark,
        }


@dataclass(slots=True, eq=False)
class Payout:
    """Money out; ``status`` in Xendit's words."""

    id: str
    reference: str
    channel: str
    account_number: str
    holder: str
    amount: int
    idempotency_key: str
    created: float
    updated: float
    body: dict[str, Any]
    status: str = "ACCEPTED"
    failure_code: str = ""
    stuck: bool = False
    transaction: Transaction | None = None


class Books:
    """Everything, found by id, reference or number without a search."""

    def __init__(self, source: random.Random) -> None:
        self.random = source
        self.accounts: dict[str, Account] = {}
        self.payments: dict[str, Payment] = {}
        self.payouts: dict[str, Payout] = {}
        self.transactions: dict[str, Transaction] = {}
        self.rows: list[Transaction] = []
        self.bank_transfers: list[dict[str, Any]] = []
        self.answered: dict[tuple[str, str], tuple[str, Any]] = {}
        self.balance: Money = 0
        self._by_reference: dict[str, list[Account]] = {}
        self._by_number: dict[str, list[Account]] = {}
        self._payouts_by_reference: dict[str, list[Payout]] = {}
        self._next_number = 1_000_000_000 + source.randrange(8_000_000_000)

    # -- identities -----------------------------------------------------------------

    def uuid(self, prefix: str = "") -> str:
        """An id in the form of a UUID."""
        text = f"{self.random.getrandbits(128):032x}"
        parts = (text[:8], text[8:12], text[12:16], text[16:20], text[20:])
        return prefix + "-".join(parts)

    def object_id(self) -> str:
        """An id in the form of the legacy interface."""
        return f"{self.random.getrandbits(96):024x}"

    def new_number(self, bank: Bank) -> str:
        """A number that was never given out."""
        self._next_number += 1
        return f"{bank.merchant_code}{self._next_number}"

    # -- idempotency ----------------------------------------------------------------

    def replay(self, where: str, key: str, said: str) -> Any:
        """What this key made before, None when it is new; KeyError: another body."""
        before, made = self.answered.get((where, key), ("", None))
        if made is not None and before != said:
            raise KeyError(key)
        return made

    def remember(self, where: str, key: str, said: str, made: Any) -> None:
        """Keep what a key made, for ever; without a key nothing is kept."""
        if key:
            self.answered[where, key] = (said, made)

    # -- virtual accounts -----------------------------------------------------------

    def add_account(self, account: Account) -> Account:
        self.accounts[account.id] = account
        self._by_reference.setdefault(account.reference, []).append(account)
        for number in {account.number, account.bare_number}:
            self._by_number.setdefault(number, []).append(account)
        return account

    def of_reference(self, reference: str) -> list[Account]:
        """All that can be found under a reference, oldest first."""
        return [a for a in self._by_reference.get(reference, ()) if a.listed]

    def of_number(self, number: str) -> list[Account]:
        """All that can be found under a number, with or without merchant code."""
        return [a for a in self._by_number.get(number, ()) if a.listed]

    # -- money ----------------------------------------------------------------------

    def add_transaction(self, **values: Any) -> Transaction:
        transaction = Transaction(id=self.uuid("txn_"), serial=len(self.rows), **values)
        self.rows.append(transaction)
        self.transactions[transaction.id] = transaction
        return transaction

    def add_payout(self, payout: Payout) -> Payout:
        self.payouts[payout.id] = payout
        self._payouts_by_reference.setdefault(payout.reference, []).append(payout)
        return payout

    def payouts_of(self, reference: str) -> list[Payout]:
        return list(self._payouts_by_reference.get(reference, ()))

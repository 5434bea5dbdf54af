"""The words of the payment domain. Adapters and models know only these.

Money is Decimal in the currency named beside it, times are aware datetimes in UTC,
identifiers are text whatever the gateway sends. `raw` is the gateway's own object.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

from odoo.addons.erp_connector_base.client.exact_json import dump, load

__all__ = ["dump", "load"]  # raw objects as text and back, numbers exact

#: Topics of the events that a gateway's webhook is read into.
PAYMENT_EVENT = "payment.event"  # money in; business key: the VA's reference or id
VA_EVENT = "payment.va"  # a virtual account was made, changed, expired
PAYOUT_EVENT = "payment.payout"  # money out; business key: the payout's reference or id
REFUND_EVENT = "payment.refund"  # business key: the refund's reference or id
PING_EVENT = "payment.ping"  # our own round trip came back
OTHER_EVENT = "payment.other"  # verified, but nothing acts on it


class VaKind(StrEnum):
    """Fixed: for good, any amount. Closed: one exact amount, until it expires."""

    FIXED = "fixed"
    CLOSED = "closed"


class VaStatus(StrEnum):
    """Where a virtual account stands. UNKNOWN: see `raw_status`."""

    PENDING = "pending"  # being made by the bank
    ACTIVE = "active"
    PAID = "paid"
    EXPIRED = "expired"
    CLOSED = "closed"  # taken back before it was paid
    FAILED = "failed"
    UNKNOWN = "unknown"


class PaymentStatus(StrEnum):
    """Where money in stands. Only PAID is money; UNKNOWN: see `raw_status`."""

    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    PARTIALLY_REFUNDED = "partially_refunded"
    REVERSED = "reversed"  # the money was taken back: chargeback, reversal
    UNKNOWN = "unknown"


class PayoutStatus(StrEnum):
    """Where money out stands. SUCCEEDED is not final: REVERSED may follow."""

    QUEUED = "queued"  # the gateway waits for its own approver
    PENDING = "pending"  # accepted, on its way
    SUCCEEDED = "succeeded"
    FAILED = "failed"  # refused or returned before it was paid out
    CANCELLED = "cancelled"
    REVERSED = "reversed"  # paid out, and came back
    UNKNOWN = "unknown"


class TransactionKind(StrEnum):
    """What a row of the gateway's own ledger is. UNKNOWN: see `raw_kind`."""

    PAYMENT = "payment"
    PAYOUT = "payout"
    REFUND = "refund"
    WITHDRAWAL = "withdrawal"  # the gateway's balance moved to our bank account
    TOPUP = "topup"  # our money moved to the gateway's balance
    FEE = "fee"
    CHARGEBACK = "chargeback"
    ADJUSTMENT = "adjustment"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class VaRequest:
    """What a virtual account shall be. `reference` is ours, unique for good.

    `channel` is the gateway's code of the bank, from our table of banks. `amount` is
    None for a fixed account. `name` is what the payer sees.
    """

    reference: str
    kind: VaKind
    channel: str
    name: str
    amount: Decimal | None = None
    currency: str = "IDR"
    expires_at: datetime | None = None
    description: str = ""
    number: str = ""


@dataclass(frozen=True)
class VirtualAccount:
    """A virtual account as the gateway has it. `number` is what the payer types.

    `biller_code` goes before the number where the bank wants both (Mandiri bill).
    """

    id: str
    reference: str
    status: VaStatus
    raw_status: str
    channel: str = ""
    number: str = ""
    biller_code: str = ""
    amount: Decimal | None = None
    currency: str = "IDR"
    expires_at: datetime | None = None
    updated_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Fee:
    """What the gateway keeps of a transaction; all three are 0 or more.

    `final` is False while the gateway has not fixed it; `returned`: it does not keep
    it (any more), as the money went back.
    """

    amount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    withheld: Decimal = Decimal(0)
    final: bool = True
    returned: bool = False

    @property
    def total(self) -> Decimal:
        """All that is kept."""
        return self.amount + self.tax + self.withheld


@dataclass(frozen=True)
class Payment:
    """Money that came in, or tried to. `id` is the gateway's, for ever the same.

    `va_id` and `va_reference` name the virtual account, "" where the gateway does not
    say. `amount` is what was paid; None when the gateway does not say. `currency` ""
    means that of the virtual account. `refunded` is how much of it went back so far.
    """

    id: str
    status: PaymentStatus
    raw_status: str
    va_id: str = ""
    va_reference: str = ""
    amount: Decimal | None = None
    currency: str = ""
    channel: str = ""
    number: str = ""
    paid_at: datetime | None = None
    sender_name: str = ""
    sender_account: str = ""
    remark: str = ""
    refunded: Decimal = Decimal(0)
    fee: Fee | None = None
    doubtful: str = (
        ""  # why the gateway says not to take it for paid, "" if it does not
    )
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Transaction:
    """A row of the gateway's ledger, as of `updated_at`.

    `product_id` is the id of the payment or payout it belongs to. `amount` and `net`
    are 0 or more; `money_in` gives the direction. `status` is PAID when it counts.
    """

    id: str
    kind: TransactionKind
    raw_kind: str
    product_id: str
    reference: str
    status: PaymentStatus
    raw_status: str
    money_in: bool
    amount: Decimal
    net: Decimal
    fee: Fee
    currency: str
    settled: bool
    channel: str = ""
    number: str = ""
    settles_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class TransactionPage:
    """One page of the ledger; `next_cursor` is "" on the last one."""

    transactions: tuple[Transaction, ...]
    next_cursor: str = ""


@dataclass(frozen=True)
class PayoutRequest:
    """What shall be paid out. `reference` is ours, unique for good; it is the
    idempotency key too. `channel` is the gateway's code of the bank.
    """

    reference: str
    channel: str
    account_number: str
    account_holder: str
    amount: Decimal
    currency: str = "IDR"
    description: str = ""
    email: str = ""


@dataclass(frozen=True)
class Payout:
    """A payout as the gateway has it. `reference` is "" where it does not keep ours."""

    id: str
    status: PayoutStatus
    raw_status: str
    reference: str = ""
    amount: Decimal | None = None
    currency: str = "IDR"
    failure_code: str = ""
    failure: str = ""
    updated_at: datetime | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class RefundRequest:
    """Give `amount` of the payment `payment_id` back; `reference` is ours, unique."""

    reference: str
    payment_id: str
    amount: Decimal
    currency: str = "IDR"
    reason: str = ""


@dataclass(frozen=True)
class Refund:
    """A refund as the gateway has it. Only PAID is money that went back."""

    id: str
    reference: str
    payment_id: str
    status: PaymentStatus
    raw_status: str
    amount: Decimal | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class AccountCheck:
    """What the gateway knows of a bank account. `valid` None: it cannot tell."""

    valid: bool | None
    holder: str = ""
    message: str = ""


@dataclass(frozen=True)
class Features:
    """What a gateway can do; the screens offer nothing else.

    `searches_va`: a virtual account can be found by our reference, so a lost answer
    heals by itself. `ledger`: it lists its transactions with fees and settlement.
    `gateway_approval`: a payout waits for a second key after it was made.
    `searches_payouts`: a lost payout is looked for; else it is asked for by its key
    again, which makes it anew once the gateway has forgotten the key.
    """

    fixed_va: bool = True
    changes_va_amount: bool = True
    searches_va: bool = True
    ledger: bool = True
    refunds: bool = False
    payouts: bool = True
    searches_payouts: bool = True
    checks_accounts: bool = False
    gateway_approval: bool = False


class PaymentClient(Protocol):
    """One gateway account. Every method raises ConnectorError and its kin only.

    Methods that must not be repeated raise UncertainError when the answer is lost;
    `recover_…` then says what arrived: the object, or None when surely nothing did;
    it raises UncertainError when the gateway cannot tell.
    """

    features: Features

    def identify(self) -> str:
        """Who we are there, for a person; proves that the credentials work."""
        ...

    def balance(self) -> Decimal:
        """What can be paid out now, in IDR."""
        ...

    # -- virtual accounts: not to be repeated, but for update and close ---------------

    def create_va(self, request: VaRequest) -> VirtualAccount: ...

    def recover_va(self, request: VaRequest) -> VirtualAccount | None: ...

    def get_va(self, va_id: str, reference: str) -> VirtualAccount: ...

    def update_va(
        self,
        va_id: str,
        reference: str,
        amount: Decimal | None,
        expires_at: datetime | None,
    ) -> VirtualAccount:
        """RejectedError when the gateway cannot change it (any more)."""
        ...

    def close_va(self, va_id: str, reference: str) -> VirtualAccount:
        """No payment shall come any more; fine when it is closed already."""
        ...

    def simulate_payment(self, va: VirtualAccount, amount: Decimal) -> None:
        """Test mode only: a payer pays. RejectedError where there is no such call."""
        ...

    # -- money in ----------------------------------------------------------------------

    def read_payments(self, payload: str) -> tuple[Payment, ...]:
        """A webhook's payload as payments, without a call."""
        ...

    def confirm_payments(self, payload: str) -> tuple[Payment, ...]:
        """The same, asked again where the webhook alone is not to be believed."""
        ...

    def read_va(self, payload: str) -> VirtualAccount:
        """A webhook's payload about a virtual account."""
        ...

    def get_payment(self, payment_id: str) -> Payment: ...

    def payments_of_va(self, va_id: str, reference: str) -> tuple[Payment, ...]:
        """Payments the gateway lists for one virtual account; () when it lists none."""
        ...

    def list_transactions(
        self, since: datetime, until: datetime, cursor: str = ""
    ) -> TransactionPage:
        """Ledger rows changed in that time; RejectedError without `features.ledger`."""
        ...

    def refund(self, request: RefundRequest) -> Refund: ...

    def recover_refund(self, request: RefundRequest) -> Refund | None: ...

    def read_refund(self, payload: str) -> Refund: ...

    # -- money out: not to be repeated -------------------------------------------------

    def create_payout(self, request: PayoutRequest) -> Payout: ...

    def recover_payout(self, request: PayoutRequest) -> Payout | None: ...

    def get_payout(self, payout_id: str) -> Payout: ...

    def approve_payout(self, payout_id: str) -> None:
        """The second key, with `features.gateway_approval`; safe to repeat."""
        ...

    def approve_payouts(self, payout_ids: tuple[str, ...], otp: str = "") -> None:
        """The same for some at once, with the approver's one-time password."""
        ...

    def cancel_payout(self, payout_id: str, reason: str) -> Payout: ...

    def read_payout(self, payload: str) -> Payout: ...

    def check_account(self, channel: str, number: str) -> AccountCheck: ...

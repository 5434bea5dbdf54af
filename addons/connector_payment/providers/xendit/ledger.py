"""Xendit's own ledger, GET /transactions: fees, settlement, everything that moved."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.providers.schema import (
    Fee,
    PaymentStatus,
    TransactionKind,
)
from odoo.addons.erp_connector_base.client.reading import Fields

from .calls import Caller, Params, rows_of, stamp
from .mapping import bank_of, moment

#: `type` of a transaction. Transfers, conversions, reserves, loans have no word of
#: ours: UNKNOWN, for a person.
KINDS = {
    "PAYMENT": TransactionKind.PAYMENT,
    "IN_PERSON_PAYMENT": TransactionKind.PAYMENT,
    "REMITTANCE_COLLECTION_PAYMENT": TransactionKind.PAYMENT,
    "DISBURSEMENT": TransactionKind.PAYOUT,
    "BATCH_DISBURSEMENT": TransactionKind.PAYOUT,
    "PAYOUT": TransactionKind.PAYOUT,
    "REMITTANCE": TransactionKind.PAYOUT,
    "REMITTANCE_PAYOUT": TransactionKind.PAYOUT,
    "REFUND": TransactionKind.REFUND,
    "WITHDRAWAL": TransactionKind.WITHDRAWAL,
    "TOPUP": TransactionKind.TOPUP,
    "FEE": TransactionKind.FEE,
    "CASHBACK_FEE": TransactionKind.FEE,
    "CASHBACK_VAT": TransactionKind.FEE,
    "CHARGEBACK": TransactionKind.CHARGEBACK,
    "ADJUSTMENT": TransactionKind.ADJUSTMENT,
    "ADJUSTMENT_ADD": TransactionKind.ADJUSTMENT,
    "ADJUSTMENT_DEDUCT": TransactionKind.ADJUSTMENT,
}
#: `status` of a transaction.
STATUS = {
    "SUCCESS": PaymentStatus.PAID,
    "PENDING": PaymentStatus.PENDING,
    "FAILED": PaymentStatus.FAILED,
    "VOIDED": PaymentStatus.CANCELLED,
    "REVERSED": PaymentStatus.REVERSED,
}
SETTLED = frozenset({"SETTLED", "EARLY_SETTLED"})
MONEY_IN = "MONEY_IN"
#: `fee.status`es (SDK, FeeResponse): it was not taken, or given back; it is fixed.
_RETURNED = frozenset({"CANCELED", "REVERSED", "NOT_APPLICABLE"})
_FINAL = _RETURNED | {"COMPLETED"}
PAGE = 50


def transaction(data: Mapping[str, Any]) -> schema.Transaction:
    """A row of GET /transactions; amounts are positive, `cashflow` is the direction."""
    fields = Fields(data, "transaction ?")
    transaction_id = fields.name("id")
    fields.owner = f"transaction {transaction_id}"
    raw_kind, raw_status = fields.text("type", 64), fields.text("status", 64)
    amount = abs(fields.needed("amount", fields.amount("amount")))
    net = fields.amount("net_amount")
    return schema.Transaction(
        id=transaction_id,
        kind=KINDS.get(raw_kind, TransactionKind.UNKNOWN),
        raw_kind=raw_kind,
        product_id=fields.text("product_id", 128),
        reference=fields.text("reference_id", 255),
        status=STATUS.get(raw_status, PaymentStatus.UNKNOWN),
        raw_status=raw_status,
        money_in=fields.name("cashflow") == MONEY_IN,
        amount=amount,
        net=amount if net is None else abs(net),
        fee=_fee(fields),
        currency=fields.text("currency", 8) or "IDR",
        settled=_settled(fields),
        channel=bank_of(fields.text("channel_code", 64)),
        number=fields.text("account_identifier", 64),
        settles_at=moment(fields, "estimated_settlement_time"),
        created_at=moment(fields, "created"),
        updated_at=moment(fields, "updated", "created"),
        raw=fields.data,
    )


def _settled(row: Fields) -> bool:
    """Money out has no settlement: it leaves the balance when it leaves."""
    raw = row.text("settlement_status", 32)
    if not raw and row.text("cashflow") != MONEY_IN:
        return row.text("status") == "SUCCESS"
    return raw in SETTLED


def _fee(row: Fields) -> Fee:
    fee = row.object("fee")
    withheld = ("xendit_withholding_tax", "third_party_withholding_tax")
    return Fee(
        amount=_part(fee, "xendit_fee"),
        tax=_part(fee, "value_added_tax"),
        withheld=sum((_part(fee, key) for key in withheld), Decimal()),
        final=fee.text("status", 32) in _FINAL,
        returned=fee.text("status", 32) in _RETURNED,
    )


def _part(fee: Fields, key: str) -> Decimal:
    return abs(fee.amount(key) or Decimal())


def payment_of(row: schema.Transaction) -> schema.Payment:
    """What the ledger alone knows of a payment."""
    return schema.Payment(
        id=row.product_id,
        status=row.status,
        raw_status=row.raw_status,
        va_id=request_of(row),
        va_reference=row.reference,
        amount=row.amount,
        currency=row.currency,
        channel=row.channel,
        number=row.number,
        paid_at=row.created_at,
        fee=row.fee if row.fee.final else None,
        raw=row.raw,
    )


def request_of(row: schema.Transaction) -> str:
    """The payment request of a v3 payment's row, "" where it does not say."""
    return Fields(row.raw, row.id).object("product_data").text("payment_request_id")


class Ledger:
    """The transactions of one account."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def page(
        self, since: datetime, until: datetime, cursor: str = ""
    ) -> schema.TransactionPage:
        """Rows changed in that time; the cursor is the last row's id. By `updated`:
        settlement and fees come later than the row.
        """
        changed = (("updated[gte]", stamp(since)), ("updated[lte]", stamp(until)))
        return self._page(changed, cursor)

    def payments(
        self, since: datetime | None = None, **search: str
    ) -> tuple[schema.Transaction, ...]:
        """Payments by `reference_id` or `product_id`, changed since then."""
        wanted = (("types", "PAYMENT"), *search.items())
        if since:
            wanted += (("updated[gte]", stamp(since)),)
        found: list[schema.Transaction] = []
        cursor, more = "", True
        while more:
            page = self._page(wanted, cursor)
            found += page.transactions
            more, cursor = bool(page.next_cursor), page.next_cursor
        return tuple(found)

    def _page(self, wanted: Params, cursor: str) -> schema.TransactionPage:
        params = (*wanted, ("limit", str(PAGE)))
        params += (("after_id", cursor),) if cursor else ()
        answer = self._caller.get("/transactions", params)
        rows = tuple(transaction(row.data) for row in rows_of(answer, "transactions"))
        more = rows and Fields(answer, "transactions").flag("has_more")
        following = rows[-1].id if more else ""
        return schema.TransactionPage(rows, "" if following == cursor else following)

"""The judge of money: a gateway's ledger against Odoo's books, to the rupiah.

Every difference is a sentence; an empty list means that each payment is there once, on
the right account, for the right customer, and that nothing was paid out twice.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

#: Status in the ledger -> states the receipt may have.
RECEIPT_STATES = {
    "paid": {"booked", "unidentified"},
    "refunded": {"booked", "unidentified"},
    "reversed": {"reversed"},
}
#: State of a payout here -> what the ledger may call it; None: it is not there. What
#: came back is "failed" to Iris, and so to Odoo where it missed that it had arrived.
PAYOUT_STATES = {
    "draft": (None,),
    "to_approve": (None,),
    "approved": (None,),
    "queued": ("pending",),
    "sent": ("pending",),
    "succeeded": ("succeeded",),
    "failed": ("failed", "reversed", None),
    "cancelled": ("cancelled",),
    "reversed": ("reversed",),
}
#: Money that is gone, or on its way.
GONE = ("queued", "sent", "succeeded")

_RECEIPTS = """
    SELECT split_part(r.external_id, '#', 1), r.amount, r.state, COALESCE(r.hold, ''),
           COALESCE(v.name, ''), r.currency_id = c.currency_id, p.move_id,
           p.amount IS NOT DISTINCT FROM r.amount
      FROM connector_payment_receipt r
      JOIN res_company c ON c.id = r.company_id
      LEFT JOIN connector_payment_va v ON v.id = r.va_id
      LEFT JOIN account_payment p ON p.id = r.payment_id
     WHERE r.backend_id = %(account)s AND r.id > %(receipts)s ORDER BY r.id
"""
_ACCOUNTS = """
    SELECT v.name, v.partner_id, v.state, v.number, v.external_id, v.kind,
           COALESCE((SELECT array_agg(move_id) FROM connector_payment_va_move_rel
                      WHERE va_id = v.id), '{}')
      FROM connector_payment_va v
     WHERE v.backend_id = %(account)s AND v.id > %(vas)s ORDER BY v.id
"""
_INVOICES = """
    SELECT m.id, m.name, m.commercial_partner_id, m.amount_total, m.amount_residual,
           m.payment_state
      FROM account_move m
     WHERE m.id > %(moves)s AND m.move_type = 'out_invoice' AND m.state = 'posted'
"""
_OWED = """
    SELECT l.partner_id, sum(l.balance)
      FROM account_move_line l JOIN account_account a ON a.id = l.account_id
     WHERE l.move_id > %(moves)s AND l.parent_state = 'posted'
       AND a.account_type = 'asset_receivable'
     GROUP BY l.partner_id
"""
#: On one account: the entries of these payments, and what reversed them.
_STANDS = """
    SELECT COALESCE(sum(l.balance), 0)
      FROM account_move_line l JOIN account_move m ON m.id = l.move_id
     WHERE l.account_id = %(on)s AND l.parent_state = 'posted'
       AND (m.id = ANY(%(entries)s) OR m.reversed_entry_id = ANY(%(entries)s))
"""
_UNEVEN = """
    SELECT m.name FROM account_move_line l JOIN account_move m ON m.id = l.move_id
     WHERE m.id > %(moves)s
     GROUP BY m.id HAVING sum(l.debit) <> sum(l.credit)
"""
_PAYOUTS = """
    SELECT o.name, o.state, p.amount, p.move_id, p.state
      FROM connector_payment_payout o JOIN account_payment p ON p.id = o.payment_id
     WHERE o.backend_id = %(account)s AND o.id > %(payouts)s ORDER BY o.id
"""


@dataclass(frozen=True)
class Receipt:
    """Money in, as Odoo has it."""

    payment: str
    amount: Decimal
    state: str
    hold: str
    reference: str
    is_local: bool
    entry: int | None
    is_whole: bool


@dataclass(frozen=True)
class Account:
    """A virtual account, as Odoo has it."""

    reference: str
    customer: int
    state: str
    number: str
    id: str
    kind: str
    invoices: list[int]


@dataclass(frozen=True)
class Invoice:
    """A customer's debt."""

    id: int
    name: str
    customer: int
    total: Decimal
    left: Decimal
    payment_state: str


@dataclass(frozen=True)
class Payout:
    """Money out, as Odoo has it."""

    reference: str
    state: str
    amount: Decimal
    entry: int | None
    payment_state: str


@dataclass
class Books:
    """What stands in Odoo since `marks`: {table: last id before}, and `account`."""

    cursor: Any
    marks: dict[str, int]
    #: The gateway account's own accounts: outstanding, suspense, payout.
    on: dict[str, int]
    receipts: dict[str, list[Receipt]] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    invoices: dict[int, Invoice] = field(default_factory=dict)
    payouts: list[Payout] = field(default_factory=list)

    def __post_init__(self) -> None:
        by_payment = defaultdict(list)
        for row in self.rows(_RECEIPTS):
            receipt = Receipt(*row)
            by_payment[receipt.payment].append(receipt)
        self.receipts = dict(by_payment)
        self.accounts = {row[0]: Account(*row) for row in self.rows(_ACCOUNTS)}
        self.invoices = {row[0]: Invoice(*row) for row in self.rows(_INVOICES)}
        self.payouts = [Payout(*row) for row in self.rows(_PAYOUTS)]

    def rows(self, query: str, **values: Any) -> list[tuple]:
        self.cursor.execute(query, {**self.marks, **values})
        return self.cursor.fetchall()

    def stands(self, on: str, entries: list[int | None]) -> Decimal:
        """What these payments, and their reversals, left on an account."""
        ids = [entry for entry in entries if entry]
        return self.rows(_STANDS, on=self.on[on], entries=ids)[0][0]


def differences(
    books: Books,
    payments: dict[str, dict],
    vas: list[dict],
    payouts: list[dict],
) -> list[str]:
    """What is wrong, one sentence each."""
    return [
        *_payments(books, payments),
        *_sums(books, payments),
        *_customers(books, payments),
        *_invoices(books, payments),
        *_accounts(books, vas),
        *_payouts(books, payouts),
        *(f"{name} is not balanced" for (name,) in books.rows(_UNEVEN)),
    ]


# -- money in -------------------------------------------------------------------------


def _payments(books: Books, payments: dict[str, dict]) -> Iterator[str]:
    for id_, there in payments.items():
        yield from _payment(books, id_, there, books.receipts.get(id_, []))
    for id_ in books.receipts.keys() - payments.keys():
        yield f"{id_} is no payment of the gateway"


def _payment(books: Books, id_: str, there: dict, here: list[Receipt]) -> Iterator[str]:
    allowed = RECEIPT_STATES.get(there["status"])
    if not allowed:
        return
    amount, states = _amount(there), {receipt.state for receipt in here}
    total = sum((receipt.amount for receipt in here), Decimal(0))
    if total != amount:
        yield f"{id_}: {total} here, {amount} there"
    if len(here) > len(there.get("deposits", [0])):
        yield f"{id_} is there {len(here)} times"
    if not _is_local(there):
        allowed = {"held"}
    if not states <= allowed:
        yield f"{id_} is {states} here, {there['status']} there"
    known = there["reference"] if there["reference"] in books.accounts else ""
    if {receipt.reference for receipt in here} - {known}:
        yield f"{id_} was paid to {known or 'nobody'}"
    if not all(receipt.is_whole for receipt in here if receipt.entry):
        yield f"{id_} is booked with another amount"


def _sums(books: Books, payments: dict[str, dict]) -> Iterator[str]:
    """The accounts of the gateway, all payments together."""
    paid = [p for p in payments.values() if _is_money(p)]
    strange = [p for p in paid if p["reference"] not in books.accounts]
    entries = [r.entry for rows in books.receipts.values() for r in rows]
    for on, sign, money in (("outstanding", 1, paid), ("suspense", -1, strange)):
        here, there = books.stands(on, entries), sign * sum(map(_amount, money))
        if here != there:
            yield f"{on}: {here} here, {there} there"


def _customers(books: Books, payments: dict[str, dict]) -> Iterator[str]:
    """Each customer owes what was invoiced, less what came to his accounts."""
    owed = {account.customer: Decimal(0) for account in books.accounts.values()}
    for invoice in books.invoices.values():
        if invoice.customer in owed:
            owed[invoice.customer] += invoice.total
    for payment in filter(_is_money, payments.values()):
        if payment["reference"] in books.accounts:
            account = books.accounts[payment["reference"]]
            owed[account.customer] -= _amount(payment)
    here = dict(books.rows(_OWED))
    for customer, amount in owed.items():
        if here.get(customer, Decimal(0)) != amount:
            yield f"customer {customer} owes {here.get(customer)}, not {amount}"


def _invoices(books: Books, payments: dict[str, dict]) -> Iterator[str]:
    """An invoice with accounts of its own has what was paid to them."""
    came: dict[int, Decimal] = defaultdict(Decimal)
    shared: set[int] = set()
    money = Counter()
    for payment in filter(_is_money, payments.values()):
        money[payment["reference"]] += _amount(payment)
    for account in books.accounts.values():
        if len(account.invoices) > 1 or account.kind == "fixed":
            shared.update(account.invoices)
        for invoice in account.invoices:
            came[invoice] += money[account.reference]
    for id_ in came.keys() & books.invoices.keys() - shared:
        invoice = books.invoices[id_]
        left = max(invoice.total - came[id_], Decimal(0))
        if invoice.left != left:
            yield f"{invoice.name}: {invoice.left} is open, not {left}"
        if not left and invoice.payment_state != "paid":
            yield f"{invoice.name} is {invoice.payment_state}"


# -- virtual accounts -----------------------------------------------------------------


def _accounts(books: Books, vas: list[dict]) -> Iterator[str]:
    there = {va["reference"]: va for va in vas}
    made = Counter(va["reference"] for va in vas)
    for reference, account in books.accounts.items():
        if made[reference] > 1:
            yield f"{reference} was made {made[reference]} times"
        if account.state in ("requested", "failed"):
            continue
        va = there.get(reference)
        if not va:
            yield f"{reference} is {account.state} here, and not there"
        elif (account.id, account.number) != (va["id"], va["number"]):
            yield f"{reference} is {account.number} here, {va['number']} there"


# -- money out ------------------------------------------------------------------------


def _payouts(books: Books, there: list[dict]) -> Iterator[str]:
    sent = Counter(row["reference"] for row in there)
    yield from (f"{ref} was sent {n} times" for ref, n in sent.items() if n > 1)
    rows = {row["reference"]: row for row in there}
    ours = {payout.reference for payout in books.payouts}
    yield from (f"nobody asked for {ref}" for ref in rows.keys() - ours)
    for payout in books.payouts:
        yield from _payout(payout, rows.get(payout.reference))
    gone = sum((p.amount for p in books.payouts if p.state in GONE), Decimal(0))
    here = books.stands("payout", [payout.entry for payout in books.payouts])
    if here != -gone:
        yield f"payouts: {here} here, {-gone} there"


def _payout(here: Payout, there: dict | None) -> Iterator[str]:
    status = there and there["status"]
    if status not in PAYOUT_STATES[here.state]:
        yield f"{here.reference} is {here.state} here, {status} there"
    if there and _amount(there) != here.amount:
        yield f"{here.reference}: {here.amount} here, {there['amount']} there"
    if here.state in ("failed", "cancelled", "reversed") and here.entry:
        undone = here.payment_state in ("rejected", "canceled")
        if not undone:
            yield f"{here.reference} is {here.state}, but {here.payment_state} here"


def _amount(row: dict) -> Decimal:
    return Decimal(str(row["amount"]))


def _is_local(row: dict) -> bool:
    return row.get("currency", "IDR") == "IDR"


def _is_money(row: dict) -> bool:
    return row["status"] == "paid" and _is_local(row)

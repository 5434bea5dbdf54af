"""Balance and transactions: what the account holds and how it came to be."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from tests.simulators.framework import ControlError

from .books import Money, Transaction, shown
from .envelope import ApiError, Call, Endpoint, from_iso, invalid, iso

LARGEST_PAGE = 50
BALANCES = ("CASH", "HOLDING", "TAX")

Check = Callable[[Transaction], bool]


def balance(sim: Any, call: Call) -> dict[str, Any]:
    """GET /balance: what is settled and not paid out; other accounts are empty."""
    kind = call.args.get("account_type", "CASH")
    if kind not in BALANCES:
        raise invalid("account_type", f"one of {', '.join(BALANCES)}", "query")
    return {"balance": number(sim.books.balance) if kind == "CASH" else 0}


def number(amount: Money) -> int | float:
    """An amount as JSON number."""
    return amount if isinstance(amount, int) else float(amount)


# -- transactions ---------------------------------------------------------------------


def _texts(attribute: str) -> Callable[[list[str], str], Check]:
    def build(values: list[str], name: str) -> Check:
        return lambda row: getattr(row, attribute) in values

    return build


def _amount(values: list[str], name: str) -> Check:
    return lambda row: str(shown(row.amount)) in values


def _since(attribute: str) -> Callable[[list[str], str], Check]:
    def build(values: list[str], name: str) -> Check:
        bound = from_iso(values[-1], name, "query")
        return lambda row: getattr(row, attribute) >= bound

    return build


def _until(attribute: str) -> Callable[[list[str], str], Check]:
    def build(values: list[str], name: str) -> Check:
        bound = from_iso(values[-1], name, "query")
        return lambda row: getattr(row, attribute) <= bound

    return build


FILTERS: dict[str, Callable[[list[str], str], Check]] = {
    "types": _texts("type"),
    "statuses": _texts("status"),
    "channel_categories": _texts("category"),
    "reference_id": _texts("reference"),
    "product_id": _texts("product_id"),
    "account_identifier": _texts("account_number"),
    "currency": _texts("currency"),
    "amount": _amount,
    "created[gte]": _since("created"),
    "created[lte]": _until("created"),
    "updated[gte]": _since("updated"),
    "updated[lte]": _until("updated"),
}
PAGING = ("limit", "after_id", "before_id")


def transactions(sim: Any, call: Call) -> dict[str, Any]:
    """GET /transactions: newest first; an unknown key of the query is refused."""
    try:
        checks, limit = _checks(call.args), _limit(call.args)
        rows = _from_cursor(sim, call.args)
    except ApiError as error:
        error.newer = True
        raise
    matching = (row for row in rows if all(check(row) for check in checks))
    page = list(islice(matching, limit + 1))
    more, page = len(page) > limit, page[:limit]
    if "before_id" in call.args:
        page.reverse()
    links = [_next_link(call.args, page[-1])] if more else []
    data = [transaction_object(sim, row) for row in page]
    return {"has_more": more, "data": data, "links": links}


def _checks(args: MultiDict) -> list[Check]:
    unknown = set(args) - set(FILTERS) - set(PAGING)
    if unknown:
        name = min(unknown)
        raise invalid(name, f'"{name}" is not allowed', "query")
    return [
        FILTERS[name](values, name) for name, values in args.lists() if name in FILTERS
    ]


def _limit(args: MultiDict) -> int:
    text = args.get("limit", "10")
    if not text.isdigit() or not 1 <= int(text) <= LARGEST_PAGE:
        raise invalid("limit", f"between 1 and {LARGEST_PAGE}", "query")
    return int(text)


def _from_cursor(sim: Any, args: MultiDict) -> Iterator[Transaction]:
    rows = sim.books.rows
    if "before_id" in args:
        return islice(rows, _row(sim, args, "before_id").serial + 1, None)
    last = _row(sim, args, "after_id").serial if "after_id" in args else len(rows)
    return (rows[index] for index in range(last - 1, -1, -1))


def _row(sim: Any, args: MultiDict, name: str) -> Transaction:
    row = sim.books.transactions.get(args[name])
    if row is None:
        raise invalid(name, "there is no such transaction", "query")
    return row


def _next_link(args: MultiDict, last: Transaction) -> dict[str, str]:
    query = [(k, v) for k, values in args.lists() for v in values if k != "after_id"]
    query.append(("after_id", last.id))
    href = f"/transactions?{urlencode(query)}"
    return {"href": href, "rel": "next", "method": "GET"}


def transaction_object(sim: Any, row: Transaction) -> dict[str, Any]:
    """A row of the ledger as Xendit shows it."""
    early = sim.config["fee_known_early"] or row.fee_status != "PENDING"
    fee, vat = (row.fee, row.vat) if early else (0, 0)
    net = row.net if early else row.amount
    return {
        "id": row.id,
        "product_id": row.product_id,
        "type": row.type,
        "status": row.status,
        "channel_category": row.category,
        "channel_code": row.channel,
        "reference_id": row.reference,
        "account_identifier": row.account_number or None,
        "currency": row.currency,
        "amount": number(row.amount),
        "net_amount": number(net),
        "cashflow": "MONEY_IN" if row.money_in else "MONEY_OUT",
        "settlement_status": row.settlement,
        "estimated_settlement_time": None
        if row.settles_at is None
        else iso(row.settles_at),
        "business_id": sim.config["business_id"],
        "fee": {
            "xendit_fee": fee,
            "value_added_tax": vat,
            "xendit_withholding_tax": 0,
            "third_party_withholding_tax": 0,
            "status": row.fee_status,
        },
        "product_data": {},
        "created": iso(row.created),
        "updated": iso(row.updated),
    }


# -- the merchant's own money ---------------------------------------------------------


def withdraw(sim: Any, amount: int) -> Transaction:
    """From the balance to the merchant's bank, without a fee."""
    if not 0 < amount <= sim.books.balance:
        raise ControlError(f"the balance is {sim.books.balance}")
    row = _own_money(sim, "WITHDRAWAL", amount, money_in=False)
    sim.books.balance -= amount
    sim.books.bank_transfers.append(
        {
            "id": row.id,
            "date": row.created,
            "gross": amount,
            "fee": 0,
            "net": amount,
            "payment_ids": [],
        }
    )
    return row


def top_up(sim: Any, amount: int) -> Transaction:
    """From the merchant's bank to the balance."""
    if amount <= 0:
        raise ControlError("an amount is more than nothing")
    row = _own_money(sim, "TOPUP", amount, money_in=True)
    sim.books.balance += amount
    return row


def _own_money(sim: Any, kind: str, amount: int, money_in: bool) -> Transaction:
    now = sim.now()
    product_id = sim.books.object_id()
    return sim.books.add_transaction(
        product_id=product_id,
        type=kind,
        category="BANK",
        channel="BCA",
        reference=f"{kind.lower()}-{product_id[:8]}",
        account_number="",
        amount=amount,
        money_in=money_in,
        created=now,
        updated=now,
        settlement="SETTLED" if money_in else None,
    )


ROUTES = (
    Endpoint("GET", "/balance", balance, "balance"),
    Endpoint("GET", "/transactions", transactions, "transactions"),
)

"""The calls about one transaction: status, cancel, expire, refund; and the balance."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from . import wallet
from .envelope import ApiError, Call, amount_of, money, new_id
from .notify import announce, describe, status_body
from .state import CANCEL, EXPIRE, PARTIAL, PENDING, REFUND, SETTLEMENT, Transaction
from .state import Refund as RefundRow

MISSING = "Transaction doesn't exist."
STUCK = "Merchant cannot modify the status of the transaction"


def found(sim: Any, name: str) -> Transaction:
    """By order_id or transaction_id; 404 when there is none."""
    transaction = sim.book.find(name)
    if transaction is None:
        raise ApiError("404", MISSING)
    return transaction


def status(sim: Any, call: Call) -> dict[str, Any]:
    return status_body(sim, found(sim, call.name))


def status_b2b(sim: Any, call: Call) -> dict[str, Any]:
    """Every transaction of that order: an order_id may be used again after expiry."""
    order_id = found(sim, call.name).order_id
    rows = [t for t in sim.book.by_id.values() if t.order_id == order_id]
    return {
        "status_code": "200",
        "status_message": "Success, transactions found",
        "id": new_id(sim.random),
        "transactions": [status_body(sim, transaction) for transaction in rows],
    }


def cancel(sim: Any, call: Call) -> dict[str, Any]:
    transaction = _pending(sim, call)
    transaction.status = CANCEL
    announce(sim, transaction)
    return describe(sim, transaction, "200", "Success, transaction is canceled")


def expire(sim: Any, call: Call) -> dict[str, Any]:
    transaction = _pending(sim, call)
    run_out(sim, transaction)
    return describe(sim, transaction, "407", "Success, transaction has expired")


def run_out(sim: Any, transaction: Transaction) -> None:
    """The time to pay is over; nothing happens to what is not pending."""
    if transaction.status == PENDING:
        transaction.status = EXPIRE
        announce(sim, transaction)


def judge(sim: Any, call: Call) -> dict[str, Any]:
    """Approve and deny are for challenged cards: no virtual account ever is."""
    found(sim, call.name)
    raise ApiError("412", STUCK)


def _pending(sim: Any, call: Call) -> Transaction:
    transaction = found(sim, call.name)
    if transaction.status != PENDING:
        raise ApiError("412", STUCK)
    return transaction


# -- refunds --------------------------------------------------------------------------


def refund(sim: Any, call: Call) -> dict[str, Any]:
    """Give money back, where the setting ``refundable`` allows it."""
    transaction = found(sim, call.name)
    if not sim.config["refundable"] or transaction.status not in (SETTLEMENT, PARTIAL):
        raise ApiError("412", STUCK)
    row = give_back(sim, transaction, call.body)
    body = describe(sim, transaction, "200", "Success, refund request is approved")
    return {
        **body,
        "refund_chargeback_id": row.number,
        "refund_amount": money(row.amount),
        "refund_key": row.key,
    }


def give_back(sim: Any, transaction: Transaction, wish: dict[str, Any]) -> RefundRow:
    """One refund in the book; the bank confirms it a little later."""
    key = str(wish.get("refund_key") or f"{transaction.id}-ref{_serial(sim)}")
    if any(refund.key == key for refund in transaction.refunds):
        raise ApiError("406", "Duplicate refund ID")
    left = transaction.paid - transaction.refunded
    amount = amount_of(wish.get("amount", left))
    if amount is None or not 0 < amount <= left:
        raise ApiError("414", "Refund request is rejected due to invalid amount")
    reason = str(wish.get("reason", ""))
    row = RefundRow(_serial(sim), key, amount, reason, sim.clock.now())
    transaction.refunds.append(row)
    sim.payin.move(wallet.REFUND, transaction.id, -amount, row.at)
    transaction.status = REFUND if amount == left else PARTIAL
    announce(sim, transaction)
    delay = float(sim.config["refund_confirm_seconds"])
    sim.agenda.at(row.at + delay, lambda: _confirm(sim, transaction, row))
    return row


def _confirm(sim: Any, transaction: Transaction, row: RefundRow) -> None:
    row.confirmed_at = sim.clock.now()
    announce(sim, transaction)


def _serial(sim: Any) -> int:
    return sim.book.next_serial()


# -- balance --------------------------------------------------------------------------


def mutation(sim: Any, call: Call) -> dict[str, Any]:
    """GET /v1/balance/mutation: sums only, of payments in and of the payout wallet."""
    wanted = ("currency", "start_time", "end_time")
    empty = [name for name in wanted if not call.args.get(name)]
    if empty:
        raise MutationError([f"{name} must not be empty" for name in empty])
    start, end = (_moment(call.args[name]) for name in wanted[1:])
    wallets = [
        _wallet(kind.name, kind.at(start), kind.at(end))
        for kind in (sim.payin, sim.wallet)
    ]
    names = [name for name in wallets[0] if name != "source"]
    totals = {name: sum(wallet[name] for wallet in wallets) for name in names}
    return {**{name: call.args[name] for name in wanted}, **totals, "wallets": wallets}


class MutationError(Exception):
    """The balance call refuses in an envelope of its own."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__(", ".join(messages))
        self.messages = messages


def _wallet(name: str, opening: Decimal, closing: Decimal) -> dict[str, Any]:
    wallet: dict[str, Any] = {"source": name}
    for kind, share in (("effective", 1), ("pending", 0), ("overall", 1)):
        wallet[f"opening_balance_{kind}"] = float(opening * share)
        wallet[f"closing_balance_{kind}"] = float(closing * share)
    return wallet


def _moment(text: str) -> float:
    try:
        return datetime.fromisoformat(text.replace(" ", "+")).timestamp()
    except ValueError:
        raise MutationError([f"{text} is not a time"]) from None

"""Money that came in and goes back: how the ledger tells of it. No webhook does."""

from collections.abc import Callable
from typing import Any

from tests.simulators.framework import ControlError

from .books import Payment, Transaction

REVERSED = "reversed"
#: Statuses of a fee (Xendit's SDK, FeeResponse).
TAKEN, DROPPED, GIVEN_BACK = "COMPLETED", "CANCELED", "REVERSED"


def reverse(sim: Any, payment: Payment, how: str = "row") -> None:
    """The payer has the money again: ``how`` says in which rows that shows."""
    if how not in WAYS:
        raise ControlError(f"how is one of {', '.join(WAYS)}")
    if payment.status != "paid":
        raise ControlError(f"{payment.id} is {payment.status}")
    WAYS[how](sim, payment)
    payment.status = REVERSED


def _own_row(sim: Any, payment: Payment) -> None:
    """The payment's row turns REVERSED; a fee that was taken may be kept."""
    take_back(sim, payment.transaction, payment.settled)


def _void(sim: Any, payment: Payment) -> None:
    """Before it was settled it never reaches the balance."""
    if payment.settled:
        raise ControlError(f"{payment.id} is settled")
    _turn(sim, payment.transaction, "VOIDED", DROPPED)


def _chargeback(sim: Any, payment: Payment) -> None:
    """A row of its own takes the money out; the payment's row stays and settles."""
    payment.chargeback = _money_out(
        sim, payment, "CHARGEBACK", payment.id, payment.amount
    )


WAYS: dict[str, Callable[[Any, Payment], None]] = {
    "row": _own_row,
    "void": _void,
    "chargeback": _chargeback,
}


def take_back(sim: Any, row: Transaction, moved: bool) -> None:
    """A row whose money, if it ``moved``, goes the other way again."""
    kept = moved and sim.config["reversal_keeps_fee"]
    sign = -1 if row.money_in else 1
    if moved:
        sim.books.balance += sign * (row.amount if kept else row.net)
    fee = TAKEN if kept else GIVEN_BACK
    _turn(sim, row, "REVERSED", fee if moved else DROPPED)


def win(sim: Any, payment: Payment) -> None:
    """The chargeback is withdrawn: its row turns REVERSED, the money is there again."""
    if payment.chargeback is None or payment.status != REVERSED:
        raise ControlError(f"{payment.id} was not charged back")
    take_back(sim, payment.chargeback, moved=True)
    payment.status = "paid"


def refund(sim: Any, payment: Payment, amount: int) -> Transaction:
    """Somebody gives money back in the dashboard: the payment's row does not change."""
    if not 0 < amount <= payment.amount:
        raise ControlError(f"{payment.id} is of {payment.amount}")
    return _money_out(sim, payment, "REFUND", sim.books.uuid("rfd-"), amount)


def _money_out(
    sim: Any, payment: Payment, kind: str, product_id: str, amount: Any
) -> Transaction:
    now, paid = sim.now(), payment.transaction
    fee = int(sim.config[f"{kind.lower()}_fee"])
    row = sim.books.add_transaction(
        product_id=product_id,
        type=kind,
        category=paid.category,
        channel=paid.channel,
        reference=paid.reference,
        account_number=paid.account_number,
        amount=amount,
        money_in=False,
        created=now,
        updated=now,
        currency=paid.currency,
        fee=fee,
        vat=sim.vat(fee),
    )
    sim.books.balance -= row.net
    return row


def _turn(sim: Any, row: Transaction, status: str, fee_status: str) -> None:
    row.status, row.fee_status, row.updated = status, fee_status, sim.now()

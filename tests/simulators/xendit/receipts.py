"""Money in: what the payers' banks send, what it costs, when it is settled."""

from functools import partial
from typing import Any

from tests.simulators.framework import ControlError

from . import accounts, push
from .banks import VA_SUFFIX
from .books import ACTIVE, CLOSED, LEGACY, V3, Account, Money, Payment

SENDERS = (
    "BUDI SANTOSO",
    "SITI AMINAH",
    "PT MAJU JAYA",
    "CV SINAR BARU",
    "DEWI LESTARI",
)


def check(account: Account, amount: Money | None, force: bool) -> Money:
    """What a bank accepts; ControlError where it refuses, unless forced."""
    asked = account.amount if account.kind == CLOSED else None
    amount = asked if amount is None else amount
    if amount is None:
        raise ControlError(f"name an amount: {account.reference} asks for none")
    if amount <= 0:
        raise ControlError("an amount is more than nothing")
    if account.status != ACTIVE and not force:
        raise ControlError(f"the bank refuses: {account.reference} is {account.status}")
    if asked not in (None, amount) and not force:
        raise ControlError(f"the bank refuses: {account.reference} asks for {asked}")
    return amount


def receive(sim: Any, account: Account, amount: Money, options: dict) -> Payment:
    """Money is there: book it, tell of it, plan its settlement."""
    now = sim.now()
    payment = Payment(
        id=_payment_id(sim, account),
        account=account,
        amount=amount,
        currency=str(options.get("currency") or account.currency),
        paid_at=now,
        transaction=None,
        capture_id=sim.books.uuid("cptr-"),
        sender=str(options.get("sender") or sim.random.choice(SENDERS)),
        sender_account=str(1000000000 + sim.random.randrange(10**9)),
        remark=str(options.get("remark") or ""),
    )
    payment.transaction = _transaction(sim, payment)
    sim.books.payments[payment.id] = payment
    accounts.paid(sim, account)
    if not options.get("quiet"):
        push.paid(sim, payment)
    if sim.config["settle_after"] is not None:
        due = now + float(sim.config["settle_after"])
        sim.agenda.at(due, partial(settle, sim, payment))
    return payment


def _payment_id(sim: Any, account: Account) -> str:
    if account.generation == LEGACY:
        return sim.books.object_id()
    return sim.books.uuid("py-")


def _transaction(sim: Any, payment: Payment) -> Any:
    account, fee = payment.account, int(sim.config["va_fee"])
    suffix = VA_SUFFIX if account.generation == V3 else ""
    return sim.books.add_transaction(
        product_id=payment.id,
        type="PAYMENT",
        category="VIRTUAL_ACCOUNT",
        channel=account.bank.code + suffix,
        reference=account.reference,
        account_number=account.number,
        amount=payment.amount,
        money_in=True,
        created=payment.paid_at,
        updated=payment.paid_at,
        currency=payment.currency,
        settlement="PENDING",
        settles_at=payment.paid_at + 86400,
        fee=fee,
        vat=sim.vat(fee),
        fee_status="PENDING",
    )


def settle(sim: Any, payment: Payment) -> bool:
    """The money reaches the balance, less the fee; False when it cannot (again)."""
    if payment.settled or payment.transaction.status != "SUCCESS":
        return False
    row = payment.transaction
    row.settlement, row.fee_status, row.updated = "SETTLED", "COMPLETED", sim.now()
    sim.books.balance += row.net
    return True

"""Virtual accounts of both generations: opening, changing, closing, expiring."""

from functools import partial
from typing import Any

from . import push
from .banks import Bank
from .books import ACTIVE, CLOSED, EXPIRED, FAR, LEGACY, PAID, V3, Account

PLANNED = 10 * 365 * 86400
ID_PREFIX = {V3: "pr-", LEGACY: ""}


def open_account(
    sim: Any,
    generation: str,
    bank: Bank,
    reference: str,
    kind: str,
    amount: int | None,
    number: str = "",
    expires_at: float | None = None,
    **values: Any,
) -> Account:
    """A new account, active at once; its expiry is planned."""
    now = sim.now()
    account = Account(
        id=sim.books.uuid(ID_PREFIX[generation]),
        generation=generation,
        reference=reference,
        bank=bank,
        number=number or sim.books.new_number(bank),
        kind=kind,
        amount=amount,
        expires_at=now + FAR if expires_at is None else expires_at,
        created=now,
        updated=now,
        **values,
    )
    sim.books.add_account(account)
    plan_expiry(sim, account)
    return account


def plan_expiry(sim: Any, account: Account) -> None:
    """It expires by itself, unless it was changed by then."""
    if account.expires_at - sim.now() < PLANNED:
        sim.agenda.at(account.expires_at, partial(_expire_if_due, sim, account))


def _expire_if_due(sim: Any, account: Account) -> None:
    if account.status == ACTIVE and account.expires_at <= sim.clock.now():
        expire(sim, account)


def expire(sim: Any, account: Account) -> None:
    """Its time is over: v3 may tell so, the legacy interface never does."""
    account.status, account.updated = EXPIRED, sim.now()
    account.expires_at = min(account.expires_at, sim.now())
    wanted = sim.config["expiry_webhook"]
    if account.generation == V3 and (
        wanted == "all" or (wanted == "closed" and account.kind == CLOSED)
    ):
        push.request_expired(sim, account)


def close(sim: Any, account: Account, status: str) -> None:
    """Paid for good, or taken back."""
    account.status, account.updated = status, sim.now()


def paid(sim: Any, account: Account) -> None:
    """A payment came: an account for one payment is done, whatever the amount."""
    done = account.kind == CLOSED and account.single_use
    if done and account.status == ACTIVE:
        close(sim, account, PAID)


def number_in_use(sim: Any, number: str) -> bool:
    """Whether an active account has this number, merchant code included."""
    return any(
        account.status == ACTIVE and account.number == number
        for account in sim.books.of_number(number)
    )

"""Receipts that the gateway settles: from its ledger into the books, by one lane.

Against the same by hand, an entry for each receipt, on receipts of the same database;
and ten times as many of them at once.
"""

import time
from typing import Any

from setup.progress import say, step

from ._account import ACCOUNT
from ._payments import TOPIC, Gateway, gateway
from .growth import peak

FEW = 200
MANY = 2_000
WARM_UP = 50
PLAIN = 50
#: What is left on the outstanding account; what the gateway's own account holds.
STANDS = """
    SELECT COALESCE(sum(l.balance) FILTER (
               WHERE l.account_id = b.outstanding_account_id), 0)::bigint,
           COALESCE(sum(l.balance) FILTER (
               WHERE l.account_id = j.default_account_id), 0)::bigint
      FROM erp_connector_backend b
      JOIN account_journal j ON j.id = b.journal_id
      JOIN account_move_line l ON l.journal_id = j.id AND l.parent_state = 'posted'
     WHERE b.id = %s
"""
BOOKED = """
    SELECT count(*) FROM connector_payment_transaction
     WHERE backend_id = %s AND state = 'booked'
"""


def main(stack_factory: Any) -> dict[str, float]:
    """`growth_ratio`, `vs_plain`, `queries`, `settled`, and what they come from."""
    with gateway(stack_factory) as place:
        place.lanes(1)
        place.execute("UPDATE erp_connector_backend SET ledger_overlap = 0")
        place.fill(WARM_UP + FEW + FEW + MANY + PLAIN)
        settled(place, WARM_UP)
        few = settled(place, FEW) / FEW
        queries = count(place, FEW)
        many = settled(place, MANY)
        most = max(map(peak, place.stack.cron_worker_pids()))
        received(place, PLAIN)
        plain = place.script(f"by_hand(env, {place.account[0]})", "_settlements")
    return {
        "growth_ratio": round(many / MANY / few, 2),
        "vs_plain": round(plain["seconds_each"] * MANY / many, 2),
        "queries": round(queries, 2),
        "settled": MANY,
        "seconds": round(many, 2),
        "ms_per_receipt": round(1000 * many / MANY, 1),
        "few_ms_per_receipt": round(1000 * few, 1),
        "plain_ms_per_receipt": round(1000 * plain["seconds_each"], 1),
        "peak_mb": round(most / 1024),
    }


def settled(place: Gateway, number: int) -> float:
    """Seconds from the wish to look until all of them are in the books."""
    before = ready(place, number)
    with step(f"{number} receipts are settled"):
        begun = time.monotonic()
        place.stack.rpc(ACCOUNT, "action_look_at_ledger", [place.account])
        place.wait(lambda: booked(place) == before + number, pause=0.1)
        seconds = time.monotonic() - begun
    check(place)
    say(f"{1000 * seconds / number:.1f} ms each")
    return seconds


def count(place: Gateway, number: int) -> float:
    """Queries that the lane needs for one of them, of all its database sessions."""
    before = ready(place, number)
    place.execute("UPDATE ir_cron SET active = FALSE WHERE connector_lane = 'bulk'")
    place.stack.rpc(ACCOUNT, "action_look_at_ledger", [place.account])
    report = place.script("counted(env, 'bulk')")
    if booked(place) != before + number:
        raise RuntimeError(f"Not all are settled: {report}")
    check(place)
    place.execute("UPDATE ir_cron SET active = TRUE WHERE connector_lane = 'bulk'")
    return report["queries"] / number


def ready(place: Gateway, number: int) -> int:
    """So many more receipts, settled there and not here; rows booked before."""
    received(place, number)
    if len(place.control.settle()) != number:
        raise RuntimeError(f"The gateway did not settle {number} payments")
    return booked(place)


def received(place: Gateway, number: int) -> None:
    """So many invoices are paid."""
    with step(f"{number} payments come in and are booked"):
        after, paid = place.pay(place.open_invoices(number))
        place.drain(TOPIC, after, len(paid))


def booked(place: Gateway) -> int:
    """Rows of the gateway's ledger that stand in the books."""
    return place.rows(BOOKED, place.account[0])[0][0]


def check(place: Gateway) -> None:
    """The books and the ledger, to the rupiah; the time is void if they differ."""
    payments = place.control.payments().values()
    waiting = sum(row["amount"] for row in payments if not row["settled"])
    (books,) = place.rows(STANDS, place.account[0])
    if books != (waiting, place.control.balance()):
        raise RuntimeError(f"The books say {books}, the gateway otherwise")

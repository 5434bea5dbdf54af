"""Paid virtual accounts, from webhooks in the inbox to paid invoices, by one lane.

Against plain Odoo's register-payment dialogue on invoices of the same database; and
with ten times as many open invoices. Then money on customers' fixed accounts, which has
to find its invoice among ten; and invoices with a fraction of a rupiah, of which the
rest is written off.
"""

from typing import Any

from ._payments import OF_EACH, OF_SEN, TOPIC, Gateway, gateway

PAYMENTS = 2_000
OPEN = 20_000
FEW = 2_000
FEW_PAID = 1_000
WARM_UP = 100
COUNTED = 200
PLAIN = 125
FIXED = 200
SEN = 1_000


def main(stack_factory: Any) -> dict[str, float]:
    """`vs_plain`, `paid`, `queries`, `growth_ratio`, and what they come from."""
    with gateway(stack_factory) as place:
        place.lanes(1)
        place.fill(FEW + WARM_UP)
        place.worked(place.open_invoices(WARM_UP))
        few = place.worked(place.open_invoices(FEW_PAID)) / FEW_PAID
        place.fill(OPEN - FEW + FEW_PAID + COUNTED + PLAIN + FIXED)
        queries = count(place)
        invoices = [move for move, *_ in place.open_invoices(PLAIN)]
        plain = place.script(f"plainly(env, {invoices})")["seconds_each"]
        fixed = place.worked(place.open_invoices(FIXED, OF_EACH), "fixed") / FIXED
        seconds = place.worked(place.open_invoices(PAYMENTS))
        place.fill(SEN, sen=25)
        sen = place.worked(place.open_invoices(SEN, OF_SEN)) / SEN
    return {
        "vs_plain": round(plain * PAYMENTS / seconds, 2),
        "paid": PAYMENTS,
        "queries": round(queries, 1),
        "growth_ratio": round(seconds / PAYMENTS / few, 2),
        "seconds": round(seconds, 2),
        "ms_per_payment": round(1000 * seconds / PAYMENTS, 1),
        "few_ms_per_payment": round(1000 * few, 1),
        "fixed_ms_per_payment": round(1000 * fixed, 1),
        "sen_ms_per_payment": round(1000 * sen, 1),
        "plain_ms_per_payment": round(1000 * plain, 1),
        "open_invoices": OPEN,
    }


def count(place: Gateway) -> float:
    """Queries that a lane needs for one payment, of all its database sessions."""
    place.lanes(0)
    _after, paid = place.pay(place.open_invoices(COUNTED))
    place.resume()
    report = place.script("counted(env)")
    if report["messages"] != COUNTED:
        raise RuntimeError(f"{TOPIC}: {report} instead of {COUNTED}")
    place.check(paid)
    place.lanes(1)
    return report["queries"] / COUNTED

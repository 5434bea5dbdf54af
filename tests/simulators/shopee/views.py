"""Reads that are behind: what a reader sees of orders that have changed meanwhile.

Pushes tell the newest state at once. A list, a detail or a breakdown may lag, by a
fixed time or now more and now less, and single orders may be frozen for a while.
"""

from typing import Any

from .envelope import Call
from .state import Order

READS = ("list", "detail", "breakdown")


def lag(sim: Any, what: str) -> float:
    """Seconds that this call is behind; a list of them is gone through in turns."""
    behind = sim.config[f"{what}_lag"]
    if isinstance(behind, list):
        turn = sim.turns[what]
        sim.turns[what] += 1
        behind = behind[turn % len(behind)] if behind else 0
    return float(behind)


def seen(order: Order, what: str, moment: float | None) -> Order | None:
    """The order as it was at ``moment`` (None: now), or where it is frozen."""
    if what in order.frozen:
        return order.frozen[what]
    if moment is None:
        return order
    if moment < order.known_since:
        return None
    return next((was for until, was in order.past if moment < until), order)


def moment(sim: Any, what: str) -> float | None:
    """The moment that this call shows; None: now."""
    behind = lag(sim, what)
    return sim.clock.now() - behind if behind else None


def found(sim: Any, call: Call, sns: list[str], what: str) -> list[Order]:
    """Orders of the calling shop as this call sees them; unknown ones are left out."""
    when = moment(sim, what)
    known = [sim.orders[sn] for sn in sns if sn in sim.orders]
    views = [seen(order, what, when) for order in known]
    return [o for o in views if o is not None and o.shop_id == call.shop_id]

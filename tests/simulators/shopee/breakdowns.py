"""Which breakdowns can be read: late ones, forbidden ones, ones left out.

The wish ``breakdown`` of an order, or the setting of that name for the whole shop, is
one of REFUSALS, "omitted" (left out of batches, there when asked for alone) or "".
``breakdown_after`` (seconds since the payment) and ``breakdown_after_reads`` (times
that it was asked for) make it late; until then it is not found, or ``bare``.
"""

from typing import Any

from . import views
from .envelope import ApiError, Call
from .lines import told
from .state import Order

REFUSALS = {
    "forbidden": ("error_permission", "No permission to current api."),
    "no_permission": ("error_auth", "No permission to current api."),
    "never": ("common.error_not_found", "Income not found."),
    "order_not_found": ("order_not_found", "Wrong order_sn."),
    "server": ("error_server", "Something wrong, please try later."),
}
OMITTED = "omitted"
#: What the setting ``breakdown_early`` may be.
BARE = "bare"
#: Refusals of the interface, not of an order: they meet a whole batch.
_OF_THE_SHOP = ("forbidden", "no_permission", "server")


def readable_one(sim: Any, call: Call, sn: str) -> tuple[Order, bool]:
    """The order and whether its breakdown is bare; ApiError when there is none."""
    orders = views.found(sim, call, [sn], "breakdown")
    if not orders:
        raise ApiError("order_not_found", "Wrong order_sn.")
    error, bare = _state(sim, orders[0])
    if error:
        raise error
    return orders[0], bare


def readable(sim: Any, call: Call, sns: list[str]) -> list[tuple[Order, bool]]:
    """The same for a batch: what is not there is left out."""
    if sim.config["breakdown"] in _OF_THE_SHOP:
        raise ApiError(*REFUSALS[sim.config["breakdown"]])
    rows = []
    for order in views.found(sim, call, sns, "breakdown"):
        error, bare = _state(sim, order)
        if not error and told(sim, order, "breakdown") != OMITTED:
            rows.append((order, bare))
    return rows


def _state(sim: Any, order: Order) -> tuple[ApiError | None, bool]:
    """Why there is no breakdown, or whether it is bare; the read is counted."""
    rule = told(sim, order, "breakdown")
    if rule in REFUSALS:
        return ApiError(*REFUSALS[rule]), False
    missing = ApiError(*REFUSALS["never"])
    if not order.charged:
        return missing, False
    if not _is_late(sim, order):
        return None, False
    early = sim.config["breakdown_early"]
    if early == BARE:
        return None, True
    return ApiError(*REFUSALS[early]) if early in REFUSALS else missing, False


def _is_late(sim: Any, order: Order) -> bool:
    sim.breakdown_reads[order.sn] += 1
    reads = told(sim, order, "breakdown_after_reads")
    since = order.pay_time or order.create_time
    due = since + told(sim, order, "breakdown_after")
    return sim.breakdown_reads[order.sn] <= reads or sim.clock.now() < due

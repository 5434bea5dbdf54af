"""Whether what was read of an order is as new as what was told of it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from odoo.addons.connector_marketplace.providers.schema import (
    Order,
    OrderStatus,
    Told,
)

#: Where an order stands; of two tellings of one second the further one counts.
RANK = {
    status: rank
    for rank, status in enumerate(
        (
            OrderStatus.UNKNOWN,
            OrderStatus.UNPAID,
            OrderStatus.PENDING,
            OrderStatus.READY_TO_SHIP,
            OrderStatus.PROCESSED,
            OrderStatus.IN_CANCEL,
            OrderStatus.SHIPPED,
            OrderStatus.DELIVERED,
            OrderStatus.COMPLETED,
            OrderStatus.TO_RETURN,
            OrderStatus.CANCELLED,
        )
    )
}
#: A platform may tell READY_TO_SHIP of what it shows as held to those who ask.
_SAME = {OrderStatus.PENDING: OrderStatus.READY_TO_SHIP}
#: Seconds between reads while they lag; afterwards the platform is taken at its word.
WAITS = (5, 15, 30, 60, 120, 300)
#: Fewer, where only the time differs: the clocks may.
WAITS_SAME_STATUS = WAITS[:3]
SKEW = timedelta(seconds=2)


def lags(order: Order, told: Told) -> bool:
    """Whether `order` was read as it was before what `told` says of it."""
    if told.at is None:
        return False
    at = told.at.replace(microsecond=0)
    lesser = order.status != OrderStatus.UNKNOWN and (  # which may be further on
        _rank(order.status) < _rank(told.status)
    )
    if not told.exact:
        return lesser and order.updated_at <= at
    if order.raw_status == told.raw_status:
        return order.updated_at < at - SKEW
    return order.updated_at < at or (order.updated_at == at and lesser)


def wait(order: Order, told: Told, reads: int) -> float | None:
    """Seconds until `order` is to be read again; None to take it as it is.

    `reads`: how many times it was read, this time included. Nobody waits for ever: the
    platform may have taken back what it told.
    """
    if not lags(order, told):
        return None
    waits = WAITS_SAME_STATUS if order.raw_status == told.raw_status else WAITS
    return waits[reads - 1] if reads <= len(waits) else None


def note(told: Told) -> dict[str, list[str]]:
    """`told` as JSON, for a message that says nothing else; see `noted`."""
    at = told.at.isoformat() if told.at else ""
    return {"told": [str(told.status), told.raw_status, at]}


def noted(content: Mapping[str, Any]) -> Told | None:
    """What `note` has noted in the JSON of a message; None when it is another one's."""
    if set(content) != {"told"}:
        return None
    status, raw_status, at = content["told"]
    moment = datetime.fromisoformat(at) if at else None
    return Told(OrderStatus(status), raw_status, moment)


def _rank(status: OrderStatus) -> int:
    return RANK[_SAME.get(status, status)]

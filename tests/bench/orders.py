"""Orders from the shop to confirmed and reserved, against plain Odoo.

Pushes are in the inbox when the clock starts; the lane reads each order's detail and
its money over HTTP. Plain Odoo is given the same orders as data, on its own database.
"""

from typing import Any

from ._orders import plain_odoo, shop

ORDERS = 500
WARM_UP = 20


def main(stack_factory: Any) -> dict[str, float]:
    """`vs_plain`, `vs_batched`, `two_lanes`, and the seconds they come from."""
    with shop(stack_factory, buyers=2 * (ORDERS + WARM_UP)) as place:
        place.lanes(1)
        warm = place.fill(WARM_UP)
        place.drain(warm)
        placed = place.fill(ORDERS)
        file = place.stack.folder / "orders.json"
        place.export(warm + placed, file)
        plain = plain_odoo(place.stack, file, "one_by_one", WARM_UP)
        one = place.drain(placed)
        batched = plain_odoo(place.stack, file, "in_batches", WARM_UP)
        placed = place.fill(ORDERS)
        place.lanes(2)
        two = place.drain(placed)
    return {
        "vs_plain": round(plain["seconds"] / one, 2),
        "vs_batched": round(batched["seconds"] / one, 2),
        "two_lanes": round(one / two, 2),
        "orders": ORDERS,
        "one_lane_seconds": round(one, 2),
        "two_lanes_seconds": round(two, 2),
        "plain_seconds": round(plain["seconds"], 2),
        "batched_seconds": round(batched["seconds"], 2),
    }

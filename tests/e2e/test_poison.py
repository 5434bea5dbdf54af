"""One poison order of each kind among a hundred."""

from functools import partial

import pytest

from .waiting import until
from .world import World

#: Poison -> (state of its message, words its reason has, whether there is a sale)
REASONS: dict[str, tuple[str, str, bool]] = {
    "currency": ("dead", "XXD", False),
    "negative_quantity": ("dead", "quantity", False),
    "emoji": ("done", "", True),
    "nul": ("done", "", True),
    "huge": ("done", "", True),
    "empty": ("dead", "order_sn", False),
    "missing": ("retry", "does not show it", False),
    "invalid_json": ("retry", "JSON", False),
    "no_items": ("dead", "item", False),
    "total_mismatch": ("done", "a difference of", True),
    "wrong_types": ("dead", "", False),
    "unknown_status": ("dead", "ON_THE_MOON", False),
}


@pytest.mark.parametrize("way", ["push", "poll"])
def test_poison_hurts_nobody_but_itself_and_says_why(world: World, way: str) -> None:
    pushed = way == "push"
    healthy = world.shop.place(50, notify=pushed)
    poisons = {
        kind: world.shop.place(1, poison=kind, notify=pushed)[0] for kind in REASONS
    }
    healthy += world.shop.place(50, notify=pushed)
    if not pushed:
        world.poll()

    world.assert_books_agree(*judged_apart(poisons))

    assert len(world.sales(healthy)) == 100
    for kind, order in poisons.items():  # a retry may be under way just now
        until(partial(stands, world, kind, order), hope=f"{kind} stands as it must")


def judged_apart(poisons: dict[str, str]) -> list[str]:
    """Poisons that make no sale, or one that differs as it must."""
    exact = ("emoji", "nul", "huge")
    return [order for kind, order in poisons.items() if kind not in exact]


def stands(world: World, kind: str, order: str) -> bool:
    """Whether the order's last message is in its state and says why."""
    state, words, has_sale = REASONS[kind]
    message = (world.messages(order) or [{"state": None}])[-1]
    reason = message.get("error") or message.get("note") or ""
    readable = words in reason and (state == "done" or order in reason)
    there = len(world.sales([order])) == int(has_sale)
    return message["state"] == state and readable and there

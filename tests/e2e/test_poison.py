"""One poison order of each kind among a hundred."""

from collections.abc import Callable
from typing import Any

import pytest

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
    "total_mismatch": ("done", "differs", True),
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

    world.assert_books_agree(*judged_apart(poisons), seconds=120)

    assert len(world.sales(healthy)) == 100
    stories = {kind: last(world, order) for kind, order in poisons.items()}
    expected = {kind: wanted(kind, order) for kind, order in poisons.items()}
    wrong = [m for k, m in stories.items() if not expected[k](world, m)]
    assert not wrong, "\n".join(map(str, wrong))


def judged_apart(poisons: dict[str, str]) -> list[str]:
    """Poisons that make no sale, or one that differs as it must."""
    exact = ("emoji", "nul", "huge")
    return [order for kind, order in poisons.items() if kind not in exact]


def last(world: World, order: str) -> dict[str, Any]:
    """What became of the order's message."""
    messages = world.messages(order)
    return messages[-1] if messages else {"state": None}


def wanted(kind: str, order: str) -> Callable[[World, dict[str, Any]], bool]:
    """The check of one kind."""
    state, words, has_sale = REASONS[kind]

    def check(world: World, message: dict[str, Any]) -> bool:
        reason = message.get("error") or message.get("note") or ""
        readable = words in reason and (state == "done" or order in reason)
        there = len(world.sales([order])) == int(has_sale)
        return message["state"] == state and readable and there

    return check

"""Fields that are not there, null, or empty: by name, dots lead into objects.

``recipient_address.phone`` is one field, ``item_list.line_item_id`` that of every
item. A name that an answer does not have spoils nothing.
"""

from collections.abc import Callable, Iterable
from typing import Any

from .state import Order

BLANKS: dict[type, Any] = {
    bool: False,
    str: "",
    int: 0,
    float: 0.0,
    list: [],
    dict: {},
}


def spoil(sim: Any, order: Order, payload: dict, asked: Iterable[str] = ()) -> dict:
    """Take away what the order and the settings say. ``asked``: null when absent."""
    for name in _names(sim, order, "missing"):
        _each(payload, name, lambda owner, key: owner.pop(key, None))
    for name in _names(sim, order, "null"):
        if name in asked:
            payload.setdefault(name, None)
        _each(payload, name, lambda owner, key: owner.update({key: None}))
    for name in _names(sim, order, "blank"):
        _each(payload, name, _blank)
    return payload


def _names(sim: Any, order: Order, kind: str) -> list[str]:
    return [*sim.config[kind], *getattr(order, kind)]


def _blank(owner: dict, key: str) -> None:
    owner[key] = BLANKS.get(type(owner[key]), owner[key])


def _each(payload: dict, name: str, change: Callable[[dict, str], Any]) -> None:
    *way, key = name.split(".")
    owners = [payload]
    for step in way:
        owners = [child for owner in owners for child in _children(owner.get(step))]
    for owner in owners:
        if key in owner:
            change(owner, key)


def _children(value: Any) -> list[dict]:
    rows = value if isinstance(value, list) else [value]
    return [row for row in rows if isinstance(row, dict)]

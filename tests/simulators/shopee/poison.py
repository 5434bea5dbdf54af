"""Orders that hurt: each one spoils the detail of one order in its own way."""

from collections.abc import Callable
from typing import Any

HUGE = 5 * 1024 * 1024
MISSING = object()


class BrokenAnswer(Exception):
    """Raised for an order that makes the whole answer unreadable."""


def _set(**fields: Any) -> Callable[[dict], dict]:
    return lambda detail: {**detail, **fields}


def _negative(detail: dict) -> dict:
    for item in detail.get("item_list", [])[:1]:
        item["model_quantity_purchased"] = -1
    return detail


def _text(text: str) -> Callable[[dict], dict]:
    def spoil(detail: dict) -> dict:
        detail["message_to_seller"] = detail["note"] = text
        for item in detail.get("item_list", [])[:1]:
            item["item_name"] = f"{text} {item['item_name']}"
        if "recipient_address" in detail:
            detail["recipient_address"]["name"] = f"Siti {text}"
        if "buyer_username" in detail:
            detail["buyer_username"] += text
        return detail

    return spoil


def _one_rupiah_off(detail: dict) -> dict:
    if "total_amount" in detail:
        detail["total_amount"] += 1.0
    return detail


def _broken(detail: dict) -> dict:
    raise BrokenAnswer


POISONS: dict[str, Callable[[dict], Any]] = {
    "currency": _set(currency="XXD"),
    "negative_quantity": _negative,
    "emoji": _text("🧧🛵👩‍👩‍👧"),
    "nul": _text("a\u0000b"),
    "huge": _set(note="x" * HUGE, message_to_seller="x" * HUGE),
    "empty": lambda detail: {},
    "missing": lambda detail: MISSING,
    "invalid_json": _broken,
    "no_items": _set(item_list=[]),
    "total_mismatch": _one_rupiah_off,
    "wrong_types": _set(item_list="none", total_amount="a lot", create_time=None),
    "unknown_status": _set(order_status="ON_THE_MOON"),
}

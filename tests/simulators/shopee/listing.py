"""v2.order.get_order_list: by window, with cursors that hold or move."""

import bisect
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import views
from .envelope import ApiError, Call, Endpoint
from .state import PENDING, READY, STATUSES, Order

MAX_WINDOW = 15 * 86400
TIME_FIELDS = ("create_time", "update_time")
LIST_STATUSES = frozenset((*STATUSES, "INVOICE_PENDING")) - {
    "PENDING",
    "RETRY_SHIP",
    "TO_CONFIRM_RECEIVE",
    "TO_RETURN",
}


@dataclass(frozen=True, slots=True)
class Query:
    """One call: orders of a shop whose time lies in a window."""

    field: str
    start: int
    end: int
    size: int
    shop_id: int
    wanted: Callable[[Order], bool]
    cursor: str

    def takes(self, order: Order) -> bool:
        return order.shop_id == self.shop_id and self.wanted(order)


def order_list(sim: Any, call: Call) -> dict[str, Any]:
    """v2.order.get_order_list; the setting ``list_cursor`` says how it pages."""
    pending = true(call.args.get("request_order_status_pending"))
    query = _query(call, pending)
    _check_age(sim, query.cursor)
    page, cursor = PAGINGS[sim.config["list_cursor"]](sim, query)
    if cursor:
        sim.cursors[cursor] = sim.clock.now()
    status = "order_status" in call.args.get("response_optional_fields", "")
    return {
        "more": bool(cursor),
        "next_cursor": cursor,
        "order_list": [_row(order, status, pending) for order in page],
    }


def _query(call: Call, pending: bool) -> Query:
    field = call.args.get("time_range_field")
    if field not in TIME_FIELDS:
        raise ApiError("error_param", "Invalid time_range_field.")
    start, end = _window(call)
    size = call.integer("page_size")
    if not 1 <= size <= 100:
        raise ApiError("error_param", "page_size must be between 1 and 100.")
    wanted = _wanted_status(call.args.get("order_status"), pending)
    cursor = call.args.get("cursor") or ""
    return Query(field, start, end, size, call.shop_id, wanted, cursor)


def _window(call: Call) -> tuple[int, int]:
    start, end = call.integer("time_from"), call.integer("time_to")
    if start > end or end - start > MAX_WINDOW:
        raise ApiError(
            "order.order_list_invalid_time",
            "Start time must be earlier than end time and diff in 15 days.",
        )
    return start, end


def _wanted_status(name: str | None, pending: bool) -> Callable[[Order], bool]:
    if not name:
        return lambda order: True
    if name not in LIST_STATUSES:
        raise ApiError("error_param", "Invalid order_status.")
    return lambda order: visible_status(order, pending) == name


def _check_age(sim: Any, cursor: str) -> None:
    life = sim.config["cursor_life"]
    if cursor and life and sim.clock.now() - sim.cursors.get(cursor, 0) > life:
        raise ApiError(sim.config["cursor_error"], "The cursor has expired.")


def _row(order: Order, status: bool, pending: bool) -> dict[str, Any]:
    row = {"order_sn": order.sn, "booking_sn": order.booking_sn}
    if status:
        row["order_status"] = visible_status(order, pending)
    return row


def visible_status(order: Order, pending: bool) -> str:
    """PENDING is shown to those who ask; others see the status of before."""
    return READY if order.status == PENDING and not pending else order.status


def true(text: str | None) -> bool:
    """A boolean of the query."""
    return (text or "").lower() == "true"


# -- seek: the cursor names the last order seen, nothing is skipped -----------------


def _seek(sim: Any, query: Query) -> tuple[list[Order], str]:
    rows = _rows(sim, query.field)
    at = bisect.bisect_left(rows, _position(query), key=lambda row: row[:2])
    found: list[Order] = []
    while at < len(rows) and rows[at][0] <= query.end and len(found) <= query.size:
        if query.takes(rows[at][2]):
            found.append(rows[at][2])
        at += 1
    page = found[: query.size]
    if len(found) <= query.size:
        return page, ""
    text = f"{getattr(page[-1], query.field)}|{page[-1].sn}"
    return page, urlsafe_b64encode(text.encode()).decode()


def _position(query: Query) -> tuple[int, str]:
    if not query.cursor:
        return query.start, ""
    try:
        second, _, sn = urlsafe_b64decode(query.cursor).decode().partition("|")
        return int(second), sn + "~"
    except ValueError:
        raise ApiError("error_param", "Invalid cursor.") from None


def _rows(sim: Any, field: str) -> list[tuple[int, str, Order]]:
    """(second, order_sn, order) of every order as this call sees it, oldest first."""
    when = views.moment(sim, "list")
    if when is None and not sim.frozen:
        return sim.sorted_orders(field)
    seen = (views.seen(order, "list", when) for order in sim.orders.values())
    shown = [order for order in seen if order is not None]
    return sorted((getattr(order, field), order.sn, order) for order in shown)


# -- offset: the cursor counts, and what changes meanwhile moves the others ---------


def _offset(sim: Any, query: Query) -> tuple[list[Order], str]:
    if query.cursor and not query.cursor.isdigit():
        raise ApiError("error_param", "Invalid cursor.")
    rows = [
        order
        for second, _, order in _rows(sim, query.field)
        if query.start <= second <= query.end and query.takes(order)
    ]
    if sim.config["list_order"] == "newest":
        rows.reverse()
    begin = int(query.cursor or 0)
    end = begin + query.size
    return rows[begin:end], str(end) if end < len(rows) else ""


PAGINGS: dict[str, Callable[[Any, Query], tuple[list[Order], str]]] = {
    "seek": _seek,
    "offset": _offset,
}

ROUTES = {("GET", "/api/v2/order/get_order_list"): Endpoint(order_list)}

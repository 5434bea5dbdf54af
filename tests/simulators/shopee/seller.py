"""What the seller does to orders by the interface: cancel, decide, take notes."""

from typing import Any

from .envelope import ApiError, Call, Endpoint
from .state import IN_CANCEL, TRANSITIONS, Order

REASONS = (
    "OUT_OF_STOCK",
    "CUSTOMER_REQUEST",
    "UNDELIVERABLE_AREA",
    "COD_NOT_SUPPORTED",
)


def cancel_order(sim: Any, call: Call) -> dict[str, Any]:
    """v2.order.cancel_order: all of it, or ``partial_cancel_item_list``."""
    body, order = call.body, _order(sim, call)
    reason = body.get("cancel_reason")
    if reason not in REASONS:
        raise ApiError("order.error_param", "Invalid cancel_reason.")
    if order.status not in TRANSITIONS["cancel"] or order.pickup_time:
        raise ApiError("order.error_limit", "The order cannot be cancelled.")
    if body.get("partial_cancel_item_list"):
        pieces = _pieces(order, body["partial_cancel_item_list"])
        sim.do_cancel_part({"order_sn": order.sn, "pieces": pieces})
    elif reason == "OUT_OF_STOCK" and not body.get("item_list"):
        raise ApiError("order.error_param", "item_list is required.")
    else:
        who = {"cancel_by": "seller", "cancel_reason": reason}
        sim.do_transition("cancel", {"order_sn": order.sn, **who})
    return {"update_time": order.update_time}


def _pieces(order: Order, rows: list[dict[str, Any]]) -> dict[str, int]:
    articles = {(n.article.item_id, n.article.model_id): n for n in order.lines}
    pieces: dict[str, int] = {}
    for row in rows:
        line = articles.get((row.get("item_id"), row.get("model_id")))
        wanted = row.get("model_quantity")
        if line is None or not isinstance(wanted, int) or not 0 < wanted <= line.active:
            raise ApiError("order.error_param", "Invalid partial_cancel_item_list.")
        pieces[line.article.sku] = wanted
    if sum(pieces.values()) >= sum(line.active for line in order.lines):
        raise ApiError("order.error_limit", "Please cancel the whole order.")
    return pieces


def handle_cancellation(sim: Any, call: Call) -> dict[str, Any]:
    """v2.order.handle_buyer_cancellation: ACCEPT or REJECT, only in IN_CANCEL."""
    order = _order(sim, call)
    verbs = {
        "ACCEPT": lambda named: sim.do_transition("accept_cancel", named),
        "REJECT": sim.do_reject_cancel,
    }
    decide = verbs.get(call.body.get("operation"))
    if decide is None:
        raise ApiError("error_param", "operation must be ACCEPT or REJECT.")
    if order.status != IN_CANCEL:
        raise ApiError("order.cancel_order_invalid_status", "It is not IN_CANCEL.")
    decide({"order_sn": order.sn})
    return {"update_time": order.update_time}


def set_note(sim: Any, call: Call) -> dict[str, Any]:
    """v2.order.set_note."""
    order = _order(sim, call)
    note = str(call.body.get("note", ""))
    sim.do_change({"order_sn": order.sn, "note": note, "notify": False})
    return {}


def _order(sim: Any, call: Call) -> Order:
    order = sim.orders.get(call.body.get("order_sn"))
    if order is None or order.shop_id != call.shop_id:
        raise ApiError("error_not_found", "The order is not found.")
    return order


ROUTES = {
    ("POST", "/api/v2/order/cancel_order"): Endpoint(cancel_order),
    ("POST", "/api/v2/order/handle_buyer_cancellation"): Endpoint(handle_cancellation),
    ("POST", "/api/v2/order/set_note"): Endpoint(set_note),
}

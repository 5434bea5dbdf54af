"""v2.order: the list by window and the detail by fifties."""

import bisect
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any

from .envelope import ApiError, Call, Endpoint
from .poison import MISSING, POISONS
from .state import LOGISTICS, PENDING, READY, STATUSES, Line, Order

MAX_WINDOW = 15 * 86400
TIME_FIELDS = ("create_time", "update_time")
LIST_STATUSES = frozenset((*STATUSES, "INVOICE_PENDING")) - {
    "PENDING",
    "RETRY_SHIP",
    "TO_CONFIRM_RECEIVE",
    "TO_RETURN",
}
CHANNEL_ID = 8003
CARRIER = "Reguler (Cashless)"
DAYS_TO_SHIP = 2


def order_list(sim: Any, call: Call) -> dict[str, Any]:
    """v2.order.get_order_list: oldest first, the cursor names the last one seen."""
    field = call.args.get("time_range_field")
    if field not in TIME_FIELDS:
        raise ApiError("error_param", "Invalid time_range_field.")
    start, end = _window(call)
    size = call.integer("page_size")
    if not 1 <= size <= 100:
        raise ApiError("error_param", "page_size must be between 1 and 100.")
    pending = _true(call.args.get("request_order_status_pending"))
    wanted = _wanted_status(call.args.get("order_status"))
    rows = sim.sorted_orders(field)
    at = bisect.bisect_left(rows, _position(call.args.get("cursor"), start))
    found: list[Order] = []
    while at < len(rows) and rows[at][0] <= end and len(found) <= size:
        order = sim.orders[rows[at][1]]
        if order.shop_id == call.shop_id and wanted(visible_status(order, pending)):
            found.append(order)
        at += 1
    more = len(found) > size
    page = found[:size]
    status = "order_status" in call.args.get("response_optional_fields", "")
    return {
        "more": more,
        "next_cursor": _cursor(page[-1], field) if more else "",
        "order_list": [_row(order, status, pending) for order in page],
    }


def _window(call: Call) -> tuple[int, int]:
    start, end = call.integer("time_from"), call.integer("time_to")
    if start > end or end - start > MAX_WINDOW:
        raise ApiError(
            "order.order_list_invalid_time",
            "Start time must be earlier than end time and diff in 15 days.",
        )
    return start, end


def _wanted_status(name: str | None) -> Callable[[str], bool]:
    if not name:
        return lambda status: True
    if name not in LIST_STATUSES:
        raise ApiError("error_param", "Invalid order_status.")
    return lambda status: status == name


def _cursor(order: Order, field: str) -> str:
    text = f"{getattr(order, field)}|{order.sn}"
    return urlsafe_b64encode(text.encode()).decode()


def _position(cursor: str | None, start: int) -> tuple[int, str]:
    if not cursor:
        return start, ""
    try:
        second, _, sn = urlsafe_b64decode(cursor).decode().partition("|")
        return int(second), sn + "~"
    except ValueError:
        raise ApiError("error_param", "Invalid cursor.") from None


def _row(order: Order, status: bool, pending: bool) -> dict[str, Any]:
    row = {"order_sn": order.sn, "booking_sn": ""}
    if status:
        row["order_status"] = visible_status(order, pending)
    return row


def visible_status(order: Order, pending: bool) -> str:
    """PENDING is shown to those who ask; others see the status of before."""
    return READY if order.status == PENDING and not pending else order.status


def _true(text: str | None) -> bool:
    return (text or "").lower() == "true"


# -- detail ---------------------------------------------------------------------------


def order_detail(sim: Any, call: Call) -> dict[str, Any]:
    """v2.order.get_order_detail: default fields, and the optional ones asked for."""
    sns = [sn for sn in call.args.get("order_sn_list", "").split(",") if sn]
    if not 1 <= len(sns) <= 50:
        raise ApiError("error_param", "order_sn_list must hold 1 to 50 orders.")
    found = [sim.orders[sn] for sn in sns if sn in sim.orders]
    found = [order for order in found if order.shop_id == call.shop_id]
    if not found:
        raise ApiError(
            "error_not_found", "Wrong parameters, detail: the order is not found."
        )
    names = [
        name
        for name in call.args.get("response_optional_fields", "").split(",")
        if name in OPTIONAL
    ]
    pending = _true(call.args.get("request_order_status_pending"))
    details = [_detail(sim, order, names, pending) for order in found]
    return {"order_list": [detail for detail in details if detail is not MISSING]}


def _detail(sim: Any, order: Order, names: list[str], pending: bool) -> Any:
    detail = _default_fields(order, pending)
    for name in names:
        detail.update(OPTIONAL[name](sim, order))
    if order.poison:
        return POISONS[order.poison](detail)
    return detail


def _default_fields(order: Order, pending: bool) -> dict[str, Any]:
    detail = {
        "order_sn": order.sn,
        "region": "ID",
        "currency": "IDR",
        "cod": order.cod,
        "order_status": visible_status(order, pending),
        "message_to_seller": order.message,
        "create_time": order.create_time,
        "update_time": order.update_time,
        "days_to_ship": DAYS_TO_SHIP,
        "ship_by_date": (order.pay_time or order.create_time) + DAYS_TO_SHIP * 86400,
        "booking_sn": "",
    }
    if order.status == PENDING and pending:
        detail["pending_terms"] = ["SYSTEM_PENDING"]
        detail["pending_description"] = ["Order is under system checking."]
    return detail


def _total(sim: Any, order: Order) -> dict[str, Any]:
    return {"total_amount": float(order.total)} if order.charged else {}


def _address(sim: Any, order: Order) -> dict[str, Any]:
    who = order.buyer
    address = {
        "name": who.name,
        "phone": who.phone,
        "town": "",
        "district": who.district,
        "city": who.city,
        "state": who.state,
        "region": "ID",
        "zipcode": who.zipcode,
        "full_address": who.full_address,
    }
    masked = sim.config["masked"] if order.masked is None else order.masked
    if masked:
        address = {key: MASKS.get(key, str)(value) for key, value in address.items()}
    return {"recipient_address": address}


def _ends(text: str) -> str:
    return f"{text[0]}******{text[-1]}"


MASKS: dict[str, Callable[[str], str]] = {
    "name": _ends,
    "phone": lambda text: "******" + text[-2:],
    "district": lambda text: "****",
    "city": lambda text: "****",
    "zipcode": lambda text: "****",
    "full_address": lambda text: text[:2] + "******",
}


def _items(sim: Any, order: Order) -> dict[str, Any]:
    return {
        "item_list": [_item(line, number) for number, line in enumerate(order.lines)]
    }


def _item(line: Line, number: int) -> dict[str, Any]:
    article = line.article
    variant = bool(article.model_id)
    promotion = "product_promotion" if line.price < line.original else ""
    return {
        "item_id": article.item_id,
        "item_name": article.name,
        "item_sku": article.parent_sku if variant else article.sku,
        "model_id": article.model_id,
        "model_name": article.model_name,
        "model_sku": article.sku if variant else "",
        "model_quantity_purchased": line.quantity,
        "model_original_price": float(line.original),
        "model_discounted_price": float(line.price),
        "wholesale": False,
        "weight": 0.5,
        "add_on_deal": False,
        "main_item": False,
        "add_on_deal_id": 0,
        "promotion_type": promotion,
        "promotion_id": 700000001 if promotion else 0,
        "order_item_id": article.item_id,
        "line_item_id": article.item_id * 100 + number,
        "promotion_group_id": 0,
        "image_info": {"image_url": ""},
        "product_location_id": ["IDZ"],
        "is_prescription_item": False,
        "is_b2c_owned_item": False,
        "promotion_list": [],
        "active_qty": line.quantity,
        "cancelled_qty": 0,
    }


def _packages(sim: Any, order: Order) -> dict[str, Any]:
    package = {
        "package_number": order.package_number,
        "logistics_status": LOGISTICS.get(order.status, "LOGISTICS_INVALID"),
        "logistics_channel_id": CHANNEL_ID,
        "shipping_carrier": CARRIER,
        "allow_self_design_awb": False,
        "parcel_chargeable_weight": 500,
        "item_list": [
            {
                "item_id": line.article.item_id,
                "model_id": line.article.model_id,
                "model_quantity": line.quantity,
                "order_item_id": line.article.item_id,
                "promotion_group_id": 0,
                "product_location_id": "IDZ",
            }
            for line in order.lines
        ],
    }
    return {"package_list": [package], "advance_package": False}


def _carrier(sim: Any, order: Order) -> dict[str, Any]:
    return {"shipping_carrier": CARRIER, "checkout_shipping_carrier": CARRIER}


def _payment(sim: Any, order: Order) -> dict[str, Any]:
    return {"payment_method": payment_method(order)}


def payment_method(order: Order) -> str:
    """What the buyer chose, as text."""
    return "Cash on Delivery" if order.cod else "ShopeePay"


def _shipping(sim: Any, order: Order) -> dict[str, Any]:
    cost = order.amounts.shipping_fee + order.amounts.shipping_rebate
    return {"estimated_shipping_fee": float(cost)}


def _actual(sim: Any, order: Order) -> dict[str, Any]:
    cost = order.amounts.shipping_fee + order.amounts.shipping_rebate
    return {"actual_shipping_fee": float(cost if order.pickup_time else 0)}


def _constant(name: str, value: Any) -> Callable[[Any, Order], dict[str, Any]]:
    return lambda sim, order: {name: value}


def _attribute(name: str, attribute: str) -> Callable[[Any, Order], dict[str, Any]]:
    return lambda sim, order: {name: getattr(order, attribute)}


OPTIONAL: dict[str, Callable[[Any, Order], dict[str, Any]]] = {
    "buyer_user_id": lambda sim, order: {"buyer_user_id": order.buyer.user_id},
    "buyer_username": lambda sim, order: {"buyer_username": order.buyer.username},
    "estimated_shipping_fee": _shipping,
    "recipient_address": _address,
    "actual_shipping_fee": _actual,
    "actual_shipping_fee_confirmed": lambda sim, order: {
        "actual_shipping_fee_confirmed": bool(order.pickup_time)
    },
    "goods_to_declare": _constant("goods_to_declare", False),
    "note": _attribute("note", "note"),
    "note_update_time": _attribute("note_update_time", "create_time"),
    "item_list": _items,
    "pay_time": _attribute("pay_time", "pay_time"),
    "dropshipper": _attribute("dropshipper", "dropshipper"),
    "dropshipper_phone": _constant("dropshipper_phone", ""),
    "split_up": _constant("split_up", False),
    "buyer_cancel_reason": _attribute("buyer_cancel_reason", "cancel_reason"),
    "cancel_by": _attribute("cancel_by", "cancel_by"),
    "cancel_reason": _attribute("cancel_reason", "cancel_reason"),
    "fulfillment_flag": _constant("fulfillment_flag", "fulfilled_by_local_seller"),
    "pickup_done_time": _attribute("pickup_done_time", "pickup_time"),
    "package_list": _packages,
    "shipping_carrier": _carrier,
    "payment_method": _payment,
    "total_amount": _total,
    "order_chargeable_weight_gram": _constant("order_chargeable_weight_gram", 500),
}

ROUTES = {
    ("GET", "/api/v2/order/get_order_list"): Endpoint(order_list),
    ("GET", "/api/v2/order/get_order_detail"): Endpoint(order_detail),
}

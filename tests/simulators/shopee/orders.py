"""v2.order.get_order_detail: fifty at a time, optional fields on demand."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from . import absent, views
from .envelope import ApiError, Call, Endpoint
from .lines import item_list, package_list
from .listing import true, visible_status
from .poison import MISSING, POISONS
from .state import PENDING, Order

PENDING_TEXTS = {
    "SYSTEM_PENDING": "Order is under system checking.",
    "ARRANGE_SHIPMENT_PENDING": "The courier has no capacity, please wait.",
}


def order_detail(sim: Any, call: Call) -> dict[str, Any]:
    """v2.order.get_order_detail: default fields, and the optional ones asked for."""
    sns = [sn for sn in call.args.get("order_sn_list", "").split(",") if sn]
    if not 1 <= len(sns) <= 50:
        raise ApiError("error_param", "order_sn_list must hold 1 to 50 orders.")
    found = views.found(sim, call, sns, "detail")
    if not found:
        raise ApiError(
            "error_not_found", "Wrong parameters, detail: the order is not found."
        )
    refused = next((order for order in found if order.detail_error), None)
    if refused:
        raise ApiError(refused.detail_error, f"No permission for {refused.sn}.")
    names = [
        name
        for name in call.args.get("response_optional_fields", "").split(",")
        if name in OPTIONAL
    ]
    pending = true(call.args.get("request_order_status_pending"))
    details = [_detail(sim, order, names, pending) for order in found]
    return {"order_list": [detail for detail in details if detail is not MISSING]}


def _detail(sim: Any, order: Order, names: list[str], pending: bool) -> Any:
    detail = _default_fields(order, pending)
    for name in names:
        detail.update(OPTIONAL[name](sim, order))
    detail = absent.spoil(sim, order, {**detail, **deepcopy(order.fields)}, names)
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
        "days_to_ship": order.days_to_ship,
        "ship_by_date": _ship_by(order),
        "booking_sn": order.booking_sn,
    }
    terms = order.pending_terms
    if order.status == PENDING and not terms:
        terms = ["SYSTEM_PENDING"]
    if terms and pending:
        detail["pending_terms"] = terms
        detail["pending_description"] = [
            PENDING_TEXTS.get(term, term) for term in terms
        ]
    return detail


def _ship_by(order: Order) -> int:
    if order.ship_by is not None:
        return order.ship_by
    return (order.pay_time or order.create_time) + order.days_to_ship * 86400


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
        **order.address,
    }
    masked = sim.config["masked"] if order.masked is None else order.masked
    if masked == "all":
        address = {key: "****" if value else "" for key, value in address.items()}
    elif masked:
        address = {key: MASKS.get(key, str)(value) for key, value in address.items()}
    return {"recipient_address": address}


def _ends(text: str) -> str:
    return f"{text[:1]}******{text[-1:]}"


MASKS: dict[str, Callable[[str], str]] = {
    "name": _ends,
    "phone": lambda text: "******" + text[-2:],
    "district": lambda text: "****",
    "city": lambda text: "****",
    "zipcode": lambda text: "****",
    "full_address": lambda text: text[:2] + "******",
}


def _packages(sim: Any, order: Order) -> dict[str, Any]:
    return {"package_list": package_list(order), "advance_package": order.advance}


def _carrier(sim: Any, order: Order) -> dict[str, Any]:
    chosen = order.checkout_carrier or order.carrier
    return {"shipping_carrier": order.carrier, "checkout_shipping_carrier": chosen}


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
    "item_list": lambda sim, order: {"item_list": item_list(sim, order)},
    "pay_time": _attribute("pay_time", "pay_time"),
    "dropshipper": _attribute("dropshipper", "dropshipper"),
    "dropshipper_phone": _attribute("dropshipper_phone", "dropshipper_phone"),
    "split_up": lambda sim, order: {"split_up": len(order.parcels) > 1},
    "buyer_cancel_reason": lambda sim, order: {
        "buyer_cancel_reason": order.cancel_reason if order.cancel_by == "buyer" else ""
    },
    "cancel_by": _attribute("cancel_by", "cancel_by"),
    "cancel_reason": _attribute("cancel_reason", "cancel_reason"),
    "fulfillment_flag": _attribute("fulfillment_flag", "fulfillment_flag"),
    "pickup_done_time": _attribute("pickup_done_time", "pickup_time"),
    "package_list": _packages,
    "shipping_carrier": _carrier,
    "payment_method": _payment,
    "total_amount": _total,
    "order_chargeable_weight_gram": _constant("order_chargeable_weight_gram", 500),
}

ROUTES = {("GET", "/api/v2/order/get_order_detail"): Endpoint(order_detail)}

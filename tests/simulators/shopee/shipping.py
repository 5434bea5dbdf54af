"""v2.logistics: channels, how to ship, arranging it, tracking."""

from typing import Any

from .envelope import ApiError, Call, Endpoint
from .lines import CHANNEL_ID, package_list
from .state import PROCESSED, READY, RETRY, SHIPPED, Order

METHODS = ("pickup", "dropoff", "non_integrated")
ADDRESS_ID, SLOT_ID = 126194, "slot"
DAY = 86400
ARRANGED = (
    "LOGISTICS_REQUEST_CREATED",
    "LOGISTICS_PICKUP_RETRY",
    "LOGISTICS_PICKUP_DONE",
    "LOGISTICS_DELIVERY_DONE",
)


def channel_list(sim: Any, call: Call) -> dict[str, Any]:
    """v2.logistics.get_channel_list."""
    channel = {
        "logistics_channel_id": CHANNEL_ID,
        "logistics_channel_name": "Reguler (Cashless)",
        "cod_enabled": True,
        "enabled": True,
        "fee_type": "SIZE_INPUT",
        "size_list": [],
        "weight_limit": {"item_max_weight": 50.0, "item_min_weight": 0.01},
        "force_enable": False,
        "mask_channel_id": 0,
        "preprint": False,
        "service_type_identifier": None,
    }
    return {"logistics_channel_list": [channel]}


def shipping_parameter(sim: Any, call: Call) -> dict[str, Any]:
    """v2.logistics.get_shipping_parameter: pick-up at one address, or drop-off."""
    order = _order(sim, call, call.args.get("order_sn"))
    _check_package(order, call.args.get("package_number"))
    _check_ready(order)
    tomorrow = call.now // DAY * DAY + DAY
    slots = [
        {
            "date": tomorrow + n * DAY,
            "time_text": "09:00 - 17:00",
            "pickup_time_id": f"{SLOT_ID}-{n}",
            "flags": [] if n else ["recommended"],
        }
        for n in range(2)
    ]
    address = {
        "address_id": ADDRESS_ID,
        "region": "ID",
        "state": "DKI JAKARTA",
        "city": "KOTA JAKARTA PUSAT",
        "district": "Menteng",
        "town": "",
        "address": "Jalan Gudang No. 1",
        "zipcode": "10310",
        "address_flag": ["default_address", "pickup_address"],
        "time_slot_list": slots,
    }
    return {
        "info_needed": {"pickup": ["address_id", "pickup_time_id"], "dropoff": []},
        "dropoff": {"branch_list": None, "slug_list": None},
        "pickup": {"address_list": [address]},
    }


def ship_order(sim: Any, call: Call) -> dict[str, Any]:
    """v2.logistics.ship_order: by exactly one method."""
    body = call.body
    order = _order(sim, call, body.get("order_sn"))
    number = _check_package(order, body.get("package_number"))
    _check_ready(order)
    chosen = [method for method in METHODS if isinstance(body.get(method), dict)]
    if len(chosen) != 1:
        raise ApiError("logistics.error_param", "Exactly one method is needed.")
    if chosen == ["pickup"] and body["pickup"].get("address_id") != ADDRESS_ID:
        raise ApiError("logistics.error_param", "The pickup address is invalid.")
    status = SHIPPED if chosen == ["non_integrated"] else PROCESSED
    if number:
        params = {"order_sn": order.sn, "package": number, "status": status}
        sim.do_move_package(params)
    else:
        sim.do_status({"order_sn": order.sn, "status": status})
    return {}


def tracking_number(sim: Any, call: Call) -> dict[str, Any]:
    """v2.logistics.get_tracking_number: empty before the shipment is arranged."""
    order = _order(sim, call, call.args.get("order_sn"))
    index = _check_package(order, call.args.get("package_number")) or 1
    package = package_list(order)[index - 1]
    arranged = package["logistics_status"] in ARRANGED
    number = f"SPXID{package['package_number'][-12:]}" if arranged else ""
    return {"tracking_number": number, "hint": ""}


def tracking_info(sim: Any, call: Call) -> dict[str, Any]:
    """v2.logistics.get_tracking_info: newest first."""
    order = _order(sim, call, call.args.get("order_sn"))
    index = _check_package(order, call.args.get("package_number")) or 1
    package = package_list(order)[index - 1]
    steps = [
        {"update_time": second, "description": status, "logistics_status": status}
        for status, second in reversed(order.history)
    ]
    return {
        "order_sn": order.sn,
        "package_number": package["package_number"],
        "logistics_status": package["logistics_status"],
        "tracking_info": steps,
    }


def _order(sim: Any, call: Call, sn: Any) -> Order:
    order = sim.orders.get(sn)
    if order is None or order.shop_id != call.shop_id:
        raise ApiError("logistics.invalid_error", "The order is not found.")
    return order


def _check_package(order: Order, number: Any) -> int:
    """Which package of a split order (from 1), 0 of one that is not."""
    numbers = [parcel.number for parcel in order.parcels]
    if number is None and not numbers:
        return 0
    if number is None:
        text = "Please give the package_number of a split order."
        raise ApiError("logistics.package_number_not_exist", text)
    if not numbers and number == order.package_number:
        return 0
    if number not in numbers:
        raise ApiError("logistics.package_not_exist", "The package is not found.")
    return numbers.index(number) + 1


def _check_ready(order: Order) -> None:
    if order.advance:
        text = "The order was matched with a booking: do not arrange its shipment."
        raise ApiError("logistics.error_booking_order", text)
    if order.status not in (READY, RETRY):
        raise ApiError("logistics.error_param", "The logistics status is not allowed.")


ROUTES = {
    ("GET", "/api/v2/logistics/get_channel_list"): Endpoint(channel_list),
    ("GET", "/api/v2/logistics/get_shipping_parameter"): Endpoint(shipping_parameter),
    ("POST", "/api/v2/logistics/ship_order"): Endpoint(ship_order),
    ("GET", "/api/v2/logistics/get_tracking_number"): Endpoint(tracking_number),
    ("GET", "/api/v2/logistics/get_tracking_info"): Endpoint(tracking_info),
}

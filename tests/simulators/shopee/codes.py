"""Pushes of every code, also of shops and orders that nobody here knows."""

import json
from collections.abc import Callable
from typing import Any

from tests.simulators.webhooks import Delivery

STRANGER = 999999
#: Codes about the application: ``partner_id``, and no ``shop_id`` outside of ``data``.
OF_THE_PARTNER = (1, 2, 12)

Data = dict[str, Any]


def make(sim: Any, params: dict) -> Delivery:
    """A push with ``code`` (3), ``shop_id`` and ``order_sn``; ``data`` and ``top``
    replace fields (None removes one), ``body`` everything.
    """
    code = int(params.get("code", 3))
    content = _envelope(sim, code, params)
    content["data"] = _replaced(content["data"], params.get("data", {}))
    content = _replaced(content, params.get("top", {}))
    body = params.get("body")
    raw = json.dumps(content, separators=(",", ":")) if body is None else body
    topic = "order_status" if code == 3 else f"code_{code}"
    delivery = sim.pushes.new(topic, params.get("order_sn", ""), raw.encode())
    delivery.forged = params.get("forged", "")
    return delivery


def _envelope(sim: Any, code: int, params: dict) -> Data:
    order = sim.orders.get(params.get("order_sn"))
    usual = order.shop_id if order else sim.config["shop_id"]
    shop_id = int(params.get("shop_id", usual))
    sn = params.get("order_sn") or "2611300STRANGE"
    data = DATA.get(code, lambda *_: {})(sim, sn, shop_id)
    owner = {"shop_id": shop_id}
    if code in OF_THE_PARTNER:
        owner = {"partner_id": sim.config["partner_id"]}
    return {"code": code, **owner, "timestamp": sim.clock.seconds(), "data": data}


def _replaced(content: Data, changes: Data) -> Data:
    merged = {**content, **changes}
    return {name: value for name, value in merged.items() if value is not None}


def _status(sim: Any, sn: str, shop_id: int) -> Data:
    order = sim.orders.get(sn)
    return {
        "ordersn": sn,
        "status": order.status if order else "READY_TO_SHIP",
        "completed_scenario": "",
        "items": [],
        "update_time": order.update_time if order else sim.clock.seconds(),
    }


def _package(sim: Any, sn: str) -> str:
    order = sim.orders.get(sn)
    return order.package_number if order else "OFG000000000000000"


def _link(sim: Any, sn: str, shop_id: int) -> Data:
    text = f"shop id {shop_id}"
    return {"success": 1, "extra": text, "shop_id": shop_id, "shopid": shop_id}


def _unlink(sim: Any, sn: str, shop_id: int) -> Data:
    return {"success": 1, "extra": "", "shop_id_list": [shop_id]}


def _expiry(sim: Any, sn: str, shop_id: int) -> Data:
    return {
        "shop_expire_soon": [shop_id],
        "merchant_expire_soon": [],
        "expire_before": sim.clock.seconds() + 7 * 86400,
        "page_no": 1,
        "total_page": 1,
    }


def _tracking(sim: Any, sn: str, shop_id: int) -> Data:
    package = _package(sim, sn)
    return {"ordersn": sn, "package_number": package, "tracking_no": f"ID{package[3:]}"}


def _document(sim: Any, sn: str, shop_id: int) -> Data:
    return {"ordersn": sn, "package_number": _package(sim, sn), "status": "READY"}


def _booking(sim: Any, sn: str, shop_id: int) -> Data:
    return {"booking_sn": sn, "booking_status": "READY_TO_SHIP"}


def _return(sim: Any, sn: str, shop_id: int) -> Data:
    return {"order_sn": sn, "return_sn": f"{sn}R", "return_status": "REQUESTED"}


def _fulfilment(sim: Any, sn: str, shop_id: int) -> Data:
    status = "LOGISTICS_REQUEST_CREATED"
    return {"ordersn": sn, "package_number": _package(sim, sn), "status": status}


def _package_info(sim: Any, sn: str, shop_id: int) -> Data:
    return {"order_sn": sn, "package_number": _package(sim, sn)}


#: Code -> its data. Names of fields beside order, package and shop are not documented.
DATA: dict[int, Callable[[Any, str, int], Data]] = {
    0: lambda *_: {"verify_info": "This is a Verification message."},
    1: _link,
    2: _unlink,
    3: _status,
    4: _tracking,
    5: lambda *_: {"actions": [{"content": "News for sellers", "title": "Update"}]},
    8: lambda *_: {"item_id": 25000000001, "reserved_stock": 1},
    12: _expiry,
    15: _document,
    23: _booking,
    24: _booking,
    25: _booking,
    29: _return,
    30: _fulfilment,
    47: _package_info,
}

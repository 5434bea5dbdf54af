"""Pushes: order status, the test push, and what was lost."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

from tests.simulators.webhooks import Delivery, post

from .envelope import ApiError, Call, Endpoint
from .signature import sign_push
from .state import Order

ORDER_STATUS = 3
LOST_DAYS = 3
TOPICS = {ORDER_STATUS: "order_status"}

FORGERIES = {
    "wrong_key": lambda good: sign_push("another key", "http://elsewhere", b"{}"),
    "upper": str.upper,
    "prefixed": lambda good: f"sha256={good}",
    "garbage": lambda good: "garbage",
    "empty": lambda good: "",
}


def headers(sim: Any, url: str, body: bytes, forged: str) -> dict[str, str]:
    """Authorization is the bare signature; a forgery spoils or omits it."""
    signature = sign_push(sim.config["partner_key"], url, body)
    if forged == "missing":
        return {}
    if forged:
        signature = FORGERIES[forged](signature)
    return {"Authorization": signature}


def payload(order: Order, now: int) -> dict[str, Any]:
    """The body of a code 3 push."""
    return {
        "code": ORDER_STATUS,
        "shop_id": order.shop_id,
        "timestamp": now,
        "data": {
            "ordersn": order.sn,
            "status": order.status,
            "completed_scenario": "",
            "items": [],
            "update_time": order.update_time,
        },
    }


def announce(sim: Any, order: Order) -> None:
    """Push the status of an order if the application listens."""
    config = sim.config
    if ORDER_STATUS in config["push_codes_off"]:
        return
    if order.shop_id not in config["push_blocked_shops"]:
        sim.pushes.enqueue(
            TOPICS[ORDER_STATUS], order.sn, payload(order, sim.clock.seconds())
        )


def make(sim: Any, order: Order, params: dict) -> Delivery:
    """A push made by hand; ``forged``, ``body`` or any status on request."""
    content = payload(order, sim.clock.seconds())
    content["data"].update(params.get("data", {}))
    body = params.get("body")
    raw = json.dumps(content, separators=(",", ":")) if body is None else body
    delivery = sim.pushes.new(TOPICS[ORDER_STATUS], order.sn, raw.encode())
    delivery.forged = params.get("forged", "")
    return delivery


# -- interface ------------------------------------------------------------------------


def set_config(sim: Any, call: Call) -> dict[str, Any]:
    """v2.push.set_app_push_config: a test push decides about the callback."""
    url = call.body.get("callback_url") or sim.config["callback_url"]
    parts = urlsplit(str(url))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ApiError("error_param", "Callback url is invalid or empty.")
    _test_push(sim, url)
    off = set(sim.config["push_codes_off"])
    off |= set(call.body.get("set_push_config_off", []))
    off -= set(call.body.get("set_push_config_on", []))
    sim.config["push_codes_off"] = sorted(off)
    blocked = call.body.get("blocked_shop_id_list")
    if blocked is not None:
        sim.config["push_blocked_shops"] = blocked
    sim.config["callback_url"] = url
    return {"result": "success"}


def _test_push(sim: Any, url: str) -> None:
    content = {
        "code": 0,
        "timestamp": sim.clock.seconds(),
        "data": {"verify_info": "This is a Verification message."},
    }
    body = json.dumps(content, separators=(",", ":")).encode()
    sign = headers(sim, url, body, "")
    try:
        status, _ = post(url, body, sign, sim.config["push_timeout"])
    except (OSError, http.client.HTTPException):
        raise ApiError("error_param", "Test push: no response within 3s.") from None
    if not 200 <= status < 300:
        raise ApiError("error_param", "Test push: the response is not 2xx.")


def lost(sim: Any, call: Call) -> dict[str, Any]:
    """v2.push.get_lost_push_message: the oldest hundred of the last three days."""
    oldest = sim.clock.now() - LOST_DAYS * 86400
    waiting = [
        push
        for push in sim.pushes.deliveries
        if push.state == "lost"
        and push.number > sim.confirmed_push
        and push.created >= oldest
    ]
    page = waiting[:100]
    return {
        "push_message_list": [_lost_row(sim, push) for push in page],
        "has_next_page": len(waiting) > 100,
        "last_message_id": page[-1].number if page else sim.confirmed_push,
    }


def _lost_row(sim: Any, push: Delivery) -> dict[str, Any]:
    text = push.body.decode("utf-8", "replace")
    as_text = sim.config["lost_data_as_text"]
    last = push.attempts[-1]["at"] if push.attempts else push.created
    return {
        **_sender(sim, push),
        "timestamp": int(last),
        "data": text if as_text else json.loads(text),
    }


def _sender(sim: Any, push: Delivery) -> dict[str, Any]:
    """Shop and code; partner-level pushes have no shop."""
    try:
        content = json.loads(push.body)
        return {name: content[name] for name in ("shop_id", "code") if name in content}
    except (ValueError, TypeError):
        return {"shop_id": sim.config["shop_id"], "code": ORDER_STATUS}


def confirm_lost(sim: Any, call: Call) -> dict[str, Any]:
    """v2.push.confirm_consumed_lost_push_message: a watermark."""
    sim.confirmed_push = max(sim.confirmed_push, call.number("last_message_id"))
    return {}


ROUTES = {
    ("POST", "/api/v2/push/set_app_push_config"): Endpoint(set_config, "public"),
    ("GET", "/api/v2/push/get_lost_push_message"): Endpoint(lost, "either"),
    ("POST", "/api/v2/push/confirm_consumed_lost_push_message"): Endpoint(
        confirm_lost, "either"
    ),
}

"""Shopee's pushes into events. A push is a hint: the order itself is always re-read."""

import hashlib

from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.erp_connector_base.client.errors import UnexpectedResponseError
from odoo.addons.erp_connector_base.client.provider import Event, WebhookRequest
from odoo.addons.erp_connector_base.client.reading import Fields
from odoo.addons.erp_connector_base.client.redact import redact_text

from .mapping import STATUS, status_key

TEST_PUSH = 0
ORDER_STATUS_PUSH = 3
#: Codes that are about an order, too: tracking number, document status, return,
#: package status, package data.
ORDER_HINTS = frozenset({4, 15, 29, 30, 47})
#: Codes about the shop's authorisation: given, taken back, about to end.
ACCOUNT_TOPICS = {
    1: schema.ACCOUNT_LINK,
    2: schema.ACCOUNT_LINK,
    12: schema.ACCOUNT_EXPIRY,
}
ACCOUNT_KEY = "authorisation"
#: Fields of `data` that list the shops, where there is no `shop_id`.
SHOP_LISTS = ("shop_id_list", "shop_expire_soon")


def parse_push(request: WebhookRequest) -> tuple[Event, ...]:
    """The event a verified push tells of; none for the test push (code 0)."""
    text = request.body.decode("utf-8", "replace").replace("\0", "\ufffd")
    try:
        push = Fields(schema.load(request.body), "push")
        return _events(push, request.body, text)
    except UnexpectedResponseError as error:
        raise UnexpectedResponseError(str(error), text) from None
    except ValueError:
        message = f"push: not JSON but: {redact_text(text, 100)!r}"
        raise UnexpectedResponseError(message, text) from None


def told(body: str) -> schema.Told | None:
    """What a push says of its order: of code 3 the status and since when, of the
    others nothing that the order would show. None when `body` is no push.
    """
    try:
        push = Fields(schema.load(body), "push")
        code = push.whole("code")
        if code is None:
            return None
        data = push.object("data")
        if code != ORDER_STATUS_PUSH:
            return schema.Told()
        raw_status, when = data.name("status", 64), data.moment("update_time")
        sent = push.moment("timestamp")
    except (UnexpectedResponseError, ValueError):
        return None
    status = STATUS.get(raw_status, schema.OrderStatus.UNKNOWN)
    return schema.Told(status, raw_status, when or sent, exact=bool(when))


def _events(push: Fields, body: bytes, text: str) -> tuple[Event, ...]:
    code = push.needed("code", push.whole("code"))
    if code == TEST_PUSH:
        return ()
    if code == ORDER_STATUS_PUSH:
        return (_status_event(push, text),)
    digest = hashlib.sha256(body).hexdigest()
    topic, key = ACCOUNT_TOPICS.get(code, schema.OTHER), digest
    if code in ACCOUNT_TOPICS:
        key = ACCOUNT_KEY
    elif code in ORDER_HINTS and (order_sn := _hinted_order(push)):
        topic, key = schema.ORDER_STATUS, order_sn
    when, shops = push.moment("timestamp"), _shops(push)
    return tuple(
        Event(topic, key, dedup_key, text, when, shop)
        for shop, dedup_key in _told_apart(shops, digest).items()
    )


def _told_apart(shops: tuple[str, ...], digest: str) -> dict[str, str]:
    """Shop -> dedup key: one push about many shops is a fact of each."""
    many = len(shops) > 1
    return {shop: f"{digest}:{shop}" if many else digest for shop in shops}


def _status_event(push: Fields, text: str) -> Event:
    data = push.object("data")
    order_sn = data.name(_spelling(data), 64)
    when = data.moment("update_time") or push.moment("timestamp")
    when = data.needed("update_time", when)
    key = status_key(order_sn, data.name("status", 64), int(when.timestamp()))
    return Event(schema.ORDER_STATUS, order_sn, key, text, when, _shop(push))


def _shops(push: Fields) -> tuple[str, ...]:
    """Those it is about: pushes about the app list them (codes 1, 2, 12)."""
    data = push.data.get("data")
    inner = data if isinstance(data, dict) else {}
    lists = (inner.get(name) for name in SHOP_LISTS)
    listed = next((shops for shops in lists if isinstance(shops, list)), [])
    return tuple(str(shop)[:32] for shop in listed if shop) or (_shop(push),)


def _shop(push: Fields) -> str:
    """The shop it is about: an app has one callback for all of its shops."""
    data = push.data.get("data")
    inner = data if isinstance(data, dict) else {}
    shop = push.data.get("shop_id") or inner.get("shop_id") or inner.get("shopid")
    return str(shop or "")[:32]


def _hinted_order(push: Fields) -> str:
    if not isinstance(push.data.get("data"), dict):
        return ""
    data = push.object("data")
    spelling = _spelling(data)
    return data.name(spelling, 64) if spelling in data else ""


def _spelling(data: Fields) -> str:
    """Codes 3, 4 and 30 say `ordersn`, 29 and 47 `order_sn`, 15 has been seen so/so."""
    return "ordersn" if "ordersn" in data else "order_sn"

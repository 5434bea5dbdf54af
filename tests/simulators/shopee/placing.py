"""Makes orders: as wished where a wish is given, lifelike where not."""

import random
import time
from typing import Any

from .catalogue import Article, Buyer, buyer, unknown_article
from .state import READY, Amounts, Line, Order, Parcel, move

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789"
SHIPPING_COSTS = (9000, 11500, 15000, 18000, 24000)
MESSAGES = ("", "", "", "Tolong bubble wrap ya kak", "Kirim hari ini bisa?")
AMOUNTS = tuple(Amounts.__slots__)
#: Fields of an order that can be wished for, and changed later (but for poison).
ORDER_FIELDS = (
    "cod",
    "masked",
    "message",
    "note",
    "dropshipper",
    "dropshipper_phone",
    "carrier",
    "checkout_carrier",
    "days_to_ship",
    "ship_by",
    "address",
    "advance",
    "booking_sn",
    "pending_terms",
    "fulfillment_flag",
    "fees",
    "discounts",
    "seller_fees",
    "bundle_price",
    "line_item_ids",
    "partial_quantity",
    "partial_bill",
    "breakdown",
    "breakdown_after",
    "breakdown_after_reads",
    "detail_error",
    "missing",
    "null",
    "blank",
    "fields",
    "cancel_by",
    "cancel_reason",
    "poison",
)
ITEM_FLAGS = ("cancelled", "cancel_requested", "returned", "bundle", "addon")
MAX_PARCELS = 5


def order_sn(rng: random.Random, now: int) -> str:
    """A day and eight letters and digits, as 2404098R48U37H."""
    day = time.strftime("%y%m%d", time.gmtime(now + 7 * 3600))
    return day + "".join(rng.choices(LETTERS, k=8))


def place(
    rng: random.Random,
    catalogue: dict[str, Article],
    serial: int,
    now: int,
    wish: dict[str, Any],
) -> Order:
    """One order at second ``now``; ``wish`` is the body of the ``place`` action.

    ValueError when it makes no sense.
    """
    created = int(wish.get("create_time", now))
    lines = _lines(rng, catalogue, wish)
    order = Order(
        sn=wish.get("order_sn") or order_sn(rng, created),
        shop_id=int(wish["shop_id"]),
        buyer=_buyer(serial, wish),
        lines=lines,
        amounts=_amounts(rng, lines, wish),
        create_time=created,
    )
    order.message = rng.choice(MESSAGES)
    for name in ORDER_FIELDS:
        if name in wish:
            setattr(order, name, wish[name])
    if order.advance and not order.booking_sn:
        order.booking_sn = order_sn(rng, created)
    if int(wish.get("packages", 1)) > 1:
        order.parcels = parcels(order, int(wish["packages"]))
    move(order, wish.get("status", READY), int(wish.get("update_time", now)))
    return order


def _buyer(serial: int, wish: dict[str, Any]) -> Buyer:
    return buyer(int(wish.get("buyer", serial % int(wish["buyers"]))))


def parcels(order: Order, count: int) -> tuple[Parcel, ...]:
    """Two to five packages, none of them empty; ValueError otherwise."""
    pieces = sum(line.active for line in order.lines)
    if not 2 <= count <= min(MAX_PARCELS, pieces):
        raise ValueError(f"{pieces} pieces do not make {count} packages")
    first = int(order.package_number[3:])
    return tuple(Parcel(f"OFG{first + n:015d}") for n in range(count))


def _lines(rng: random.Random, catalogue: dict, wish: dict[str, Any]) -> list[Line]:
    if wish.get("items"):
        return lines_of(catalogue, wish["items"])
    skus = wish.get("skus") or rng.sample(
        sorted(catalogue), int(wish.get("lines", rng.choice((1, 1, 2, 3))))
    )
    lines = lines_of(catalogue, [{"sku": sku} for sku in skus])
    for line in lines:
        line.quantity = int(wish.get("quantity", rng.choice((1, 1, 1, 2, 3))))
        line.price = line.original * rng.choice((100, 100, 90, 85)) // 100
    if wish.get("unknown_sku"):
        lines.append(_unknown(rng, wish["unknown_sku"]))
    return lines


def lines_of(catalogue: dict, items: list[dict[str, Any]]) -> list[Line]:
    """Lines as exactly wished."""
    return [_line(catalogue, item) for item in items]


def _line(catalogue: dict, item: dict[str, Any]) -> Line:
    article = catalogue.get(item["sku"]) or unknown_article(item["sku"])
    original = int(item.get("original_price", article.price))
    price = 0 if item.get("gift") else int(item.get("price", original))
    line = Line(article, int(item.get("quantity", 1)), max(original, price), price)
    for name in ITEM_FLAGS:
        setattr(line, name, int(item.get(name, 0)))
    line.main, line.gift = bool(item.get("main")), bool(item.get("gift"))
    if line.bundle:
        line.share = int(item.get("share", price * line.quantity * 9 // 10))
    if not 0 <= line.cancelled <= line.quantity:
        raise ValueError(f"{line.cancelled} of {line.quantity} cannot be cancelled")
    return line


def _unknown(rng: random.Random, wanted: Any) -> Line:
    sku = wanted if isinstance(wanted, str) else f"NEW-{rng.randrange(1000):03d}"
    article = unknown_article(sku)
    return Line(article, 1, article.price, article.price)


def _amounts(rng: random.Random, lines: list[Line], wish: dict[str, Any]) -> Amounts:
    goods = sum(line.subtotal for line in lines)
    cost = rng.choice(SHIPPING_COSTS)
    rebate = rng.choice((0, 0, cost // 2, cost))
    amounts = Amounts(
        seller_voucher=rng.choice((0, 0, 0, goods * 5 // 100)),
        shopee_voucher=rng.choice((0, 0, 0, min(10000, goods // 10))),
        coins=rng.choice((0, 0, 0, min(1375, goods // 20))),
        shipping_fee=cost - rebate,
        insurance_premium=rng.choice((0, 0, 0, 350, 1100)),
        buyer_service_fee=rng.choice((0, 1000, 2000)),
        shipping_rebate=rebate,
    )
    if wish.get("plain"):
        amounts = Amounts()
    for name in AMOUNTS:
        if name in wish:
            setattr(amounts, name, int(wish[name]))
    return amounts

"""Articles and packages of an order, as v2.order.get_order_detail shows them."""

from typing import Any

from .state import LOGISTICS, Line, Order, Parcel

CHANNEL_ID = 8003
BUNDLE_ID, ADDON_ID, DISCOUNT_ID = 800000000, 810000000, 700000001
GIFT_ID, BUNDLE_LINE = 820000001, 90000000000


def told(sim: Any, order: Order, name: str) -> Any:
    """The order's own way to tell something, or the simulator's setting."""
    own = getattr(order, name)
    return sim.config[name] if own is None else own


def shown_lines(sim: Any, order: Order) -> list[tuple[int, Line]]:
    """Numbered lines; cancelled ones are gone where the platform removes them."""
    removes = told(sim, order, "partial_quantity") == "removed"
    return [
        (number, line)
        for number, line in enumerate(order.lines)
        if line.active or not removes
    ]


def shown_quantity(sim: Any, order: Order, line: Line) -> int:
    """Pieces bought, or what is left of them where the platform lowers the number."""
    keeps = told(sim, order, "partial_quantity") == "purchased"
    return line.quantity if keeps else line.active


def line_ids(sim: Any, order: Order, line: Line, number: int) -> dict[str, int]:
    """``line_item_id``, unless answers have none."""
    if not told(sim, order, "line_item_ids"):
        return {}
    return {"line_item_id": line.article.item_id * 100 + number}


def article_fields(line: Line) -> dict[str, Any]:
    """What names the article, in details and in breakdowns."""
    article = line.article
    variant = bool(article.model_id)
    return {
        "item_id": article.item_id,
        "item_name": article.name,
        "item_sku": article.parent_sku if variant else article.sku,
        "model_id": article.model_id,
        "model_name": article.model_name,
        "model_sku": article.sku if variant else "",
    }


def item_list(sim: Any, order: Order) -> list[dict[str, Any]]:
    """``item_list`` of the detail."""
    return [_item(sim, order, line, n) for n, line in shown_lines(sim, order)]


def _item(sim: Any, order: Order, line: Line, number: int) -> dict[str, Any]:
    promotion, promotion_id = _promotion(line)
    hidden = line.bundle and told(sim, order, "bundle_price") == "zero"
    return {
        **article_fields(line),
        "model_quantity_purchased": shown_quantity(sim, order, line),
        "model_original_price": float(line.original),
        "model_discounted_price": 0.0 if hidden else float(line.price),
        "wholesale": False,
        "weight": 0.5,
        "add_on_deal": bool(line.addon),
        "main_item": line.main,
        "add_on_deal_id": ADDON_ID + line.addon if line.addon else 0,
        "promotion_type": promotion,
        "promotion_id": promotion_id,
        "order_item_id": order_item_id(line),
        **line_ids(sim, order, line, number),
        "promotion_group_id": line.bundle,
        "image_info": {"image_url": ""},
        "product_location_id": ["IDZ"],
        "is_prescription_item": False,
        "is_b2c_owned_item": False,
        "promotion_list": promotion_list(line),
        "active_qty": line.active,
        "cancel_requested_qty": line.cancel_requested,
        "cancelled_qty": line.cancelled,
        "return_requested_qty": 0,
        "returned_qty": line.returned,
    }


def order_item_id(line: Line) -> int:
    """The same for all lines of a bundle deal, otherwise the item's id."""
    return BUNDLE_LINE + line.bundle if line.bundle else line.article.item_id


def _promotion(line: Line) -> tuple[str, int]:
    """The one that is shown: bundle before add-on before product."""
    if line.bundle:
        return "bundle_deal", BUNDLE_ID + line.bundle
    if line.addon:
        return f"add_on_deal_{_part(line)}", ADDON_ID + line.addon
    if line.gift:
        return "product_promotion", GIFT_ID
    if line.price < line.original:
        return "product_promotion", DISCOUNT_ID
    return "", 0


def _part(line: Line) -> str:
    return "main" if line.main else "sub"


def promotion_list(line: Line) -> list[dict[str, Any]]:
    """At most one promotion of the item and one of the package."""
    found = []
    if line.gift:
        found.append(("welcome_package_free_gift", GIFT_ID))
    elif line.price < line.original:
        found.append(("seller_discount", DISCOUNT_ID))
    if line.bundle:
        found.append(("bundle_deal", BUNDLE_ID + line.bundle))
    elif line.addon:
        found.append((f"add_on_deal_{_part(line)}", ADDON_ID + line.addon))
    return [{"promotion_type": kind, "promotion_id": key} for kind, key in found]


# -- packages -----------------------------------------------------------------------


def package_list(order: Order) -> list[dict[str, Any]]:
    """``package_list`` of the detail: one package, or those it was split into."""
    parcels = order.parcels or (Parcel(order.package_number),)
    return [
        _package(order, parcel, parts)
        for parcel, parts in zip(parcels, _parts(order, len(parcels)), strict=True)
    ]


def _parts(order: Order, count: int) -> list[dict[int, int]]:
    """Line number -> pieces, for each parcel: they take the pieces in turns."""
    parts: list[dict[int, int]] = [{} for _ in range(count)]
    pieces = [n for n, line in enumerate(order.lines) for _ in range(line.active)]
    for turn, number in enumerate(pieces):
        part = parts[turn % count]
        part[number] = part.get(number, 0) + 1
    return parts


def _package(order: Order, parcel: Parcel, parts: dict[int, int]) -> dict[str, Any]:
    status = parcel.status or order.status
    return {
        "package_number": parcel.number,
        "logistics_status": parcel.logistics
        or LOGISTICS.get(status, "LOGISTICS_INVALID"),
        "logistics_channel_id": CHANNEL_ID,
        "shipping_carrier": order.carrier,
        "allow_self_design_awb": False,
        "parcel_chargeable_weight": 500,
        "item_list": [
            _packed(order.lines[number], quantity) for number, quantity in parts.items()
        ],
    }


def _packed(line: Line, quantity: int) -> dict[str, Any]:
    return {
        "item_id": line.article.item_id,
        "model_id": line.article.model_id,
        "model_quantity": quantity,
        "order_item_id": order_item_id(line),
        "promotion_group_id": line.bundle,
        "product_location_id": "IDZ",
    }

"""v2.product: items, their base data, their variants."""

from collections.abc import Callable
from typing import Any

from .catalogue import STOCK, Article
from .envelope import ApiError, Call, Endpoint

STATUSES = ("NORMAL", "BANNED", "UNLIST", "REVIEWING", "SELLER_DELETE", "SHOPEE_DELETE")
CREATED = 1735689600  # 2025-01-01


def item_list(sim: Any, call: Call) -> dict[str, Any]:
    """v2.product.get_item_list."""
    wanted = call.args.getlist("item_status")
    if not wanted or set(wanted) - set(STATUSES):
        raise ApiError("error_param_item_status", "Invalid item_status.")
    offset, size = call.integer("offset", 0), call.integer("page_size")
    if not 1 <= size <= 100:
        raise ApiError("error_param", "page_size must be between 1 and 100.")
    items = sorted(_families(sim)) if "NORMAL" in wanted else []
    page = items[offset : offset + size]
    more = offset + size < len(items)
    answer = {
        "item": [_item_row(item_id) for item_id in page],
        "total_count": len(items),
        "has_next_page": more,
    }
    return {**answer, "next_offset": offset + size} if more else answer


def _item_row(item_id: int) -> dict[str, Any]:
    return {
        "item_id": item_id,
        "item_status": "NORMAL",
        "update_time": CREATED,
        "tag": {"kit": False},
    }


def base_info(sim: Any, call: Call) -> dict[str, Any]:
    """v2.product.get_item_base_info."""
    ids = [text for text in call.args.get("item_id_list", "").split(",") if text]
    if not 1 <= len(ids) <= 50 or not all(text.isdigit() for text in ids):
        raise ApiError("error_param", "item_id_list must hold 1 to 50 items.")
    families = _families(sim)
    found = [families[int(text)] for text in ids if int(text) in families]
    if not found:
        raise ApiError("error_item_not_found", "Product not found.")
    return {"item_list": [_base(sim, models) for models in found]}


def _base(sim: Any, models: list[Article]) -> dict[str, Any]:
    first = models[0]
    base = {
        "item_id": first.item_id,
        "category_id": 100630,
        "item_name": first.name,
        "description": first.name,
        "item_sku": first.parent_sku or first.sku,
        "create_time": CREATED,
        "update_time": CREATED,
        "attribute_list": [],
        "image": {"image_url_list": [], "image_id_list": []},
        "weight": "0.5",
        "dimension": {"package_length": 10, "package_width": 10, "package_height": 10},
        "pre_order": {"is_pre_order": False, "days_to_ship": 2},
        "condition": "NEW",
        "item_status": "NORMAL",
        "deboost": "FALSE",
        "has_model": bool(first.model_id),
        "has_promotion": False,
        "brand": {"brand_id": 0, "original_brand_name": "NoBrand"},
        "item_dangerous": 0,
        "tag": {"kit": False},
        "description_type": "normal",
    }
    if not first.model_id:
        base["price_info"] = [_price(sim, first)]
        base["stock_info_v2"] = _stock(sim, first)
    return base


def model_list(sim: Any, call: Call) -> dict[str, Any]:
    """v2.product.get_model_list."""
    models = _families(sim).get(call.integer("item_id"))
    if models is None:
        raise ApiError("error_item_not_found", "Product not found.")
    if not models[0].model_id:
        return {"tier_variation": [], "model": []}
    options = [{"option": article.model_name} for article in models]
    return {
        "tier_variation": [{"name": models[0].axis, "option_list": options}],
        "model": [_model(sim, article, n) for n, article in enumerate(models)],
    }


def _model(sim: Any, article: Article, number: int) -> dict[str, Any]:
    return {
        "model_id": article.model_id,
        "model_name": article.model_name,
        "model_sku": article.sku,
        "model_status": "MODEL_NORMAL",
        "tier_index": [number],
        "promotion_id": 0,
        "has_promotion": False,
        "price_info": [_price(sim, article)],
        "stock_info_v2": _stock(sim, article),
        "weight": "0.5",
    }


def _price(sim: Any, article: Article) -> dict[str, Any]:
    price = float(sim.prices.get(article.sku, article.price))
    return {
        "currency": "IDR",
        "original_price": price,
        "current_price": price,
        "inflated_price_of_original_price": price,
        "inflated_price_of_current_price": price,
    }


def _stock(sim: Any, article: Article) -> dict[str, Any]:
    stock = sim.stocks.get(article.sku, STOCK)
    return {
        "summary_info": {"total_reserved_stock": 0, "total_available_stock": stock},
        "seller_stock": [{"location_id": "IDZ", "stock": stock, "if_saleable": True}],
        "shopee_stock": [],
    }


def update_stock(sim: Any, call: Call) -> dict[str, Any]:
    """v2.product.update_stock: absolute, one item, what is wrong is listed."""
    return _update(sim, call, "stock_list", _new_stock, sim.stocks, "stock")


def update_price(sim: Any, call: Call) -> dict[str, Any]:
    """v2.product.update_price: whole rupiah."""
    return _update(sim, call, "price_list", _new_price, sim.prices, "original_price")


def _update(
    sim: Any, call: Call, rows: str, read: Callable, book: dict, name: str
) -> dict[str, Any]:
    models = _families(sim).get(call.number("item_id"))
    if models is None:
        raise ApiError("error_item_not_found", "Product not found.")
    known = {article.model_id: article for article in models}
    done, failed = [], []
    for row in call.body.get(rows) or []:
        model_id, value = row.get("model_id", 0), read(row)
        if model_id in known and value is not None:
            book[known[model_id].sku] = value
            done.append({"model_id": model_id, name: value})
        else:
            failed.append({"model_id": model_id, "failed_reason": "wrong parameter"})
    if not done:
        raise ApiError("error_param", "Nothing could be updated.")
    return {"success_list": done, "failure_list": failed}


def _new_stock(row: dict[str, Any]) -> int | None:
    values = [place.get("stock") for place in row.get("seller_stock") or [{}]]
    good = all(isinstance(value, int) and value >= 0 for value in values)
    return sum(values) if good else None


def _new_price(row: dict[str, Any]) -> float | None:
    value = row.get("original_price")
    good = isinstance(value, int | float) and value > 0 and value == int(value)
    return value if good else None


def _families(sim: Any) -> dict[int, list[Article]]:
    families: dict[int, list[Article]] = {}
    for article in sim.catalogue.values():
        families.setdefault(article.item_id, []).append(article)
    return families


ROUTES = {
    ("GET", "/api/v2/product/get_item_list"): Endpoint(item_list),
    ("GET", "/api/v2/product/get_item_base_info"): Endpoint(base_info),
    ("GET", "/api/v2/product/get_model_list"): Endpoint(model_list),
    ("POST", "/api/v2/product/update_stock"): Endpoint(update_stock),
    ("POST", "/api/v2/product/update_price"): Endpoint(update_price),
}

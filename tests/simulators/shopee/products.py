"""v2.product: items, their base data, their variants."""

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
    return {"item_list": [_base(models) for models in found]}


def _base(models: list[Article]) -> dict[str, Any]:
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
        base["price_info"] = [_price(first)]
        base["stock_info_v2"] = _stock()
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
        "model": [_model(article, n) for n, article in enumerate(models)],
    }


def _model(article: Article, number: int) -> dict[str, Any]:
    return {
        "model_id": article.model_id,
        "model_name": article.model_name,
        "model_sku": article.sku,
        "model_status": "MODEL_NORMAL",
        "tier_index": [number],
        "promotion_id": 0,
        "has_promotion": False,
        "price_info": [_price(article)],
        "stock_info_v2": _stock(),
        "weight": "0.5",
    }


def _price(article: Article) -> dict[str, Any]:
    return {
        "currency": "IDR",
        "original_price": float(article.price),
        "current_price": float(article.price),
        "inflated_price_of_original_price": float(article.price),
        "inflated_price_of_current_price": float(article.price),
    }


def _stock() -> dict[str, Any]:
    return {
        "summary_info": {"total_reserved_stock": 0, "total_available_stock": STOCK},
        "seller_stock": [{"location_id": "IDZ", "stock": STOCK, "if_saleable": True}],
        "shopee_stock": [],
    }


def _families(sim: Any) -> dict[int, list[Article]]:
    families: dict[int, list[Article]] = {}
    for article in sim.catalogue.values():
        families.setdefault(article.item_id, []).append(article)
    return families


ROUTES = {
    ("GET", "/api/v2/product/get_item_list"): Endpoint(item_list),
    ("GET", "/api/v2/product/get_item_base_info"): Endpoint(base_info),
    ("GET", "/api/v2/product/get_model_list"): Endpoint(model_list),
}

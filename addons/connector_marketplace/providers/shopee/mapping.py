"""Shopee's JSON into the words of `schema.py`. No request leaves from here."""

import hashlib
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.connector_marketplace.providers.schema import OrderStatus
from odoo.addons.erp_connector_base.client.errors import UnexpectedResponseError
from odoo.addons.erp_connector_base.client.reading import Fields

from . import bill, shares
from .bill import DISCOUNTS, FEES
from .shares import spread

__all__ = [
    "DISCOUNTS",
    "FEES",
    "detail_dedup_key",
    "option_names",
    "parse_listing",
    "parse_order",
    "spread",
    "status_key",
    "variant_name",
]

from .addresses import parse_address
from .holds import hold

#: Order statuses of v2.order.get_order_detail and push code 3.
STATUS = {
    "UNPAID": OrderStatus.UNPAID,
    "PENDING": OrderStatus.PENDING,
    "INVOICE_PENDING": OrderStatus.PENDING,  # Brazil
    "READY_TO_SHIP": OrderStatus.READY_TO_SHIP,
    "RETRY_SHIP": OrderStatus.READY_TO_SHIP,  # the pick-up failed: arrange it again
    "PROCESSED": OrderStatus.PROCESSED,
    "SHIPPED": OrderStatus.SHIPPED,
    "TO_CONFIRM_RECEIVE": OrderStatus.DELIVERED,
    "COMPLETED": OrderStatus.COMPLETED,
    "IN_CANCEL": OrderStatus.IN_CANCEL,
    "CANCELLED": OrderStatus.CANCELLED,
    "TO_RETURN": OrderStatus.TO_RETURN,
}

#: `promotion_type` of lines in an add-on deal, gifts among them.
ADD_ON_DEALS = {"add_on_deal", "add_on_deal_main", "add_on_deal_sub"}


def parse_order(
    raw: Mapping[str, Any], breakdown: Mapping[str, Any] | None = None
) -> schema.Order:
    """An order of v2.order.get_order_detail, with its v2.payment.get_escrow_detail.

    Without `breakdown` there are no charges. Raises UnexpectedResponseError.
    """
    detail = Fields(raw, "order ?")
    order_id = detail.name("order_sn", 64)
    detail.owner = f"order {order_id}"
    escrow = Fields(breakdown or {}, detail.owner, "escrow_detail.")
    raw_status = detail.name("order_status", 64)
    status = STATUS.get(raw_status, OrderStatus.UNKNOWN)
    charges, unknown = bill.charges(escrow)
    lines = _lines(detail, escrow)
    order = schema.Order(
        id=order_id,
        status=status,
        raw_status=raw_status,
        region=detail.text("region", 8),
        currency=_currency(detail),
        created_at=detail.needed("create_time", detail.moment("create_time")),
        updated_at=detail.needed("update_time", detail.moment("update_time")),
        paid_at=detail.moment("pay_time"),
        ship_by=detail.moment("ship_by_date"),
        buyer=_buyer(detail),
        address=parse_address(detail.object("recipient_address")),
        lines=lines,
        charges=charges,
        unknown=unknown,
        total=_total(detail, escrow, status),
        packages=tuple(map(_package, detail.objects("package_list"))),
        fulfilled_by_platform=detail.text("fulfillment_flag") == "fulfilled_by_shopee",
        advance_fulfilment=detail.flag("advance_package"),
        hold=hold(detail, sum(line.quantity for line in lines)),
        has_breakdown=bool(escrow.object("buyer_payment_info").data),
        bill_total=escrow.object("buyer_payment_info").amount("buyer_total_amount"),
        raw=raw,
        **_plain(detail),
    )
    return bill.explained(order)


def parse_ref(row: Fields) -> schema.OrderRef:
    """A row of v2.order.get_order_list."""
    raw_status = row.text("order_status", 64)
    status = STATUS.get(raw_status, OrderStatus.UNKNOWN) if raw_status else None
    return schema.OrderRef(row.name("order_sn", 64), raw_status, status)


def detail_dedup_key(raw: Mapping[str, Any]) -> str:
    """The key that the push of code 3 about the same change has, too.

    A detail too broken for that gets one of its contents, so that it can be stored.
    """
    try:
        detail = Fields(raw, "order ?")
        return status_key(
            detail.name("order_sn", 64),
            detail.name("order_status", 64),
            detail.needed("update_time", detail.whole("update_time", 1)),
        )
    except UnexpectedResponseError:
        return hashlib.sha256(schema.dump(raw).encode()).hexdigest()


def status_key(order_id: str, raw_status: str, update_time: int) -> str:
    """The key of "this order had this status at this time", whoever tells it."""
    return f"{order_id}:{raw_status}:{update_time}"


def parse_listing(
    item: Fields, model: Fields | None = None, variant: str = ""
) -> schema.Listing:
    """A row of v2.product.get_item_base_info, with one of get_model_list if it has."""
    row = model or item
    price = next(iter(row.objects("price_info")), Fields({}, row.owner))
    stock = row.object("stock_info_v2").object("summary_info")
    barcode = row.text("gtin_code")
    return schema.Listing(
        item_id=item.name("item_id"),
        variant_id=model.name("model_id") if model else "0",
        sku=_first(model.text("model_sku") if model else "", item.text("item_sku")),
        name=item.text("item_name", 500),
        variant_name=variant,
        barcode="" if barcode == "00" else barcode,
        raw_status=item.text("item_status", 64),
        price=price.amount("current_price"),
        currency=price.text("currency", 8),
        stock=stock.whole("total_available_stock"),
    )


def option_names(models: Fields) -> list[list[str]]:
    """Names of the options, a list for each tier of v2.product.get_model_list."""
    return [
        [option.text("option", 128) for option in tier.objects("option_list")]
        for tier in models.objects("tier_variation")
    ]


def variant_name(model: Fields, options: list[list[str]]) -> str:
    """ "Red, XL": what the model's tier index points at; its own name if that fails."""
    index = model.data.get("tier_index")
    try:
        names = [options[tier][choice] for tier, choice in enumerate(index or ())]
    except (IndexError, TypeError):
        names = []
    return ", ".join(names) or model.text("model_name", 256)


def _plain(detail: Fields) -> dict[str, Any]:
    return {
        "cod": detail.flag("cod"),
        "carrier": _first(
            detail.text("shipping_carrier"), detail.text("checkout_shipping_carrier")
        ),
        "payment_method": detail.text("payment_method"),
        "message": detail.text("message_to_seller"),
        "note": detail.text("note"),
        "cancel_by": detail.text("cancel_by"),
        "cancel_reason": _first(
            detail.text("cancel_reason"), detail.text("buyer_cancel_reason")
        ),
        "dropshipper": detail.text("dropshipper"),
        "dropshipper_phone": detail.text("dropshipper_phone", 64),
    }


def _currency(detail: Fields) -> str:
    currency = detail.text("currency", 8).upper()
    if len(currency) != 3 or not currency.isalpha():
        detail.fail("currency", "a currency of three letters is needed")
    return currency


def _buyer(detail: Fields) -> schema.Buyer:
    buyer_id = detail.text("buyer_user_id", 64)
    buyer_id = "" if buyer_id == "0" else buyer_id
    return schema.Buyer(buyer_id, detail.text("buyer_username", 256))


def _total(detail: Fields, escrow: Fields, status: OrderStatus) -> Decimal | None:
    if status is OrderStatus.UNPAID:
        return None  # total_amount means something only after payment
    total = detail.amount("total_amount")
    billed = escrow.object("buyer_payment_info").amount("buyer_total_amount")
    if not total and billed is not None:
        return billed
    return total if total or "pay_time" in detail else None


def _lines(detail: Fields, escrow: Fields) -> tuple[schema.OrderLine, ...]:
    items = detail.objects("item_list")
    if not items:
        detail.fail("item_list", "an order has articles")
    bought = [_bought(item) for item in items]
    known = shares.unit_prices(bought, shares.read_rows(escrow))
    return tuple(
        line
        for index, item in enumerate(items)
        for line in _item_lines(item, index, known.get(index) or _told(bought[index]))
    )


def _item_lines(
    item: Fields, index: int, parts: shares.Parts
) -> Iterator[schema.OrderLine]:
    """A line for each unit price: more than one where a subtotal does not divide.

    A line that is cancelled as a whole stays, with no pieces.
    """
    line_id = _first(item.text("line_item_id"), str(index + 1))
    _units, cancelled = _quantities(item)
    for part, (units, price) in enumerate(parts):
        yield schema.OrderLine(
            line_id=f"{line_id}+{part}" if part else line_id,
            item_id=item.name("item_id"),
            variant_id=_first(item.text("model_id"), "0"),
            sku=_first(item.text("model_sku"), item.text("item_sku")),
            name=item.text("item_name", 500),
            variant_name=item.text("model_name", 500),
            quantity=units,
            unit_price=price,
            original_unit_price=item.amount("model_original_price") or price,
            cancelled=0 if part else cancelled,
            bundled=_deal(item) == shares.BUNDLE,
        )


def _quantities(item: Fields) -> tuple[int, int]:
    """(pieces to deliver, pieces cancelled). What was bought may or may not be lowered
    by a cancellation; `active_qty` is what is "still to be fulfilled".
    """
    name = "model_quantity_purchased"
    cancelled = item.whole("cancelled_qty") or 0
    bought = item.needed(name, item.whole(name, 0 if cancelled else 1))
    if not cancelled:
        return bought, 0
    active = item.whole("active_qty") or 0
    return min(bought, max(active, bought - cancelled)), cancelled


def _bought(item: Fields) -> shares.Bought:
    """What the detail says of one line; a bundle deal shows a price of 0."""
    quantity, cancelled = _quantities(item)
    original = item.amount("model_original_price")
    price = item.amount("model_discounted_price")
    price = original if price is None else price
    price = item.needed("model_discounted_price", price)
    if price < 0:
        item.fail("model_discounted_price", "a price is not negative")
    kind = _deal(item)
    return shares.Bought(
        article=shares.article(item),
        kind=kind,
        line_id=item.text("line_item_id"),
        bought=max(item.whole("model_quantity_purchased") or 0, quantity + cancelled),
        units=quantity,
        price=price,
        stated=bool(price) or kind != shares.BUNDLE,
        original=original or price,
    )


def _told(line: shares.Bought) -> shares.Parts:
    """The detail's own price, where the income breakdown knows none."""
    return [(line.units, line.price if line.stated else line.original)]


def _deal(item: Fields) -> str:
    """The deal a line was bought in, in the words of the income breakdown's rows."""
    rows = item.objects("promotion_list")
    kinds = {item.text("promotion_type"), *(row.text("promotion_type") for row in rows)}
    if shares.BUNDLE in kinds:
        return shares.BUNDLE
    add_on = item.flag("add_on_deal") or kinds & ADD_ON_DEALS
    return shares.ADD_ON if add_on else ""


def _package(package: Fields) -> schema.Package:
    return schema.Package(
        number=package.text("package_number", 64),
        raw_status=package.text("logistics_status", 64),
        carrier=package.text("shipping_carrier"),
        channel_id=package.text("logistics_channel_id", 64),
        lines=tuple(
            schema.PackageLine(
                item.text("item_id", 64),
                _first(item.text("model_id", 64), "0"),
                item.whole("model_quantity") or 0,
            )
            for item in package.objects("item_list")
        ),
    )


def _first(*values: str) -> str:
    return next((value for value in values if value), "")

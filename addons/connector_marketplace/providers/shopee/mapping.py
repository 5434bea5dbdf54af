"""Shopee's JSON into the words of `schema.py`. No request leaves from here."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any

from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.connector_marketplace.providers.schema import ChargeKind, OrderStatus
from odoo.addons.erp_connector_base.client.errors import UnexpectedResponseError
from odoo.addons.erp_connector_base.client.reading import (
    Fields,
    as_decimal,
    clean,
)

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

#: `buyer_payment_info` of v2.payment.get_escrow_detail: what the buyer pays more ...
FEES = {
    "shipping_fee": (ChargeKind.SHIPPING, "Shipping"),
    "insurance_premium": (ChargeKind.INSURANCE, "Insurance"),
    "buyer_service_fee": (ChargeKind.SERVICE, "Service fee"),
    "initial_buyer_txn_fee": (ChargeKind.SERVICE, "Transaction fee"),
    "bulky_handling_fee": (ChargeKind.HANDLING, "Handling of bulky goods"),
    "buyer_paid_packaging_fee": (ChargeKind.PACKAGING, "Packaging"),
    "shopeevip_subtotal": (ChargeKind.OTHER, "ShopeeVIP"),
    "buyer_tax_amount": (ChargeKind.OTHER, "Customs tax"),
    "import_tax_amount": (ChargeKind.OTHER, "Import tax"),
    "icms_tax_amount": (ChargeKind.OTHER, "ICMS"),
    "iof_tax_amount": (ChargeKind.OTHER, "IOF"),
    "shipping_fee_sst_amount": (ChargeKind.OTHER, "Service tax on shipping"),
    "bcrs_deposit": (ChargeKind.OTHER, "Container deposit"),
}
#: ... and what less. The sign they come with is not documented: always negative here.
DISCOUNTS = {
    "seller_voucher": (ChargeKind.SELLER_VOUCHER, "Seller voucher"),
    "shopee_voucher": (ChargeKind.PLATFORM_VOUCHER, "Shopee voucher"),
    "ads_voucher_discount": (ChargeKind.PLATFORM_VOUCHER, "Ads voucher"),
    "shopee_coins_redeemed": (ChargeKind.COINS, "Shopee coins"),
    "credit_card_promotion": (ChargeKind.PAYMENT_PROMOTION, "Card promotion"),
    "discount_pix": (ChargeKind.PAYMENT_PROMOTION, "PIX discount"),
    "trade_in_bonus": (ChargeKind.OTHER, "Trade-in bonus"),
}
#: Sums of the above, not parts of the bill.
_SUMS = {"buyer_total_amount", "merchant_subtotal"}


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
    charges, unknown = _charges(escrow.object("buyer_payment_info"))
    return schema.Order(
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
        address=_address(detail.object("recipient_address")),
        lines=_lines(detail, escrow),
        charges=charges,
        unknown=unknown,
        total=_total(detail, escrow, status),
        packages=tuple(map(_package, detail.objects("package_list"))),
        fulfilled_by_platform=detail.text("fulfillment_flag") == "fulfilled_by_shopee",
        advance_fulfilment=detail.flag("advance_package"),
        hold=hold(detail),
        has_breakdown=bool(escrow.object("buyer_payment_info").data),
        raw=raw,
        **_plain(detail),
    )


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
    bill = escrow.object("buyer_payment_info").amount("buyer_total_amount")
    if not total and bill is not None:
        return bill
    return total if total or "pay_time" in detail else None


def _lines(detail: Fields, escrow: Fields) -> tuple[schema.OrderLine, ...]:
    items = detail.objects("item_list")
    if not items:
        detail.fail("item_list", "an order has articles")
    subtotals = _bundle_subtotals(escrow)
    return tuple(
        line
        for number, item in enumerate(items, 1)
        for line in _item_lines(item, str(number), subtotals)
    )


def _item_lines(
    item: Fields, number: str, subtotals: Mapping[tuple[str, ...], Decimal]
) -> Iterator[schema.OrderLine]:
    quantity, cancelled = _quantities(item)
    line_id = _first(item.text("line_item_id"), number)
    parts = _prices(item, quantity or 1, subtotals)
    if not quantity:
        parts = [(0, parts[0][1])]
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


def _prices(
    item: Fields, quantity: int, subtotals: Mapping[tuple[str, ...], Decimal]
) -> list[tuple[int, Decimal]]:
    """(units, unit price) of one line: more than one where a subtotal does not divide.

    A bundle deal shows a discounted price of 0: the escrow items know the subtotal.
    """
    original = item.amount("model_original_price")
    price = item.amount("model_discounted_price")
    price = original if price is None else price
    price = item.needed("model_discounted_price", price)
    if price < 0:
        item.fail("model_discounted_price", "a price is not negative")
    if price or not _is_bundle(item):
        return [(quantity, price)]
    keys = _line_keys(item)
    subtotal = next((subtotals[key] for key in keys if key in subtotals), None)
    return (
        [(quantity, original or price)]
        if subtotal is None
        else spread(subtotal, quantity)
    )


def spread(subtotal: Decimal, quantity: int) -> list[tuple[int, Decimal]]:
    """Unit prices in whole rupiah (cents, if it has any) that sum up to `subtotal`.

    >>> spread(Decimal(10000), 3)
    [(2, Decimal('3333')), (1, Decimal('3334'))]
    """
    step = Decimal(1) if subtotal == subtotal.to_integral_value() else Decimal("0.01")
    low = (subtotal / quantity).quantize(step, ROUND_DOWN)
    dearer = int((subtotal - low * quantity) / step)
    parts = [(quantity - dearer, low), (dearer, low + step)]
    return [part for part in parts if part[0]]


def _is_bundle(item: Fields) -> bool:
    kinds = {promotion.text("promotion_type") for promotion in _promotions(item)}
    return "bundle_deal" in kinds | {item.text("promotion_type")}


def _promotions(item: Fields) -> tuple[Fields, ...]:
    return item.objects("promotion_list")


def _line_keys(item: Fields) -> tuple[tuple[str, ...], ...]:
    article = (item.text("item_id"), _first(item.text("model_id"), "0"))
    line_id = item.text("line_item_id")
    return ((line_id,), article) if line_id else (article,)


def _bundle_subtotals(escrow: Fields) -> dict[tuple[str, ...], Decimal]:
    """Subtotal by line, where the escrow items are in the order's currency.

    The batch answer may hold them in another one: they must sum up to the bill's own.
    """
    found: dict[tuple[str, ...], list[Decimal]] = defaultdict(list)
    total = Decimal()
    for item in escrow.object("order_income").objects("items"):
        subtotal = item.amount("discounted_price") or Decimal()
        total += subtotal
        for key in _line_keys(item):
            found[key].append(subtotal)
    expected = escrow.object("buyer_payment_info").amount("merchant_subtotal")
    if expected is not None and expected != total:
        return {}
    return {key: rows[0] for key, rows in found.items() if len(rows) == 1}


def _charges(
    bill: Fields,
) -> tuple[tuple[schema.Charge, ...], dict[str, Decimal]]:
    charges = []
    for code, (kind, label) in FEES.items():
        amount = bill.amount(code)
        if amount:
            charges.append(schema.Charge(kind, amount, label, code))
    for code, (kind, label) in DISCOUNTS.items():
        amount = bill.amount(code)
        if amount:
            charges.append(schema.Charge(kind, -abs(amount), label, code))
    return tuple(charges), _unknown_amounts(bill)


def _unknown_amounts(bill: Fields) -> dict[str, Decimal]:
    known = FEES.keys() | DISCOUNTS.keys() | _SUMS
    unknown = {}
    for code in bill.data.keys() - known:
        value = bill.data[code]
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            amount = as_decimal(value)
            if amount:
                unknown[clean(code, 64)] = amount
    return dict(sorted(unknown.items()))


def _address(place: Fields) -> schema.Address | None:
    parts = {
        "name": place.text("name", 256),
        "phone": place.text("phone", 64),
        "district": place.text("district", 128),
        "town": place.text("town", 128),
        "city": place.text("city", 128),
        "state": place.text("state", 128),
        "zip": place.text("zipcode", 32),
        "country": place.text("region", 8),
        "full": place.text("full_address", 1000),
    }
    if not any(parts.values()):
        return None
    masked = any("**" in part for part in parts.values())
    return schema.Address(street=_street(parts), masked=masked, **parts)


def _street(parts: Mapping[str, str]) -> str:
    """The full address without its tail of places that have fields of their own."""
    places = ("district", "town", "city", "state", "zip", "country")
    known = {parts[place].casefold() for place in places} - {""}
    pieces = [piece.strip() for piece in parts["full"].split(",")]
    while pieces and pieces[-1].casefold() in known | {"", "indonesia"}:
        pieces.pop()
    return ", ".join(pieces) or parts["full"]


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

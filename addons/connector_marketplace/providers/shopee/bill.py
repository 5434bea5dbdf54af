"""The buyer's bill of v2.payment.get_escrow_detail: what is paid beside the goods."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import product

from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.connector_marketplace.providers.schema import ChargeKind
from odoo.addons.erp_connector_base.client.reading import Fields, as_decimal, clean

#: `buyer_payment_info`: what the buyer pays more ...
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
    # in answers recorded in 2025 and 2026, on no page of the documentation
    "buyer_paid_installation_fee": (ChargeKind.OTHER, "Installation"),
    "buyer_paid_extended_warranty": (ChargeKind.OTHER, "Extended warranty"),
    "buyer_instant_fee": (ChargeKind.OTHER, "Instant delivery"),
    "vat": (ChargeKind.OTHER, "VAT"),
    "footwear_tax": (ChargeKind.OTHER, "Footwear tax"),
    "import_duty_and_excise_tax": (ChargeKind.OTHER, "Import duty and excise"),
    "import_processing_charge": (ChargeKind.OTHER, "Import processing"),
    "lvg_sales_tax_adjustment": (ChargeKind.OTHER, "Sales tax on low-value goods"),
}
#: ... names that begin so, too ...
FEE_PREFIXES = {"import_": ChargeKind.OTHER}
#: ... and what less. The sign they come with is not documented: always negative here.
DISCOUNTS = {
    "seller_voucher": (ChargeKind.SELLER_VOUCHER, "Seller voucher"),
    "shopee_voucher": (ChargeKind.PLATFORM_VOUCHER, "Shopee voucher"),
    "ads_voucher_discount": (ChargeKind.PLATFORM_VOUCHER, "Ads voucher"),
    "shopee_coins_redeemed": (ChargeKind.COINS, "Shopee coins"),
    "credit_card_promotion": (ChargeKind.PAYMENT_PROMOTION, "Card promotion"),
    "discount_pix": (ChargeKind.PAYMENT_PROMOTION, "PIX discount"),
    "trade_in_bonus": (ChargeKind.OTHER, "Trade-in bonus"),
    "trade_in_discount": (ChargeKind.OTHER, "Trade-in discount"),
}
#: Sums of the above, not parts of the bill.
SUMS = {"buyer_total_amount", "merchant_subtotal", "total_tax_and_fees_amount"}
#: More unknown amounts than this are not tried out against the total.
MOST_UNKNOWN = 6


def charges(escrow: Fields) -> tuple[tuple[schema.Charge, ...], dict[str, Decimal]]:
    """(charges, {field name: amount of unknown meaning}) of an income breakdown."""
    bill = escrow.object("buyer_payment_info")
    found = [
        schema.Charge(kind, amount, label, code)
        for code, (kind, label) in _fees(bill).items()
        if (amount := bill.amount(code))
    ]
    for code, (kind, label) in DISCOUNTS.items():
        if amount := bill.amount(code):
            found.append(schema.Charge(kind, -abs(amount), label, code))
    found += _given_in_coins(escrow.object("order_income"))
    return tuple(found), _unknown_amounts(bill)


def explained(order: schema.Order) -> schema.Order:
    """`order` with its unknown amounts as other charges, where the total proves them.

    They are proved when one way only, of taking some of them as fees or discounts,
    makes up for all of the difference. Else they stay unknown.
    """
    if not order.difference or not 0 < len(order.unknown) <= MOST_UNKNOWN:
        return order
    names = list(order.unknown)
    sizes = [abs(order.unknown[name]) for name in names]
    ways = [
        signs
        for signs in product((0, 1, -1), repeat=len(names))
        if sum(s * size for s, size in zip(signs, sizes, strict=True))
        == order.difference
    ]
    if len(ways) != 1:
        return order
    proved = {
        name: sign * size
        for name, size, sign in zip(names, sizes, ways[0], strict=True)
        if sign
    }
    others = tuple(
        schema.Charge(ChargeKind.OTHER, amount, _words(name), name)
        for name, amount in proved.items()
    )
    rest = {name: v for name, v in order.unknown.items() if name not in proved}
    return replace(order, charges=order.charges + others, unknown=rest)


def _fees(bill: Fields) -> Mapping[str, tuple[ChargeKind, str]]:
    named = {
        code: (kind, _words(code))
        for code in sorted(bill.data.keys() - FEES.keys())
        for prefix, kind in FEE_PREFIXES.items()
        if code.startswith(prefix)
    }
    return {**FEES, **named}


def _given_in_coins(income: Fields) -> list[schema.Charge]:
    """Coins the seller grants: less for the seller, owed to the platform.

    The buyer pays none of it, so the two sides are zero together; settlement takes
    `seller_coin_cash_back` off the payout.
    """
    amount = abs(income.amount("seller_coin_cash_back") or Decimal())
    if not amount:
        return []
    code = "seller_coin_cash_back"
    return [
        schema.Charge(ChargeKind.SELLER_COINS, -amount, "Coins from the seller", code),
        schema.Charge(ChargeKind.COINS, amount, "Coins granted by Shopee", code),
    ]


def _unknown_amounts(bill: Fields) -> dict[str, Decimal]:
    known = _fees(bill).keys() | DISCOUNTS.keys() | SUMS
    unknown = {}
    for code in bill.data.keys() - known:
        value = bill.data[code]
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            amount = as_decimal(value)
            if amount:
                unknown[clean(code, 64)] = amount
    return dict(sorted(unknown.items()))


def _words(code: str) -> str:
    """A field name as a label.

    >>> _words("moon_fee")
    'Moon fee'
    """
    return clean(code, 64).replace("_", " ").strip().capitalize()

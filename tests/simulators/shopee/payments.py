"""v2.payment: what the buyer paid and what the seller gets, to the rupiah."""

from typing import Any

from . import absent
from .breakdowns import readable, readable_one
from .envelope import ApiError, Call, Endpoint
from .lines import (
    ADDON_ID,
    BUNDLE_ID,
    article_fields,
    line_ids,
    promotion_list,
    shown_lines,
    told,
)
from .orders import payment_method
from .state import CANCELLED, Line, Order

COMMISSION_PER_MILLE = 65
SERVICE_PER_MILLE = 40
TAX_PER_MILLE = 5
PROCESSING_FEE = 1250

PLUS = (
    "original_cost_of_goods_sold",
    "seller_return_refund",
    "shopee_discount",
    "buyer_paid_shipping_fee",
    "shopee_shipping_rebate",
    "shipping_fee_discount_from_3pl",
    "rsf_seller_protection_fee_claim_amount",
    "buyer_paid_packaging_fee",
)
MINUS = (
    "original_shopee_discount",
    "voucher_from_seller",
    "seller_coin_cash_back",
    "actual_shipping_fee",
    "reverse_shipping_fee",
    "final_return_to_seller_shipping_fee",
    "seller_transaction_fee",
    "service_fee",
    "commission_fee",
    "campaign_fee",
    "shipping_seller_protection_fee_amount",
    "delivery_seller_protection_fee_premium_amount",
    "order_ams_commission_fee",
    "escrow_tax",
    "withholding_tax",
    "seller_order_processing_fee",
    "fbs_fee",
    "ads_escrow_top_up_fee_or_technical_support_fee",
)
#: Shown with the sign of the setting ``escrow_voucher_sign``.
SIGNED = ("voucher_from_seller", "voucher_from_shopee", "coins")
ZERO_INCOME = (
    "voucher_from_external_party",
    "buyer_transaction_fee",
    "cross_border_tax",
    "payment_promotion",
    "seller_lost_compensation",
    "seller_shipping_discount",
    "drc_adjustable_refund",
    "final_product_protection",
    "credit_card_promotion",
    "credit_card_transaction_fee",
    "total_adjustment_amount",
)
ZERO_PAYMENT = (
    "buyer_tax_amount",
    "credit_card_promotion",
    "initial_buyer_txn_fee",
    "buyer_paid_packaging_fee",
    "trade_in_bonus",
    "bulky_handling_fee",
    "ads_voucher_discount",
)


def escrow_detail(sim: Any, call: Call) -> dict[str, Any]:
    """v2.payment.get_escrow_detail."""
    sn = call.args.get("order_sn")
    if not sn:
        raise ApiError("error_param", "order_sn is required.")
    order, bare = readable_one(sim, call, sn)
    return escrow(sim, order, bare)


def escrow_batch(sim: Any, call: Call) -> list[dict[str, Any]]:
    """v2.payment.get_escrow_detail_batch: what is not found is left out."""
    sns = call.body.get("order_sn_list") or call.args.get("order_sn_list", "")
    sns = sns.split(",") if isinstance(sns, str) else sns
    if not isinstance(sns, list) or not 1 <= len(list(filter(None, sns))) <= 50:
        raise ApiError("error_param", "order_sn_list must hold 1 to 50 orders.")
    found = readable(sim, call, sns)
    return [{"escrow_detail": escrow(sim, order, bare)} for order, bare in found]


def escrow_batch_by_get(sim: Any, call: Call) -> list[dict[str, Any]]:
    """The documentation says GET, an SDK says POST: GET only when switched on."""
    if "GET" not in sim.config["escrow_batch_methods"]:
        raise ApiError("error_not_found", "404 page not found", 404)
    return escrow_batch(sim, call)


def escrow(
    sim: Any, order: Order, bare: bool = False, spoilt: bool = True
) -> dict[str, Any]:
    """The income and the payment of one order; ``bare``: without amounts yet.

    ``spoilt``: without the fields that are to be missing.
    """
    found = {
        "order_sn": order.sn,
        "buyer_user_name": order.buyer.username,
        "return_order_sn_list": [],
        "order_income": {} if bare else _income(sim, order),
        "buyer_payment_info": {} if bare else _payment(sim, order),
    }
    return absent.spoil(sim, order, found) if spoilt else found


def _payment(sim: Any, order: Order) -> dict[str, Any]:
    """What the buyer pays, or what it was at the checkout (``partial_bill``).

    The sign of vouchers is not documented.
    """
    if order.checkout and told(sim, order, "partial_bill") == "checkout":
        order = order.checkout
    sign, extra = sim.config["voucher_sign"], order.amounts
    amounts = {
        "buyer_service_fee": extra.buyer_service_fee,
        "buyer_total_amount": order.total,
        "insurance_premium": extra.insurance_premium,
        "merchant_subtotal": order.merchandise,
        "seller_voucher": sign * extra.seller_voucher,
        "shipping_fee": extra.shipping_fee,
        "shopee_voucher": sign * extra.shopee_voucher,
        "shopee_coins_redeemed": sign * extra.coins,
        **order.fees,
        **{name: sign * amount for name, amount in order.discounts.items()},
    }
    if sim.config["fee_sum"]:
        own = extra.insurance_premium + extra.buyer_service_fee
        amounts["total_tax_and_fees_amount"] = own + sum(order.fees.values())
    return {
        "buyer_payment_method": payment_method(order),
        "is_paid_by_credit_card": False,
        **_floats(dict.fromkeys(ZERO_PAYMENT, 0)),
        **_floats(amounts),
    }


def _income(sim: Any, order: Order) -> dict[str, Any]:
    amounts = dict.fromkeys((*ZERO_INCOME, *PLUS, *MINUS), 0)
    if order.status != CANCELLED:
        amounts.update(_income_amounts(order))
    amounts["buyer_total_amount"] = order.total
    plus = sum(amounts[name] for name in PLUS)
    minus = sum(amounts[name] for name in {*MINUS, *order.seller_fees})
    amounts["escrow_amount"] = plus - minus
    amounts["escrow_amount_after_adjustment"] = amounts["escrow_amount"]
    for name in SIGNED:
        amounts[name] = sim.config["escrow_voucher_sign"] * amounts.get(name, 0)
    return {
        **_floats(amounts),
        "buyer_payment_method": payment_method(order),
        "instalment_plan": "N/A",
        "seller_voucher_code": ["TOKO5"] if order.amounts.seller_voucher else [],
        "order_adjustment": [],
        "items": _income_items(sim, order),
    }


def _income_amounts(order: Order) -> dict[str, int]:
    extra = order.amounts
    goods = order.merchandise
    base = goods - extra.seller_voucher
    return {
        "order_original_price": order.original,
        "original_price": order.original,
        "order_discounted_price": goods,
        "order_selling_price": sum(line.selling_subtotal for line in order.lines),
        "order_seller_discount": order.original - goods,
        "seller_discount": order.original - goods,
        "voucher_from_seller": extra.seller_voucher,
        "voucher_from_shopee": extra.shopee_voucher,
        "coins": extra.coins,
        "buyer_paid_shipping_fee": extra.shipping_fee,
        "estimated_shipping_fee": extra.shipping_fee + extra.shipping_rebate,
        "actual_shipping_fee": extra.shipping_fee + extra.shipping_rebate,
        "shopee_shipping_rebate": extra.shipping_rebate,
        "final_shipping_fee": 0,
        "cost_of_goods_sold": goods,
        "original_cost_of_goods_sold": goods,
        "commission_fee": base * COMMISSION_PER_MILLE // 1000,
        "service_fee": base * SERVICE_PER_MILLE // 1000,
        "withholding_tax": base * TAX_PER_MILLE // 1000,
        "seller_order_processing_fee": PROCESSING_FEE,
        "buyer_paid_packaging_fee": order.fees.get("buyer_paid_packaging_fee", 0),
        **order.seller_fees,
    }


def _income_items(sim: Any, order: Order) -> list[dict[str, Any]]:
    extra, lines = order.amounts, order.lines
    everything = [line.subtotal for line in lines]
    outside_bundles = [0 if line.bundle else line.subtotal for line in lines]
    sellers = share(extra.seller_voucher, everything)
    platforms = share(extra.shopee_voucher, everything)
    coins = share(extra.coins, outside_bundles)
    return [
        _income_item(sim, order, line, number)
        | _offsets(sellers[number], platforms[number], coins[number])
        for number, line in shown_lines(sim, order)
    ]


def share(amount: int, weights: list[int]) -> list[int]:
    """Split rupiah by weight; the parts add up exactly, unless nothing has any."""
    left, weight, parts = amount, sum(weights), []
    for own in weights:
        part = left * own // weight if weight else 0
        parts.append(part)
        left, weight = left - part, weight - own
    return parts


def _income_item(sim: Any, order: Order, line: Line, number: int) -> dict[str, Any]:
    amounts = {
        "original_price": line.original_subtotal,
        "selling_price": line.selling_subtotal,
        "discounted_price": line.subtotal,
        "seller_discount": line.original_subtotal - line.subtotal,
        "shopee_discount": 0,
        "ams_commission_fee": 0,
    }
    activity, activity_id = _activity(line)
    return {
        **article_fields(line),
        **line_ids(sim, order, line, number),
        **_floats(amounts),
        "activity_type": activity,
        "activity_id": activity_id,
        "is_main_item": line.main,
        "quantity_purchased": line.active,
        "is_b2c_shop_item": False,
        "promotion_list": promotion_list(line),
    }


def _offsets(seller: int, shopee: int, coins: int) -> dict[str, float]:
    amounts = {
        "discount_from_coin": coins,
        "discount_from_voucher_shopee": shopee,
        "discount_from_voucher_seller": seller,
    }
    return _floats(amounts)


def _activity(line: Line) -> tuple[str, int]:
    if line.bundle:
        return "bundle_deal", BUNDLE_ID + line.bundle
    return ("add_on_deal", ADDON_ID + line.addon) if line.addon else ("", 0)


def _floats(amounts: dict[str, int]) -> dict[str, float]:
    return {name: float(value) for name, value in amounts.items()}


ROUTES = {
    ("GET", "/api/v2/payment/get_escrow_detail"): Endpoint(escrow_detail),
    ("POST", "/api/v2/payment/get_escrow_detail_batch"): Endpoint(escrow_batch),
    ("GET", "/api/v2/payment/get_escrow_detail_batch"): Endpoint(escrow_batch_by_get),
}

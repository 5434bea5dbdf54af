"""v2.payment: what the buyer paid and what the seller gets, to the rupiah."""

from typing import Any

from .envelope import ApiError, Call, Endpoint
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
    order = sim.orders.get(sn)
    if order is None or order.shop_id != call.shop_id:
        raise ApiError("order_not_found", "Wrong order_sn.")
    if not order.charged:
        raise ApiError("common.error_not_found", "Income not found.")
    return escrow(sim, order)


def escrow_batch(sim: Any, call: Call) -> list[dict[str, Any]]:
    """v2.payment.get_escrow_detail_batch: what is not found is left out."""
    sns = call.body.get("order_sn_list") or call.args.get("order_sn_list", "")
    sns = sns.split(",") if isinstance(sns, str) else sns
    if not isinstance(sns, list) or not 1 <= len(list(filter(None, sns))) <= 50:
        raise ApiError("error_param", "order_sn_list must hold 1 to 50 orders.")
    found = [sim.orders[sn] for sn in sns if sn in sim.orders]
    return [
        {"escrow_detail": escrow(sim, order)}
        for order in found
        if order.shop_id == call.shop_id and order.charged
    ]


def escrow_batch_by_get(sim: Any, call: Call) -> list[dict[str, Any]]:
    """The documentation says GET, an SDK says POST: GET only when switched on."""
    if "GET" not in sim.config["escrow_batch_methods"]:
        raise ApiError("error_not_found", "404 page not found", 404)
    return escrow_batch(sim, call)


def escrow(sim: Any, order: Order) -> dict[str, Any]:
    """The income and the payment of one order."""
    return {
        "order_sn": order.sn,
        "buyer_user_name": order.buyer.username,
        "return_order_sn_list": [],
        "order_income": _income(sim, order),
        "buyer_payment_info": _payment(sim, order),
    }


def _payment(sim: Any, order: Order) -> dict[str, Any]:
    """The snapshot of the checkout. The sign of vouchers is not documented."""
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
    }
    return {
        "buyer_payment_method": payment_method(order),
        "is_paid_by_credit_card": False,
        **_floats(dict.fromkeys(ZERO_PAYMENT, 0)),
        **_floats(amounts),
    }


def _income(sim: Any, order: Order) -> dict[str, Any]:
    amounts = dict.fromkeys((*ZERO_INCOME, *PLUS, *MINUS), 0)
    if order.status != CANCELLED:
        amounts.update(_income_amounts(sim, order))
    amounts["buyer_total_amount"] = order.total
    plus = sum(amounts[name] for name in PLUS)
    amounts["escrow_amount"] = plus - sum(amounts[name] for name in MINUS)
    amounts["escrow_amount_after_adjustment"] = amounts["escrow_amount"]
    return {
        **_floats(amounts),
        "buyer_payment_method": payment_method(order),
        "instalment_plan": "N/A",
        "seller_voucher_code": ["TOKO5"] if order.amounts.seller_voucher else [],
        "order_adjustment": [],
        "items": _income_items(order),
    }


def _income_amounts(sim: Any, order: Order) -> dict[str, int]:
    sign, extra = sim.config["escrow_voucher_sign"], order.amounts
    goods = order.merchandise
    base = goods - extra.seller_voucher
    return {
        "order_original_price": order.original,
        "original_price": order.original,
        "order_discounted_price": goods,
        "order_selling_price": order.original,
        "order_seller_discount": order.original - goods,
        "seller_discount": order.original - goods,
        "voucher_from_seller": sign * extra.seller_voucher,
        "voucher_from_shopee": sign * extra.shopee_voucher,
        "coins": sign * extra.coins,
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
    }


def _income_items(order: Order) -> list[dict[str, Any]]:
    extra = order.amounts
    shares = zip(
        order.lines,
        share(extra.seller_voucher, order.lines),
        share(extra.shopee_voucher, order.lines),
        share(extra.coins, order.lines),
        strict=True,
    )
    return [_income_item(*row, number) for number, row in enumerate(shares)]


def share(amount: int, lines: list[Line]) -> list[int]:
    """Split rupiah over lines by their value; the parts add up exactly."""
    left, weight, parts = amount, sum(line.subtotal for line in lines), []
    for line in lines:
        part = left * line.subtotal // weight if weight else 0
        parts.append(part)
        left, weight = left - part, weight - line.subtotal
    if parts:
        parts[-1] += left
    return parts


def _income_item(
    line: Line, seller: int, shopee: int, coins: int, number: int
) -> dict[str, Any]:
    article, original = line.article, line.original * line.quantity
    variant = bool(article.model_id)
    amounts = {
        "original_price": original,
        "selling_price": original,
        "discounted_price": line.subtotal,
        "seller_discount": original - line.subtotal,
        "shopee_discount": 0,
        "discount_from_coin": coins,
        "discount_from_voucher_shopee": shopee,
        "discount_from_voucher_seller": seller,
        "ams_commission_fee": 0,
    }
    return {
        "item_id": article.item_id,
        "item_name": article.name,
        "item_sku": article.parent_sku if variant else article.sku,
        "model_id": article.model_id,
        "model_name": article.model_name,
        "model_sku": article.sku if variant else "",
        "line_item_id": article.item_id * 100 + number,
        **_floats(amounts),
        "activity_type": "",
        "activity_id": 0,
        "is_main_item": False,
        "quantity_purchased": line.quantity,
        "is_b2c_shop_item": False,
        "promotion_list": [],
    }


def _floats(amounts: dict[str, int]) -> dict[str, float]:
    return {name: float(value) for name, value in amounts.items()}


ROUTES = {
    ("GET", "/api/v2/payment/get_escrow_detail"): Endpoint(escrow_detail),
    ("POST", "/api/v2/payment/get_escrow_detail_batch"): Endpoint(escrow_batch),
    ("GET", "/api/v2/payment/get_escrow_detail_batch"): Endpoint(escrow_batch_by_get),
}

"""Whether a breakdown adds up, by the formulas of the documentation."""

from typing import Any

from .payments import MINUS, PLUS, escrow
from .state import CANCELLED, Order

PAYS = ("merchant_subtotal", "shipping_fee", "insurance_premium", "buyer_service_fee")
DISCOUNTS = ("seller_voucher", "shopee_voucher", "shopee_coins_redeemed")


def books(sim: Any, order: Order) -> dict[str, Any]:
    """What an order's breakdown says, and every sum in it that is not right.

    Fields that answers leave out on purpose are in it: this is the shop's own view.
    """
    found = escrow(sim, order, spoilt=False)
    bill, income = found["buyer_payment_info"], found["order_income"]
    checks = {
        "buyer_total_amount": (bill["buyer_total_amount"], _paid(order, bill)),
        "escrow_amount": (income["escrow_amount"], _payout(order, income)),
        "items": _items(order, income),
        "order_discounted_price": _goods(order, income),
    }
    return {
        "order_sn": order.sn,
        "total": order.total,
        "merchandise": order.merchandise,
        "buyer_payment_info": bill,
        "order_income": income,
        "wrong": {name: both for name, both in checks.items() if both[0] != both[1]},
    }


def _paid(order: Order, bill: dict[str, Any]) -> float:
    plus = sum(bill[name] for name in {*PAYS, *order.fees})
    return plus - sum(abs(bill[name]) for name in {*DISCOUNTS, *order.discounts})


def _payout(order: Order, income: dict[str, Any]) -> float:
    minus = sum(abs(income[name]) for name in {*MINUS, *order.seller_fees})
    return sum(income[name] for name in PLUS) - minus


def _items(order: Order, income: dict[str, Any]) -> tuple[Any, Any]:
    rows = income["items"]
    prices = sum(row["discounted_price"] for row in rows)
    discounts = sum(row["original_price"] - row["seller_discount"] for row in rows)
    return (prices, discounts), (float(order.merchandise),) * 2


def _goods(order: Order, income: dict[str, Any]) -> tuple[float, float]:
    told = income.get("order_discounted_price", 0.0)
    return told, 0.0 if order.status == CANCELLED else float(order.merchandise)

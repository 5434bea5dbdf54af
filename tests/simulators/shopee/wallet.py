"""v2.payment: what was paid out to the seller's wallet."""

from typing import Any

from .envelope import ApiError, Call, Endpoint
from .payments import escrow
from .state import COMPLETED, Order

MAX_WINDOW = 15 * 86400


def released(sim: Any, shop_id: int) -> list[tuple[int, Order, float]]:
    """(second, order, rupiah) of every completed order, oldest first."""
    rows = []
    for order in sim.orders.values():
        seconds = [second for status, second in order.history if status == COMPLETED]
        if seconds and order.shop_id == shop_id:
            income = escrow(sim, order, spoilt=False)["order_income"]
            rows.append((seconds[0], order, income["escrow_amount"]))
    return sorted(rows, key=lambda row: (row[0], row[1].sn))


def escrow_list(sim: Any, call: Call) -> dict[str, Any]:
    """v2.payment.get_escrow_list: pages from 1."""
    start, end = call.integer("release_time_from"), call.integer("release_time_to")
    rows = [row for row in released(sim, call.shop_id) if start <= row[0] <= end]
    page, more = _page(call, rows, call.integer("page_no", 1) - 1)
    return {
        "escrow_list": [
            {
                "order_sn": order.sn,
                "payout_amount": amount,
                "escrow_release_time": second,
            }
            for second, order, amount in page
        ],
        "more": more,
    }


def transactions(sim: Any, call: Call) -> dict[str, Any]:
    """v2.payment.get_wallet_transaction_list: newest first, pages from 0."""
    end = call.integer("create_time_to", call.now)
    start = call.integer("create_time_from", end - MAX_WINDOW)
    if start > end:
        raise ApiError("time_invalid", "Start time must be earlier than end time.")
    if end - start > MAX_WINDOW:
        raise ApiError("time_period_too_large", "At most 15 days.")
    rows, balance = [], 0.0
    for second, order, amount in released(sim, call.shop_id):
        balance += amount
        if start <= second <= end:
            rows.append(_transaction(second, order, amount, balance))
    page, more = _page(call, rows[::-1], call.integer("page_no"))
    return {"transaction_list": page, "more": more}


def _transaction(
    second: int, order: Order, amount: float, balance: float
) -> dict[str, Any]:
    return {
        "status": "COMPLETED",
        "transaction_type": "ESCROW_VERIFIED_ADD",
        "amount": amount,
        "current_balance": balance,
        "create_time": second,
        "order_sn": order.sn,
        "refund_sn": "",
        "transaction_fee": 0.0,
        "description": "",
        "buyer_name": order.buyer.username,
        "pay_order_list": [],
        "withdrawal_id": 0,
        "money_flow": "MONEY_IN",
        "transaction_tab_type": "wallet_order_income",
    }


def _page(call: Call, rows: list, number: int) -> tuple[list, bool]:
    size = call.integer("page_size", 40)
    if not 1 <= size <= 100 or number < 0:
        raise ApiError("error_param", "page_size must be between 1 and 100.")
    end = (number + 1) * size
    return rows[number * size : end], end < len(rows)


ROUTES = {
    ("GET", "/api/v2/payment/get_escrow_list"): Endpoint(escrow_list),
    ("GET", "/api/v2/payment/get_wallet_transaction_list"): Endpoint(transactions),
}

"""Escrow: every amount is consistent to the rupiah."""

import pytest

from tests.simulators.shopee.payments import MINUS, PLUS

DETAIL = "/api/v2/payment/get_escrow_detail"
BATCH = "/api/v2/payment/get_escrow_detail_batch"
AMOUNTS = {
    "seller_voucher": 5001,
    "shopee_voucher": 7003,
    "coins": 333,
    "shipping_fee": 9000,
    "insurance_premium": 350,
    "buyer_service_fee": 1000,
}
CHARGES = (
    "merchant_subtotal",
    "shipping_fee",
    "insurance_premium",
    "buyer_service_fee",
    "seller_voucher",
    "shopee_voucher",
    "shopee_coins_redeemed",
)


def test_the_parts_of_the_payment_add_up_to_what_the_buyer_paid(client, shop):
    for sn in [*shop.place(40), *shop.place(**AMOUNTS)]:
        escrow = client.call(DETAIL, order_sn=sn)["response"]
        payment = escrow["buyer_payment_info"]
        total = shop.order(sn)["total"]
        assert sum(payment[name] for name in CHARGES) == total
        assert payment["buyer_total_amount"] == total
        assert escrow["order_income"]["buyer_total_amount"] == total


def test_the_escrow_formula_balances(client, shop):
    for sn in shop.place(20):
        income = client.call(DETAIL, order_sn=sn)["response"]["order_income"]
        plus, minus = (sum(income[name] for name in names) for names in (PLUS, MINUS))
        assert income["escrow_amount"] == plus - minus > 0


def test_vouchers_are_split_over_the_lines_without_a_remainder(client, shop):
    [sn] = shop.place(skus=["SKU-001", "SKU-002", "SKU-003"], **AMOUNTS)
    items = client.call(DETAIL, order_sn=sn)["response"]["order_income"]["items"]
    assert sum(item["discount_from_voucher_seller"] for item in items) == 5001
    assert sum(item["discount_from_voucher_shopee"] for item in items) == 7003
    assert sum(item["discount_from_coin"] for item in items) == 333


def test_the_undocumented_sign_of_vouchers_is_a_setting(client, shop):
    [sn] = shop.place(**AMOUNTS)
    answer = client.call(DETAIL, order_sn=sn)["response"]
    assert answer["buyer_payment_info"]["seller_voucher"] == -5001
    assert answer["order_income"]["voucher_from_seller"] == 5001
    shop.config(voucher_sign=1)
    answer = client.call(DETAIL, order_sn=sn)["response"]
    assert answer["buyer_payment_info"]["seller_voucher"] == 5001


def test_unpaid_orders_have_no_income(client, shop):
    [sn] = shop.place(status="UNPAID")
    assert client.call(DETAIL, order_sn=sn)["error"] == "common.error_not_found"


def test_cancelled_orders_earn_nothing(client, shop):
    [sn] = shop.place()
    shop.cancel(sn)
    income = client.call(DETAIL, order_sn=sn)["response"]["order_income"]
    assert income["escrow_amount"] == 0


@pytest.mark.parametrize(
    ("query", "code"), [({}, "error_param"), ({"order_sn": "X"}, "order_not_found")]
)
def test_wrong_order_numbers_are_refused(client, query, code):
    assert client.call(DETAIL, **query)["error"] == code


def test_the_batch_is_a_list_without_what_it_does_not_know(client, shop):
    sns, unpaid = shop.place(3), shop.place(status="UNPAID")
    answer = client.call(BATCH, {"order_sn_list": [*sns, *unpaid, "X"]})
    found = [row["escrow_detail"]["order_sn"] for row in answer["response"]]
    assert found == sns


def test_the_batch_by_get_works_only_when_switched_on(client, shop):
    sns = shop.place(2)
    refused = client.raw(BATCH, order_sn_list=",".join(sns))
    assert refused.status_code == 404
    shop.config(escrow_batch_methods=["GET", "POST"])
    assert len(client.call(BATCH, order_sn_list=",".join(sns))["response"]) == 2


def test_the_batch_takes_fifty_and_no_more(client, shop):
    answer = client.call(BATCH, {"order_sn_list": shop.place(51)})
    assert answer["error"] == "error_param"

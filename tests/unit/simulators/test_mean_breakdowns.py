"""Breakdowns that are late, forbidden, left out, odd - and always add up."""

import pytest

from tests.simulators.control import ControlFailure

from .test_mean_orders import BUNDLE, TWO

SINGLE = "/api/v2/payment/get_escrow_detail"
BATCH = "/api/v2/payment/get_escrow_detail_batch"


def single(client, sn):
    answer = client.call(SINGLE, order_sn=sn)
    return answer["error"] or answer["response"]


def batch(client, *sns):
    answer = client.call(BATCH, {"order_sn_list": list(sns)})
    if answer["error"]:
        return answer["error"]
    return [row["escrow_detail"]["order_sn"] for row in answer["response"]]


def test_a_breakdown_may_come_after_some_reads(client, shop):
    late, prompt = shop.place(breakdown_after_reads=2)[0], shop.place()[0]
    assert single(client, late) == "common.error_not_found"
    assert batch(client, late, prompt) == [prompt]
    assert batch(client, late, prompt) == [late, prompt]
    assert single(client, late)["order_sn"] == late


def test_a_breakdown_may_come_after_some_seconds(client, shop):
    shop.config(breakdown_after=60, breakdown_early="order_not_found")
    [sn] = shop.place()
    assert single(client, sn) == "order_not_found"
    shop.advance_clock(61)
    assert single(client, sn)["order_sn"] == sn


def test_a_breakdown_may_be_bare_at_first(client, shop):
    shop.config(breakdown_after_reads=1, breakdown_early="bare")
    [sn] = shop.place()
    first, second = single(client, sn), single(client, sn)
    assert first["buyer_payment_info"] == first["order_income"] == {}
    assert second["buyer_payment_info"]["buyer_total_amount"] > 0


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ("forbidden", "error_permission"),
        ("no_permission", "error_auth"),
        ("never", "common.error_not_found"),
        ("server", "error_server"),
    ],
)
def test_a_breakdown_may_be_refused_to_one_order_or_to_all(client, shop, rule, error):
    bad, good = shop.place(breakdown=rule)[0], shop.place()[0]
    assert single(client, bad) == error
    assert batch(client, bad, good) == [good]
    shop.config(breakdown=rule)
    assert single(client, good) == error
    assert batch(client, good) == ([] if rule == "never" else error)
    shop.config(breakdown="")
    shop.change(bad, breakdown="")
    assert batch(client, bad, good) == [bad, good]


def test_an_order_may_be_left_out_of_batches_only(client, shop):
    odd, good = shop.place(breakdown="omitted")[0], shop.place()[0]
    assert batch(client, odd, good) == [good]
    assert single(client, odd)["order_sn"] == odd
    with pytest.raises(ControlFailure, match="breakdown must be"):
        shop.place(breakdown="burnt")


# -- rows of items ----------------------------------------------------------------


def test_bundle_rows_know_the_share_that_details_do_not(client, shop):
    [sn] = shop.place(items=BUNDLE, plain=True, line_item_ids=False)
    rows = single(client, sn)["order_income"]["items"]
    assert [(r["activity_type"], r["discounted_price"]) for r in rows] == [
        ("bundle_deal", 90000.0),
        ("bundle_deal", 33333.0),
        ("", 60000.0),
    ]
    assert rows[0]["activity_id"] == rows[1]["activity_id"] != 0
    assert rows[0]["selling_price"] == 120000.0
    assert all("line_item_id" not in row for row in rows)


def test_coins_are_not_offset_against_bundles(client, shop):
    [sn] = shop.place(items=BUNDLE, plain=True, coins=1000, seller_voucher=5000)
    rows = single(client, sn)["order_income"]["items"]
    assert [row["discount_from_coin"] for row in rows] == [0.0, 0.0, 1000.0]
    assert sum(row["discount_from_voucher_seller"] for row in rows) == 5000.0


def test_an_addon_deal_has_rows_of_its_own_kind(client, shop):
    items = [{"sku": "SKU-001", "addon": 2, "main": True}, {"sku": "SKU-002"}]
    [sn] = shop.place(items=items)
    rows = single(client, sn)["order_income"]["items"]
    assert [row["activity_type"] for row in rows] == ["add_on_deal", ""]
    assert rows[0]["is_main_item"] is True


# -- fees -------------------------------------------------------------------------


def test_fees_and_discounts_of_any_name_are_part_of_the_total(client, shop):
    [sn] = shop.place(
        items=[{"sku": "SKU-001", "price": 40000}],
        plain=True,
        fees={"buyer_paid_installation_fee": 150000, "mystery_fee": 500},
        discounts={"trade_in_discount": 10000},
        seller_fees={"campaign_fee": 700, "unheard_of_fee": 300},
    )
    found = single(client, sn)
    bill, income = found["buyer_payment_info"], found["order_income"]
    assert bill["buyer_paid_installation_fee"] == 150000.0
    assert bill["trade_in_discount"] == -10000.0
    assert bill["buyer_total_amount"] == 180500.0
    assert income["unheard_of_fee"] == 300.0
    assert shop.order(sn)["total"] == 180500


def test_a_sum_of_fees_may_stand_among_them(client, shop):
    shop.config(fee_sum=True)
    [sn] = shop.place(plain=True, buyer_service_fee=2000, fees={"vat": 1100})
    bill = single(client, sn)["buyer_payment_info"]
    assert bill["total_tax_and_fees_amount"] == 3100.0


@pytest.mark.parametrize(
    ("bill", "paid"),
    [("current", 100000), ("checkout", 170000)],
)
def test_the_bill_follows_cancelled_pieces_or_stays_that_of_the_checkout(
    client, shop, bill, paid
):
    [sn] = shop.place(items=TWO, plain=True)
    shop.cancel_part(
        sn, pieces={"SKU-001": 1}, partial_bill=bill, partial_quantity="lowered"
    )
    shop.cancel_part(sn, pieces={"SKU-002": 1})
    found = single(client, sn)
    assert found["buyer_payment_info"]["buyer_total_amount"] == paid
    assert found["buyer_payment_info"]["merchant_subtotal"] == paid
    assert found["order_income"]["order_discounted_price"] == 100000.0
    rows = found["order_income"]["items"]
    assert [row["quantity_purchased"] for row in rows] == [2, 0]
    assert sum(row["discounted_price"] for row in rows) == 100000.0


def test_fields_of_a_breakdown_may_be_missing(client, shop):
    [sn] = shop.place(missing=["order_income.items", "buyer_payment_info.shipping_fee"])
    found = single(client, sn)
    assert "items" not in found["order_income"]
    assert "shipping_fee" not in found["buyer_payment_info"]


@pytest.mark.parametrize("sign", [1, -1])
def test_the_books_add_up_whatever_was_wished(client, shop, sign):
    shop.config(escrow_voucher_sign=sign, voucher_sign=sign, fee_sum=True)
    shop.place(60)
    shop.place(10, items=BUNDLE, coins=777, seller_voucher=5001)
    shop.place(5, items=BUNDLE, status="CANCELLED")
    shop.place(5, fees={"buyer_paid_packaging_fee": 1500}, seller_fees={"odd": 3})
    partial = shop.place(5, items=BUNDLE, seller_voucher=5001, shopee_voucher=333)
    for sn in partial:
        shop.cancel_part(sn, pieces={"SKU-001": 2}, partial_bill="checkout")
    books = shop.books(*shop.orders())
    assert {sn: row["wrong"] for sn, row in books.items() if row["wrong"]} == {}
    assert len(books) == 85
    told = single(client, partial[0])["order_income"]
    assert told["escrow_amount"] == books[partial[0]]["order_income"]["escrow_amount"]

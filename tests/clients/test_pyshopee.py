"""pyshopee2 of PyPI's pyshopee goes through its main flows.

Only its host is set. Its ``get_code`` drives a Chrome on Windows: here, the link is
opened without one.
"""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.simulators.control import ShopeeControl

from .conftest import PARTNER_ID, PARTNER_KEY, SHOP_ID

pyshopee2 = pytest.importorskip("pyshopee2", reason="run by setup/test tests/clients")

BACK = "https://seller.example/back"
GOODS = [{"sku": "SKU-001", "quantity": 2}, {"sku": "SKU-050"}]


@pytest.fixture
def stranger(shop: ShopeeControl):
    client = pyshopee2.Client(SHOP_ID, PARTNER_ID, PARTNER_KEY, BACK)
    client.host = shop.url
    return client


@pytest.fixture
def client(stranger, shop):
    pair = shop.tokens()
    stranger.access_token = pair["access_token"]
    stranger.refresh_token = pair["refresh_token"]
    return stranger


def good(answer):
    assert answer["error"] == "", answer
    return answer["response"]


def window(**more):
    now = int(time.time())
    return {
        "time_range_field": "update_time",
        "time_from": now - 3600,
        "time_to": now + 60,
        **more,
    }


def test_linking_by_its_signed_page_gives_tokens_that_are_renewed(stranger, shop):
    link = stranger.shop_authorization(BACK)
    page = requests.get(link, allow_redirects=False, timeout=10)
    query = parse_qs(urlsplit(page.headers["Location"]).query)
    assert page.headers["Location"].startswith(BACK)
    [stranger.code], [shop_id] = query["code"], query["shop_id"]
    assert int(shop_id) == SHOP_ID

    access, life, refresh = stranger.get_token()
    assert life == 14400
    assert stranger.shop.get_shop_info()["shop_name"] == "Toko Nusantara"

    newer, _, other = stranger.get_access_token(
        SHOP_ID, PARTNER_ID, PARTNER_KEY, refresh
    )
    assert newer != access
    assert other != refresh
    assert stranger.shop.get_shop_info()["error"] == ""


def test_a_wrong_key_and_a_dead_token_are_refused(client, shop):
    shop.expire_access()
    assert client.shop.get_shop_info()["error"] == "error_auth"
    client.partner_key = "another key"
    assert client.shop.get_shop_info()["error"] == "error_sign"


def test_orders_are_listed_page_by_page_and_read(client, shop):
    placed = shop.place(25, items=GOODS)
    seen, cursor, more = [], "", True
    while more:
        page = window(page_size=10, cursor=cursor)
        answer = good(client.order.get_order_list(**page))
        seen += [row["order_sn"] for row in answer["order_list"]]
        cursor, more = answer["next_cursor"], answer["more"]
    assert sorted(seen) == sorted(placed)

    answer = client.order.get_order_detail(
        order_sn_list=",".join(placed[:2]),
        response_optional_fields="item_list,total_amount,package_list",
    )
    details = good(answer)["order_list"]
    totals = [shop.order(sn)["total"] for sn in placed[:2]]
    assert [detail["total_amount"] for detail in details] == totals
    assert details[0]["item_list"][1]["model_sku"] == "SKU-050"


def test_the_escrow_of_an_order_and_the_list_of_those_paid_out(client, shop):
    [sn] = shop.place(seller_voucher=1000)
    found = good(client.payment.get_escrow_detail(order_sn=sn))
    assert found["buyer_payment_info"]["buyer_total_amount"] == shop.order(sn)["total"]

    shop.ship(sn)
    shop.complete(sn)
    now = int(time.time())
    dates = {"release_time_from": now - 600, "release_time_to": now + 600}
    [row] = good(client.payment.get_escrow_list(**dates))["escrow_list"]
    assert row["order_sn"] == sn
    assert row["payout_amount"] == found["order_income"]["escrow_amount"]
    wallet = good(client.payment.get_wallet_transaction_list(page_no=0, page_size=40))
    [move] = wallet["transaction_list"]
    assert (move["order_sn"], move["amount"]) == (sn, row["payout_amount"])


def test_items_and_their_variants(client):
    seen, offset, more = [], 0, True
    while more:
        page = {"offset": offset, "page_size": 20, "item_status": "NORMAL"}
        answer = good(client.product.get_item_list(**page))
        seen += [row["item_id"] for row in answer["item"]]
        more, offset = answer["has_next_page"], answer.get("next_offset")
    assert len(seen) == len(set(seen)) == 45

    wanted = ",".join(map(str, seen[-2:]))
    items = good(client.product.get_item_base_info(item_id_list=wanted))["item_list"]
    assert all(item["has_model"] for item in items)
    models = good(client.product.get_model_list(item_id=seen[-1]))["model"]
    assert [model["model_sku"] for model in models] == ["SKU-048", "SKU-049", "SKU-050"]


def test_stock_and_price_are_written(client):
    item = 25000000001
    stock = [{"model_id": 0, "seller_stock": [{"stock": 7}]}]
    done = good(client.product.update_stock(item_id=item, stock_list=stock))
    assert done == {"success_list": [{"model_id": 0, "stock": 7}], "failure_list": []}
    prices = [{"model_id": 0, "original_price": 70000}, {"model_id": 5}]
    done = good(client.product.update_price(item_id=item, price_list=prices))
    assert [row["model_id"] for row in done["failure_list"]] == [5]
    [read] = good(client.product.get_item_base_info(item_id_list=item))["item_list"]
    assert read["price_info"][0]["original_price"] == 70000.0
    assert read["stock_info_v2"]["summary_info"]["total_available_stock"] == 7


def test_a_parcel_is_arranged_and_followed(client, shop):
    [sn] = shop.place()
    channels = good(client.logistics.get_channel_list())["logistics_channel_list"]
    assert channels[0]["enabled"] is True
    assert (
        good(client.logistics.get_tracking_number(order_sn=sn))["tracking_number"] == ""
    )

    found = good(client.logistics.get_shipping_parameter(order_sn=sn))
    [address] = found["pickup"]["address_list"]
    pickup = {
        "address_id": address["address_id"],
        "pickup_time_id": address["time_slot_list"][0]["pickup_time_id"],
    }
    good(client.logistics.ship_order(order_sn=sn, pickup=pickup))
    assert shop.order(sn)["status"] == "PROCESSED"
    assert good(client.logistics.get_tracking_number(order_sn=sn))["tracking_number"]
    info = good(client.logistics.get_tracking_info(order_sn=sn))
    assert info["logistics_status"] == "LOGISTICS_REQUEST_CREATED"
    again = client.logistics.ship_order(order_sn=sn, pickup=pickup)
    assert again["error"] == "logistics.error_param"


def test_packages_of_a_split_order_are_arranged_one_by_one(client, shop):
    [sn] = shop.place(items=GOODS, packages=2)
    fields = {"order_sn_list": sn, "response_optional_fields": "package_list"}
    [detail] = good(client.order.get_order_detail(**fields))["order_list"]
    first, second = (row["package_number"] for row in detail["package_list"])
    nameless = client.logistics.ship_order(order_sn=sn, dropoff={})
    assert nameless["error"] == "logistics.package_number_not_exist"
    good(client.logistics.ship_order(order_sn=sn, package_number=first, dropoff={}))
    assert shop.order(sn)["status"] == "READY_TO_SHIP"
    good(client.logistics.ship_order(order_sn=sn, package_number=second, dropoff={}))
    assert shop.order(sn)["status"] == "PROCESSED"


def test_what_was_booked_in_advance_is_not_arranged(client, shop):
    [sn] = shop.place(advance=True)
    refused = client.logistics.ship_order(order_sn=sn, dropoff={})
    assert refused["error"] == "logistics.error_booking_order"


def test_orders_are_cancelled_whole_in_part_and_on_demand(client, shop):
    [whole], [part], [asked] = (shop.place(items=GOODS) for _ in range(3))
    cancel = client.order.cancel_order
    refused = cancel(order_sn=whole, cancel_reason="OUT_OF_STOCK")
    assert refused["error"] == "order.error_param"
    good(cancel(order_sn=whole, cancel_reason="CUSTOMER_REQUEST"))
    assert shop.order(whole)["status"] == "CANCELLED"

    rows = [{"item_id": 25000000001, "model_id": 0, "model_quantity": 1}]
    changes = {"cancel_reason": "OUT_OF_STOCK", "partial_cancel_item_list": rows}
    good(cancel(order_sn=part, **changes))
    assert [row["quantity"] for row in shop.order(part)["items"]] == [1, 1]

    handle = client.order.handle_buyer_cancellation
    early = handle(order_sn=asked, operation="ACCEPT")
    assert early["error"] == "order.cancel_order_invalid_status"
    shop.request_cancel(asked)
    good(handle(order_sn=asked, operation="REJECT"))
    assert shop.order(asked)["status"] == "READY_TO_SHIP"
    shop.request_cancel(asked)
    good(handle(order_sn=asked, operation="ACCEPT"))
    assert shop.order(asked)["status"] == "CANCELLED"


def test_a_note_is_kept(client, shop):
    [sn] = shop.place()
    good(client.order.set_note(order_sn=sn, note="VIP"))
    fields = {"order_sn_list": sn, "response_optional_fields": "note"}
    [detail] = good(client.order.get_order_detail(**fields))["order_list"]
    assert detail["note"] == "VIP"

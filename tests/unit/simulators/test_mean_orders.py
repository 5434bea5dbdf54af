"""Orders as they really come: deals, parts cancelled, parcels, fields that lack."""

import time

import pytest

from tests.simulators.control import ControlFailure

from .test_orders import window

LIST = "/api/v2/order/get_order_list"
DETAIL = "/api/v2/order/get_order_detail"
GOODS = "item_list,total_amount,package_list,split_up"


def one(client, sn, fields=GOODS, **query):
    [detail] = client.detail(sn, fields=fields, **query)
    return detail


def quantities(detail):
    return [
        (item["model_quantity_purchased"], item["active_qty"], item["cancelled_qty"])
        for item in detail["item_list"]
    ]


TWO = [
    {"sku": "SKU-001", "quantity": 3, "price": 50000},
    {"sku": "SKU-002", "quantity": 1, "price": 20000},
]
BUNDLE = [
    {"sku": "SKU-001", "quantity": 2, "price": 60000, "bundle": 1, "share": 90000},
    {"sku": "SKU-002", "quantity": 1, "price": 40000, "bundle": 1, "share": 33333},
    {"sku": "SKU-001", "quantity": 1, "price": 60000},
]


# -- deals ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "prices"),
    [("zero", [0.0, 0.0, 60000.0]), ("before", [60000.0, 40000.0, 60000.0])],
)
def test_a_bundle_shows_no_price_or_the_one_before_it(client, shop, form, prices):
    [sn] = shop.place(items=BUNDLE, plain=True, bundle_price=form)
    items = one(client, sn)["item_list"]
    assert [item["model_discounted_price"] for item in items] == prices
    assert [item["promotion_type"] for item in items] == [
        "bundle_deal",
        "bundle_deal",
        "product_promotion",
    ]
    assert items[0]["order_item_id"] == items[1]["order_item_id"]
    assert items[0]["order_item_id"] != items[2]["order_item_id"]
    assert len({item["line_item_id"] for item in items}) == 3
    assert one(client, sn)["total_amount"] == 183333.0


def test_the_form_of_bundle_prices_is_a_setting_too(client, shop):
    shop.config(bundle_price="before", line_item_ids=False)
    [sn] = shop.place(items=BUNDLE)
    [first, *_] = one(client, sn)["item_list"]
    assert first["model_discounted_price"] == 60000.0
    assert "line_item_id" not in first


def test_an_addon_deal_and_a_gift_bear_their_marks(client, shop):
    items = [
        {"sku": "SKU-001", "addon": 1, "main": True},
        {"sku": "SKU-002", "addon": 1, "price": 10000},
        {"sku": "SKU-003", "addon": 1, "gift": True},
        {"sku": "SKU-004", "gift": True},
    ]
    [sn] = shop.place(items=items, plain=True)
    rows = one(client, sn)["item_list"]
    assert [row["promotion_type"] for row in rows] == [
        "add_on_deal_main",
        "add_on_deal_sub",
        "add_on_deal_sub",
        "product_promotion",
    ]
    assert [row["main_item"] for row in rows] == [True, False, False, False]
    assert [row["model_discounted_price"] for row in rows[2:]] == [0.0, 0.0]
    kinds = [row["promotion_type"] for row in rows[3]["promotion_list"]]
    assert kinds == ["welcome_package_free_gift"]
    assert rows[3]["model_original_price"] > 0


# -- part of an order -------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("purchased", [(3, 2, 1), (1, 0, 1)]),
        ("lowered", [(2, 2, 1), (0, 0, 1)]),
        ("removed", [(2, 2, 1)]),
    ],
)
def test_cancelled_pieces_are_told_in_three_ways(client, shop, form, shown):
    [sn] = shop.place(items=TWO, plain=True, update_time=int(time.time()) - 60)
    before = one(client, sn)
    assert quantities(before) == [(3, 3, 0), (1, 1, 0)]
    pieces = {"SKU-001": 1, "SKU-002": 1}
    shop.cancel_part(sn, pieces=pieces, partial_quantity=form)
    after = one(client, sn)
    assert quantities(after) == shown
    assert (before["total_amount"], after["total_amount"]) == (170000.0, 100000.0)
    assert after["update_time"] > before["update_time"]
    assert after["order_status"] == "READY_TO_SHIP"
    packed = after["package_list"][0]["item_list"]
    assert [row["model_quantity"] for row in packed] == [2]


def test_pieces_may_be_cancelled_before_anybody_has_read_the_order(client, shop):
    items = [{**TWO[0], "cancelled": 1, "cancel_requested": 1}, TWO[1]]
    [sn] = shop.place(items=items, plain=True)
    detail = one(client, sn)
    assert quantities(detail) == [(3, 2, 1), (1, 1, 0)]
    assert detail["item_list"][0]["cancel_requested_qty"] == 1
    assert detail["total_amount"] == 120000.0
    assert [row["quantity"] for row in shop.order(sn)["items"]] == [2, 1]


def test_vouchers_shrink_with_the_goods_that_are_cancelled(client, shop):
    [sn] = shop.place(items=TWO, plain=True, seller_voucher=17000)
    shop.cancel_part(sn, pieces={"SKU-002": 1})
    assert one(client, sn)["total_amount"] == 150000.0 - 15000.0


def test_the_whole_order_is_not_a_part(shop):
    [sn] = shop.place(items=[TWO[1]])
    with pytest.raises(ControlFailure, match="whole order"):
        shop.cancel_part(sn)
    with pytest.raises(ControlFailure, match="not that many"):
        shop.cancel_part(sn, pieces={"SKU-002": 2})
    shop.cancel_part(sn, force=True)
    assert shop.order(sn)["total"] >= 0


def test_asking_to_cancel_pieces_changes_no_amount(client, shop):
    [sn] = shop.place(items=TWO, plain=True)
    shop.cancel_part(sn, pieces={"SKU-001": 2}, requested=True)
    [item, _] = one(client, sn)["item_list"]
    assert (item["active_qty"], item["cancel_requested_qty"]) == (3, 2)
    assert one(client, sn)["total_amount"] == 170000.0


# -- changes ----------------------------------------------------------------------


def test_an_order_changes_after_it_was_placed(client, shop):
    then = int(time.time()) - 600
    [sn] = shop.place(items=TWO, plain=True, update_time=then, masked=True)
    shop.change(
        sn,
        quantities={"SKU-001": 5},
        prices={"SKU-002": 15000},
        address={"full_address": "Jalan Baru No. 1", "phone": "628111"},
        ship_by=then + 999999,
        masked=False,
        message="Jangan dibanting",
        note="VIP",
        shipping_fee=9000,
        cod=True,
    )
    detail = one(client, sn, f"{GOODS},recipient_address,note")
    assert [row["model_quantity_purchased"] for row in detail["item_list"]] == [5, 1]
    assert detail["total_amount"] == 5 * 50000 + 15000 + 9000
    assert detail["recipient_address"]["full_address"] == "Jalan Baru No. 1"
    assert detail["recipient_address"]["phone"] == "628111"
    assert detail["ship_by_date"] == then + 999999
    assert (detail["message_to_seller"], detail["note"]) == ("Jangan dibanting", "VIP")
    assert detail["cod"] is True
    assert detail["update_time"] > then


def test_a_silent_change_keeps_the_second(client, shop):
    then = int(time.time()) - 600
    [sn] = shop.place(update_time=then)
    shop.change(sn, note="later", silent=True)
    assert one(client, sn, "note")["update_time"] == then
    shop.arrange(sn, same_second=True)
    assert one(client, sn)["update_time"] == then
    assert shop.order(sn)["status"] == "PROCESSED"


def test_nonsense_changes_are_refused(shop):
    [sn] = shop.place()
    with pytest.raises(ControlFailure, match="cannot change colour"):
        shop.change(sn, colour="red")
    with pytest.raises(ControlFailure, match="cannot change poison"):
        shop.change(sn, poison="huge")


@pytest.mark.parametrize(
    ("who", "reason", "buyers"),
    [
        ("buyer", "CUSTOMER_REQUEST", "CUSTOMER_REQUEST"),
        ("seller", "OUT_OF_STOCK", ""),
        ("system", "BACKEND_LOGISTICS_NOT_STARTED", ""),
    ],
)
@pytest.mark.parametrize("status", ["UNPAID", "PROCESSED", "SHIPPED", "IN_CANCEL"])
def test_who_cancels_is_told_in_every_state(client, shop, who, reason, buyers, status):
    [sn] = shop.place(status=status)
    shop.cancel(sn, cancel_by=who)
    detail = one(client, sn, "cancel_by,cancel_reason,buyer_cancel_reason")
    assert (detail["cancel_by"], detail["cancel_reason"]) == (who, reason)
    assert detail["buyer_cancel_reason"] == buyers


# -- parcels ----------------------------------------------------------------------


def test_a_split_order_has_several_packages_of_all_its_pieces(client, shop):
    [sn] = shop.place(items=TWO)
    shop.split(sn, packages=3)
    detail = one(client, sn)
    assert detail["split_up"] is True
    packages = detail["package_list"]
    assert len({package["package_number"] for package in packages}) == 3
    pieces = [r["model_quantity"] for p in packages for r in p["item_list"]]
    assert sum(pieces) == 4
    assert all(package["item_list"] for package in packages)


def test_an_order_follows_the_package_that_is_behind(client, shop):
    [sn] = shop.place(items=TWO, packages=2)
    shop.move_package(sn, 1, status="SHIPPED")
    assert shop.order(sn)["status"] == "READY_TO_SHIP"
    shop.move_package(sn, 2, status="PROCESSED")
    assert shop.order(sn)["status"] == "PROCESSED"
    statuses = [p["logistics_status"] for p in one(client, sn)["package_list"]]
    assert statuses == ["LOGISTICS_PICKUP_DONE", "LOGISTICS_REQUEST_CREATED"]
    shop.move_package(sn, 2, logistics="LOGISTICS_LOST")
    assert one(client, sn)["package_list"][1]["logistics_status"] == "LOGISTICS_LOST"


def test_what_cannot_be_split_is_refused(shop):
    [one_piece], [shipped] = shop.place(items=[TWO[1]]), shop.place(status="SHIPPED")
    for sn in (one_piece, shipped):
        with pytest.raises(ControlFailure):
            shop.split(sn)
    with pytest.raises(ControlFailure, match="no package"):
        shop.move_package(one_piece, 1, status="SHIPPED")


# -- flags ------------------------------------------------------------------------


def test_advance_fulfilment_is_told_in_list_and_detail(client, shop):
    [sn] = shop.place(advance=True)
    [plain] = shop.place()
    detail = one(client, sn)
    assert detail["advance_package"] is True
    assert detail["booking_sn"]
    rows = client.call(LIST, **window())["response"]["order_list"]
    booked = {row["order_sn"]: row["booking_sn"] for row in rows}
    assert booked == {sn: detail["booking_sn"], plain: ""}
    shop.change(sn, advance=False, booking_sn="")
    assert one(client, sn)["advance_package"] is False


def test_a_hold_says_why_to_those_who_ask(client, shop):
    [sn] = shop.place(status="PENDING", pending_terms=["ARRANGE_SHIPMENT_PENDING"])
    detail = one(client, sn, request_order_status_pending="true")
    assert detail["order_status"] == "PENDING"
    assert detail["pending_terms"] == ["ARRANGE_SHIPMENT_PENDING"]
    assert "pending_terms" not in one(client, sn)
    [ready] = shop.place(pending_terms=["ARRANGE_SHIPMENT_PENDING"])
    detail = one(client, ready, request_order_status_pending="true")
    assert detail["order_status"] == "READY_TO_SHIP"
    assert detail["pending_terms"]


def test_what_people_wrote_and_the_courier_are_on_the_order(client, shop):
    wish = {
        "message": "Bubble wrap ya",
        "note": "gift",
        "dropshipper": "Toko Rina",
        "dropshipper_phone": "62812999",
        "carrier": "SPX Instant",
        "checkout_carrier": "Instant",
        "fulfillment_flag": "fulfilled_by_shopee",
        "fields": {"hot_listing_order": True},
    }
    [sn] = shop.place(**wish)
    names = "dropshipper,dropshipper_phone,shipping_carrier,fulfillment_flag,note"
    detail = one(client, sn, names)
    assert detail["dropshipper_phone"] == "62812999"
    assert detail["shipping_carrier"] == "SPX Instant"
    assert detail["checkout_shipping_carrier"] == "Instant"
    assert detail["fulfillment_flag"] == "fulfilled_by_shopee"
    assert detail["hot_listing_order"] is True


# -- what is not there ------------------------------------------------------------


def test_fields_are_missing_null_or_empty_by_name(client, shop):
    fields = f"{GOODS},recipient_address,buyer_username,pay_time"
    [sn] = shop.place(
        missing=["total_amount", "item_list.line_item_id", "no.such.field"],
        null=["buyer_username", "recipient_address.phone", "pay_time"],
        blank=["recipient_address.name", "package_list", "ship_by_date", "cod"],
    )
    [other] = shop.place()
    spoilt, whole = client.detail(sn, other, fields=fields)
    assert "total_amount" not in spoilt
    assert all("line_item_id" not in item for item in spoilt["item_list"])
    assert spoilt["buyer_username"] is spoilt["pay_time"] is None
    assert spoilt["recipient_address"]["phone"] is None
    assert spoilt["recipient_address"]["name"] == ""
    assert (spoilt["package_list"], spoilt["ship_by_date"]) == ([], 0)
    assert whole["total_amount"]
    assert whole["recipient_address"]["name"]
    shop.change(sn, missing=[], null=[], blank=[])
    assert one(client, sn, fields)["total_amount"]


def test_a_setting_takes_fields_from_all_orders(client, shop):
    shop.config(missing=["item_list.active_qty"], null=["total_amount"])
    [sn] = shop.place(status="UNPAID")
    detail = one(client, sn)
    assert detail["total_amount"] is None
    assert "active_qty" not in detail["item_list"][0]
    assert "total_amount" not in one(client, sn, "item_list")


def test_an_address_may_be_nothing_but_stars(client, shop):
    [sn] = shop.place(masked="all")
    address = one(client, sn, "recipient_address")["recipient_address"]
    assert set(address.values()) == {"****", ""}


def test_one_order_alone_may_be_refused(client, shop):
    good, bad = shop.place()[0], shop.place(detail_error="error_auth")[0]
    assert client.call(DETAIL, order_sn_list=bad)["error"] == "error_auth"
    assert client.call(DETAIL, order_sn_list=f"{good},{bad}")["error"] == "error_auth"
    assert one(client, good)["order_sn"] == good

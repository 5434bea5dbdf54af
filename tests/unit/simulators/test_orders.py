"""Order list, order detail, the state machine, poison."""

import json
import time

import pytest

from tests.simulators.control import ControlFailure

LIST = "/api/v2/order/get_order_list"
DETAIL = "/api/v2/order/get_order_detail"
DEFAULT_FIELDS = {
    "order_sn",
    "region",
    "currency",
    "cod",
    "order_status",
    "message_to_seller",
    "create_time",
    "update_time",
    "days_to_ship",
    "ship_by_date",
    "booking_sn",
}


def window(seconds=3600, **more):
    now = int(time.time())
    return {
        "time_range_field": "update_time",
        "time_from": now - seconds,
        "time_to": now + 60,
        "page_size": 100,
        **more,
    }


def listed(client, **more):
    answer = client.call(LIST, **window(**more))
    assert answer["error"] == "", answer
    return [row["order_sn"] for row in answer["response"]["order_list"]]


def test_pages_cover_every_order_once(client, shop):
    placed, seen, cursor = shop.place(25), [], ""
    while True:
        page = client.call(LIST, **window(page_size=10, cursor=cursor))["response"]
        seen += [row["order_sn"] for row in page["order_list"]]
        cursor = page["next_cursor"]
        if not page["more"]:
            break
    assert sorted(seen) == sorted(placed)
    assert cursor == ""


def test_an_order_that_changes_between_pages_is_not_skipped(client, shop):
    now = int(time.time())
    placed = [shop.place(update_time=now - 100 + n)[0] for n in range(6)]
    first = client.call(LIST, **window(page_size=3))["response"]
    shop.cancel(placed[0])
    second = client.call(LIST, **window(cursor=first["next_cursor"]))["response"]
    assert [row["order_sn"] for row in second["order_list"]] == [
        *placed[3:],
        placed[0],
    ]


def test_the_list_filters_by_update_time(client, shop):
    old, new = shop.place(update_time=int(time.time()) - 7200)[0], shop.place()[0]
    assert listed(client) == [new]
    shop.cancel(old)
    assert sorted(listed(client)) == sorted([old, new])


def test_the_list_filters_by_status_and_shows_it_when_asked(client, shop):
    shop.place(2)
    unpaid = shop.place(status="UNPAID")
    options = {
        "order_status": "UNPAID",
        "response_optional_fields": "order_status",
    }
    rows = client.call(LIST, **window(**options))["response"]["order_list"]
    assert rows == [{"order_sn": unpaid[0], "booking_sn": "", "order_status": "UNPAID"}]


def test_a_window_above_fifteen_days_is_refused(client):
    answer = client.call(LIST, **window(15 * 86400))
    assert answer["error"] == "order.order_list_invalid_time"


@pytest.mark.parametrize(
    "wrong",
    [
        {"page_size": 101},
        {"page_size": 0},
        {"time_range_field": "pay_time"},
        {"order_status": "TO_RETURN"},
        {"cursor": "nonsense"},
        {"time_from": "yesterday"},
    ],
)
def test_wrong_parameters_of_the_list_are_refused(client, wrong):
    assert client.call(LIST, **window(**wrong))["error"] == "error_param"


def test_detail_without_optional_fields_shows_the_default_ones(client, shop):
    [detail] = client.detail(*shop.place())
    assert set(detail) == DEFAULT_FIELDS


def test_detail_shows_what_was_asked_for(client, shop):
    sn = shop.place(items=[{"sku": "SKU-001", "quantity": 2, "price": 60000}])[0]
    [detail] = client.detail(sn, fields="item_list,buyer_user_id,no_such_field")
    assert set(detail) == DEFAULT_FIELDS | {"item_list", "buyer_user_id"}
    [item] = detail["item_list"]
    assert item["item_sku"] == "SKU-001"
    assert item["model_id"] == 0
    assert item["model_quantity_purchased"] == 2
    assert item["model_discounted_price"] == 60000.0
    assert item["model_original_price"] == 68000.0


def test_a_variant_bears_its_sku_on_the_model(client, shop):
    [detail] = client.detail(*shop.place(skus=["SKU-050"]), fields="item_list")
    [item] = detail["item_list"]
    assert item["model_sku"] == "SKU-050"
    assert item["item_sku"] == "FAMILY-2"
    assert item["model_id"] > 0


def test_detail_takes_fifty_orders_and_no_more(client, shop):
    placed = shop.place(51)
    assert len(client.detail(*placed[:50])) == 50
    answer = client.call(DETAIL, order_sn_list=",".join(placed))
    assert answer["error"] == "error_param"


def test_detail_leaves_out_what_it_does_not_know(client, shop):
    [sn] = shop.place()
    assert [order["order_sn"] for order in client.detail(sn, "NOSUCHORDER")] == [sn]
    answer = client.call(DETAIL, order_sn_list="NOSUCHORDER")
    assert answer["error"] == "error_not_found"


def test_orders_of_another_shop_are_not_shown(client, shop):
    shop.place(shop_id=700002)
    [own] = shop.place()
    assert listed(client) == [own]


def test_the_total_appears_with_the_payment(client, shop):
    [sn] = shop.place(status="UNPAID")
    [unpaid] = client.detail(sn, fields="total_amount,pay_time")
    assert "total_amount" not in unpaid
    assert unpaid["pay_time"] is None
    shop.pay(sn)
    [paid] = client.detail(sn, fields="total_amount,pay_time")
    assert paid["total_amount"] == shop.order(sn)["total"]
    assert paid["pay_time"] == paid["update_time"]


def test_cash_on_delivery_has_a_total_and_no_payment_time(client, shop):
    [detail] = client.detail(*shop.place(cod=True), fields="total_amount,pay_time")
    assert detail["cod"] is True
    assert detail["total_amount"] > 0
    assert detail["pay_time"] is None


def test_addresses_are_plain_or_masked(client, shop):
    sns = [*shop.place(masked=False), *shop.place(masked=True)]
    plain, masked = client.detail(*sns, fields="recipient_address")
    assert "*" not in json.dumps(plain["recipient_address"])
    assert masked["recipient_address"]["name"].startswith("B******")
    assert masked["recipient_address"]["phone"] == "******01"


def test_pending_is_shown_to_those_who_ask(client, shop):
    [sn] = shop.place()
    shop.verb("hold", sn)
    [plain] = client.detail(sn)
    [opted] = client.detail(sn, request_order_status_pending="true")
    assert plain["order_status"] == "READY_TO_SHIP"
    assert opted["order_status"] == "PENDING"
    assert opted["pending_terms"] == ["SYSTEM_PENDING"]


def test_a_parcel_goes_all_the_way(client, shop):
    [sn] = shop.place(status="UNPAID")
    for verb in ("pay", "arrange", "retry_ship", "arrange", "ship", "deliver"):
        shop.verb(verb, sn)
    shop.complete(sn)
    shop.verb("return", sn)
    assert [status for status, _ in shop.order(sn)["history"]] == [
        "UNPAID",
        "READY_TO_SHIP",
        "PROCESSED",
        "RETRY_SHIP",
        "PROCESSED",
        "SHIPPED",
        "TO_CONFIRM_RECEIVE",
        "COMPLETED",
        "TO_RETURN",
    ]
    [detail] = client.detail(sn, fields="package_list,pickup_done_time")
    assert detail["package_list"][0]["logistics_status"] == "LOGISTICS_DELIVERY_DONE"
    assert detail["pickup_done_time"] > 0


def test_shipping_arranges_first(shop):
    [sn] = shop.place()
    assert shop.ship(sn) == {sn: "SHIPPED"}
    assert [status for status, _ in shop.order(sn)["history"]][-2:] == [
        "PROCESSED",
        "SHIPPED",
    ]


def test_a_rejected_cancellation_goes_back_to_where_it_was(shop):
    [sn] = shop.place()
    shop.arrange(sn)
    assert shop.request_cancel(sn) == {sn: "IN_CANCEL"}
    assert shop.reject_cancel(sn) == {sn: "PROCESSED"}


def test_a_cancelled_order_says_who_and_why(client, shop):
    [sn] = shop.place()
    shop.cancel(sn, cancel_by="seller", cancel_reason="OUT_OF_STOCK")
    [detail] = client.detail(sn, fields="cancel_by,cancel_reason")
    assert detail["order_status"] == "CANCELLED"
    assert detail["cancel_by"] == "seller"
    assert detail["cancel_reason"] == "OUT_OF_STOCK"


def test_what_the_state_machine_forbids_is_refused_and_changes_nothing(shop):
    paid, unpaid = shop.place()[0], shop.place(status="UNPAID")[0]
    with pytest.raises(ControlFailure, match="cannot pay"):
        shop.pay(unpaid, paid)
    assert shop.order(unpaid)["status"] == "UNPAID"
    assert shop.set_status("UNPAID", paid) == {paid: "UNPAID"}


def test_each_change_can_have_a_second_of_its_own(shop):
    shop.config(unique_update_time=True)
    [sn] = shop.place(status="UNPAID")
    shop.pay(sn)
    shop.ship(sn)
    seconds = [second for _, second in shop.order(sn)["history"]]
    assert sorted(set(seconds)) == seconds


def test_buyers_take_turns_in_a_pool(shop):
    shop.place(12, buyers=5)
    assert len({o["buyer_user_id"] for o in shop.orders().values()}) == 5


def test_an_unknown_sku_comes_as_one_more_line(client, shop):
    sns = [*shop.place(unknown_sku="MYSTERY"), *shop.place(unknown_sku=True, lines=2)]
    first, second = client.detail(*sns, fields="item_list")
    assert first["item_list"][-1]["item_sku"] == "MYSTERY"
    assert second["item_list"][-1]["item_sku"].startswith("NEW-")


def test_the_same_seed_makes_the_same_orders(shop):
    def goods():
        shop.reset(seed=7)
        shop.place(5)
        return [(o["total"], o["items"]) for o in shop.orders().values()]

    assert goods() == goods()


def test_nonsense_wishes_are_refused(shop):
    for wish in ({"status": "NOWHERE"}, {"poison": "arsenic"}, {"colour": "red"}):
        with pytest.raises(ControlFailure):
            shop.place(**wish)


# -- poison ----------------------------------------------------------------------

FIELDS = "item_list,note,total_amount,recipient_address,buyer_username"


@pytest.mark.parametrize(
    ("poison", "is_poisoned"),
    [
        ("currency", lambda d: d["currency"] == "XXD"),
        (
            "negative_quantity",
            lambda d: d["item_list"][0]["model_quantity_purchased"] == -1,
        ),
        (
            "emoji",
            lambda d: "🛵" in d["note"] and "🛵" in d["item_list"][0]["item_name"],
        ),
        ("nul", lambda d: "\0" in d["note"] and "\0" in d["recipient_address"]["name"]),
        ("huge", lambda d: len(d["note"]) == 5 * 1024 * 1024),
        ("empty", lambda d: d == {}),
        ("no_items", lambda d: d["item_list"] == []),
        ("wrong_types", lambda d: d["total_amount"] == "a lot"),
        ("unknown_status", lambda d: d["order_status"] == "ON_THE_MOON"),
    ],
)
def test_poison_spoils_one_order_and_not_its_neighbour(
    client, shop, poison, is_poisoned
):
    good, bad = shop.place()[0], shop.place(poison=poison)[0]
    healthy, spoiled = client.detail(good, bad, fields=FIELDS)
    assert is_poisoned(spoiled)
    assert healthy["order_sn"] == good
    assert not is_poisoned(healthy)


def test_a_mismatch_is_one_rupiah(client, shop):
    [sn] = shop.place(poison="total_mismatch")
    [detail] = client.detail(sn, fields="total_amount")
    assert detail["total_amount"] - shop.order(sn)["total"] == 1


def test_a_missing_order_is_listed_without_detail(client, shop):
    good, bad = shop.place()[0], shop.place(poison="missing")[0]
    assert sorted(listed(client)) == sorted([good, bad])
    assert [order["order_sn"] for order in client.detail(good, bad)] == [good]


def test_a_broken_order_makes_the_whole_answer_unreadable(client, shop):
    good, bad = shop.place()[0], shop.place(poison="invalid_json")[0]
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        client.raw(DETAIL, order_sn_list=f"{good},{bad}").json()
    assert client.detail(good)[0]["order_sn"] == good

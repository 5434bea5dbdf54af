"""Pushes of other shops, of every code, and of changes within a second."""

import json

import pytest

from .conftest import SHOP_ID


def last(listening):
    return json.loads(listening.bodies[-1])


def test_a_push_may_be_of_a_shop_that_nobody_linked(shop, listening):
    assert shop.push_code(3, shop_id=999999, order_sn="2611300AAAAAAA") == [200]
    push = last(listening)
    assert (push["code"], push["shop_id"]) == (3, 999999)
    assert push["data"]["ordersn"] == "2611300AAAAAAA"
    assert push["data"]["status"] == "READY_TO_SHIP"


def test_an_application_pushes_for_all_of_its_shops(shop, listening):
    [sn] = shop.place(shop_id=700002)
    [own] = shop.place()
    shop.wait_pushes()
    told = {
        (p["shop_id"], p["data"]["ordersn"]) for p in map(json.loads, listening.bodies)
    }
    assert told == {(700002, sn), (SHOP_ID, own)}


@pytest.mark.parametrize("code", [1, 2, 12])
def test_pushes_of_the_application_name_no_shop_outside(shop, listening, code):
    shop.push_code(code)
    push = last(listening)
    assert "shop_id" not in push
    assert push["partner_id"] == 1000001
    assert str(SHOP_ID) in json.dumps(push["data"])


@pytest.mark.parametrize(
    ("code", "spelling"),
    [(4, "ordersn"), (30, "ordersn"), (29, "order_sn"), (47, "order_sn")],
)
def test_codes_spell_the_order_in_their_own_way(shop, listening, code, spelling):
    [sn] = shop.place(notify=False)
    shop.push_code(code, order_sn=sn)
    assert last(listening)["data"][spelling] == sn


def test_unknown_codes_and_odd_fields_are_sent_as_wished(shop, listening):
    data = {"what": "ever"}
    shop.push_code(99, data=data, top={"shop_id": None, "msg_id": "m1"}, copies=2)
    push = last(listening)
    assert push == {
        "code": 99,
        "timestamp": push["timestamp"],
        "data": data,
        "msg_id": "m1",
    }
    assert len(listening.bodies) == 2
    [entry] = shop.pushes()
    assert entry["topic"] == "code_99"


def test_a_push_of_a_code_is_retried_and_lost_like_the_others(client, shop, listening):
    listening.status = 500
    shop.config(push_retry_delays=[])
    shop.push_code(3, shop_id=999999, later=True)
    shop.push_code(12, later=True)
    shop.wait_pushes()
    path = "/api/v2/push/get_lost_push_message"
    answer = client.call(path, token="")
    rows = answer["response"]["push_message_list"]
    assert [(row["code"], row.get("shop_id")) for row in rows] == [
        (3, 999999),
        (12, None),
    ]


def test_two_changes_within_a_second_bear_the_same_time(shop, listening):
    [sn] = shop.place()
    shop.arrange(sn, same_second=True)
    shop.request_cancel(sn, same_second=True)
    shop.wait_pushes()
    pushes = [json.loads(body)["data"] for body in listening.bodies]
    assert len({push["update_time"] for push in pushes}) == 1
    assert [push["status"] for push in pushes] == [
        "READY_TO_SHIP",
        "PROCESSED",
        "IN_CANCEL",
    ]

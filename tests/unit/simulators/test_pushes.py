"""Webhooks: signature, retries, faults, what was lost."""

import hashlib
import hmac
import json
import time

import pytest
from werkzeug.wrappers import Request, Response

from tests.simulators.control import ControlFailure, ShopeeControl
from tests.simulators.server import running

from .conftest import PARTNER_KEY, SHOP_ID

CONFIG = "/api/v2/push/set_app_push_config"
LOST = "/api/v2/push/get_lost_push_message"
CONFIRM = "/api/v2/push/confirm_consumed_lost_push_message"


def signature(url, body):
    message = url.encode() + b"|" + body
    return hmac.new(PARTNER_KEY.encode(), message, hashlib.sha256).hexdigest()


def statuses(receiver):
    return [json.loads(body)["data"]["status"] for body in receiver.bodies]


def until(condition, timeout=60):
    deadline = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_a_status_push_is_signed_over_url_and_raw_body(shop, listening):
    [sn] = shop.place()
    shop.wait_pushes()
    [body] = listening.bodies
    assert listening.headers[0]["Authorization"] == signature(listening.url, body)
    push = json.loads(body)
    assert push["code"] == 3
    assert push["shop_id"] == SHOP_ID
    assert push["data"]["ordersn"] == sn
    assert push["data"]["status"] == "READY_TO_SHIP"
    assert push["data"]["update_time"] == shop.order(sn)["update_time"]


def test_every_change_of_status_is_pushed(shop, listening):
    [sn] = shop.place(status="UNPAID")
    shop.pay(sn)
    shop.ship(sn)
    shop.wait_pushes()
    assert sorted(statuses(listening)) == [
        "PROCESSED",
        "READY_TO_SHIP",
        "SHIPPED",
        "UNPAID",
    ]


def test_a_push_sent_by_hand_is_not_waited_for(shop):
    [sn] = shop.place(notify=False)
    shop.config(callback_url="http://127.0.0.1:9/nobody")
    assert shop.push(sn) == ["ConnectionRefusedError"]
    assert shop.ledger("pushes_waiting") == 0


def test_nothing_is_pushed_on_request_or_without_a_callback(shop, listening):
    shop.place(notify=False)
    shop.config(callback_url="")
    shop.place()
    assert shop.pushes() == []


def test_a_failed_push_is_retried_until_it_succeeds(shop, listening):
    shop.config(retry_scale=0.0001)
    listening.status = 503
    shop.place()
    until(lambda: len(listening.bodies) >= 2)
    listening.status = 204
    shop.wait_pushes()
    [push] = shop.pushes()
    assert push["state"] == "delivered"
    answers = [attempt["status"] for attempt in push["attempts"]]
    assert answers[:2] == [503, 503]
    assert answers[-1] == 204
    assert len(set(listening.bodies)) == 1


def test_retries_come_after_five_minutes_half_an_hour_and_three_hours(shop, listening):
    listening.status = 500
    shop.place()
    for number, seconds in enumerate((300, 1800, 10800), 2):
        until(lambda count=number - 1: len(shop.pushes()[0]["attempts"]) == count)
        shop.advance_clock(seconds - 5)
        time.sleep(0.05)
        assert len(listening.bodies) == number - 1
        shop.advance_clock(6)
        until(lambda count=number: len(listening.bodies) == count)
    until(lambda: shop.pushes()[0]["state"] == "lost")


@pytest.mark.parametrize("answer", [(200, "thanks"), (301, ""), (401, "")])
def test_a_body_or_another_status_is_a_failure(shop, listening, answer):
    listening.status, listening.text = answer
    shop.config(push_retry_delays=[])
    shop.place()
    until(lambda: shop.pushes()[0]["state"] == "lost")


def test_a_body_can_be_forgiven(shop, listening):
    listening.text = "thanks"
    shop.config(push_empty_body=False)
    shop.place()
    shop.wait_pushes()
    assert shop.pushes()[0]["state"] == "delivered"


def test_slow_answers_count_as_failures(shop, server):
    def slow(environ, start_response):
        time.sleep(0.5)
        return Response("")(environ, start_response)

    with running(slow) as receiver:
        shop.config(callback_url=receiver.url, push_timeout=0.1, push_retry_delays=[])
        shop.place()
        until(lambda: shop.pushes()[0]["state"] == "lost")
    assert "no answer" in shop.pushes()[0]["attempts"][0]["reason"]


def test_lost_pushes_wait_to_be_fetched_and_confirmed(client, shop, listening):
    shop.fault("push_drop", count=2)
    lost, arrived = shop.place(2), shop.place()
    shop.wait_pushes()
    answer = client.call(LOST)["response"]
    rows = [json.loads(row["data"]) for row in answer["push_message_list"]]
    assert [row["data"]["ordersn"] for row in rows] == lost
    assert statuses(listening) == ["READY_TO_SHIP"]
    assert arrived[0].encode() in listening.bodies[0]
    done = client.call(CONFIRM, {"last_message_id": answer["last_message_id"]})
    assert done["error"] == ""
    assert client.call(LOST)["response"]["push_message_list"] == []


def test_lost_pushes_can_be_objects_and_fade_after_three_days(client, shop, listening):
    shop.config(lost_data_as_text=False)
    shop.fault("push_drop", count=1)
    [sn] = shop.place()
    [row] = client.call(LOST)["response"]["push_message_list"]
    assert row["data"]["data"]["ordersn"] == sn
    shop.advance_clock(3 * 86400 + 1)
    client.token = shop.tokens()["access_token"]
    assert client.call(LOST)["response"]["push_message_list"] == []


def test_lost_pushes_come_by_the_hundred(stranger, shop, listening):
    shop.fault("push_drop")
    shop.place(101)
    answer = stranger.call(LOST)["response"]
    assert len(answer["push_message_list"]) == 100
    assert answer["has_next_page"] is True


def test_silently_dropped_pushes_are_nowhere(client, shop, listening):
    shop.fault("push_drop", silent=True)
    shop.place()
    assert client.call(LOST)["response"]["push_message_list"] == []
    assert listening.bodies == []


@pytest.mark.parametrize("concurrent", [False, True])
def test_duplicates_are_byte_for_byte_the_same(shop, listening, concurrent):
    shop.fault("push_duplicate", copies=5, concurrent=concurrent, count=1)
    shop.place()
    until(lambda: len(listening.bodies) == 5)
    assert len(set(listening.bodies)) == 1


def test_reordered_pushes_arrive_last_first(shop, listening):
    shop.fault("push_reorder", count=3)
    [sn] = shop.place(status="UNPAID")
    shop.pay(sn)
    assert listening.bodies == []
    shop.arrange(sn)
    shop.wait_pushes()
    assert statuses(listening) == ["PROCESSED", "READY_TO_SHIP", "UNPAID"]


def test_held_pushes_can_be_released(shop, listening):
    shop.fault("push_reorder", group=10)
    shop.place(2)
    assert shop.release_pushes() == 2
    shop.wait_pushes()
    assert len(listening.bodies) == 2


def test_delayed_pushes_come_later(shop, listening):
    shop.fault("push_delay", seconds=3600, count=1)
    shop.place()
    time.sleep(0.05)
    assert listening.bodies == []
    shop.advance_clock(3601)
    shop.wait_pushes()
    assert len(listening.bodies) == 1


@pytest.mark.parametrize(
    "how", ["wrong_key", "missing", "empty", "upper", "prefixed", "garbage"]
)
def test_forged_pushes_bear_no_good_signature(shop, listening, how):
    shop.fault("push_forge", how=how, count=1)
    shop.place()
    shop.wait_pushes()
    good = signature(listening.url, listening.bodies[0])
    assert listening.headers[0].get("Authorization") != good


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        (
            "invalid_json",
            lambda body: body[:1] == b"{" and body[-1:] != b"}",
        ),
        ("empty", lambda body: body == b""),
        ("empty_object", lambda body: body == b"{}"),
        ("nul", lambda body: json.loads(body)["data"]["note"] == "a\0b"),
        ("raw_nul", lambda body: body.endswith(b"\0")),
        ("emoji", lambda body: json.loads(body)["data"]["note"] == "🧧🛵"),
        ("not_utf8", lambda body: b"\xff" in body),
        ("huge", lambda body: len(body) > 5 * 1024 * 1024),
    ],
)
def test_wrong_bodies_are_rightly_signed(shop, listening, how, expected):
    shop.fault("push_body", how=how, count=1)
    shop.place()
    shop.wait_pushes()
    [body] = listening.bodies
    assert expected(body)
    assert listening.headers[0]["Authorization"] == signature(listening.url, body)


def test_one_event_can_be_sent_fifty_times_at_once(shop, listening):
    [sn] = shop.place(notify=False)
    assert shop.push(sn, copies=50) == [200] * 50
    assert len(set(listening.bodies)) == 1


def test_an_old_push_can_be_sent_again_days_later(shop, listening):
    shop.place()
    shop.wait_pushes()
    shop.advance_clock(3 * 86400)
    assert shop.resend(shop.pushes()[0]["push_id"], copies=2) == [200, 200]
    assert len(set(listening.bodies)) == 1


def test_a_push_can_be_made_to_say_anything(shop, listening):
    [sn] = shop.place(notify=False)
    shop.push(sn, data={"status": "UNPAID", "update_time": 5}, forged="garbage")
    data = json.loads(listening.bodies[0])["data"]
    assert (data["ordersn"], data["status"], data["update_time"]) == (sn, "UNPAID", 5)
    assert listening.headers[0]["Authorization"] == "garbage"


def test_a_push_needs_a_callback(shop):
    [sn] = shop.place()
    with pytest.raises(ControlFailure, match="callback_url"):
        shop.push(sn)


def test_the_callback_is_accepted_after_a_test_push(stranger, shop, receiver):
    answer = stranger.public(CONFIG, callback_url=receiver.url)
    assert answer["response"] == {"result": "success"}
    [body] = receiver.bodies
    assert json.loads(body)["code"] == 0
    assert receiver.headers[0]["Authorization"] == signature(receiver.url, body)
    assert shop.config()["callback_url"] == receiver.url


def test_a_callback_that_fails_the_test_push_is_refused(stranger, shop, receiver):
    receiver.status = 401
    answer = stranger.public(CONFIG, callback_url=receiver.url)
    assert answer["error"] == "error_param"
    assert shop.config()["callback_url"] == ""
    assert stranger.public(CONFIG, callback_url="nonsense")["error"] == "error_param"


def test_codes_and_shops_can_be_switched_off(stranger, shop, receiver):
    stranger.public(CONFIG, callback_url=receiver.url, set_push_config_off=[3])
    shop.place()
    stranger.public(CONFIG, set_push_config_on=[3], blocked_shop_id_list=[SHOP_ID])
    shop.place()
    assert shop.pushes() == []


def test_a_reset_stops_retries(server, listening):
    shop = ShopeeControl(server.url)
    listening.status = 500
    shop.place()
    until(lambda: listening.bodies)
    shop.reset()
    shop.advance_clock(400)
    time.sleep(0.1)
    assert len(listening.bodies) == 1
    assert shop.pushes() == []


def test_a_callback_may_call_the_platform_while_it_is_pushed_to(shop, client):
    answers = []

    def curious(environ, start_response):
        sn = json.loads(Request(environ).get_data())["data"]["ordersn"]
        answers.append(client.detail(sn)[0]["order_status"])
        return Response("")(environ, start_response)

    with running(curious) as receiver:
        shop.config(callback_url=receiver.url)
        shop.place()
        shop.wait_pushes()
    assert answers == ["READY_TO_SHIP"]

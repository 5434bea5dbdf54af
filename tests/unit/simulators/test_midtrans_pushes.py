"""Midtrans, notifications: bodies, signatures, retries, forgeries, rotation."""

import hashlib
import json
import time

import pytest
from werkzeug.wrappers import Request, Response

from tests.simulators.control import ControlFailure
from tests.simulators.midtrans.sender import retries_after
from tests.simulators.server import running

from .midtrans_client import MERCHANT_KEY, SERVER_KEY, signature_of, until


def bodies(receiver):
    return [json.loads(body) for body in receiver.bodies]


def statuses(receiver):
    return [body["transaction_status"] for body in bodies(receiver)]


def paid(merchant, midtrans, **wish):
    merchant.charge(**wish)
    [number] = midtrans.pay("A-1")
    midtrans.wait_pushes()
    return number


# -- bodies and signatures ------------------------------------------------------------


def test_a_notification_is_signed_inside_its_body(merchant, midtrans, hearing):
    number = paid(merchant, midtrans)
    body = next(b for b in bodies(hearing) if b["transaction_status"] == "settlement")
    assert body["signature_key"] == signature_of(body)
    assert body["transaction_id"] == number
    assert body["order_id"] == "A-1"
    assert body["status_code"] == "200"
    assert body["gross_amount"] == "100000.00"
    assert "Iris-Signature" not in hearing.headers[0]


def test_every_change_is_told_with_its_own_code(merchant, midtrans, hearing):
    for number in range(1, 5):
        merchant.charge(f"A-{number}")
    midtrans.pay("A-1")
    midtrans.reverse(midtrans.pay("A-2")[0])
    merchant.post("/v2/A-3/cancel")
    midtrans.expire("A-4")
    midtrans.wait_pushes()
    codes = {(b["transaction_status"], b["status_code"]) for b in bodies(hearing)}
    assert codes == {
        ("pending", "201"),
        ("settlement", "200"),
        ("deny", "202"),
        ("cancel", "202"),
        ("expire", "202"),
    }
    assert all(b["signature_key"] == signature_of(b) for b in bodies(hearing))


@pytest.mark.parametrize(
    ("bank", "present", "absent"),
    [
        ("bca", {"va_numbers", "payment_amounts"}, {"bill_key", "permata_va_number"}),
        ("bni", {"va_numbers", "payment_amounts"}, {"bill_key", "permata_va_number"}),
        ("permata", {"permata_va_number"}, {"va_numbers", "payment_amounts"}),
        ("mandiri", {"bill_key", "biller_code"}, {"va_numbers", "payment_amounts"}),
    ],
)
def test_each_bank_has_a_body_of_its_own(
    merchant, midtrans, hearing, bank, present, absent
):
    midtrans.config(notify_pending=False)
    paid(merchant, midtrans, bank=bank)
    [body] = bodies(hearing)
    assert present <= body.keys()
    assert not absent & body.keys()
    amounts = [row["amount"] for row in body.get("payment_amounts", ())]
    assert amounts == (["100000.00"] if bank == "bni" else [])


@pytest.mark.parametrize("bank", ["bca", "permata", "mandiri"])
def test_a_wrong_amount_shows_in_payment_amounts_only(
    merchant, midtrans, hearing, bank
):
    midtrans.config(notify_pending=False)
    merchant.charge(bank=bank)
    midtrans.pay("A-1", amount=90000, force=True)
    midtrans.wait_pushes()
    [body] = bodies(hearing)
    assert body["gross_amount"] == "100000.00"
    assert [row["amount"] for row in body["payment_amounts"]] == ["90000.00"]
    assert body["signature_key"] == signature_of(body)


def test_a_refund_is_told_twice_the_second_time_confirmed(merchant, midtrans, hearing):
    midtrans.config(refundable=True, notify_pending=False, refund_confirm_seconds=3600)
    paid(merchant, midtrans)
    merchant.post("/v2/A-1/refund", {"refund_key": "R-1"})
    until(lambda: len(hearing.bodies) == 2)
    midtrans.advance_clock(3601)
    until(lambda: len(hearing.bodies) == 3)
    first, second = (body["refunds"][0] for body in bodies(hearing)[1:])
    assert "bank_confirmed_at" not in first
    assert "bank_confirmed_at" in second


def test_the_status_may_be_missing_or_in_capitals(merchant, midtrans, hearing):
    midtrans.config(notification_without_status=True, notify_pending=False)
    paid(merchant, midtrans)
    midtrans.config(notification_without_status=False, capitals=True)
    merchant.charge("A-2")
    midtrans.pay("A-2")
    midtrans.wait_pushes()
    first, second = bodies(hearing)
    assert "transaction_status" not in first
    assert second["transaction_status"] == "SETTLEMENT"


def test_the_notification_may_come_before_the_charge_is_answered(
    merchant, midtrans, hearing
):
    midtrans.fault("latency_after", path="/v2/charge", seconds=0.4, count=1)
    started = time.monotonic()
    merchant.charge()
    assert hearing.bodies
    assert time.monotonic() - started >= 0.4


def test_a_charge_may_have_addresses_of_its_own(merchant, midtrans, hearing):
    other, third = f"{hearing.url}&own=1", f"{hearing.url}&own=2"
    merchant.charge("A-1", headers={"X-Override-Notification": f"{other},{third}"})
    merchant.charge("A-2", headers={"X-Append-Notification": other})
    midtrans.wait_pushes()
    by_order = {}
    for push in midtrans.pushes():
        url = midtrans.ledger("delivered_to")[str(push["push_id"])]
        by_order.setdefault(push["key"], []).append(url)
    assert by_order == {"A-1": [other, third], "A-2": [hearing.url, other]}
    assert len(hearing.bodies) == 4


def test_nothing_is_sent_without_an_address(merchant, midtrans):
    merchant.charge()
    midtrans.pay("A-1")
    assert midtrans.pushes() == []


# -- retries --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "attempts"),
    [(500, 2), (503, 5), (400, 3), (404, 3), (301, 1), (302, 1), (401, 6), (502, 6)],
)
def test_the_answer_decides_how_often_it_is_tried_again(
    merchant, midtrans, hearing, answer, attempts
):
    midtrans.config(retry_scale=0)
    hearing.status = answer
    merchant.charge()
    midtrans.wait_pushes()
    [push] = midtrans.pushes()
    assert push["state"] == "lost"
    assert len(push["attempts"]) == len(hearing.bodies) == attempts


def test_no_answer_is_tried_five_times_again(merchant, midtrans):
    midtrans.config(callback_url="http://127.0.0.1:9/", retry_scale=0)
    merchant.charge()
    midtrans.wait_pushes()
    [push] = midtrans.pushes()
    assert len(push["attempts"]) == 6
    assert retries_after("TimeoutError") == 5


def test_retries_come_after_2_10_30_90_and_210_minutes(merchant, midtrans, hearing):
    hearing.status = 502
    merchant.charge()
    for number, minutes in enumerate((2, 10, 30, 90, 210), 1):
        until(lambda n=number: len(midtrans.pushes()[0]["attempts"]) == n)
        midtrans.advance_clock(minutes * 60 - 5)
        time.sleep(0.03)
        assert len(hearing.bodies) == number
        midtrans.advance_clock(6)
        until(lambda n=number: len(hearing.bodies) == n + 1)
    until(lambda: midtrans.pushes()[0]["state"] == "lost")
    assert len(set(hearing.bodies)) == 1


def test_the_retries_stretch_by_chance(merchant, midtrans, hearing):
    midtrans.config(push_jitter=0.5)
    hearing.status = 502
    merchant.charge()
    until(lambda: midtrans.pushes()[0]["attempts"])
    midtrans.advance_clock(120 * 1.5 + 1)
    until(lambda: len(hearing.bodies) == 2)


def test_a_retry_stops_at_the_first_success(merchant, midtrans, hearing):
    midtrans.config(retry_scale=0.0005)
    hearing.status = 503
    merchant.charge()
    until(lambda: hearing.bodies)
    hearing.status = 204
    midtrans.wait_pushes()
    assert midtrans.pushes()[0]["state"] == "delivered"


@pytest.mark.parametrize("code", [307, 308])
def test_only_307_and_308_are_followed(merchant, midtrans, receiver, code):
    def elsewhere(environ, start_response):
        Request(environ).get_data()
        response = Response("", code, headers={"Location": receiver.url})
        return response(environ, start_response)

    with running(elsewhere) as server:
        midtrans.config(callback_url=server.url)
        merchant.charge()
        midtrans.wait_pushes()
    assert midtrans.pushes()[0]["state"] == "delivered"
    assert bodies(receiver)[0]["order_id"] == "A-1"


def test_a_circle_of_redirects_ends(merchant, midtrans):
    def around(environ, start_response):
        return Response("", 307, headers={"Location": "/"})(environ, start_response)

    with running(around) as server:
        midtrans.config(callback_url=server.url, push_retry_delays=[])
        merchant.charge()
        midtrans.wait_pushes()
    assert midtrans.pushes()[0]["state"] == "lost"


def test_slow_answers_are_failures_after_fifteen_seconds(midtrans):
    assert midtrans.config()["push_timeout"] == 15


def test_a_body_in_the_answer_does_no_harm(merchant, midtrans, hearing):
    hearing.text = "OK"
    merchant.charge()
    midtrans.wait_pushes()
    assert midtrans.pushes()[0]["state"] == "delivered"


# -- forgeries, copies, disorder ------------------------------------------------------


@pytest.mark.parametrize(
    "how", ["wrong", "other_account", "upper", "garbage", "empty", "prefixed"]
)
def test_forged_signatures_are_wrong(merchant, midtrans, hearing, how):
    number = paid(merchant, midtrans)
    hearing.bodies.clear()
    midtrans.event(number, "paid", forged=how)
    [body] = bodies(hearing)
    assert body["signature_key"] != signature_of(body)


def test_a_forgery_may_have_no_signature_at_all(merchant, midtrans, hearing):
    number = paid(merchant, midtrans)
    hearing.bodies.clear()
    midtrans.event(number, "paid", forged="missing")
    assert "signature_key" not in bodies(hearing)[0]


def test_the_fault_that_forges_spoils_the_body(merchant, midtrans, hearing):
    midtrans.fault("push_forge", how="wrong_key", count=1)
    merchant.charge()
    midtrans.wait_pushes()
    [body] = bodies(hearing)
    assert body["signature_key"] != signature_of(body)


def test_an_event_pretends_and_the_book_stays(merchant, midtrans, hearing):
    number = paid(merchant, midtrans)
    hearing.bodies.clear()
    assert midtrans.event(number, "expired", copies=3) == [200, 200, 200]
    assert statuses(hearing) == ["expire"] * 3
    assert merchant.status()["transaction_status"] == "settlement"


def test_the_signature_does_not_cover_the_status(merchant, midtrans, hearing):
    number = merchant.charge()["transaction_id"]
    midtrans.wait_pushes()
    hearing.bodies.clear()
    midtrans.event(number, "pending", tamper={"transaction_status": "settlement"})
    [body] = bodies(hearing)
    assert body["transaction_status"] == "settlement"
    assert body["signature_key"] == signature_of(body)
    midtrans.event(number, "pending", tamper={"gross_amount": "1.00"})
    body = bodies(hearing)[1]
    assert body["signature_key"] != signature_of(body)


def test_fields_can_be_changed_or_taken_away_before_signing(
    merchant, midtrans, hearing
):
    number = paid(merchant, midtrans)
    hearing.bodies.clear()
    changes = {"gross_amount": "100000", "fraud_status": None}
    midtrans.event(number, "paid", changes=changes)
    [body] = bodies(hearing)
    assert "fraud_status" not in body
    assert body["signature_key"] == signature_of(body)


def test_duplicates_and_reordering_are_those_of_every_simulator(
    merchant, midtrans, hearing
):
    midtrans.fault("push_reorder", count=2)
    merchant.charge("A-1")
    midtrans.pay("A-1")
    until(lambda: len(hearing.bodies) == 2)
    assert statuses(hearing) == ["settlement", "pending"]
    midtrans.fault("push_duplicate", path="payment.settlement", copies=3, count=1)
    merchant.charge("A-2")
    midtrans.pay("A-2")
    midtrans.wait_pushes()
    assert statuses(hearing).count("settlement") == 4


def test_a_dropped_notification_is_lost_and_the_status_knows(
    merchant, midtrans, hearing
):
    midtrans.fault("push_drop", path="payment.settlement")
    merchant.charge()
    midtrans.pay("A-1")
    midtrans.wait_pushes()
    assert statuses(hearing) == ["pending"]
    assert merchant.status()["transaction_status"] == "settlement"


def test_an_old_notification_is_sent_again_byte_for_byte(merchant, midtrans, hearing):
    merchant.charge()
    midtrans.wait_pushes()
    midtrans.advance_clock(4 * 86400)
    midtrans.resend(1)
    until(lambda: len(hearing.bodies) >= 2)
    pending = [raw for raw in hearing.bodies if b'"pending"' in raw]
    assert len(pending) == 2
    assert len(set(pending)) == 1


def test_anything_can_be_sent_signed_as_it_needs(midtrans, hearing):
    ping = {
        "connector_ping": "n",
        "order_id": "connector-ping",
        "status_code": "200",
        "gross_amount": "0.00",
    }
    midtrans.send(ping)
    midtrans.send({"reference_no": "x", "status": "completed"})
    midtrans.send("not json")
    first, second = bodies(type(hearing)(bodies=hearing.bodies[:2]))
    assert first["signature_key"] == signature_of(first)
    wanted = hashlib.sha512(hearing.bodies[1] + MERCHANT_KEY.encode()).hexdigest()
    assert hearing.headers[1]["Iris-Signature"] == wanted
    assert "signature_key" not in second
    assert hearing.bodies[2] == b"not json"


def test_a_rotated_key_signs_and_opens_from_then_on(merchant, midtrans, hearing):
    merchant.charge()
    midtrans.wait_pushes()
    midtrans.rotate_key("SB-Mid-server-new")
    [number] = midtrans.pay("A-1")
    midtrans.wait_pushes()
    old, new = bodies(hearing)
    assert old["signature_key"] == signature_of(old, SERVER_KEY)
    assert new["signature_key"] == signature_of(new, "SB-Mid-server-new")
    assert merchant.raw("GET", f"/v2/{number}/status").status_code == 401
    answer = merchant.raw("GET", f"/v2/{number}/status", key="SB-Mid-server-new")
    assert answer.json()["status_code"] == "200"


def test_events_need_an_address_and_a_known_transaction(midtrans, receiver):
    with pytest.raises(ControlFailure, match="callback_url"):
        midtrans.send({})
    midtrans.config(callback_url=receiver.url)
    with pytest.raises(ControlFailure, match="no transaction"):
        midtrans.event("nobody", "paid")

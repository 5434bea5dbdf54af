"""Xendit: payers, and what webhooks tell of them."""

import json
import time

import pytest

from tests.simulators.control import ControlFailure

from .xendit_client import TOKEN, in_future, told

FVA = "/callback_virtual_accounts"
REQUESTS = "/v3/payment_requests"


def captured(receiver):
    """Sums of the captures of every webhook."""
    return [
        sum(capture["capture_amount"] for capture in body["data"]["captures"])
        for body in told(receiver, "payment.capture")
    ]


# -- v3 -------------------------------------------------------------------------------


def test_a_payment_is_told_with_captures_and_token(xmerchant, xendit, xlistening):
    made = xmerchant.made()
    [number] = xendit.pay("INV-1", sender="BUDI")
    xendit.wait_pushes()
    [body] = told(xlistening)
    assert xlistening.headers[0]["X-Callback-Token"] == TOKEN
    assert (body["event"], body["api_version"]) == ("payment.capture", "v3")
    data = body["data"]
    assert data["payment_id"] == number
    assert data["payment_request_id"] == made["payment_request_id"]
    assert data["reference_id"] == "INV-1"
    assert data["status"] == "SUCCEEDED"
    assert data["payment_details"]["payer_name"] == "BUDI"
    assert captured(xlistening) == [100000]
    path = f"{REQUESTS}/{made['payment_request_id']}"
    assert xmerchant.get(path)["status"] == "SUCCEEDED"
    assert xmerchant.get(f"/v3/payments/{number}")["captures"] == data["captures"]


def test_a_bank_refuses_a_wrong_amount_unless_it_is_forced(
    xmerchant, xendit, xlistening
):
    xmerchant.made()
    for amount in (99999, 100001):
        with pytest.raises(ControlFailure, match="asks for 100000"):
            xendit.pay("INV-1", amount=amount)
    xendit.pay("INV-1", amount=60000, force=True)
    xendit.wait_pushes()
    assert captured(xlistening) == [60000]
    assert told(xlistening)[0]["data"]["request_amount"] == 100000


def test_paid_twice_at_once_is_two_payments(xmerchant, xendit, xlistening):
    xmerchant.made()
    first, second = xendit.pay("INV-1", copies=2)
    xendit.wait_pushes()
    ids = {body["data"]["payment_id"] for body in told(xlistening)}
    assert ids == {first, second}
    with pytest.raises(ControlFailure, match="is paid"):
        xendit.pay("INV-1")


def test_late_money_comes_and_the_request_stays_expired(xmerchant, xendit, xlistening):
    wishes = {"expires_at": in_future(60)}
    made = xmerchant.made(channel_properties=wishes)
    xendit.advance_clock(120)
    with pytest.raises(ControlFailure, match="is expired"):
        xendit.pay("INV-1")
    xendit.pay("INV-1", force=True)
    xendit.wait_pushes()
    events = {body["event"] for body in told(xlistening)}
    assert events == {"payment_request.expiry", "payment.capture"}
    path = f"{REQUESTS}/{made['payment_request_id']}"
    assert xmerchant.get(path)["status"] == "EXPIRED"


def test_expiry_is_told_without_a_call(xmerchant, xendit, xlistening):
    xmerchant.made(channel_properties={"expires_at": in_future(0.3)})
    deadline = time.monotonic() + 60
    while not xlistening.bodies:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    [body] = told(xlistening, "payment_request.expiry")
    assert body["data"]["status"] == "EXPIRED"


def test_a_moved_expiry_expires_later_only(xmerchant, xendit):
    made = xmerchant.made(channel_properties={"expires_at": in_future(60)})
    path = f"{REQUESTS}/{made['payment_request_id']}"
    xmerchant.patch(path, channel_properties={"expires_at": in_future(600)})
    xendit.advance_clock(120)
    assert xendit.vas()["INV-1"]["status"] == "active"
    xendit.advance_clock(600)
    assert xendit.vas()["INV-1"]["status"] == "expired"


@pytest.mark.parametrize(
    ("mode", "told_of"), [("closed", ["INV-1"]), ("all", ["CUST", "INV-1"]), ("", [])]
)
def test_which_expiries_are_told_is_a_setting(
    xmerchant, xendit, xlistening, mode, told_of
):
    xendit.config(expiry_webhook=mode)
    xmerchant.made()
    xmerchant.made("CUST", None)
    xendit.expire("INV-1")
    xendit.expire("CUST")
    xendit.wait_pushes()
    references = [body["data"]["reference_id"] for body in told(xlistening)]
    assert sorted(references) == told_of


def test_a_reusable_code_is_paid_again_and_again(xmerchant, xendit, xlistening):
    xmerchant.made("CUST", None)
    with pytest.raises(ControlFailure, match="name an amount"):
        xendit.pay("CUST")
    for amount in (10000, 25000, 10000):
        xendit.pay("CUST", amount=amount)
    xendit.wait_pushes()
    assert sorted(captured(xlistening)) == [10000, 10000, 25000]
    assert "request_amount" not in told(xlistening)[0]["data"]
    assert xendit.vas()["CUST"]["status"] == "active"


def test_a_number_pays_like_a_reference(xmerchant, xendit):
    xmerchant.made()
    number = xendit.vas()["INV-1"]["number"]
    xendit.pay(number=number)
    assert xendit.vas()["INV-1"]["status"] == "paid"


@pytest.mark.parametrize(
    ("style", "amount"),
    [
        ("number", "100000"),
        ("string", '"100000"'),
        ("decimal", "100000.0"),
        ("decimal_string", '"100000.00"'),
    ],
)
def test_amounts_come_in_every_style(xmerchant, xendit, xlistening, style, amount):
    xendit.config(amount_style=style)
    xmerchant.made()
    xendit.pay("INV-1")
    xendit.wait_pushes()
    [body] = xlistening.bodies
    assert f'"capture_amount":{amount},'.encode() in body
    assert f'"request_amount":{amount},'.encode() in body


def test_webhooks_may_omit_captures_and_currency_and_doubt_the_sender(
    xmerchant, xendit, xlistening
):
    xendit.config(
        omit_captures=True,
        omit_currency=True,
        sender_verification="UNKNOWN",
        data_type="SINGLE_PAYMENT",
    )
    xmerchant.made()
    [number] = xendit.pay("INV-1", amount=100000)
    xendit.wait_pushes()
    [body] = told(xlistening)
    data = body["data"]
    assert "captures" not in data
    assert "currency" not in data
    assert data["type"] == "SINGLE_PAYMENT"
    doubt = data["payment_details"]["verification_result"]["sender_verification"]
    assert doubt == {"result": "UNKNOWN"}
    found = xmerchant.get(f"/v3/payments/{number}")
    assert found["captures"][0]["capture_amount"] == 100000
    assert found["currency"] == "IDR"


def test_quiet_money_is_in_the_books_only(xmerchant, xendit, xlistening):
    xmerchant.made()
    [number] = xendit.pay("INV-1", quiet=True)
    assert xendit.pushes() == []
    assert xendit.payments()[number]["status"] == "paid"


def test_foreign_currency_is_told(xmerchant, xendit, xlistening):
    xmerchant.made("CUST", None)
    [number] = xendit.pay("CUST", amount="10.50", currency="USD")
    xendit.wait_pushes()
    [body] = told(xlistening)
    assert body["data"]["currency"] == "USD"
    assert captured(xlistening) == [10.5]
    assert xendit.payments()[number]["amount"] == "10.50"


# -- legacy ---------------------------------------------------------------------------


def test_making_a_legacy_account_is_told(xmerchant, xendit, xlistening):
    made = xmerchant.fva().json()
    xendit.wait_pushes()
    [body] = told(xlistening)
    assert body["status"] == "ACTIVE"
    assert body["account_number"] == made["account_number"]
    assert "payment_id" not in body
    assert "event" not in body


def test_a_paid_callback_has_no_status_and_drops_the_prefix_of_10766(
    xmerchant, xendit, xlistening
):
    made = xmerchant.fva().json()
    [number] = xendit.pay("CUST-1", amount=30000, remark="INV 7")
    xendit.wait_pushes()
    body = told(xlistening)[-1]
    assert body["payment_id"] == number != body["id"]
    assert body["callback_virtual_account_id"] == made["id"]
    assert made["account_number"] == "10766" + body["account_number"]
    assert body["payment_detail"]["remark"] == "INV 7"
    assert body["currency"] == "IDR"
    assert "status" not in body
    path = f"/callback_virtual_account_payments/payment_id={number}"
    assert xmerchant.get(path) == body


def test_other_banks_keep_the_prefix(xmerchant, xendit, xlistening):
    made = xmerchant.fva(bank_code="MANDIRI").json()
    xendit.pay("CUST-1", amount=30000)
    xendit.wait_pushes()
    assert told(xlistening)[-1]["account_number"] == made["account_number"]


def test_older_callbacks_have_a_sender_and_no_currency(xmerchant, xendit, xlistening):
    xendit.config(legacy_age="old")
    xmerchant.fva()
    xendit.pay("CUST-1", amount=30000, sender="SITI")
    xendit.wait_pushes()
    body = told(xlistening)[-1]
    assert body["sender_name"] == "SITI"
    assert not {"currency", "country", "payment_detail"} & set(body)


def test_a_single_use_account_is_done_after_one_payment(xmerchant, xendit):
    xmerchant.fva("ONCE", amount=20000)
    xmerchant.fva("OFTEN", amount=20000, is_single_use=False)
    for reference in ("ONCE", "OFTEN"):
        xendit.pay(reference)
    vas = xendit.vas()
    assert (vas["ONCE"]["status"], vas["OFTEN"]["status"]) == ("paid", "active")
    path = f"{FVA}/{vas['ONCE']['id']}"
    assert xmerchant.get(path)["status"] == "INACTIVE"


# -- by hand --------------------------------------------------------------------------


def test_a_number_nobody_knows_is_told_and_cannot_be_found(
    xmerchant, xendit, xlistening
):
    [number] = xendit.pay_direct("999000111", 75000)
    xendit.wait_pushes()
    [body] = told(xlistening)
    assert body["data"]["payment_id"] == number
    missing = xmerchant.get(f"{REQUESTS}/{body['data']['payment_request_id']}")
    assert missing["error_code"] == "DATA_NOT_FOUND"
    assert xendit.vas() == {}
    assert xendit.payments()[number]["number"] == "999000111"


def test_a_dashboard_account_is_found_like_any_other(xmerchant, xendit):
    row = xendit.make_va("DASH", bank="MANDIRI", kind="closed", amount=5000)
    assert xmerchant.get(f"{REQUESTS}/{row['id']}")["reference_id"] == "DASH"
    legacy = xendit.make_va("OLD", kind="fixed", generation="legacy")
    assert xmerchant.get(f"{FVA}/{legacy['id']}")["external_id"] == "OLD"


@pytest.mark.parametrize(
    ("kind", "event", "status"),
    [
        ("paid", "payment.capture", "SUCCEEDED"),
        ("pending", "payment.authorization", "AUTHORIZED"),
        ("failed", "payment.failure", "FAILED"),
        ("expired", "payment.expiry", "EXPIRED"),
    ],
)
def test_an_event_is_told_again_in_any_state(
    xmerchant, xendit, xlistening, kind, event, status
):
    xmerchant.made()
    [number] = xendit.pay("INV-1", quiet=True)
    assert xendit.event(number, kind, copies=2) == [200, 200]
    assert [body["event"] for body in told(xlistening)] == [event, event]
    assert told(xlistening)[0]["data"]["status"] == status
    assert xendit.payments()[number]["status"] == "paid"


def test_an_event_that_xendit_never_sends_is_refused(xmerchant, xendit, xlistening):
    xmerchant.made()
    [number] = xendit.pay("INV-1", quiet=True)
    with pytest.raises(ControlFailure, match="no webhook tells that"):
        xendit.event(number, "reversed")


@pytest.mark.parametrize(
    ("forged", "token"),
    [("missing", None), ("wrong", "wrong-token"), ("other_account", "token-of-ano")],
)
def test_forged_webhooks_bear_another_token_or_none(xendit, xlistening, forged, token):
    assert xendit.send({"event": "payment.capture"}, forged=forged) == [200]
    found = xlistening.headers[0].get("X-Callback-Token")
    assert found is None if token is None else found.startswith(token)
    assert json.loads(xlistening.bodies[0]) == {"event": "payment.capture"}


def test_a_rotated_token_signs_what_follows(xendit, xlistening):
    xendit.send("not json")
    xendit.rotate_key("new-token")
    xendit.send("not json")
    tokens = [headers["X-Callback-Token"] for headers in xlistening.headers]
    assert tokens == [TOKEN, "new-token"]
    assert xlistening.bodies == [b"not json", b"not json"]


def test_failed_webhooks_follow_the_ladder_of_a_day(xmerchant, xendit, xlistening):
    xlistening.status = 503
    xmerchant.made()
    xendit.pay("INV-1")
    for number, delay in enumerate((0, 900, 2700, 7200, 10800, 21600, 43200), 1):
        xendit.advance_clock(delay + 1)
        _until_attempts(xendit, number)
    [push] = xendit.pushes()
    assert push["state"] == "lost"


def _until_attempts(xendit, number):
    deadline = time.monotonic() + 60
    while len(xendit.pushes()[0]["attempts"]) < number:
        assert time.monotonic() < deadline, "it was not sent again"
        time.sleep(0.01)
    time.sleep(0.05)
    assert len(xendit.pushes()[0]["attempts"]) == number


def test_a_webhook_can_come_before_the_create_call_returns(
    xmerchant, xendit, xlistening
):
    xendit.fault("latency_after", path=FVA, seconds=0.5)
    started = time.monotonic()
    xmerchant.fva()
    assert time.monotonic() - started >= 0.5
    assert len(xlistening.bodies) == 1


def test_two_thousand_accounts_are_made_and_paid_in_three_calls(xendit):
    wishes = [{"reference": f"I{n}", "amount": 10000 + n} for n in range(2000)]
    assert len(xendit.bulk(wishes)) == 2000
    xendit.pay_many([wish["reference"] for wish in wishes])
    assert len(xendit.settle()) == 2000
    asked = sum(wish["amount"] for wish in wishes)
    assert xendit.balance() == asked - 2000 * 4440


def test_the_same_seed_makes_the_same_numbers(xendit):
    made = []
    for _ in range(2):
        xendit.reset(seed=7)
        row = xendit.make_va("A", amount=1)
        made.append((row["id"], row["number"], *xendit.pay("A", quiet=True)))
    assert made[0] == made[1]

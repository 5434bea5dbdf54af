"""Midtrans, Core API: who may call, charges, idempotency, the end of a charge."""

import threading
import time
from decimal import Decimal

import pytest
import requests

from .midtrans_client import seconds_of, signature_of, until

DAY = 86400


# -- who may call ---------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", "SB-Mid-server-other", "IRIS-creator-simulator"])
def test_a_wrong_server_key_is_refused_in_http_too(merchant, key):
    answer = merchant.raw("GET", "/v2/A-1/status", key=key)
    assert answer.status_code == 401
    assert answer.json()["status_code"] == "401"


def test_the_truth_is_in_the_body_while_http_says_200(merchant, midtrans):
    answer = merchant.raw("GET", "/v2/nobody/status")
    assert answer.status_code == 200
    assert answer.json()["status_code"] == "404"
    midtrans.config(http_follows_body=True)
    assert merchant.raw("GET", "/v2/nobody/status").status_code == 404


def test_unknown_pages_wrong_methods_and_broken_json_are_told_apart(merchant):
    assert merchant.get("/v2/nothing")["status_code"] == "404"
    assert merchant.get("/v2/charge")["status_code"] == "405"
    broken = merchant.raw("POST", "/v2/charge", data=b"{")
    assert broken.json()["status_code"] == "413"


# -- charges --------------------------------------------------------------------------


@pytest.mark.parametrize("bank", ["bca", "bni", "bri", "cimb"])
def test_banks_answer_with_va_numbers(merchant, bank):
    answer = merchant.charge(bank=bank)
    assert answer["status_code"] == "201"
    assert answer["transaction_status"] == "pending"
    assert answer["gross_amount"] == "100000.00"
    [number] = answer["va_numbers"]
    assert number["bank"] == bank
    assert number["va_number"].isdigit()


def test_mandiri_answers_with_a_bill_key_and_a_biller_code(merchant):
    answer = merchant.charge(bank="mandiri")
    assert answer["payment_type"] == "echannel"
    assert answer["biller_code"] == "70012"
    assert len(answer["bill_key"]) == 12
    assert "va_numbers" not in answer


def test_permata_answers_in_a_field_of_its_own_or_as_the_others(merchant, midtrans):
    assert merchant.charge(bank="permata")["permata_va_number"].isdigit()
    midtrans.config(permata_form="va_numbers", permata_payment_type="permata")
    answer = merchant.charge("A-2", bank="permata")
    assert answer["va_numbers"][0]["bank"] == "permata"
    assert answer["payment_type"] == "permata"


def test_permata_may_be_asked_for_as_a_payment_type(merchant):
    body = merchant.order() | {"payment_type": "permata"}
    assert "permata_va_number" in merchant.post("/v2/charge", body)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"payment_type": "gopay"}, "402"),
        ({"bank_transfer": {"bank": "mandiri"}}, "400"),
        ({"bank_transfer": {"bank": "nobank"}}, "400"),
        ({"bank_transfer": "bca"}, "400"),
        ({"bank_transfer": {"bank": "bca", "va_number": "12a"}}, "400"),
        ({"transaction_details": None}, "400"),
        ({"transaction_details": {"order_id": "A 1", "gross_amount": 1}}, "400"),
        ({"transaction_details": {"order_id": "A" * 51, "gross_amount": 1}}, "400"),
        ({"transaction_details": {"order_id": "A", "gross_amount": 1.5}}, "400"),
        ({"transaction_details": {"order_id": "A", "gross_amount": 0}}, "400"),
        ({"transaction_details": {"order_id": "A", "gross_amount": "NaN"}}, "400"),
        ({"item_details": [{"price": 99999, "quantity": 1}]}, "400"),
        ({"payment_type": "echannel", "echannel": {"bill_info1": "x"}}, "400"),
    ],
)
def test_a_charge_that_makes_no_sense_is_refused(merchant, midtrans, change, code):
    answer = merchant.post("/v2/charge", merchant.order() | change)
    assert answer["status_code"] == code
    assert midtrans.ledger("vas") == []


def test_an_order_id_is_taken_once(merchant, midtrans):
    merchant.charge()
    assert merchant.charge()["status_code"] == "406"
    midtrans.pay("A-1")
    assert merchant.charge()["status_code"] == "406"
    assert len(midtrans.ledger("vas")) == 1


def test_an_expired_order_id_may_be_charged_again_unless_told_otherwise(
    merchant, midtrans
):
    first = merchant.charge()
    midtrans.expire("A-1")
    second = merchant.charge(bank="bni")
    assert second["status_code"] == "201"
    assert merchant.status()["transaction_id"] == second["transaction_id"]
    assert merchant.status(first["transaction_id"])["transaction_status"] == "expire"
    b2b = merchant.get("/v2/A-1/status/b2b")
    assert len(b2b["transactions"]) == 2
    midtrans.config(expired_order_id_reusable=False)
    midtrans.expire("A-1")
    assert merchant.charge()["status_code"] == "406"


def test_a_wished_number_is_cut_filled_or_replaced_when_in_use(merchant):
    def number(order_id, wish):
        bank = {"bank": "bca", "va_number": wish}
        answer = merchant.charge(order_id, bank_transfer=bank)
        return answer["va_numbers"][0]["va_number"]

    assert number("A-1", "5" * 15) == "91012" + "5" * 11
    assert number("A-2", "77") == "91012" + "00000000077"
    other = number("A-3", "77")
    assert other != "91012" + "00000000077"
    assert len(other) == 16


def test_the_number_of_a_finished_transaction_is_free_again(merchant, midtrans):
    bank = {"bank": "bca", "va_number": "77"}
    first = merchant.charge("A-1", bank_transfer=bank)
    midtrans.expire("A-1")
    assert (
        merchant.charge("A-2", bank_transfer=bank)["va_numbers"]
        == (first["va_numbers"])
    )


# -- time -----------------------------------------------------------------------------


def test_times_are_those_of_jakarta_and_a_charge_lives_a_day(merchant):
    answer = merchant.charge()
    assert abs(seconds_of(answer["transaction_time"]) - time.time()) < 5
    lives = seconds_of(answer["expiry_time"]) - seconds_of(answer["transaction_time"])
    assert lives == DAY


@pytest.mark.parametrize(
    ("duration", "unit", "seconds"),
    [(20, "second", 20), (90, None, 5400), (2, "hour", 7200), (180, "day", 180 * DAY)],
)
def test_the_expiry_can_be_chosen(merchant, midtrans, duration, unit, seconds):
    expiry = {"expiry_duration": duration} | ({"unit": unit} if unit else {})
    merchant.charge(custom_expiry=expiry)
    expires = midtrans.vas()["A-1"]["expires_at"]
    assert abs(expires - time.time() - seconds) < 5


def test_the_expiry_counts_from_the_order_time(merchant, midtrans):
    then = time.strftime("%Y-%m-%d %H:%M:%S +0700", time.gmtime(time.time() + 7 * 3600))
    merchant.charge(custom_expiry={"order_time": then, "expiry_duration": 60})
    assert abs(midtrans.vas()["A-1"]["expires_at"] - time.time() - 3600) < 5


@pytest.mark.parametrize(
    "expiry",
    [
        {"expiry_duration": 10, "unit": "second"},
        {"expiry_duration": 181, "unit": "day"},
        {"expiry_duration": 1, "unit": "week"},
        {"expiry_duration": "soon"},
        {"order_time": "yesterday", "expiry_duration": 60},
        {"order_time": "2020-01-01 00:00:00 +0700", "expiry_duration": 60},
    ],
)
def test_an_expiry_out_of_bounds_is_refused(merchant, expiry):
    assert merchant.charge(custom_expiry=expiry)["status_code"] == "400"


def test_a_charge_expires_by_itself(merchant, midtrans):
    merchant.charge()
    midtrans.advance_clock(DAY - 5)
    assert merchant.status()["transaction_status"] == "pending"
    midtrans.advance_clock(6)
    answer = merchant.status()
    assert answer["transaction_status"] == "expire"
    assert answer["status_code"] == "407"
    assert midtrans.vas()["A-1"]["status"] == "expired"


def test_what_was_paid_or_cancelled_does_not_expire(merchant, midtrans):
    merchant.charge("A-1")
    merchant.charge("A-2")
    midtrans.pay("A-1")
    merchant.post("/v2/A-2/cancel")
    midtrans.advance_clock(DAY + 1)
    assert merchant.status("A-1")["transaction_status"] == "settlement"
    assert merchant.status("A-2")["transaction_status"] == "cancel"


# -- idempotency ----------------------------------------------------------------------


def test_a_key_repeats_its_answer_for_five_minutes_whatever_the_body(
    merchant, midtrans
):
    key = {"Idempotency-Key": "one"}
    first = merchant.charge("A-1", headers=key)
    assert merchant.charge("A-1", headers=key) == first
    assert merchant.charge("A-2", headers=key) == first
    assert merchant.post("/v2/A-1/cancel", headers=key) == first
    midtrans.advance_clock(301)
    assert merchant.charge("A-1", headers=key)["status_code"] == "406"


def test_a_key_does_not_keep_a_refusal(merchant):
    key = {"Idempotency-Key": "one"}
    assert merchant.charge("A 1", headers=key)["status_code"] == "400"
    assert merchant.charge("A-1", headers=key)["status_code"] == "201"


def test_permata_does_not_know_the_key(merchant):
    key = {"Idempotency-Key": "one"}
    merchant.charge("A-1", headers=key, bank="permata")
    assert merchant.charge("A-1", headers=key, bank="permata")["status_code"] == "406"


def test_a_key_that_is_too_long_is_refused(merchant):
    answer = merchant.charge(headers={"Idempotency-Key": "k" * 47})
    assert answer["status_code"] == "400"


def test_a_repeat_while_the_first_is_at_work_gets_202(merchant, midtrans):
    held = midtrans.hold("/v2/charge")
    key = {"Idempotency-Key": "one"}
    first = threading.Thread(target=merchant.charge, kwargs={"headers": key})
    first.start()
    until(lambda: midtrans.hits(held))
    again = requests.post(
        f"{merchant.url}/v2/charge",
        json=merchant.order(),
        headers=key,
        auth=("SB-Mid-server-simulator", ""),
        timeout=60,
    )
    midtrans.clear_faults()
    first.join()
    assert again.status_code == 202
    assert len(midtrans.ledger("vas")) == 1


def test_a_lost_answer_had_its_effect_and_status_finds_it(merchant, midtrans):
    midtrans.fault("cut_after", path="/v2/charge", count=1)
    with pytest.raises(requests.ConnectionError):
        merchant.charge()
    assert merchant.charge()["status_code"] == "406"
    assert merchant.status()["va_numbers"]


# -- the end of a charge --------------------------------------------------------------


def test_cancel_and_expire_end_what_is_pending_and_nothing_else(merchant):
    merchant.charge("A-1")
    merchant.charge("A-2")
    cancelled = merchant.post("/v2/A-1/cancel")
    assert (cancelled["status_code"], cancelled["transaction_status"]) == (
        "200",
        "cancel",
    )
    expired = merchant.post("/v2/A-2/expire")
    assert (expired["status_code"], expired["transaction_status"]) == ("407", "expire")
    for path in ("/v2/A-1/expire", "/v2/A-2/cancel", "/v2/A-1/approve", "/v2/A-1/deny"):
        assert merchant.post(path)["status_code"] == "412"
    assert merchant.post("/v2/nobody/cancel")["status_code"] == "404"


def test_a_transaction_is_found_by_its_own_id_too(merchant):
    number = merchant.charge()["transaction_id"]
    assert merchant.status(number)["order_id"] == "A-1"


def test_the_status_bears_a_right_signature(merchant, midtrans):
    merchant.charge()
    midtrans.pay("A-1")
    body = merchant.status()
    assert body["signature_key"] == signature_of(body)


def test_statuses_may_come_in_capitals(merchant, midtrans):
    midtrans.config(capitals=True)
    assert merchant.charge()["transaction_status"] == "PENDING"
    assert merchant.status()["transaction_status"] == "PENDING"


# -- refunds and the balance ----------------------------------------------------------


def test_virtual_accounts_are_not_refunded(merchant, midtrans):
    merchant.charge()
    midtrans.pay("A-1")
    assert merchant.post("/v2/A-1/refund")["status_code"] == "412"


def test_refunds_where_they_are_switched_on(merchant, midtrans):
    midtrans.config(refundable=True)
    merchant.charge()
    assert merchant.post("/v2/A-1/refund")["status_code"] == "412"
    midtrans.pay("A-1")
    part = {"refund_key": "R-1", "amount": 30000, "reason": "broken"}
    answer = merchant.post("/v2/A-1/refund", part)
    assert answer["transaction_status"] == "partial_refund"
    assert answer["refund_amount"] == "30000.00"
    assert merchant.post("/v2/A-1/refund", part)["status_code"] == "406"
    too_much = {"refund_key": "R-2", "amount": 70001}
    assert merchant.post("/v2/A-1/refund", too_much)["status_code"] == "414"
    rest = merchant.post("/v2/A-1/refund/online/direct", {"refund_key": "R-3"})
    assert rest["transaction_status"] == "refund"
    body = merchant.status()
    assert body["refund_amount"] == "100000.00"
    assert [row["refund_key"] for row in body["refunds"]] == ["R-1", "R-3"]
    assert midtrans.payments()[body["transaction_id"]]["status"] == "refunded"


def test_the_balance_is_told_in_sums_only(merchant, midtrans):
    merchant.charge()
    midtrans.pay("A-1")
    query = {
        "currency": "IDR",
        "start_time": "2020-01-01T00:00:00+07:00",
        "end_time": "2099-01-01T00:00:00+07:00",
    }
    answer = merchant.get("/v1/balance/mutation", params=query)
    payin, iris = answer["wallets"]
    assert payin["closing_balance_effective"] == 100000
    assert iris["closing_balance_effective"] == midtrans.balance()
    assert answer["opening_balance_overall"] == 0
    midtrans.settle()
    answer = merchant.get("/v1/balance/mutation", params=query)
    assert answer["wallets"][0]["closing_balance_effective"] == 0


def test_the_balance_wants_all_of_its_parameters(merchant):
    answer = merchant.raw("GET", "/v1/balance/mutation", params={"currency": "IDR"})
    assert answer.status_code == 400
    assert len(answer.json()["error_messages"]) == 2


# -- limits and money -----------------------------------------------------------------


def test_charges_can_be_limited(merchant, midtrans):
    midtrans.config(rate_limit=3)
    answers = [
        merchant.raw("POST", "/v2/charge", json=merchant.order(f"A-{n}"))
        for n in range(12)
    ]
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) >= 3
    assert {answer.json()["status_code"] for answer in refused} == {"429"}


def test_any_refusal_can_be_provoked(merchant, midtrans):
    midtrans.fault("api_error", code="410", message="no", count=1)
    assert merchant.status()["status_code"] == "410"


def test_whole_rupiah_come_as_text_with_two_decimals(merchant):
    gross = merchant.charge(amount="250000")["gross_amount"]
    assert gross == "250000.00"
    assert Decimal(gross) == 250000

"""Webhooks of all generations become events, each fact once."""

import json
from datetime import UTC, datetime

import pytest

from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.providers.xendit import PROVIDER, ping_request
from odoo.addons.erp_connector_base.client.errors import (
    SignatureError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.exact_json import dump

from .xendit import CALLBACK, CREDENTIALS, TOKEN, body, golden, told, webhook


def read(raw):
    (event,) = PROVIDER.webhook.parse(webhook(raw))
    return event


@pytest.mark.parametrize(
    ("name", "topic", "key"),
    [
        ("payment_capture", schema.PAYMENT_EVENT, "VA-2024-00018"),
        ("payment_failure", schema.PAYMENT_EVENT, "example_reference_id"),
        ("payment_succeeded", schema.PAYMENT_EVENT, "VA-2022-00003"),
        ("fva_paid", schema.PAYMENT_EVENT, "fixed-va-1487156410"),
        ("payment_request_expiry", schema.VA_EVENT, "VA-2024-00017"),
        ("fva_created", schema.VA_EVENT, "VA-2016-00001"),
        ("payout_failed", schema.PAYOUT_EVENT, "PAY-2024-0001"),
        ("v3_payout_succeeded", schema.PAYOUT_EVENT, "PAY-2025-0001"),
        ("refund_succeeded", schema.REFUND_EVENT, "REF-1"),
    ],
)
def test_a_webhook_goes_to_the_topic_and_the_business_it_is_about(name, topic, key):
    event = read(body(name))
    assert (event.topic, event.business_key, event.account) == (topic, key, "")
    assert event.payload.encode() == body(name)


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("payment_capture", datetime(2024, 4, 9, 5, 10, 0, 200000, UTC)),
        ("fva_paid", datetime(2017, 2, 15, 11, 1, 52, 722000, UTC)),
        ("payment_succeeded", datetime(2022, 12, 2, 14, 52, 20, 111222, UTC)),
        ("payout_failed", datetime(2024, 4, 9, 5, 15, 59, tzinfo=UTC)),
    ],
)
def test_an_event_bears_the_time_of_the_fact_not_of_its_telling(name, when):
    assert read(body(name)).occurred_at == when


@pytest.mark.parametrize(
    "name", ["payment_capture", "payment_request_expiry", "payout_failed"]
)
def test_told_again_later_it_is_the_same_fact(name):
    again = golden(name, created="2024-04-13T00:00:00Z")
    assert read(again).dedup_key == read(body(name)).dedup_key


@pytest.mark.parametrize("amount", [80000.0, "80000", "80000.00"])
def test_the_same_amount_written_otherwise_is_the_same_fact(amount):
    again = read(golden("fva_paid", amount=amount))
    assert again.dedup_key == read(body("fva_paid")).dedup_key


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "FAILED"},
        {"payment_id": "py-2"},
        {"captures": None, "request_amount": 10001},
        {
            "captures": [
                {"capture_id": "cptr-2", "capture_amount": 10001},
            ]
        },
        {
            "payment_details": {
                "verification_result": {"sender_verification": {"result": "UNKNOWN"}}
            }
        },
    ],
)
def test_whatever_matters_makes_another_fact(changes):
    other = read(told("payment_capture", **changes))
    assert other.dedup_key != read(body("payment_capture")).dedup_key


def test_the_order_of_captures_does_not_matter():
    parts = [{"capture_id": f"cptr-{n}", "capture_amount": n} for n in (1, 2)]
    one, other = (
        read(told("payment_capture", captures=captures))
        for captures in (parts, parts[::-1])
    )
    assert one.dedup_key == other.dedup_key


def test_two_payments_to_one_account_are_two_facts():
    one = read(golden("fva_paid", payment_id="1"))
    other = read(golden("fva_paid", payment_id="2"))
    assert one.dedup_key != other.dedup_key
    assert one.business_key == other.business_key


def test_a_legacy_account_that_changed_again_is_another_fact():
    first = read(body("fva_created"))
    later = read(golden("fva_created", updated="2024-04-10T00:00:00Z"))
    nameless = [
        read(golden("fva_created", updated=None, created=None, expected_amount=amount))
        for amount in (1, 2)
    ]
    keys = {event.dedup_key for event in (first, later, *nameless)}
    assert len(keys) == 4


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"reference_id": None}, "pr-1102feb0-bb79-47ae-9d1e-e69394d3949c"),
        (
            {"reference_id": None, "payment_request_id": None},
            "py-1402feb0-bb79-47ae-9d1e-e69394d3949c",
        ),
    ],
)
def test_a_payment_of_no_known_reference_is_kept_by_its_ids(changes, key):
    assert read(told("payment_capture", **changes)).business_key == key


@pytest.mark.parametrize(
    "raw",
    [
        {"event": "payment_token.activation", "data": {"payment_token_id": "pt-1"}},
        {"event": "bill_payment.succeeded", "data": {"data": {}}},
        {"event": 7},
        {"id": "5f", "external_id": "x", "status": "PAID", "paid_amount": 5},
        {},
    ],
)
def test_what_nothing_is_known_about_is_kept_once(raw):
    event = read(raw)
    assert event.topic == schema.OTHER_EVENT
    assert event.payload == dump(raw)
    assert event.dedup_key == read(raw).dedup_key
    assert event.dedup_key != read({**raw, "more": 1}).dedup_key


@pytest.mark.parametrize("raw", [b"", b"nonsense", b"[1]", b"\xff\xfe", b'{"a":NaN}'])
def test_what_is_no_object_is_an_error_that_keeps_it(raw):
    with pytest.raises(UnexpectedResponseError) as caught:
        read(raw)
    assert caught.value.payload == raw.decode("utf-8", "replace")


@pytest.mark.parametrize(
    "raw",
    [
        {"event": "payment.capture", "data": {"status": "SUCCEEDED"}},
        {"event": "payment.capture"},
        {"event": "payout.succeeded", "data": []},
        {"payment_id": "1", "callback_virtual_account_id": "2", "amount": "many"},
    ],
)
def test_money_that_cannot_be_read_is_an_error_and_not_overlooked(raw):
    with pytest.raises(UnexpectedResponseError):
        read(raw)


def test_a_nul_does_not_get_into_the_inbox():
    event = read(golden("fva_paid", sender_name="A\0B"))
    assert "\0" not in event.payload
    raw = body("fva_paid").replace(b"JOHN DOE", b"A\0B")
    with pytest.raises(UnexpectedResponseError) as caught:
        read(raw)
    assert "\0" not in caught.value.payload


def test_our_own_round_trip_comes_back_as_a_ping():
    request = ping_request(CALLBACK, "nonce-1", CREDENTIALS)
    assert (request.method, request.url) == ("POST", CALLBACK)
    arrived = webhook(request.body, **request.headers)
    PROVIDER.webhook.verify(arrived, CREDENTIALS)
    (event,) = PROVIDER.webhook.parse(arrived)
    assert (event.topic, event.business_key) == (schema.PING_EVENT, "nonce-1")
    assert TOKEN not in repr(request)


def test_who_answers_our_round_trip_does_not_learn_the_token():
    request = ping_request(CALLBACK, "nonce-1", CREDENTIALS)
    assert TOKEN not in str(request.headers)
    for forged in (body("fva_paid"), request.body.replace(b"nonce-1", b"nonce-2")):
        with pytest.raises(SignatureError):
            PROVIDER.webhook.verify(webhook(forged, **request.headers), CREDENTIALS)


@pytest.mark.parametrize(
    ("name", "merchant"),
    [
        ("payment_capture", "5f27a14a9bf05c73dd040bc8"),
        ("payout_failed", "6018306aa16ad90cb3c43ba7"),
        ("refund_succeeded", "6094fa76c2fd53701b8e079c"),
        ("fva_paid", ""),
    ],
)
def test_a_webhook_names_the_business_it_was_sent_for(name, merchant):
    assert read(body(name)).merchant == merchant


@pytest.mark.parametrize("odd", [None, 7, ["x"], {}])
def test_a_business_that_is_no_text_is_none(odd):
    raw = json.dumps({**json.loads(body("payment_capture")), "business_id": odd})
    assert read(raw.encode()).merchant == ""

"""Notifications of Midtrans as events."""

from datetime import UTC, datetime

import pytest

from odoo.addons.connector_payment.providers import midtrans, schema
from odoo.addons.erp_connector_base.client.errors import (
    RejectedError,
    UnexpectedResponseError,
)

from .midtrans import (
    CALLBACK,
    CREDENTIALS,
    NOW,
    ORDER,
    body,
    golden,
    payout_webhook,
    webhook,
)

parse = midtrans.PROVIDER.webhook.parse


def event(raw, **headers):
    (found,) = parse(webhook(raw, **headers))
    return found


def payout_event(raw):
    (found,) = parse(payout_webhook(raw))
    return found


def test_a_payment_notification_is_about_the_order_and_kept_as_it_came():
    found = event(body("notification_settlement"))
    assert (found.topic, found.business_key) == (schema.PAYMENT_EVENT, ORDER)
    assert found.payload == body("notification_settlement").decode()
    assert found.occurred_at == datetime(2024, 7, 4, 4, 20, 5, tzinfo=UTC)
    assert (found.account, found.merchant) == ("", "G812785002")


def test_the_same_fact_told_twice_has_one_key_whatever_the_order_of_its_fields():
    told = golden("notification_settlement")
    turned = dict(reversed(told.items()))
    assert event(told).dedup_key == event(turned).dedup_key


def test_the_same_fact_signed_with_another_key_is_the_same_fact():
    told = golden("notification_settlement")
    again = told | {"signature_key": "signed with the new key"}
    assert event(told).dedup_key == event(again).dedup_key


@pytest.mark.parametrize(
    "changes",
    [
        {"transaction_status": "expire"},
        {"status_code": "407"},
        {"gross_amount": "265001.00"},
        {"fraud_status": "challenge"},
        {"refund_amount": "5000.00"},
        {"payment_amounts": [{"paid_at": "2024-07-04 11:20:05", "amount": "1.00"}]},
        {"settlement_time": "2024-07-04 11:20:06"},
    ],
)
def test_what_differs_in_anything_that_matters_has_another_key(changes):
    told = golden("notification_settlement")
    assert event(told).dedup_key != event(told | changes).dedup_key


def test_a_notification_without_status_is_kept():
    told = golden("notification_settlement")
    del told["transaction_status"]
    assert event(told).topic == schema.PAYMENT_EVENT


def test_a_time_nobody_can_read_loses_no_notification():
    told = golden("notification_settlement", settlement_time="soon")
    assert event(told).occurred_at == datetime(2024, 7, 4, 3, 53, 53, tzinfo=UTC)


def test_a_payout_notification_is_about_its_reference_number():
    found = payout_event(body("iris_notification_failed"))
    assert (found.topic, found.business_key) == (schema.PAYOUT_EVENT, "1d4f8423393005")
    assert found.occurred_at == datetime(2024, 7, 4, 10, 23, 31, tzinfo=UTC)


def test_success_and_failure_of_a_payout_are_two_facts():
    failed = payout_event(body("iris_notification_failed"))
    completed = payout_event(body("iris_notification_completed"))
    assert failed.dedup_key != completed.dedup_key
    again = payout_event(body("iris_notification_failed"))
    assert failed.dedup_key == again.dedup_key


def test_a_top_up_is_kept_and_nothing_acts_on_it():
    found = payout_event(body("iris_notification_topup"))
    assert found.topic == schema.OTHER_EVENT
    assert found.business_key == "6f1c7e9a-0000-4000-8000-000000000002"


def test_something_new_from_iris_is_kept():
    found = payout_event(b'{"status": "partner_created"}')
    assert found.topic == schema.OTHER_EVENT
    assert found.business_key


def test_what_cannot_be_read_is_handed_over_as_it_came():
    with pytest.raises(UnexpectedResponseError) as caught:
        parse(payout_webhook(b"[1]"))
    assert caught.value.payload == "[1]"


def test_our_own_round_trip_is_signed_and_comes_back_as_a_ping():
    sent = midtrans.ping_request(CALLBACK, "nonce-1", CREDENTIALS, lambda: NOW)
    assert (sent.method, sent.url) == ("POST", CALLBACK)
    request = webhook(sent.body, **sent.headers)
    midtrans.PROVIDER.webhook.verify(request, CREDENTIALS)
    (found,) = parse(request)
    assert (found.topic, found.business_key) == (schema.PING_EVENT, "nonce-1")
    assert found.dedup_key == "ping:nonce-1"
    assert CREDENTIALS["server_key"] not in repr(sent)


def test_no_round_trip_without_a_key():
    with pytest.raises(RejectedError, match="server_key"):
        midtrans.ping_request(CALLBACK, "nonce-1", {})


def test_a_payment_that_says_it_is_a_ping_stays_a_payment():
    told = golden("notification_settlement", connector_ping="nonce-1")
    assert event(told).topic == schema.PAYMENT_EVENT

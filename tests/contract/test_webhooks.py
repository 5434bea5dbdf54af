"""Webhooks of the real sender: verified, read, and equal to what a poll finds."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from odoo.addons.connector_marketplace.providers.schema import ORDER_STATUS
from odoo.addons.erp_connector_base.client.errors import (
    SignatureError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.provider import WebhookRequest


@pytest.fixture
def listening(linked, receiver):
    linked.control.config(callback_url=receiver.url)
    return linked


def received(market, receiver):
    market.control.wait_pushes()
    return receiver.requests


def test_a_valid_webhook_tells_what_a_poll_would_find(listening, receiver):
    ids = listening.control.place(5)
    client = listening.client()
    events = []
    for request in received(listening, receiver):
        listening.webhook.verify(request, listening.credentials)
        events += listening.webhook.parse(request)
    details = client.get_orders(ids)
    assert {event.topic for event in events} == {ORDER_STATUS}
    assert {e.business_key: e.dedup_key for e in events} == {
        key: client.detail_dedup_key(raw) for key, raw in details.items()
    }


@pytest.mark.parametrize("how", ["missing", "empty"])
def test_a_webhook_without_signature_is_refused(listening, receiver, how):
    listening.control.fault("push_forge", how=how)
    listening.control.place(1)
    for request in received(listening, receiver):
        with pytest.raises(SignatureError):
            listening.webhook.verify(request, listening.credentials)
    assert receiver.requests


@pytest.mark.parametrize("how", ["wrong_key", "upper", "prefixed", "garbage"])
def test_a_webhook_with_a_wrong_signature_is_refused(listening, receiver, how):
    listening.control.fault("push_forge", how=how)
    listening.control.place(1)
    for request in received(listening, receiver):
        with pytest.raises(SignatureError):
            listening.webhook.verify(request, listening.credentials)
    assert receiver.requests


def test_a_webhook_whose_body_was_touched_is_refused(listening, receiver):
    listening.control.place(1)
    (request,) = received(listening, receiver)
    touched = replace(request, body=request.body.replace(b"READY", b"UNPAID"))
    assert touched.body != request.body
    with pytest.raises(SignatureError):
        listening.webhook.verify(touched, listening.credentials)


@pytest.mark.parametrize(
    "how", ["invalid_json", "empty", "empty_object", "raw_nul", "not_utf8"]
)
def test_a_signed_webhook_that_makes_no_sense_is_kept_as_it_came(
    listening, receiver, how
):
    listening.control.fault("push_body", how=how, count=1)
    listening.control.place(1)
    (request,) = received(listening, receiver)
    listening.webhook.verify(request, listening.credentials)
    with pytest.raises(UnexpectedResponseError) as caught:
        listening.webhook.parse(request)
    assert len(caught.value.payload) >= len(request.body) - 3
    assert "\0" not in caught.value.payload


@pytest.mark.parametrize("how", ["nul", "emoji", "huge"])
def test_a_signed_webhook_with_odd_contents_is_read(listening, receiver, how):
    listening.control.fault("push_body", how=how, count=1)
    (key,) = listening.control.place(1)
    (request,) = received(listening, receiver)
    listening.webhook.verify(request, listening.credentials)
    (event,) = listening.webhook.parse(request)
    assert event.business_key == key
    assert "\0" not in event.payload
    event.payload.encode()


def test_the_same_webhook_again_is_the_same_fact(listening, receiver):
    listening.control.place(1)
    received(listening, receiver)
    listening.control.resend(listening.control.pushes()[0]["push_id"], copies=3)
    events = {listening.webhook.parse(r)[0] for r in receiver.requests}
    assert len(receiver.requests) == 4
    assert len(events) == 1


def test_a_lost_webhook_is_found_and_read_and_then_forgotten(listening, receiver):
    listening.control.fault("push_drop", count=3)
    ids = listening.control.place(3)
    client = listening.client()
    lost = client.lost_pushes()
    events = [
        event
        for body in lost.bodies
        for event in listening.webhook.parse(
            replace(request_of(receiver), body=body.encode())
        )
    ]
    assert sorted(event.business_key for event in events) == sorted(ids)
    client.confirm_lost_pushes(lost.last_id)
    assert client.lost_pushes().bodies == ()


def request_of(receiver):
    return WebhookRequest(receiver.url, {}, b"", datetime.now(UTC))

"""Webhooks of the real senders: who is believed, and what is the same fact."""

from dataclasses import replace

import pytest
import requests

from odoo.addons.connector_payment.providers import midtrans, schema, xendit
from odoo.addons.erp_connector_base.client.errors import (
    SignatureError,
    UnexpectedResponseError,
)

PINGS = {"xendit": xendit.ping_request, "midtrans": midtrans.ping_request}


@pytest.fixture
def paid(gateway):
    """A payment whose webhook has arrived; its id."""
    gateway.va()
    (payment_id,) = gateway.control.pay("VA-1")
    gateway.arrived()
    return payment_id


def refused(gateway, requests):
    """How many of these requests are refused."""
    count = 0
    for request in requests:
        with pytest.raises(SignatureError):
            gateway.webhook.verify(request, gateway.credentials)
        count += 1
    return count


def test_a_webhook_of_the_gateway_is_believed(gateway, paid):
    for request in gateway.receiver.requests:
        gateway.webhook.verify(request, gateway.credentials)
    assert gateway.receiver.requests


@pytest.mark.parametrize("forged", ["missing", "wrong", "other_account"])
def test_a_forged_webhook_is_refused(gateway, paid, forged):
    gateway.receiver.requests.clear()
    gateway.control.event(paid, "paid", forged=forged, copies=2)
    assert refused(gateway, gateway.receiver.requests) == 2


def test_an_account_without_secret_believes_nobody(gateway, paid):
    gateway.credentials.clear()
    assert refused(gateway, gateway.receiver.requests)


def test_both_secrets_are_believed_while_they_change(gateway, paid):
    gateway.control.rotate_key("the-next-secret")
    gateway.control.event(paid, "paid")
    old, new = gateway.paid_requests()
    before = dict(gateway.credentials)
    assert refused(gateway, [new]) == 1
    gateway.credentials[gateway.row.previous] = gateway.credentials[gateway.row.token]
    gateway.credentials[gateway.row.token] = "the-next-secret"
    for request in (old, new):
        gateway.webhook.verify(request, gateway.credentials)
    gateway.credentials.pop(gateway.row.previous)
    assert refused(gateway, [old]) == 1
    gateway.webhook.verify(old, before)


def test_the_same_webhook_again_is_the_same_fact(gateway, paid):
    gateway.control.resend(gateway.control.pushes()[-1]["push_id"], copies=3)
    gateway.control.advance_clock(4 * 86400)
    gateway.control.event(paid, "paid", copies=2)
    events = gateway.paid_events()
    assert len(events) == 6
    assert len({event.dedup_key for event in events}) == 1
    assert {event.business_key for event in events} == {"VA-1"}


def test_two_payments_are_two_facts(gateway, paid):
    gateway.va("VA-2")
    gateway.control.pay("VA-2")
    keys = {event.dedup_key for event in gateway.paid_events()}
    assert len(keys) == 2


@pytest.mark.parametrize("kind", ["pending", "failed", "expired"])
def test_a_payment_told_in_another_state_is_another_fact_of_it(gateway, paid, kind):
    if gateway.row.resends:
        pytest.skip("the older webhooks tell of money only")
    gateway.control.event(paid, kind)
    events = gateway.paid_events()
    assert len({event.dedup_key for event in events}) == 2
    assert {payment.id for payment in gateway.told()} == {paid}


@pytest.mark.parametrize("raw", ["", "nonsense", "[]", "7", "null"])
def test_a_body_that_makes_no_sense_never_breaks_more_than_itself(gateway, paid, raw):
    request = replace(gateway.receiver.requests[0], body=raw.encode())
    try:
        gateway.webhook.verify(request, gateway.credentials)
        with pytest.raises(UnexpectedResponseError) as caught:
            gateway.webhook.parse(request)
    except SignatureError:
        return  # this gateway signs the body
    assert caught.value.payload == raw


def test_a_body_that_was_touched_is_refused_or_another_fact(gateway, paid):
    """Where nothing signs the body, only the token protects it: see the docs."""
    (request,) = gateway.paid_requests()
    touched = replace(request, body=request.body.replace(b"265000", b"965000"))
    assert touched.body != request.body
    if gateway.row.code == "midtrans":
        assert refused(gateway, [touched]) == 1
        return
    gateway.webhook.verify(touched, gateway.credentials)
    (event,) = gateway.webhook.parse(touched)
    (genuine,) = gateway.webhook.parse(request)
    assert event.dedup_key != genuine.dedup_key


def test_our_own_round_trip_is_told_from_money(gateway):
    ping = PINGS[gateway.row.code](gateway.receiver.url, "n-1", gateway.credentials)
    requests.post(ping.url, data=ping.body, headers=ping.headers, timeout=60)
    (event,) = gateway.events()
    assert (event.topic, event.business_key) == (schema.PING_EVENT, "n-1")


def test_an_expired_account_is_told_or_found(gateway):
    va = gateway.va()
    gateway.control.expire("VA-1")
    topics = {event.topic for event in gateway.events()}
    assert topics <= {schema.VA_EVENT, schema.PAYMENT_EVENT}
    for event in gateway.events():
        assert event.business_key == "VA-1"
        assert gateway.client().read_va(event.payload).reference == "VA-1"
    assert gateway.client().get_va(va.id, "VA-1").status.value == "expired"

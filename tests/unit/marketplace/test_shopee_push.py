"""Pushes become events, or a clear error."""

import pytest

from odoo.addons.connector_marketplace.providers import PROVIDERS, schema
from odoo.addons.erp_connector_base.client.errors import UnexpectedResponseError

from .shopee import Scripted, body, client, detail, push

parse = PROVIDERS["shopee"].webhook.parse


def test_a_status_push_names_the_order_and_the_very_change():
    raw = body("push_order_status")
    (event,) = parse(push(raw))
    assert event.topic == schema.ORDER_STATUS
    assert event.business_key == "220810QSK8S7BX"
    assert event.dedup_key == "220810QSK8S7BX:PROCESSED:1660123127"
    assert event.payload == raw.decode()
    assert event.occurred_at.isoformat() == "2022-08-10T09:18:47+00:00"


def test_the_poll_that_finds_the_same_change_has_the_same_key():
    (event,) = parse(push(body("push_order_status")))
    polled = detail(
        order_sn="220810QSK8S7BX", order_status="PROCESSED", update_time=1660123127
    )
    assert client(Scripted()).detail_dedup_key(polled) == event.dedup_key


@pytest.mark.parametrize(
    "changes", [{"update_time": None}, {"order_sn": True}, {"order_status": "x" * 99}]
)
def test_a_detail_too_broken_for_a_key_has_one_of_its_contents(changes):
    key = client(Scripted()).detail_dedup_key(detail(**changes))
    assert len(key) == 64
    assert key == client(Scripted()).detail_dedup_key(detail(**changes))
    assert key != client(Scripted()).detail_dedup_key(detail(**changes, note="x"))


def test_a_status_push_may_spell_the_order_number_otherwise():
    raw = body("push_order_status").replace(b"ordersn", b"order_sn")
    assert parse(push(raw))[0].business_key == "220810QSK8S7BX"


def test_a_status_push_without_update_time_counts_from_its_own_time():
    raw = body("push_order_status").replace(b'"update_time":1660123127', b'"x":1')
    assert parse(push(raw))[0].dedup_key.endswith(":1660123127")


@pytest.mark.parametrize(
    ("name", "topic", "key"),
    [
        ("push_order_trackingno", schema.ORDER_STATUS, "220810QSK8S7BX"),
        ("push_return_updates", schema.ORDER_STATUS, "220810QSK8S7BX"),
        ("push_shop_authorization_canceled", schema.ACCOUNT_LINK, "authorisation"),
        ("push_authorization_expiry", schema.ACCOUNT_EXPIRY, "authorisation"),
    ],
)
def test_other_known_pushes_have_their_topic_and_key(name, topic, key):
    (event,) = parse(push(body(name)))
    assert (event.topic, event.business_key) == (topic, key)
    assert len(event.dedup_key) == 64


@pytest.mark.parametrize(
    "name", ["push_shop_authorization_canceled", "push_authorization_expiry"]
)
def test_a_push_about_the_app_is_an_event_of_every_shop_it_lists(name):
    (event,) = parse(push(body(name)))
    assert event.account == "700001"
    both = body(name).replace(b"[700001]", b"[700001,700002]")
    events = parse(push(both))
    assert [event.account for event in events] == ["700001", "700002"]
    assert len({event.dedup_key for event in events}) == 2
    assert parse(push(both)) == events


def test_a_list_of_shops_that_is_none_is_no_shop():
    for listed in (b"[]", b"null", b'"700001"', b"{}"):
        (event,) = parse(push(b'{"code":2,"data":{"shop_id_list":%b}}' % listed))
        assert event.account == ""


def test_an_unknown_push_is_kept_under_its_hash():
    (event,) = parse(push(body("push_unknown_code")))
    assert event.topic == schema.OTHER
    assert event.business_key == event.dedup_key
    assert parse(push(body("push_unknown_code"))) == (event,)


def test_a_hint_without_an_order_is_kept_as_other():
    (event,) = parse(push(b'{"code":30,"data":{"package_number":"OFG1"}}'))
    assert event.topic == schema.OTHER


def test_the_test_push_is_no_event():
    assert parse(push(body("push_verify_info"))) == ()


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\x00", "not JSON"),
        (b"{}", "field code is missing"),
        (b"[]", "an object was expected"),
        (b"null", "an object was expected"),
        (b'{"code":true}', "field code is True"),
        (b'{"code":"three"}', "field code is 'three'"),
        (b'{"code":3}', "field data.order_sn is missing"),
        (b'{"code":3,"data":[]}', "data is"),
        (b'{"code":3,"data":{"ordersn":"A","timestamp":1}}', "update_time is missing"),
        (b'{"code":3,"timestamp":1,"data":{"ordersn":"A"}}', "data.status is missing"),
        (b'{"code":3,"timestamp":1e99,"data":{"ordersn":"A"}}', "timestamp is"),
        (
            b'{"code":3,"timestamp":99999999999999999,"data":{"ordersn":"A"}}',
            "timestamp is",
        ),
        (b'{"code":3,"data":{"ordersn":"%s"}}' % (b"A" * 5_000_000), "ordersn is"),
    ],
)
def test_a_push_nothing_is_known_about_is_kept_with_the_reason(raw, reason):
    with pytest.raises(UnexpectedResponseError, match="^push") as caught:
        parse(push(raw))
    assert reason in str(caught.value)
    assert len(str(caught.value)) < 400
    assert caught.value.payload == raw.decode(errors="replace").replace("\0", "\ufffd")


def test_emoji_and_nul_in_a_push_can_be_stored():
    raw = body("push_order_status").replace(
        b"220810QSK8S7BX", "22\\u0000🧧\\ud800".encode()
    )
    (event,) = parse(push(raw))
    assert event.business_key == "22🧧?"
    assert "\0" not in event.payload
    f"{event.payload}{event.dedup_key}".encode()

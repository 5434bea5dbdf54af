"""Errors of Midtrans, the account and its keys."""

import base64

import pytest

from odoo.addons.connector_payment.providers import midtrans
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    RejectedError,
    TransientError,
    UnexpectedResponseError,
)

from .midtrans import (
    CREDENTIALS,
    HOST,
    ORDER,
    Scripted,
    client,
    golden,
    ok,
)


def basic(key):
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


# -- errors and the account -----------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ok(golden("unauthorized"), 401), AuthenticationError),
        (ok(golden("unauthorized"), 200), AuthenticationError),
        (ok(b"denied", 401), AuthenticationError),
        (ok({"status_code": "429", "status_message": "x"}), TransientError),
        (ok(b"", 429), TransientError),
        (ok({"status_code": "503", "status_message": "x"}, 200), TransientError),
        (ok(b"", 503), TransientError),
        (ok(b"<html>", 200), TransientError),
        (ok([1]), TransientError),
        (ok({"status_code": "402", "status_message": "x"}), RejectedError),
        (ok({"status_code": "413", "status_message": "x"}), RejectedError),
        (ok(b"", 302, location="https://other.example/x"), UnexpectedResponseError),
    ],
)
def test_the_code_in_the_body_decides_and_then_http(answer, kind):
    made, _ = client(answer)
    with pytest.raises(kind) as caught:
        made.get_va("", ORDER)
    assert type(caught.value) is kind


def test_an_error_says_where_it_was_and_what_to_look_at():
    made, _ = client(golden("unauthorized"))
    with pytest.raises(AuthenticationError) as caught:
        made.get_va("", ORDER)
    assert f"GET host/v2/{ORDER}/status: 401" in str(caught.value)
    assert "check the server key" in str(caught.value)


def test_the_wait_that_is_asked_for_is_kept():
    answer = ok({"status_code": "429"}, 429, **{"retry-after": "7"})
    made, _ = client(answer)
    with pytest.raises(TransientError) as caught:
        made.get_va("", ORDER)
    assert caught.value.retry_after == 7


@pytest.mark.parametrize("order_id", ["", ".", ".."])
def test_what_is_no_identifier_becomes_no_path(order_id):
    made, transport = client()
    with pytest.raises(RejectedError, match="no identifier"):
        made.get_va("", order_id)
    assert transport.asked == []


def test_an_identifier_stays_one_segment_of_the_path():
    made, transport = client(golden("status_settlement", order_id="a/../b?c"))
    made.get_va("", "a/../b?c")
    assert transport.places == ["GET /v2/a%2F..%2Fb%3Fc/status"]


def test_not_found_proves_the_key_and_the_balance_that_of_payouts():
    made, transport = client(golden("status_not_found"), {"balance": "1250000.00"})
    assert made.identify() == ("Midtrans sandbox, balance for payouts: IDR 1,250,000")
    assert transport.asked[0].url.startswith(f"{HOST}/v2/connector-")


def test_without_payouts_only_the_server_key_is_proved():
    transport = Scripted(golden("status_not_found"))
    keys = {"server_key": "Mid-server-abc"}
    made = midtrans.make_client(keys, HOST, transport)
    assert made.identify() == "Midtrans production"


def test_a_wrong_key_is_found_out():
    made, _ = client(golden("unauthorized"))
    with pytest.raises(AuthenticationError):
        made.identify()


def test_a_key_changed_meanwhile_counts_at_once():
    transport = Scripted(golden("status_pending"))
    keys = dict(CREDENTIALS)
    made = midtrans.make_client(keys, f"{HOST}/", transport)
    keys["server_key"] = "SB-Mid-server-new"
    made.get_va("", ORDER)
    (request,) = transport.asked
    assert request.headers["authorization"] == basic("SB-Mid-server-new")
    assert request.url == f"{HOST}/v2/{ORDER}/status"


def test_no_repr_shows_a_key():
    made, transport = client(golden("status_pending"))
    made.get_va("", ORDER)
    shown = f"{made._core!r} {made._creator!r} {transport.asked!r}"
    for key in (*CREDENTIALS.values(), basic(CREDENTIALS["server_key"])):
        assert key not in shown

"""What goes wrong between us and the platform becomes the right error."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    RejectedError,
    TransientError,
)
from odoo.addons.erp_connector_base.client.throttle import Throttle, ThrottledTransport
from odoo.addons.erp_connector_base.client.transport import JournalTransport


def lately(client):
    now = datetime.now(UTC)
    return client.list_orders(now - timedelta(hours=1), now + timedelta(hours=1))


@pytest.mark.parametrize(
    ("fault", "options", "wait"),
    [
        ("too_many", {}, None),
        ("too_many", {"retry_after": 7}, 7),
        ("rate_limit", {}, None),
        ("rate_limit", {"retry_after": 7}, 7),
        ("rate_limit", {"status": 429, "retry_after": 7}, 7),
        ("status", {"status": 500}, None),
        ("status", {"status": 502}, None),
        ("status", {"status": 503, "retry_after": 7}, 7),
        ("api_error", {"code": "error_server"}, None),
        ("api_error", {"code": "error_inner", "status": 500}, None),
        ("cut_before", {}, None),
        ("cut_after", {"reset": True}, None),
        ("html", {}, None),
        ("html", {"status": 403}, None),
        ("invalid_json", {}, None),
        ("empty", {}, None),
        ("latency", {"seconds": 6}, None),
    ],
)
def test_a_passing_fault_is_transient_and_the_next_try_works(
    linked, fault, options, wait
):
    ids = linked.control.place(3)
    client = linked.client(timeout=(5, 2))
    linked.control.fault(fault, linked.row.list_path, count=1, **options)
    with pytest.raises(TransientError) as caught:
        lately(client)
    assert caught.value.retry_after == wait
    assert "get_order_list" in str(caught.value)
    assert len(lately(client).refs) == len(ids)


@pytest.mark.parametrize("fault", ["too_many", "status", "cut_before", "html"])
def test_details_wait_as_a_whole_when_the_platform_is_down(linked, fault):
    ids = linked.control.place(60)
    linked.control.fault(fault, linked.row.detail_path)
    with pytest.raises(TransientError):
        linked.client().get_orders(ids)
    calls = sum(linked.control.calls().values())
    assert calls == 1  # it is not hammered order by order


def test_a_broken_answer_is_asked_for_again_in_halves(linked):
    ids = linked.control.place(8)
    linked.control.fault("invalid_json", linked.row.detail_path, count=1)
    assert set(linked.client().get_orders(ids)) == set(ids)


@pytest.mark.parametrize("fault", ["too_many", "status", "cut_before", "html"])
def test_breakdowns_wait_when_the_platform_is_down(linked, fault):
    ids = linked.control.place(3)
    linked.control.fault(fault, linked.row.breakdown_path)
    with pytest.raises(TransientError):
        linked.client().get_breakdowns(ids)


def test_a_wrong_key_is_an_authentication_error_that_tells_what_to_check(linked):
    linked.credentials["partner_key"] = "another key"
    with pytest.raises(AuthenticationError, match="check the partner key"):
        lately(linked.client())


@pytest.mark.parametrize("skew", [-600, 600])
def test_a_wrong_clock_is_named(linked, skew):
    linked.control.config(clock_skew=skew)
    with pytest.raises(TransientError, match="clock"):
        lately(linked.client())


@pytest.mark.parametrize("status", [200, 403])
def test_an_error_is_read_from_the_body_whatever_the_status(linked, status):
    linked.control.config(error_http_status=status)
    linked.credentials["access_token"] = "0" * 32
    with pytest.raises(AuthenticationError):
        lately(linked.client())


def test_a_missing_permission_is_refused_for_good(linked):
    linked.control.fault("api_error", linked.row.list_path, code="error_permission")
    with pytest.raises(RejectedError) as caught:
        lately(linked.client())
    assert caught.value.code == "error_permission"


def test_nobody_sees_a_secret_in_errors_and_journal(linked):
    records = []
    client = linked.client(JournalTransport(linked.transport, records.append))
    linked.control.place(1)
    lately(client)
    client.refresh(linked.credentials["refresh_token"])
    linked.control.fault("cut_before", count=1)
    with pytest.raises(TransientError) as caught:
        lately(client)
    shown = f"{records} {caught.value!r}"
    for name in ("access_token", "refresh_token", "partner_key"):
        assert linked.credentials[name] not in shown
    issued = linked.control.ledger("tokens")
    assert not any(pair["access_token"] in shown for pair in issued)
    assert [record.status for record in records] == [200, 200, None]
    assert all(record.path.startswith(linked.row.prefix) for record in records)


def test_the_throttle_spaces_the_calls(linked):
    transport = ThrottledTransport(linked.transport, "shop", 20, throttle=Throttle())
    client = linked.client(transport)
    start = time.monotonic()
    for _ in range(15):
        lately(client)
    assert time.monotonic() - start >= 14 / 20


def test_a_call_too_early_for_the_platform_pauses_all_of_the_shop(linked):
    transport = ThrottledTransport(linked.transport, "shop", 100, throttle=Throttle())
    client = linked.client(transport)
    linked.control.fault("too_many", count=1, retry_after=1)
    with pytest.raises(TransientError):
        lately(client)
    start = time.monotonic()
    lately(client)
    assert time.monotonic() - start >= 0.9

"""Fault switches of the interface, the rate limit, and the control API."""

import threading

import pytest
import requests

from tests.simulators.control import ControlFailure

from .midtrans_client import until

INFO = "/api/v2/shop/get_shop_info"
REFRESH = "/api/v2/auth/access_token/get"
LIST = "/api/v2/order/get_order_list"


def test_a_fault_bites_as_often_as_it_was_told(client, shop):
    shop.fault("status", status=500, count=2)
    assert [client.raw(INFO).status_code for _ in range(3)] == [500, 500, 200]


def test_a_fault_can_let_some_calls_through_first(client, shop):
    shop.fault("status", after=1, count=1)
    assert [client.raw(INFO).status_code for _ in range(3)] == [200, 503, 200]


def test_a_fault_bites_only_its_path(client, shop):
    shop.fault("status", path="*/get_order_*")
    assert client.raw(INFO).status_code == 200
    assert client.raw(LIST).status_code == 503


def test_faults_are_cleared_one_by_one_or_together(client, shop):
    first = shop.fault("status", status=500)
    shop.fault("status", status=502)
    shop.clear_faults(first)
    assert client.raw(INFO).status_code == 502
    shop.clear_faults()
    assert client.raw(INFO).status_code == 200


@pytest.mark.parametrize("retry_after", [None, 7])
def test_too_many_requests_with_and_without_retry_after(client, shop, retry_after):
    shop.fault("too_many", retry_after=retry_after)
    answer = client.raw(INFO)
    assert answer.status_code == 429
    wanted = None if retry_after is None else str(retry_after)
    assert answer.headers.get("Retry-After") == wanted


def test_a_rate_limit_can_hide_in_the_body(client, shop):
    shop.fault("rate_limit", retry_after=2)
    answer = client.raw(INFO)
    assert answer.status_code == 200
    assert answer.json()["error"] == "error_rate_limit"
    assert answer.headers["Retry-After"] == "2"


def test_any_error_of_the_platform_can_be_provoked(client, shop):
    shop.fault("api_error", code="source_ip_undeclared", status=403)
    answer = client.raw(INFO)
    assert answer.status_code == 403
    assert answer.json()["error"] == "source_ip_undeclared"


def test_latency_delays_one_call_and_not_the_others(client, shop):
    shop.fault("latency", path=REFRESH, seconds=1)
    token = shop.ledger("tokens")[-1]["refresh_token"]
    slow = threading.Thread(target=client.refresh, args=(token,))
    slow.start()
    assert client.raw(INFO).status_code == 200
    assert slow.is_alive()
    slow.join()
    assert shop.ledger("tokens")[-1]["reason"] == "refresh"


@pytest.mark.parametrize(
    ("kind", "acts"), [("latency", False), ("latency_after", True)]
)
def test_a_held_call_goes_on_when_the_fault_is_cleared(client, shop, kind, acts):
    token = shop.ledger("tokens")[-1]["refresh_token"]
    shop.fault(kind, path=REFRESH, seconds=60, count=1)
    answers = []
    slow = threading.Thread(target=lambda: answers.append(client.refresh(token)))
    slow.start()
    until(lambda: shop.calls().get(REFRESH))
    until(lambda: (shop.ledger("tokens")[-1]["reason"] == "refresh") == acts)
    assert slow.is_alive()
    shop.clear_faults()
    slow.join(10)
    assert answers[0]["refresh_token"] == shop.ledger("tokens")[-1]["refresh_token"]
    assert shop.ledger("tokens")[-1]["reason"] == "refresh"


def test_a_held_call_takes_no_effect_after_a_reset(client, shop):
    token = shop.ledger("tokens")[-1]["refresh_token"]
    shop.fault("latency", path=REFRESH, seconds=60, count=1)
    failures = []

    def refresh():
        with pytest.raises(requests.ConnectionError) as caught:
            client.refresh(token)
        failures.append(caught.value)

    slow = threading.Thread(target=refresh)
    slow.start()
    until(lambda: shop.calls().get(REFRESH))
    shop.reset()
    slow.join(10)
    assert failures
    assert shop.ledger("tokens")[-1]["reason"] != "refresh"


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_cut_before_has_no_effect(client, shop, reset):
    token = shop.ledger("tokens")[-1]["refresh_token"]
    shop.fault("cut_before", path=REFRESH, count=1, reset=reset)
    with pytest.raises(requests.ConnectionError):
        client.refresh(token)
    assert client.refresh(token)["error"] == ""


def test_a_connection_cut_after_had_its_effect(client, shop):
    token = shop.ledger("tokens")[-1]["refresh_token"]
    shop.fault("cut_after", path=REFRESH, count=1)
    with pytest.raises(requests.ConnectionError):
        client.refresh(token)
    assert client.refresh(token)["error"] == "error_auth"


def test_an_error_after_the_effect_had_its_effect(client, shop):
    token = shop.ledger("tokens")[-1]["refresh_token"]
    shop.fault("status_after", path=REFRESH, count=1, status=502)
    assert client.raw(REFRESH, body(token), token="").status_code == 502
    assert client.refresh(token)["error"] == "error_auth"


def body(token):
    return {"partner_id": 1000001, "shop_id": 700001, "refresh_token": token}


def test_html_comes_instead_of_json(client, shop):
    shop.fault("html")
    answer = client.raw(INFO)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")


def test_json_can_be_cut_off_or_absent(client, shop):
    shop.fault("invalid_json", count=1)
    assert client.raw(INFO).text.startswith('{"error":""')
    shop.fault("invalid_json", count=1)
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
        client.call(INFO)
    shop.fault("empty", count=1)
    assert client.raw(INFO).content == b""


@pytest.mark.parametrize(("style", "status"), [("body", 200), ("http", 429)])
def test_the_rate_limit_counts_calls_a_second(client, shop, style, status):
    shop.config(rate_limit=3, rate_limit_style=style, rate_limit_retry_after=1)
    answers = [client.raw(INFO) for _ in range(12)]
    refused = [a for a in answers if a.json()["error"] == "error_rate_limit"]
    assert len(refused) >= 3
    assert {a.status_code for a in refused} == {status}
    assert {a.headers["Retry-After"] for a in refused} == {"1"}


def test_unknown_faults_settings_and_actions_are_refused(shop):
    for action, params in (
        ("faults", {"kind": "earthquake"}),
        ("config", {"colour": "red"}),
        ("dance", {}),
        ("pay", {}),
        ("pay", {"order_sn": "NOSUCH"}),
        ("resend", {"push_id": 1}),
    ):
        with pytest.raises(ControlFailure):
            shop.act(action, **params)


def test_the_ledger_counts_calls_and_refusals(client, shop):
    client.call(INFO)
    client.call(INFO, key="wrong")
    assert shop.calls() == {INFO: 2}
    assert shop.ledger()["errors"] == {f"{INFO} error_sign": 1}
    assert [call["error"] for call in shop.ledger("recent_calls")] == ["", "error_sign"]


def test_a_reset_forgets_orders_and_keeps_the_link(client, shop):
    shop.place(3)
    shop.fault("status")
    shop.config(masked=True, callback_url="http://127.0.0.1:1/")
    shop.reset()
    assert shop.orders() == {}
    assert shop.config()["masked"] is False
    assert shop.config()["callback_url"] == "http://127.0.0.1:1/"
    assert client.call(INFO)["error"] == ""
    shop.reset(all=True)
    assert client.call(INFO)["error"] == "error_auth"
    assert shop.config()["callback_url"] == ""


def test_the_control_page_shows_orders_and_takes_forms(shop):
    [sn] = shop.place(status="UNPAID", message="<script>alert(1)</script>")
    page = requests.get(f"{shop.url}/_control", timeout=60).text
    assert sn in page
    assert "<script>alert" not in page
    answer = requests.post(
        f"{shop.url}/_control/pay", data={"order_sn": f'"{sn}"'}, timeout=60
    )
    assert answer.url == f"{shop.url}/_control"
    assert shop.order(sn)["status"] == "READY_TO_SHIP"


def test_a_form_that_makes_no_sense_says_why(shop):
    answer = requests.post(
        f"{shop.url}/_control/place", data={"status": "NOWHERE"}, timeout=60
    )
    assert answer.status_code == 400
    assert "status must be" in answer.json()["error"]


def test_faults_do_not_reach_pages_and_control(stranger, shop):
    shop.fault("status")
    params = {"partner_id": 1000001, "redirect_uri": "http://127.0.0.1:1/"}
    page = requests.get(f"{stranger.url}/auth", params=params, timeout=60)
    assert page.status_code == 200
    assert len(shop.place(2)) == 2

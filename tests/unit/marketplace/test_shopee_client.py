"""What the Shopee client asks, and what it makes of the answers."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from odoo.addons.connector_marketplace.providers import CLIENTS, PROVIDERS
from odoo.addons.connector_marketplace.providers.shopee.envelope import ERRORS
from odoo.addons.connector_marketplace.providers.shopee.signing import sign
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    RejectedError,
    TransientError,
    UncertainError,
    UnexpectedResponseError,
)

from .shopee import CREDENTIALS, KEY, NOW, Scripted, client, golden, ok, refusal

STAMP = int(NOW.timestamp())


# -- requests -------------------------------------------------------------------------


def test_a_shop_call_is_signed_with_token_and_shop():
    transport = Scripted(get_shop_info=golden("get_shop_info"))
    client(transport).shop_info()
    (request,) = transport.asked
    path = "/api/v2/shop/get_shop_info"
    assert (request.method, request.url) == ("GET", f"https://host{path}")
    text = f"1000001{path}{STAMP}2153584b700001"
    assert dict(request.params) == {
        "partner_id": "1000001",
        "timestamp": str(STAMP),
        "sign": sign(KEY, text),
        "access_token": "2153584b",
        "shop_id": "700001",
    }
    assert request.idempotent


def test_a_token_call_is_public_and_must_not_be_repeated():
    transport = Scripted(token=golden("get_access_token"))
    client(transport).exchange_code("code-1", "700001")
    (request,) = transport.asked
    text = f"1000001/api/v2/auth/token/get{STAMP}"
    assert dict(request.params)["sign"] == sign(KEY, text)
    assert "access_token" not in dict(request.params)
    body = b'{"code": "code-1", "shop_id": 700001, "partner_id": 1000001}'
    assert request.body == body
    assert not request.idempotent


def test_the_path_that_is_signed_has_no_prefix_of_the_host():
    transport = Scripted(get_shop_info=golden("get_shop_info"))
    made = CLIENTS["shopee"](
        CREDENTIALS, "http://127.0.0.1:9/shopee/", "", transport, lambda: NOW, {}
    )
    made.shop_info()
    (request,) = transport.asked
    assert request.url == "http://127.0.0.1:9/shopee/api/v2/shop/get_shop_info"
    text = f"1000001/api/v2/shop/get_shop_info{STAMP}2153584b700001"
    assert dict(request.params)["sign"] == sign(KEY, text)


def test_a_token_refreshed_meanwhile_counts_at_once():
    transport = Scripted(get_shop_info=golden("get_shop_info"))
    credentials = dict(CREDENTIALS)
    made = CLIENTS["shopee"](credentials, "https://host", "", transport, lambda: NOW)
    credentials["access_token"] = "fresh"
    made.shop_info()
    assert dict(transport.asked[0].params)["access_token"] == "fresh"


def test_no_repr_shows_a_secret():
    transport = Scripted(token=golden("get_access_token"))
    made = client(transport)
    tokens = made.exchange_code("code-1", "700001")
    shown = f"{made._caller!r} {tokens!r} {transport.asked!r}"
    for secret in (KEY, "2153584b", "4c7259534969484e71734d695a6e6d55", "code-1"):
        assert secret not in shown


# -- linking --------------------------------------------------------------------------


def test_the_link_leads_to_the_authorisation_page():
    made = CLIENTS["shopee"](
        CREDENTIALS,
        PROVIDERS["shopee"].hosts["production"],
        PROVIDERS["shopee"].auth_hosts["production"],
        Scripted(),
    )
    url = urlsplit(made.authorization_url("s t", "https://erp.example/back"))
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://open.shopee.com/auth"
    assert parse_qs(url.query) == {
        "partner_id": ["1000001"],
        "auth_type": ["seller"],
        "redirect_uri": ["https://erp.example/back"],
        "response_type": ["code"],
        "state": ["s t"],
    }


def test_the_older_link_is_signed_and_carries_the_state_in_its_redirect():
    made = client(Scripted(), legacy_link=True)
    url = urlsplit(made.authorization_url("s1", "https://erp.example/back"))
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    assert url.path == "/api/v2/shop/auth_partner"
    assert query["redirect"] == "https://erp.example/back?state=s1"
    assert query["sign"] == sign(KEY, f"1000001{url.path}{STAMP}")


def test_a_life_in_seconds_and_a_point_in_time_are_both_understood():
    seconds = client(Scripted(access_token=golden("refresh_access_token")))
    tokens = seconds.refresh("old")
    assert tokens.expires_at == NOW + timedelta(hours=4)
    assert tokens.refresh_expires_at == NOW + timedelta(days=30)
    assert tokens.shop_ids == ("700001",)
    point = client(Scripted(token=golden("get_access_token"))).exchange_code("c", "1")
    assert point.expires_at == datetime.fromtimestamp(1767001812, UTC)
    assert (point.shop_id, point.shop_ids) == ("700001", ("700001", "700002"))


@pytest.mark.parametrize("answer", [{"error": ""}, {"error": "", "expire_in": 14400}])
def test_tokens_without_a_token_are_unexpected(answer):
    with pytest.raises(UnexpectedResponseError, match="is missing"):
        client(Scripted(access_token=answer)).refresh("old")


@pytest.mark.parametrize("garbage", [b"", b"<html>busy</html>", b'{"access_token":"2'])
def test_a_garbled_answer_to_a_refresh_leaves_it_uncertain(garbage):
    with pytest.raises(UncertainError, match="may have taken effect"):
        client(Scripted(access_token=garbage)).refresh("old")


def test_the_shop_tells_until_when_it_is_authorised():
    shop = client(Scripted(get_shop_info=golden("get_shop_info"))).shop_info()
    assert (shop.name, shop.region, shop.raw_status) == (
        "Toko Nusantara",
        "ID",
        "NORMAL",
    )
    assert shop.authorised_until == datetime(2025, 4, 9, 2, 48, 5, tzinfo=UTC)


# -- the envelope ---------------------------------------------------------------------


@pytest.mark.parametrize("placeholder", ["", "-", " ", None])
def test_placeholders_for_no_error_are_a_success(placeholder):
    answer = golden("get_shop_info") | {"error": placeholder}
    assert client(Scripted(get_shop_info=answer)).shop_info().region == "ID"


@pytest.mark.parametrize(("code", "kind"), ERRORS.items())
@pytest.mark.parametrize("space", ["", "common.", "a.b."])
@pytest.mark.parametrize("status", [200, 403, 500])
def test_an_error_code_means_the_same_in_any_namespace_and_status(
    code, kind, space, status
):
    answer = refusal(space + code, status=status)
    with pytest.raises(kind) as caught:
        client(Scripted(get_shop_info=answer)).shop_info()
    assert type(caught.value) is kind
    assert f"{code}: said" in str(caught.value)


@pytest.mark.parametrize("code", ["error_param", "error_permission", "never_seen"])
def test_any_other_code_is_a_refusal_with_the_platforms_words(code):
    with pytest.raises(
        RejectedError, match="GET host/api/v2/shop/get_shop_info: "
    ) as e:
        client(Scripted(get_shop_info=refusal(f"shop.{code}"))).shop_info()
    assert e.value.code == code
    assert "said" in str(e.value)


def test_a_wrong_clock_is_waited_out_and_named():
    answer = refusal("error_param", "Invalid timestamp.")
    with pytest.raises(TransientError, match="check this server's clock"):
        client(Scripted(get_shop_info=answer)).shop_info()


def test_the_daily_quota_is_waited_for_until_midnight_of_its_zone():
    with pytest.raises(TransientError) as caught:
        client(Scripted(get_shop_info=refusal("error_limit"))).shop_info()
    assert caught.value.retry_after == 11 * 3600  # 05:00 UTC is 13:00 in UTC+8


@pytest.mark.parametrize("status", [200, 429])
def test_the_waiting_time_of_a_rate_limit_is_kept(status):
    answer = refusal("error_rate_limit", status=status, **{"retry-after": "7"})
    with pytest.raises(TransientError) as caught:
        client(Scripted(get_shop_info=answer)).shop_info()
    assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    ("answer", "kind", "text"),
    [
        (ok(b"<html>busy</html>"), TransientError, "a web page"),
        (ok(b"<html>blocked</html>", 403), TransientError, "a web page"),
        (ok(b"<html>busy</html>", 502), TransientError, "HTTP 502"),
        (ok(b"slow down", 429), TransientError, "HTTP 429"),
        (ok(b"", 200), TransientError, "no JSON"),
        (ok(b'{"error":"","resp', 200), TransientError, "no JSON"),
        (ok(b"nothing here", 404), RejectedError, "HTTP 404"),
        (ok(b"[]"), UnexpectedResponseError, "no JSON object"),
        (ok({"error": ""}), UnexpectedResponseError, "success without a response"),
        (ok({"error": "", "response": []}), UnexpectedResponseError, "without a"),
    ],
)
def test_an_answer_that_is_none_says_what_came(answer, kind, text):
    with pytest.raises(kind, match=text) as caught:
        client(Scripted(get_order_list=answer)).list_orders(NOW, NOW)
    assert "get_order_list" in str(caught.value)


# -- a token that is known to be good -------------------------------------------------


def test_a_refusal_is_about_the_token_while_nothing_is_known_of_it():
    transport = Scripted(get_order_detail=refusal("error_auth"))
    with pytest.raises(AuthenticationError):
        client(transport).get_orders(["A", "B"])


def test_with_a_proven_token_a_refusal_is_about_the_one_order_that_spoils_the_answer():
    fine = ok({"response": {"order_list": [{"order_sn": "A"}]}, "error": ""})
    refused = refusal("error_auth")
    transport = Scripted(get_order_detail=[refused, fine, refused])
    found = client(transport, token_proven=True).get_orders(["A", "B"])
    assert found["A"] == {"order_sn": "A"}
    assert isinstance(found["B"], RejectedError)
    assert "order B" in str(found["B"])


def test_with_a_proven_token_other_refusals_stay_what_they_are():
    transport = Scripted(get_shop_info=refusal("error_server"))
    with pytest.raises(TransientError):
        client(transport, token_proven=True).shop_info()

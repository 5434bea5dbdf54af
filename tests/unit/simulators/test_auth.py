"""Authorization page, codes, tokens, signatures."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from .conftest import PARTNER_ID, SHOP_ID

INFO = "/api/v2/shop/get_shop_info"
LINK = "/api/v2/shop/auth_partner"
TARGET = "http://127.0.0.1:1/callback?db=demo"


def get_token(client, code, shop_id=SHOP_ID):
    return client.public("/api/v2/auth/token/get", code=code, shop_id=shop_id)


def agree(url, params, method="POST"):
    answer = requests.request(
        method, url, params=params, allow_redirects=False, timeout=60
    )
    assert answer.status_code == 302, answer.text
    parts = urlsplit(answer.headers["Location"])
    return parts.path, {name: value[0] for name, value in parse_qs(parts.query).items()}


def test_the_unsigned_page_shows_a_button_and_sends_back_code_and_state(stranger):
    params = {
        "partner_id": PARTNER_ID,
        "auth_type": "seller",
        "redirect_uri": TARGET,
        "response_type": "code",
        "state": "abc",
    }
    page = requests.get(f"{stranger.url}/auth", params=params, timeout=60)
    assert 'id="confirm"' in page.text
    path, query = agree(f"{stranger.url}/auth", params)
    assert path == "/callback"
    code = query.pop("code")
    assert query == {"db": "demo", "shop_id": str(SHOP_ID), "state": "abc"}
    assert get_token(stranger, code)["error"] == ""


def test_the_signed_page_redirects_at_once_when_asked(stranger):
    params = stranger.query(LINK, token="", redirect=TARGET, auto=1)
    _, query = agree(stranger.url + LINK, params, "GET")
    assert get_token(stranger, query["code"])["shop_id_list"] == [SHOP_ID]


def test_the_signed_page_refuses_a_wrong_signature(stranger):
    params = stranger.query(LINK, token="", key="wrong", redirect=TARGET, auto=1)
    answer = requests.get(stranger.url + LINK, params=params, timeout=60)
    assert answer.json()["error"] == "error_sign"


def test_the_seller_can_cancel_on_a_page(client):
    path = "/api/v2/shop/cancel_auth_partner"
    _, query = agree(
        client.url + path, client.query(path, token="", redirect=TARGET, auto=1), "GET"
    )
    assert query["shop_id"] == str(SHOP_ID)
    assert client.call(INFO)["message"] == "Invalid access_token."


def test_token_answers_are_not_wrapped(stranger, shop):
    answer = get_token(stranger, shop.authorize()["code"])
    assert answer["expire_in"] == 14400
    assert {"access_token", "refresh_token", "shop_id_list"} <= set(answer)
    assert "response" not in answer


def test_a_code_works_once(stranger, shop):
    code = shop.authorize()["code"]
    assert get_token(stranger, code)["error"] == ""
    assert get_token(stranger, code)["error"] == "invalid_code"


def test_a_code_expires_after_ten_minutes(stranger, shop):
    code = shop.authorize()["code"]
    shop.advance_clock(601)
    assert get_token(stranger, code)["error"] == "invalid_code"


def test_a_code_belongs_to_one_shop(stranger, shop):
    code = shop.authorize()["code"]
    assert get_token(stranger, code, shop_id=5)["error"] == "invalid_shop_id"


def test_shop_info_tells_when_the_authorization_ends(stranger, shop):
    stranger.token = shop.tokens(days=30)["access_token"]
    info = stranger.call(INFO)
    assert info["region"] == "ID"
    assert info["expire_time"] - info["auth_time"] == 30 * 86400


def test_a_refresh_token_works_once(stranger, shop):
    old = shop.tokens()["refresh_token"]
    new = stranger.refresh(old)
    assert new["error"] == ""
    assert new["shop_id"] == SHOP_ID
    reused = stranger.refresh(old)
    assert (reused["error"], reused["message"]) == (
        "error_auth",
        "Invalid refresh_token.",
    )
    assert stranger.refresh(new["refresh_token"])["error"] == ""


def test_reuse_answers_the_same_pair_where_so_configured(stranger, shop):
    shop.config(refresh_reuse_same_pair=True)
    old = shop.tokens()["refresh_token"]
    new = stranger.refresh(old)
    assert stranger.refresh(old)["refresh_token"] == new["refresh_token"]


def test_the_old_access_token_lives_five_more_minutes(client, shop):
    refresh = shop.ledger("tokens")[-1]["refresh_token"]
    assert client.refresh(refresh)["error"] == ""
    shop.advance_clock(299)
    assert client.call(INFO)["error"] == ""
    shop.advance_clock(2)
    assert client.call(INFO)["error"] == "error_auth"


def test_an_access_token_lives_four_hours(client, shop):
    shop.advance_clock(4 * 3600 - 5)
    assert client.call(INFO)["error"] == ""
    shop.advance_clock(6)
    assert client.call(INFO)["error"] == "error_auth"


def test_a_refresh_token_lives_thirty_days(stranger, shop):
    token = shop.tokens()["refresh_token"]
    shop.advance_clock(30 * 86400 + 1)
    assert stranger.refresh(token)["error"] == "refresh_token_expired"


def test_the_end_of_the_authorization_ends_everything(client, shop):
    token = shop.ledger("tokens")[-1]["refresh_token"]
    shop.end_authorization()
    assert client.call(INFO)["error"] == "error_auth"
    assert client.refresh(token)["error"] == "shop_access_expired"


def test_a_revoked_shop_is_not_linked(client, shop):
    token = shop.ledger("tokens")[-1]["refresh_token"]
    shop.revoke()
    assert client.call(INFO)["error"] == "error_auth"
    assert client.refresh(token)["error"] == "shop_no_linked"


def test_an_expired_access_token_can_be_refreshed(client, shop):
    token = shop.ledger("tokens")[-1]["refresh_token"]
    shop.expire_access()
    assert client.call(INFO)["error"] == "error_auth"
    client.token = client.refresh(token)["access_token"]
    assert client.call(INFO)["error"] == ""


@pytest.mark.parametrize("seconds", [-310, 310])
def test_a_timestamp_is_valid_for_five_minutes(client, seconds):
    answer = client.call(INFO, timestamp=time.time() + seconds)
    assert answer["message"] == "Invalid timestamp."


def test_a_skewed_clock_refuses_good_timestamps(client, shop):
    shop.config(clock_skew=600)
    assert client.call(INFO)["message"] == "Invalid timestamp."


def test_a_wrong_signature_is_refused(client):
    assert client.call(INFO, key="wrong")["error"] == "error_sign"


def test_refusals_can_bear_http_403(client, shop):
    shop.config(error_http_status=403, token_error_code="invalid_acceess_token")
    answer = client.raw(INFO, token="nonsense")
    assert answer.status_code == 403
    assert answer.json()["error"] == "invalid_acceess_token"


def test_expire_in_can_be_a_point_in_time(shop):
    shop.config(expire_in_epoch=True)
    assert abs(shop.tokens()["expire_in"] - time.time() - 14400) < 5

"""A shop is linked by the official flow, and its tokens rotate."""

import http.client
import secrets
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from odoo.addons.connector_marketplace.providers import CLIENTS, PROVIDERS
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    UncertainError,
)

from .conftest import ROWS

CALLBACK = "http://127.0.0.1:9/connector/oauth/callback"


def test_every_provider_has_a_client_and_a_row_in_this_suite():
    assert set(ROWS) == set(PROVIDERS) == set(CLIENTS)


def agree(url):
    """What a browser sees: the redirect back, as a dict of its query."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=60)
    connection.request("GET", f"{parts.path}?{parts.query}")
    response = connection.getresponse()
    response.read()
    connection.close()
    assert response.status in (302, 303), response.status
    back = urlsplit(response.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == CALLBACK
    return {name: values[0] for name, values in parse_qs(back.query).items()}


@pytest.mark.parametrize("legacy", [False, True])
def test_a_shop_is_linked_and_then_answers(market, legacy):
    market.control.config(auto_authorize=True)
    client = market.client(legacy_link=legacy)
    state = secrets.token_urlsafe()
    back = agree(client.authorization_url(state, CALLBACK))
    assert back["state"] == state
    tokens = client.exchange_code(back["code"], back["shop_id"])
    assert tokens.shop_id == back["shop_id"]
    assert tokens.refresh_expires_at > tokens.expires_at > datetime.now(UTC)
    market.keep(tokens)
    shop = client.shop_info()
    assert shop.name
    assert shop.region == "ID"
    assert shop.authorised_until > datetime.now(UTC) + timedelta(days=300)


def test_a_code_works_once(market):
    granted = market.control.authorize()
    code, shop_id = granted["code"], str(granted["shop_id"])
    market.client().exchange_code(code, shop_id)
    with pytest.raises(AuthenticationError):
        market.client().exchange_code(code, shop_id)


def test_a_code_that_is_too_old_is_refused(market):
    granted = market.control.authorize()
    market.control.advance_clock(3600)
    with pytest.raises(AuthenticationError):
        market.client().exchange_code(granted["code"], str(granted["shop_id"]))


def test_a_refresh_gives_a_new_pair_and_kills_the_old_one(linked):
    old = linked.credentials["refresh_token"]
    tokens = linked.client().refresh(old)
    assert tokens.refresh_token != old
    linked.keep(tokens)
    assert linked.client().shop_info().name
    with pytest.raises(AuthenticationError):
        linked.client().refresh(old)


def test_an_expired_token_is_an_authentication_error_and_a_refresh_cures_it(linked):
    linked.control.expire_access()
    with pytest.raises(AuthenticationError):
        linked.client().shop_info()
    linked.keep(linked.client().refresh(linked.credentials["refresh_token"]))
    assert linked.client().shop_info().name


@pytest.mark.parametrize("ending", ["revoke", "end_authorization", "expire_refresh"])
def test_an_authorisation_that_is_over_cannot_be_refreshed(linked, ending):
    getattr(linked.control, ending)()
    with pytest.raises(AuthenticationError):
        linked.client().refresh(linked.credentials["refresh_token"])


def test_a_refresh_whose_answer_is_lost_is_uncertain(linked):
    linked.control.fault("cut_after", linked.row.refresh_path, count=1)
    with pytest.raises(UncertainError):
        linked.client().refresh(linked.credentials["refresh_token"])
    assert linked.control.calls()  # it did arrive
    with pytest.raises(AuthenticationError):
        linked.client().refresh(linked.credentials["refresh_token"])

"""Signatures of Shopee, against the values its documentation prints."""

import pytest

from odoo.addons.connector_marketplace.providers import PROVIDERS
from odoo.addons.connector_marketplace.providers.shopee.signing import (
    base_string,
    push_signature,
    sign,
)
from odoo.addons.erp_connector_base.client.errors import SignatureError

from .shopee import CALLBACK, CREDENTIALS, KEY, body, push

verify = PROVIDERS["shopee"].webhook.verify


def test_the_signature_is_hmac_sha256_in_lower_case_hex():
    message = (
        "/api/v2/auth/token/get123456test_partner_idtest_shop_idtest_main_account_id"
    )
    expected = "37c864bd9821ff5f2c2f46b2faca14eb1811a718d1fdc6dcf383cba7c74bf9e9"
    assert sign("test_partner_key", message) == expected


#: As printed by Shopee's documentation.
PRINTED = {
    "public": "2001887/api/v2/public/get_shops_by_partner1655714431",
    "shop": "2001887/api/v2/shop/get_shop_info1655714431"
    "59777174636562737266615546704c6d14701711",
    "merchant": "2001887/api/v2/global_product/get_category1655714431"
    "09777174636962737266615546704c6d1000000",
}


@pytest.mark.parametrize(
    ("kind", "path", "token", "owner"),
    [
        ("public", "/api/v2/public/get_shops_by_partner", "", ""),
        (
            "shop",
            "/api/v2/shop/get_shop_info",
            "59777174636562737266615546704c6d",
            "14701711",
        ),
        (
            "merchant",
            "/api/v2/global_product/get_category",
            "09777174636962737266615546704c6d",
            "1000000",
        ),
    ],
)
def test_the_base_string_is_the_printed_one(kind, path, token, owner):
    assert base_string("2001887", path, 1655714431, token, owner) == PRINTED[kind]


def test_a_push_with_the_right_signature_is_accepted():
    raw = body("push_order_status")
    signature = push_signature(KEY, CALLBACK, raw)
    verify(push(raw, authorization=signature), CREDENTIALS)
    assert signature == sign(KEY, CALLBACK + "|" + raw.decode())


def test_a_push_without_signature_is_refused():
    with pytest.raises(SignatureError, match="no signature"):
        verify(push(body("push_order_status")), CREDENTIALS)


@pytest.mark.parametrize("spoil", ["upper", "sha256=", "other body", "other url", "é"])
def test_a_push_with_a_wrong_signature_is_refused(spoil):
    raw = body("push_order_status")
    good = push_signature(KEY, CALLBACK, raw)
    given = {
        "upper": good.upper(),
        "sha256=": f"sha256={good}",
        "other body": push_signature(KEY, CALLBACK, raw + b" "),
        "other url": push_signature(KEY, f"{CALLBACK}/", raw),
        "é": "é",
    }[spoil]
    with pytest.raises(SignatureError, match="wrong signature"):
        verify(push(raw, authorization=given), CREDENTIALS)


@pytest.mark.parametrize("credentials", [{}, {"partner_key": ""}])
def test_without_a_partner_key_no_push_is_accepted(credentials):
    raw = body("push_order_status")
    forged = push_signature("", CALLBACK, raw)
    with pytest.raises(SignatureError, match="no partner key"):
        verify(push(raw, authorization=forged), credentials)

"""Secrets and personal data never reach journals, logs or screens."""

import json
import random
import time

import pytest

from odoo.addons.erp_connector_base.client import redact as redaction
from odoo.addons.erp_connector_base.client.redact import (
    is_sensitive,
    redact,
    redact_text,
    redact_url,
)

SENSITIVE = [
    "access_token",
    "refresh_token",
    "partner_key",
    "sign",
    "authorization",
    "password",
    "secret",
    "phone",
    "name",
    "recipient_name",
    "address",
    "full_address",
    "recipient_address",
    "email",
    "buyer_username",
    "buyer_user_name",
    "zipcode",
    "npwp",
    "nik",
    "account_number",
    "account_holder_name",
    "account_identifier",
    "beneficiary_account",
    "account",
    "va_number",
    "permata_va_number",
    "bill_key",
    "server_key",
    "signature_key",
    "iris_approver_key",
    "display_name",
    "payer_name",
    "card_number",
    "client_secret",
    "api_key",
    "X-Api-Key",
    "Set-Cookie",
    "dropshipper",
    "dropshipper_phone",
    "latitude",
    "signature",
    "accessToken",
    "buyer_user_id",
    "message_to_seller",
    "remark",
    "text_reason",
    "given_names",
    "surname",
    "mobile_number",
    "addresses",
    "street_line1",
    "dob",
    "id_number",
    "cardholder_name",
]
PLAIN = [
    "order_sn",
    "item_name",
    "shop_name",
    "status",
    "code",
    "message",
    "shop_id",
    "next_page_token",
    "city",
    "state",
    "carrier",
    "total_amount",
    "item_sku",
    "partner_id",
    "error",
    "design",
]


@pytest.mark.parametrize("key", SENSITIVE)
def test_a_sensitive_key_hides_its_value_in_every_notation(key):
    value = "Rahasia-4711"
    for text in (
        json.dumps({"a": [{key: value}]}),
        json.dumps({key: value})[:-2],  # cut off inside of the value
        f"{{'{key}': '{value}'}}",
        f"https://host/path?a=1&{key}={value}&b=2",
        f"{key}: {value}\nnext: line",
        json.dumps({"data": json.dumps({key: value})}),
    ):
        assert value not in redact_text(text), text


@pytest.mark.parametrize("key", PLAIN)
def test_a_plain_key_keeps_its_value(key):
    assert not is_sensitive(key)
    assert redact({key: "READY 12"}) == {key: "READY 12"}
    assert "READY" in redact_text(f'{{"{key}": "READY 12"}}')
    assert "READY" in redact_text(f'{{"{key}": "READY 12"')


@pytest.mark.parametrize(
    "text",
    [
        "081234567890",
        "0812-3456-7890",
        "+62 812 3456 7890",
        "6281234567890",
        "(021) 555-1234",
        "budi.santoso+toko@mail.co.id",
        "01.234.567.8-901.000",
    ],
)
def test_personal_data_in_free_text_is_masked(text):
    assert redact_text(f"hubungi {text} ya") == "hubungi *** ya"
    assert redact({"note": f"hubungi {text} ya"}) == {"note": "hubungi *** ya"}


@pytest.mark.parametrize(
    "text", ["2404098R48U37H", "1712634691", "245650.00", "25000000019", "2026-11-22"]
)
def test_numbers_of_orders_times_and_amounts_stay(text):
    assert redact_text(f"order {text} came") == f"order {text} came"


def test_an_authorisation_code_is_masked_but_an_error_code_stays():
    assert redact({"code": "4c7259534969484e71734d695a6e6d55"}) == {"code": "***"}
    assert redact({"code": "error_auth"}) == {"code": "error_auth"}
    assert redact({"code": 3}) == {"code": 3}
    assert "error_rate_limit" in redact_text('{"code":"error_rate_limit"')


def test_a_bearer_token_in_a_header_line_is_masked_whole():
    assert "abc" not in redact_text("Authorization: Bearer abc.def-123")
    assert "abc" not in redact_text("{'Authorization': 'Bearer abc.def-123'}")


def test_everything_below_a_sensitive_key_is_masked():
    data = {"recipient_address": {"city": "Bandung", "tags": ["Budi", 7], "n": None}}
    masked = {"city": "***", "tags": ["***", "***"], "n": None}
    assert redact(data) == {"recipient_address": masked}


def test_everything_below_a_sensitive_key_of_a_cut_text_is_masked():
    text = '{"recipient_address":{"city":"Bandung","n":7},"secret":["Budi"],"order":"A'
    masked = '{"recipient_address":"***","secret":"***","order":"A'
    assert redact_text(text) == masked


def test_absent_and_empty_values_stay_tellable_from_present_ones():
    assert redact({"phone": "", "email": None, "name": False}) == {
        "phone": "",
        "email": None,
        "name": False,
    }


def test_a_url_loses_its_password_and_its_secrets_but_keeps_its_shape():
    url = "https://u:p4ss@host:8/api/v2/x?partner_id=1&sign=ab12&access_token=cd34#f"
    expected = "https://***@host:8/api/v2/x?partner_id=1&sign=***&access_token=***#f"
    assert redact_url(url) == expected


def test_what_postgresql_refuses_does_not_come_through():
    text = redact_text('{"note": "a\\u0000b \\ud800"}') + redact_text(b"\x00\xff")
    assert "\0" not in text
    text.encode()


@pytest.mark.parametrize("filler", ["a", "a.", "0", "+62 ", '{"', "name", "\\", "a@"])
def test_five_megabytes_cost_no_more_than_the_limit(filler):
    text = filler * (5 * 1024 * 1024 // len(filler))
    start = time.process_time()
    result = redact_text(text, 2048)
    assert time.process_time() - start < 1
    assert len(result) < 2100


def test_a_cut_says_how_much_there_was():
    assert redact_text("x" * 100, 10) == "xxxxxxxxxx… (100 in all)"


def test_no_secret_survives_random_data_cut_anywhere():
    for seed in range(500):
        _check_random_data(random.Random(seed))


def _check_random_data(rng):
    secret = f"Zq{rng.randrange(10**12)}qZ"
    text = json.dumps(_tree(rng, secret, 0), ensure_ascii=rng.random() < 0.5)
    cut = rng.randrange(len(text) + 1)
    limit = rng.choice((len(text), 40, 300, redaction.LIMIT))
    for form in (text, text[:cut], json.dumps(text), text.encode()):
        assert secret not in redact_text(form, limit)
    assert secret not in str(redact(json.loads(text)))


def _tree(rng, secret, depth):
    keys = rng.sample(SENSITIVE, 2) + rng.sample(PLAIN, 2)
    tree = {}
    for key in keys:
        hidden = secret if rng.random() < 0.7 else f'{secret}"\\,}} \n{secret}'
        tree[key] = hidden if key in SENSITIVE else _plain(rng, secret, depth)
    return tree


def _plain(rng, secret, depth):
    if depth < 3 and rng.random() < 0.6:
        child = _tree(rng, secret, depth + 1)
        return [child] if rng.random() < 0.5 else child
    return rng.choice((1, None, True, "teks", "2404098R48U37H", 'a "quoted" one\n'))

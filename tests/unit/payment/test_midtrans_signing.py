"""Signatures of Midtrans, against sums made by `sha512sum`."""

import pytest

from odoo.addons.connector_payment.providers import midtrans
from odoo.addons.connector_payment.providers.midtrans.signing import (
    sign_notification,
    sign_payout,
)
from odoo.addons.erp_connector_base.client.errors import SignatureError

from .midtrans import CREDENTIALS, body, golden, payout_webhook, webhook

verify = midtrans.PROVIDER.webhook.verify

NOTIFICATION = (
    "143c7a20efdb8108f21c3911aa599b75bb6b2d85772ab9297eebb3db237d9304"
    "e32995d910bc02464d620871c6873aac2b2d25bf73703a120e6bd9db534500bf"
)
PAYOUT = (
    "d42cf999229b9537941cf132459dfc27c5c8d9a2c984d83f2a2309f9b8989810"
    "c2d3bdb9522fd30d71a73b0b2737d1222aaae4ccecdf0e2da7836cc4efe1e223"
)


def test_a_notification_is_signed_over_order_code_amount_and_key():
    signed = ("INV-2024-00017", "200", "265000.00", "SB-Mid-server-simulator")
    assert sign_notification(*signed) == NOTIFICATION


def test_a_payout_notification_is_signed_over_its_bytes_and_the_merchant_key():
    raw = b'{"reference_no":"1d4f8423393005","status":"completed"}'
    assert sign_payout(raw, "iris-merchant-simulator") == PAYOUT


def test_a_notification_with_the_right_signature_is_accepted():
    verify(webhook(body("notification_settlement")), CREDENTIALS)


def test_an_amount_that_comes_as_a_number_is_taken_as_it_was_written():
    raw = body("notification_settlement").replace(b'"265000.00"', b"265000.00")
    raw = raw.replace(b'"200"', b"200")
    assert b'"gross_amount": 265000.00' in raw
    verify(webhook(raw), CREDENTIALS)


@pytest.mark.parametrize("missing", ["absent", "empty", "null", "list"])
def test_a_notification_without_signature_is_refused(missing):
    told = golden("notification_settlement")
    values = {"empty": "", "null": None, "list": [NOTIFICATION]}
    told["signature_key"] = values.get(missing)
    if missing == "absent":
        raw = body("notification_settlement").replace(b"signature_key", b"other")
    else:
        raw = webhook(told).body
    with pytest.raises(SignatureError, match="no signature"):
        verify(webhook(raw), CREDENTIALS)


@pytest.mark.parametrize(
    "changes",
    [
        {"signature_key": NOTIFICATION.upper()},
        {"signature_key": "é" * 128},
        {"gross_amount": "265000.0"},
        {"gross_amount": "2650000.00"},
        {"order_id": "INV-2024-00018"},
        {"status_code": "201"},
    ],
)
def test_a_notification_with_a_wrong_signature_is_refused(changes):
    told = golden("notification_settlement", **changes)
    with pytest.raises(SignatureError, match="wrong signature"):
        verify(webhook(told), CREDENTIALS)


def test_a_character_that_moves_from_the_order_to_the_code_is_noticed():
    moved = {"order_id": "INV-2024-0001", "status_code": "7200"}
    told = golden("notification_settlement", **moved)
    with pytest.raises(SignatureError, match="three digits"):
        verify(webhook(told), CREDENTIALS)


def test_another_accounts_notification_is_refused():
    other = CREDENTIALS | {"server_key": "SB-Mid-server-other"}
    with pytest.raises(SignatureError, match="wrong signature"):
        verify(webhook(body("notification_settlement")), other)


def test_the_previous_key_is_accepted_while_the_key_is_changed():
    changed = {
        "server_key": "SB-Mid-server-new",
        "server_key_previous": CREDENTIALS["server_key"],
    }
    verify(webhook(body("notification_settlement")), changed)


@pytest.mark.parametrize("credentials", [{}, {"server_key": ""}])
def test_without_a_server_key_no_notification_is_accepted(credentials):
    told = golden("notification_settlement")
    signed = (told["order_id"], told["status_code"], told["gross_amount"])
    told["signature_key"] = sign_notification(*signed, "")
    with pytest.raises(SignatureError, match="no server key"):
        verify(webhook(told), credentials)


@pytest.mark.parametrize("raw", [b"", b"[]", b"null", b"\xff\xfe", b'{"a": NaN}'])
def test_what_is_no_json_object_is_refused(raw):
    with pytest.raises(SignatureError, match="JSON"):
        verify(webhook(raw), CREDENTIALS)


def test_a_payout_notification_with_the_right_signature_is_accepted():
    verify(payout_webhook(body("iris_notification_completed")), CREDENTIALS)


def test_a_payout_notification_whose_signature_is_empty_is_refused():
    raw = body("iris_notification_completed")
    with pytest.raises(SignatureError, match="no signature"):
        verify(webhook(raw, **{"iris-signature": ""}), CREDENTIALS)


def test_a_payout_notification_without_the_header_is_refused():
    with pytest.raises(SignatureError):
        verify(webhook(body("iris_notification_completed")), CREDENTIALS)


def test_a_payout_notification_with_a_wrong_signature_is_refused():
    request = payout_webhook(body("iris_notification_completed"), "other-key")
    with pytest.raises(SignatureError, match="wrong signature"):
        verify(request, CREDENTIALS)


def test_a_payout_notification_is_signed_to_the_last_byte():
    good = payout_webhook(body("iris_notification_completed"))
    with pytest.raises(SignatureError, match="wrong signature"):
        verify(webhook(good.body + b" ", **good.headers), CREDENTIALS)


def test_without_a_merchant_key_no_payout_notification_is_accepted():
    request = payout_webhook(body("iris_notification_completed"), "")
    credentials = CREDENTIALS | {"iris_merchant_key": ""}
    with pytest.raises(SignatureError, match="no merchant key"):
        verify(request, credentials)

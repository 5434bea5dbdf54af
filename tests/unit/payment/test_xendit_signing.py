"""Only who knows the account's callback token is believed."""

import pytest

from odoo.addons.connector_payment.providers.xendit.signing import verify_webhook
from odoo.addons.erp_connector_base.client.errors import SignatureError

from .xendit import CREDENTIALS, TOKEN, body, webhook

NEW = {"callback_token": "new", "callback_token_previous": TOKEN}


def test_a_webhook_with_the_accounts_token_passes():
    verify_webhook(webhook(body("fva_paid"), x_callback_token=TOKEN), CREDENTIALS)


@pytest.mark.parametrize("token", ["new", TOKEN])
def test_both_tokens_pass_while_the_token_is_being_changed(token):
    verify_webhook(webhook(body("fva_paid"), x_callback_token=token), NEW)


@pytest.mark.parametrize(
    "token", ["wrong", TOKEN.upper(), f"{TOKEN} ", TOKEN[:-1], "\ud800", "é"]
)
def test_a_wrong_token_is_refused(token):
    with pytest.raises(SignatureError, match="wrong"):
        verify_webhook(webhook(body("fva_paid"), x_callback_token=token), CREDENTIALS)


@pytest.mark.parametrize("headers", [{}, {"x_callback_token": ""}])
def test_a_webhook_without_token_is_refused(headers):
    with pytest.raises(SignatureError, match="no callback token"):
        verify_webhook(webhook(body("fva_paid"), **headers), CREDENTIALS)


@pytest.mark.parametrize("known", [{}, {"callback_token": ""}])
@pytest.mark.parametrize("headers", [{}, {"x_callback_token": ""}])
def test_an_account_without_token_accepts_nothing(known, headers):
    with pytest.raises(SignatureError, match="account has no"):
        verify_webhook(webhook(body("fva_paid"), **headers), known)


def test_no_error_shows_a_token():
    with pytest.raises(SignatureError) as caught:
        verify_webhook(webhook(b"{}", x_callback_token="guess-1"), CREDENTIALS)
    assert "guess-1" not in str(caught.value)
    assert TOKEN not in str(caught.value)

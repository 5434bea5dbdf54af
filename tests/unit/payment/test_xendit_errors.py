"""Refusals of Xendit become the right error, and tell nothing private."""

import pytest

from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    RejectedError,
    TransientError,
    UncertainError,
    UnexpectedResponseError,
)

from .xendit import CREDENTIALS, TOKEN, body, client, ok, refusal, to_pay, wanted


def failure(answer, call=lambda gateway: gateway.balance()):
    gateway, _ = client(answer)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - its type is the question
        call(gateway)
    return caught.value


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal("INVALID_API_KEY", 401), AuthenticationError),
        (refusal("ODD", 401), AuthenticationError),
        (ok(b"", 401), AuthenticationError),
        (refusal("UNAUTHORIZED_SENDER_IP", 403), AuthenticationError),
        (refusal("REQUEST_FORBIDDEN_ERROR", 403), RejectedError),
        (refusal("API_VALIDATION_ERROR", 400), RejectedError),
        (refusal("DATA_NOT_FOUND", 404), RejectedError),
        (refusal("DUPLICATE_ERROR", 409), RejectedError),
        (refusal("TEMPORARILY_UNAVAILABLE", 400), TransientError),
        (refusal("CHANNEL_UNAVAILABLE", 503), TransientError),
        (refusal("RATE_LIMIT_EXCEEDED", 429), TransientError),
        (ok(b"Too Many Requests", 429), TransientError),
        (refusal("SERVER_ERROR", 500), TransientError),
        (ok(b"<html>502</html>", 502), TransientError),
        (ok(b"", 408), TransientError),
        (ok(b"<html>no such page</html>", 404), TransientError),
        (ok(b'{"half', 200), TransientError),
        (ok(b"", 200), TransientError),
        (ok(b"", 302, location="https://evil.example"), UnexpectedResponseError),
        (ok({"balance": "much"}), UnexpectedResponseError),
        (ok({}), UnexpectedResponseError),
        (ok([]), UnexpectedResponseError),
    ],
)
def test_an_answer_is_the_error_it_stands_for(answer, kind):
    error = failure(answer)
    assert type(error) is kind
    assert "balance" in str(error)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"rate_limit_reset": "1.11"}, 1.11),
        ({"rate_limit_reset": "60"}, 60),
        ({"retry_after": "7"}, 7),
        ({"rate_limit_reset": "soon", "retry_after": "7"}, 7),
        ({"rate_limit_reset": "nan"}, None),
        ({"rate_limit_reset": "-5"}, None),
        ({}, None),
    ],
)
def test_the_wait_asked_for_is_obeyed(headers, wait):
    error = failure(refusal("RATE_LIMIT_EXCEEDED", 429, **headers))
    assert error.retry_after == wait
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    assert failure(ok(b"Too Many", 429, **named)).retry_after == wait


def test_an_address_that_is_not_allowed_is_named_as_the_cause():
    error = failure(refusal("UNAUTHORIZED_SENDER_IP", 403))
    assert "allow-list" in str(error)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("error_validation", '"expected_amount" must be a number'),
        ("error_transactions", "Unknown query parameter 'colour'"),
    ],
)
def test_both_shapes_of_a_refusal_say_what_is_wrong(name, words):
    error = failure(ok(body(name), 400))
    assert error.code == "API_VALIDATION_ERROR"
    assert words in str(error)


@pytest.mark.parametrize(
    "call",
    [
        lambda gateway: gateway.create_payout(to_pay(email="ryan@example.com")),
        lambda gateway: gateway.create_va(wanted(name="Ryan Renolds", number="4711")),
    ],
)
def test_no_error_repeats_who_is_paid_or_what_is_secret(call):
    said = (
        "Ryan Renolds (1234567890, 4711, ryan@example.com) of account 99887766"
        f" is refused; Basic {CREDENTIALS['secret_key']}"
    )
    error = failure(refusal("INVALID_DESTINATION", 400, said), call)
    for private in ("Renolds", "1234567890", "ryan@", "99887766"):
        assert private not in str(error)
    assert "is refused" in str(error)
    assert CREDENTIALS["secret_key"] not in str(error)
    assert TOKEN not in str(error)


@pytest.mark.parametrize("status", [500, 502, 408, 403])
def test_a_foreign_answer_to_what_must_not_be_repeated_is_uncertain(status):
    error = failure(ok(b"<html>?</html>", status), lambda g: g.create_payout(to_pay()))
    assert type(error) is UncertainError

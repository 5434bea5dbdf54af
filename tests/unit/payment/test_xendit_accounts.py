"""Virtual accounts of both generations: what is asked, what is made of answers."""

import base64
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from odoo.addons.connector_payment.providers.schema import VaKind, VaStatus
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    RejectedError,
    TransientError,
    UncertainError,
)

from .xendit import (
    CREDENTIALS,
    KEY,
    NOW,
    REQUEST_ID,
    body,
    client,
    golden,
    legacy,
    made,
    ok,
    refusal,
    sent,
    wanted,
)

LOST = UncertainError("the connection was cut; it may have taken effect")
ROOT = "/v3/payment_requests"
FVA = "/callback_virtual_accounts"
CLOSED = "payment_request_closed"
REUSABLE = "payment_request_reusable"


# -- v3: making -----------------------------------------------------------------------


def test_a_closed_account_asks_for_one_payment_of_the_amount():
    va, request = made(client, CLOSED)
    assert sent(request) == {
        "reference_id": "VA-2024-00017",
        "type": "PAY",
        "country": "ID",
        "currency": "IDR",
        "channel_code": "BCA_VIRTUAL_ACCOUNT",
        "channel_properties": {
            "display_name": "Budi Utomo",
            "expires_at": "2024-04-12T16:59:59.000Z",
        },
        "request_amount": 265000,
    }
    assert (va.id, va.reference) == (REQUEST_ID, "VA-2024-00017")
    assert (va.number, va.channel, va.amount) == ("1076638802214", "BCA", 265000)
    assert va.status is VaStatus.ACTIVE
    assert va.expires_at == datetime(2024, 4, 12, 16, 59, 59, tzinfo=UTC)


def test_a_fixed_account_is_reusable_and_open():
    va, request = made(
        client, REUSABLE, kind=VaKind.FIXED, amount=None, expires_at=None, number="42"
    )
    body = sent(request)
    assert body["type"] == "REUSABLE_PAYMENT_CODE"
    assert "request_amount" not in body
    assert body["channel_properties"] == {
        "display_name": "Budi Utomo",
        "virtual_account_number": "42",
    }
    assert (va.status, va.amount, va.number) == (
        VaStatus.ACTIVE,
        None,
        "1328216932121",
    )


def test_a_call_bears_the_key_and_the_version_and_is_never_repeated():
    _va, request = made(client, CLOSED)
    login = base64.b64encode(f"{KEY}:".encode()).decode()
    assert request.headers["authorization"] == f"Basic {login}"
    assert request.headers["api-version"] == "2024-11-11"
    assert request.headers["idempotency-key"] == "VA-2024-00017"
    assert (request.method, request.url) == ("POST", f"https://host{ROOT}")
    assert not request.idempotent
    assert KEY not in repr(request)


@pytest.mark.parametrize("channel", ["BCA", "BCA_VIRTUAL_ACCOUNT"])
def test_the_bank_may_be_written_either_way(channel):
    assert sent(made(client, CLOSED, channel=channel)[1])["channel_code"] == (
        "BCA_VIRTUAL_ACCOUNT"
    )
    assert sent(made(legacy, "fva", channel=channel)[1])["bank_code"] == "BCA"


@pytest.mark.parametrize("generation", [client, legacy])
@pytest.mark.parametrize("amount", [None, Decimal(0), Decimal(-1), Decimal("10.5")])
def test_an_amount_that_no_bank_can_ask_for_is_refused_before_it_leaves(
    generation, amount
):
    gateway, transport = generation()
    with pytest.raises(RejectedError, match="amount|whole rupiah"):
        gateway.create_va(wanted(amount=amount))
    assert transport.asked == []


def test_an_amount_with_empty_decimals_is_whole():
    _va, request = made(client, CLOSED, amount=Decimal("265000.00"))
    assert request.body.count(b'"request_amount": 265000') == 1


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("ACCEPTING_PAYMENTS", VaStatus.ACTIVE),
        ("REQUIRES_ACTION", VaStatus.ACTIVE),
        ("SUCCEEDED", VaStatus.PAID),
        ("EXPIRED", VaStatus.EXPIRED),
        ("CANCELED", VaStatus.CLOSED),
        ("FAILED", VaStatus.FAILED),
        ("SOMETHING_NEW", VaStatus.UNKNOWN),
    ],
)
def test_a_status_is_known_or_kept_as_it_came(raw, status):
    gateway, _ = client(golden(CLOSED, status=raw))
    va = gateway.get_va(REQUEST_ID, "")
    assert (va.status, va.raw_status) == (status, raw)


# -- v3: lost answers -----------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        LOST,
        ok(b"", 500),
        ok(b"<html>gateway</html>", 502),
        refusal("SERVER_ERROR", 500),
        refusal("CHANNEL_UNAVAILABLE", 503),
        ok(b'{"payment_request_id": "pr-', 200),
        ok(b"<html>all fine</html>", 200),
        ok({"status": "REQUIRES_ACTION"}, 201),
        ok(b"nope", 403),
        refusal("DUPLICATE_ERROR", 409),
    ],
)
def test_whatever_leaves_open_whether_an_account_was_made_is_uncertain(answer):
    gateway, transport = client(answer)
    with pytest.raises(UncertainError):
        gateway.create_va(wanted())
    assert len(transport.asked) == 1


def test_a_refusal_for_too_many_calls_made_nothing():
    gateway, _ = client(refusal("RATE_LIMIT_EXCEEDED", 429, rate_limit_reset="1.11"))
    with pytest.raises(TransientError) as caught:
        gateway.create_va(wanted())
    assert caught.value.retry_after == 1.11


@pytest.mark.parametrize("wrap", [lambda rows: rows, lambda rows: {"data": rows}])
def test_an_account_whose_answer_was_lost_is_found_by_reference(wrap):
    gateway, transport = client(wrap([golden(CLOSED)]))
    assert gateway.recover_va(wanted()).id == REQUEST_ID
    (request,) = transport.asked
    assert transport.places == [f"GET {ROOT}"]
    assert request.params == (("reference_id", "VA-2024-00017"),)


@pytest.mark.parametrize("answer", [[], {"data": [], "has_more": False}])
def test_an_empty_list_says_that_none_was_made(answer):
    gateway, _ = client(ok(answer))
    assert gateway.recover_va(wanted()) is None


@pytest.mark.parametrize(
    "answer",
    [
        refusal("DATA_NOT_FOUND", 404),
        refusal("API_VALIDATION_ERROR", 400),
        refusal("METHOD_NOT_ALLOWED", 405),
        ok({"status": "fine"}),
        ok([golden(REUSABLE)]),  # the filter was not understood
        ok({"data": [], "has_more": True}),
    ],
)
def test_a_search_that_is_refused_or_misunderstood_proves_nothing(answer):
    gateway, _ = client(answer)
    with pytest.raises(UncertainError, match="cannot be searched"):
        gateway.recover_va(wanted())


def test_without_the_setting_nothing_is_searched():
    gateway, transport = client(search_va=False)
    with pytest.raises(UncertainError, match="cannot be searched"):
        gateway.recover_va(wanted())
    assert transport.asked == []


def test_of_several_with_one_reference_the_one_that_can_be_paid_is_taken():
    rows = [golden(CLOSED, status="EXPIRED", payment_request_id="pr-1"), golden(CLOSED)]
    gateway, _ = client(ok(rows))
    assert gateway.recover_va(wanted()).id == REQUEST_ID


def test_an_account_without_known_id_is_read_by_reference():
    gateway, transport = client(ok([golden(CLOSED)]), ok([]))
    assert gateway.get_va("", "VA-2024-00017").id == REQUEST_ID
    with pytest.raises(RejectedError, match="no virtual account VA-2024-00017"):
        gateway.get_va("", "VA-2024-00017")


# -- v3: changing and closing ---------------------------------------------------------


def test_amount_and_expiry_are_changed_by_one_patch():
    gateway, transport = client(golden(CLOSED))
    gateway.update_va(REQUEST_ID, "", Decimal(99000), NOW + timedelta(days=1))
    assert transport.places == [f"PATCH {ROOT}/{REQUEST_ID}"]
    assert sent(transport.asked[0]) == {
        "request_amount": 99000,
        "channel_properties": {"expires_at": "2024-04-10T05:30:00.000Z"},
    }
    assert transport.asked[0].idempotent


def test_what_is_not_given_stays_as_it_is():
    gateway, transport = client(golden(CLOSED), golden(CLOSED))
    gateway.update_va(REQUEST_ID, "", Decimal(99000), None)
    assert sent(transport.asked[0]) == {"request_amount": 99000}
    gateway.update_va(REQUEST_ID, "", None, None)
    assert transport.places[1] == f"GET {ROOT}/{REQUEST_ID}"


def test_an_account_that_ended_cannot_be_changed():
    gateway, _ = client(refusal("INACTIVE_PAYMENT_REQUEST", 400))
    with pytest.raises(RejectedError) as caught:
        gateway.update_va(REQUEST_ID, "", Decimal(1), None)
    assert caught.value.code == "INACTIVE_PAYMENT_REQUEST"


def test_closing_cancels():
    gateway, transport = client(golden(CLOSED, status="CANCELED"))
    assert gateway.close_va(REQUEST_ID, "").status is VaStatus.CLOSED
    assert transport.places == [f"POST {ROOT}/{REQUEST_ID}/cancel"]


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("CANCELED", VaStatus.CLOSED),
        ("EXPIRED", VaStatus.EXPIRED),
        ("SUCCEEDED", VaStatus.PAID),
    ],
)
def test_closing_what_has_ended_tells_how_it_ended(raw, status):
    gateway, _ = client(
        refusal("INELIGIBLE_TRANSACTION_STATUS", 400), golden(CLOSED, status=raw)
    )
    assert gateway.close_va(REQUEST_ID, "").status is status


def test_closing_that_is_refused_while_it_can_be_paid_is_an_error():
    gateway, _ = client(refusal("INELIGIBLE_TRANSACTION_STATUS", 400), golden(CLOSED))
    with pytest.raises(RejectedError):
        gateway.close_va(REQUEST_ID, "")


def test_a_payment_is_simulated_once():
    gateway, transport = client(golden(CLOSED), {"status": "PENDING"})
    gateway.simulate_payment(gateway.get_va(REQUEST_ID, ""), Decimal(265000))
    request = transport.asked[1]
    assert transport.places[1] == f"POST {ROOT}/{REQUEST_ID}/simulate"
    assert sent(request) == {"amount": 265000}
    assert not request.idempotent


@pytest.mark.parametrize("va_id", [".", "..", " "])
def test_an_id_cannot_lead_to_another_address(va_id):
    gateway, transport = client()
    with pytest.raises(RejectedError, match="no identifier"):
        gateway.get_va(va_id, "")
    assert transport.asked == []


def test_an_id_with_slashes_stays_one_segment():
    gateway, transport = client(golden(CLOSED))
    gateway.get_va("pr-1/../x?y", "")
    assert transport.places == [f"GET {ROOT}/pr-1%2F..%2Fx%3Fy"]


# -- the account ----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["payment_request_expiry", "fva_created"])
def test_a_webhook_about_an_account_is_read_without_a_call(name):
    gateway, transport = client()
    va = gateway.read_va(body(name).decode())
    assert va.status in (VaStatus.EXPIRED, VaStatus.ACTIVE)
    assert va.number or name == "payment_request_expiry"
    assert transport.asked == []


def test_a_key_that_was_changed_meanwhile_counts_at_once(monkeypatch):
    gateway, transport = client({"balance": 1}, {"balance": 1})
    gateway.balance()
    monkeypatch.setitem(CREDENTIALS, "secret_key", "another")
    gateway.balance()
    first, second = (request.headers["authorization"] for request in transport.asked)
    assert first != second


def test_an_account_without_key_asks_nobody(monkeypatch):
    monkeypatch.setitem(CREDENTIALS, "secret_key", "")
    gateway, transport = client()
    with pytest.raises(AuthenticationError, match="no secret key"):
        gateway.balance()
    assert transport.asked == []


def test_the_account_says_whether_it_is_a_test():
    gateway, transport = client({"balance": 5})
    assert gateway.identify() == "Xendit, test mode"
    assert transport.asked[0].params == (("account_type", "CASH"),)

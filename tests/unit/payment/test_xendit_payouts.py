"""Payouts of Xendit: sent once, found again, read in every state."""

from decimal import Decimal

import pytest

from odoo.addons.connector_payment.providers.schema import PayoutStatus
from odoo.addons.connector_payment.providers.xendit import environment_of
from odoo.addons.connector_payment.providers.xendit.payouts import FAILURES
from odoo.addons.erp_connector_base.client.errors import (
    RejectedError,
    UncertainError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.exact_json import dump

from .xendit import body, client, golden, ok, refusal, sent, to_pay, told

DISB = "disb-1475459775872"
LOST = UncertainError("the connection was cut; it may have taken effect")


def test_a_payout_is_sent_once_with_our_reference_as_its_key():
    gateway, transport = client(golden("payout"))
    payout = gateway.create_payout(to_pay(email="ryan@example.com"))
    (request,) = transport.asked
    assert transport.places == ["POST /v2/payouts"]
    assert request.headers["idempotency-key"] == "PAY-2024-0001"
    assert not request.idempotent
    assert sent(request) == {
        "reference_id": "PAY-2024-0001",
        "channel_code": "ID_BCA",
        "channel_properties": {
            "account_number": "1234567890",
            "account_holder_name": "Ryan Renolds",
        },
        "amount": 200000,
        "currency": "IDR",
        "description": "BILL/2024/0007",
        "receipt_notification": {"email_to": ["ryan@example.com"]},
    }
    assert (payout.id, payout.status) == (DISB, PayoutStatus.PENDING)
    assert payout.reference == "PAY-2024-0001"


def test_a_bank_may_be_given_without_its_country_and_a_text_be_too_long():
    gateway, transport = client(golden("payout"))
    gateway.create_payout(to_pay(channel="BRI", description="x" * 300))
    body = sent(transport.asked[0])
    assert body["channel_code"] == "ID_BRI"
    assert len(body["description"]) == 100


def test_a_fraction_of_a_rupiah_is_not_paid_out():
    gateway, transport = client()
    with pytest.raises(RejectedError, match="whole rupiah"):
        gateway.create_payout(to_pay(amount=Decimal("10000.50")))
    assert transport.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        LOST,
        ok(b"", 500),
        ok(b"", 408),
        refusal("SERVER_ERROR", 503),
        ok(b"{", 200),
        ok({"status": "ACCEPTED"}, 200),
        ok(b"<html>blocked</html>", 403),
        refusal("DUPLICATE_ERROR", 409),
        refusal("DUPLICATE_ERROR", 400),
    ],
)
def test_a_payout_that_may_exist_is_uncertain_and_never_failed(answer):
    gateway, transport = client(answer)
    with pytest.raises(UncertainError):
        gateway.create_payout(to_pay())
    assert len(transport.asked) == 1


def test_a_payout_without_enough_balance_is_refused_with_the_code():
    gateway, _ = client(refusal("INSUFFICIENT_BALANCE"))
    with pytest.raises(RejectedError, match="top up") as caught:
        gateway.create_payout(to_pay())
    assert caught.value.code == "INSUFFICIENT_BALANCE"


def test_a_payout_whose_answer_was_lost_is_found_by_reference():
    gateway, transport = client(ok([golden("payout")]), ok([]))
    assert gateway.recover_payout(to_pay()).id == DISB
    assert transport.asked[0].params == (("reference_id", "PAY-2024-0001"),)
    assert gateway.recover_payout(to_pay()) is None


@pytest.mark.parametrize(
    "rows",
    [
        [golden("payout"), golden("payout", id="disb-2")],
        [golden("payout", reference_id="PAY-2024-00011")],
    ],
)
def test_a_search_that_finds_more_or_others_proves_nothing(rows):
    gateway, _ = client(ok(rows))
    with pytest.raises(UncertainError, match="PAY-2024-0001"):
        gateway.recover_payout(to_pay())


@pytest.mark.parametrize("answer", [{"status": "fine"}, [1], "text"])
def test_a_search_that_is_answered_with_nonsense_proves_nothing(answer):
    gateway, _ = client(ok(answer))
    with pytest.raises(UnexpectedResponseError):
        gateway.recover_payout(to_pay())


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("ACCEPTED", PayoutStatus.PENDING),
        ("PENDING_COMPLIANCE_ASSESSMENT", PayoutStatus.PENDING),
        ("REQUESTED", PayoutStatus.PENDING),
        ("LOCKED", PayoutStatus.PENDING),
        ("COMPLIANCE_REJECTED", PayoutStatus.FAILED),
        ("EXPIRED", PayoutStatus.FAILED),
        ("SUCCEEDED", PayoutStatus.SUCCEEDED),
        ("REVERSED", PayoutStatus.REVERSED),
        ("CANCELLED", PayoutStatus.CANCELLED),
        ("ODD", PayoutStatus.UNKNOWN),
    ],
)
def test_a_payouts_status_is_known_or_kept(raw, status):
    gateway, transport = client(golden("payout", status=raw))
    payout = gateway.get_payout(DISB)
    assert (payout.status, payout.raw_status) == (status, raw)
    assert transport.places == [f"GET /v2/payouts/{DISB}"]


def test_a_payout_that_failed_says_why():
    gateway, _ = client()
    payout = gateway.read_payout(body("payout_failed").decode())
    assert (payout.status, payout.id) == (PayoutStatus.FAILED, DISB)
    assert payout.failure_code == "INVALID_DESTINATION"
    assert payout.failure == FAILURES["INVALID_DESTINATION"]
    odd = gateway.read_payout(dump(told("payout_failed", failure_code="ODD")))
    assert odd.failure == "ODD"


def test_a_payout_of_v3_is_read_and_asked_for():
    webhook = golden("v3_payout_succeeded")
    gateway, transport = client(webhook["data"])
    told_of = gateway.read_payout(dump(webhook))
    assert (told_of.amount, told_of.status) == (1000000, PayoutStatus.SUCCEEDED)
    assert gateway.get_payout(told_of.id) == told_of
    assert transport.places == [f"GET /v3/payouts/{told_of.id}"]
    assert transport.asked[0].headers["api-version"] == "2025-09-01"


def test_a_payout_is_cancelled_and_stays_so():
    cancelled = golden("payout", status="CANCELLED")
    gateway, transport = client(cancelled, refusal("INVALID_STATUS"), cancelled)
    for _ in range(2):
        assert gateway.cancel_payout(DISB, "").status is PayoutStatus.CANCELLED
    assert transport.places[0] == f"POST /v2/payouts/{DISB}/cancel"


def test_a_payout_on_its_way_cannot_be_cancelled():
    gateway, _ = client(
        refusal("INVALID_STATUS", 409), golden("payout", status="REQUESTED")
    )
    with pytest.raises(RejectedError) as caught:
        gateway.cancel_payout(DISB, "")
    assert caught.value.code == "INVALID_STATUS"


def test_xendit_neither_approves_nor_checks_accounts():
    gateway, transport = client()
    with pytest.raises(RejectedError):
        gateway.approve_payout(DISB)
    assert gateway.check_account("ID_BCA", "1234567890").valid is None
    assert transport.asked == []


@pytest.mark.parametrize(
    ("key", "environment"),
    [
        ("xnd_development_x", "sandbox"),
        ("xnd_production_x", "production"),
        ("xnd_public_development_x", ""),
        ("", ""),
    ],
)
def test_a_key_tells_its_environment(key, environment):
    assert environment_of(key) == environment

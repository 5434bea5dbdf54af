"""Xendit: payouts once a key, every outcome, the balance they need."""

import time

import pytest

from tests.simulators.control import ControlFailure

from .xendit_client import told

COST = 5550


def ended(xendit, reference="PO-1"):
    """The row of a payout after all that happens by itself."""
    xendit.advance_clock(10)
    [row] = [row for row in xendit.payouts() if row["reference"] == reference]
    return row


@pytest.fixture
def rich(xendit):
    xendit.top_up(10_000_000)
    return xendit


def test_a_payout_is_accepted_then_succeeds_and_costs(xmerchant, rich, xlistening):
    made = xmerchant.payout().json()
    assert made["id"].startswith("disb-")
    assert made["status"] == "ACCEPTED"
    assert rich.balance() == 10_000_000 - 250_000 - COST
    assert ended(rich)["status"] == "succeeded"
    assert xmerchant.get(f"/v2/payouts/{made['id']}")["status"] == "SUCCEEDED"
    rich.wait_pushes()
    [body] = told(xlistening)
    assert body["event"] == "payout.succeeded"
    assert body["data"]["reference_id"] == "PO-1"


def test_a_payout_succeeds_by_itself_after_its_delay(xmerchant, rich):
    rich.config(payout_delay=0.2)
    xmerchant.payout()
    deadline = time.monotonic() + 60
    while rich.payouts()[0]["status"] != "succeeded":
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_key_is_required_and_makes_one_payout(xmerchant, rich):
    assert xmerchant.payout(key="").json()["error_code"] == "API_VALIDATION_ERROR"
    first, again = xmerchant.payout().json(), xmerchant.payout().json()
    assert first == again
    rich.advance_clock(30 * 86400)
    assert xmerchant.payout().json()["id"] == first["id"]
    other = xmerchant.payout(amount=260000)
    assert other.status_code == 409
    assert other.json()["error_code"] == "DUPLICATE_ERROR"
    assert len(rich.payouts()) == 1


def test_another_key_pays_the_same_reference_twice(xmerchant, rich):
    for key in ("a", "b"):
        xmerchant.payout(key=key)
    assert [row["idempotency_key"] for row in rich.payouts()] == ["a", "b"]
    found = xmerchant.get("/v2/payouts", reference_id="PO-1")
    assert len(found) == 2


def test_a_lost_answer_is_found_by_reference(xmerchant, rich):
    rich.fault("cut_after", path="/v2/payouts", count=1)
    with pytest.raises(OSError, match=r"Connection|closed|aborted"):
        xmerchant.payout()
    [found] = xmerchant.get("/v2/payouts", reference_id="PO-1")
    assert found["amount"] == 250000
    assert xmerchant.get("/v2/payouts", reference_id="PO-2") == []


@pytest.mark.parametrize(
    ("account", "status", "code"),
    [
        ("131313", "pending", ""),
        ("123456", "failed", "TEMPORARY_TRANSFER_ERROR"),
        ("999999", "failed", "REJECTED_BY_CHANNEL"),
        ("121212", "failed", "INVALID_DESTINATION"),
        ("654321", "reversed", ""),
        ("1234567890", "succeeded", ""),
    ],
)
def test_sandbox_accounts_have_their_outcomes(xmerchant, rich, account, status, code):
    xmerchant.payout(account=account)
    row = ended(rich)
    assert (row["status"], row["failure_code"]) == (status, code)


def test_a_reversal_comes_after_success_and_brings_the_money_back(
    xmerchant, rich, xlistening
):
    xmerchant.payout(account="654321")
    rich.advance_clock(1.5)
    assert rich.payouts()[0]["status"] == "succeeded"
    rich.advance_clock(1)
    rich.wait_pushes()
    events = sorted(body["event"] for body in told(xlistening))
    assert events == ["payout.reversed", "payout.succeeded"]
    assert rich.balance() == 10_000_000
    row = rich.transactions()[-1]
    assert (row["status"], row["cashflow"]) == ("REVERSED", "MONEY_OUT")


def test_bca_accounts_have_ten_digits(xmerchant, rich):
    xmerchant.payout(channel_code="ID_BCA", account="12345678")
    assert ended(rich)["failure_code"] == "INVALID_DESTINATION"


def test_too_low_a_balance_fails_later_or_at_once(xmerchant, xendit):
    assert xmerchant.payout().json()["status"] == "ACCEPTED"
    assert ended(xendit)["failure_code"] == "INSUFFICIENT_BALANCE"
    xendit.config(insufficient_balance_at_once=True)
    refused = xmerchant.payout("PO-2")
    assert refused.status_code == 400
    assert refused.json()["error_code"] == "INSUFFICIENT_BALANCE"
    xendit.top_up(250_000 + COST)
    assert xmerchant.payout("PO-2").status_code == 200
    assert xendit.balance() == 0


def test_only_an_accepted_payout_is_cancelled(xmerchant, rich):
    rich.config(payout_mode="manual")
    number = xmerchant.payout().json()["id"]
    cancelled = xmerchant.post(f"/v2/payouts/{number}/cancel")
    assert cancelled["status"] == "CANCELLED"
    assert rich.balance() == 10_000_000
    again = xmerchant.post(f"/v2/payouts/{number}/cancel")
    assert again["error_code"] == "INVALID_PAYOUT_STATUS"


def test_people_decide_when_the_mode_is_manual(xmerchant, rich):
    rich.config(payout_mode="manual")
    for number in range(4):
        xmerchant.payout(f"PO-{number}")
    rich.advance_clock(3600)
    assert {row["status"] for row in rich.payouts()} == {"pending"}
    rich.payout_outcome("PO-0", "succeed")
    rich.payout_outcome("PO-0", "reverse")
    rich.payout_outcome("PO-1", "fail", failure_code="ACCOUNT_NAME_MISMATCH")
    rich.payout_outcome("PO-2", "cancel")
    rich.payout_outcome("PO-3", "stuck")
    assert [row["status"] for row in rich.payouts()] == [
        "reversed",
        "failed",
        "cancelled",
        "pending",
    ]
    assert rich.payouts()[1]["failure_code"] == "ACCOUNT_NAME_MISMATCH"
    with pytest.raises(ControlFailure, match="cannot succeed"):
        rich.payout_outcome("PO-1", "succeed")
    assert rich.balance() == 10_000_000 - 250_000 - COST


def test_a_stuck_payout_stays_where_it_is(xmerchant, rich):
    xmerchant.payout()
    rich.payout_outcome("PO-1", "stuck")
    assert ended(rich)["status"] == "pending"
    [found] = xmerchant.get("/v2/payouts", reference_id="PO-1")
    assert found["status"] == "REQUESTED"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": 10000.5}, "amount"),
        ({"amount": "10000"}, "amount"),
        ({"amount": 9999}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"channel_code": "ID_NONE"}, "channel_code"),
        ({"description": "x" * 101}, "description"),
        ({"account": "12 34"}, "account_number"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_field_of_a_payout_is_named(xmerchant, rich, changes, field):
    answer = xmerchant.payout(**changes)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"][-1] == field
    assert rich.payouts() == []


def test_channels_tell_their_limits(xmerchant):
    channels = xmerchant.get("/payouts_channels")
    [bca] = [row for row in channels if row["channel_code"] == "ID_BCA"]
    assert bca["amount_limits"]["minimum"] == 10000

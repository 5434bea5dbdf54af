"""Midtrans, Iris: two keys, idempotency, the life of a payout, its notifications."""

import hashlib
import json

import pytest
import requests

from tests.simulators.control import ControlFailure

from .midtrans_client import APPROVER, CREATOR, MERCHANT_KEY, SERVER_KEY, until

OPENING = 100000000


def told(receiver):
    return [json.loads(body) for body in receiver.bodies]


# -- keys -----------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", SERVER_KEY, APPROVER, "IRIS-wrong"])
def test_only_the_creator_creates(merchant, midtrans, key):
    answer = merchant.iris("POST", "/payouts", key=key, json={"payouts": []})
    assert answer.status_code == 401
    assert midtrans.payouts() == []


@pytest.mark.parametrize("key", ["", SERVER_KEY, CREATOR, MERCHANT_KEY])
@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_only_the_approver_approves_and_rejects(merchant, midtrans, key, verb):
    number = merchant.payout()
    body = {"reference_nos": [number], "reject_reason": "no"}
    answer = merchant.iris("POST", f"/payouts/{verb}", key=key, json=body)
    assert answer.status_code == 401
    assert midtrans.payouts()[0]["status"] == "queued"


@pytest.mark.parametrize("key", [CREATOR, APPROVER])
def test_both_may_look(merchant, key):
    for path in ("/balance", "/beneficiary_banks", "/channels"):
        assert merchant.iris("GET", path, key=key).status_code == 200


# -- create ---------------------------------------------------------------------------


def test_a_payout_is_queued_and_moves_no_money(merchant, midtrans):
    number = merchant.payout(notes="BILL/2024/1")
    [row] = midtrans.payouts()
    expected = {
        "id": number,
        "reference": "BILL/2024/1",
        "account_number": "1112223334",
        "holder": "Budi Santoso",
        "bank": "bca",
        "amount": 50000,
        "status": "queued",
        "idempotency_key": "K-1",
    }
    assert expected.items() <= row.items()
    assert midtrans.balance() == OPENING
    detail = merchant.iris("GET", f"/payouts/{number}").json()
    assert (detail["amount"], detail["notes"]) == ("50000.00", "BILL/2024/1")


def test_a_key_repeats_its_answer_and_another_key_is_another_payout(merchant, midtrans):
    first = merchant.payout(key="K-1")
    assert merchant.payout(key="K-1") == first
    assert merchant.payout(key="K-2") != first
    assert merchant.payout(key="") != merchant.payout(key="")
    assert len(midtrans.payouts()) == 4


def test_a_lost_answer_is_found_again_by_its_key(merchant, midtrans):
    midtrans.fault("cut_after", path="/iris/api/v1/payouts", count=1)
    with pytest.raises(requests.ConnectionError):
        merchant.payout()
    number = merchant.payout()
    assert [row["id"] for row in midtrans.payouts()] == [number]


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 50000},
        {"amount": "-1"},
        {"amount": "much"},
        {"beneficiary_bank": "nobank"},
        {"beneficiary_account": ""},
        {"notes": "x" * 101},
    ],
)
def test_a_payout_that_makes_no_sense_is_refused(merchant, midtrans, change):
    good = {
        "beneficiary_name": "Budi",
        "beneficiary_account": "1112223334",
        "beneficiary_bank": "bca",
        "amount": "50000",
    }
    answer = merchant.iris("POST", "/payouts", json={"payouts": [good, good | change]})
    assert answer.status_code == 400
    assert list(answer.json()["errors"]) == ["1"]
    assert midtrans.payouts() == []


def test_empty_and_broken_bodies_and_long_keys_are_refused(merchant):
    assert merchant.iris("POST", "/payouts", json={}).status_code == 400
    assert merchant.iris("POST", "/payouts", data=b"{").status_code == 400
    headers = {"X-Idempotency-Key": "k" * 101}
    answer = merchant.iris("POST", "/payouts", json={}, headers=headers)
    assert "too long" in answer.json()["errors"][0]


def test_the_answer_may_be_a_list(merchant, midtrans):
    midtrans.config(payout_answer="list")
    row = {
        "beneficiary_name": "Budi",
        "beneficiary_account": "1112223334",
        "beneficiary_bank": "bca",
        "amount": "50000",
    }
    answer = merchant.iris("POST", "/payouts", json={"payouts": [row]})
    assert answer.status_code == 201
    assert answer.json()[0]["status"] == "queued"


# -- approve and reject ---------------------------------------------------------------


def test_an_approved_payout_is_processed_and_completed(merchant, midtrans, hearing):
    midtrans.config(payout_delay=600)
    number = merchant.payout()
    answer = merchant.approve(number)
    assert (answer.status_code, answer.json()) == (202, {"status": "ok"})
    assert merchant.payout_status(number) == "approved"
    assert midtrans.balance() == OPENING - 50000
    midtrans.wait_pushes()
    midtrans.advance_clock(301)
    assert merchant.payout_status(number) == "processed"
    midtrans.wait_pushes()
    midtrans.advance_clock(301)
    assert merchant.payout_status(number) == "completed"
    midtrans.wait_pushes()
    assert [body["status"] for body in told(hearing)] == [
        "approved",
        "processed",
        "completed",
    ]


def test_outcomes_come_by_themselves(merchant):
    number = merchant.payout()
    merchant.approve(number)
    until(lambda: merchant.payout_status(number) == "completed")


def test_a_payout_is_approved_once(merchant, midtrans):
    number = merchant.payout()
    merchant.approve(number)
    again = merchant.approve(number)
    assert again.status_code == 400
    assert midtrans.balance() == OPENING - 50000


def test_approval_is_all_or_nothing(merchant, midtrans):
    good, rejected = merchant.payout(key="K-1"), merchant.payout(key="K-2")
    body = {"reference_nos": [rejected], "reject_reason": "twice"}
    merchant.iris("POST", "/payouts/reject", key=APPROVER, json=body)
    assert merchant.approve(good, rejected).status_code == 400
    assert merchant.approve(good, "unknown").status_code == 404
    assert merchant.payout_status(good) == "queued"
    assert midtrans.balance() == OPENING


def test_the_balance_is_checked_when_a_payout_is_approved(merchant, midtrans):
    big = str(OPENING)
    first, second = (
        merchant.payout(amount=big, key="K-1"),
        merchant.payout(amount="1", key="K-2"),
    )
    answer = merchant.approve(first, second)
    assert answer.status_code == 400
    assert "sufficient balance" in answer.json()["errors"][0]
    assert merchant.approve(first).status_code == 202
    assert midtrans.balance() == 0
    midtrans.top_up(1)
    assert merchant.approve(second).status_code == 202


def test_an_otp_can_be_asked_for(merchant, midtrans):
    midtrans.config(otp="335163")
    number = merchant.payout()
    assert merchant.approve(number).status_code == 400
    assert merchant.approve(number, otp="000000").status_code == 400
    assert merchant.approve(number, otp="335163").status_code == 202


def test_an_otp_works_for_a_short_time_and_once(merchant, midtrans):
    midtrans.config(otp_secret="of the approver's telephone")
    first, second = merchant.payout(), merchant.payout()
    old = midtrans.otp(ago=120)
    assert merchant.approve(first, otp=old).status_code == 400
    code = midtrans.otp()
    assert merchant.approve(first, otp=code).status_code == 202
    assert merchant.approve(second, otp=code).status_code == 400


def test_a_queued_payout_can_be_rejected_with_a_reason(merchant, midtrans, hearing):
    number = merchant.payout()
    body = {"reference_nos": [number]}
    without = merchant.iris("POST", "/payouts/reject", key=APPROVER, json=body)
    assert without.status_code == 400
    body["reject_reason"] = "wrong account"
    answer = merchant.iris("POST", "/payouts/reject", key=APPROVER, json=body)
    assert answer.status_code == 202
    assert merchant.payout_status(number) == "rejected"
    assert midtrans.payouts()[0]["status"] == "cancelled"
    assert midtrans.balance() == OPENING
    assert merchant.approve(number).status_code == 400
    midtrans.wait_pushes()
    assert told(hearing)[0]["status"] == "rejected"


# -- outcomes -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "status", "error", "balance"),
    [
        ("131313", "processed", "", OPENING - 50000),
        ("123456", "failed", "005", OPENING),
        ("999999", "failed", "025", OPENING),
        ("121212", "failed", "002", OPENING),
        ("654321", "failed", "004", OPENING),
    ],
)
def test_some_accounts_have_an_outcome_of_their_own(
    merchant, midtrans, hearing, account, status, error, balance
):
    number = merchant.payout(account=account)
    merchant.approve(number)
    midtrans.advance_clock(10)
    assert merchant.payout_status(number) == status
    assert midtrans.balance() == balance
    midtrans.wait_pushes()
    last = next(body for body in told(hearing) if body["status"] == status)
    assert last.get("error_code", "") == error
    assert bool(last.get("error_message")) == bool(error)
    assert "error_code" not in merchant.iris("GET", f"/payouts/{number}").json()


def test_a_completed_payout_can_come_back(merchant, midtrans, hearing):
    midtrans.config(payout_mode="manual")
    number = merchant.payout()
    merchant.approve(number)
    assert merchant.payout_status(number) == "approved"
    midtrans.payout_outcome(number, "succeed")
    assert midtrans.payouts()[0]["status"] == "succeeded"
    row = midtrans.payout_outcome(number, "reverse")
    assert (row["status"], row["payout_status"]) == ("reversed", "failed")
    assert midtrans.balance() == OPENING
    midtrans.wait_pushes()
    states = sorted(body["status"] for body in told(hearing))
    assert states == ["approved", "completed", "failed"]


def test_people_end_payouts_by_number_or_reference(merchant, midtrans):
    midtrans.config(payout_mode="manual")
    number = merchant.payout(notes="BILL/1")
    assert midtrans.payout_outcome("BILL/1", "stuck")["payout_status"] == "processed"
    row = midtrans.payout_outcome(number, "fail", failure_code="012")
    assert (row["status"], row["failure_code"]) == ("failed", "012")
    for key, outcome in ((number, "succeed"), (number, "dance"), ("nobody", "fail")):
        with pytest.raises(ControlFailure):
            midtrans.payout_outcome(key, outcome)
    assert midtrans.balance() == OPENING


def test_a_fee_is_taken_with_the_payout_and_given_back_with_it(merchant, midtrans):
    midtrans.config(payout_fee=5000, payout_mode="manual")
    number = merchant.payout()
    merchant.approve(number)
    assert midtrans.balance() == OPENING - 55000
    midtrans.payout_outcome(number, "fail")
    assert midtrans.balance() == OPENING


def test_a_payout_that_ended_by_hand_does_not_end_again(merchant, midtrans):
    number = merchant.payout()
    merchant.approve(number)
    midtrans.payout_outcome(number, "fail")
    midtrans.advance_clock(10)
    assert merchant.payout_status(number) == "failed"
    assert midtrans.balance() == OPENING


# -- notifications --------------------------------------------------------------------


def test_payouts_are_signed_in_the_header_over_the_raw_body(merchant, hearing):
    merchant.approve(merchant.payout())
    until(lambda: hearing.bodies)
    wanted = hashlib.sha512(hearing.bodies[0] + MERCHANT_KEY.encode()).hexdigest()
    assert hearing.headers[0]["Iris-Signature"] == wanted
    body = json.loads(hearing.bodies[0])
    assert set(body) == {"reference_no", "amount", "status", "updated_at"}
    assert body["amount"] == "50000.00"
    assert body["updated_at"].endswith("Z")


@pytest.mark.parametrize("how", ["wrong", "other_account", "garbage", "missing"])
def test_forged_payout_notifications(midtrans, hearing, how):
    midtrans.send({"reference_no": "x", "status": "completed"}, forged=how)
    wanted = hashlib.sha512(hearing.bodies[0] + MERCHANT_KEY.encode()).hexdigest()
    assert hearing.headers[0].get("Iris-Signature") != wanted
    assert ("Iris-Signature" in hearing.headers[0]) == (how != "missing")


def test_a_top_up_is_told_in_another_shape(midtrans, hearing):
    midtrans.top_up(250000)
    midtrans.wait_pushes()
    [body] = told(hearing)
    assert (body["status"], body["gross_amount"]) == ("topup", "250000.00")
    assert "reference_no" not in body
    assert "Iris-Signature" in hearing.headers[0]


def test_payouts_may_be_told_elsewhere(merchant, midtrans, hearing):
    elsewhere = f"{hearing.url}&iris=1"
    midtrans.config(payout_callback_url=elsewhere)
    merchant.approve(merchant.payout())
    until(lambda: hearing.bodies)
    assert set(midtrans.ledger("delivered_to").values()) == {elsewhere}


# -- what there is to know ------------------------------------------------------------


def test_the_holder_of_an_account(merchant, midtrans):
    midtrans.config(account_names={"1112223334": "PT MAJU JAYA"})

    def ask(bank, account):
        query = {"bank": bank, "account": account}
        return merchant.iris("GET", "/account_validation", params=query)

    assert ask("bca", "1112223334").json() == {
        "account_name": "PT MAJU JAYA",
        "account_no": "1112223334",
        "bank_name": "bca",
    }
    assert ask("bca", "5").json() == ask("bca", "5").json()
    unknown = ask("bca", "121212")
    assert unknown.status_code == 400
    assert "account" in unknown.json()["errors"]
    assert "bank" in ask("nobank", "5").json()["errors"]


def test_the_statement_lists_the_moves_of_some_days(merchant, midtrans):
    number = merchant.payout(account="121212")
    merchant.approve(number)
    midtrans.top_up(1000)
    midtrans.advance_clock(10)
    days = {"from_date": "2020-01-01", "to_date": "2099-01-01"}
    rows = merchant.iris("GET", "/statements", params=days).json()
    assert [(row["type"], row["status"]) for row in rows] == [
        ("Opening", "credit"),
        ("Payout", "debit"),
        ("Topup", "credit"),
        ("Return", "credit"),
    ]
    assert rows[1]["reference_no"] == number
    past = {"from_date": "2020-01-01", "to_date": "2020-01-02"}
    assert merchant.iris("GET", "/statements", params=past).json() == []
    assert merchant.iris("GET", "/statements").status_code == 400


def test_banks_are_listed_and_unknown_payouts_are_not_found(merchant):
    banks = merchant.iris("GET", "/beneficiary_banks").json()["beneficiary_banks"]
    assert {"bca", "mandiri"} <= {bank["code"] for bank in banks}
    assert merchant.iris("GET", "/payouts/unknown").status_code == 404
    assert merchant.iris("GET", "/nothing").status_code == 404

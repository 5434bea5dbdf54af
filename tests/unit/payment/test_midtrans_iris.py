"""Payouts by Iris: which key is used for what, and what the answers mean."""

import base64
from decimal import Decimal

import pytest

from odoo.addons.connector_payment.providers import midtrans
from odoo.addons.connector_payment.providers.schema import AccountCheck, PayoutStatus
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    RejectedError,
    TransientError,
    UncertainError,
)

from .midtrans import (
    CREDENTIALS,
    HOST,
    Scripted,
    body,
    client,
    golden,
    ok,
    sent,
    to_pay,
)

IRIS = "/iris/api/v1"
NUMBER = "1d4f8423393005"
PAYOUT = f"GET {IRIS}/payouts/{NUMBER}"


def used_key(request):
    """The credential a request is made with."""
    login = base64.b64decode(request.headers["authorization"].removeprefix("Basic "))
    by_value = {value: name for name, value in CREDENTIALS.items()}
    return by_value[login.decode().rstrip(":")]


def refused(name="iris_not_queued", status=400):
    return ok(golden(name), status)


@pytest.mark.parametrize(
    ("base_url", "settings", "expected"),
    [
        ("https://api.midtrans.com", {}, "https://app.midtrans.com/iris/api/v1"),
        (
            "https://api.sandbox.midtrans.com/",
            {},
            "https://app.sandbox.midtrans.com/iris/api/v1",
        ),
        ("http://127.0.0.1:9/midtrans", {}, "http://127.0.0.1:9/midtrans/iris/api/v1"),
        ("https://x", {"payout_url": "https://iris/api/v1/"}, "https://iris/api/v1"),
    ],
)
def test_payouts_have_an_address_of_their_own(base_url, settings, expected):
    transport = Scripted({"balance": "1"})
    made = midtrans.make_client(CREDENTIALS, base_url, transport, settings=settings)
    made.balance()
    assert transport.asked[0].url == f"{expected}/balance"


def test_a_payout_is_made_with_the_creators_key_and_never_repeated_blindly():
    made, transport = client(ok(golden("iris_create_payouts"), 201))
    found = made.create_payout(to_pay(email="ryan@example.com"))
    (request,) = transport.asked
    assert transport.places == [f"POST {IRIS}/payouts"]
    assert used_key(request) == "iris_creator_key"
    assert not request.idempotent
    assert request.headers["x-idempotency-key"] == "PAY-2024-0001"
    order = {
        "beneficiary_name": "Ryan Renolds",
        "beneficiary_account": "33287352",
        "beneficiary_bank": "bca",
        "beneficiary_email": "ryan@example.com",
        "amount": "200000",
        "notes": "PAY-2024-0001",
    }
    assert sent(request) == {"payouts": [order]}
    assert (found.id, found.reference) == (NUMBER, "PAY-2024-0001")
    assert (found.status, found.amount) == (PayoutStatus.QUEUED, Decimal(200000))


def test_the_answer_may_be_a_bare_list():
    made, _ = client(ok(golden("iris_create_payouts")["payouts"], 201))
    assert made.create_payout(to_pay()).id == NUMBER


@pytest.mark.parametrize(
    "answer",
    [
        UncertainError("the connection was cut"),
        ok({"payouts": []}, 201),
        ok([{"status": "queued"}], 201),
        ok([{"reference_no": "1"}, {"reference_no": "2"}], 201),
        ok({"status": "ok"}, 201),
        ok(b"<html>", 200),
        ok(b"", 500),
        ok(b"<html>", 404),
        ok({"message": "no Route matched"}, 404),
    ],
)
def test_a_payout_without_a_clear_answer_may_be_queued(answer):
    made, _ = client(answer)
    with pytest.raises(UncertainError):
        made.create_payout(to_pay())


def test_a_lost_payout_is_found_by_the_same_request_with_the_same_key():
    lost = UncertainError("the connection was cut")
    made, transport = client(lost, ok(golden("iris_create_payouts"), 201))
    with pytest.raises(UncertainError):
        made.create_payout(to_pay())
    assert made.recover_payout(to_pay()).id == NUMBER
    first, second = transport.asked
    assert (first.headers, first.body) == (second.headers, second.body)


def test_a_lost_payout_that_is_refused_now_may_be_queued_all_the_same():
    made, _ = client(refused("iris_create_refused"))
    with pytest.raises(UncertainError, match="may be queued"):
        made.recover_payout(to_pay())


def test_a_refused_payout_says_why_without_the_account():
    made, _ = client(refused("iris_create_refused"))
    with pytest.raises(RejectedError, match="Amount is not a number") as caught:
        made.create_payout(to_pay())
    assert "33452784" not in str(caught.value)
    assert caught.value.code == "400"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"amount": Decimal("1000.5")}, "1000.5"),
        ({"amount": Decimal(0)}, "above 0"),
        ({"currency": "USD"}, "USD"),
        ({"reference": "P" * 101}, "1 to 100"),
        ({"reference": ""}, "1 to 100"),
    ],
)
def test_what_iris_cannot_pay_is_refused_before_anything_is_sent(changes, words):
    made, transport = client()
    with pytest.raises(RejectedError, match=words):
        made.create_payout(to_pay(**changes))
    assert transport.asked == []


def test_a_payout_is_approved_with_the_approvers_key():
    made, transport = client(ok({"status": "ok"}, 202))
    made.approve_payout(NUMBER)
    (request,) = transport.asked
    assert transport.places == [f"POST {IRIS}/payouts/approve"]
    assert used_key(request) == "iris_approver_key"
    assert sent(request) == {"reference_nos": [NUMBER]}


def test_a_one_time_password_goes_along():
    made, transport = client(ok({"status": "ok"}, 202))
    made.approve_payouts((NUMBER, "other"), "335163")
    body = {"reference_nos": [NUMBER, "other"], "otp": "335163"}
    assert sent(transport.asked[0]) == body


@pytest.mark.parametrize("status", ["approved", "processed", "completed", "failed"])
def test_approving_twice_is_fine(status):
    made, transport = client(refused(), golden("iris_payout", status=status))
    made.approve_payout(NUMBER)
    assert transport.places[1] == PAYOUT
    assert used_key(transport.asked[1]) == "iris_creator_key"


@pytest.mark.parametrize("status", ["queued", "rejected"])
def test_an_approval_that_is_refused_for_another_reason_says_so(status):
    made, _ = client(refused(), golden("iris_payout", status=status))
    with pytest.raises(RejectedError, match="are not queued"):
        made.approve_payout(NUMBER)


def test_an_approval_whose_answer_is_lost_may_be_repeated():
    made, transport = client(TransientError("no answer in time"))
    with pytest.raises(TransientError):
        made.approve_payout(NUMBER)
    assert transport.asked[0].idempotent


def test_without_an_approvers_key_nothing_is_approved():
    keys = CREDENTIALS | {"iris_approver_key": ""}
    transport = Scripted(golden("iris_payout"))
    made = midtrans.make_client(keys, HOST, transport)
    with pytest.raises(RejectedError, match="iris_approver_key"):
        made.approve_payout(NUMBER)
    assert [request.method for request in transport.asked] == ["GET"]


def test_a_queued_payout_is_taken_back_with_the_approvers_key():
    rejected = golden("iris_payout", status="rejected")
    made, transport = client({"status": "ok"}, rejected)
    assert made.cancel_payout(NUMBER, "typo").status is PayoutStatus.CANCELLED
    assert transport.places == [f"POST {IRIS}/payouts/reject", PAYOUT]
    assert used_key(transport.asked[0]) == "iris_approver_key"
    expected = {"reference_nos": [NUMBER], "reject_reason": "typo"}
    assert sent(transport.asked[0]) == expected


def test_taking_back_needs_a_reason_and_gets_one():
    made, transport = client({"status": "ok"}, golden("iris_payout"))
    made.cancel_payout(NUMBER, "")
    assert sent(transport.asked[0])["reject_reason"] == "Cancelled"


def test_taking_back_twice_is_fine():
    made, _ = client(refused(), golden("iris_payout", status="rejected"))
    assert made.cancel_payout(NUMBER, "typo").status is PayoutStatus.CANCELLED


def test_an_approved_payout_cannot_be_taken_back():
    made, _ = client(refused(), golden("iris_payout", status="processed"))
    with pytest.raises(RejectedError, match="are not queued"):
        made.cancel_payout(NUMBER, "typo")


def test_a_payout_is_read_with_the_reference_in_its_notes():
    made, transport = client(golden("iris_payout", status="completed"))
    found = made.get_payout(NUMBER)
    assert transport.places == [PAYOUT]
    assert (found.reference, found.status) == ("PAY-2024-0001", PayoutStatus.SUCCEEDED)


def test_a_payout_that_is_not_there_is_refused():
    made, _ = client(ok({"error_message": "Payout not found"}, 404))
    with pytest.raises(RejectedError, match="Payout not found") as caught:
        made.get_payout(NUMBER)
    assert caught.value.code == "404"


def test_a_notification_about_a_payout_is_believed():
    made, transport = client()
    found = made.read_payout(body("iris_notification_failed").decode())
    assert (found.status, found.failure_code) == (PayoutStatus.FAILED, "002")
    assert transport.asked == []


@pytest.mark.parametrize("balance", ["1250000.00", "1250000", 1250000])
def test_the_balance_is_what_iris_has(balance):
    made, _ = client({"balance": balance})
    assert made.balance() == Decimal(1250000)


def test_without_a_creators_key_there_is_no_balance():
    made = midtrans.make_client({"server_key": "x"}, HOST, Scripted())
    with pytest.raises(RejectedError, match="iris_creator_key"):
        made.balance()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ok(b"HTTP Basic: Access denied.", 401), AuthenticationError),
        (ok({"error_message": "x"}, 401), AuthenticationError),
        (ok({"errors": "x"}, 429), TransientError),
        (ok({"error_message": "x"}, 500), TransientError),
    ],
)
def test_the_http_status_decides_at_iris(answer, kind):
    made, _ = client(answer)
    with pytest.raises(kind):
        made.balance()


@pytest.mark.parametrize(
    ("answer", "valid", "holder"),
    [
        (ok(golden("iris_account_validation")), True, "Ryan Renolds"),
        (refused("iris_account_unknown"), False, ""),
        (refused("iris_account_unknown", 404), False, ""),
        (refused("iris_bank_unknown"), None, ""),
        (ok({"error_message": "Account does not exist"}, 400), False, ""),
        (ok({"account_no": "33287352"}), None, ""),
    ],
)
def test_an_account_is_valid_unknown_or_wrong(answer, valid, holder):
    made, transport = client(answer)
    found = made.check_account("bca", "33287352")
    assert (found.valid, found.holder) == (valid, holder)
    (request,) = transport.asked
    assert request.url == f"{HOST}{IRIS}/account_validation"
    assert request.params == (("bank", "bca"), ("account", "33287352"))


def test_a_wrong_account_comes_with_the_gateways_words():
    made, _ = client(refused("iris_account_unknown"))
    found = made.check_account("bca", "33287352")
    words = "An error occurred when doing account validation"
    assert found == AccountCheck(
        False, message=f"{words}; account Account does not exist"
    )


def test_a_check_that_got_no_answer_says_nothing_about_the_account():
    made, _ = client(ok(b"", 503))
    with pytest.raises(TransientError):
        made.check_account("bca", "33287352")

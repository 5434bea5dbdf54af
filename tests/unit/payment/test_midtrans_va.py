"""Virtual accounts by Midtrans: what is asked, what the answers mean."""

import base64
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from odoo.addons.connector_payment.providers.midtrans.charge import CHANNELS
from odoo.addons.connector_payment.providers.schema import (
    RefundRequest,
    VaKind,
    VaStatus,
)
from odoo.addons.erp_connector_base.client.errors import (
    RejectedError,
    TransientError,
    UncertainError,
    UnexpectedResponseError,
)

from .midtrans import (
    CREDENTIALS,
    NOW,
    ORDER,
    TRANSACTION,
    body,
    client,
    golden,
    ok,
    sent,
    wanted,
)

CHARGE = "POST /v2/charge"
STATUS = f"GET /v2/{ORDER}/status"
LOST = UncertainError("the connection was cut; it may have taken effect")


def basic(key):
    return "Basic " + base64.b64encode(f"{key}:".encode()).decode()


def charged(**changes):
    """The JSON and the headers of a charge."""
    made, transport = client(golden("charge_bca"), **changes.pop("settings", {}))
    made.create_va(wanted(**changes))
    (request,) = transport.asked
    return sent(request), request.headers


REFUND = RefundRequest("RF-1", TRANSACTION, Decimal(5000), reason="late")


# -- making a virtual account ---------------------------------------------------------


def test_a_virtual_account_is_charged_once_and_never_repeated_blindly():
    made, transport = client(golden("charge_bca"))
    found = made.create_va(wanted())
    (request,) = transport.asked
    assert transport.places == [CHARGE]
    assert not request.idempotent
    assert request.headers["authorization"] == basic(CREDENTIALS["server_key"])
    assert sent(request) == {
        "payment_type": "bank_transfer",
        "bank_transfer": {"bank": "bca"},
        "transaction_details": {"order_id": ORDER, "gross_amount": 265000},
        "customer_details": {"first_name": "Budi Utomo"},
    }
    assert (found.number, found.status) == ("812785002530231", VaStatus.ACTIVE)


def test_a_mandiri_bill_has_short_plain_lines():
    about = "Faktur\u00a0INV/2024/00017, José Étienne Wirahadikusumah"
    asked, _ = charged(channel="mandiri", description=about)
    assert asked["payment_type"] == "echannel"
    bill = asked["echannel"]
    assert len(bill["bill_info1"]) <= 10
    assert bill["bill_info2"] == "Faktur INV/2024/00017, Jose Et"


def test_a_name_that_has_no_plain_letters_gives_way_to_the_reference():
    asked, _ = charged(channel="mandiri", name="株式会社")
    assert asked["echannel"]["bill_info2"] == ORDER


def test_a_number_of_our_own_is_asked_for():
    asked, _ = charged(number="12345678")
    assert asked["bank_transfer"]["va_number"] == "12345678"
    asked, _ = charged(number="12345678", channel="mandiri")
    assert asked["echannel"]["bill_key"] == "12345678"


def test_the_number_that_was_issued_counts_not_the_one_asked_for():
    made, _ = client(golden("charge_bca"))
    assert made.create_va(wanted(number="12345678")).number == "812785002530231"


def test_the_idempotency_key_is_short_and_that_of_the_reference():
    keys = [charged()[1]["idempotency-key"] for _ in range(2)]
    keys.append(charged(reference="INV-2")[1]["idempotency-key"])
    assert keys[0] == keys[1] != keys[2]
    assert len(keys[0]) == 36


def test_permata_takes_no_idempotency_key():
    asked, headers = charged(channel="permata")
    assert "idempotency-key" not in headers
    assert asked["bank_transfer"]["permata"] == {"recipient_name": "Budi Utomo"}


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_bank_of_the_table_can_be_charged(channel):
    asked, _ = charged(channel=channel)
    assert asked["payment_type"] in asked


def ends(expiry):
    """When a custom_expiry is over."""
    assert expiry["unit"] == "minute"
    begins = datetime.strptime(expiry["order_time"], "%Y-%m-%d %H:%M:%S %z")
    return begins + timedelta(minutes=expiry["expiry_duration"])


@pytest.mark.parametrize(
    ("given", "got"),
    [
        (timedelta(days=1), timedelta(days=1)),
        (timedelta(minutes=90, seconds=17), timedelta(minutes=90, seconds=17)),
        (timedelta(seconds=5), timedelta(seconds=60)),
        (timedelta(days=180), timedelta(days=180)),
        (timedelta(days=400), timedelta(days=180)),
    ],
)
def test_the_expiry_is_exact_and_within_what_midtrans_allows(given, got):
    asked, _ = charged(expires_at=NOW + given)
    assert asked["custom_expiry"]["order_time"].endswith(" +0700")
    assert ends(asked["custom_expiry"]) == NOW + got
    assert asked["custom_expiry"]["expiry_duration"] <= 180 * 24 * 60


def test_the_notification_goes_elsewhere_only_when_that_is_set():
    assert "x-override-notification" not in charged()[1]
    only_url = {"webhook_url": "https://erp.example/hook"}
    assert "x-override-notification" not in charged(settings=only_url)[1]
    both = only_url | {"notification_override": True}
    headers = charged(settings=both)[1]
    assert headers["x-override-notification"] == "https://erp.example/hook"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": VaKind.FIXED, "amount": None}, "BI-SNAP"),
        ({"amount": Decimal("265000.50")}, "265000.50"),
        ({"amount": None}, "amount above 0"),
        ({"amount": Decimal(0)}, "amount above 0"),
        ({"currency": "SGD"}, "SGD"),
        ({"channel": "bsi"}, "bsi"),
        ({"reference": "INV/2024/17"}, "INV/2024/17"),
        ({"reference": "A" * 51}, "1 to 50"),
        ({"expires_at": NOW}, "is over"),
    ],
)
def test_what_midtrans_cannot_do_is_refused_before_anything_is_sent(changes, words):
    made, transport = client()
    with pytest.raises(RejectedError, match=words):
        made.create_va(wanted(**changes))
    assert transport.asked == []


def test_a_taken_order_id_is_our_own_and_gives_the_account():
    made, transport = client(golden("charge_duplicate"), golden("status_pending"))
    assert made.create_va(wanted()).number == "812785002530231"
    assert transport.places == [CHARGE, STATUS]


def test_a_taken_order_id_with_another_amount_is_refused():
    made, _ = client(golden("charge_duplicate"), golden("status_pending"))
    with pytest.raises(RejectedError, match="265000.00"):
        made.create_va(wanted(amount=Decimal(300000)))


@pytest.mark.parametrize(
    "second", [golden("status_not_found"), TransientError("no answer in time")]
)
def test_a_taken_order_id_that_cannot_be_read_leaves_it_open(second):
    made, _ = client(golden("charge_duplicate"), second)
    with pytest.raises(UncertainError):
        made.create_va(wanted())


@pytest.mark.parametrize(
    "answer",
    [
        LOST,
        ok(b"<html>Bad gateway</html>", 502),
        ok(b"<html>Forbidden</html>", 403),
        ok(b"", 202),
        ok({"message": "in progress"}, 202),
        ok({"status_code": "500", "status_message": "Sorry"}),
        ok({"status_code": "505", "status_message": "Unable to create va_number"}),
        ok(golden("charge_bca", va_numbers=[])),
        ok(golden("charge_bca", gross_amount="many")),
        ok(b'{"status_code": "201"', 200),
    ],
)
def test_a_charge_without_a_clear_answer_may_have_taken_effect(answer):
    made, _ = client(answer)
    with pytest.raises(UncertainError):
        made.create_va(wanted())


def test_a_denied_charge_is_refused():
    made, _ = client(golden("charge_bca", status_code="202", transaction_status="deny"))
    with pytest.raises(RejectedError, match="deny"):
        made.create_va(wanted())


def test_a_refused_charge_names_what_is_wrong():
    made, _ = client(golden("charge_invalid"))
    with pytest.raises(RejectedError, match="gross_amount must be") as caught:
        made.create_va(wanted())
    assert caught.value.code == "400"


# -- finding, changing, closing it ----------------------------------------------------


def test_a_lost_account_is_found_by_its_order_id():
    made, transport = client(golden("status_pending"))
    found = made.recover_va(wanted())
    assert (found.number, found.id) == ("812785002530231", TRANSACTION)
    assert transport.places == [STATUS]
    assert transport.asked[0].idempotent


def test_an_account_that_is_not_there_surely_was_not_made():
    made, _ = client(ok(golden("status_not_found"), 404))
    assert made.recover_va(wanted()) is None


@pytest.mark.parametrize(
    "answer",
    [
        ok(b"<html>Not found</html>", 404),
        ok({"message": "no Route matched with those values"}, 404),
        ok(golden("status_pending"), 404),
    ],
)
def test_a_not_found_that_is_not_midtranss_own_proves_nothing(answer):
    made, _ = client(answer)
    with pytest.raises(TransientError):
        made.recover_va(wanted())


@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": "410", "status_message": "Merchant account is deactivated"},
        golden("status_pending", order_id="X", transaction_id="Y"),
    ],
)
def test_what_cannot_be_told_stays_uncertain(answer):
    made, _ = client(answer)
    with pytest.raises(UncertainError):
        made.recover_va(wanted())
    made, _ = client(answer)
    with pytest.raises(UncertainError):
        made.recover_refund(REFUND)


def test_a_refusal_is_no_proof_that_a_payment_does_not_exist():
    made, _ = client({"status_code": "410", "status_message": "deactivated"})
    with pytest.raises(RejectedError, match="ask Midtrans"):
        made.confirm_payments(body("notification_settlement").decode())


def test_an_expired_account_is_found_though_its_code_is_an_error():
    expired = golden("status_pending", status_code="407", transaction_status="expire")
    for status in (200, 407):
        made, _ = client(ok(expired, status))
        assert made.get_va("", ORDER).status is VaStatus.EXPIRED


def test_an_account_that_should_be_there_and_is_not_is_an_error():
    made, _ = client(golden("status_not_found"))
    with pytest.raises(RejectedError) as caught:
        made.get_va("", ORDER)
    assert caught.value.code == "404"


def test_the_answer_about_another_transaction_is_not_believed():
    made, _ = client(golden("status_settlement", order_id="X", transaction_id="Y"))
    with pytest.raises(UnexpectedResponseError, match="another transaction"):
        made.get_va("", ORDER)


def test_an_account_cannot_be_changed():
    made, transport = client()
    with pytest.raises(RejectedError):
        made.update_va(TRANSACTION, ORDER, Decimal(1), None)
    assert transport.asked == []


def test_a_closed_account_is_read_again_with_its_number():
    cancelled = golden("status_pending", transaction_status="cancel")
    made, transport = client(golden("refund", transaction_status="cancel"), cancelled)
    found = made.close_va(TRANSACTION, ORDER)
    assert (found.status, found.number) == (VaStatus.CLOSED, "812785002530231")
    assert transport.places == [f"POST /v2/{ORDER}/cancel", STATUS]


def test_closing_what_was_paid_meanwhile_gives_the_paid_account():
    made, _ = client(golden("not_changeable"), golden("status_settlement"))
    assert made.close_va(TRANSACTION, ORDER).status is VaStatus.PAID


def test_what_cannot_be_cancelled_is_expired():
    expired = golden("status_pending", status_code="407", transaction_status="expire")
    made, transport = client(
        golden("not_changeable"), golden("status_pending"), expired, expired
    )
    assert made.close_va(TRANSACTION, ORDER).status is VaStatus.EXPIRED
    assert f"POST /v2/{ORDER}/expire" in transport.places


def test_what_can_be_ended_in_no_way_says_so():
    refused, still = golden("not_changeable"), golden("status_pending")
    made, _ = client(refused, still, refused, still)
    with pytest.raises(RejectedError, match="no longer be changed"):
        made.close_va(TRANSACTION, ORDER)
    made, _ = client(still, still, still, still)
    with pytest.raises(TransientError, match="still open"):
        made.close_va(TRANSACTION, ORDER)


def test_there_is_no_call_for_a_test_payment():
    made, transport = client()
    with pytest.raises(RejectedError):
        made.simulate_payment(None, Decimal(1))
    assert transport.asked == []

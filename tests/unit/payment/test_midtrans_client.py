"""What the Midtrans client asks, and what it makes of the answers."""

import base64
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from odoo.addons.connector_payment.providers import midtrans
from odoo.addons.connector_payment.providers.midtrans.charge import CHANNELS
from odoo.addons.connector_payment.providers.schema import (
    PaymentStatus,
    RefundRequest,
    VaKind,
    VaStatus,
)
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    RejectedError,
    TransientError,
    UncertainError,
    UnexpectedResponseError,
)

from .midtrans import (
    CREDENTIALS,
    HOST,
    NOW,
    ORDER,
    TRANSACTION,
    Scripted,
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


# -- money in -------------------------------------------------------------------------


def test_reading_a_notification_asks_nothing():
    made, transport = client()
    (found,) = made.read_payments(body("notification_settlement").decode())
    assert (found.status, found.amount) == (PaymentStatus.PAID, Decimal(265000))
    assert made.read_va(body("notification_settlement").decode()).reference == ORDER
    assert transport.asked == []


def test_a_notification_is_confirmed_by_the_status():
    made, transport = client(golden("status_settlement"))
    (found,) = made.confirm_payments(body("notification_settlement").decode())
    assert transport.places == [STATUS]
    assert (found.status, found.doubtful) == (PaymentStatus.PAID, "")


def test_only_the_status_is_believed():
    forged = body("notification_pending").replace(b'"pending"', b'"settlement"')
    made, _ = client(golden("status_pending"))
    (found,) = made.confirm_payments(forged.decode())
    assert found.status is PaymentStatus.PENDING
    assert found.doubtful == "Midtrans: notified as settlement, but it is pending"


def test_a_late_notification_of_an_older_state_gives_the_present_one():
    made, _ = client(golden("status_settlement"))
    (found,) = made.confirm_payments(body("notification_pending").decode())
    assert (found.status, found.doubtful) == (PaymentStatus.PAID, "")


def test_a_transaction_midtrans_does_not_know_is_no_money():
    made, _ = client(golden("status_not_found"))
    (found,) = made.confirm_payments(body("notification_settlement").decode())
    assert found.status is PaymentStatus.UNKNOWN
    assert found.doubtful
    assert (found.id, found.va_reference, found.amount) == (TRANSACTION, ORDER, None)


def test_an_order_charged_again_has_two_transactions_and_both_are_asked_for():
    again = golden("status_pending", transaction_id="another")
    made, transport = client(again, golden("status_settlement"))
    first, second = made.confirm_payments(body("notification_settlement").decode())
    assert transport.places == [STATUS, f"GET /v2/{TRANSACTION}/status"]
    assert (first.id, first.status) == ("another", PaymentStatus.PENDING)
    assert (second.id, second.status) == (TRANSACTION, PaymentStatus.PAID)


@pytest.mark.parametrize(
    "other",
    [golden("status_settlement", order_id="X"), golden("status_not_found")],
)
def test_a_transaction_of_another_order_is_left_alone(other):
    made, _ = client(golden("status_pending", transaction_id="another"), other)
    (found,) = made.confirm_payments(body("notification_settlement").decode())
    assert found.id == "another"


def test_a_payload_nobody_can_read_is_an_error_that_keeps_it():
    made, _ = client()
    for payload in ("nonsense", "[]"):
        with pytest.raises(UnexpectedResponseError) as caught:
            made.confirm_payments(payload)
        assert caught.value.payload == payload


def test_a_payment_is_found_by_its_own_id():
    made, transport = client(golden("status_settlement"))
    assert made.get_payment(TRANSACTION).id == TRANSACTION
    assert transport.places == [f"GET /v2/{TRANSACTION}/status"]


@pytest.mark.parametrize(
    ("answer", "count"),
    [
        (golden("status_not_found"), 0),
        (golden("status_pending"), 0),
        (golden("status_pending", transaction_status="expire"), 0),
        (golden("status_settlement"), 1),
        (golden("status_settlement", fraud_status="challenge"), 1),
        (golden("status_partial_refund"), 1),
        (golden("status_settlement", transaction_status="brand_new"), 1),
    ],
)
def test_an_account_has_its_payment_once_there_is_one(answer, count):
    made, _ = client(answer)
    assert len(made.payments_of_va(TRANSACTION, ORDER)) == count


def test_there_is_no_list_of_transactions():
    made, _ = client()
    with pytest.raises(RejectedError):
        made.list_transactions(NOW, NOW)
    assert not made.features.ledger


# -- refunds --------------------------------------------------------------------------

REFUND = RefundRequest("RF-1", TRANSACTION, Decimal(5000), reason="late")


def test_a_refund_carries_our_reference_as_its_key():
    made, transport = client(golden("refund"))
    found = made.refund(REFUND)
    (request,) = transport.asked
    assert transport.places == [f"POST /v2/{TRANSACTION}/refund"]
    assert not request.idempotent
    expected = {"refund_key": "RF-1", "amount": 5000, "reason": "late"}
    assert sent(request) == expected
    assert (found.id, found.reference, found.payment_id) == ("1", "RF-1", TRANSACTION)
    assert (found.status, found.amount) == (PaymentStatus.PENDING, Decimal(5000))


def test_a_bank_transfer_cannot_be_refunded_and_the_error_says_what_to_do():
    made, _ = client(golden("not_changeable"))
    with pytest.raises(RejectedError, match="pay out instead") as caught:
        made.refund(REFUND)
    assert caught.value.code == "412"


def test_a_refund_whose_key_is_taken_is_looked_for():
    made, _ = client(golden("charge_duplicate"))
    with pytest.raises(UncertainError, match="RF-1"):
        made.refund(REFUND)


def test_a_lost_refund_is_found_in_the_status():
    made, _ = client(golden("status_partial_refund"))
    found = made.recover_refund(REFUND)
    assert (found.id, found.amount) == ("1", Decimal(5000))
    assert found.status is PaymentStatus.PAID


def test_a_refund_waits_for_the_bank():
    made, _ = client(golden("status_partial_refund"))
    second = RefundRequest("RF-2", TRANSACTION, Decimal(10000))
    assert made.recover_refund(second).status is PaymentStatus.PENDING


@pytest.mark.parametrize("name", ["status_settlement", "status_not_found"])
def test_a_refund_that_is_not_there_surely_was_not_made(name):
    made, _ = client(golden(name))
    assert made.recover_refund(REFUND) is None


def test_the_latest_refund_of_a_notification_can_be_read():
    made, _ = client()
    found = made.read_refund(body("status_partial_refund").decode())
    assert (found.reference, found.payment_id) == ("RF-2", TRANSACTION)


# -- errors and the account -----------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (ok(golden("unauthorized"), 401), AuthenticationError),
        (ok(golden("unauthorized"), 200), AuthenticationError),
        (ok(b"denied", 401), AuthenticationError),
        (ok({"status_code": "429", "status_message": "x"}), TransientError),
        (ok(b"", 429), TransientError),
        (ok({"status_code": "503", "status_message": "x"}, 200), TransientError),
        (ok(b"", 503), TransientError),
        (ok(b"<html>", 200), TransientError),
        (ok([1]), TransientError),
        (ok({"status_code": "402", "status_message": "x"}), RejectedError),
        (ok({"status_code": "413", "status_message": "x"}), RejectedError),
        (ok(b"", 302, location="https://other.example/x"), UnexpectedResponseError),
    ],
)
def test_the_code_in_the_body_decides_and_then_http(answer, kind):
    made, _ = client(answer)
    with pytest.raises(kind) as caught:
        made.get_va("", ORDER)
    assert type(caught.value) is kind


def test_an_error_says_where_it_was_and_what_to_look_at():
    made, _ = client(golden("unauthorized"))
    with pytest.raises(AuthenticationError) as caught:
        made.get_va("", ORDER)
    assert f"GET host/v2/{ORDER}/status: 401" in str(caught.value)
    assert "check the server key" in str(caught.value)


def test_the_wait_that_is_asked_for_is_kept():
    answer = ok({"status_code": "429"}, 429, **{"retry-after": "7"})
    made, _ = client(answer)
    with pytest.raises(TransientError) as caught:
        made.get_va("", ORDER)
    assert caught.value.retry_after == 7


@pytest.mark.parametrize("order_id", ["", ".", ".."])
def test_what_is_no_identifier_becomes_no_path(order_id):
    made, transport = client()
    with pytest.raises(RejectedError, match="no identifier"):
        made.get_va("", order_id)
    assert transport.asked == []


def test_an_identifier_stays_one_segment_of_the_path():
    made, transport = client(golden("status_settlement", order_id="a/../b?c"))
    made.get_va("", "a/../b?c")
    assert transport.places == ["GET /v2/a%2F..%2Fb%3Fc/status"]


def test_not_found_proves_the_key_and_the_balance_that_of_payouts():
    made, transport = client(golden("status_not_found"), {"balance": "1250000.00"})
    assert made.identify() == ("Midtrans sandbox, balance for payouts: IDR 1,250,000")
    assert transport.asked[0].url.startswith(f"{HOST}/v2/connector-")


def test_without_payouts_only_the_server_key_is_proved():
    transport = Scripted(golden("status_not_found"))
    keys = {"server_key": "Mid-server-abc"}
    made = midtrans.make_client(keys, HOST, transport)
    assert made.identify() == "Midtrans production"


def test_a_wrong_key_is_found_out():
    made, _ = client(golden("unauthorized"))
    with pytest.raises(AuthenticationError):
        made.identify()


def test_a_key_changed_meanwhile_counts_at_once():
    transport = Scripted(golden("status_pending"))
    keys = dict(CREDENTIALS)
    made = midtrans.make_client(keys, f"{HOST}/", transport)
    keys["server_key"] = "SB-Mid-server-new"
    made.get_va("", ORDER)
    (request,) = transport.asked
    assert request.headers["authorization"] == basic("SB-Mid-server-new")
    assert request.url == f"{HOST}/v2/{ORDER}/status"


def test_no_repr_shows_a_key():
    made, transport = client(golden("status_pending"))
    made.get_va("", ORDER)
    shown = f"{made._core!r} {made._creator!r} {transport.asked!r}"
    for key in (*CREDENTIALS.values(), basic(CREDENTIALS["server_key"])):
        assert key not in shown

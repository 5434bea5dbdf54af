"""Money in and refunds at Midtrans: only the status is believed."""

from decimal import Decimal

import pytest

from odoo.addons.connector_payment.providers.schema import (
    PaymentStatus,
    RefundRequest,
)
from odoo.addons.erp_connector_base.client.errors import (
    RejectedError,
    UncertainError,
    UnexpectedResponseError,
)

from .midtrans import (
    NOW,
    ORDER,
    TRANSACTION,
    body,
    client,
    golden,
    sent,
)

STATUS = f"GET /v2/{ORDER}/status"


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

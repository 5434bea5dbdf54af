"""Payments, ledger and refunds of Xendit in our own words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from odoo.addons.connector_payment.providers.schema import (
    PaymentStatus,
    RefundRequest,
    TransactionKind,
)
from odoo.addons.connector_payment.providers.xendit import FEATURES
from odoo.addons.erp_connector_base.client.errors import (
    RejectedError,
    TransientError,
    UncertainError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.exact_json import dump

from .xendit import NOW, body, client, golden, ok, refusal, sent, told

PY = "py-1402feb0-bb79-47ae-9d1e-e69394d3949c"
PR = "pr-1102feb0-bb79-47ae-9d1e-e69394d3949c"
DISB = "disb-1475459775872"
LOST = UncertainError("the connection was cut; it may have taken effect")
UNVERIFIED = {"verification_result": {"sender_verification": {"result": "UNKNOWN"}}}


def paid(webhook):
    """A webhook's payment, read without a call."""
    gateway, transport = client()
    payload = webhook if isinstance(webhook, str) else dump(webhook)
    (payment,) = gateway.read_payments(payload)
    assert transport.asked == []
    return payment


def confirmed(webhook, *answers):
    """A webhook's payment, and what was asked to confirm it."""
    gateway, transport = client(*answers)
    (payment,) = gateway.confirm_payments(dump(webhook))
    return payment, transport.places


# -- payments -------------------------------------------------------------------------


def test_a_v3_payment_is_the_sum_of_its_captures():
    captures = [
        {"capture_id": "1", "capture_amount": 10001},
        {"capture_id": "2", "capture_amount": "4999.00"},
    ]
    payment = paid(told("payment_capture", captures=captures, request_amount=99))
    assert payment.amount == Decimal(15000)
    assert payment.status is PaymentStatus.PAID


@pytest.mark.parametrize("name", ["payment.failure", "payment.capture"])
def test_news_that_would_undo_a_payment_is_asked_for_as_webhooks_come_in_any_order(
    name,
):
    webhook = told("payment_capture", status="FAILED") | {"event": name}
    payment, places = confirmed(webhook, ok(golden("payment")))
    assert len(places) == 1
    assert payment.status is PaymentStatus.PAID


def test_a_time_in_year_one_is_no_time_and_does_no_harm():
    payment = paid(golden("fva_paid", transaction_timestamp="0001-01-01T00:00+07:00"))
    assert payment.id == "1487156512722"
    assert payment.paid_at is None or payment.paid_at.year > 2000


def test_a_v3_payment_tells_who_paid_to_what():
    payment = paid(body("payment_capture").decode())
    assert (payment.id, payment.va_id) == (PY, PR)
    assert (payment.va_reference, payment.channel) == ("VA-2024-00018", "BRI")
    assert (payment.sender_name, payment.remark) == ("John Doe", "INV 17")
    assert payment.paid_at == datetime(2024, 4, 9, 5, 10, 0, 200000, UTC)
    assert (payment.amount, payment.currency, payment.doubtful) == (10001, "IDR", "")


def test_a_sender_who_could_not_be_verified_makes_the_payment_doubtful():
    payment = paid(told("payment_capture", payment_details=UNVERIFIED))
    assert "sender" in payment.doubtful
    assert payment.status is PaymentStatus.PAID


def test_without_captures_the_amount_is_what_was_asked():
    payment = paid(golden("payment_capture_without_captures"))
    assert (payment.amount, payment.status) == (10000, PaymentStatus.PAID)


@pytest.mark.parametrize("amount", [80000, 80000.0, "80000", "80000.00"])
def test_an_amount_is_read_however_it_is_written(amount):
    assert paid(golden("fva_paid", amount=amount)).amount == Decimal(80000)


def test_a_legacy_callback_is_money_that_came():
    payment = paid(golden("fva_paid"))
    assert payment.status is PaymentStatus.PAID
    assert (payment.id, payment.va_id) == ("1487156512722", "58a434ba39cc9e4a230d5a2b")
    assert payment.va_reference == "fixed-va-1487156410"
    assert (payment.currency, payment.sender_name) == ("", "JOHN DOE")
    newer = golden("fva_paid", currency="IDR", payment_detail={"remark": "INV 1"})
    assert (paid(newer).currency, paid(newer).remark) == ("IDR", "INV 1")


def test_a_legacy_callback_with_a_status_is_read_by_it():
    assert paid(golden("fva_paid", status="FAILED")).status is PaymentStatus.FAILED
    odd = paid(golden("fva_paid", status="ODD"))
    assert (odd.status, odd.raw_status) == (PaymentStatus.UNKNOWN, "ODD")


def test_a_payment_of_the_older_payment_requests_is_read():
    payment = paid(golden("payment_succeeded"))
    assert payment.id.startswith("ddpy-")
    assert (payment.amount, payment.status) == (15000, PaymentStatus.PAID)
    assert (payment.channel, payment.number) == ("BNI", "8808999912345678")
    assert payment.va_id == "pr-6f4a377d-a201-437f-9119-f8b00cbbe857"


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("FAILED", PaymentStatus.FAILED),
        ("EXPIRED", PaymentStatus.EXPIRED),
        ("AUTHORIZED", PaymentStatus.PENDING),
        ("CANCELED", PaymentStatus.CANCELLED),
        ("REVERSED", PaymentStatus.REVERSED),
        ("ODD", PaymentStatus.UNKNOWN),
        (None, PaymentStatus.UNKNOWN),
    ],
)
def test_a_payments_status_is_known_or_kept(raw, status):
    payment = paid(told("payment_failure", status=raw))
    assert (payment.status, payment.raw_status) == (status, raw or "")


@pytest.mark.parametrize("when", ["yesterday", 17, None])
def test_a_time_that_cannot_be_read_stops_no_money(when):
    payment = paid(
        golden("fva_paid", transaction_timestamp=when, updated=when, created=when)
    )
    assert (payment.amount, payment.paid_at) == (80000, None)


def test_a_payment_that_says_all_is_not_asked_for():
    assert confirmed(golden("payment_capture"))[1] == []
    assert confirmed(golden("fva_paid"))[1] == []


@pytest.mark.parametrize(
    "webhook",
    [
        told("payment_capture", captures=None, request_amount=5),
        told("payment_capture", captures=None),
        told("payment_capture", status=None),
        told("payment_capture", status="ODD"),
    ],
)
def test_a_payment_that_does_not_say_all_is_asked_for(webhook):
    payment, places = confirmed(webhook, golden("payment"))
    assert places == [f"GET /v3/payments/{PY}"]
    assert (payment.amount, payment.status) == (10001, PaymentStatus.PAID)


def test_a_test_webhook_of_the_dashboard_stays_as_it_was_told():
    webhook = golden("payment_capture_without_captures")
    payment, _places = confirmed(webhook, refusal("DATA_NOT_FOUND", 404))
    assert payment.amount == 10000


def test_a_payment_is_not_taken_as_told_while_xendit_is_away():
    with pytest.raises(TransientError):
        confirmed(golden("payment_capture_without_captures"), ok(b"", 503))


@pytest.mark.parametrize(
    ("payment_id", "answer", "place"),
    [
        (PY, "payment", f"/v3/payments/{PY}"),
        (
            "1487156512722",
            "fva_paid",
            "/callback_virtual_account_payments/payment_id=1487156512722",
        ),
        ("ddpy-1", "transactions", "/transactions"),
    ],
)
def test_a_payment_is_asked_for_where_its_generation_is_known(
    payment_id, answer, place
):
    gateway, transport = client(golden(answer, has_more=False))
    assert gateway.get_payment(payment_id).status is PaymentStatus.PAID
    assert transport.places == [f"GET {place}"]


# -- the ledger -----------------------------------------------------------------------


def ledger_page(**changes):
    gateway, transport = client(golden("transactions", **changes))
    page = gateway.list_transactions(NOW - timedelta(days=1), NOW, "txn_0")
    return page, transport.asked[0]


def test_the_ledger_is_asked_by_update_time_page_by_page():
    page, request = ledger_page()
    assert request.params == (
        ("updated[gte]", "2024-04-08T05:30:00.000Z"),
        ("updated[lte]", "2024-04-09T05:30:00.000Z"),
        ("limit", "50"),
        ("after_id", "txn_0"),
    )
    assert page.next_cursor == "txn_8c36b107-a52e-478a-8dde-59bfa7212bc6"
    assert ledger_page(has_more=False)[0].next_cursor == ""
    assert ledger_page(data=[])[0].next_cursor == ""


def test_a_ledger_row_tells_fee_and_settlement():
    row = ledger_page()[0].transactions[0]
    assert (row.kind, row.status) == (TransactionKind.PAYMENT, PaymentStatus.PAID)
    assert (row.product_id, row.reference) == (PY, "VA-2024-00018")
    assert (row.fee.amount, row.fee.tax, row.fee.final) == (1500, 165, True)
    assert row.net == row.amount - row.fee.total
    assert (row.money_in, row.settled, row.channel) == (True, True, "BRI")


def test_money_out_costs_more_than_it_brings_and_is_settled_when_it_left():
    row = ledger_page()[0].transactions[1]
    assert row.kind is TransactionKind.PAYOUT
    assert (row.money_in, row.settled) == (False, True)
    assert row.net == row.amount + row.fee.total == 6551


@pytest.mark.parametrize(
    ("status", "final", "returned"),
    [
        ("PENDING", False, False),
        ("COMPLETED", True, False),
        ("CANCELED", True, True),
        ("REVERSED", True, True),
        (None, False, False),
    ],
)
def test_the_status_of_a_fee_tells_whether_it_is_kept(status, final, returned):
    row = golden("transactions")["data"][0] | {"status": "REVERSED"}
    row["fee"] = row["fee"] | {"status": status}
    fee = ledger_page(data=[row])[0].transactions[0].fee
    assert (fee.final, fee.returned) == (final, returned)


def test_a_kind_without_word_of_ours_is_unknown_and_its_fee_not_final():
    row = ledger_page()[0].transactions[2]
    assert (row.kind, row.raw_kind) == (TransactionKind.UNKNOWN, "CONVERSION")
    assert (row.fee.final, row.settled, row.currency) == (False, False, "SGD")


@pytest.mark.parametrize("changes", [{"amount": None}, {"cashflow": None}])
def test_a_ledger_row_without_amount_or_direction_is_an_error(changes):
    row = golden("transactions")["data"][0] | changes
    with pytest.raises(UnexpectedResponseError, match="txn_3365895e"):
        ledger_page(data=[row])


def test_payments_of_an_account_are_found_in_the_ledger_and_asked_for():
    ours, other, foreign = (golden("transactions")["data"][0] for _ in range(3))
    other |= {"reference_id": "VA-2024-000189", "product_id": "py-2"}
    foreign |= {"product_data": {"payment_request_id": "pr-2"}, "product_id": "py-3"}
    rows = golden("transactions", data=[ours, other, foreign], has_more=False)
    gateway, transport = client(rows, golden("payment"))
    (payment,) = gateway.payments_of_va(PR, "VA-2024-00018")
    assert (payment.id, payment.sender_name) == (PY, "John Doe")
    params = dict(transport.asked[0].params)
    assert params["reference_id"] == "VA-2024-00018"
    assert params["types"] == "PAYMENT"
    assert transport.places == ["GET /transactions", f"GET /v3/payments/{PY}"]


def test_a_payment_that_was_reversed_is_known_from_the_ledger():
    row = golden("transactions")["data"][0] | {"status": "REVERSED"}
    gateway, transport = client(golden("transactions", data=[row], has_more=False))
    (payment,) = gateway.payments_of_va(PR, "VA-2024-00018")
    assert (payment.status, payment.va_id) == (PaymentStatus.REVERSED, PR)
    assert len(transport.asked) == 1


# -- refunds --------------------------------------------------------------------------

BACK = RefundRequest("REF-1", PY, Decimal(10000))


@pytest.mark.parametrize("payment_id", ["1487156512722", "ddpy-1", PY])
def test_money_to_a_virtual_account_cannot_be_refunded(payment_id):
    gateway, transport = client(golden("payment"))
    with pytest.raises(RejectedError, match="pay out instead"):
        gateway.refund(RefundRequest("REF-1", payment_id, Decimal(1)))
    assert not any(request.method == "POST" for request in transport.asked)
    assert not FEATURES.refunds


def test_another_payment_is_refunded_once():
    answer = {"refund_id": "rfd-1", "payment_id": PY, "status": "PENDING"}
    gateway, transport = client(golden("payment", channel_code="QRIS"), answer)
    refund = gateway.refund(BACK)
    assert (refund.id, refund.status) == ("rfd-1", PaymentStatus.PENDING)
    request = transport.asked[1]
    assert transport.places[1] == "POST /v3/refunds"
    assert sent(request)["reason"] == "REQUESTED_BY_CUSTOMER"
    assert not request.idempotent


def test_whether_a_refund_was_made_cannot_be_asked():
    gateway, _ = client()
    with pytest.raises(UncertainError):
        gateway.recover_refund(BACK)


def test_a_webhook_about_a_refund_is_read_nested_or_not():
    gateway, _ = client()
    nested = golden("refund_succeeded")
    for webhook in (nested, nested["data"]):
        refund = gateway.read_refund(dump(webhook))
        assert (refund.reference, refund.status) == ("REF-1", PaymentStatus.PAID)

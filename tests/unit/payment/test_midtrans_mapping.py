"""Midtrans's JSON in our words."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from odoo.addons.connector_payment.providers.midtrans import mapping
from odoo.addons.connector_payment.providers.schema import (
    PaymentStatus,
    PayoutStatus,
    VaStatus,
)
from odoo.addons.erp_connector_base.client.errors import UnexpectedResponseError
from odoo.addons.erp_connector_base.client.reading import Fields

from .midtrans import ORDER, TRANSACTION, golden


def payment(name="status_settlement", **changes):
    return mapping.parse_payment(Fields(golden(name, **changes), "status"))


def va(name, **changes):
    return mapping.parse_va(Fields(golden(name, **changes), "charge"))


# -- virtual accounts -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("charge_bca", ("bca", "812785002530231", "")),
        ("charge_permata", ("permata", "8778000002332015", "")),
        ("charge_mandiri", ("mandiri", "812785002530231", "70012")),
        ("notification_settlement_mandiri", ("mandiri", "812785002530231", "70012")),
    ],
)
def test_each_bank_says_in_its_own_way_where_to_pay(name, expected):
    found = va(name)
    assert (found.channel, found.number, found.biller_code) == expected


def test_permata_may_also_answer_like_the_other_banks():
    found = va("charge_bca", va_numbers=[{"bank": "Permata", "va_number": "877"}])
    assert (found.channel, found.number) == ("permata", "877")


def test_a_charge_is_read_with_its_ids_amount_and_time():
    found = va("charge_bca")
    assert (found.id, found.reference) == (TRANSACTION, ORDER)
    assert (found.amount, found.currency) == (Decimal("265000.00"), "IDR")
    assert found.expires_at == datetime(2024, 7, 5, 3, 53, 53, tzinfo=UTC)
    assert found.status is VaStatus.ACTIVE


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("pending", VaStatus.ACTIVE),
        ("PENDING", VaStatus.ACTIVE),
        ("settlement", VaStatus.PAID),
        ("expire", VaStatus.EXPIRED),
        ("cancel", VaStatus.CLOSED),
        ("deny", VaStatus.FAILED),
        ("partial_refund", VaStatus.PAID),
        ("brand_new", VaStatus.UNKNOWN),
        (None, VaStatus.UNKNOWN),
    ],
)
def test_the_status_of_a_transaction_is_that_of_its_account(raw, status):
    found = va("charge_bca", transaction_status=raw)
    assert (found.status, found.raw_status) == (status, raw or "")


def test_a_notification_with_half_of_its_fields_can_be_read():
    found = mapping.parse_va(Fields({"order_id": ORDER}, "notification"))
    assert (found.reference, found.number, found.amount) == (ORDER, "", None)


# -- payments -------------------------------------------------------------------------


def test_a_settled_transaction_is_paid():
    found = payment()
    assert (found.id, found.va_id, found.va_reference) == (
        TRANSACTION,
        TRANSACTION,
        ORDER,
    )
    assert (found.status, found.doubtful) == (PaymentStatus.PAID, "")
    assert (found.amount, found.currency) == (Decimal("265000.00"), "IDR")
    assert (found.channel, found.number) == ("bca", "812785002530231")
    assert found.paid_at == datetime(2024, 7, 4, 4, 20, 5, tzinfo=UTC)
    assert found.fee is None


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("settlement", PaymentStatus.PAID),
        ("Capture", PaymentStatus.PAID),
        ("pending", PaymentStatus.PENDING),
        ("authorize", PaymentStatus.PENDING),
        ("refund", PaymentStatus.REFUNDED),
        ("partial_refund", PaymentStatus.PARTIALLY_REFUNDED),
        ("chargeback", PaymentStatus.REVERSED),
        ("partial_chargeback", PaymentStatus.REVERSED),
        ("expire", PaymentStatus.EXPIRED),
        ("brand_new", PaymentStatus.UNKNOWN),
        (None, PaymentStatus.UNKNOWN),
    ],
)
def test_the_status_of_a_transaction_is_that_of_its_payment(raw, status):
    assert payment(transaction_status=raw).status is status


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("deny", PaymentStatus.FAILED),
        ("failure", PaymentStatus.FAILED),
        ("cancel", PaymentStatus.CANCELLED),
    ],
)
def test_what_ends_badly_after_it_was_settled_is_money_taken_back(raw, status):
    never_settled = payment("status_pending", transaction_status=raw)
    assert never_settled.status is status
    assert payment(transaction_status=raw).status is PaymentStatus.REVERSED


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status_code": "201"}, PaymentStatus.UNKNOWN),
        ({"status_code": None}, PaymentStatus.UNKNOWN),
        ({"fraud_status": "challenge"}, PaymentStatus.PENDING),
        ({"fraud_status": "deny"}, PaymentStatus.FAILED),
        ({"fraud_status": "brand_new"}, PaymentStatus.UNKNOWN),
    ],
)
def test_settled_is_not_paid_without_the_code_and_with_suspicion(changes, status):
    found = payment(**changes)
    assert found.status is status
    assert found.doubtful
    assert found.paid_at is None


def test_a_fraud_status_may_be_absent():
    assert payment(fraud_status=None).status is PaymentStatus.PAID


def test_the_amount_that_arrived_counts_not_the_one_that_was_asked():
    parts = [
        {"paid_at": "2024-07-04 11:00:00", "amount": "200000.00"},
        {"paid_at": "2024-07-04 11:20:00", "amount": 50000},
    ]
    found = payment(payment_amounts=parts, settlement_time=None)
    assert found.amount == Decimal(250000)
    assert found.paid_at == datetime(2024, 7, 4, 4, 20, tzinfo=UTC)


@pytest.mark.parametrize("amount", ["265000.00", "265000", 265000, Decimal("265000.0")])
def test_an_amount_may_be_text_or_number(amount):
    assert payment(gross_amount=amount).amount == Decimal(265000)


def test_a_foreign_currency_is_told():
    assert payment(currency="SGD").currency == "SGD"


def test_what_was_refunded_is_the_sum_that_midtrans_says():
    assert payment("status_partial_refund").refunded == Decimal(15000)
    listed = payment("status_partial_refund", refund_amount=None)
    assert listed.refunded == Decimal(15000)
    bare = payment(transaction_status="refund")
    assert bare.refunded == Decimal(265000)
    assert payment().refunded == 0


def test_an_amount_nobody_can_read_is_an_error_that_names_it():
    with pytest.raises(UnexpectedResponseError, match="gross_amount"):
        payment(gross_amount="many")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-07-04 23:30:00", datetime(2024, 7, 4, 16, 30, tzinfo=UTC)),
        ("2024-07-04T10:23:31Z", datetime(2024, 7, 4, 10, 23, 31, tzinfo=UTC)),
        ("2024-07-04T10:23:31+08:00", datetime(2024, 7, 4, 2, 23, 31, tzinfo=UTC)),
        ("0001-01-01 00:00:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_a_time_without_zone_is_that_of_jakarta(text, expected):
    assert mapping.moment(Fields({"time": text}, "test"), "time") == expected


# -- payouts --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("queued", PayoutStatus.QUEUED),
        ("approved", PayoutStatus.PENDING),
        ("processed", PayoutStatus.PENDING),
        ("Completed", PayoutStatus.SUCCEEDED),
        ("failed", PayoutStatus.FAILED),
        ("rejected", PayoutStatus.CANCELLED),
        ("brand_new", PayoutStatus.UNKNOWN),
        (None, PayoutStatus.UNKNOWN),
    ],
)
def test_the_status_of_a_payout_is_in_the_table(raw, status):
    answer = Fields(golden("iris_payout", status=raw), "payout")
    assert mapping.parse_payout(answer).status is status


def test_a_failed_payout_says_why():
    found = mapping.parse_payout(Fields(golden("iris_notification_failed"), "payout"))
    assert (found.failure_code, found.failure) == (
        "002",
        "Invalid destination account number",
    )
    assert found.amount == Decimal(200000)


def test_no_repr_shows_the_account_of_a_payout():
    found = mapping.parse_payout(Fields(golden("iris_payout"), "payout"))
    assert "33287352" not in repr(found)
    assert "Ryan" not in repr(found)

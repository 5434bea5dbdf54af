"""Refunds and payouts by Midtrans: what goes out, goes out once."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from odoo.addons.connector_payment.providers import midtrans, schema
from odoo.addons.connector_payment.providers.schema import (
    PaymentStatus,
    PayoutStatus,
    RefundRequest,
)
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    RejectedError,
    TransientError,
    UncertainError,
)

from .midtrans import AMOUNT, Account, notified, open_account, to_pay


@pytest.fixture
def account(server: str) -> Account:
    return open_account(server)


@pytest.fixture
def told(account: Account, receiver: Any) -> Callable[[], list[Any]]:
    return notified(account, receiver)


# -- refunds --------------------------------------------------------------------------


def test_a_bank_transfer_is_not_refundable(account):
    account.va()
    (number,) = account.control.pay("INV-1")
    with pytest.raises(RejectedError, match="pay out instead"):
        account.client.refund(RefundRequest("RF-1", number, Decimal(5000)))


def test_a_refund_whose_answer_was_lost_is_found_and_made_once(account):
    account.control.config(refundable=True, refund_confirm_seconds=0)
    account.va()
    (number,) = account.control.pay("INV-1")
    request = RefundRequest("RF-1", number, Decimal(5000))
    assert account.client.recover_refund(request) is None
    account.control.fault("cut_after", "*/refund", count=1)
    for _ in range(2):  # lost, then taken
        with pytest.raises(UncertainError):
            account.client.refund(request)
    account.control.advance_clock(1)
    found = account.client.recover_refund(request)
    assert (found.reference, found.amount) == ("RF-1", Decimal(5000))
    payment = account.payment()
    assert payment.status is PaymentStatus.PARTIALLY_REFUNDED
    assert payment.refunded == Decimal(5000)


# -- payouts --------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["object", "list"])
def test_nothing_is_paid_before_it_is_approved(account, form):
    account.control.config(payout_answer=form)
    before = account.client.balance()
    made = account.client.create_payout(to_pay())
    assert (made.status, account.client.balance()) == (PayoutStatus.QUEUED, before)
    account.client.approve_payout(made.id)
    account.client.approve_payout(made.id)
    assert account.client.balance() == before - AMOUNT
    account.control.payout_outcome("PAY1", "succeed")
    found = account.client.get_payout(made.id)
    assert (found.status, found.reference) == (PayoutStatus.SUCCEEDED, "PAY1")


def test_the_two_keys_do_two_things(account):
    made = account.client.create_payout(to_pay())
    keys = account.keys
    keys["iris_creator_key"], keys["iris_approver_key"] = (
        keys["iris_approver_key"],
        keys["iris_creator_key"],
    )
    with pytest.raises(AuthenticationError):
        account.client.create_payout(to_pay("PAY2"))
    with pytest.raises(AuthenticationError):
        account.client.approve_payout(made.id)
    assert [row["status"] for row in account.control.payouts()] == ["queued"]


@pytest.mark.parametrize("fault", ["cut_after", "status_after"])
def test_a_payout_whose_answer_was_lost_is_queued_once_and_paid_once(account, fault):
    before = account.client.balance()
    account.control.fault(fault, "*/payouts", count=1)
    with pytest.raises(UncertainError):
        account.client.create_payout(to_pay())
    found = account.client.recover_payout(to_pay())
    (row,) = account.control.payouts()
    assert found.id == row["id"]
    account.control.fault(fault, "*/payouts/approve", count=1)
    with pytest.raises(TransientError):
        account.client.approve_payout(found.id)
    account.client.approve_payout(found.id)
    assert account.client.balance() == before - AMOUNT


def test_an_approval_needs_the_one_time_password_where_it_is_asked(account):
    account.control.config(otp="335163")
    made = account.client.create_payout(to_pay())
    with pytest.raises(RejectedError, match="OTP"):
        account.client.approve_payouts((made.id,), "000000")
    account.client.approve_payouts((made.id,), "335163")
    assert account.client.get_payout(made.id).status is PayoutStatus.PENDING


def test_too_little_balance_is_refused_at_approval(account):
    much = account.client.balance() + 1
    made = account.client.create_payout(to_pay(amount=much))
    with pytest.raises(RejectedError, match="balance"):
        account.client.approve_payout(made.id)
    assert account.client.get_payout(made.id).status is PayoutStatus.QUEUED


def test_a_queued_payout_can_be_taken_back_and_an_approved_one_cannot(account):
    first = account.client.create_payout(to_pay("PAY1"))
    for _ in range(2):
        taken_back = account.client.cancel_payout(first.id, "typo")
        assert taken_back.status is PayoutStatus.CANCELLED
    with pytest.raises(RejectedError):
        account.client.approve_payout(first.id)
    second = account.client.create_payout(to_pay("PAY2"))
    account.client.approve_payout(second.id)
    with pytest.raises(RejectedError):
        account.client.cancel_payout(second.id, "typo")


@pytest.mark.parametrize(
    ("outcome", "status"),
    [("succeed", PayoutStatus.SUCCEEDED), ("fail", PayoutStatus.FAILED)],
)
def test_the_end_of_a_payout_is_told(account, told, outcome, status):
    made = account.client.create_payout(to_pay())
    account.client.approve_payout(made.id)
    account.control.payout_outcome(made.id, outcome)
    request = told()[-1]
    midtrans.PROVIDER.webhook.verify(request, account.keys)
    (event,) = midtrans.PROVIDER.webhook.parse(request)
    assert (event.topic, event.business_key) == (schema.PAYOUT_EVENT, made.id)
    found = account.client.read_payout(event.payload)
    assert (found.id, found.status) == (made.id, status)
    assert bool(found.failure_code) == (status is PayoutStatus.FAILED)


def test_a_top_up_is_kept_and_nothing_acts_on_it(account, told):
    account.control.top_up(5000000)
    (request,) = told()
    midtrans.PROVIDER.webhook.verify(request, account.keys)
    (event,) = midtrans.PROVIDER.webhook.parse(request)
    assert event.topic == schema.OTHER_EVENT


def test_an_account_can_be_checked_before_it_is_paid(account):
    good = account.client.check_account("bca", "1234567890")
    assert good.valid
    assert good.holder
    bad = account.client.check_account("bca", "121212")
    assert bad.valid is False
    assert bad.message
    assert "121212" not in bad.message
    assert account.client.check_account("no-such-bank", "1234567890").valid is None

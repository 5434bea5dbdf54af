"""What only Midtrans's documents leave open, or say in a way of their own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from odoo.addons.connector_payment.providers import midtrans, schema
from odoo.addons.connector_payment.providers.midtrans.charge import CHANNELS
from odoo.addons.connector_payment.providers.schema import (
    PaymentStatus,
    VaStatus,
)
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    RejectedError,
    SignatureError,
    TransientError,
    UncertainError,
)
from odoo.addons.erp_connector_base.client.transport import HttpTransport

from .midtrans import AMOUNT, KEYS, Account, notified, open_account, wanted


@pytest.fixture
def account(server: str) -> Account:
    return open_account(server)


@pytest.fixture
def told(account: Account, receiver: Any) -> Callable[[], list[Any]]:
    return notified(account, receiver)


# -- virtual accounts -----------------------------------------------------------------


@pytest.mark.parametrize("form", ["permata_va_number", "va_numbers"])
@pytest.mark.parametrize("channel", CHANNELS)
def test_the_number_of_every_bank_is_read_in_every_form(account, channel, form):
    account.control.config(permata_form=form)
    made = account.va(channel=channel)
    row = account.control.vas()["INV-1"]
    shown = (made.id, made.number, made.biller_code, made.channel)
    assert shown == (row["id"], row["number"], row["biller_code"], channel)
    found = account.client.get_va(made.id, "INV-1")
    assert (found.number, found.amount) == (made.number, AMOUNT)


def test_an_account_ends_to_the_second(account):
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3, seconds=17)
    made = account.va(expires_at=ends)
    assert made.expires_at == ends
    assert account.control.vas()["INV-1"]["expires_at"] == ends.timestamp()


@pytest.mark.parametrize("days", [0, 400])
def test_an_expiry_out_of_range_is_moved_into_it(account, days):
    asked = datetime.now(UTC) + timedelta(days=days, seconds=5)
    assert account.va(expires_at=asked).status is VaStatus.ACTIVE


def test_a_number_in_use_is_not_given_twice(account):
    first = account.va("INV-1", number="12345678901")
    second = account.va("INV-2", number="12345678901")
    assert first.number.endswith("12345678901")
    assert second.number != first.number
    assert account.control.vas()["INV-2"]["number"] == second.number


@pytest.mark.parametrize("channel", ["bca", "permata", "mandiri"])
@pytest.mark.parametrize("later", [0, 301])
def test_an_account_is_made_once_whenever_it_is_asked_for(account, channel, later):
    first = account.va(channel=channel)
    account.control.advance_clock(later)
    again = account.va(channel=channel)
    assert (again.id, again.number) == (first.id, first.number)
    assert account.made == ["INV-1"]


@pytest.mark.parametrize("fault", ["cut_after", "status_after", "invalid_json", "html"])
def test_an_account_whose_answer_was_lost_is_found(account, fault):
    account.control.fault(fault, "*/v2/charge", count=1)
    with pytest.raises(UncertainError):
        account.va()
    found = account.client.recover_va(wanted())
    made = found or account.va()
    assert made.number == account.control.vas()["INV-1"]["number"]
    assert account.made == ["INV-1"]


def test_an_account_that_was_never_made_is_surely_not_there(account):
    account.control.fault("cut_before", "*/v2/charge", count=1)
    with pytest.raises(UncertainError):
        account.va()
    assert account.client.recover_va(wanted()) is None


def test_an_account_that_was_closed_or_has_expired_keeps_its_number(account):
    closed, expired = account.va("INV-1"), account.va("INV-2")
    account.control.expire("INV-2")
    found = account.client.close_va(closed.id, "INV-1")
    assert (found.status, found.number) == (VaStatus.CLOSED, closed.number)
    found = account.client.get_va(expired.id, "INV-2")
    assert (found.status, found.number) == (VaStatus.EXPIRED, expired.number)
    again = account.client.close_va(expired.id, "INV-2")
    assert again.status is VaStatus.EXPIRED


def test_closing_what_is_paid_leaves_it_paid(account):
    made = account.va()
    account.control.pay("INV-1")
    assert account.client.close_va(made.id, "INV-1").status is VaStatus.PAID


# -- money in -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "setting",
    [
        {"capitals": True},
        {"http_follows_body": True},
        {"permata_payment_type": "permata"},
    ],
)
def test_another_way_to_say_it_is_read_all_the_same(account, setting):
    account.control.config(**setting)
    account.va(channel="permata")
    assert account.client.payments_of_va("", "INV-1") == ()
    (number,) = account.control.pay("INV-1")
    found = account.payment()
    assert (found.id, found.status, found.amount) == (
        number,
        PaymentStatus.PAID,
        AMOUNT,
    )
    with pytest.raises(RejectedError) as caught:
        account.client.get_va("", "INV-2")
    assert caught.value.code == "404"


@pytest.mark.parametrize(("amount", "copies"), [(100000, 1), (300000, 1), (None, 2)])
def test_the_amount_is_what_the_banks_took(account, amount, copies):
    account.va()
    options = {"amount": amount, "copies": copies, "force": True}
    (number,) = account.control.pay("INV-1", **options)
    found = account.payment()
    assert (found.id, found.status) == (number, PaymentStatus.PAID)
    assert found.amount == account.control.payments()[number]["amount"]
    assert found.amount != AMOUNT


def test_money_after_expiry_is_money(account):
    account.va()
    account.control.expire("INV-1")
    account.control.pay("INV-1", force=True)
    found = account.payment()
    assert (found.status, found.amount) == (PaymentStatus.PAID, AMOUNT)


def test_a_payment_happened_when_the_bank_says(account):
    account.va()
    (number,) = account.control.pay("INV-1")
    paid_at = account.control.payments()[number]["paid_at"]
    assert account.payment().paid_at == datetime.fromtimestamp(paid_at, UTC)


@pytest.mark.parametrize("status", ["deny", "chargeback"])
def test_money_that_is_taken_back_is_reversed(account, told, status):
    account.va()
    (number,) = account.control.pay("INV-1")
    account.control.reverse(number, status=status)
    paid, back = told()
    (found,) = account.client.confirm_payments(back.body.decode())
    assert (found.id, found.status) == (number, PaymentStatus.REVERSED)
    (late,) = account.client.confirm_payments(paid.body.decode())
    assert late.status is PaymentStatus.REVERSED


def test_a_status_forged_into_a_true_notification_books_nothing(account, told):
    account.va()
    tamper = {"transaction_status": "settlement", "fraud_status": "accept"}
    account.control.event("INV-1", "pending", tamper=tamper)
    (request,) = told()
    webhook = midtrans.PROVIDER.webhook
    webhook.verify(request, account.keys)
    (event,) = webhook.parse(request)
    (found,) = account.client.confirm_payments(event.payload)
    assert found.status is PaymentStatus.PENDING
    assert "notified as settlement" in found.doubtful


def test_the_true_notification_is_no_duplicate_of_a_forged_one(account, told):
    account.va()
    (number,) = account.control.pay("INV-1")
    tamper = {"transaction_status": "partial_refund"}
    account.control.event("INV-1", "paid", tamper=tamper)
    account.control.act("refund", payment_id=number, amount=5000)
    parse = midtrans.PROVIDER.webhook.parse
    keys = [parse(request)[0].dedup_key for request in told()[:3]]
    assert len(set(keys)) == 3


def test_a_notification_without_status_is_confirmed(account, told):
    account.control.config(notification_without_status=True)
    account.va()
    account.control.pay("INV-1")
    (request,) = told()
    (event,) = midtrans.PROVIDER.webhook.parse(request)
    (read,) = account.client.read_payments(event.payload)
    assert read.status is PaymentStatus.UNKNOWN
    (found,) = account.client.confirm_payments(event.payload)
    assert found.status is PaymentStatus.PAID


def test_money_for_an_order_nobody_made_is_confirmed_too(account, told):
    account.control.pay_direct("9101299999999999", 50000)
    (request,) = told()
    (found,) = account.client.confirm_payments(request.body.decode())
    assert (found.status, found.amount) == (PaymentStatus.PAID, Decimal(50000))
    assert found.va_reference.startswith("direct-")


def test_a_notification_about_another_accounts_order_is_no_money(account, told):
    account.va()
    account.control.pay("INV-1")
    (request,) = told()
    account.control.reset(all=True)
    (found,) = account.client.confirm_payments(request.body.decode())
    assert found.status is PaymentStatus.UNKNOWN
    assert found.doubtful


@pytest.mark.parametrize("forged", ["missing", "wrong", "other_account", "upper"])
@pytest.mark.parametrize("kind", ["payment", "payout"])
def test_a_forged_notification_is_refused(account, told, forged, kind):
    if kind == "payment":
        account.va()
        account.control.event("INV-1", "paid", forged=forged)
    else:
        body = {"reference_no": "1", "status": "completed", "amount": "1.00"}
        account.control.send(body, forged=forged)
    (request,) = told()
    with pytest.raises(SignatureError):
        midtrans.PROVIDER.webhook.verify(request, account.keys)


def test_both_keys_count_while_the_key_is_changed(account, told):
    account.va()
    account.control.event("INV-1", "pending")
    account.control.rotate_key("SB-Mid-server-new")
    account.control.event("INV-1", "paid")
    before, after = told()
    verify = midtrans.PROVIDER.webhook.verify
    verify(before, account.keys)
    with pytest.raises(SignatureError):
        verify(after, account.keys)
    with pytest.raises(AuthenticationError):
        account.client.identify()
    account.keys["server_key_previous"] = account.keys["server_key"]
    account.keys["server_key"] = "SB-Mid-server-new"
    verify(before, account.keys)
    verify(after, account.keys)
    assert account.client.identify().startswith("Midtrans sandbox")


def test_our_round_trip_arrives_and_is_told_from_money(account, receiver):
    request = midtrans.ping_request(receiver.url, "nonce-1", account.keys)
    assert HttpTransport().send(request).status == 200
    (came,) = receiver.requests
    midtrans.PROVIDER.webhook.verify(came, account.keys)
    (event,) = midtrans.PROVIDER.webhook.parse(came)
    assert (event.topic, event.business_key) == (schema.PING_EVENT, "nonce-1")


def test_notifications_can_be_sent_past_the_accounts_own_address(account, receiver):
    settings = {"webhook_url": receiver.url, "notification_override": True}
    url = account.control.url
    client = midtrans.make_client(KEYS, url, HttpTransport(), settings=settings)
    client.create_va(wanted())
    account.control.pay("INV-1")
    account.control.wait_pushes()
    assert len(receiver.requests) == 1


# -- errors ---------------------------------------------------------------------------


def test_too_many_charges_wait_and_make_nothing(account):
    account.control.fault("api_error", "*/v2/charge", count=1, code="429")
    with pytest.raises(TransientError):
        account.va()
    assert account.made == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("401", AuthenticationError),
        ("402", RejectedError),
        ("500", UncertainError),
        ("505", UncertainError),
    ],
)
@pytest.mark.parametrize("http", [False, True])
def test_the_code_in_the_body_decides(account, code, kind, http):
    account.control.fault("api_error", "*/v2/charge", count=1, code=code, http=http)
    with pytest.raises(kind):
        account.va()

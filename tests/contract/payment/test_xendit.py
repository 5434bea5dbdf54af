"""What only Xendit's documents leave open, or say in a way of their own."""

import pytest
import requests

from odoo.addons.connector_payment.providers.schema import (
    PaymentStatus,
    PayoutStatus,
    VaStatus,
)
from odoo.addons.erp_connector_base.client.errors import (
    RejectedError,
    UncertainError,
)

from .conftest import AMOUNT

STYLES = ["number", "string", "decimal", "decimal_string"]


@pytest.mark.parametrize("generation", ["v3", "legacy"])
@pytest.mark.parametrize("style", STYLES)
def test_an_amount_is_the_same_however_it_is_written(xendit, generation, style):
    xendit.control.config(amount_style=style, default_generation=generation)
    xendit.control.make_va("VA-1", amount=int(AMOUNT))
    xendit.control.pay("VA-1")
    (payment,) = xendit.told()
    assert (payment.amount, payment.status) == (AMOUNT, PaymentStatus.PAID)
    keys = {event.dedup_key for event in xendit.events()}
    xendit.control.config(amount_style="number")
    xendit.control.event(payment.id, "paid")
    assert {event.dedup_key for event in xendit.events()} == keys


@pytest.mark.parametrize("bank", ["BCA", "BNI", "BRI", "MANDIRI", "PERMATA", "CIMB"])
@pytest.mark.parametrize("generation", ["v3", "legacy"])
def test_the_number_of_every_bank_is_what_the_payer_types(xendit, generation, bank):
    va = xendit.client(va_api=generation).create_va(xendit.wish(channel=bank))
    row = xendit.control.vas()["VA-1"]
    assert (va.number, va.channel, row["bank"]) == (row["number"], bank, bank)
    xendit.control.pay(number=va.number)
    assert xendit.told()[-1].va_id == va.id


def test_a_payment_without_captures_is_asked_for(xendit):
    xendit.va()
    xendit.control.config(omit_captures=True)
    xendit.control.pay("VA-1", amount=123000, force=True)
    (event,) = (e for e in xendit.events() if e.business_key == "VA-1")
    (told,) = xendit.client().read_payments(event.payload)
    xendit.control.config(omit_captures=False)
    (payment,) = xendit.client().confirm_payments(event.payload)
    assert (told.amount, payment.amount) == (AMOUNT, 123000)


def test_a_sender_who_is_not_verified_makes_the_payment_doubtful(xendit):
    va = xendit.va()
    xendit.control.config(sender_verification="UNKNOWN")
    xendit.control.pay("VA-1")
    (payment,) = xendit.told()
    (asked,) = xendit.client().payments_of_va(va.id, "VA-1")
    assert payment.doubtful
    assert asked.doubtful


def test_a_currency_that_is_missing_is_that_of_the_account(xendit):
    xendit.control.config(omit_currency=True, default_generation="legacy")
    xendit.control.make_va("VA-1", amount=1000)
    xendit.control.pay("VA-1")
    assert xendit.told()[0].currency == ""


@pytest.mark.parametrize("setting", ["SINGLE_PAYMENT", "SOMETHING_NEW"])
def test_a_type_that_no_document_lists_does_not_matter(xendit, setting):
    xendit.va()
    xendit.control.config(data_type=setting)
    xendit.control.pay("VA-1")
    assert xendit.told()[0].amount == AMOUNT


@pytest.mark.parametrize("settings", [{}, {"search_va": False}])
def test_without_search_a_lost_answer_stays_uncertain(xendit, settings):
    xendit.control.config(search_by_reference=False)
    client, wish = xendit.client(**settings), xendit.wish()
    xendit.control.fault("cut_after", xendit.row.create_path, count=1)
    with pytest.raises(UncertainError):
        client.create_va(wish)
    with pytest.raises(UncertainError, match="cannot be searched"):
        client.recover_va(wish)
    assert len(xendit.made()) == 1


def test_the_same_body_twice_makes_two_so_it_is_never_sent_twice(xendit):
    """Why create is not repeated: the simulator, like v3, ignores the key."""
    wish = xendit.wish()
    for _ in range(2):
        xendit.client().create_va(wish)
    assert len(xendit.made()) == 2


def test_a_key_that_is_honoured_and_refused_for_another_body_is_uncertain(xendit):
    xendit.control.config(v3_idempotency=True)
    xendit.va()
    with pytest.raises(UncertainError, match="exists there already"):
        xendit.va(amount=AMOUNT + 1)
    assert len(xendit.made()) == 1


def test_a_payout_of_the_same_key_with_another_body_is_uncertain_not_failed(xendit):
    xendit.pay_out()
    with pytest.raises(UncertainError):
        xendit.pay_out(amount=AMOUNT)
    found = xendit.client().recover_payout(xendit.payout_wish())
    assert found.amount == 200000
    assert len(xendit.payouts_made()) == 1


def test_two_payouts_of_one_reference_are_told_to_a_person(xendit):
    """Made by somebody else: with another key, or in the dashboard."""
    xendit.pay_out()
    body = {
        "reference_id": "PAY-1",
        "channel_code": "ID_BCA",
        "channel_properties": {
            "account_number": "1234567890",
            "account_holder_name": "R",
        },
        "amount": 200000,
        "currency": "IDR",
    }
    answer = requests.post(
        f"{xendit.control.url}/v2/payouts",
        json=body,
        auth=(xendit.credentials["secret_key"], ""),
        headers={"idempotency-key": "another"},
        timeout=60,
    )
    assert answer.ok
    with pytest.raises(UncertainError, match="PAY-1"):
        xendit.client().recover_payout(xendit.payout_wish())


@pytest.mark.parametrize(
    ("account", "statuses", "code"),
    [
        ("131313", {PayoutStatus.PENDING}, ""),
        ("123456", {PayoutStatus.FAILED}, "TEMPORARY_TRANSFER_ERROR"),
        ("999999", {PayoutStatus.FAILED}, "REJECTED_BY_CHANNEL"),
        ("121212", {PayoutStatus.FAILED}, "INVALID_DESTINATION"),
        ("654321", {PayoutStatus.REVERSED}, ""),
        ("1234567890", {PayoutStatus.SUCCEEDED}, ""),
    ],
)
def test_the_sandbox_accounts_end_as_documented(xendit, account, statuses, code):
    xendit.control.config(payout_mode="auto")
    payout = xendit.pay_out(account_number=account)
    xendit.control.advance_clock(30)
    found = xendit.client().get_payout(payout.id)
    assert {found.status} == statuses
    assert found.failure_code == code
    assert bool(found.failure) is bool(code)


def test_a_key_without_the_permission_is_refused_and_stays_connected(xendit):
    xendit.control.config(permissions={"payouts": "none"})
    with pytest.raises(RejectedError, match="lacks the permission"):
        xendit.pay_out()
    assert xendit.va().status is VaStatus.ACTIVE


def test_an_unknown_filter_of_the_ledger_is_never_sent(xendit):
    va = xendit.va()
    xendit.control.pay("VA-1")
    xendit.client().payments_of_va(va.id, "VA-1")
    xendit.client().list_transactions(xendit.later(days=-1), xendit.later(days=1))
    assert not any(
        "400" in str(c["status"]) for c in xendit.control.ledger("recent_calls")
    )


def test_a_legacy_account_is_known_by_its_id_where_the_number_lacks_its_prefix(xendit):
    client = xendit.client(va_api="legacy")
    va = client.create_va(xendit.wish(channel="BCA"))
    xendit.control.pay("VA-1")
    (payment,) = xendit.told()
    assert payment.va_id == va.id
    assert va.number.endswith(payment.number)

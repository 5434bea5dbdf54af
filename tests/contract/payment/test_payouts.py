"""Money out: every outcome, and exactly one payout whatever gets lost."""

from decimal import Decimal

import pytest

from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.providers.schema import PayoutStatus
from odoo.addons.erp_connector_base.client.errors import RejectedError, UncertainError

ON_ITS_WAY = (PayoutStatus.PENDING, PayoutStatus.QUEUED)


def test_a_payout_is_on_its_way_with_our_reference(gateway):
    payout = gateway.pay_out()
    (row,) = gateway.payouts_made()
    assert (payout.id, payout.reference) == (row["id"], "PAY-1")
    assert (payout.status in ON_ITS_WAY, payout.amount) == (True, 200000)
    assert (row["account_number"], row["holder"]) == ("1234567890", "Ryan Renolds")
    assert row["idempotency_key"] == "PAY-1"
    assert gateway.client().get_payout(payout.id).status is PayoutStatus.PENDING


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        (("succeed",), PayoutStatus.SUCCEEDED),
        (("fail",), PayoutStatus.FAILED),
        (("stuck",), PayoutStatus.PENDING),
    ],
)
def test_a_payout_ends_as_the_banks_say(gateway, outcomes, status):
    payout = gateway.pay_out()
    for outcome in outcomes:
        gateway.control.payout_outcome("PAY-1", outcome)
    found = gateway.client().get_payout(payout.id)
    assert (found.status, found.amount) == (status, 200000)
    if status is not PayoutStatus.FAILED:
        assert found.failure == found.failure_code == ""


def test_a_payout_that_comes_back_is_no_success_any_more(gateway):
    payout = gateway.pay_out()
    gateway.control.payout_outcome("PAY-1", "succeed")
    assert gateway.client().get_payout(payout.id).status is PayoutStatus.SUCCEEDED
    gateway.control.payout_outcome("PAY-1", "reverse")
    ended = gateway.client().get_payout(payout.id).status
    assert ended in (PayoutStatus.REVERSED, PayoutStatus.FAILED)


@pytest.mark.parametrize("outcome", ["succeed", "fail"])
def test_a_webhook_of_a_payout_says_what_asking_says(gateway, outcome):
    payout = gateway.pay_out()
    gateway.control.payout_outcome("PAY-1", outcome)
    client = gateway.client()
    events = [e for e in gateway.events() if e.topic == schema.PAYOUT_EVENT]
    found = client.get_payout(payout.id)
    told = {p.status: p for e in events for p in [client.read_payout(e.payload)]}
    ended = told[found.status]  # in whichever order they came
    assert {one.id for one in told.values()} == {payout.id}
    assert bool(ended.failure) is (outcome == "fail")
    assert found.failure_code in ("", ended.failure_code)
    assert {event.business_key for event in events} <= {"PAY-1", payout.id}
    assert len({event.dedup_key for event in events}) == len(events)


def test_a_payout_is_cancelled_before_it_leaves(gateway):
    client = gateway.client()
    payout = client.create_payout(gateway.payout_wish())
    for _ in range(2):
        assert client.cancel_payout(payout.id, "no").status is PayoutStatus.CANCELLED
    assert client.get_payout(payout.id).status is PayoutStatus.CANCELLED


def test_a_payout_that_left_is_not_cancelled(gateway):
    payout = gateway.pay_out()
    gateway.control.payout_outcome("PAY-1", "succeed")
    with pytest.raises(RejectedError):
        gateway.client().cancel_payout(payout.id, "too late")
    assert gateway.client().get_payout(payout.id).status is PayoutStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("cut_after", {}),
        ("cut_after", {"reset": True}),
        ("status_after", {"status": 500}),
        ("status_after", {"status": 503}),
        ("latency_after", {"seconds": 6}),
        ("invalid_json", {}),
    ],
)
def test_a_lost_answer_is_recovered_and_pays_once(gateway, fault, options):
    wish, client = gateway.payout_wish(), gateway.client(timeout=(5, 2))
    gateway.control.fault(fault, gateway.row.payout_path, count=1, **options)
    with pytest.raises(UncertainError):
        client.create_payout(wish)
    payout = client.recover_payout(wish)
    (row,) = gateway.payouts_made()
    assert (payout.id, payout.reference) == (row["id"], "PAY-1")


@pytest.mark.parametrize("fault", ["cut_before", "status", "html"])
def test_a_request_that_never_arrived_leads_to_one_payout_too(gateway, fault):
    wish, client = gateway.payout_wish(), gateway.client()
    gateway.control.fault(fault, gateway.row.payout_path, count=1)
    with pytest.raises(UncertainError):
        client.create_payout(wish)
    payout = client.recover_payout(wish) or client.create_payout(wish)
    (row,) = gateway.payouts_made()
    assert payout.id == row["id"]


def test_the_same_request_sent_again_pays_once(gateway):
    wish, client = gateway.payout_wish(), gateway.client()
    ids = {client.create_payout(wish).id for _ in range(3)}
    assert len(ids) == len(gateway.payouts_made()) == 1


def test_a_payout_is_refused_or_fails_without_enough_balance(gateway):
    much = gateway.control.balance() + 1
    client = gateway.client()
    try:
        payout = gateway.pay_out(amount=Decimal(much))
    except RejectedError:
        return
    found = client.get_payout(payout.id)
    if found.status in ON_ITS_WAY:
        gateway.control.advance_clock(60)
        found = client.get_payout(payout.id)
    assert found.status is PayoutStatus.FAILED
    assert found.failure_code == "INSUFFICIENT_BALANCE"


def test_a_fraction_of_a_rupiah_is_not_paid(gateway):
    with pytest.raises(RejectedError):
        gateway.pay_out(amount=Decimal("20000.5"))
    assert gateway.payouts_made() == []


def test_a_payout_that_nobody_made_is_not_found(gateway):
    with pytest.raises(RejectedError):
        gateway.client().get_payout("disb-00000000-0000-4000-8000-000000000000")


def test_an_account_is_checked_or_it_is_said_that_it_cannot_be(gateway):
    check = gateway.client().check_account(gateway.row.payout_bank, "1234567890")
    assert check.valid is (True if gateway.features.checks_accounts else None)

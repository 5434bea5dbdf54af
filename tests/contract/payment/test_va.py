"""The life of a virtual account, and lost answers that never make a second one."""

from decimal import Decimal

import pytest

from odoo.addons.connector_payment.providers.schema import VaStatus
from odoo.addons.erp_connector_base.client.errors import RejectedError, UncertainError

from .conftest import AMOUNT

ENDED = (VaStatus.CLOSED, VaStatus.EXPIRED)


def test_a_closed_account_is_made_as_wished(gateway):
    wish = gateway.wish()
    va = gateway.client().create_va(wish)
    (row,) = gateway.made()
    assert (va.id, va.reference, va.number) == (row["id"], "VA-1", row["number"])
    assert (va.status, va.amount) == (VaStatus.ACTIVE, AMOUNT) or (
        va.status is VaStatus.PENDING
    )
    assert (row["kind"], int(row["amount"])) == ("closed", AMOUNT)
    assert row["expires_at"] == wish.expires_at.timestamp()
    assert va.expires_at == wish.expires_at


def test_a_fixed_account_is_open_and_stays(gateway):
    gateway.need("fixed_va")
    va = gateway.client().create_va(gateway.fixed_wish())
    (row,) = gateway.made()
    assert (row["kind"], row["amount"], va.amount) == ("fixed", None, None)
    for amount in (1000, 2000):
        gateway.control.pay("VA-1", amount=amount)
    assert gateway.client().get_va(va.id, "VA-1").status is VaStatus.ACTIVE


def test_a_fixed_account_is_refused_where_there_is_none(gateway):
    if gateway.features.fixed_va:
        pytest.skip("it is offered")
    with pytest.raises(RejectedError):
        gateway.client().create_va(gateway.fixed_wish())
    assert gateway.made() == []


def test_an_account_is_found_again_as_it_was_made(gateway):
    va = gateway.va()
    found = gateway.client().get_va(va.id, "VA-1")
    assert (found.id, found.number, found.amount) == (va.id, va.number, AMOUNT)
    assert (found.expires_at, found.status) == (va.expires_at, VaStatus.ACTIVE)


def test_an_account_that_nobody_made_is_not_found(gateway):
    with pytest.raises(RejectedError):
        gateway.client().get_va("pr-00000000-0000-4000-8000-000000000000", "VA-9")


def test_a_fraction_of_a_rupiah_is_refused(gateway):
    with pytest.raises(RejectedError):
        gateway.va(amount=Decimal("1000.5"))
    assert gateway.made() == []


# -- changing and ending --------------------------------------------------------------


def test_amount_and_expiry_are_changed(gateway):
    gateway.need("changes_va_amount")
    va, ends = gateway.va(), gateway.later(days=5)
    changed = gateway.client().update_va(va.id, "VA-1", Decimal(99000), ends)
    (row,) = gateway.made()
    assert (row["amount"], row["expires_at"]) == (99000, ends.timestamp())
    assert (changed.amount, changed.expires_at) == (99000, ends)


def test_an_amount_is_not_changed_where_it_cannot_be(gateway):
    if gateway.features.changes_va_amount:
        pytest.skip("it can be")
    va = gateway.va()
    with pytest.raises(RejectedError):
        gateway.client().update_va(va.id, "VA-1", Decimal(99000), None)


def test_an_account_is_closed_for_good(gateway):
    va = gateway.va()
    client = gateway.client()
    assert client.close_va(va.id, "VA-1").status in ENDED
    assert gateway.made()[0]["status"] in ("closed", "expired")
    assert client.close_va(va.id, "VA-1").status in ENDED
    assert client.get_va(va.id, "VA-1").status in ENDED


def test_an_account_paid_meanwhile_stays_paid_when_it_is_closed(gateway):
    va = gateway.va()
    gateway.control.pay("VA-1")
    assert gateway.client().close_va(va.id, "VA-1").status is VaStatus.PAID
    assert gateway.client().get_va(va.id, "VA-1").status is VaStatus.PAID


def test_an_account_whose_time_is_over_has_expired(gateway):
    va = gateway.va()
    gateway.control.advance_clock(3 * 86400)
    found = gateway.client().get_va(va.id, "VA-1")
    assert found.status is VaStatus.EXPIRED
    with pytest.raises(RejectedError):
        gateway.client().update_va(va.id, "VA-1", Decimal(1000), None)


# -- lost answers ---------------------------------------------------------------------


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
@pytest.mark.parametrize("kind", ["wish", "fixed_wish"])
def test_a_lost_answer_is_recovered_and_makes_no_second_account(
    gateway, kind, fault, options
):
    if kind == "fixed_wish":
        gateway.need("fixed_va")
    wish = getattr(gateway, kind)()
    client = gateway.client(timeout=(5, 2))
    gateway.control.fault(fault, gateway.row.create_path, count=1, **options)
    with pytest.raises(UncertainError):
        client.create_va(wish)
    va = client.recover_va(wish)
    (row,) = gateway.made()
    assert (va.id, va.number) == (row["id"], row["number"])


@pytest.mark.parametrize("fault", ["cut_before", "status", "html"])
def test_a_request_that_never_arrived_leads_to_one_account_too(gateway, fault):
    wish, client = gateway.wish(), gateway.client()
    gateway.control.fault(fault, gateway.row.create_path, count=1)
    with pytest.raises(UncertainError):
        client.create_va(wish)
    va = client.recover_va(wish)
    assert (va is None) is not gateway.row.resends
    va = va or client.create_va(wish)
    (row,) = gateway.made()
    assert va.id == row["id"]


def test_an_account_is_recovered_however_often_it_is_asked_for(gateway):
    wish = gateway.wish()
    made = gateway.client().create_va(wish)
    ids = {gateway.client().recover_va(wish).id for _ in range(3)}
    assert ids == {made.id}
    assert len(gateway.made()) == 1

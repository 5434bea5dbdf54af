"""The older fixed virtual accounts of Xendit."""

from decimal import Decimal

import pytest

from odoo.addons.connector_payment.providers.schema import VaKind, VaStatus
from odoo.addons.erp_connector_base.client.errors import RejectedError, UncertainError

from .xendit import FVA_ID, golden, legacy, made, sent, wanted

LOST = UncertainError("the connection was cut; it may have taken effect")
FVA = "/callback_virtual_accounts"


def test_a_legacy_closed_account_is_for_one_exact_payment():
    va, request = made(legacy, "fva", channel="MANDIRI")
    assert sent(request) == {
        "external_id": "VA-2024-00017",
        "bank_code": "MANDIRI",
        "name": "Budi Utomo",
        "is_closed": True,
        "is_single_use": True,
        "expected_amount": 265000,
        "expiration_date": "2024-04-12T16:59:59.000Z",
    }
    assert request.headers["x-idempotency-key"] == "VA-2024-00017"
    assert not request.idempotent
    assert (va.id, va.status) == (FVA_ID, VaStatus.PENDING)
    assert (va.number, va.amount) == ("886081000123456", 265000)


def test_a_legacy_fixed_account_is_open_and_stays():
    va, request = made(
        legacy, "fva", kind=VaKind.FIXED, amount=None, expires_at=None, number="7"
    )
    assert sent(request)["is_closed"] is False
    assert sent(request)["is_single_use"] is False
    assert sent(request)["virtual_account_number"] == "7"
    assert not {"expected_amount", "expiration_date"} & set(sent(request))
    assert va.id == FVA_ID


def test_a_legacy_account_whose_answer_was_lost_is_asked_for_with_the_same_key():
    gateway, transport = legacy(LOST, golden("fva"))
    with pytest.raises(UncertainError):
        gateway.create_va(wanted())
    assert gateway.recover_va(wanted()).id == FVA_ID
    first, second = transport.asked
    assert (first.url, first.body) == (second.url, second.body)
    assert first.headers == second.headers
    assert second.idempotent


def test_an_open_legacy_account_asks_for_no_amount():
    raw = golden("fva", is_closed="false", expected_amount=0)
    gateway, _ = legacy(raw)
    assert gateway.get_va(FVA_ID, "").amount is None


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"status": "ACTIVE"}, VaStatus.ACTIVE),
        ({"status": "PENDING"}, VaStatus.PENDING),
        ({"status": "INACTIVE"}, VaStatus.PAID),
        ({"status": "INACTIVE", "is_single_use": False}, VaStatus.CLOSED),
        (
            {"status": "INACTIVE", "expiration_date": "2024-04-09T05:29:59Z"},
            VaStatus.EXPIRED,
        ),
        ({"status": "HALF"}, VaStatus.UNKNOWN),
    ],
)
def test_a_legacy_account_that_ended_says_by_its_fields_why(changes, status):
    gateway, _ = legacy(golden("fva", **changes))
    assert gateway.get_va(FVA_ID, "").status is status


def test_a_legacy_account_is_closed_by_an_expiry_that_is_past():
    gateway, transport = legacy(golden("fva", status="ACTIVE"), golden("fva"))
    assert gateway.close_va(FVA_ID, "").status is VaStatus.CLOSED
    assert transport.places == [f"GET {FVA}/{FVA_ID}", f"PATCH {FVA}/{FVA_ID}"]
    assert sent(transport.asked[1]) == {"expiration_date": "2024-04-09T04:30:00.000Z"}


def test_a_legacy_account_that_was_paid_is_left_alone_when_closing():
    gateway, transport = legacy(golden("fva", status="INACTIVE"))
    assert gateway.close_va(FVA_ID, "").status is VaStatus.PAID
    assert len(transport.asked) == 1


def test_a_legacy_amount_is_changed():
    gateway, transport = legacy(golden("fva"))
    gateway.update_va(FVA_ID, "", Decimal(5000), None)
    assert sent(transport.asked[0]) == {"expected_amount": 5000}


def test_a_legacy_account_cannot_be_found_without_its_id():
    gateway, transport = legacy()
    with pytest.raises(RejectedError, match="without its id"):
        gateway.get_va("", "VA-1")
    assert transport.asked == []


def test_a_legacy_payment_is_simulated_by_reference():
    gateway, transport = legacy(golden("fva"), {"status": "COMPLETED"})
    gateway.simulate_payment(gateway.get_va(FVA_ID, ""), Decimal(265000))
    place = f"POST {FVA}/external_id=VA-2016-00001/simulate_payment"
    assert transport.places[1] == place

"""What goes wrong between us and the gateway becomes the right error."""

from decimal import Decimal

import pytest

from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    RejectedError,
    TransientError,
)
from odoo.addons.erp_connector_base.client.transport import JournalTransport


@pytest.mark.parametrize(
    ("fault", "options", "wait"),
    [
        ("too_many", {}, None),
        ("too_many", {"retry_after": 7}, 7),
        ("status", {"status": 500}, None),
        ("status", {"status": 502}, None),
        ("status", {"status": 503, "retry_after": 7}, 7),
        ("cut_before", {}, None),
        ("cut_after", {"reset": True}, None),
        ("html", {}, None),
        ("html", {"status": 403}, None),
        ("html", {"status": 404}, None),
        ("invalid_json", {}, None),
        ("empty", {}, None),
        ("latency", {"seconds": 6}, None),
    ],
)
@pytest.mark.parametrize("what", ["account", "balance"])
def test_a_passing_fault_is_transient_and_the_next_try_works(
    gateway, what, fault, options, wait
):
    va = gateway.va()
    client = gateway.client(timeout=(5, 2))
    calls = {
        "account": (gateway.row.get_path, lambda: client.get_va(va.id, "VA-1").id),
        "balance": (gateway.row.balance_path, client.balance),
    }
    path, call = calls[what]
    expected = call()
    gateway.control.fault(fault, path, count=1, **options)
    with pytest.raises(TransientError) as caught:
        call()
    assert caught.value.retry_after == wait
    assert call() == expected


def test_a_call_too_many_made_nothing_and_is_tried_later(gateway):
    client, made = gateway.client(), []
    gateway.control.config(rate_limit=1)

    def hurry():
        for number in range(20):  # one a second, or one a minute
            made.append(client.create_va(gateway.wish(f"VA-{number}")))

    with pytest.raises(TransientError) as caught:
        hurry()
    wait = caught.value.retry_after
    assert wait is None if gateway.row.code == "midtrans" else 0 < wait <= 60
    assert len(gateway.control.vas()) == len(made) < 20
    gateway.control.config(rate_limit=0)
    assert client.create_va(gateway.wish(f"VA-{len(made)}")).number


def test_a_wrong_key_is_an_authentication_error(gateway):
    gateway.credentials[gateway.row.key] = "xnd_development_other"
    for call in (gateway.va, gateway.client().identify):
        with pytest.raises(AuthenticationError):
            call()
    assert gateway.made() == []


def test_the_account_proves_its_keys_to_a_person(gateway):
    assert gateway.row.code in gateway.client().identify().lower()


def test_a_refusal_is_in_the_gateways_words(gateway):
    with pytest.raises(RejectedError) as caught:
        gateway.va(channel="NOSUCHBANK")
    assert str(caught.value)
    assert gateway.made() == []


def test_nobody_sees_secrets_or_who_is_paid_in_errors_and_journal(gateway):
    records = []
    client = gateway.client(JournalTransport(gateway.transport, records.append))
    client.create_va(gateway.wish(name="Budi Rahasia"))
    gateway.control.pay("VA-1", sender="Siti Rahasia")
    client.payments_of_va(gateway.made()[0]["id"], "VA-1")
    payout = client.create_payout(
        gateway.payout_wish(account_holder="Joko Rahasia", email="joko@example.com")
    )
    client.get_payout(payout.id)
    with pytest.raises(RejectedError) as caught:
        client.create_payout(
            gateway.payout_wish(
                "PAY-2", channel="NOSUCHBANK", account_holder="Joko Rahasia"
            )
        )
    shown = f"{records} {caught.value!r} {client!r}"
    secrets = [*gateway.credentials.values(), "Rahasia", "1234567890", "joko@"]
    assert [secret for secret in secrets if secret in shown] == []
    assert len(records) >= 4


def test_no_call_is_made_with_an_amount_that_makes_no_sense(gateway):
    before = sum(gateway.control.calls().values())
    for amount in (None, Decimal(0), Decimal(-5)):
        with pytest.raises(RejectedError):
            gateway.va(amount=amount)
    assert sum(gateway.control.calls().values()) == before

"""The gateway acts, and answers after the account's time-out: nothing comes twice."""

import pytest

from .payment_world import BACKEND, MAKE, SEND, PaymentWorld
from .waiting import until

#: Seconds that the account waits for an answer, until it has given one up.
PATIENCE = 4


@pytest.fixture
def hurried(gateway: PaymentWorld) -> PaymentWorld:
    """A gateway whose account does not wait for long."""
    gateway.rpc(BACKEND, "write", [gateway.account], {"answer_timeout": PATIENCE})
    gateway.control.config(payout_mode="manual")
    return gateway


def test_a_virtual_account_made_while_nobody_waited_is_found_not_made_again(
    hurried: PaymentWorld,
) -> None:
    hurried.control.hold(MAKE[hurried.provider], "latency_after")
    (debt,) = hurried.request(125_000)
    key = f"va:{debt.reference}"

    assert_gave_up(hurried, key)
    assert len(hurried.control.ledger("vas")) == 1, "it acted"
    hurried.make_due("uncertain")

    until(lambda: hurried.va(debt, "number"), hope="its number is stored")
    hurried.assert_books_agree()
    assert_asked(hurried, key, "It had been made.")
    hurried.control.clear_faults()
    hurried.control.pay(debt.reference)
    hurried.wait_paid(debt)
    hurried.assert_books_agree()
    assert len(hurried.control.ledger("vas")) == 1


def test_a_payout_sent_while_nobody_waited_is_found_not_sent_again(
    hurried: PaymentWorld,
) -> None:
    hurried.control.hold(SEND[hurried.provider], "latency_after")
    (payout,) = hurried.approve(450_000)
    key = hurried.key_of(payout)

    assert_gave_up(hurried, key)
    assert len(hurried.control.payouts()) == 1, "it acted"
    hurried.make_due("uncertain")

    hurried.wait_payouts("sent", [payout])
    hurried.assert_books_agree()
    assert_asked(hurried, key, "It had arrived.")
    hurried.control.clear_faults()
    hurried.control.payout_outcome(hurried.payouts([payout])[0]["name"], "succeed")
    hurried.wait_payouts("succeeded", [payout])
    hurried.assert_books_agree()
    assert len(hurried.control.payouts()) == 1


def test_a_gateway_that_acts_after_everybody_gave_up_acts_once(
    hurried: PaymentWorld,
) -> None:
    """The first question waits longer than any request travels."""
    for paths in (MAKE, SEND):
        hurried.control.hold(paths[hurried.provider])
    (debt,) = hurried.request(125_000)
    (payout,) = hurried.approve(450_000)
    keys = [f"va:{debt.reference}", hurried.key_of(payout)]

    hurried.wait_state("uncertain", *keys)
    wait_again(hurried)
    assert not hurried.control.vas(), "it has not acted yet"
    assert not hurried.control.payouts()
    assert wait_of(hurried, keys) > 40
    hurried.control.clear_faults()
    until(hurried.control.vas, hope="it makes the account")
    until(hurried.control.payouts, hope="it sends the payout")
    hurried.make_due("uncertain")

    until(lambda: hurried.va(debt, "number"), hope="its number is stored")
    hurried.wait_payouts("sent", [payout])
    hurried.assert_books_agree()
    assert len(hurried.control.ledger("vas")) == 1
    assert len(hurried.control.payouts()) == 1


def test_a_payout_that_is_asked_about_too_early_is_sent_once_all_the_same(
    hurried: PaymentWorld,
) -> None:
    """The gateway does not know it yet; what is sent again bears the same key."""
    hurried.control.hold(SEND[hurried.provider])
    (payout,) = hurried.approve(450_000)
    hurried.wait_state("uncertain", hurried.key_of(payout))
    wait_again(hurried)

    hurried.make_due("uncertain")
    hurried.wait_payouts("sent", [payout])
    later = hurried.sent()
    hurried.control.clear_faults()
    until(lambda: hurried.sent() == later + 1, hope="the first one comes, too")

    hurried.assert_books_agree()
    assert len(hurried.control.payouts()) == 1


def assert_gave_up(gateway: PaymentWorld, key: str) -> None:
    """By the time-out, while the gateway still held its answer."""
    gateway.wait_state("uncertain", key)
    (message,) = gateway.messages(key)
    assert "no answer in time" in message["error"]
    ((spent,),) = gateway.sql(
        "SELECT c.duration_ms FROM erp_connector_call c JOIN erp_connector_message m "
        "ON m.attempt_token = c.correlation_id WHERE m.id = %s AND c.failed",
        message["id"],
    )
    assert PATIENCE * 1000 <= spent < 30_000, "not the default"
    wait_again(gateway)


def wait_again(gateway: PaymentWorld) -> None:
    """Whoever asks now waits as long as usual, however busy the machine is."""
    gateway.rpc(BACKEND, "write", [gateway.account], {"answer_timeout": 30})


def assert_asked(gateway: PaymentWorld, key: str, answer: str) -> None:
    """Sent once and asked about once."""
    message, *_later = gateway.messages(key)
    found = message["state"], message["attempts"], message["note"]
    assert found == ("done", 2, answer)


def wait_of(gateway: PaymentWorld, keys: list[str]) -> float:
    """Seconds before the first of these is asked about."""
    ((wait,),) = gateway.sql(
        "SELECT extract(epoch FROM min(next_attempt_at - write_date))::float "
        "FROM erp_connector_message WHERE business_key = ANY(%s)",
        keys,
    )
    return wait

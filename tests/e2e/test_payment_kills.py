"""kill -9 of a cron worker while money is booked, and while money is sent."""

import random

from .payment_world import PaymentWorld
from .waiting import until

SEND = {"xendit": "/v2/payouts", "midtrans": "/iris/api/v1/payouts"}


def test_a_worker_killed_while_it_books_loses_and_doubles_nothing(
    gateway: PaymentWorld,
) -> None:
    debts = gateway.ask(*range(100_000, 120_000, 1_000))
    with gateway.prober():
        with gateway.held("LOCK TABLE account_partial_reconcile IN EXCLUSIVE MODE"):
            gateway.control.pay_many([debt.reference for debt in debts])
            victim = until(
                lambda: gateway.stuck_at("account_partial_reconcile"), hope="it books"
            ).pop()
            assert gateway.receipts(), "the money itself is safe"
            assert not gateway.paid(debts), "not committed yet"
            gateway.kill(victim)

        gateway.wait_paid(*debts, seconds=40)
        gateway.assert_books_agree(seconds=40)
    assert workers_lost(gateway), "it held a claim"


def test_a_worker_killed_while_payouts_travel_sends_each_of_them_once(
    gateway: PaymentWorld,
) -> None:
    path = SEND[gateway.provider]
    gateway.control.fault("latency_after", path=path, seconds=4, count=5)
    with gateway.prober():
        payouts = gateway.approve(*range(200_000, 205_000, 1_000))
        victim = until(gateway.working, hope="they travel").pop()
        until(gateway.control.payouts, hope="one has arrived")
        gateway.kill(victim)

        gateway.assert_books_agree(seconds=60, push=["uncertain"])
        gateway.wait_payouts("succeeded", payouts)
        gateway.assert_books_agree()
    assert len(gateway.control.payouts()) == 5
    assert workers_lost(gateway), "it held a claim"


def test_a_worker_killed_before_its_payouts_left_sends_each_of_them_once(
    gateway: PaymentWorld,
) -> None:
    path = SEND[gateway.provider]
    gateway.control.fault("latency", path=path, seconds=4, count=5)
    with gateway.prober():
        payouts = gateway.approve(*range(200_000, 205_000, 1_000))
        until(gateway.working, hope="they travel")
        gateway.kill(until(gateway.working, hope="they travel").pop())

        gateway.assert_books_agree(seconds=60, push=["uncertain"])
        gateway.wait_payouts("succeeded", payouts)
        gateway.assert_books_agree()
    assert len(gateway.control.payouts()) == 5


def test_workers_killed_again_and_again_under_load_lose_and_double_no_rupiah(
    gateway: PaymentWorld,
) -> None:
    chance = random.Random(11)
    debts = gateway.ask(*range(100_000, 136_000, 1_000))
    with gateway.prober():
        for wave in range(3):
            part = debts[wave * 12 : (wave + 1) * 12]
            gateway.control.pay_many([debt.reference for debt in part])
            workers = until(gateway.working, hope="a worker has claimed")
            gateway.kill(chance.choice(sorted(workers)))

        gateway.wait_paid(*debts, seconds=60)
        gateway.assert_books_agree(seconds=60)


def workers_lost(gateway: PaymentWorld) -> int:
    """Messages of this test that were taken back from a lost worker."""
    (row,) = gateway.sql(
        "SELECT count(*) FROM erp_connector_message WHERE id > %s "
        "AND history::text LIKE '%%Worker lost%%'",
        gateway.marks["messages"],
    )
    return row[0]

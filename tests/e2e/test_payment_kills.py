"""kill -9 of a cron worker while money is booked, and while money is sent."""

import random
import time

from .payment_world import SEND, PaymentWorld
from .waiting import until

#: Nobody can reconcile while this is held.
BOOKING = "LOCK TABLE account_partial_reconcile IN EXCLUSIVE MODE"
MONEY_IN = "payment.event"


def test_a_worker_killed_while_it_books_loses_and_doubles_nothing(
    gateway: PaymentWorld,
) -> None:
    debts = gateway.ask(*range(100_000, 120_000, 1_000))
    with gateway.prober():
        with gateway.held(BOOKING):
            gateway.control.pay_many([debt.reference for debt in debts])
            victim = until(
                lambda: gateway.stuck_at("account_partial_reconcile", MONEY_IN),
                hope="it books",
            ).pop()
            assert gateway.receipts(), "the money itself is safe"
            assert not gateway.paid(debts), "not committed yet"
            gateway.kill(victim)

        gateway.wait_paid(*debts)
        gateway.assert_books_agree()
    assert workers_lost(gateway), "it held a claim"


def test_a_worker_killed_while_payouts_travel_sends_each_of_them_once(
    gateway: PaymentWorld,
) -> None:
    with gateway.prober():
        payouts = approved(gateway, "latency_after")
        gateway.kill(traveller(gateway))
        gateway.control.clear_faults()

        gateway.assert_books_agree(push=["uncertain"])
        gateway.wait_payouts("succeeded", payouts)
        gateway.assert_books_agree()
    assert len(gateway.control.payouts()) == 5
    assert workers_lost(gateway), "it held a claim"


def test_a_worker_killed_before_its_payouts_left_sends_each_of_them_once(
    gateway: PaymentWorld,
) -> None:
    with gateway.prober():
        payouts = approved(gateway, "latency")
        gateway.kill(traveller(gateway))
        assert not gateway.control.payouts(), "none has arrived"

        gateway.assert_books_agree(push=["uncertain"])
        gateway.wait_payouts("succeeded", payouts)
        later = gateway.sent()
        gateway.control.clear_faults()
        until(lambda: gateway.sent() == later + 5, hope="the first ones come, too")
        gateway.assert_books_agree()
    assert len(gateway.control.payouts()) == 5
    assert workers_lost(gateway), "it held a claim"


def test_workers_killed_again_and_again_under_load_lose_and_double_no_rupiah(
    gateway: PaymentWorld,
) -> None:
    chance = random.Random(11)
    debts = gateway.ask(*range(100_000, 136_000, 1_000))
    with gateway.prober():
        for wave in range(3):
            part = debts[wave * 12 : (wave + 1) * 12]
            with gateway.held(BOOKING):
                gateway.control.pay_many([debt.reference for debt in part])
                workers = until(
                    lambda: gateway.working(MONEY_IN), hope="a worker has claimed"
                )
            time.sleep(chance.uniform(0, 0.3))
            gateway.kill(chance.choice(sorted(workers)))

        gateway.wait_paid(*debts)
        gateway.assert_books_agree()


def approved(gateway: PaymentWorld, kind: str) -> list[int]:
    """Five payouts that have left together, and are held at the gateway."""
    fault = gateway.control.hold(SEND[gateway.provider], kind, count=5)
    payouts = gateway.approve(*range(200_000, 205_000, 1_000))
    until(lambda: gateway.control.hits(fault) == 5, hope="all of them travel")
    if kind == "latency_after":
        until(lambda: len(gateway.control.payouts()) == 5, hope="they take effect")
    return payouts


def traveller(gateway: PaymentWorld) -> int:
    """The worker that waits for the answers."""
    return until(lambda: gateway.working("payment.payout.send"), hope="it sends").pop()


def workers_lost(gateway: PaymentWorld) -> int:
    """Messages of this test that were taken back from a lost worker."""
    (row,) = gateway.sql(
        "SELECT count(*) FROM erp_connector_message WHERE id > %s "
        "AND history::text LIKE '%%Worker lost%%'",
        gateway.marks["messages"],
    )
    return row[0]

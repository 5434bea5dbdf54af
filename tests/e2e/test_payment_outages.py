"""Webhooks that get lost, a database that stalls or dies: the books still agree."""

import os
import threading
import time

import pytest

from .payment_world import Debt, PaymentWorld
from .waiting import PATIENCE, until

#: The webhook about money in, as faults name it.
PAID = {"xendit": "payment.capture", "midtrans": "payment.settlement"}
HANGS = 15  # seconds that the gateways wait for our answer, at most
OURS = not {"PGHOST", "PGPORT", "PGUSER", "PGSERVICE"} & set(os.environ)


def test_one_webhook_in_ten_is_lost_and_the_looks_heal_it(
    gateway: PaymentWorld,
) -> None:
    debts = gateway.ask(*range(100_000, 120_000, 1_000))
    gateway.wait_told()
    for lost in range(3, 20, 10):
        gateway.control.fault(
            "push_drop", path=PAID[gateway.provider], after=lost, count=1, silent=True
        )

    gateway.control.pay_many([debt.reference for debt in debts])
    gateway.wait_told()
    assert len(gateway.receipts()) == 18
    assert not gateway.paid(debts)
    gateway.look()

    gateway.wait_paid(*debts)
    gateway.assert_books_agree()


def test_without_any_webhook_the_looks_bring_money_and_the_ends_of_payouts(
    gateway: PaymentWorld,
) -> None:
    debts = gateway.ask(70_000, 71_000, 72_000)
    gateway.wait_told()
    gateway.control.fault("push_drop", silent=True)
    gateway.control.config(payout_mode="manual")
    payouts = gateway.approve(80_000, 81_000)
    gateway.wait_payouts("sent", payouts)

    gateway.control.pay_many([debt.reference for debt in debts])
    first, second = (payout["name"] for payout in gateway.payouts(payouts))
    gateway.control.payout_outcome(first, "succeed")
    gateway.control.payout_outcome(second, "fail")
    gateway.look()

    gateway.wait_paid(*debts)
    gateway.wait_payouts("succeeded", payouts[:1])
    gateway.wait_payouts("failed", payouts[1:])
    gateway.assert_books_agree()


def test_a_stalled_database_answers_503_and_the_webhook_sent_again_is_booked_once(
    gateway: PaymentWorld,
) -> None:
    debts = gateway.ask(91_000, 92_000)
    gateway.wait_told()
    gateway.control.config(retry_scale=0.005)
    with gateway.held("LOCK TABLE erp_connector_message IN EXCLUSIVE MODE"):
        gateway.control.pay_many([debt.reference for debt in debts])
        answers = gateway.wait_refused()
        assert [answer["status"] for answer in answers] == [503, 503]
        assert all(answer["seconds"] < HANGS for answer in answers)

    gateway.wait_paid(*debts)
    gateway.assert_books_agree()
    assert len(gateway.receipts()) == 2


def test_a_stalled_row_holds_up_nobody_else(gateway: PaymentWorld) -> None:
    held, *free = gateway.ask(93_000, 94_000, 95_000)
    query = "SELECT FROM account_move WHERE id = %s FOR UPDATE"
    with gateway.held(query, held.invoice):
        gateway.control.pay_many([debt.reference for debt in (held, *free)])
        until(lambda: len(gateway.receipts()) == 3, hope="all money is stored")

    gateway.wait_paid(held, *free)
    gateway.assert_books_agree()


@pytest.mark.skipif(not OURS, reason="the server is not ours to restart")
def test_a_crash_of_postgresql_while_it_books_loses_and_doubles_no_rupiah(
    midtrans: PaymentWorld,
) -> None:
    debts = midtrans.ask(*range(100_000, 148_000, 1_000))
    midtrans.control.config(retry_scale=0.002)
    stream = threading.Thread(target=pay_for_a_while, args=(midtrans, debts))
    stream.start()
    until(lambda: len(midtrans.receipts()) >= 8, hope="money comes in")

    midtrans.stack.restart_postgres(crash=True)

    stream.join()
    until(midtrans.healthy, hope="Odoo answers again")
    with midtrans.prober():
        until(
            lambda: not midtrans.control.ledger("pushes_waiting"),
            2 * PATIENCE,
            "webhooks are sent or lost",
        )
        midtrans.look()
        midtrans.wait_paid(*debts)
        midtrans.assert_books_agree(push=["retry"])


def pay_for_a_while(gateway: PaymentWorld, debts: list[Debt]) -> None:
    """Customers pay one after another, whatever happens meanwhile."""
    for start in range(0, len(debts), 4):
        references = [debt.reference for debt in debts[start : start + 4]]
        gateway.control.pay_many(references)
        time.sleep(0.2)

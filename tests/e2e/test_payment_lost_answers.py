"""The gateway acted and its answer was lost: nothing is made or sent twice."""

import threading

import pytest

from setup.rpc import Session

from .payment_world import BACKEND, MAKE, SEND, PaymentWorld
from .waiting import until

LOST = {
    "cut": ("cut_after", {"reset": True}),
    "502 after the effect": ("status_after", {"status": 502}),
    "half of the JSON": ("invalid_json", {}),
}


@pytest.mark.parametrize("fault", LOST)
def test_a_virtual_account_whose_answer_was_lost_is_found_not_made_again(
    gateway: PaymentWorld, fault: str
) -> None:
    kind, options = LOST[fault]
    gateway.control.fault(kind, path=MAKE[gateway.provider], count=1, **options)

    (debt,) = gateway.request(125_000)
    gateway.wait_state("uncertain", f"va:{debt.reference}")
    assert len(gateway.control.ledger("vas")) == 1, "it acted"
    gateway.make_due("uncertain")
    until(lambda: gateway.va(debt, "number"), hope="its number is stored")

    gateway.assert_books_agree()
    assert len(gateway.control.ledger("vas")) == 1
    gateway.control.pay(debt.reference)
    gateway.wait_paid(debt)
    gateway.assert_books_agree()


def test_a_virtual_account_whose_request_never_arrived_is_made_once(
    gateway: PaymentWorld,
) -> None:
    gateway.control.fault("cut_before", path=MAKE[gateway.provider], count=1)

    (debt,) = gateway.request(125_000)
    gateway.wait_state("uncertain", f"va:{debt.reference}")
    assert not gateway.control.ledger("vas")
    gateway.make_due("uncertain")

    until(lambda: gateway.va(debt, "number"), hope="its number is stored")
    gateway.assert_books_agree()
    assert len(gateway.control.ledger("vas")) == 1


def test_an_older_account_is_asked_for_again_with_its_key(xendit: PaymentWorld) -> None:
    xendit.rpc(BACKEND, "write", [xendit.account], {"va_api": "legacy"})
    xendit.control.fault("cut_after", path="/callback_virtual_accounts", count=1)

    (debt,) = xendit.request(125_000)
    xendit.wait_state("uncertain", f"va:{debt.reference}")
    xendit.make_due("uncertain")

    until(lambda: xendit.va(debt, "number"), hope="its number is stored")
    xendit.assert_books_agree()
    assert len(xendit.control.ledger("vas")) == 1


def test_without_a_search_the_owner_is_told_and_nothing_is_made_again(
    xendit: PaymentWorld,
) -> None:
    values = {"search_va": False}
    xendit.rpc(BACKEND, "write", [xendit.account], values)
    xendit.control.fault("cut_after", path=MAKE["xendit"], count=1)

    (debt,) = xendit.request(125_000)
    key = f"va:{debt.reference}"
    xendit.wait_state("uncertain", key)
    until(lambda: asked(xendit, key) >= 7, hope="it was asked for again and again")

    assert xendit.va(debt, "is_uncertain")
    assert {m["state"] for m in xendit.messages(key)} == {"uncertain"}
    assert len(xendit.control.ledger("vas")) == 1
    told = xendit.activities(BACKEND, xendit.account)
    assert "Messages need attention" in told


def test_money_ends_the_doubt_whether_an_account_was_made(
    xendit: PaymentWorld,
) -> None:
    values = {"search_va": False}
    xendit.rpc(BACKEND, "write", [xendit.account], values)
    xendit.control.fault("cut_after", path=MAKE["xendit"], count=1)
    (debt,) = xendit.request(125_000)
    xendit.wait_state("uncertain", f"va:{debt.reference}")

    xendit.control.pay(debt.reference)
    xendit.wait_paid(debt)
    xendit.make_due("uncertain")

    xendit.assert_books_agree()
    assert xendit.va(debt, "number"), "it is known now"
    assert not xendit.va(debt, "is_uncertain")


def test_money_that_comes_before_the_answer_is_booked_at_once(
    gateway: PaymentWorld,
) -> None:
    gateway.control.hold(MAKE[gateway.provider], "latency_after")
    (debt,) = gateway.request(310_000)
    until(gateway.control.vas, hope="it is made there")

    gateway.control.pay(debt.reference)
    gateway.wait_paid(debt)
    until(lambda: gateway.va(debt, "state") == "paid", hope="the account is paid")
    gateway.control.clear_faults()  # only now does the answer leave

    gateway.assert_books_agree(push=["uncertain"])
    assert gateway.va(debt, "number"), "the answer was kept"


@pytest.mark.parametrize("fault", LOST)
def test_a_payout_whose_answer_was_lost_is_sent_once(
    gateway: PaymentWorld, fault: str
) -> None:
    kind, options = LOST[fault]
    gateway.control.fault(kind, path=SEND[gateway.provider], count=1, **options)

    (payout,) = gateway.approve(450_000)
    gateway.wait_state("uncertain", gateway.key_of(payout))
    assert len(gateway.control.payouts()) == 1, "it acted"
    gateway.make_due("uncertain")

    gateway.wait_payouts("succeeded", [payout])
    gateway.assert_books_agree()
    assert len(gateway.control.payouts()) == 1


def test_a_payout_is_asked_about_until_the_gateway_answers_and_sent_once(
    gateway: PaymentWorld,
) -> None:
    path = SEND[gateway.provider]
    gateway.control.config(payout_mode="manual")  # no webhook has it asked about, too
    gateway.control.fault("cut_after", path=path, count=1)
    fault = gateway.control.fault(
        "status", path=f"{path}*", status=503, after=1, count=2
    )

    (payout,) = gateway.approve(450_000)
    key = gateway.key_of(payout)
    gateway.wait_state("uncertain", key)

    gateway.assert_books_agree(push=["uncertain"])
    assert gateway.control.hits(fault) == 2
    assert gateway.messages(key)[0]["attempts"] == 4, "sent, and asked about thrice"
    gateway.control.payout_outcome(gateway.payouts([payout])[0]["name"], "succeed")
    gateway.wait_payouts("succeeded", [payout])
    gateway.assert_books_agree()
    assert len(gateway.control.payouts()) == 1


def test_what_the_gateway_says_is_not_forgotten_when_two_write_at_once(
    gateway: PaymentWorld,
) -> None:
    """The probe's transaction collides with a writer, and is made again."""
    gateway.control.config(payout_mode="manual")
    for paths in (MAKE, SEND):
        path = paths[gateway.provider]
        gateway.control.fault("cut_after", path=path, count=1)
    (debt,) = gateway.request(125_000)
    (payout,) = gateway.approve(450_000)
    keys = {
        f"va:{debt.reference}": ("connector_payment_va", debt.va),
        gateway.key_of(payout): ("connector_payment_payout", payout),
    }
    gateway.wait_state("uncertain", *keys)
    gateway.control.wait_pushes()
    until(lambda: not gateway.open_messages(*keys), hope="nothing else is open")

    for key, (table, id_) in keys.items():
        fault = gateway.control.hold("*")
        gateway.make_due("uncertain", key=key)
        until(lambda f=fault: gateway.control.hits(f), hope="it asks")
        gateway.sql(
            f"UPDATE {table} SET write_date = now() WHERE id = %s",  # noqa: S608
            id_,
        )
        gateway.control.clear_faults()
        gateway.wait_done(key)  # else it might be this one that is held next

    until(lambda: gateway.va(debt, "number"), hope="its number is stored")
    gateway.wait_payouts("sent", [payout])
    gateway.control.payout_outcome(gateway.payouts([payout])[0]["name"], "succeed")
    gateway.wait_payouts("succeeded", [payout])
    gateway.assert_books_agree()


def test_two_approvers_at_once_send_a_payout_once(gateway: PaymentWorld) -> None:
    payouts = gateway.submit(gateway.bills(100_000, 200_000, 300_000))
    sessions = [gateway.hand("approver") for _ in range(4)]
    barrier = threading.Barrier(len(sessions))
    answers: list[str] = []

    def approve(session: Session) -> None:
        barrier.wait()
        try:
            session.call("connector.payment.payout", "action_approve", [payouts])
        except Exception as error:
            answers.append(str(error).strip().splitlines()[-1])
        else:
            answers.append("approved")

    threads = [threading.Thread(target=approve, args=(one,)) for one in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers.count("approved") == 1, answers
    gateway.wait_payouts("succeeded", payouts)
    gateway.assert_books_agree()
    assert len(gateway.control.payouts()) == 3


def asked(gateway: PaymentWorld, key: str) -> int:
    """Attempts so far; the next one is due now."""
    gateway.make_due("uncertain")
    return gateway.messages(key)[0]["attempts"]

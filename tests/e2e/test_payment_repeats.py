"""What is told twice, late, or in another order than it happened."""

import pytest

from .payment_world import Debt, PaymentWorld
from .waiting import until

DAY = 86400
#: The webhook about money in, as faults name it.
PAID = {"xendit": "payment.capture", "midtrans": "payment.settlement"}


def test_a_webhook_sent_eight_times_at_once_is_one_receipt(
    gateway: PaymentWorld,
) -> None:
    gateway.control.fault(
        "push_duplicate", path=PAID[gateway.provider], copies=8, concurrent=True
    )
    debts = gateway.ask(110_000, 120_000)

    gateway.control.pay_many([debt.reference for debt in debts])

    gateway.wait_paid(*debts)
    gateway.assert_books_agree()
    assert len(gateway.receipts()) == 2


def test_the_same_webhook_four_days_later_changes_nothing(
    gateway: PaymentWorld,
) -> None:
    debt, push = paid(gateway)
    before = gateway.count_messages()

    gateway.control.advance_clock(4 * DAY)
    assert gateway.control.resend(push, copies=3) == [200] * 3

    gateway.assert_books_agree()
    assert gateway.count_messages() == before
    assert gateway.receipts() == [(265_000, "booked", "exact", "normal", None)]
    assert gateway.va(debt, "state") == "paid"


def test_a_webhook_repeated_after_its_payload_was_dropped_changes_nothing(
    midtrans: PaymentWorld,
) -> None:
    debt, push = paid(midtrans)
    midtrans.sql(
        "UPDATE erp_connector_message SET create_date = create_date - interval '40 d', "
        "processed_at = processed_at - interval '40 d' WHERE business_key = %s",
        debt.reference,
    )
    midtrans.sql("UPDATE erp_connector_backend SET payloads_dropped_until = NULL")
    midtrans.stack.shell("env['erp.connector.backend']._gc_messages(); env.cr.commit()")
    kept = midtrans.sql(
        "SELECT count(payload), count(*) FROM erp_connector_message "
        "WHERE business_key = %s",
        debt.reference,
    )
    assert kept[0][0] == 0 < kept[0][1], "the payload is gone, the row is not"

    assert midtrans.control.resend(push) == [200]

    midtrans.assert_books_agree()
    assert len(midtrans.receipts()) == 1


def test_a_customer_who_pays_twice_has_credit_and_the_owner_knows(
    gateway: PaymentWorld,
) -> None:
    (debt,) = gateway.ask(180_000)

    gateway.control.pay(debt.reference, copies=2, force=True)

    gateway.wait_paid(debt)
    gateway.assert_books_agree()
    assert sum(row[0] for row in gateway.receipts()) == 360_000


def test_an_old_state_told_after_the_payment_changes_nothing(
    midtrans: PaymentWorld,
) -> None:
    debt, _push = paid(midtrans)
    (payment,) = midtrans.control.payments()

    for kind in ("pending", "expired"):
        assert midtrans.control.event(payment, kind) == [200]

    midtrans.assert_books_agree()
    assert midtrans.book(debt) == ("paid", [(265_000, "booked", "normal")])


def test_expired_told_after_paid_changes_nothing(xendit: PaymentWorld) -> None:
    debt, _push = paid(xendit)
    (payment,) = xendit.control.payments()

    assert xendit.control.event(payment, "expired") == [200]

    xendit.assert_books_agree()
    assert xendit.book(debt) == ("paid", [(265_000, "booked", "normal")])


def test_what_is_settled_before_it_was_told_is_booked_once(
    xendit: PaymentWorld,
) -> None:
    xendit.control.fault("push_reorder", path=PAID["xendit"], group=9)
    (debt,) = xendit.ask(265_000)
    xendit.control.pay(debt.reference)
    xendit.control.settle()

    xendit.look()
    xendit.wait_paid(debt)
    xendit.control.release_pushes()
    xendit.control.wait_pushes()

    xendit.assert_books_agree()
    assert len(xendit.receipts()) == 1


def test_money_paid_after_the_account_expired_is_booked_and_marked(
    gateway: PaymentWorld,
) -> None:
    (debt,) = gateway.ask(140_000)
    gateway.control.expire(debt.reference)
    until(lambda: gateway.va(debt, "state") == "expired", hope="Odoo knows of it")

    gateway.control.pay(debt.reference, force=True)

    gateway.wait_paid(debt)
    gateway.assert_books_agree()


def test_expired_and_paid_told_in_the_wrong_order_end_in_paid(
    gateway: PaymentWorld,
) -> None:
    (debt,) = gateway.ask(140_000)
    gateway.wait_told()
    gateway.control.fault("push_reorder", group=2, count=2)
    gateway.control.expire(debt.reference)
    gateway.control.pay(debt.reference, force=True)
    gateway.control.wait_pushes()

    gateway.wait_paid(debt)
    gateway.assert_books_agree()
    assert gateway.va(debt, "state") == "paid"


def test_money_taken_back_opens_the_invoice_again_with_a_trace(
    gateway: PaymentWorld,
) -> None:
    debt, _push = paid(gateway)
    (payment,) = gateway.control.payments()

    gateway.control.reverse(payment)
    gateway.look()

    until(lambda: not gateway.paid([debt]), hope="the invoice is open again")
    gateway.assert_books_agree()
    assert [row[1] for row in gateway.receipts()] == ["reversed"]


def test_taken_back_told_before_paid_ends_in_taken_back(midtrans: PaymentWorld) -> None:
    (debt,) = midtrans.ask(265_000)
    midtrans.wait_told()
    midtrans.control.fault("push_reorder", group=2, count=2)
    (payment,) = midtrans.control.pay(debt.reference)
    midtrans.control.reverse(payment)

    midtrans.wait_told()
    midtrans.assert_books_agree()
    assert not midtrans.paid([debt])


@pytest.mark.parametrize("outcomes", [("succeed", "reverse"), ("fail",)])
def test_a_payout_told_in_the_wrong_order_and_twice_ends_right(
    gateway: PaymentWorld, outcomes: tuple[str, ...]
) -> None:
    gateway.control.config(payout_mode="manual")
    (payout,) = gateway.approve(220_000)
    gateway.wait_payouts("sent", [payout])
    gateway.wait_told()
    gateway.control.fault("push_duplicate", copies=2)
    gateway.control.fault("push_reorder", group=2 * len(outcomes), count=len(outcomes))

    name = gateway.payouts([payout])[0]["name"]
    for outcome in outcomes:
        gateway.control.payout_outcome(name, outcome)
    gateway.control.wait_pushes()

    until(
        lambda: gateway.payouts([payout])[0]["state"] in ("failed", "reversed"),
        hope="the money is back",
    )
    gateway.assert_books_agree()


def paid(gateway: PaymentWorld) -> tuple[Debt, int]:
    """A paid invoice, and the number of the webhook that told of it."""
    (debt,) = gateway.ask(265_000)
    gateway.control.pay(debt.reference)
    gateway.wait_paid(debt)
    gateway.wait_told()
    gateway.assert_books_agree()
    pushes = gateway.webhooks(debt.reference)
    return debt, pushes[-1]["push_id"]

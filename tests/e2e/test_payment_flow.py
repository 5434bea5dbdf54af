"""A customer transfers, and the right invoice is paid without anyone doing anything."""

import time

from .payment_world import PaymentWorld


def test_a_closed_account_that_is_paid_pays_its_invoice_within_seconds(
    gateway: PaymentWorld,
) -> None:
    (debt,) = gateway.ask(265_000)

    begun = time.monotonic()
    gateway.control.pay(debt.reference)
    gateway.wait_paid(debt, seconds=5)

    assert time.monotonic() - begun < 5
    gateway.assert_books_agree()
    assert gateway.va(debt, "state") == "paid"
    assert gateway.receipts() == [(265_000, "booked", "exact", "normal", None)]


def test_a_hundred_invoices_paid_at_once_are_all_paid(gateway: PaymentWorld) -> None:
    debts = gateway.ask(*range(100_000, 200_000, 1_000), seconds=60)

    gateway.control.pay_many([debt.reference for debt in debts])

    gateway.wait_paid(*debts, seconds=30)
    gateway.assert_books_agree()
    assert len(gateway.receipts()) == 100


def test_both_gateways_book_side_by_side(gateways: dict[str, PaymentWorld]) -> None:
    worlds = list(gateways.values())
    asked = {}
    for world in worlds:
        world.clean()
        asked[world] = world.ask(*range(50_000, 60_000, 500))
    for world in worlds:
        world.control.pay_many([debt.reference for debt in asked[world]])

    for world in worlds:
        world.wait_paid(*asked[world], seconds=30)
        world.assert_books_agree()
        world.rest()


def test_money_on_a_fixed_account_pays_the_exact_invoice_then_the_oldest(
    xendit: PaymentWorld,
) -> None:
    fixed = xendit.fixed()
    first, second, third = (
        xendit.invoice_of(fixed.customer, n) for n in (90_000, 120_000, 150_000)
    )

    xendit.control.pay(fixed.reference, amount=120_000)
    xendit.wait_left({first: 90_000, second: 0, third: 150_000})
    xendit.control.pay(fixed.reference, amount=100_000)
    xendit.wait_left({first: 0, second: 0, third: 140_000})

    xendit.assert_books_agree()


def test_money_for_nobody_known_stands_on_the_suspense_account_at_once(
    gateway: PaymentWorld,
) -> None:
    gateway.control.pay_direct("8808123456789", 77_000)

    gateway.assert_books_agree()

    assert gateway.receipts() == [
        (77_000, "unidentified", "unidentified", "normal", None)
    ]

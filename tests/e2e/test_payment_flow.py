"""A customer transfers, and the right invoice is paid without anyone doing anything."""

# ruff: noqa: S608 - statements made of constants

import pytest

from .payment_world import PaymentWorld

#: What asks the gateway whether there is money.
LOOKS = ["payment.va.watch", "payment.ledger"]
RECEIPT = "(SELECT max(id) FROM connector_payment_receipt)"
ENTRY = (
    "(SELECT p.move_id FROM connector_payment_receipt r "
    f"JOIN account_payment p ON p.id = r.payment_id WHERE r.id = {RECEIPT})"
)
INVOICE = (
    "(SELECT move_id FROM connector_payment_receipt_move_rel "
    f"WHERE receipt_id = {RECEIPT})"
)
PAYOUT = "(SELECT max(id) FROM connector_payment_payout)"
#: What the judge must see, each by one change of the books.
WRONG = {
    "a rupiah more": "UPDATE connector_payment_receipt SET amount = amount + 1 "
    f"WHERE id = {RECEIPT}",
    "not there": "DELETE FROM connector_payment_receipt_move_rel; "
    f"DELETE FROM connector_payment_receipt WHERE id = {RECEIPT}",
    "not booked": f"UPDATE connector_payment_receipt SET state = 'new' "
    f"WHERE id = {RECEIPT}",
    "booked with another amount": "UPDATE account_payment SET amount = amount - 1 "
    f"WHERE move_id = {ENTRY}",
    "on another account": "UPDATE account_move_line SET account_id = (SELECT "
    "payout_account_id FROM erp_connector_backend WHERE payout_account_id IS NOT NULL "
    f"LIMIT 1) WHERE move_id = {ENTRY} AND debit > 0",
    "not balanced": "UPDATE account_move_line SET debit = debit + 1 "
    f"WHERE move_id = {ENTRY} AND debit > 0",
    "invoice open": f"UPDATE account_move SET amount_residual = 1 WHERE id = {INVOICE}",
    "invoice not paid": "UPDATE account_move SET payment_state = 'partial' "
    f"WHERE id = {INVOICE}",
    "another customer": "UPDATE account_move_line SET partner_id = 1 "
    f"WHERE move_id = {ENTRY}",
    "another number": "UPDATE connector_payment_va SET number = '1'",
    "payout in another state": "UPDATE connector_payment_payout SET state = 'failed' "
    f"WHERE id = {PAYOUT}",
    "payout nobody made": "UPDATE connector_payment_payout SET name = 'PO-X' "
    f"WHERE id = {PAYOUT}",
}


@pytest.fixture(scope="module")
def settled(gateways: dict[str, PaymentWorld]) -> PaymentWorld:
    """One payment and one payout, all in order."""
    xendit = gateways["xendit"]
    xendit.clean()
    (debt,) = xendit.ask(265_000)
    xendit.control.pay(debt.reference)
    payouts = xendit.approve(45_000)
    xendit.wait_paid(debt)
    xendit.wait_payouts("succeeded", payouts)
    xendit.assert_books_agree()
    xendit.rest()
    return xendit


@pytest.mark.parametrize("what", WRONG)
def test_the_judge_sees_what_is_wrong(settled: PaymentWorld, what: str) -> None:
    assert settled.differences() == []
    assert settled.differences(after=WRONG[what])


def test_a_closed_account_that_is_paid_pays_its_invoice_by_the_webhook_alone(
    gateway: PaymentWorld,
) -> None:
    (debt,) = gateway.ask(265_000)

    gateway.control.pay(debt.reference)
    gateway.wait_paid(debt)

    gateway.assert_books_agree()
    assert not looks(gateway), "nobody asked the gateway for it"
    assert gateway.va(debt, "state") == "paid"
    assert gateway.receipts() == [(265_000, "booked", "exact", "normal", None)]


def test_a_hundred_invoices_paid_at_once_are_all_paid(gateway: PaymentWorld) -> None:
    debts = gateway.ask(*range(100_000, 200_000, 1_000))

    gateway.control.pay_many([debt.reference for debt in debts])

    gateway.wait_paid(*debts)
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
        world.wait_paid(*asked[world])
    for world in worlds:
        world.assert_books_agree()
    for world in worlds:
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


def looks(gateway: PaymentWorld) -> int:
    """How often the gateway was asked for money since the test began."""
    query = (
        "SELECT count(*) FROM erp_connector_message "
        "WHERE backend_id = %s AND id > %s AND topic = ANY(%s)"
    )
    return gateway.sql(query, gateway.account, gateway.marks["messages"], LOOKS)[0][0]

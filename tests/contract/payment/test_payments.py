"""Money in: paid right, short, over, late, twice; told, asked for, booked there."""

from datetime import timedelta
from decimal import Decimal

import pytest

from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.providers.schema import (
    PaymentStatus,
    TransactionKind,
    VaStatus,
)
from odoo.addons.erp_connector_base.client.errors import RejectedError

from .conftest import AMOUNT


def distinct(payments):
    """By id; every telling of one must be equal in what matters."""
    found = {}
    for payment in payments:
        assert found.setdefault(payment.id, payment).amount == payment.amount
    return found


def test_a_payment_is_told_with_its_account_amount_and_time(gateway):
    va = gateway.va()
    (payment_id,) = gateway.control.pay("VA-1")
    (payment,) = gateway.told()
    row = gateway.control.payments()[payment_id]
    assert (payment.id, payment.status) == (payment_id, PaymentStatus.PAID)
    assert (payment.amount, payment.currency or "IDR") == (AMOUNT, "IDR")
    assert payment.va_reference == "VA-1"
    assert payment.va_id in (va.id, "")
    assert abs(payment.paid_at.timestamp() - row["paid_at"]) <= 1
    assert payment.doubtful == ""
    assert gateway.client().get_va(va.id, "VA-1").status is VaStatus.PAID


def test_what_a_webhook_says_without_asking_is_the_same_payment(gateway):
    gateway.va()
    gateway.control.pay("VA-1")
    (event,) = gateway.paid_events()
    (read,) = gateway.client().read_payments(event.payload)
    (confirmed,) = gateway.client().confirm_payments(event.payload)
    assert (read.id, read.amount) == (confirmed.id, confirmed.amount)
    assert event.business_key == "VA-1"


@pytest.mark.parametrize("amount", [1000, 264999, 265001, 999000])
def test_too_little_and_too_much_are_told_to_the_rupiah(gateway, amount):
    gateway.va()
    gateway.control.pay("VA-1", amount=amount, force=True)
    (payment,) = gateway.told()
    assert payment.status is PaymentStatus.PAID
    assert payment.amount == amount == gateway.received()


def test_money_that_comes_late_is_money(gateway):
    va = gateway.va()
    gateway.control.expire("VA-1")
    gateway.control.pay("VA-1", force=True)
    paid = [p for p in gateway.told() if p.status is PaymentStatus.PAID]
    assert sum(p.amount for p in distinct(paid).values()) == AMOUNT
    found = gateway.client().payments_of_va(va.id, "VA-1")
    assert sum(p.amount for p in found) == AMOUNT


def test_money_to_an_account_that_was_closed_is_money(gateway):
    va = gateway.va()
    gateway.client().close_va(va.id, "VA-1")
    gateway.control.pay("VA-1", force=True)
    paid = [p for p in gateway.told() if p.status is PaymentStatus.PAID]
    assert sum(p.amount for p in distinct(paid).values()) == AMOUNT


def test_paid_twice_is_twice_the_money(gateway):
    va = gateway.va()
    gateway.control.pay("VA-1", copies=2)
    latest = {payment.id: payment for payment in gateway.told()}
    assert sum(p.amount for p in latest.values()) == 2 * AMOUNT
    found = gateway.client().payments_of_va(va.id, "VA-1")
    assert sum(p.amount for p in found) == 2 * AMOUNT == gateway.received()


def test_a_fixed_account_is_paid_again_and_again(gateway):
    gateway.need("fixed_va")
    va = gateway.client().create_va(gateway.fixed_wish())
    ids = {gateway.control.pay("VA-1", amount=n * 1000)[0] for n in (1, 2, 3)}
    told = distinct(gateway.told())
    assert set(told) == ids
    assert {p.amount for p in told.values()} == {1000, 2000, 3000}
    found = gateway.client().payments_of_va(va.id, "VA-1")
    assert {p.id: p.amount for p in found} == {p.id: p.amount for p in told.values()}


def test_a_payment_nobody_told_of_is_found_by_its_account(gateway):
    va = gateway.va()
    (payment_id,) = gateway.control.pay("VA-1", quiet=True)
    assert gateway.told() == []
    (payment,) = gateway.client().payments_of_va(va.id, "VA-1")
    assert (payment.id, payment.amount) == (payment_id, AMOUNT)
    assert (payment.status, payment.va_reference) == (PaymentStatus.PAID, "VA-1")


def test_an_account_that_was_not_paid_has_no_payments(gateway):
    va = gateway.va()
    gateway.va("VA-10")
    gateway.control.pay("VA-10")
    assert gateway.client().payments_of_va(va.id, "VA-1") == ()


def test_a_payment_is_read_by_its_id(gateway):
    gateway.va()
    (payment_id,) = gateway.control.pay("VA-1")
    payment = gateway.client().get_payment(payment_id)
    assert (payment.id, payment.amount) == (payment_id, AMOUNT)
    assert payment.status is PaymentStatus.PAID


def test_money_that_was_taken_back_is_no_money_any_more(gateway):
    va = gateway.va()
    (payment_id,) = gateway.control.pay("VA-1")
    gateway.control.reverse(payment_id)
    (payment,) = gateway.client().payments_of_va(va.id, "VA-1")
    assert payment.id == payment_id
    assert payment.status not in (PaymentStatus.PAID, PaymentStatus.PENDING)


def test_money_for_a_number_that_nobody_knows_is_told(gateway):
    gateway.control.pay_direct("9990001112223", 77000)
    (payment,) = gateway.told()
    assert (payment.status, payment.amount) == (PaymentStatus.PAID, 77000)
    assert payment.id in gateway.control.payments()


def test_an_account_made_at_the_gateway_tells_its_own_reference(gateway):
    gateway.control.make_va("made-there", bank=gateway.row.va_bank, amount=5000)
    gateway.control.pay("made-there")
    keys = {event.business_key for event in gateway.paid_events()}
    assert keys == {"made-there"}


def test_a_foreign_currency_is_told(gateway):
    gateway.va()
    gateway.control.pay("VA-1", currency="USD")
    (payment,) = gateway.told()
    assert payment.currency == "USD"


# -- the gateway's own ledger ---------------------------------------------------------


def pages(gateway, **span):
    """All rows of the ledger, page by page; and how many pages."""
    client = gateway.client()
    since, until = gateway.now() - timedelta(**span), gateway.later(minutes=1)
    rows, cursor, count = [], "", 0
    while not count or cursor:
        page = client.list_transactions(since, until, cursor)
        rows += page.transactions
        cursor, count = page.next_cursor, count + 1
    return rows, count


def test_the_ledger_is_read_page_by_page_to_the_rupiah(gateway):
    gateway.need("ledger")
    wishes = [
        {"reference": f"M-{n}", "bank": gateway.row.va_bank, "amount": 1000 + n}
        for n in range(120)
    ]
    gateway.control.bulk(wishes)
    ids = gateway.control.pay_many([w["reference"] for w in wishes], quiet=True)
    rows, count = pages(gateway, hours=1)
    payments = [row for row in rows if row.kind is TransactionKind.PAYMENT]
    assert sorted(row.product_id for row in payments) == sorted(ids)
    assert len({row.id for row in rows}) == len(rows)
    assert sum(row.amount for row in payments) == gateway.received()
    assert count > 1


def test_fees_and_settlement_come_into_the_ledger_later(gateway):
    gateway.need("ledger")
    gateway.va()
    (payment_id,) = gateway.control.pay("VA-1")
    by_id = {row.product_id: row for row in pages(gateway, hours=1)[0]}
    assert (by_id[payment_id].settled, by_id[payment_id].fee.final) == (False, False)
    gateway.control.advance_clock(86400)
    gateway.control.settle(payment_id)
    (row,) = pages(gateway, minutes=5)[0]
    assert (row.product_id, row.settled, row.fee.final) == (payment_id, True, True)
    assert row.net == row.amount - row.fee.total
    assert row.fee.total == Decimal(4440)


def test_a_withdrawal_and_a_top_up_are_told_from_payments(gateway):
    gateway.need("ledger")
    gateway.control.withdraw(50000)
    kinds = {row.kind: row for row in pages(gateway, hours=1)[0]}
    assert kinds[TransactionKind.WITHDRAWAL].amount == 50000
    assert not kinds[TransactionKind.WITHDRAWAL].money_in
    assert kinds[TransactionKind.TOPUP].money_in


def test_a_gateway_without_ledger_says_so(gateway):
    if gateway.features.ledger:
        pytest.skip("it has one")
    with pytest.raises(RejectedError):
        gateway.client().list_transactions(gateway.now(), gateway.now())


def test_the_balance_is_that_of_the_gateway(gateway):
    assert gateway.client().balance() == gateway.control.balance()
    gateway.control.top_up(1234)
    assert gateway.client().balance() == gateway.control.balance()


def test_money_to_a_virtual_account_is_not_refunded(gateway):
    gateway.va()
    (payment_id,) = gateway.control.pay("VA-1")
    request = schema.RefundRequest("REF-1", payment_id, Decimal(1000))
    with pytest.raises(RejectedError):
        gateway.client().refund(request)
    assert gateway.received() == AMOUNT


def test_a_simulated_payment_is_paid_or_refused_in_words(gateway):
    va = gateway.client().get_va(gateway.va().id, "VA-1")
    if gateway.row.code == "midtrans":
        with pytest.raises(RejectedError, match="test payment"):
            gateway.client().simulate_payment(va, AMOUNT)
        assert gateway.received() == 0
        return
    gateway.client().simulate_payment(va, AMOUNT)
    assert gateway.received() == AMOUNT

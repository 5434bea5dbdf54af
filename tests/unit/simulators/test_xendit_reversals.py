"""Xendit: money that goes back, in the ledger alone."""

import pytest

from tests.simulators.control import ControlFailure


@pytest.fixture
def payment(xendit):
    xendit.make_va("A", amount=100000)
    [number] = xendit.pay("A")
    return number


def rows(xmerchant, **query):
    answer = xmerchant.raw("GET", "/transactions", **query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


@pytest.mark.parametrize(
    ("keeps", "fee", "balance"), [(False, "REVERSED", 0), (True, "COMPLETED", -4440)]
)
def test_a_settled_row_gives_the_money_back_with_or_without_its_fee(
    xmerchant, xendit, payment, keeps, fee, balance
):
    xendit.config(reversal_keeps_fee=keeps)
    xendit.settle()
    xendit.reverse(payment)
    [row] = rows(xmerchant, product_id=payment)
    assert (row["status"], row["cashflow"]) == ("REVERSED", "MONEY_IN")
    assert row["fee"]["status"] == fee
    assert xendit.balance() == balance


@pytest.mark.parametrize(("how", "status"), [("row", "REVERSED"), ("void", "VOIDED")])
def test_before_settlement_nothing_moves_and_it_never_settles(
    xmerchant, xendit, payment, how, status
):
    xendit.reverse(payment, how=how)
    [row] = rows(xmerchant, product_id=payment)
    assert (row["status"], row["fee"]["status"]) == (status, "CANCELED")
    assert (xendit.settle(), xendit.balance()) == ([], 0)


def test_what_is_settled_cannot_be_voided(xendit, payment):
    xendit.settle()
    with pytest.raises(ControlFailure, match="is settled"):
        xendit.reverse(payment, how="void")


def test_a_chargeback_is_a_row_of_its_own_and_the_payment_still_settles(
    xmerchant, xendit, payment
):
    xendit.config(chargeback_fee=25000)
    xendit.reverse(payment, how="chargeback")
    out, into = rows(xmerchant, product_id=payment)
    assert (out["type"], out["cashflow"]) == ("CHARGEBACK", "MONEY_OUT")
    assert (out["amount"], out["net_amount"]) == (100000, 127750)
    assert (into["type"], into["status"]) == ("PAYMENT", "SUCCESS")
    assert xendit.payments()[payment]["status"] == "reversed"
    assert xendit.settle() == [payment]
    assert xendit.balance() == 95560 - 127750


def test_a_chargeback_can_be_withdrawn_once(xmerchant, xendit, payment):
    xendit.settle()
    with pytest.raises(ControlFailure, match="not charged back"):
        xendit.act("win_chargeback", payment_id=payment)
    xendit.reverse(payment, how="chargeback")
    xendit.act("win_chargeback", payment_id=payment)
    [row] = rows(xmerchant, types="CHARGEBACK")
    assert row["status"] == "REVERSED"
    assert xendit.payments()[payment]["status"] == "paid"
    assert xendit.balance() == 95560


def test_a_refund_of_the_dashboard_is_money_out(xmerchant, xendit, payment):
    xendit.config(refund_fee=3000)
    xendit.settle()
    xendit.act("refund", payment_id=payment, amount=30000)
    [row] = rows(xmerchant, types="REFUND")
    assert row["product_id"].startswith("rfd-")
    assert (row["cashflow"], row["net_amount"]) == ("MONEY_OUT", 33330)
    assert xendit.balance() == 95560 - 33330
    with pytest.raises(ControlFailure):
        xendit.act("refund", payment_id=payment, amount=100001)


@pytest.mark.parametrize(("keeps", "fee"), [(False, 0), (True, 5550)])
def test_a_payout_that_comes_back_may_cost_its_fee(xmerchant, xendit, keeps, fee):
    xendit.config(payout_mode="manual", reversal_keeps_fee=keeps)
    xendit.top_up(1_000_000)
    number = xmerchant.payout().json()["id"]
    xendit.payout_outcome(number, "succeed")
    xendit.payout_outcome(number, "reverse")
    [row] = rows(xmerchant, product_id=number)
    assert row["status"] == "REVERSED"
    assert xendit.balance() == 1_000_000 - fee


def test_a_touched_row_is_newer_and_the_same(xmerchant, xendit, payment):
    [before] = rows(xmerchant)
    xendit.advance_clock(60)
    xendit.act("touch")
    [after] = rows(xmerchant)
    assert after.pop("updated") > before.pop("updated")
    assert after == before

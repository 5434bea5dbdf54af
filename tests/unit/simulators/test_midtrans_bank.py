"""Midtrans, the control side: payers, the dashboard, settlement, the ledger."""

import pytest
import requests

from tests.simulators.control import ControlFailure
from tests.simulators.gateway_control import MidtransControl
from tests.simulators.registry import build
from tests.simulators.server import running

from .midtrans_client import Merchant, until


def test_a_payer_pays_what_is_asked(merchant, midtrans):
    merchant.charge(customer_details={"first_name": "Budi", "last_name": "Santoso"})
    number = midtrans.vas()["A-1"]["number"]
    [payment_id] = midtrans.pay(number=number, sender="BUDI", remark="INV/1")
    payment = midtrans.payments()[payment_id]
    expected = {
        "reference": "A-1",
        "va_id": payment_id,
        "amount": 100000,
        "currency": "IDR",
        "status": "paid",
        "fee": 4000,
        "tax": 440,
        "net": 95560,
        "settled": False,
        "sender": "BUDI",
        "remark": "INV/1",
    }
    assert expected.items() <= payment.items()
    account = midtrans.vas()["A-1"]
    assert (account["status"], account["name"]) == ("paid", "Budi Santoso")


def test_banks_refuse_what_does_not_fit(merchant, midtrans):
    merchant.charge()
    with pytest.raises(ControlFailure, match="is asked"):
        midtrans.pay("A-1", amount=99999)
    with pytest.raises(ControlFailure, match="no bank knows"):
        midtrans.pay("nobody")
    midtrans.pay("A-1")
    with pytest.raises(ControlFailure, match="is settlement"):
        midtrans.pay("A-1")
    merchant.charge("A-2")
    midtrans.expire("A-2")
    with pytest.raises(ControlFailure, match="is expire"):
        midtrans.pay("A-2")
    assert len(midtrans.payments()) == 1


def test_force_pays_late_closed_and_again(merchant, midtrans):
    merchant.charge("A-1")
    merchant.charge("A-2")
    midtrans.expire("A-1")
    merchant.post("/v2/A-2/cancel")
    for order in ("A-1", "A-2"):
        midtrans.pay(order, force=True)
        assert merchant.status(order)["transaction_status"] == "settlement"
    midtrans.pay("A-1", amount=5000, force=True)
    body = merchant.status("A-1")
    assert [row["amount"] for row in body["payment_amounts"]] == [
        "100000.00",
        "5000.00",
    ]
    assert midtrans.payments()[body["transaction_id"]]["amount"] == 105000


def test_two_transfers_at_once_are_one_payment_of_both(merchant, midtrans):
    merchant.charge()
    [payment_id] = midtrans.pay("A-1", copies=2)
    assert midtrans.payments()[payment_id]["amount"] == 200000
    assert midtrans.payments()[payment_id]["deposits"] == [100000, 100000]


def test_decimals_and_foreign_money_are_kept(merchant, midtrans):
    merchant.charge()
    midtrans.pay("A-1", amount="100000.50", force=True, currency="USD")
    [payment] = midtrans.payments().values()
    assert (payment["amount"], payment["currency"]) == ("100000.50", "USD")
    assert merchant.status()["payment_amounts"][0]["amount"] == "100000.50"


def test_a_quiet_payment_tells_nobody(merchant, midtrans, hearing):
    midtrans.config(notify_pending=False)
    merchant.charge()
    midtrans.pay("A-1", quiet=True)
    midtrans.wait_pushes()
    assert hearing.bodies == []
    assert merchant.status()["transaction_status"] == "settlement"


def test_money_for_an_order_nobody_knows(merchant, midtrans, hearing):
    [payment_id] = midtrans.pay_direct("9880112345678", 75000)
    midtrans.wait_pushes()
    assert len(hearing.bodies) == 1
    body = merchant.status(payment_id)
    assert body["va_numbers"] == [{"bank": "bni", "va_number": "9880112345678"}]
    assert body["gross_amount"] == "75000.00"
    assert midtrans.vas()[body["order_id"]]["origin"] == "direct"


def test_the_dashboard_makes_accounts_that_the_merchant_did_not_ask_for(
    merchant, midtrans, hearing
):
    row = midtrans.make_va("D-1", bank="permata", amount=70000, name="Siti")
    midtrans.wait_pushes()
    assert len(hearing.bodies) == 1
    assert row["origin"] == "dashboard"
    assert merchant.status("D-1")["permata_va_number"] == row["number"]
    with pytest.raises(ControlFailure, match="exists"):
        midtrans.make_va("D-1", amount=1)
    with pytest.raises(ControlFailure, match="closed accounts only"):
        midtrans.make_va("D-2", kind="fixed")
    with pytest.raises(ControlFailure, match="bank must be"):
        midtrans.make_va("D-2", bank="nobank", amount=1)


def test_many_accounts_and_payments_in_one_call(midtrans, hearing):
    wishes = [{"reference": f"B-{n}", "amount": 1000 + n} for n in range(500)]
    rows = midtrans.bulk(wishes)
    assert len({row["number"] for row in rows}) == 500
    paid = midtrans.pay_many([wish["reference"] for wish in wishes], quiet=True)
    assert len(paid) == 500
    assert sum(p["amount"] for p in midtrans.payments().values()) == sum(
        wish["amount"] for wish in wishes
    )
    assert hearing.bodies == []


# -- the gateway's desk ---------------------------------------------------------------


def test_settled_money_goes_to_the_bank_in_one_net_amount(merchant, midtrans):
    for number in (1, 2, 3):
        merchant.charge(f"A-{number}")
    paid = midtrans.pay_many(["A-1", "A-2"])
    assert sorted(midtrans.settle()) == sorted(paid)
    [row] = midtrans.bank_transfers()
    assert (row["gross"], row["fee"], row["net"]) == (200000, 8880, 191120)
    assert sorted(row["payment_ids"]) == sorted(paid)
    assert all(payment["settled"] for payment in midtrans.payments().values())
    assert midtrans.settle() == []
    assert len(midtrans.bank_transfers()) == 1


def test_payments_can_be_settled_one_by_one_and_only_once(merchant, midtrans):
    merchant.charge("A-1")
    merchant.charge("A-2")
    first, second = midtrans.pay_many(["A-1", "A-2"])
    assert midtrans.settle(first) == [first]
    assert midtrans.settle(first) == []
    assert midtrans.settle() == [second]


def test_what_goes_back_later_is_taken_from_the_next_settlement(merchant, midtrans):
    for number in (1, 2, 3):
        merchant.charge(f"A-{number}")
    first, second = midtrans.pay_many(["A-1", "A-2"])
    midtrans.settle()
    midtrans.reverse(first)
    midtrans.act("refund", payment_id=second, amount=10000)
    midtrans.pay("A-3")
    midtrans.settle()
    row = midtrans.bank_transfers()[1]
    assert row["deducted"] == 95560 + 10000
    assert row["net"] == 95560 - row["deducted"]
    assert sorted(row["deducted_ids"]) == sorted([first, second])
    due = sum(row["net"] for row in midtrans.bank_transfers())
    assert due == (95560 - 10000) + 95560


@pytest.mark.parametrize("status", ["deny", "chargeback"])
def test_money_can_be_taken_back(merchant, midtrans, status):
    merchant.charge()
    [payment_id] = midtrans.pay("A-1")
    midtrans.config(reversal_status=status)
    assert midtrans.reverse(payment_id)["status"] == "reversed"
    assert merchant.status()["transaction_status"] == status
    with pytest.raises(ControlFailure):
        midtrans.reverse(payment_id)
    assert midtrans.settle() == []


def test_the_ledger_lists_every_move(merchant, midtrans):
    merchant.charge()
    [payment_id] = midtrans.pay("A-1")
    midtrans.settle()
    midtrans.reverse(payment_id)
    midtrans.top_up(50000)
    midtrans.withdraw(20000)
    kinds = sorted(row["kind"] for row in midtrans.transactions())
    assert kinds == [
        "opening",
        "payment",
        "reversal",
        "settlement",
        "topup",
        "withdrawal",
    ]
    assert midtrans.balance() == 100000000 + 50000 - 20000
    assert midtrans.bank_transfers()[1]["kind"] == "withdrawal"
    with pytest.raises(ControlFailure, match="the balance is"):
        midtrans.withdraw(10**12)


def test_a_reset_forgets_everything_but_the_address(merchant, midtrans, hearing):
    merchant.charge()
    midtrans.pay("A-1")
    merchant.payout()
    midtrans.reset()
    for part in ("vas", "payments", "payouts", "bank_transfers", "pushes"):
        assert midtrans.ledger(part) == []
    assert midtrans.config()["callback_url"] == hearing.url
    assert merchant.charge()["status_code"] == "201"


def test_a_seed_repeats_the_numbers():
    def numbers():
        with running(build(seed=7)) as server:
            merchant = Merchant(server.url)
            merchant.charge()
            merchant.payout()
            control = MidtransControl(server.url)
            return control.vas()["A-1"]["number"], control.payouts()[0]["id"]

    assert numbers() == numbers()


# -- the page -------------------------------------------------------------------------


def test_the_page_shows_the_accounts_and_lets_people_pay(merchant, midtrans):
    merchant.charge("A-1", customer_details={"first_name": "<script>alert(1)</script>"})
    merchant.payout()
    page = requests.get(f"{midtrans.url}/_control", timeout=60).text
    assert midtrans.vas()["A-1"]["number"] in page
    assert "<script>alert" not in page
    form = {"reference": '"A-1"', "amount": "90000", "force": "true"}
    answer = requests.post(f"{midtrans.url}/_control/pay", data=form, timeout=60)
    assert answer.url == f"{midtrans.url}/_control"
    assert [p["amount"] for p in midtrans.payments().values()] == [90000]
    [payment_id] = midtrans.payments()
    form = {"payment_id": f'"{payment_id}"'}
    requests.post(f"{midtrans.url}/_control/settle", data=form, timeout=60)
    assert midtrans.payments()[payment_id]["settled"]


def test_the_page_ends_payouts(merchant, midtrans):
    midtrans.config(payout_mode="manual")
    number = merchant.payout()
    form = {"key": f'"{number}"', "outcome": "succeed"}
    requests.post(f"{midtrans.url}/_control/payout_outcome", data=form, timeout=60)
    until(lambda: midtrans.payouts()[0]["status"] == "succeeded")


def test_a_wish_that_nobody_knows_is_refused(merchant, midtrans):
    merchant.charge()
    for verb, wish in (
        ("pay", {"reference": "A-1", "colour": "red"}),
        ("make_va", {"amount": 1, "colour": "red"}),
        ("pay_direct", {"number": "1", "amount": 1, "colour": "red"}),
    ):
        with pytest.raises(ControlFailure, match="unknown: colour"):
            midtrans.act(verb, **wish)
    assert midtrans.payments() == {}

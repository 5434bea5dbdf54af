"""Xendit: balance, transactions, fees, settlement; the page for people."""

import pytest
import requests

from tests.simulators.control import ControlFailure

PATH = "/transactions"


def rows(xmerchant, **query):
    answer = xmerchant.raw("GET", PATH, **query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


@pytest.fixture
def paid(xendit):
    xendit.bulk([{"reference": f"I{n}", "amount": 100000} for n in range(25)])
    return xendit.pay_many([f"I{n}" for n in range(25)])


def test_a_payment_waits_for_settlement_with_its_fee(xmerchant, xendit):
    xendit.make_va("A", amount=100000)
    [number] = xendit.pay("A")
    [row] = rows(xmerchant, product_id=number)
    assert (row["type"], row["cashflow"]) == ("PAYMENT", "MONEY_IN")
    assert (row["status"], row["settlement_status"]) == ("SUCCESS", "PENDING")
    assert row["fee"]["status"] == "PENDING"
    assert xmerchant.get("/balance", account_type="CASH") == {"balance": 0}


def test_settlement_completes_the_fee_and_fills_the_balance(xmerchant, xendit):
    xendit.make_va("A", amount=100000)
    [number] = xendit.pay("A")
    assert xendit.settle(number) == [number]
    assert xendit.settle() == []
    [row] = rows(xmerchant, reference_id="A")
    assert row["settlement_status"] == "SETTLED"
    assert row["fee"]["xendit_fee"] == 4000
    assert row["fee"]["value_added_tax"] == 440
    assert row["fee"]["status"] == "COMPLETED"
    assert row["net_amount"] == 95560
    assert xmerchant.get("/balance") == {"balance": 95560}
    payment = xendit.payments()[number]
    assert (payment["fee"], payment["tax"], payment["net"]) == (4000, 440, 95560)
    assert payment["settled"]


def test_a_fee_may_be_unknown_until_settlement(xmerchant, xendit):
    xendit.config(fee_known_early=False)
    xendit.make_va("A", amount=100000)
    xendit.pay("A")
    [row] = rows(xmerchant)
    assert (row["fee"]["xendit_fee"], row["net_amount"]) == (0, 100000)
    xendit.settle()
    [row] = rows(xmerchant)
    assert (row["fee"]["xendit_fee"], row["net_amount"]) == (4000, 95560)


def test_settlement_can_come_by_itself(xendit):
    xendit.config(settle_after=86400)
    xendit.make_va("A", amount=100000)
    xendit.pay("A")
    xendit.advance_clock(86401)
    assert xendit.balance() == 95560


def test_polling_by_update_finds_what_settled_late(xmerchant, xendit):
    xendit.make_va("A", amount=100000)
    xendit.pay("A")
    created = rows(xmerchant)[0]["created"]
    xendit.advance_clock(3600)
    xendit.settle()
    [row] = rows(xmerchant, **{"created[lte]": created})
    assert row["updated"] > created
    assert rows(xmerchant, **{"updated[lte]": created}) == []
    assert len(rows(xmerchant, **{"updated[gte]": row["updated"]})) == 1
    assert len(rows(xmerchant, **{"updated[lte]": row["updated"]})) == 1


def test_pages_follow_each_other_without_gap_or_repeat(xmerchant, paid):
    seen, query = [], {"limit": 10}
    while True:
        page = xmerchant.raw("GET", PATH, **query).json()
        seen += [row["product_id"] for row in page["data"]]
        if not page["has_more"]:
            break
        assert page["links"][0]["rel"] == "next"
        query["after_id"] = page["data"][-1]["id"]
        assert query["after_id"] in page["links"][0]["href"]
    assert seen == paid[::-1]
    assert page["links"] == []


def test_pages_go_back_too(xmerchant, paid):
    newest = rows(xmerchant, limit=5)
    later = rows(xmerchant, limit=2, before_id=newest[-1]["id"])
    assert [row["id"] for row in later] == [row["id"] for row in newest[2:4]]


def test_filters_combine_and_repeat(xmerchant, xendit, paid):
    xendit.top_up(5000)
    kinds = {row["type"] for row in rows(xmerchant, types=["TOPUP", "PAYMENT"])}
    assert kinds == {"TOPUP", "PAYMENT"}
    assert len(rows(xmerchant, types="TOPUP", statuses="SUCCESS")) == 1
    assert rows(xmerchant, types="TOPUP", statuses="FAILED") == []
    assert len(rows(xmerchant, amount=5000)) == 1
    number = xendit.vas()["I3"]["number"]
    [row] = rows(xmerchant, account_identifier=number)
    assert row["product_id"] == paid[3]


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"colour": "red"}, "colour"),
        ({"limit": 51}, "limit"),
        ({"limit": "many"}, "limit"),
        ({"updated[gte]": "yesterday"}, "updated[gte]"),
        ({"after_id": "txn_none"}, "after_id"),
    ],
)
def test_wrong_queries_are_refused_in_the_newer_envelope(xmerchant, query, path):
    answer = xmerchant.raw("GET", PATH, **query)
    assert answer.status_code == 400
    body = answer.json()
    assert body["error_code"] == "API_VALIDATION_ERROR"
    assert body["status_code"] == 400
    assert body["validation"]["errors"][0]["path"] == path


def test_a_reversal_takes_the_money_back_and_shows_in_the_ledger(xmerchant, xendit):
    xendit.make_va("A", amount=100000)
    [number] = xendit.pay("A")
    xendit.settle()
    xendit.advance_clock(60)
    assert xendit.reverse(number)["status"] == "reversed"
    [row] = rows(xmerchant, product_id=number)
    assert row["status"] == "REVERSED"
    assert row["updated"] > row["created"]
    assert xendit.balance() == 0
    with pytest.raises(ControlFailure, match="is reversed"):
        xendit.reverse(number)


def test_withdrawals_and_top_ups_are_the_merchants_own_money(xmerchant, xendit):
    xendit.top_up(50000)
    xendit.withdraw(20000)
    assert xmerchant.get("/balance") == {"balance": 30000}
    out, into = rows(xmerchant)
    assert (out["type"], out["cashflow"], out["net_amount"]) == (
        "WITHDRAWAL",
        "MONEY_OUT",
        20000,
    )
    assert (into["type"], into["cashflow"]) == ("TOPUP", "MONEY_IN")
    [transfer] = xendit.bank_transfers()
    assert (transfer["gross"], transfer["net"]) == (20000, 20000)
    with pytest.raises(ControlFailure, match="the balance is 30000"):
        xendit.withdraw(30001)


def test_the_balance_is_the_sum_of_the_ledger(xmerchant, xendit):
    xendit.top_up(1_000_000)
    xendit.make_va("A", amount=100000)
    xendit.pay("A")
    xendit.settle()
    for account in ("1234567890", "999999", "654321"):
        xmerchant.payout(account, account=account)
    xendit.withdraw(10000)
    xendit.advance_clock(10)
    signs = {"MONEY_IN": 1, "MONEY_OUT": -1}
    counted = [row for row in xendit.transactions() if row["status"] == "SUCCESS"]
    total = sum(signs[row["cashflow"]] * row["net_amount"] for row in counted)
    assert xendit.balance() == total


def test_other_balances_are_empty_and_unknown_ones_refused(xmerchant, xendit):
    xendit.top_up(50000)
    assert xmerchant.get("/balance", account_type="HOLDING") == {"balance": 0}
    refused = xmerchant.get("/balance", account_type="SAVINGS")
    assert refused["error_code"] == "API_VALIDATION_ERROR"


def test_an_api_error_can_be_any(xmerchant, xendit):
    xendit.fault(
        "api_error", path="/balance", code="UNAUTHORIZED_SENDER_IP", status=403, count=1
    )
    answer = xmerchant.raw("GET", "/balance")
    assert (answer.status_code, answer.json()["error_code"]) == (
        403,
        "UNAUTHORIZED_SENDER_IP",
    )


def test_reset_forgets_money_and_keeps_nothing_planned(xmerchant, xendit):
    xendit.top_up(1_000_000)
    xmerchant.payout()
    xendit.reset()
    xendit.advance_clock(10)
    assert (xendit.balance(), xendit.payouts(), xendit.transactions()) == (0, [], [])


# -- the page -------------------------------------------------------------------------


def test_the_page_shows_the_bank_and_its_buttons_work(xmerchant, xendit):
    xendit.make_va("INV-7", amount=100000, name="<Toko>")
    xendit.make_va("CUST-7", kind="fixed")
    page = f"{xmerchant.url}/_control"
    html = requests.get(page, timeout=60).text
    for text in ("INV-7", "CUST-7", "Short", "Over", "Twice", "&lt;Toko&gt;"):
        assert text in html
    short = {"reference": '"INV-7"', "amount": "99000", "force": "true"}
    assert requests.post(f"{page}/pay", short, timeout=60).status_code == 200
    assert [row["amount"] for row in xendit.payments().values()] == [99000]
    html = requests.get(page, timeout=60).text
    assert "Pay again" in html
    assert "Settle" in html


def test_the_page_ends_payouts(xmerchant, xendit):
    xendit.config(payout_mode="manual")
    xendit.top_up(1_000_000)
    number = xmerchant.payout().json()["id"]
    page = f"{xmerchant.url}/_control"
    assert "Succeed" in requests.get(page, timeout=60).text
    params = {"key": f'"{number}"', "outcome": "succeed"}
    requests.post(f"{page}/payout_outcome", params, timeout=60)
    assert xendit.payouts()[0]["status"] == "succeeded"
    assert "Reverse" in requests.get(page, timeout=60).text

"""Reads that are behind their pushes, and cursors that do not hold."""

import json
import time

import pytest

from tests.simulators.control import ControlFailure

from .test_mean_breakdowns import batch, single
from .test_orders import listed, window

LIST = "/api/v2/order/get_order_list"
DETAIL = "/api/v2/order/get_order_detail"


def status(client, sn):
    answer = client.call(DETAIL, order_sn_list=sn)
    return answer["error"] or answer["response"]["order_list"][0]["order_status"]


# -- behind -----------------------------------------------------------------------


def test_details_lag_behind_the_push(client, shop, listening):
    [sn] = shop.place(status="UNPAID")
    shop.advance_clock(10)
    shop.config(detail_lag=5)
    shop.pay(sn)
    shop.wait_pushes()
    assert json.loads(listening.bodies[-1])["data"]["status"] == "READY_TO_SHIP"
    assert status(client, sn) == "UNPAID"
    shop.advance_clock(6)
    assert status(client, sn) == "READY_TO_SHIP"


def test_an_order_younger_than_the_lag_is_not_there_yet(client, shop):
    shop.config(detail_lag=5, list_lag=5, breakdown_lag=5)
    [sn] = shop.place()
    assert status(client, sn) == "error_not_found"
    assert single(client, sn) == "order_not_found"
    assert listed(client) == []
    shop.advance_clock(6)
    assert status(client, sn) == "READY_TO_SHIP"
    assert batch(client, sn) == [sn]
    assert listed(client, time_to=int(time.time()) + 3600) == [sn]


def test_the_list_lags_with_status_and_second(client, shop):
    then = int(time.time()) - 100
    [sn] = shop.place(update_time=then)
    shop.advance_clock(10)
    shop.config(list_lag=5)
    shop.cancel(sn)
    options = {"response_optional_fields": "order_status", "time_to": then + 1}
    [row] = client.call(LIST, **window(**options))["response"]["order_list"]
    assert row["order_status"] == "READY_TO_SHIP"
    assert status(client, sn) == "CANCELLED"


def test_reads_may_go_backwards(client, shop):
    [sn] = shop.place(status="UNPAID")
    shop.advance_clock(10)
    shop.config(detail_lag=[0, 5])
    shop.pay(sn)
    assert [status(client, sn) for _ in range(4)] == [
        "READY_TO_SHIP",
        "UNPAID",
        "READY_TO_SHIP",
        "UNPAID",
    ]


def test_lines_that_were_changed_lag_too(client, shop):
    items = [{"sku": "SKU-001", "quantity": 2}]
    [sn] = shop.place(items=items, plain=True)
    shop.advance_clock(10)
    shop.config(detail_lag=5, breakdown_lag=5)
    shop.cancel_part(sn)
    [detail] = client.detail(sn, fields="item_list,total_amount")
    assert detail["item_list"][0]["active_qty"] == 2
    assert detail["total_amount"] == 2 * 68000
    assert single(client, sn)["buyer_payment_info"]["merchant_subtotal"] == 2 * 68000
    shop.advance_clock(6)
    assert single(client, sn)["buyer_payment_info"]["merchant_subtotal"] == 68000


def test_reads_of_an_order_stand_still_until_they_are_thawed(client, shop):
    sn, other = shop.place(2, status="UNPAID")
    shop.freeze(sn, reads="detail")
    shop.pay(sn, other)
    assert (status(client, sn), status(client, other)) == ("UNPAID", "READY_TO_SHIP")
    assert single(client, sn)["order_sn"] == sn
    shop.thaw()
    assert status(client, sn) == "READY_TO_SHIP"


def test_an_order_may_be_hidden(client, shop):
    sn, other = shop.place(2)
    shop.freeze(sn, hidden=True)
    assert status(client, sn) == "error_not_found"
    assert listed(client) == [other]
    assert batch(client, sn, other) == [other]
    shop.thaw(sn, reads=["list"])
    assert sorted(listed(client)) == sorted([sn, other])
    with pytest.raises(ControlFailure, match="reads are"):
        shop.freeze(sn, reads=["tea leaves"])


# -- cursors ----------------------------------------------------------------------


def pages(client, shop, change, size=3):
    """Two pages with something happening between them."""
    first = client.call(LIST, **window(page_size=size))["response"]
    change()
    cursor = first["next_cursor"]
    second = client.call(LIST, **window(page_size=size, cursor=cursor))["response"]
    sns = [[row["order_sn"] for row in page["order_list"]] for page in (first, second)]
    return (*sns, cursor)


def test_an_offset_skips_what_moves_up_meanwhile(client, shop):
    shop.config(list_cursor="offset")
    now = int(time.time())
    placed = [shop.place(update_time=now - 100 + n)[0] for n in range(6)]
    first, second, cursor = pages(client, shop, lambda: shop.cancel(placed[0]))
    assert cursor == "3"
    assert (first, second) == (placed[:3], [*placed[4:], placed[0]])


def test_an_offset_from_the_newest_repeats_what_moves_down(client, shop):
    shop.config(list_cursor="offset", list_order="newest")
    now = int(time.time())
    placed = [shop.place(update_time=now - 100 + n)[0] for n in range(6)][::-1]
    first, second, _ = pages(client, shop, lambda: shop.cancel(placed[5]))
    assert (first, second) == (placed[:3], placed[2:5])


def test_an_offset_covers_everything_when_nothing_moves(client, shop):
    shop.config(list_cursor="offset")
    placed = shop.place(7)
    first, second, _ = pages(client, shop, lambda: None, size=4)
    assert sorted(first + second) == sorted(placed)
    wrong = client.call(LIST, **window(cursor="nonsense"))
    assert wrong["error"] == "error_param"


@pytest.mark.parametrize("kind", ["seek", "offset"])
def test_a_cursor_may_expire(client, shop, kind):
    shop.config(list_cursor=kind, cursor_life=60, cursor_error="error_data")
    shop.place(5)
    first = client.call(LIST, **window(page_size=2))["response"]
    cursor = first["next_cursor"]
    good = client.call(LIST, **window(page_size=2, cursor=cursor))
    assert good["error"] == ""
    shop.advance_clock(61)
    late = client.call(LIST, **window(page_size=2, cursor=cursor))
    assert late["error"] == "error_data"

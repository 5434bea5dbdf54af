"""The platform on a bad day: late, partial, behind, of somebody else."""

import time
from functools import partial

import pytest

from .waiting import until
from .warehouse import (
    gone,
    pickings,
    reserved,
    sold,
    two_steps,
    validate,
    validate_all,
)
from .world import World

TWO = [
    {"sku": "SKU-001", "quantity": 3, "price": 50000},
    {"sku": "SKU-002", "quantity": 1, "price": 20000},
]
CHARGED = {"seller_voucher": 5000, "shopee_voucher": 3000, "shipping_fee": 9000}


def one(world: World, **wish: object) -> str:
    """One order whose changes have seconds of their own."""
    world.shop.config(unique_update_time=True)
    return world.shop.place(1, **wish)[0]


def states(world: World, order: str) -> list[str]:
    """Of its transfers, oldest first."""
    return [picking["state"] for picking in pickings(world, order)]


def is_confirmed(world: World, order: str) -> bool:
    return [sale.state for sale in world.sales([order])] == ["sale"]


# -- breakdowns -------------------------------------------------------------------


def test_a_late_breakdown_is_fetched_until_it_is_there(world: World) -> None:
    order = one(world, items=TWO, plain=True, breakdown_after_reads=3, **CHARGED)

    until(partial(is_confirmed, world, order), hope="the goods can go")
    assert reserved(world, order) == {"SKU-001": 3, "SKU-002": 1}
    for _look in range(4):
        world.wait_done(order)
        world.ask_for_charges()
    world.assert_books_agree()


@pytest.mark.parametrize("way", ["push", "poll"])
def test_a_breakdown_that_came_later_is_read_at_the_next_event(
    world: World, way: str
) -> None:
    order = one(world, items=TWO, plain=True, breakdown="never", **CHARGED)
    until(partial(is_confirmed, world, order), hope="the goods can go")

    world.shop.change(order, breakdown="", notify=False)
    if way == "push":
        world.shop.arrange(order)
    else:
        world.poll()

    world.assert_books_agree(push=True)


@pytest.mark.parametrize("rule", ["forbidden", "no_permission"])
def test_without_a_right_to_breakdowns_orders_come_in_and_the_account_stays(
    world: World, rule: str
) -> None:
    world.shop.config(breakdown=rule)
    orders = world.shop.place(3, items=TWO, plain=True)

    for order in orders:
        until(partial(is_confirmed, world, order), hope="the goods can go")
    assert world.backend("state") == "connected"


def test_one_order_that_is_refused_hurts_neither_neighbours_nor_the_account(
    world: World,
) -> None:
    good = world.shop.place(5)
    (bad,) = world.shop.place(1, detail_error="error_auth")

    world.wait_done(*good)
    until(lambda: world.messages(bad)[-1]["attempts"], hope="it was tried")
    world.make_due(key=bad)
    world.assert_books_agree(bad)
    assert world.backend("state") == "connected"


# -- cancellations ----------------------------------------------------------------


def test_what_was_picked_for_a_cancelled_order_never_leaves(world: World) -> None:
    with two_steps(world):
        order = one(world, items=TWO, plain=True)
        until(lambda: states(world, order) == ["assigned"], hope="it is reserved")
        (pick,) = pickings(world, order)
        assert validate(world, pick["id"]) == ""
        until(
            lambda: states(world, order) == ["done", "assigned"],
            hope="it is to be shipped",
        )

        world.shop.cancel(order)
        until(
            lambda: [s.state for s in world.sales([order])] == ["cancel"],
            hope="the sale is cancelled",
        )
        validate_all(world, order)

    assert gone(world, order) == {}
    outgoing = [p for p in pickings(world, order) if p["code"] == "outgoing"]
    assert {picking["state"] for picking in outgoing} <= {"cancel"}


@pytest.mark.parametrize("form", ["purchased", "lowered", "removed"])
def test_pieces_cancelled_before_picking_are_taken_from_the_order(
    world: World, form: str
) -> None:
    order = one(world, items=TWO, plain=True, partial_quantity=form)
    world.assert_books_agree()

    world.shop.cancel_part(order, pieces={"SKU-001": 1, "SKU-002": 1})

    until(lambda: sold(world, order) == {"SKU-001": 2}, hope="the sale follows")
    until(lambda: reserved(world, order) == {"SKU-001": 2}, hope="stock follows")
    until(
        lambda: [s.total for s in world.sales([order])] == [100000],
        hope="the total is the platform's",
    )


def test_an_order_that_comes_in_cut_is_made_cut(world: World) -> None:
    items = [{**TWO[0], "cancelled": 1}, {**TWO[1], "cancelled": 1}]
    order = one(world, items=items, plain=True)

    until(partial(is_confirmed, world, order), hope="it is confirmed")
    assert sold(world, order) == reserved(world, order) == {"SKU-001": 2}
    assert world.sales([order])[0].total == 100000


# -- flags ------------------------------------------------------------------------


def test_what_the_platform_ships_from_its_bookings_is_not_shipped_here(
    world: World,
) -> None:
    order = one(world, items=TWO, plain=True, advance=True)
    until(lambda: world.sales([order]), hope="it comes in")
    world.wait_done(order)

    validate_all(world, order)
    assert gone(world, order) == {}


@pytest.mark.parametrize("status", ["SHIPPED", "COMPLETED", "TO_RETURN"])
def test_an_order_that_comes_in_shipped_wants_no_delivery(
    world: World, status: str
) -> None:
    order = one(world, items=TWO, plain=True, status=status)
    until(lambda: world.sales([order]), hope="it comes in")
    world.wait_done(order)

    assert reserved(world, order) == {}


# -- reads behind pushes ----------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "verb", "state"),
    [("UNPAID", "pay", "sale"), ("READY_TO_SHIP", "cancel", "cancel")],
)
def test_a_read_behind_its_push_loses_nothing(
    world: World, before: str, verb: str, state: str
) -> None:
    order = one(world, status=before)
    world.wait_done(order)
    world.shop.freeze(order, reads="detail")

    world.shop.verb(verb, order)
    until(lambda: len(world.messages(order)) == 2, hope="the push is there")
    until(
        lambda: world.messages(order)[-1]["state"] not in ("pending", "processing"),
        hope="the old detail was read",
    )
    world.shop.thaw()

    until(
        lambda: world.make_due() or [s.state for s in world.sales([order])] == [state],
        hope=f"the sale is {state}",
    )
    world.assert_books_agree(push=True)


def test_reads_that_go_backwards_end_at_the_newest(world: World) -> None:
    world.shop.config(unique_update_time=True)
    orders = world.shop.place(10)
    world.assert_books_agree()
    time.sleep(2)
    world.shop.config(detail_lag=[0, 2])

    for verb in ("arrange", "request_cancel", "accept_cancel"):
        world.shop.verb(verb, *orders)

    world.assert_books_agree(push=True)
    assert {sale.state for sale in world.sales(orders)} == {"cancel"}


# -- pages ------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["rows move", "the cursor expires"])
def test_a_poll_loses_nobody_between_its_pages(world: World, how: str) -> None:
    world.shop.config(list_cursor="offset", cursor_life=600)
    now = int(time.time())
    placed = [
        world.shop.place(1, update_time=now - 3600 + n, notify=False)[0]
        for n in range(120)
    ]
    world.sql(
        "UPDATE erp_connector_backend SET poll_cursor = "
        "(now() AT TIME ZONE 'UTC') - interval '2 hours'"
    )
    page = world.shop.fault(
        "latency", "*/get_order_list", after=1, count=1, seconds=3600
    )
    world.poll()
    until(lambda: world.shop.hits(page), hope="the second page is asked for")
    if how == "rows move":
        world.shop.arrange(*placed[:30], notify=False)
    else:
        world.shop.advance_clock(700)
    world.shop.clear_faults()

    until(
        lambda: world.make_due() or len(world.sales(placed[30:])) == 90,
        hope="nobody is skipped",
    )
    world.poll()
    world.assert_books_agree(push=True)


# -- pushes of others -------------------------------------------------------------


def test_pushes_of_shops_that_are_not_linked_here_ask_nothing_and_never_die(
    world: World,
) -> None:
    strangers = [f"2611300FREMD{n:02d}" for n in range(5)]
    before = world.shop.calls().get("/api/v2/order/get_order_detail", 0)
    for order in strangers:
        assert world.shop.push_code(3, shop_id=999999, order_sn=order) == [200]
    theirs = world.shop.place(3, shop_id=700002)
    (own,) = world.shop.place(1)

    world.wait_done(own)
    world.make_due()
    until(
        lambda: world.states(*strangers, *theirs) <= {"done", "ignored", None},
        hope="they are through",
    )
    assert world.sales([*strangers, *theirs]) == []
    after = world.shop.calls()["/api/v2/order/get_order_detail"]
    assert after == before + 1, "of our own order"


def test_pushes_of_any_code_are_taken_and_none_of_them_dies(world: World) -> None:
    (order,) = world.shop.place(1)
    world.assert_books_agree()
    for code in (0, 1, 4, 5, 8, 12, 15, 23, 24, 25, 28, 29, 30, 47, 99):
        assert world.shop.push_code(code, order_sn=order) == [200]

    world.assert_books_agree(push=True)
    dead = "SELECT topic, error FROM erp_connector_message WHERE state = 'dead'"
    assert world.sql(dead) == []

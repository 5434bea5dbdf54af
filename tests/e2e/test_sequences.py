"""Statuses told in every wrong order: the newest one stands."""

import itertools
import random
import time

from .waiting import until
from .world import World

LIFE = ("READY_TO_SHIP", "PROCESSED", "IN_CANCEL", "CANCELLED")
SHIPPING = ("READY_TO_SHIP", "PROCESSED", "SHIPPED")


def test_every_permutation_of_an_orders_pushes_ends_at_the_newest_status(
    world: World,
) -> None:
    world.shop.config(unique_update_time=True)
    orders = list(itertools.permutations(LIFE))
    placed = world.shop.place(len(orders), notify=False, status=LIFE[0])
    for status in LIFE[1:]:
        world.shop.set_status(status, *placed, notify=False)
    ledger = world.shop.orders()
    for order_sn, permutation in zip(placed, orders, strict=True):
        times = dict(ledger[order_sn]["history"])
        for status in permutation:
            data = {"status": status, "update_time": times[status]}
            assert world.shop.push(order_sn, data=data) == [200]

    world.assert_books_agree()


def test_changes_that_race_with_their_own_import_end_at_the_newest_status(
    world: World,
) -> None:
    world.shop.config(unique_update_time=True)
    world.shop.fault("push_reorder", group=7)
    chance = random.Random(3)
    placed = world.shop.place(24)
    for _round in range(3):
        for order_sn in chance.sample(placed, len(placed)):
            world.shop.set_status(chance.choice(LIFE[:3] + SHIPPING), order_sn)
    world.shop.release_pushes()
    world.shop.wait_pushes()

    world.assert_books_agree()


def test_a_detail_read_before_a_cancellation_never_undoes_it(world: World) -> None:
    """The poll has read READY_TO_SHIP; before it stores that, a push cancels."""
    world.shop.config(unique_update_time=True)
    then = int(time.time()) - 60
    (order,) = world.shop.place(1, create_time=then, update_time=then)
    world.assert_books_agree()
    world.shop.verb("arrange", order, notify=False)  # now; a poll looks until now
    asked = world.shop.hold("*/get_order_list")
    world.poll()
    until(lambda: world.shop.hits(asked), hope="the poll asks")
    row = "SELECT 1 FROM erp_connector_backend WHERE id = %s FOR NO KEY UPDATE"
    with world.held(row, world.account):
        world.shop.clear_faults()
        until(
            lambda: world.stuck_at("erp_connector_backend", "order.poll"),
            hope="the poll stores",
        )
        world.shop.cancel(order)
        until(
            lambda: [s.state for s in world.sales([order])] == ["cancel"],
            hope="the cancellation is applied",
        )
    world.assert_books_agree()
    stale = [m for m in world.messages(order) if m["state"] == "ignored"]
    assert len(stale) == 1
    assert "Older" in stale[0]["note"]

"""kill -9 of a cron worker, wherever it may stand."""

import random

from .waiting import until
from .world import ORDER_TOPIC, World

ALL_DETAILS = "*/get_order_detail"


def test_a_worker_killed_after_its_claim_loses_nothing(world: World) -> None:
    with world.prober():
        world.shop.hold(ALL_DETAILS, count=100)
        world.shop.place(10)
        victim = until(lambda: world.working(ORDER_TOPIC), hope="a claim").pop()

        world.kill(victim)
        world.shop.clear_faults()

        world.assert_books_agree()
    assert _worker_lost(world) > 0, "it held a claim"


def test_a_worker_killed_between_its_writes_and_its_commit_loses_nothing(
    world: World,
) -> None:
    with world.prober():
        with world.held("LOCK TABLE stock_move IN EXCLUSIVE MODE"):
            world.shop.place(10)
            victim = writer(world)
            assert not world.sales(list(world.shop.orders())), "not committed yet"
            world.kill(victim)
        world.assert_books_agree()
    assert _worker_lost(world) > 0, "it held a claim"


def test_a_worker_killed_before_it_reserves_leaves_no_order_unreserved(
    world: World,
) -> None:
    with world.prober():
        with world.held("LOCK TABLE stock_move_line IN EXCLUSIVE MODE"):
            placed = world.shop.place(10)
            victim = until(
                lambda: world.stuck_at("stock_move_line", ORDER_TOPIC),
                hope="it reserves",
            ).pop()
            assert world.sales(placed), "the business write is committed"
            world.kill(victim)
        world.assert_books_agree()
    assert _worker_lost(world) > 0, "it held a claim"


def test_workers_killed_again_and_again_under_load_lose_and_double_nothing(
    world: World,
) -> None:
    chance = random.Random(7)
    with world.prober():
        world.shop.hold(ALL_DETAILS, count=100)  # the first kill surely hits work
        for _wave in range(5):
            world.shop.place(24)
            workers = until(lambda: world.working(ORDER_TOPIC), hope="a claim")
            world.kill(chance.choice(sorted(workers)))
            world.shop.clear_faults()

        world.assert_books_agree()
    assert _worker_lost(world) > 0, "a kill hit work"


def test_a_cancelled_statement_is_tried_again_at_once(world: World) -> None:
    with world.prober():
        with world.held("LOCK TABLE stock_move IN EXCLUSIVE MODE"):
            world.shop.place(5)
            writer(world)
            world.sql(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity "
                "WHERE wait_event_type = 'Lock' AND datname = current_database()"
            )
        world.assert_books_agree()


def writer(world: World) -> int:
    """The worker that makes the orders, as far as it can get."""
    return until(
        lambda: world.stuck_at("stock_move", ORDER_TOPIC), hope="it writes"
    ).pop()


def _worker_lost(world: World) -> int:
    """Messages of this test that were taken back from a lost worker."""
    (row,) = world.sql(
        "SELECT count(*) FROM erp_connector_message "
        "WHERE business_key = ANY(%s) AND history::text LIKE '%%Worker lost%%'",
        list(world.shop.orders()),
    )
    return row[0]

"""A Shopee order becomes a confirmed, reserved sale by itself."""

from .world import World


def test_25_orders_pushed_at_once_are_confirmed_and_reserved_by_themselves(
    world: World,
) -> None:
    placed = world.shop.place(25, status="READY_TO_SHIP")

    world.assert_books_agree()

    assert len(world.sales(placed)) == 25
    assert {m["state"] for m in world.messages(*placed)} == {"done"}


def test_without_any_webhook_the_poll_brings_every_page_of_orders(
    world: World,
) -> None:
    placed = world.shop.place(130, notify=False)

    world.poll()

    world.assert_books_agree()
    assert len(world.sales(placed)) == 130


def test_what_came_by_push_and_by_poll_is_one_order(world: World) -> None:
    placed = world.shop.place(20)
    world.poll()

    world.assert_books_agree()
    world.poll()
    world.assert_books_agree()

    assert len(world.sales(placed)) == 20
    assert len(world.messages(*placed)) == 20, "both tell of one fact"


def test_an_order_follows_the_platform_through_its_whole_life(world: World) -> None:
    world.shop.config(unique_update_time=True)
    placed = world.shop.place(5, status="UNPAID")
    world.wait_done(*placed)
    world.assert_books_agree()
    for verb in ("pay", "arrange", "ship", "deliver", "complete"):
        world.shop.verb(verb, *placed)
        world.assert_books_agree()


def test_a_cancellation_is_held_withdrawn_and_at_last_frees_the_stock(
    world: World,
) -> None:
    world.shop.config(unique_update_time=True)
    placed = world.shop.place(4)
    world.assert_books_agree()
    for verb in ("request_cancel", "reject_cancel", "request_cancel", "accept_cancel"):
        world.shop.verb(verb, *placed)
        world.assert_books_agree()
    assert {sale.state for sale in world.sales(placed)} == {"cancel"}

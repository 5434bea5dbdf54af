"""The same event many times: at once, and again days later."""

from .world import World

DAYS = 86400


def test_one_event_fifty_times_at_once_is_one_message_and_one_order(
    world: World,
) -> None:
    (placed,) = world.shop.place(1, notify=False)

    answers = world.shop.push(placed, copies=50)

    assert 200 in answers
    world.assert_books_agree()
    assert len(world.messages(placed)) == 1


def test_the_same_events_days_later_change_nothing(world: World) -> None:
    placed = world.shop.place(5)
    world.assert_books_agree()
    before = world.messages(*placed), world.sales(placed)

    for days in (1, 8, 60):
        world.shop.advance_clock(days * DAYS)
        for push in world.shop.pushes():
            assert set(world.shop.resend(push["push_id"], copies=10)) == {200}

    world.assert_books_agree()
    assert (world.messages(*placed), world.sales(placed)) == before


def test_duplicated_webhooks_of_many_orders_make_each_order_once(
    world: World,
) -> None:
    world.shop.fault("push_duplicate", copies=4)
    placed = world.shop.place(30)

    world.assert_books_agree()
    world.shop.wait_pushes()

    assert len(world.shop.pushes()) == 120
    assert len(world.messages(*placed)) == 30


def test_a_crowd_of_concurrent_copies_makes_one_row(world: World) -> None:
    (placed,) = world.shop.place(1, notify=False)
    before = world.count_messages()

    answers = world.shop.push(placed, copies=200)

    assert 200 in answers, "who got no answer sends it again"
    assert world.count_messages() == before + 1
    world.assert_books_agree()

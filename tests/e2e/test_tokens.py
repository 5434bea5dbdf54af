"""Tokens that expire, are revoked, or are rotated by somebody else."""

from concurrent.futures import ThreadPoolExecutor

from setup.rpc import Session

from .waiting import until
from .world import World

REFRESH = "/api/v2/auth/access_token/get"


def test_an_expired_token_is_refreshed_once_and_nobody_notices(world: World) -> None:
    before = refreshes(world)
    world.shop.expire_access()
    world.shop.place(10)

    world.assert_books_agree()

    assert refreshes(world) == before + 1
    assert world.backend("state") == "connected"


def test_many_workers_with_an_expired_token_refresh_it_exactly_once(
    world: World,
) -> None:
    """Both lanes, the poll, and people who press Test Connection."""
    before = refreshes(world)
    world.shop.fault("latency", path="*/access_token/get", seconds=1.5)
    world.shop.expire_access()
    with ThreadPoolExecutor() as people:
        pressed = [people.submit(press_test, world) for _ in range(3)]
        world.shop.place(120)
        world.poll()
    for person in pressed:
        person.result()

    world.assert_books_agree()

    assert refreshes(world) == before + 1
    assert world.backend("state") == "connected"


def test_a_refresh_whose_answer_was_lost_is_asked_again(world: World) -> None:
    world.shop.config(refresh_reuse_same_pair=True)
    world.shop.fault("cut_after", path="*/access_token/get", count=1)
    world.shop.expire_access()
    world.shop.place(5)

    world.assert_books_agree(push=True)

    assert world.backend("state") == "connected"


def test_a_revoked_shop_disconnects_tells_its_owner_and_drains_when_linked_again(
    world: World,
) -> None:
    forget_activities(world)
    world.shop.revoke()
    placed = world.shop.place(5)
    until(lambda: world.backend("state") == "disconnected", hope="it is disconnected")
    placed += world.shop.place(5)
    world.shop.wait_pushes()

    world.wait_state("pending", *placed)
    assert len(world.messages(*placed)) == 10, "webhooks still come in"
    assert not world.sales(placed)
    assert activities(world) == [("admin", 1)]
    assert world.backend("state_reason")

    world.link()

    world.assert_books_agree()
    assert len(world.sales(placed)) == 10


def test_a_pair_spent_elsewhere_disconnects_and_linking_again_cures_it(
    world: World,
) -> None:
    world.shop.tokens()
    world.shop.expire_access()
    placed = world.shop.place(3)
    until(lambda: world.backend("state") == "disconnected", hope="it is disconnected")
    world.wait_state("pending", *placed)  # nobody holds the old pair any more

    world.link()

    world.assert_books_agree()
    assert len(world.sales(placed)) == 3


def test_linking_survives_a_first_call_that_fails(world: World) -> None:
    """The code works once: what it gave is kept, whatever comes after."""
    for kind, options in (
        ("status", {"status": 503}),
        ("api_error", {"code": "error_auth", "message": "Invalid access_token."}),
    ):
        world.shop.clear_faults()
        world.shop.fault(kind, path="*/get_shop_info", count=1, **options)
        world.link()
        assert world.backend("state") == "connected"
    world.shop.place(2)
    world.assert_books_agree()


def refreshes(world: World) -> int:
    """How often the platform gave out a new pair for a refresh token."""
    return sum(t["reason"] == "refresh" for t in world.shop.ledger("tokens"))


def press_test(world: World) -> None:
    """A person presses Test Connection."""
    session = Session(world.stack.url, world.stack.db, "admin", "admin")
    session.call("erp.connector.backend", "action_test_connection", [[world.account]])


def activities(world: World) -> list[tuple]:
    """(login, number) of open activities on the account."""
    return world.sql(
        "SELECT u.login, count(*) FROM mail_activity a JOIN res_users u "
        "ON u.id = a.user_id WHERE a.res_model = 'erp.connector.backend' "
        "AND a.active AND a.summary LIKE 'Reconnect%%' GROUP BY 1"
    )


def forget_activities(world: World) -> None:
    """As if the owner had seen to all of them."""
    world.sql("DELETE FROM mail_activity WHERE res_model = 'erp.connector.backend'")

"""PostgreSQL goes away and comes back while webhooks come in."""

import os
import threading
import time

import pytest

from .waiting import until
from .world import World

OURS = not {"PGHOST", "PGPORT", "PGUSER", "PGSERVICE"} & set(os.environ)

pytestmark = pytest.mark.skipif(not OURS, reason="the server is not ours to restart")


@pytest.mark.parametrize("crash", [False, True], ids=["restart", "crash"])
def test_no_order_is_lost_when_postgresql_goes_away(world: World, crash: bool) -> None:
    world.shop.config(push_timeout=3)
    stream = threading.Thread(target=place_for_a_while, args=(world,))
    stream.start()
    until(lambda: len(world.shop.orders()) >= 20, hope="orders come in")

    world.stack.restart_postgres(crash=crash)

    stream.join()
    until(world.healthy, hope="Odoo answers again")
    with world.prober():
        until(lambda: not waiting_pushes(world), hope="webhooks are sent or lost")
        world.poll()
        world.assert_books_agree(push=True)
    assert len(world.shop.orders()) == 60


def place_for_a_while(world: World) -> None:
    """Sixty orders in some seconds, whatever happens meanwhile."""
    for _ in range(20):
        world.shop.place(3)
        time.sleep(0.2)


def waiting_pushes(world: World) -> int:
    """Webhooks that will be sent again."""
    return world.shop.ledger("pushes_waiting")

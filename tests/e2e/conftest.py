"""One running suite for the whole session; each test starts from a clean shop."""

from collections.abc import Iterator

import pytest

from setup.cluster import Server, server_for
from setup.link import link_shopee
from setup.stack import Stack

from .world import World

KIND = "e2e"


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """PostgreSQL, Odoo with two cron workers, the simulators.

    What is committed stays, also when PostgreSQL is killed: `fast` alone would lose the
    last moments.
    """
    with server_for(KIND, fast=True) as server:
        server.execute(f'ALTER ROLE "{server.user}" SET synchronous_commit = on')
        with Stack(KIND, front=True, options=by_port(server)) as running:
            yield running


def by_port(server: Server) -> dict[str, str]:
    """Odoo connects by TCP: the port tells which worker a session belongs to."""
    return {"db_host": "127.0.0.1"} if server.host.startswith("/") else {}


@pytest.fixture(scope="session")
def linked(stack: Stack) -> World:
    """The shop linked by the button, once for all tests."""
    return World(stack, link_shopee(stack))


@pytest.fixture
def world(linked: World) -> World:
    """A linked shop without orders, faults or open messages."""
    linked.clean()
    return linked

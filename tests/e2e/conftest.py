"""One running suite for the whole session; each test starts from a clean shop."""

from collections.abc import Iterator

import pytest

from setup import paths
from setup.cluster import Server, server_for
from setup.link import GATEWAYS, link_shopee
from setup.stack import Stack

from .payment_world import PaymentWorld
from .world import World

KIND = "e2e"


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """PostgreSQL, Odoo with two cron workers, the simulators.

    What is committed stays, also when PostgreSQL is killed: `fast` alone would lose the
    last moments. One run at a time: another one's databases would die with it.
    """
    with paths.lock(KIND), server_for(KIND, fast=True) as server:
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


@pytest.fixture(scope="session")
def gateways(stack: Stack) -> dict[str, PaymentWorld]:
    """Every payment gateway linked by its wizard, once for all tests."""
    return {provider: PaymentWorld(stack, provider) for provider in GATEWAYS}


@pytest.fixture(params=list(GATEWAYS))
def gateway(
    request: pytest.FixtureRequest, gateways: dict[str, PaymentWorld]
) -> Iterator[PaymentWorld]:
    """A linked gateway without money, faults or open messages: each in turn."""
    yield from cleaned(gateways[request.param])


@pytest.fixture
def xendit(gateways: dict[str, PaymentWorld]) -> Iterator[PaymentWorld]:
    """The same, Xendit alone."""
    yield from cleaned(gateways["xendit"])


@pytest.fixture
def midtrans(gateways: dict[str, PaymentWorld]) -> Iterator[PaymentWorld]:
    """The same, Midtrans alone."""
    yield from cleaned(gateways["midtrans"])


def cleaned(gateway: PaymentWorld) -> Iterator[PaymentWorld]:
    """It rests afterwards: the shop's tests share its workers."""
    gateway.clean()
    yield gateway
    gateway.rest()

"""The simulators on a free port, for clients that others have written."""

from collections.abc import Iterator

import pytest

from tests.simulators.control import ShopeeControl
from tests.simulators.registry import build
from tests.simulators.server import running

PARTNER_ID, PARTNER_KEY, SHOP_ID = 1000001, "shopee-simulator-partner-key", 700001


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with running(build(seed=11)) as server:
        yield server.url


@pytest.fixture
def shop(server: str) -> ShopeeControl:
    """Not linked yet; whoever opens an authorisation page agrees at once."""
    shop = ShopeeControl(server)
    shop.reset(all=True, seed=11)
    shop.config(auto_authorize=True)
    return shop

"""One row a marketplace provider; every test of this folder runs for every row.

A new provider adds its row to ROWS: the prefix of its simulator, the credentials the
simulator knows, what drives the simulator, and the paths that faults are aimed at.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.wrappers import Request, Response

from odoo.addons.connector_marketplace.providers import CLIENTS, PROVIDERS
from odoo.addons.connector_marketplace.providers.protocol import MarketplaceClient
from odoo.addons.erp_connector_base.client.provider import WebhookRequest
from odoo.addons.erp_connector_base.client.transport import HttpTransport

from tests.simulators.control import ShopeeControl, SimulatorControl
from tests.simulators.registry import build
from tests.simulators.server import running
from tests.simulators.webhooks import WebhookSender


@dataclass(frozen=True)
class Row:
    """What the suite has to know of one provider."""

    prefix: str
    credentials: dict[str, str]
    control: Callable[[str], SimulatorControl]
    list_path: str = "*/get_order_list"
    detail_path: str = "*/get_order_detail"
    breakdown_path: str = "*/get_escrow_detail*"
    refresh_path: str = "*/auth/access_token/get"


ROWS = {
    "shopee": Row(
        prefix="/shopee",
        credentials={
            "partner_id": "1000001",
            "partner_key": "shopee-simulator-partner-key",
            "shop_id": "700001",
        },
        control=ShopeeControl,
    ),
}


@dataclass
class Market:
    """A simulated marketplace and the suite's own client of it."""

    code: str
    row: Row
    url: str
    control: Any
    credentials: dict[str, str]
    transport: HttpTransport

    def client(self, transport: Any = None, **settings: Any) -> MarketplaceClient:
        """A client that sees every change of the credentials at once."""
        settings = {"timeout": (10, 10)} | settings
        return CLIENTS[self.code](
            self.credentials,
            self.url,
            "",
            transport or self.transport,
            lambda: datetime.now(UTC),
            settings,
        )

    def keep(self, tokens: Any) -> None:
        """Store what linking or refreshing gave."""
        self.credentials["access_token"] = tokens.access_token
        self.credentials["refresh_token"] = tokens.refresh_token

    @property
    def webhook(self) -> Any:
        return PROVIDERS[self.code].webhook


@dataclass
class Receiver:
    """Keeps every webhook as Odoo's controller would hand it to the provider."""

    url: str = ""
    requests: list[WebhookRequest] = field(default_factory=list)

    def __call__(self, environ: dict, start_response: Callable) -> Any:
        request = Request(environ)
        headers = {name.lower(): value for name, value in request.headers.items()}
        body = request.get_data()
        self.requests.append(WebhookRequest(self.url, headers, body, datetime.now(UTC)))
        return Response(b"")(environ, start_response)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Its webhooks leave one by one: tests read them in the order they happened."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WebhookSender, "WORKERS", 1)
        with running(build(seed=7)) as server:
            yield server.url


@pytest.fixture(params=ROWS)
def market(request: pytest.FixtureRequest, server: str) -> Market:
    """Not linked yet."""
    row = ROWS[request.param]
    control = row.control(server)
    control.reset(all=True, seed=7)
    credentials = dict(row.credentials)
    url = f"{server}{row.prefix}"
    return Market(request.param, row, url, control, credentials, HttpTransport())


@pytest.fixture
def linked(market: Market) -> Market:
    """With tokens."""
    pair = market.control.tokens()
    for name in ("access_token", "refresh_token"):
        market.credentials[name] = pair[name]
    return market


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    with running(receiver) as server:
        receiver.url = f"{server.url}/connector/webhook/token-1?x=1"
        yield receiver

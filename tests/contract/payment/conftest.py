"""One row a gateway (two for Xendit's generations); the shared tests run for each.

A new gateway adds its row to ROWS: what drives its simulator, the credentials and
settings that go with it, its codes of banks, the paths that faults are aimed at.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from odoo.addons.connector_payment.providers import CLIENTS, PROVIDERS, schema
from odoo.addons.connector_payment.providers.schema import (
    Payment,
    PaymentClient,
    PayoutRequest,
    VaKind,
    VaRequest,
    VirtualAccount,
)
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.client.transport import HttpTransport

from tests.simulators.gateway_control import (
    GatewayControl,
    MidtransControl,
    XenditControl,
)

AMOUNT = Decimal(265000)


@dataclass(frozen=True)
class Row:
    """What the suite has to know of one gateway."""

    code: str
    control: Callable[[str], GatewayControl]
    credentials: dict[str, str]
    token: str
    previous: str
    key: str
    va_bank: str
    payout_bank: str
    create_path: str
    get_path: str
    payout_path: str
    balance_path: str
    settings: dict[str, Any] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    #: The answer to a lost request is found by sending it again with its key.
    resends: bool = False


XENDIT = Row(
    code="xendit",
    control=XenditControl,
    credentials={
        "secret_key": "xnd_development_simulator",
        "callback_token": "xendit-simulator-callback-token",
    },
    token="callback_token",
    previous="callback_token_previous",
    key="secret_key",
    va_bank="BCA",
    payout_bank="ID_BCA",
    create_path="/v3/payment_requests",
    get_path="/v3/payment_requests/*",
    payout_path="/v2/payouts",
    balance_path="/balance",
    settings={"va_api": "v3", "country": "ID"},
    config={"payout_mode": "manual"},
)
ROWS = {
    "xendit": XENDIT,
    "xendit_legacy": replace(
        XENDIT,
        create_path="/callback_virtual_accounts",
        get_path="/callback_virtual_accounts/*",
        settings={"va_api": "legacy", "country": "ID"},
        config={"payout_mode": "manual", "default_generation": "legacy"},
        resends=True,
    ),
    "midtrans": Row(
        code="midtrans",
        control=MidtransControl,
        credentials={
            "server_key": "SB-Mid-server-simulator",
            "iris_creator_key": "IRIS-creator-simulator",
            "iris_approver_key": "IRIS-approver-simulator",
            "iris_merchant_key": "iris-merchant-simulator",
        },
        token="server_key",
        previous="server_key_previous",
        key="server_key",
        va_bank="bca",
        payout_bank="bca",
        create_path="/v2/charge",
        get_path="/v2/*/status",
        payout_path="/iris/api/v1/payouts",
        balance_path="/iris/api/v1/balance",
        config={"payout_mode": "manual", "notify_pending": False},
    ),
}


@dataclass
class Gateway:
    """A simulated account at a gateway, and the suite's own client of it."""

    row: Row
    control: Any
    credentials: dict[str, str]
    transport: HttpTransport
    receiver: Any = None

    def client(self, transport: Any = None, **settings: Any) -> PaymentClient:
        """A client on the simulator's clock."""
        return CLIENTS[self.row.code](
            self.credentials,
            self.control.url,
            transport or self.transport,
            self.now,
            {"timeout": (10, 10), **self.row.settings, **settings},
        )

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.control.ledger("now"), UTC)

    def later(self, **span: float) -> datetime:
        return (self.now() + timedelta(**span)).replace(microsecond=0)

    @property
    def webhook(self) -> Any:
        return PROVIDERS[self.row.code].webhook

    @property
    def features(self) -> schema.Features:
        return self.client().features

    def need(self, feature: str) -> None:
        """Skip what this gateway does not offer."""
        if not getattr(self.features, feature):
            pytest.skip(f"{self.row.code} does not offer {feature}")

    # -- virtual accounts ------------------------------------------------------------

    def wish(self, reference: str = "VA-1", **changes: Any) -> VaRequest:
        fields = {
            "kind": VaKind.CLOSED,
            "channel": self.row.va_bank,
            "name": "Budi Utomo",
            "amount": AMOUNT,
            "expires_at": self.later(days=2),
        }
        return VaRequest(reference, **(fields | changes))

    def fixed_wish(self, reference: str = "VA-1") -> VaRequest:
        return self.wish(reference, kind=VaKind.FIXED, amount=None, expires_at=None)

    def va(self, reference: str = "VA-1", **changes: Any) -> VirtualAccount:
        return self.client().create_va(self.wish(reference, **changes))

    def made(self, reference: str = "VA-1") -> list[dict[str, Any]]:
        """What the gateway has under a reference, a double one twice."""
        rows = self.control.ledger("vas")
        return [row for row in rows if row["reference"] == reference]

    # -- money in ----------------------------------------------------------------------

    def arrived(self) -> list[Any]:
        """Every webhook so far, when all have arrived."""
        self.control.wait_pushes()
        return list(self.receiver.requests)

    def events(self) -> list[Event]:
        """All of them, verified and read."""
        events: list[Event] = []
        for request in self.arrived():
            self.webhook.verify(request, self.credentials)
            events += self.webhook.parse(request)
        return events

    def paid_events(self) -> list[Event]:
        """Those about money in."""
        return [e for e in self.events() if e.topic == schema.PAYMENT_EVENT]

    def paid_requests(self) -> list[Any]:
        """The webhooks about money in, as they came."""
        return [
            request
            for request in self.arrived()
            if self.webhook.parse(request)[0].topic == schema.PAYMENT_EVENT
        ]

    def told(self) -> list[Payment]:
        """The payments that all webhooks tell of, confirmed."""
        client = self.client()
        payloads = [event.payload for event in self.paid_events()]
        return [one for text in payloads for one in client.confirm_payments(text)]

    def received(self) -> int:
        """What the gateway's own books say that came in."""
        return sum(int(row["amount"]) for row in self.control.payments().values())

    # -- money out ---------------------------------------------------------------------

    def payout_wish(self, reference: str = "PAY-1", **changes: Any) -> PayoutRequest:
        fields = {
            "channel": self.row.payout_bank,
            "account_number": "1234567890",
            "account_holder": "Ryan Renolds",
            "amount": Decimal(200000),
        }
        return PayoutRequest(reference, **(fields | changes))

    def pay_out(self, reference: str = "PAY-1", **changes: Any) -> schema.Payout:
        """Made, and approved where that takes a second key."""
        client = self.client()
        payout = client.create_payout(self.payout_wish(reference, **changes))
        if client.features.gateway_approval:
            client.approve_payout(payout.id)
        return payout

    def payouts_made(self, reference: str = "PAY-1") -> list[dict[str, Any]]:
        rows = self.control.payouts()
        return [row for row in rows if row["reference"] == reference]


@pytest.fixture(params=ROWS)
def gateway(request: pytest.FixtureRequest, server: str, receiver: Any) -> Gateway:
    """Fresh, with money to pay out; its webhooks go to the receiver."""
    row = ROWS[request.param]
    control = row.control(server)
    control.reset(all=True, seed=7)
    control.top_up(10_000_000)
    control.config(callback_url=receiver.url, **row.config)
    return Gateway(row, control, dict(row.credentials), HttpTransport(), receiver)


@pytest.fixture
def xendit(server: str, receiver: Any) -> Gateway:
    """Xendit alone, with the Payments API."""
    control = XENDIT.control(server)
    control.reset(all=True, seed=7)
    control.top_up(10_000_000)
    control.config(callback_url=receiver.url, **XENDIT.config)
    keys = dict(XENDIT.credentials)
    return Gateway(XENDIT, control, keys, HttpTransport(), receiver)

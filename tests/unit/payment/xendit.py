"""Golden files of Xendit, and a client whose transport answers from them."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from odoo.addons.connector_payment.providers import xendit
from odoo.addons.connector_payment.providers.schema import (
    PayoutRequest,
    VaKind,
    VaRequest,
)
from odoo.addons.erp_connector_base.client.exact_json import dump, load
from odoo.addons.erp_connector_base.client.provider import WebhookRequest
from odoo.addons.erp_connector_base.client.transport import Response

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "xendit"
NOW = datetime(2024, 4, 9, 5, 30, tzinfo=UTC)
CALLBACK = "https://erp.example/connector/webhook/abc"
HOST = "https://host"
KEY = "xnd_development_simulator"
TOKEN = "xendit-simulator-callback-token"
CREDENTIALS = {"secret_key": KEY, "callback_token": TOKEN}
REQUEST_ID = "pr-90392f42-d98a-49ef-a7f3-abce2a5123ff"
FVA_ID = "57f6fbf26b9f064272622aa6"


def body(name: str) -> bytes:
    """A golden file, byte for byte."""
    return (FIXTURES / f"{name}.json").read_bytes()


def golden(name: str, **changes: Any) -> Any:
    """A golden file, parsed as the client does, with fields changed."""
    return load(body(name)) | changes


def told(name: str, **changes: Any) -> Any:
    """A webhook with fields of its `data` changed; None takes one away."""
    webhook = golden(name)
    data = webhook["data"] | changes
    webhook["data"] = {key: value for key, value in data.items() if value is not None}
    return webhook


def ok(answer: Any, status: int = 200, **headers: str) -> Response:
    """A Response of bytes, or of anything as JSON."""
    raw = answer if isinstance(answer, bytes) else dump(answer).encode()
    return Response(status, headers, raw)


def refusal(code: str, status: int = 400, message: str = "said", **headers: str):
    """An error in Xendit's usual body; underscores of header names become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(
        status, named, dump({"error_code": code, "message": message}).encode()
    )


class Scripted:
    """A transport: answers in order, and keeps what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[Any] = []

    def send(self, request: Any) -> Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Response) else ok(answer)

    @property
    def places(self) -> list[str]:
        """What was asked, without the host."""
        return [f"{r.method} {r.url.removeprefix(HOST)}" for r in self.asked]


def client(*answers: Any, **settings: Any):
    """A client at a fixed time, and its transport."""
    transport = Scripted(*answers)
    made = xendit.make_client(CREDENTIALS, HOST, transport, lambda: NOW, settings)
    return made, transport


def legacy(*answers: Any):
    """The same with the older virtual accounts."""
    return client(*answers, va_api="legacy")


def sent(request: Any) -> Any:
    """The JSON of a request."""
    return load(request.body)


def wanted(**changes: Any) -> VaRequest:
    """A virtual account to be made."""
    fields = {
        "reference": "VA-2024-00017",
        "kind": VaKind.CLOSED,
        "channel": "BCA",
        "name": "Budi Utomo",
        "amount": Decimal(265000),
        "expires_at": datetime(2024, 4, 12, 16, 59, 59, tzinfo=UTC),
    }
    return VaRequest(**(fields | changes))


def to_pay(**changes: Any) -> PayoutRequest:
    """A payout to be made."""
    fields = {
        "reference": "PAY-2024-0001",
        "channel": "ID_BCA",
        "account_number": "1234567890",
        "account_holder": "Ryan Renolds",
        "amount": Decimal(200000),
        "description": "BILL/2024/0007",
    }
    return PayoutRequest(**(fields | changes))


def made(generation, answer, **changes):
    """The account that is made, and the request that made it."""
    gateway, transport = generation(golden(answer))
    va = gateway.create_va(wanted(**changes))
    (request,) = transport.asked
    return va, request


def webhook(raw: Any, **headers: str) -> WebhookRequest:
    """A webhook as it comes in, bytes or an object."""
    raw = raw if isinstance(raw, bytes) else dump(raw).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest(CALLBACK, named, raw, NOW)

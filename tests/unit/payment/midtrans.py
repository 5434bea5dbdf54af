"""Golden files of Midtrans, and a client whose transport answers from them."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from odoo.addons.connector_payment.providers import midtrans
from odoo.addons.connector_payment.providers.midtrans.signing import (
    sign_notification,
    sign_payout,
)
from odoo.addons.connector_payment.providers.schema import (
    PayoutRequest,
    VaKind,
    VaRequest,
)
from odoo.addons.erp_connector_base.client.exact_json import dump, load
from odoo.addons.erp_connector_base.client.provider import WebhookRequest
from odoo.addons.erp_connector_base.client.transport import Response

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "midtrans"
NOW = datetime(2024, 7, 4, 3, 53, 53, tzinfo=UTC)
CALLBACK = "https://erp.example/connector/webhook/abc"
HOST = "https://host"
ORDER = "INV-2024-00017"
TRANSACTION = "be03df7d-2f97-4c8c-a53c-8959f1b67295"
CREDENTIALS = {
    "server_key": "SB-Mid-server-simulator",
    "iris_creator_key": "IRIS-creator-simulator",
    "iris_approver_key": "IRIS-approver-simulator",
    "iris_merchant_key": "iris-merchant-simulator",
}


def body(name: str) -> bytes:
    """A golden file, byte for byte."""
    return (FIXTURES / f"{name}.json").read_bytes()


def golden(name: str, **changes: Any) -> Any:
    """A golden file, parsed as the client does, with fields changed."""
    return load(body(name)) | changes


def ok(answer: Any, status: int = 200, **headers: str) -> Response:
    """A Response of bytes, or of anything as JSON."""
    raw = answer if isinstance(answer, bytes) else dump(answer).encode()
    return Response(status, headers, raw)


class Scripted:
    """A transport: (status, answer) or answer in order; keeps what it was asked."""

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
    made = midtrans.make_client(CREDENTIALS, HOST, transport, lambda: NOW, settings)
    return made, transport


def sent(request: Any) -> Any:
    """The JSON of a request."""
    return load(request.body)


def wanted(**changes: Any) -> VaRequest:
    """A virtual account to be made."""
    fields = {
        "reference": ORDER,
        "kind": VaKind.CLOSED,
        "channel": "bca",
        "name": "Budi Utomo",
        "amount": Decimal(265000),
    }
    return VaRequest(**(fields | changes))


def to_pay(**changes: Any) -> PayoutRequest:
    """A payout to be made."""
    fields = {
        "reference": "PAY-2024-0001",
        "channel": "bca",
        "account_number": "33287352",
        "account_holder": "Ryan Renolds",
        "amount": Decimal(200000),
    }
    return PayoutRequest(**(fields | changes))


def webhook(raw: Any, **headers: str) -> WebhookRequest:
    """A notification as it comes in; an object is signed as Midtrans does."""
    if isinstance(raw, dict):
        signed = (raw["order_id"], raw["status_code"], raw["gross_amount"])
        key = CREDENTIALS["server_key"]
        raw = dump({"signature_key": sign_notification(*signed, key)} | raw).encode()
    return WebhookRequest(CALLBACK, headers, raw, NOW)


def payout_webhook(raw: bytes, key: str = "iris-merchant-simulator") -> WebhookRequest:
    """A notification of Iris as it comes in."""
    headers = {"iris-signature": sign_payout(raw, key)}
    return WebhookRequest(CALLBACK, headers, raw, NOW)

"""Golden files of Shopee, and a client whose transport answers from them."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from odoo.addons.connector_marketplace.providers import CLIENTS
from odoo.addons.erp_connector_base.client.exact_json import dump, load
from odoo.addons.erp_connector_base.client.provider import WebhookRequest
from odoo.addons.erp_connector_base.client.transport import Response

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "shopee"
NOW = datetime(2024, 4, 9, 5, 0, tzinfo=UTC)
KEY = "shopee-simulator-partner-key"
CALLBACK = "https://erp.example/connector/webhook/abc"
CREDENTIALS = {
    "partner_id": "1000001",
    "partner_key": KEY,
    "shop_id": "700001",
    "access_token": "2153584b",
}


def body(name: str) -> bytes:
    """A golden file, byte for byte."""
    return (FIXTURES / f"{name}.json").read_bytes()


def golden(name: str) -> Any:
    """A golden file, parsed as the client does."""
    return load(body(name))


def detail(**changes: Any) -> dict[str, Any]:
    """The order of get_order_detail, with fields changed."""
    return golden("get_order_detail")["response"]["order_list"][0] | changes


def breakdown(**changes: Any) -> dict[str, Any]:
    """The escrow of the same order, with fields of the bill changed."""
    escrow = golden("get_escrow_detail")["response"]
    escrow["buyer_payment_info"] |= changes
    return escrow


def push(raw: bytes, **headers: str) -> WebhookRequest:
    """A push as it comes in."""
    return WebhookRequest(CALLBACK, headers, raw, NOW)


class Scripted:
    """A transport: answers by path, in order, and keeps what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = {
            name: list(given) if isinstance(given, list) else [given]
            for name, given in answers.items()
        }
        self.asked = []

    def send(self, request):
        self.asked.append(request)
        name = request.url.rpartition("/")[2]
        if "/auth/" in request.url:
            name = request.url.split("/")[-2]
        queue = self.answers[name]
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if callable(answer):
            answer = answer(request)
        return answer if isinstance(answer, Response) else ok(answer)


def ok(answer: Any, status: int = 200, **headers: str) -> Response:
    """A Response of bytes, or of anything as JSON."""
    raw = answer if isinstance(answer, bytes) else dump(answer)
    raw = raw if isinstance(raw, bytes) else raw.encode()
    return Response(status, headers, raw)


def client(transport: Scripted, **settings: Any):
    """A client at a fixed time."""
    return CLIENTS["shopee"](
        CREDENTIALS, "https://host", "", transport, lambda: NOW, settings
    )


def refusal(code: str, message: str = "said", status: int = 200, **headers: str):
    """An error in Shopee's envelope."""
    return ok({"error": code, "message": message}, status, **headers)

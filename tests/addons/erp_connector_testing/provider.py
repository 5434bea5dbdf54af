"""The made-up provider: one key, webhooks signed with it, three calls."""

import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any

from odoo.addons.erp_connector_base.client.errors import (
    SignatureError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.provider import (
    Credential,
    Event,
    Provider,
    Webhook,
    WebhookRequest,
)
from odoo.addons.erp_connector_base.client.transport import (
    Request,
    Transport,
    check_status,
)


def sign(key: str, body: bytes) -> str:
    """The signature of a webhook's raw body."""
    return hmac.new(key.encode(), body, hashlib.sha256).hexdigest()


def verify(request: WebhookRequest, secrets: dict[str, str]) -> None:
    """Raises SignatureError; an account without a key accepts nothing."""
    key = secrets.get("api_key", "")
    given = request.headers.get("x-signature", "")
    expected = sign(key, request.body)
    if not key or not hmac.compare_digest(given.encode(), expected.encode()):
        raise SignatureError("the signature does not fit")


def parse(request: WebhookRequest) -> tuple[Event, ...]:
    """{"id", "key", "topic", "account"?, …}; the body itself becomes the payload."""
    text = request.body.decode("utf-8", "backslashreplace")
    try:
        event = json.loads(text)
        found = Event(
            topic=event["topic"],
            business_key=str(event["key"]),
            dedup_key=str(event["id"]),
            payload=text,
            account=event.get("account", ""),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise UnexpectedResponseError("not an event of the peer", text) from error
    return (found,)


PROVIDER = Provider(
    code="testing",
    name="Testing Peer",
    domain="testing",
    credentials=(
        Credential("api_key", "API Key"),
        Credential("merchant", "Merchant", secret=False, required=False),
        Credential("access_token", "Access Token", required=False, rotating=True),
    ),
    hosts={"production": "https://peer.invalid", "sandbox": "https://test.invalid"},
    webhook=Webhook(verify=verify, parse=parse),
    calls_per_second=1000.0,
)


@dataclass(frozen=True)
class PeerClient:
    """One method an endpoint of the peer."""

    transport: Transport
    base_url: str
    api_key: str
    timeout: tuple[float, float] = (2, 2)

    def transfer(self, order: dict[str, Any], key: str = "") -> dict[str, Any]:
        """POST /transfers. With `key` it may be repeated, else UncertainError."""
        headers = {"Content-Type": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        body = json.dumps(order).encode()
        return self._call("POST", "/transfers", headers, body, idempotent=bool(key))

    def transfers(self, reference: str) -> list[dict[str, Any]]:
        """GET /transfers: what arrived under `reference`."""
        params = (("reference", reference),)
        return self._call("GET", "/transfers", params=params)["transfers"]

    def item(self, key: str) -> dict[str, Any]:
        """GET /items/<key>."""
        return self._call("GET", f"/items/{key}")

    def _call(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        params: tuple[tuple[str, str], ...] = (),
        idempotent: bool = True,
    ) -> Any:
        request = Request(
            method,
            f"{self.base_url}{path}",
            params=params,
            headers={"X-Api-Key": self.api_key, **(headers or {})},
            body=body,
            timeout=self.timeout,
            idempotent=idempotent,
        )
        response = self.transport.send(request)
        check_status(response, request.place, request.idempotent)
        return response.json()

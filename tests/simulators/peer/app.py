"""The peer: takes transfers that cannot be taken back, and keeps count of them."""

import hashlib
import hmac
import json
from typing import Any, ClassVar

from werkzeug.wrappers import Request, Response

from tests.simulators import page
from tests.simulators.framework import ControlError, Simulator, json_response

TRANSFERS = "/transfers"
ITEMS = "/items/"


class PeerSimulator(Simulator):
    """POST /transfers has its effect every time, unless an Idempotency-Key repeats.

    GET /transfers?reference=… finds what arrived, GET /items/… only reads. Every call
    bears the header X-Api-Key; webhooks are signed with the same key.
    """

    defaults: ClassVar[dict[str, Any]] = {"api_key": "peer-simulator-key"}

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(seed)
        self.forget({})
        self.actions["push"] = self.do_push

    def forget(self, params: dict) -> None:
        self.transfers: list[dict[str, Any]] = []
        self.items_read: list[str] = []
        self._by_key: dict[str, dict[str, Any]] = {}

    def ledger(self) -> dict[str, Any]:
        return {
            "transfers": lambda: self.transfers,
            "items_read": lambda: self.items_read,
        }

    # -- interface ------------------------------------------------------------------

    def answer(self, request: Request) -> Response:
        given = request.headers.get("X-Api-Key", "")
        if not hmac.compare_digest(given.encode(), self.config["api_key"].encode()):
            return json_response({"error": "bad key"}, 401)
        if request.path == TRANSFERS:
            return (
                self._transfer(request)
                if request.method == "POST"
                else self._find(request.args.get("reference", ""))
            )
        if request.path.startswith(ITEMS):
            return self._item(request.path[len(ITEMS) :])
        return json_response({"error": "no such page"}, 404)

    def _transfer(self, request: Request) -> Response:
        order = json.loads(request.get_data())
        if order.get("amount", 0) < 0:
            return json_response({"error": "amount must not be negative"}, 422)
        key = request.headers.get("Idempotency-Key", "")
        if key and key in self._by_key:
            return json_response(self._by_key[key])
        transfer = {
            "id": f"T-{len(self.transfers) + 1}",
            "reference": order["reference"],
            "amount": order.get("amount", 0),
            "key": key,
        }
        self.transfers.append(transfer)
        if key:
            self._by_key[key] = transfer
        return json_response(transfer, 201)

    def _find(self, reference: str) -> Response:
        found = [t for t in self.transfers if t["reference"] == reference]
        return json_response({"transfers": found})

    def _item(self, key: str) -> Response:
        self.items_read.append(key)
        return json_response({"key": key, "stock": len(key)})

    # -- webhooks -------------------------------------------------------------------

    def sign_push(self, url: str, body: bytes, forged: str) -> dict[str, str]:
        secret = "another key" if forged else self.config["api_key"]
        headers = {"Content-Type": "application/json"}
        if forged != "missing":
            digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
            headers["X-Signature"] = digest
        return headers

    def do_push(self, params: dict) -> dict[str, Any]:
        """Send a webhook now: ``event`` is its body, ``copies`` at once, ``forged``."""
        if not self.config["callback_url"]:
            raise ControlError("set callback_url first")
        event = params.get("event", {})
        body = event if isinstance(event, str) else json.dumps(event)
        topic, key = ("text", "") if isinstance(event, str) else _names(event)
        delivery = self.pushes.new(topic, key, body.encode())
        delivery.forged = params.get("forged", "")
        return self.fire(delivery, params)

    def page(self) -> str:
        rows = "".join(
            f"<li>{t['id']}: {int(t['amount'])}</li>" for t in self.transfers[-50:]
        )
        live = page.section("Transfers", f"<ul>{rows}</ul>")
        return page.skeleton("Peer", "#475569", "", "", live)


def _names(event: dict) -> tuple[str, str]:
    return str(event.get("topic", "")), str(event.get("key", ""))

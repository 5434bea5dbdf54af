"""Drives a simulator from tests and benchmarks, over HTTP."""

import json
import time
import urllib.error
import urllib.request
from typing import Any


class ControlFailure(Exception):
    """The simulator refused; the text says why."""


class SimulatorControl:
    """What every simulator can do. ``url`` is the provider's base address."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")

    def act(self, action: str, **params: Any) -> Any:
        """POST one action; the JSON answer. ControlFailure when refused."""
        body = json.dumps(params).encode()
        headers = {"Content-Type": "application/json"}
        return self._open(
            urllib.request.Request(f"{self.url}/_control/{action}", body, headers)
        )

    def ledger(self, part: str | None = None) -> Any:
        """The whole ledger, or one part of it (orders, pushes, calls, …)."""
        query = f"?part={part}" if part else ""
        ledger = self._open(
            urllib.request.Request(f"{self.url}/_control/ledger{query}")
        )
        return ledger[part] if part else ledger

    def config(self, **settings: Any) -> dict[str, Any]:
        """Change settings; all of them are answered."""
        return self.act("config", **settings)

    def fault(self, kind: str, path: str = "*", **options: Any) -> int:
        """Switch a fault on; its number. ``count=N`` limits it to N calls."""
        return self.act("faults", kind=kind, path=path, **options)["added"][0]

    def hold(self, path: str, kind: str = "latency", count: int = 1) -> int:
        """Hold calls until ``clear_faults``, before their effect or (latency_after)
        after it; the fault's number.
        """
        return self.fault(kind, path, count=count, seconds=3600)

    def hits(self, number: int) -> int:
        """How many calls a fault has struck."""
        faults = self.ledger("faults")
        return sum(fault["hits"] for fault in faults if fault["number"] == number)

    def clear_faults(self, number: int | None = None) -> None:
        self.act("clear_faults", number=number)

    def reset(self, **options: Any) -> None:
        """Forget orders, faults, settings; with all=True the links and tokens too."""
        self.act("reset", **options)

    def advance_clock(self, seconds: float) -> float:
        """Move simulated time; the new time."""
        return self.act("advance_clock", seconds=seconds)["now"]

    def calls(self) -> dict[str, int]:
        """Number of calls by path."""
        return self.ledger("calls")

    def answered(self, method: str, path: str) -> int:
        """Number of calls that are over, whether or not somebody heard the answer."""
        return self.ledger("answered").get(f"{method} {path}", 0)

    def pushes(self) -> list[dict[str, Any]]:
        """Every webhook with its attempts."""
        return self.ledger("pushes")

    def resend(self, push_id: int, copies: int = 1) -> list[int | str]:
        """Send an old webhook again, byte for byte; the answers."""
        return self.act("resend", push_id=push_id, copies=copies)["answers"]

    def release_pushes(self) -> int:
        """Send what a reorder fault holds back; how many."""
        return self.act("release_pushes")["released"]

    def wait_pushes(self, timeout: float = 120) -> None:
        """Wait until no webhook is on its way; ControlFailure after ``timeout``."""
        deadline = time.monotonic() + timeout
        while self.ledger("pushes_waiting"):
            if time.monotonic() > deadline:
                raise ControlFailure(f"pushes still waiting after {timeout} s")
            time.sleep(0.05)

    def _open(self, request: urllib.request.Request) -> Any:
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            raise ControlFailure(error.read().decode()) from None


class ShopeeControl(SimulatorControl):
    """The Shopee simulator; ``url`` is the server's, with or without ``/shopee``."""

    def __init__(self, url: str) -> None:
        url = url.rstrip("/")
        super().__init__(url if url.endswith("/shopee") else f"{url}/shopee")

    def place(self, count: int = 1, **wish: Any) -> list[str]:
        """Place orders; their order_sn. See the README for the wishes."""
        return self.act("place", count=count, **wish)["order_sns"]

    def order(self, order_sn: str) -> dict[str, Any]:
        """One order of the ledger; KeyError when unknown."""
        return self.orders()[order_sn]

    def orders(self) -> dict[str, dict[str, Any]]:
        """Every order of the ledger by order_sn."""
        return {order["order_sn"]: order for order in self.ledger("orders")}

    def pay(self, *order_sns: str, **options: Any) -> dict[str, str]:
        return self._verb("pay", order_sns, options)

    def arrange(self, *order_sns: str, **options: Any) -> dict[str, str]:
        return self._verb("arrange", order_sns, options)

    def ship(self, *order_sns: str, **options: Any) -> dict[str, str]:
        return self._verb("ship", order_sns, options)

    def deliver(self, *order_sns: str, **options: Any) -> dict[str, str]:
        return self._verb("deliver", order_sns, options)

    def complete(self, *order_sns: str, **options: Any) -> dict[str, str]:
        return self._verb("complete", order_sns, options)

    def cancel(self, *order_sns: str, **options: Any) -> dict[str, str]:
        return self._verb("cancel", order_sns, options)

    def request_cancel(self, *order_sns: str, **options: Any) -> dict[str, str]:
        return self._verb("request_cancel", order_sns, options)

    def accept_cancel(self, *order_sns: str, **options: Any) -> dict[str, str]:
        return self._verb("accept_cancel", order_sns, options)

    def reject_cancel(self, *order_sns: str, **options: Any) -> dict[str, str]:
        return self._verb("reject_cancel", order_sns, options)

    def set_status(self, status: str, *order_sns: str, **options: Any) -> dict:
        """Force a status, whatever the state machine says."""
        return self._verb("status", order_sns, {"status": status, **options})

    def verb(self, verb: str, *order_sns: str, **options: Any) -> dict[str, str]:
        """Any other arrow: hold, release, retry_ship, return."""
        return self._verb(verb, order_sns, options)

    def change(self, *order_sns: str, **changes: Any) -> dict[str, str]:
        """Change what can be wished for; see the README."""
        return self._verb("change", order_sns, changes)

    def cancel_part(self, order_sn: str, **options: Any) -> dict[str, str]:
        """Cancel some pieces: ``pieces={sku: number}``."""
        return self._verb("cancel_part", (order_sn,), options)

    def split(self, *order_sns: str, packages: int = 2, **options: Any) -> dict:
        """Split into packages."""
        return self._verb("split", order_sns, {"packages": packages, **options})

    def move_package(self, order_sn: str, package: int, **options: Any) -> dict:
        """One package (from 1) gets a ``status`` or a ``logistics`` status."""
        return self._verb("move_package", (order_sn,), {"package": package, **options})

    def freeze(self, *order_sns: str, **options: Any) -> dict[str, str]:
        """Reads of these orders stand still (``reads``), or find none (``hidden``)."""
        return self._verb("freeze", order_sns, options)

    def thaw(self, *order_sns: str, **options: Any) -> dict[str, str]:
        """Reads of these orders, or of all, are up to date again."""
        if order_sns:
            return self._verb("thaw", order_sns, options)
        return self.act("thaw", **options)["orders"]

    def books(self, *order_sns: str) -> dict[str, dict[str, Any]]:
        """Breakdowns as the platform knows them; ``wrong``: sums that are not right."""
        return self.act("books", order_sns=list(order_sns))

    def push_code(self, code: int = 3, copies: int = 1, **options: Any) -> list:
        """A push of any code, shop and order, known here or not; the answers."""
        return self.act("push_code", code=code, copies=copies, **options)["answers"]

    def push(self, order_sn: str, copies: int = 1, **options: Any) -> list[int | str]:
        """Send a status push now, ``copies`` at the same moment; the answers."""
        return self.act("push", order_sn=order_sn, copies=copies, **options)["answers"]

    def authorize(self, **options: Any) -> dict[str, Any]:
        """The seller agrees: {code, shop_id}."""
        return self.act("authorize", **options)

    def tokens(self, **options: Any) -> dict[str, Any]:
        """A token pair at once: {access_token, refresh_token, expire_in, shop_id}."""
        return self.act("tokens", **options)

    def revoke(self, **options: Any) -> None:
        """The seller withdraws the permission."""
        self.act("revoke", **options)

    def expire_access(self, **options: Any) -> None:
        """Access tokens run out now."""
        self.act("expire_access", **options)

    def expire_refresh(self, **options: Any) -> None:
        """Refresh tokens run out now."""
        self.act("expire_refresh", **options)

    def end_authorization(self, **options: Any) -> None:
        """The period that the seller granted is over."""
        self.act("end_authorization", **options)

    def _verb(self, verb: str, order_sns: tuple, options: dict) -> dict[str, str]:
        return self.act(verb, order_sns=list(order_sns), **options)["orders"]

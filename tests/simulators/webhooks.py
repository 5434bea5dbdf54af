"""Sends webhooks as a platform does: signed, retried, with a ledger of attempts."""

import heapq
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count as counter
from typing import Any
from urllib.parse import urlsplit

from .clock import Clock
from .faults import FaultBoard

CONNECTIONS = {
    "http": http.client.HTTPConnection,
    "https": http.client.HTTPSConnection,
}
HUGE = 5 * 1024 * 1024


@dataclass
class Delivery:
    """One webhook and what became of it."""

    number: int
    topic: str
    key: str
    body: bytes
    due: float
    created: float
    forged: str = ""
    state: str = "new"  # new (by hand), waiting, held, delivered, lost, dropped
    attempts: list[dict[str, Any]] = field(default_factory=list)

    def entry(self) -> dict[str, Any]:
        """The line of the ledger."""
        return {
            "push_id": self.number,
            "topic": self.topic,
            "key": self.key,
            "state": self.state,
            "forged": self.forged,
            "created": self.created,
            "body": self.body[:2000].decode("utf-8", "replace"),
            "attempts": self.attempts,
        }


class WebhookSender:
    """A heap of deliveries and a few threads that send what is due.

    ``settings()`` returns callback_url, retry_delays, retry_scale, timeout and
    empty_body; ``sign(url, body, forged)`` returns the headers of one request.
    """

    WORKERS = 4

    def __init__(
        self, clock: Clock, faults: FaultBoard, settings: Callable, sign: Callable
    ) -> None:
        self.clock, self.faults = clock, faults
        self.settings, self.sign = settings, sign
        self.deliveries: list[Delivery] = []
        self._heap: list[tuple[float, int, Delivery]] = []
        self._held: list[Delivery] = []
        lock = threading.RLock()
        self._ready, self._idle = threading.Condition(lock), threading.Condition(lock)
        self._under_way = self._bursts = 0
        self._numbers = counter(1)
        self._started = self._closed = False

    # -- what simulators call -------------------------------------------------------

    def enqueue(self, topic: str, key: str, payload: dict) -> None:
        """Send ``payload`` soon, unless a fault says otherwise."""
        if not self.settings()["callback_url"]:
            return
        deliveries = [self.new(topic, key, _encode(payload))]
        for fault in self.faults.take(PUSH_FAULTS, topic):
            spoiler = PUSH_FAULTS[fault.kind]
            deliveries = [
                spoiled
                for delivery in deliveries
                for spoiled in spoiler(self, fault, delivery)
            ]
        self.schedule(deliveries)

    def new(self, topic: str, key: str, body: bytes) -> Delivery:
        """A delivery in the ledger, not yet on its way."""
        now = self.clock.now()
        delivery = Delivery(next(self._numbers), topic, key, body, now, now)
        self.deliveries.append(delivery)
        return delivery

    def schedule(self, deliveries: list[Delivery]) -> None:
        """Put deliveries on their way at their due time."""
        with self._ready:
            for delivery in deliveries:
                delivery.state = "waiting"
                heapq.heappush(self._heap, (delivery.due, delivery.number, delivery))
            self._start()
            self._ready.notify_all()

    def burst(self, delivery: Delivery, copies: int) -> list[int | str]:
        """Send one delivery ``copies`` times at the same moment; all the answers."""
        barrier = threading.Barrier(copies)
        answers: list[int | str] = []

        def shoot() -> None:
            barrier.wait()
            answers.append(self.attempt(delivery)["status"])

        threads = [threading.Thread(target=shoot) for _ in range(copies)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return answers

    def burst_soon(self, delivery: Delivery, copies: int) -> None:
        """The same while the caller goes on; it is on its way from now on."""
        with self._idle:
            self._bursts += 1
        threading.Thread(target=self._burst_now, args=(delivery, copies)).start()

    def _burst_now(self, delivery: Delivery, copies: int) -> None:
        try:
            self.burst(delivery, copies)
        finally:
            with self._idle:
                self._bursts -= 1
                self._idle.notify_all()

    def attempt(self, delivery: Delivery) -> dict[str, Any]:
        """Send once, now; the entry tells status (or the error) and seconds."""
        with self._counted():
            return self._attempt(delivery)

    def _attempt(self, delivery: Delivery) -> dict[str, Any]:
        settings = self.settings()
        started = time.monotonic()
        status, reason = self._post(settings, delivery)
        entry = {
            "at": self.clock.now(),
            "status": status,
            "reason": reason,
            "seconds": round(time.monotonic() - started, 4),
        }
        delivery.attempts.append(entry)
        if not reason:
            delivery.state = "delivered"
        return entry

    def release(self) -> int:
        """Send what a reorder fault holds back, one by one, last first; how many."""
        with self._ready:
            held, self._held = self._held, []
        threading.Thread(target=self._send_reversed, args=(held,)).start()
        return len(held)

    def _send_reversed(self, held: list[Delivery]) -> None:
        for delivery in reversed(held):
            self._send(delivery)

    def hold(self, delivery: Delivery, until: int) -> None:
        """Keep a delivery back until ``until`` of them are together."""
        delivery.state = "held"
        self._held.append(delivery)
        if len(self._held) >= until:
            self.release()

    def clear(self) -> None:
        """Forget everything that is on its way or in the ledger."""
        with self._ready:
            for delivery in self.deliveries:
                delivery.state = "dropped"
            self._heap.clear()
            self._held.clear()
            self.deliveries.clear()

    def wait_idle(self, timeout: float = 60) -> None:
        """Until no request is under way: nothing arrives after what was cleared."""
        with self._idle:
            self._idle.wait_for(lambda: not self._under_way + self._bursts, timeout)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        with self._idle:
            self._under_way += 1
        try:
            yield
        finally:
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()

    def wake(self) -> None:
        """Look at the clock again: it was moved."""
        with self._ready:
            self._ready.notify_all()

    def waiting(self) -> int:
        """How many deliveries are on their way or held."""
        waiting = sum(d.state in ("waiting", "held") for d in self.deliveries)
        return waiting + self._bursts

    # -- threads --------------------------------------------------------------------

    def _start(self) -> None:
        if self._started:
            return
        self._started = True
        for _ in range(self.WORKERS):
            threading.Thread(target=self._work, daemon=True).start()

    def close(self) -> None:
        """Send nothing any more; the threads end."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()

    def _work(self) -> None:
        while (delivery := self._next()) is not None:
            self._send(delivery)

    def _send(self, delivery: Delivery) -> None:
        with self._counted():  # first: it may be cleared at any moment
            if delivery.state != "dropped" and self.attempt(delivery)["reason"]:
                with self._ready:
                    self._retry(delivery)

    def _next(self) -> Delivery | None:
        with self._ready:
            while not self._closed:
                wait = self._heap[0][0] - self.clock.now() if self._heap else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._heap)[2]
                self._ready.wait(wait)
        return None

    def _retry(self, delivery: Delivery) -> None:
        if delivery.state == "dropped":
            return
        settings = self.settings()
        delays = settings["retry_delays"]
        if len(delivery.attempts) > len(delays):
            delivery.state = "lost"
            return
        delay = delays[len(delivery.attempts) - 1] * settings["retry_scale"]
        delivery.due = self.clock.now() + delay
        self.schedule([delivery])

    def _post(self, settings: dict, delivery: Delivery) -> tuple[int | str, str]:
        url = settings["callback_url"]
        headers = self.sign(url, delivery.body, delivery.forged)
        try:
            status, body = post(url, delivery.body, headers, settings["timeout"])
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__, f"no answer: {error}"
        if not 200 <= status < 300:
            return status, f"answered {status}"
        if body and settings["empty_body"]:
            return status, "the answer has a body"
        return status, ""


def post(url: str, body: bytes, headers: dict, timeout: float) -> tuple[int, bytes]:
    """POST JSON bytes; status and body. OSError or HTTPException without an answer."""
    parts = urlsplit(url)
    connection = CONNECTIONS[parts.scheme](parts.netloc, timeout=timeout)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(
            "POST", target, body, {"Content-Type": "application/json", **headers}
        )
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def _encode(payload: dict) -> bytes:
    return json.dumps(payload, separators=(",", ":")).encode()


# -- faults: each one turns a delivery into the deliveries that really leave --------


def _drop(sender: WebhookSender, fault: Any, delivery: Delivery) -> list[Delivery]:
    delivery.state = "dropped" if fault.options.get("silent") else "lost"
    return []


def _duplicate(sender: WebhookSender, fault: Any, delivery: Delivery) -> list[Delivery]:
    copies = int(fault.options.get("copies", 2))
    if fault.options.get("concurrent"):
        sender.burst_soon(delivery, copies)
        return []
    extra = [
        sender.new(delivery.topic, delivery.key, delivery.body)
        for _ in range(copies - 1)
    ]
    return [delivery, *extra]


def _reorder(sender: WebhookSender, fault: Any, delivery: Delivery) -> list[Delivery]:
    sender.hold(delivery, _group(fault))
    return []


def _group(fault: Any) -> int:
    """How many to collect: ``group``, else all that the fault's count catches."""
    caught = fault.hits + fault.count if fault.count is not None else 2
    return int(fault.options.get("group", caught))


def _delay(sender: WebhookSender, fault: Any, delivery: Delivery) -> list[Delivery]:
    delivery.due += float(fault.options.get("seconds", 5))
    return [delivery]


def _forge(sender: WebhookSender, fault: Any, delivery: Delivery) -> list[Delivery]:
    delivery.forged = fault.options.get("how", "wrong_key")
    return [delivery]


def _body(sender: WebhookSender, fault: Any, delivery: Delivery) -> list[Delivery]:
    delivery.body = BODIES[fault.options.get("how", "invalid_json")](delivery.body)
    return [delivery]


PUSH_FAULTS: dict[str, Callable] = {
    "push_drop": _drop,
    "push_duplicate": _duplicate,
    "push_reorder": _reorder,
    "push_delay": _delay,
    "push_forge": _forge,
    "push_body": _body,
}

BODIES: dict[str, Callable[[bytes], bytes]] = {
    "invalid_json": lambda body: body[: len(body) // 2],
    "empty": lambda body: b"",
    "empty_object": lambda body: b"{}",
    "nul": lambda body: body.replace(b'"data":{', b'"data":{"note":"a\\u0000b",', 1),
    "raw_nul": lambda body: body + b"\x00",
    "emoji": lambda body: body.replace(
        b'"data":{', '"data":{"note":"🧧🛵",'.encode(), 1
    ),
    "not_utf8": lambda body: b'{"code":3,"data":"\xff\xfe"}',
    "huge": lambda body: body.replace(
        b'"data":{', b'"data":{"note":"' + b"x" * HUGE + b'",', 1
    ),
}

"""Sends notifications as Midtrans does: how often again depends on the answer."""

import http.client
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from tests.simulators.webhooks import (
    CONNECTIONS,
    PUSH_FAULTS,
    Delivery,
    WebhookSender,
)

#: Retries by the merchant's answer; no answer and anything else: FAILURES.
RETRIES = {500: 1, 503: 4, 400: 2, 404: 2}
FAILURES = 5
FOLLOWED = (307, 308)
MAX_REDIRECTS = 5


class NotificationSender(WebhookSender):
    """``dress(delivery, url)`` gives the headers and the body of one attempt.

    A delivery may have an address of its own instead of ``callback_url``.
    """

    def __init__(self, *given: Any, dress: Callable, jitter: Callable) -> None:
        super().__init__(*given)
        self.dress, self.jitter = dress, jitter
        self.addresses: dict[int, str] = {}

    def send(self, topic: str, key: str, body: bytes, urls: Sequence[str]) -> None:
        """Send ``body`` to every address soon, unless a fault says otherwise."""
        for url in urls:
            deliveries = [self._addressed(self.new(topic, key, body), url)]
            for fault in self.faults.take(PUSH_FAULTS, topic):
                spoiler = PUSH_FAULTS[fault.kind]
                deliveries = [
                    self._addressed(spoiled, url)
                    for delivery in deliveries
                    for spoiled in spoiler(self, fault, delivery)
                ]
            self.schedule(deliveries)

    def _addressed(self, delivery: Delivery, url: str) -> Delivery:
        self.addresses[delivery.number] = url
        return delivery

    def clear(self) -> None:
        super().clear()
        self.addresses.clear()

    def _retry(self, delivery: Delivery) -> None:
        if delivery.state == "dropped":
            return
        settings = self.settings()
        delays = settings["retry_delays"]
        done = len(delivery.attempts) - 1
        if done >= min(retries_after(delivery.attempts[-1]["status"]), len(delays)):
            delivery.state = "lost"
            return
        delay = delays[done] * settings["retry_scale"] * self.jitter()
        delivery.due = self.clock.now() + delay
        self.schedule([delivery])

    def _post(self, settings: dict, delivery: Delivery) -> tuple[int | str, str]:
        url = self.addresses.get(delivery.number) or settings["callback_url"]
        headers, body = self.dress(delivery, url)
        try:
            status, answer = follow(url, body, headers, settings["timeout"])
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__, f"no answer: {error}"
        if not 200 <= status < 300:
            return status, f"answered {status}"
        if answer and settings["empty_body"]:
            return status, "the answer has a body"
        return status, ""


def retries_after(status: int | str) -> int:
    """How many retries there are at most after this answer, or after none."""
    if isinstance(status, int) and 300 <= status < 400 and status not in FOLLOWED:
        return 0
    return RETRIES.get(status, FAILURES)


def follow(url: str, body: bytes, headers: dict, timeout: float) -> tuple[int, bytes]:
    """POST; 307 and 308 are followed with the same body, five times at most."""
    for _ in range(MAX_REDIRECTS + 1):
        status, answer, place = _post_once(url, body, headers, timeout)
        if status not in FOLLOWED or not place:
            break
        url = urljoin(url, place)
    return status, answer


def _post_once(
    url: str, body: bytes, headers: dict, timeout: float
) -> tuple[int, bytes, str]:
    parts = urlsplit(url)
    connection = CONNECTIONS[parts.scheme](parts.netloc, timeout=timeout)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request("POST", target, body, headers)
        response = connection.getresponse()
        return response.status, response.read(), response.getheader("Location", "")
    finally:
        connection.close()

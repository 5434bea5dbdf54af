"""The made-up provider's account, and how to send its webhooks fast."""

import hashlib
import hmac
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

from setup.stack import Stack

ACCOUNT = "erp.connector.backend"
NOOP = "testing.noop"
KEY = "benchmark"
TIMEOUT = 20
TRIES = 10


class Peer:
    """A connected account of the made-up provider."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        values = {
            "name": "Peer",
            "provider": "testing",
            "environment": "simulator",
            "base_url": stack.url,
        }
        self.account = stack.rpc(ACCOUNT, "create", [[values]])
        where = [["backend_id", "in", self.account], ["code", "=", "api_key"]]
        keys = stack.rpc("erp.connector.credential", "search", [where])
        stack.rpc("erp.connector.credential", "write", [keys, {"value": KEY}])
        stack.rpc(ACCOUNT, "action_connect", [self.account])
        fields = {"fields": ["webhook_url"]}
        (record,) = stack.rpc(ACCOUNT, "read", [self.account], fields)
        self.path = urlsplit(record["webhook_url"]).path

    def event(self, number: str) -> bytes:
        """The body of a webhook that nothing follows from."""
        pad = "x" * 300
        event = {"id": number, "key": f"K{number}", "topic": NOOP, "data": pad}
        return json.dumps(event).encode()

    def request(self, body: bytes, path: str = "") -> bytes:
        """A signed POST to the webhook, or to another path, ready to be sent."""
        signature = hmac.new(KEY.encode(), body, hashlib.sha256).hexdigest()
        head = (
            f"POST {path or self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.stack.port}"
            f"\r\nContent-Type: application/json\r\nX-Signature: {signature}"
            f"\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        return head.encode() + body

    def send(self, request: bytes) -> int:
        """The status of one answer."""
        address = ("127.0.0.1", self.stack.port)
        with socket.create_connection(address, timeout=TIMEOUT) as connection:
            connection.sendall(request)
            answer = b""
            while part := connection.recv(4096):
                answer += part
        if not answer:
            raise ConnectionError("closed without an answer")
        return int(answer.split(b" ", 2)[1])

    def insist(self, request: bytes) -> int:
        """Send until somebody answers: the server's queue is shorter than a crowd."""
        for _try in range(TRIES):
            try:
                return self.send(request)
            except OSError:
                time.sleep(1)
        return 0


@dataclass
class Shots:
    """What a volley came to: seconds in all, and of each request, in order."""

    seconds: float
    latencies: list[float]
    statuses: list[int]

    @property
    def accepted(self) -> int:
        """How many were answered 200."""
        return self.statuses.count(200)


def volley(peer: Peer, requests: list[bytes], threads: int) -> Shots:
    """Send all requests, `threads` at a time, each until it is answered."""

    def shoot(request: bytes) -> tuple[float, int]:
        begun = time.perf_counter()
        status = peer.insist(request)
        return time.perf_counter() - begun, status

    begun = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        results = list(pool.map(shoot, requests))
    seconds = time.perf_counter() - begun
    return Shots(seconds, [s for s, _ in results], [status for _, status in results])


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of all values lie."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]

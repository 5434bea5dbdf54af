"""Fault switches: what goes wrong, where, and how many times."""

import fnmatch
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from itertools import count as counter
from typing import Any

from werkzeug.wrappers import Response

from .server import ConnectionCut

HTML_ERROR = "<html><head><title>{0}</title></head><body><h1>{0}</h1></body></html>"


@dataclass
class Fault:
    """One switch. ``count`` None means until cleared; ``after`` lets some through."""

    number: int
    kind: str
    path: str = "*"
    count: int | None = None
    after: int = 0
    hits: int = 0
    options: dict[str, Any] = field(default_factory=dict)

    def matches(self, subject: str) -> bool:
        return self.count != 0 and fnmatch.fnmatchcase(subject, self.path)

    def strike(self) -> bool:
        """Count one match; True when the fault bites this time."""
        if self.after:
            self.after -= 1
            return False
        if self.count is not None:
            self.count -= 1
        self.hits += 1
        return True


class FaultBoard:
    """The switches of one simulator."""

    def __init__(self, kinds: Iterable[str]) -> None:
        self.kinds = frozenset(kinds)
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._numbers = counter(1)

    def add(
        self,
        kind: str,
        path: str = "*",
        count: int | None = None,
        after: int = 0,
        **options: Any,
    ) -> int:
        """Switch a fault on and return its number; ValueError for an unknown kind."""
        if kind not in self.kinds:
            known = ", ".join(sorted(self.kinds))
            raise ValueError(f"unknown fault {kind!r}; known: {known}")
        with self._lock:
            fault = Fault(
                next(self._numbers), kind, path, count, after, options=options
            )
            self._faults.append(fault)
        return fault.number

    def clear(self, number: int | None = None, drop: bool = False) -> None:
        """Switch one fault off, or all.

        A call that one of them holds goes on at once; with ``drop`` it never arrives.
        """
        with self._lock:
            gone = [f for f in self._faults if number in (None, f.number)]
            self._faults = [f for f in self._faults if f not in gone]
            for fault in gone:
                fault.options["over"] = "drop" if drop else "go on"

    def take(self, kinds: Iterable[str], subject: str) -> list[Fault]:
        """The faults that bite this subject now; each is counted."""
        if not self._faults:
            return []
        with self._lock:
            return [
                fault
                for fault in self._faults
                if fault.kind in kinds and fault.matches(subject) and fault.strike()
            ]

    def listing(self) -> list[dict[str, Any]]:
        """Every switch with what is left of its count."""
        return [asdict(fault) for fault in self._faults]


# -- faults of the interface: each one is given the call that it spoils -------------

Proceed = Callable[[], Response]


def hold(options: dict) -> str:
    """Let ``seconds`` pass, or what is left of them when the fault is cleared."""
    deadline = time.monotonic() + float(options.get("seconds", 1))
    while not options.get("over") and (left := deadline - time.monotonic()) > 0:
        time.sleep(min(left, 0.02))
    return options.get("over", "")


def _latency(options: dict, proceed: Proceed) -> Response:
    if hold(options) == "drop":
        raise ConnectionCut
    return proceed()


def _latency_after(options: dict, proceed: Proceed) -> Response:
    response = proceed()
    hold(options)
    return response


def _status(options: dict, proceed: Proceed) -> Response:
    code = int(options.get("status", 503))
    response = Response(HTML_ERROR.format(code), code, mimetype="text/html")
    return _retry_after(response, options)


def _too_many(options: dict, proceed: Proceed) -> Response:
    response = Response("Too Many Requests", 429, mimetype="text/plain")
    return _retry_after(response, options)


def _status_after(options: dict, proceed: Proceed) -> Response:
    proceed()
    return _status(options, proceed)


def _cut_before(options: dict, proceed: Proceed) -> Response:
    raise ConnectionCut(bool(options.get("reset")))


def _cut_after(options: dict, proceed: Proceed) -> Response:
    proceed()
    raise ConnectionCut(bool(options.get("reset")))


def _html(options: dict, proceed: Proceed) -> Response:
    text = HTML_ERROR.format("We are upgrading")
    return Response(text, int(options.get("status", 200)), mimetype="text/html")


def _invalid_json(options: dict, proceed: Proceed) -> Response:
    response = proceed()
    data = response.get_data()
    response.set_data(data[: len(data) * 2 // 3])
    return response


def _empty(options: dict, proceed: Proceed) -> Response:
    return Response(b"", 200, mimetype="application/json")


def _retry_after(response: Response, options: dict) -> Response:
    if options.get("retry_after") is not None:
        response.headers["Retry-After"] = str(options["retry_after"])
    return response


API_FAULTS: dict[str, Callable[[dict, Proceed], Response]] = {
    "latency": _latency,
    "latency_after": _latency_after,
    "status": _status,
    "status_after": _status_after,
    "too_many": _too_many,
    "cut_before": _cut_before,
    "cut_after": _cut_after,
    "html": _html,
    "invalid_json": _invalid_json,
    "empty": _empty,
}


def spoil(
    faults: list[Fault], table: dict[str, Callable], proceed: Proceed
) -> Response:
    """Answer a call through all the faults that bite it."""
    for fault in reversed(faults):
        proceed = _wrapped(table[fault.kind], fault.options, proceed)
    return proceed()


def _wrapped(spoiler: Callable, options: dict, proceed: Proceed) -> Proceed:
    return lambda: spoiler(options, proceed)

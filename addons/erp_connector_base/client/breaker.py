"""Leave an account in peace whose platform does not answer: one call at a time asks."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from .errors import ConnectorError, PausedError
from .transport import Request, Response, Transport

#: Calls in a row without an answer after which the account is paused.
AFTER = 3
FIRST_PAUSE = 5.0  # seconds
LONGEST_PAUSE = 60.0
PROMPT = 60.0  # seconds for which an answer is proof that the account is served


def pause(failures: int) -> float:
    """Seconds until the next call after so many in a row without an answer.

    >>> pause(2), pause(3), pause(4), pause(99)
    (0.0, 5.0, 10.0, 60.0)
    """
    if failures < AFTER:
        return 0.0
    return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(failures - AFTER, 10))


@dataclass(frozen=True)
class Known:
    """Calls in a row without an answer, and answers ever."""

    failures: int
    answers: int


class Breaker:
    """What this process knows of one account; shared by its threads.

    `failures`: calls in a row without an answer; those that travelled at the same time
    count as one. `watched`: the account is known to be in trouble, or a person asks,
    so that also an answer is news. `clock` gives seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._next = 0.0
        self._last = float("-inf")
        self._trying = False
        self._answered_at = float("-inf")
        self.failures = 0
        self.answers = 0
        self.reason = ""
        self.watched = False

    def known(self) -> "Known":
        """What is known now, to be compared with later."""
        with self._lock:
            return Known(self.failures, self.answers)

    def begin(self, place: str) -> float:
        """When the call begins. Raises PausedError while nobody may ask, or somebody
        else asks whether the other side is back.
        """
        with self._lock:
            now = self._clock()
            if self.failures >= AFTER:
                if self._trying or now < self._next:
                    raise PausedError(
                        f"{place}: not called, there was no answer {self.failures} "
                        "times in a row",
                        retry_after=max(self._next - now, 1.0),
                    )
                self._trying = True
            return now

    def silent(self, begun: float, reason: str) -> None:
        """The call that began at `begun` got no answer."""
        with self._lock:
            self._trying = False
            self.reason = reason
            if begun >= self._last:
                self.failures += 1
            self._last = self._clock()
            self._next = self._last + pause(self.failures)

    def answered(self) -> None:
        """The other side is there, whatever it said."""
        with self._lock:
            self.failures = 0
            self.answers += 1
            self._answered_at = self._clock()
            self._trying = False

    def is_prompt(self) -> bool:
        """Whether the last call was answered, and not long ago."""
        with self._lock:
            return not self.failures and self._clock() - self._answered_at < PROMPT

    def let_go(self) -> None:
        """The call was never made."""
        with self._lock:
            self._trying = False

    def allow(self) -> None:
        """Whoever comes next may ask, and need not wait."""
        with self._lock:
            self._next = 0.0
            self.watched = True


@dataclass(frozen=True)
class GuardedTransport:
    """Sends through `inner` as long as `breaker` lets it."""

    inner: Transport
    breaker: Breaker

    def send(self, request: Request) -> Response:
        """As `inner`; PausedError without a call while the account is paused."""
        begun = self.breaker.begin(request.place)
        try:
            response = self.inner.send(request)
        except ConnectorError as error:
            if error.unanswered:
                self.breaker.silent(begun, str(error))
            else:
                self.breaker.let_go()
            raise
        except BaseException:
            self.breaker.let_go()
            raise
        self.breaker.answered()
        return response

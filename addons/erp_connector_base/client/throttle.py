"""Keep to a platform's calls per second, across all threads of this process."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from .errors import TransientError
from .transport import Request, Response, Transport


class Throttle:
    """Token buckets by key, as virtual scheduling: one number a key, no thread.

    `clock` gives seconds that never go back, `sleep` waits that many.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._lock = Lock()
        self._next: dict[str, float] = {}  # when the bucket would be full again

    def wait(
        self, key: str, per_second: float, burst: int = 1, longest: float = 30.0
    ) -> float:
        """Sleep until `key` may make its call; gives the seconds slept.

        Up to `burst` calls may come at once; `per_second` 0 means no limit. Raises
        TransientError, and takes no turn, when the wait would exceed `longest` seconds.
        """
        if per_second <= 0:
            return 0.0
        delay = self._reserve(key, 1 / per_second, max(burst, 1), longest)
        if delay > 1e-6:  # less is rounding
            self._sleep(delay)
        return delay

    def pause(self, key: str, seconds: float) -> None:
        """Let `key` make no call for so many seconds: the platform asked for it."""
        with self._lock:
            until = self._clock() + seconds
            self._next[key] = max(self._next.get(key, until), until)

    def _reserve(self, key: str, step: float, burst: int, longest: float) -> float:
        with self._lock:
            now = self._clock()
            full = max(self._next.get(key, now), now)
            delay = max(0.0, full - now - (burst - 1) * step)
            if delay > longest:
                message = f"{key}: too many calls, next one in {delay:.0f} s"
                raise TransientError(message, retry_after=delay)
            self._next[key] = full + step
            return delay


#: The one of this process.
THROTTLE = Throttle()


@dataclass(frozen=True)
class ThrottledTransport:
    """Sends through `inner` no faster than `per_second` under `key`.

    `longest`: seconds it may sleep; a lane that would have to wait more has other work.
    """

    inner: Transport
    key: str
    per_second: float
    burst: int = 1
    throttle: Throttle = THROTTLE
    longest: float = 5.0

    def send(self, request: Request) -> Response:
        """As `inner`, later; a 429 with a waiting time pauses the whole key."""
        self.throttle.wait(self.key, self.per_second, self.burst, self.longest)
        response = self.inner.send(request)
        if response.status == 429:
            self.throttle.pause(self.key, min(response.retry_after or 0.0, 60.0))
        return response

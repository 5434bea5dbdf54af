"""Things that anybody on the internet can cause are counted here, and told seldom.

A forged webhook must cost neither a row's lock nor a line of the log. Each process has
its own count; what it has not told yet goes with the next one.
"""

import time
from collections.abc import Callable, Hashable
from threading import Lock


class Tally:
    """Counts by key; `add` says how many are to be told now, 0 for later.

    The first `burst` are told one by one, so that few are seen at once; of a flood one
    every `seconds` with all that came meanwhile.

    >>> tally = Tally(burst=2, seconds=10, clock=lambda: 0.0)
    >>> [tally.add("a") for _ in range(4)], tally.add("b")
    ([1, 1, 0, 0], 1)
    >>> tally.clock = lambda: 11.0
    >>> tally.add("a")
    3
    """

    def __init__(
        self,
        burst: int = 10,
        seconds: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.burst = burst
        self.seconds = seconds
        self.clock = clock
        self._lock = Lock()
        self._waiting: dict[Hashable, int] = {}
        self._budget: dict[Hashable, tuple[float, float]] = {}

    def add(self, key: Hashable, times: int = 1) -> int:
        """Count `times`; how many to tell now, 0 when that has time."""
        with self._lock:
            self._waiting[key] = self._waiting.get(key, 0) + times
            if not self._may_tell(key):
                return 0
            return self._waiting.pop(key)

    def give_back(self, key: Hashable, times: int) -> None:
        """Telling failed: keep them for the next one."""
        with self._lock:
            self._waiting[key] = self._waiting.get(key, 0) + times

    def forget(self) -> None:
        """Begin anew: nothing waits, and nothing was told."""
        with self._lock:
            self._waiting.clear()
            self._budget.clear()

    def _may_tell(self, key: Hashable) -> bool:
        now = self.clock()
        budget, since = self._budget.get(key, (float(self.burst), now))
        budget = min(self.burst, budget + (now - since) / self.seconds)
        told = budget >= 1
        self._budget[key] = (budget - 1 if told else budget, now)
        return told

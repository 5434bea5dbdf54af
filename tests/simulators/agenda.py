"""What will happen by itself at a simulated time: expiries, outcomes of payouts."""

import heapq
import threading
from collections.abc import Callable
from itertools import count as counter

from .clock import Clock

Deed = Callable[[], None]


class Agenda:
    """Runs deeds at their simulated second, under the lock of their simulator.

    A thread waits for the next one; ``run_due`` does the same at once, so that a
    moved clock has its effect before the call that moved it ends.
    """

    def __init__(self, clock: Clock, lock: threading.RLock) -> None:
        self.clock, self.lock = clock, lock
        self._heap: list[tuple[float, int, Deed]] = []
        self._ready = threading.Condition()
        self._numbers = counter(1)
        self._started = self._closed = False

    def at(self, due: float, deed: Deed) -> None:
        """Do it at that second; a deed looks for itself whether it still applies."""
        with self._ready:
            heapq.heappush(self._heap, (due, next(self._numbers), deed))
            self._start()
            self._ready.notify_all()

    def run_due(self) -> None:
        """Do all that is due, oldest first."""
        if not self._heap or self._heap[0][0] > self.clock.now():
            return
        with self.lock:
            while (deed := self._take()) is not None:
                deed()

    def clear(self) -> None:
        """Nothing is planned any more."""
        with self._ready:
            self._heap.clear()

    def wake(self) -> None:
        """Look at the clock again: it was moved."""
        with self._ready:
            self._ready.notify_all()

    def _is_early(self) -> bool:
        return not self._heap or self._heap[0][0] > self.clock.now()

    def _take(self) -> Deed | None:
        with self._ready:
            if self._heap and self._heap[0][0] <= self.clock.now():
                return heapq.heappop(self._heap)[2]
        return None

    def _start(self) -> None:
        if not self._started:
            self._started = True
            threading.Thread(target=self._work, daemon=True).start()

    def close(self) -> None:
        """Nothing happens by itself any more; the thread ends."""
        with self._ready:
            self._closed = True
            self._ready.notify_all()

    def _work(self) -> None:
        while not self._closed:
            self._wait()
            self.run_due()

    def _wait(self) -> None:
        with self._ready:
            while not self._closed and self._is_early():
                wait = self._heap[0][0] - self.clock.now() if self._heap else None
                self._ready.wait(None if wait is None else min(wait, 3600))

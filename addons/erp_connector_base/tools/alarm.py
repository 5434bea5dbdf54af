"""Wake a lane at a moment: cron workers look at the clock once a minute only.

A thread of this process, one for all databases. It ends with the process; then the
minute is the rule again.
"""

import logging
import threading
import time
from collections.abc import Callable

_logger = logging.getLogger(__name__)

#: Later than this is left to the lanes' own minute.
FARTHEST = 3600.0


class Alarm:
    """Calls `ring(database, lane)` at the moment that was set for them.

    `clock` gives seconds since 1970: it moves with the server's clock, as retries do.
    """

    def __init__(
        self, ring: Callable[[str, str], None], clock: Callable[[], float] = time.time
    ) -> None:
        self._ring = ring
        self._clock = clock
        self._moments: dict[tuple[str, str], float] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def set(self, database: str, lane: str, seconds: float) -> None:
        """Ring in so many seconds, or earlier if that was wished before."""
        if seconds > FARTHEST:
            return
        moment = self._clock() + max(seconds, 0.0)
        with self._changed:
            known = self._moments.get((database, lane), moment)
            self._moments[(database, lane)] = min(known, moment)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(
                    target=self._run, name="erp_connector.alarm", daemon=True
                )
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            for database, lane in self._next():
                try:
                    self._ring(database, lane)
                except Exception:
                    _logger.warning("Lane %s not woken", lane, exc_info=True)

    def _next(self) -> list[tuple[str, str]]:
        """Wait until something is due; take it out."""
        with self._changed:
            while True:
                now = self._clock()
                due = [key for key, at in self._moments.items() if at <= now]
                for key in due:
                    del self._moments[key]
                if due:
                    return due
                waits = [at - now for at in self._moments.values()]
                # the clock may be set meanwhile: look again at times
                self._changed.wait(min([*waits, 30.0]))

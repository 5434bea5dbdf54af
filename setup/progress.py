"""Say what is being done, and for how long: one line when a step starts and ends."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

STARTED = time.monotonic()
STILL_EVERY = 15


def say(text: str) -> None:
    """One line on standard error, with the seconds since the command started."""
    elapsed = time.monotonic() - STARTED
    print(f"[{elapsed:6.1f}s] {text}", file=sys.stderr, flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Announce a long step, remind that it goes on, and say how long it took."""
    say(f"{text} …")
    begun = time.monotonic()
    over = threading.Event()

    def remind() -> None:
        while not over.wait(STILL_EVERY):
            say(f"{text}: still going after {time.monotonic() - begun:.0f} s")

    reminder = threading.Thread(target=remind, daemon=True)
    reminder.start()
    try:
        yield
    finally:
        over.set()
        reminder.join()
    say(f"{text}: done in {time.monotonic() - begun:.1f} s")

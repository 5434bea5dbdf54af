"""Wait for what should come, and no longer."""

import time
from collections.abc import Callable
from typing import Any

PAUSE = 0.1
#: Seconds; generous, for a busy machine. What is about speed gives its own.
PATIENCE = 120


class TooLate(AssertionError):
    """It did not come in time; the text says how things stood."""


def until(look: Callable[[], Any], seconds: float = PATIENCE, hope: str = "it") -> Any:
    """The first true answer of `look`; TooLate after so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise TooLate(f"waited {seconds} s in vain until {hope}")
        time.sleep(PAUSE)

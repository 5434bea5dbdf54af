"""The simulated time of one simulator."""

import time


class Clock:
    """Real time plus an offset that tests move forward."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        """Simulated seconds since 1970."""
        return time.time() + self.offset

    def seconds(self) -> int:
        """Simulated whole seconds since 1970, as the platforms print them."""
        return int(self.now())

    def advance(self, seconds: float) -> None:
        """Move on; a negative value moves back."""
        self.offset += seconds

"""How Ctrl-C and its like end a command: with one line, and nothing left behind."""

import signal
import sys
from collections.abc import Callable

from . import child
from .child import ENDINGS
from .progress import say

INTERRUPTED = 130


def interrupt(*_: object) -> None:
    """Unwind, whichever signal it is; a second one waits until all has stopped."""
    ignore()
    raise KeyboardInterrupt


def ignore() -> None:
    """There is nothing left that an interruption could end sooner."""
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)


def answer(main: Callable[[], int]) -> None:
    """Call it and exit with its code, or with one line when it is interrupted."""
    for number in ENDINGS:  # also one that our parent ignores: it does not speak for us
        signal.signal(number, interrupt)
    try:
        child.release_interrupts()
        code = main()
    except KeyboardInterrupt:
        say("Interrupted; all that was started has been stopped")
        code = INTERRUPTED
    ignore()
    sys.exit(code)

"""How every command starts and ends."""

import os
import signal
import sys
from collections.abc import Callable

from .progress import say
from .server import OdooError

INTERRUPTED = 130


def interrupt(*_: object) -> None:
    """Make SIGTERM and SIGHUP unwind like Ctrl-C, and a second one wait."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


def run(main: Callable[[list[str]], int]) -> None:
    """Run a command to its end, and stop all it started, whatever ends it."""
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    # A parent that ignores it (a shell's background job) does not speak for us.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    try:
        code = main(sys.argv[1:])
    except KeyboardInterrupt:
        say("Interrupted; all that was started has been stopped")
        code = INTERRUPTED
    except OdooError as error:
        say(f"Odoo failed: {error}")
        code = 1
    sys.exit(code)

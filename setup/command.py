"""How every command starts and ends."""

import os
import sys
from collections.abc import Callable
from functools import partial

from . import interrupts
from .progress import say
from .server import OdooError


def run(main: Callable[[list[str]], int]) -> None:
    """Run a command to its end, and stop all it started, whatever ends it."""
    os.environ.setdefault("PYTHONUNBUFFERED", "1")
    interrupts.answer(partial(attempt, main))


def attempt(main: Callable[[list[str]], int]) -> int:
    """The command's exit code; what Odoo says when it fails ends it too."""
    try:
        return main(sys.argv[1:])
    except OdooError as error:
        say(f"Odoo failed: {error}")
        return 1

"""Programs that are run to their end, and that end with us.

Each has a process group of its own: a Ctrl-C is meant for the command, which lets its
child go and says one line, instead of every program of the group saying its own.
"""

import contextlib
import os
import signal
import subprocess
from typing import Any

from .keeper import die_with_parent

PATIENCE = 2
INTERRUPTS = {signal.SIGINT}
#: What asks a command to end.
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(
    command: list[Any], patience: float = PATIENCE, **options: Any
) -> subprocess.CompletedProcess:
    """As subprocess.run, without its time-out and `check`.

    When we are interrupted, the child is asked to end, and after `patience` seconds
    all of its group is killed.
    """
    given = options.pop("input", None)
    if given is not None:
        options["stdin"] = subprocess.PIPE
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)

    def begin() -> None:
        die_with_parent()
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    try:  # interrupted halfway, nobody would know of the child
        process = subprocess.Popen(
            command, process_group=0, preexec_fn=begin, **options
        )
    except BaseException:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        raise
    try:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        said, complained = process.communicate(given)
    except BaseException:
        end(process, signal.SIGTERM, patience)
        raise
    return subprocess.CompletedProcess(command, process.returncode, said, complained)


def end(process: subprocess.Popen, number: int, patience: float) -> None:
    """Ask a child to end, wait, then kill what is left of its group."""
    with contextlib.suppress(PermissionError):  # it became root: it is waited for
        process.send_signal(number)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(patience)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def hold_interrupts() -> None:
    """Keep a Ctrl-C waiting until somebody is there who can answer it.

    The mask survives becoming another program: a Python that is still importing would
    answer with a traceback.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTS)


def release_interrupts() -> None:
    """Take what came meanwhile, and all that comes from now on."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, INTERRUPTS)

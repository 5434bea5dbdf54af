"""Run a server so that it never outlives those who need it.

    python -m setup.keeper stdin -- COMMAND    until our standard input closes
    python -m setup.keeper FILE -- COMMAND     until nobody holds a shared lock on FILE

A closed pipe and a released lock both also happen when the holder is killed with
SIGKILL, so nothing has to be told to clean up. The server gets a process group of its
own (a Ctrl-C meant for the command does not reach it); it is asked to stop, and after a
while the whole group is killed.

KEEPER_USER: who the server runs as. KEEPER_RESTART: start it again when it ends by
itself, as systemd or a container engine would (Odoo's main process ends when PostgreSQL
is away while it starts a worker).
"""

import contextlib
import ctypes
import fcntl
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable

PATIENCE = 20
POLL = 0.25
PAUSE_BEFORE_RESTART = 0.5
PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)


def die_with_parent() -> None:
    """In a new child, before it becomes the program: be killed when we are."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def stdin_is_closed() -> bool:
    """Whether the process that started us has gone, or wants the server gone."""
    readable, _, _ = select.select([sys.stdin], [], [], POLL)
    return bool(readable) and not os.read(sys.stdin.fileno(), 1)


def nobody_holds(path: str) -> Callable[[], bool]:
    """Whether the last user of a shared server has gone."""
    handle = open(path)  # noqa: SIM115

    def free() -> bool:
        time.sleep(POLL)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True  # and the lock stays ours until the server has stopped

    return free


def start(command: list[str], user: str | None) -> subprocess.Popen:
    """Start the server, as another user if one is named."""
    who = {"user": user, "group": user, "extra_groups": [], "cwd": "/"} if user else {}
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent,
        **who,
    )


def main(until: str, command: list[str]) -> int:
    """Keep the command running as long as it is needed; return its exit code."""
    no_longer_needed = stdin_is_closed if until == "stdin" else nobody_holds(until)
    told = []
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, lambda *_: told.append(True))
    user = os.environ.pop("KEEPER_USER", None)
    restart = os.environ.pop("KEEPER_RESTART", None)
    server = start(command, user)
    try:
        while not told and not no_longer_needed():
            if server.poll() is None:
                continue
            if not restart:
                break
            clear(server)
            time.sleep(PAUSE_BEFORE_RESTART)
            server = start(command, user)
    finally:
        stop(server)
    return server.returncode


def stop(server: subprocess.Popen) -> None:
    """Ask politely, wait, then kill all that is left of the group."""
    # SIGINT makes PostgreSQL end its sessions and Odoo stop its workers.
    server.send_signal(signal.SIGINT)
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        # PostgreSQL's children leave its group: SIGQUIT makes it end them at once.
        server.send_signal(signal.SIGQUIT)
        time.sleep(1)
    clear(server)
    server.wait()


def clear(server: subprocess.Popen) -> None:
    """Kill what is left of the server's process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)


if __name__ == "__main__":
    separator = sys.argv.index("--")
    sys.exit(main(sys.argv[1], sys.argv[separator + 1 :]))

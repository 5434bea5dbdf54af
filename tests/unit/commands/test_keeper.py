"""What a command starts ends with it, whatever ends the command."""

import fcntl
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from setup import paths

# A server with a child of its own that takes no hint.
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGINT, lambda *_: exit(0))
if not os.fork():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
os.write(1, b"%d\\n" % os.getpid())
time.sleep(60)
"""
SIMPLE = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
KEEPER = [sys.executable, "-m", "setup.keeper"]


def start(until, program=STUBBORN, **options):
    return subprocess.Popen(
        [*KEEPER, until, "--", sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=paths.ROOT,
        start_new_session=True,
        **options,
    )


def pids(keeper, count=2):
    return [int(keeper.stdout.readline()) for _ in range(count)]


def wait_until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def gone(found):
    def over(pid):
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    return all(map(over, found))


def test_a_server_and_its_children_end_when_the_pipe_closes():
    keeper = start("stdin")
    found = pids(keeper)
    keeper.stdin.close()
    keeper.wait(10)
    wait_until(lambda: gone(found))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_server_ends_when_its_keeper_is_told_to(number):
    keeper = start("stdin")
    found = pids(keeper)
    keeper.send_signal(number)
    keeper.wait(10)
    wait_until(lambda: gone(found))


def test_a_server_ends_when_its_keeper_is_killed():
    keeper = start("stdin", SIMPLE)
    server = pids(keeper, 1)
    keeper.kill()
    keeper.wait(10)
    wait_until(lambda: gone(server))


def test_a_shared_server_ends_with_its_last_user(tmp_path):
    users = tmp_path / "users"
    users.touch()
    one, other = open(users), open(users)  # noqa: SIM115
    for user in (one, other):
        fcntl.flock(user, fcntl.LOCK_SH)
    keeper = start(str(users))
    found = pids(keeper)
    one.close()
    time.sleep(0.6)
    assert not gone(found)
    other.close()
    keeper.wait(10)
    wait_until(lambda: gone(found))


def test_a_server_that_falls_over_is_started_again():
    keeper = start("stdin", SIMPLE, env=os.environ | {"KEEPER_RESTART": "1"})
    (first,) = pids(keeper, 1)
    os.kill(first, signal.SIGKILL)
    (second,) = pids(keeper, 1)
    assert second != first
    keeper.stdin.close()
    keeper.wait(10)
    wait_until(lambda: gone([first, second]))

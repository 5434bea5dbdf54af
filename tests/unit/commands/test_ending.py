"""Commands that are interrupted, at whatever they are."""

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest

from setup import child, paths

PATIENCE = 60
COMMAND = """
import sys, time
from setup import child, interrupts
def main():
    print("begun", flush=True)
    child.run([sys.executable, "-c", {program!r}])
    return 0
interrupts.answer(main)
"""
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"


def start(script, **options):
    return subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=paths.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_command_ends_its_child_and_says_one_line(number):
    process = start(COMMAND.format(program=STUBBORN))
    assert process.stdout.readline() == "begun\n"
    children = children_of(process.pid)
    process.send_signal(number)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert said.count("\n") == 1
    assert "Interrupted" in said
    assert not any(one.is_running() for one in children)


@pytest.mark.parametrize("attempt", range(5))
def test_a_command_interrupted_while_it_starts_its_child_leaves_none(attempt):
    process = start(COMMAND.format(program=STUBBORN))
    assert process.stdout.readline() == "begun\n"
    time.sleep(attempt / 1000)
    group = psutil.Process(process.pid)
    process.send_signal(signal.SIGTERM)
    seen = set()
    while process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            seen.update(group.children(recursive=True))
    assert process.returncode == 130
    assert not any(one.is_running() for one in seen)


def children_of(pid):
    deadline = time.monotonic() + PATIENCE
    while not (found := psutil.Process(pid).children(recursive=True)):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    return found


def test_a_ctrl_c_that_comes_while_a_command_loads_is_answered_when_it_has():
    loading = "import signal, time\nprint('loading', flush=True)\ntime.sleep(1)\n"
    script = loading + COMMAND.format(program=STUBBORN)
    process = start(script, preexec_fn=child.hold_interrupts)
    assert process.stdout.readline() == "loading\n"
    process.send_signal(signal.SIGINT)
    output, said = process.communicate(timeout=PATIENCE)
    assert (process.returncode, output) == (130, "")
    assert said.count("\n") == 1


@pytest.mark.parametrize("moment", [0, 0.05, 0.2, 0.5, 1, 2])
def test_the_command_never_answers_with_a_traceback(moment):
    process = subprocess.Popen(
        [paths.SETUP / "test", "tests/unit/commands/test_choosing.py"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    time.sleep(moment)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in said
    assert process.returncode in (0, 130, -signal.SIGINT)
    assert process.returncode != 130 or "Interrupted" in said.splitlines()[-1]


def test_what_a_child_says_and_how_it_ends_comes_back():
    script = "import sys; print(sys.stdin.read()); sys.exit(3)"
    options = {"stdout": subprocess.PIPE, "text": True}
    done = child.run([sys.executable, "-c", script], input="hello", **options)
    assert (done.returncode, done.stdout) == (3, "hello\n")

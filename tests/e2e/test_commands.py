"""The commands of the README, as a newcomer types them."""

import json
import os
import signal
import subprocess
import time

import psutil
import pytest

from setup import paths

PATIENCE = 900  # the first run makes the database of the company


def run(*arguments):
    return subprocess.Popen(
        [paths.SETUP / "run", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def database():
    """A database for this module's runs, so that people's own is left alone."""
    return f"commands_{os.getpid()}"


@pytest.fixture(scope="module", autouse=True)
def _clean(database):
    yield
    from setup.cluster import server_for
    from setup.database import Databases

    with server_for("run") as server:
        Databases(server).drop(database)


def processes_of(database):
    """Every process whose command line names the database or its folder."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE:
            found += [process] * (database in " ".join(process.info["cmdline"] or []))
    return found


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def read_until(process, text):
    said = []
    for line in process.stderr:
        said.append(line)
        if text in line:
            return
    pytest.fail("".join(said))


def test_once_brings_every_order_and_payment_through_and_says_so_in_json(database):
    process = run("--once", "--database", database)
    output, progress = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, progress
    result = json.loads(output.splitlines()[-1])
    assert (result["placed"], result["confirmed"]) == (25, 25)
    assert (result["duplicates"], result["lost"]) == (0, 0)
    assert result["seconds"] > 0
    assert (result["invoices"], result["paid"]) == (6, 6)
    assert result["payment_seconds"] > 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_leaves_no_process_behind(database, number):
    process = run("--database", database, "--port", "0")
    read_until(process, "Placed 25 orders")
    assert processes_of(database)
    process.send_signal(number)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == (130 if number != signal.SIGKILL else -number)
    wait_until(lambda: not processes_of(database), "processes are left")


def test_two_runs_do_not_share_a_database_and_the_first_ends_when_told(database):
    first = run("--database", database, "--port", "0")
    read_until(first, "Starting Odoo")
    second = run("--database", database)
    _, said = second.communicate(timeout=PATIENCE)
    first.terminate()
    first.communicate(timeout=PATIENCE)
    assert first.returncode == 130
    wait_until(lambda: not processes_of(database), "processes are left")
    assert second.returncode == 1
    assert "in use by another command" in said

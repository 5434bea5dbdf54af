"""`setup/test [pytest arguments]`: everything that can be checked, or the tests named.

Without arguments: lint, pure tests, third-party clients against the simulators, the
add-ons' tests on a real database, end to end.
With paths or test ids: those, each run the way its folder needs.
`setup/test core [module …] [pytest options]`: Odoo's own tests with our add-ons; not
part of the rest. `--plain`: without our add-ons, to see whose fault a failure is.

TEST_DATABASE=name keeps the add-ons' database under that name and reuses it.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from . import child, command, core, lint, odoo_home, paths, printer, system, venv
from .cluster import server_for
from .database import Databases, own_addons, passing_name
from .keeper import die_with_parent
from .progress import say
from .server import Odoo

NO_TESTS = 5
DEBUGGING = {"--pdb", "--trace", "-s"}
INTERRUPTIBLE = ["-p", "setup.interruptible"]
PLAIN = [sys.executable, "-m", "pytest", "-p", "no:odoo", *INTERRUPTIBLE]


# -- the five parts ---------------------------------------------------------------
def run_lint(_: list[str]) -> int:
    """ruff, pylint-odoo, well-formed XML."""
    return lint.main()


def run_pure(arguments: list[str]) -> int:
    """What needs no Odoo."""
    return call([*PLAIN, *arguments])


def run_clients(arguments: list[str]) -> int:
    """Other people's SDKs against our simulators, in an environment of their own."""
    python = str(venv.alone(venv.CLIENTS))
    return call([python, *PLAIN[1:], *arguments])


def run_addons(arguments: list[str]) -> int:
    """Tests inside the add-ons, by pytest-odoo, on a database of their own."""
    if not own_addons():
        say("There are no add-ons to test yet")
        return 0
    wanted = named_addons(arguments) or None
    with ExitStack() as stack:
        server = stack.enter_context(server_for("test", fast=True))
        databases = Databases(server, addons=wanted, testing=True)
        odoo = stack.enter_context(database(databases))
        return call([*odoo_pytest(odoo), *arguments], odoo.environment())


def odoo_pytest(odoo: Odoo) -> list[str]:
    """pytest-odoo's command line for a database.

    It needs the environment as well: the folders have to be on the path before it reads
    the configuration.
    """
    config = [f"--odoo-config={odoo.config}", f"--odoo-database={odoo.database}"]
    pytest = [sys.executable, "-m", "pytest", "--odoo-http", "--odoo-log-level=error"]
    return [*pytest, *config, *INTERRUPTIBLE]


def run_core(arguments: list[str]) -> int:
    """Odoo's own tests of the modules named, or of those that we change the ways of."""
    wish = core.wish(arguments)
    home, modules = odoo_home.ensure(), wish.modules
    lacking = core.unknown(home, modules)
    if lacking:
        say(f"This Odoo has no tests of {', '.join(lacking)}")
        return 2
    system.require(["postgresql", "chromium"])
    printer.ensure()
    folders = [str(core.tests_of(home, name)) for name in modules]
    with ExitStack() as stack:
        server = stack.enter_context(server_for("test", fast=True))
        databases = core.CoreDatabases(server, home, modules, plain=wish.plain)
        odoo = stack.enter_context(database(databases, databases.suffix))
        pytest = [*odoo_pytest(odoo), "--rootdir", str(paths.ROOT), "-p", core.PLUGIN]
        return call([*pytest, *wish.options, *folders], odoo.environment())


def run_e2e(arguments: list[str]) -> int:
    """The real server, its workers, the simulators and a browser."""
    system.require(["postgresql", "chromium", "libatomic1"])
    printer.ensure()
    return call([*PLAIN, *arguments])


def named_addons(arguments: list[str]) -> set[str]:
    """The add-ons whose tests were asked for; empty when all of them are."""
    found = set()
    for argument in filter(part_of, arguments):
        inside = Path(argument.split("::")[0]).resolve().relative_to(paths.ADDONS)
        if not inside.parts:
            return set()
        found.add(inside.parts[0])
    return found


@contextmanager
def database(databases: Databases, suffix: str = "") -> Iterator[Odoo]:
    """A fresh database with the add-ons, or the kept one that TEST_DATABASE names."""
    kept = os.environ.get("TEST_DATABASE")
    if kept:
        yield databases.current(kept + suffix)
        return
    name = passing_name("test")
    odoo = databases.fresh(name)
    odoo.write_config()
    try:
        yield odoo
    finally:
        databases.drop(name)


Part = Callable[[list[str]], int]
PARTS: dict[str, tuple[Part, tuple[str, ...]]] = {
    "lint": (run_lint, ()),
    "pure": (run_pure, ("tests/unit", "tests/contract")),
    "clients": (run_clients, ("tests/clients",)),
    "add-ons": (run_addons, ("addons",)),
    "end to end": (run_e2e, ("tests/e2e",)),
}


# -- choosing ---------------------------------------------------------------------
def part_of(argument: str) -> str | None:
    """The part that a path or test id belongs to; None for an option."""
    path = Path(argument.split("::")[0])
    if argument.startswith("-") or not path.exists():
        return None
    inside = path.resolve().relative_to(paths.ROOT).as_posix()
    for name in ("clients", "add-ons", "end to end"):
        if inside.startswith(PARTS[name][1]):
            return name
    return "pure"


def plan(arguments: list[str]) -> dict[str, list[str]]:
    """Which parts run, with which arguments."""
    named: dict[str, list[str]] = {}
    options = []
    for argument in arguments:
        part = part_of(argument)
        named.setdefault(part, []).append(argument) if part else options.append(
            argument
        )
    if named:
        return {part: [*options, *named[part]] for part in PARTS if part in named}
    everything = {part: [*options, *existing(part)] for part in PARTS}
    if options:
        del everything["lint"]
    return {p: a for p, a in everything.items() if p == "lint" or existing(p)}


def existing(part: str) -> list[str]:
    """The folders of a part that are there."""
    return [folder for folder in PARTS[part][1] if (paths.ROOT / folder).is_dir()]


# -- running ----------------------------------------------------------------------
def call(command: list[str], environment: dict[str, str] | None = None) -> int:
    """Run a test command; it ends when we are told to end."""
    inherited = environment or os.environ | {"PYTHONPATH": str(paths.ROOT)}
    # A group of its own, or it would hear of one Ctrl-C twice; a debugger needs ours.
    own = {} if DEBUGGING.intersection(command) else {"process_group": 0}
    process = subprocess.Popen(
        command, cwd=paths.ROOT, env=inherited, preexec_fn=begin, **own
    )
    try:
        return process.wait()
    except BaseException:
        child.end(process, signal.SIGINT, 30)
        raise


def begin() -> None:
    """In the new child: what it needs to end well (see setup.interruptible)."""
    die_with_parent()
    child.hold_interrupts()


def main(arguments: list[str]) -> int:
    """Run what was asked for; 0 when all of it passed."""
    os.chdir(paths.ROOT)
    if arguments[:1] == ["core"]:
        return int(bool(run_core(arguments[1:])))
    results = {}
    for part, given in plan(arguments).items():
        say(f"== {part} ==")
        begun = time.monotonic()
        code = PARTS[part][0](given)
        code = 0 if code == NO_TESTS and arguments else code
        results[part] = (code, time.monotonic() - begun)
    say("Summary")
    for part, (code, seconds) in results.items():
        say(f"  {'passed' if not code else 'FAILED':7} {part:11} {seconds:6.1f} s")
    return int(any(code for code, _ in results.values()))


if __name__ == "__main__":
    command.run(main)

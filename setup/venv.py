"""The virtual environment, kept in the cache under the hash of what it holds."""

import os
import sys
from pathlib import Path

from . import child, paths, system
from .progress import step

RUNTIME = "requirements.txt"
DEVELOPMENT = "requirements-dev.txt"
CLIENTS = "requirements-clients.txt"
# Commands that neither lint nor test.
LEAN = {"setup.command_run"}
# It asks for pycairo, which has to be compiled; cairocffi does as well, ready made.
BARCODES = "rlPyCairo==0.4.0"
QUEUE_JOB = "odoo-addon-queue-job==19.0.*"


def place(names: tuple[str, ...]) -> Path:
    """The folder of the environment that holds the requirements of these files."""
    texts = [(paths.SETUP / name).read_text() for name in names]
    version = ".".join(map(str, sys.version_info[:2]))
    return paths.cache() / f"venv-{paths.digest(version, *texts)}"


def ensure(*names: str) -> Path:
    """The environment's python, with the requirements of these files installed."""
    complete = place((RUNTIME, DEVELOPMENT))
    if (complete / "complete").is_file():
        return complete / "bin/python"  # it has everything
    return alone(*names)


def alone(*names: str) -> Path:
    """The python of an environment that holds these requirements and no others."""
    target = place(names)
    with paths.lock("venv"):
        if not (target / "complete").is_file():
            system.require(["python3-venv"])
            with step("Installing Python packages, once"):
                build(target, names)
    return target / "bin/python"


def build(target: Path, names: tuple[str, ...]) -> None:
    """Make the environment in place: its scripts name the folder they live in."""
    made = child.run([sys.executable, "-m", "venv", "--clear", target])
    if made.returncode:
        raise SystemExit(f"The virtual environment {target} could not be made")
    wanted = [argument for name in names for argument in ("-r", paths.SETUP / name)]
    pip(target / "bin/python", "install", *wanted)
    if sys.version_info >= (3, 13):
        pip(target / "bin/python", "install", "--no-deps", BARCODES)
    (target / "complete").touch()


def pip(python: Path, *arguments: str | Path) -> None:
    """Run pip quietly; stop with its own words when it fails."""
    command = [python, "-m", "pip", "--disable-pip-version-check", "-qq"]
    if child.run([*command, *arguments], stdout=sys.stderr).returncode:
        raise SystemExit("pip could not install what setup/requirements*.txt name")


def queue_job_addons() -> Path:
    """A folder with OCA's queue_job add-on, for those who want that engine."""
    target = paths.cache() / f"oca-{paths.digest(QUEUE_JOB)}"
    with paths.lock("oca"):
        if not target.is_dir():
            with paths.building(target) as scratch:
                where = ["--no-deps", "--target", scratch]
                pip(Path(sys.executable), "install", *where, QUEUE_JOB)
    return target / "odoo/addons"


def reenter(module: str, arguments: list[str]) -> None:
    """Become `module` inside the environment; does not come back."""
    names = (RUNTIME,) if module in LEAN else (RUNTIME, DEVELOPMENT)
    python = ensure(*names)
    environment = os.environ | {"PYTHONPATH": str(paths.ROOT)}
    command = [str(python), "-m", module, *arguments]
    child.hold_interrupts()
    os.execve(python, command, environment)  # noqa: S606

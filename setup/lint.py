"""The checks that hold the style: the same by hand, in pre-commit and in CI."""

import sys
from xml.etree import ElementTree

from . import child, paths
from .database import own_addons
from .progress import say


def xml_files() -> int:
    """Every XML file of the add-ons is well-formed."""
    bad = 0
    for path in sorted(paths.ADDONS.rglob("*.xml")):
        try:
            ElementTree.parse(path)  # noqa: S314
        except ElementTree.ParseError as error:
            print(f"{path.relative_to(paths.ROOT)}: {error}")
            bad += 1
    return bad


def pylint() -> int:
    """pylint-odoo's mandatory set on the add-ons."""
    addons = [str(paths.ADDONS / name) for name in own_addons()]
    if not addons:
        return 0
    return tool("pylint", "--rcfile=setup/pylintrc", *addons)


def tool(name: str, *arguments: str) -> int:
    """Run a tool of the environment on the checkout."""
    command = [sys.executable, "-m", name, *arguments]
    return child.run(command, cwd=paths.ROOT).returncode


CHECKS = {
    "ruff check": lambda: tool("ruff", "check", "."),
    "ruff format": lambda: tool("ruff", "format", "--check", "."),
    "pylint-odoo": pylint,
    "well-formed XML": xml_files,
}


def main() -> int:
    """Run all checks; 1 when any of them failed."""
    failed = []
    for name, check in CHECKS.items():
        if check():
            failed.append(name)
        else:
            say(f"{name}: fine")
    for name in failed:
        say(f"{name}: FAILED")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())

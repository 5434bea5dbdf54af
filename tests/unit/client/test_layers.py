"""The pure folders stay pure, and their examples true."""

import ast
import doctest
import importlib
from pathlib import Path

import pytest

from tests.mount import ADDONS

FOLDERS = (
    "erp_connector_base/client",
    "connector_marketplace/providers",
    "connector_marketplace/rules",
    "connector_payment/providers",
)
FILES = sorted(
    path.relative_to(ADDONS)
    for name in FOLDERS
    for path in (ADDONS / name).rglob("*.py")
)
NAMES = [str(path) for path in FILES]


def imported(path: Path) -> set[str]:
    """First names of what a file imports."""
    tree = ast.parse((ADDONS / path).read_text())
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module)
    return names


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_pure_module_imports_nothing_of_odoo_but_other_pure_ones(path):
    allowed = tuple(f"odoo.addons.{name.replace('/', '.')}" for name in FOLDERS)
    for name in imported(path):
        assert not name.startswith("odoo") or name.startswith(allowed), name


def test_only_the_transport_imports_an_http_library():
    sockets = {"requests", "urllib3", "http.client", "urllib.request", "socket"}
    users = {
        path.name
        for path in FILES
        if any(
            name.split(".")[0] == "requests" or name in sockets
            for name in imported(path)
        )
    }
    assert users == {"transport.py"}


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_the_examples_of_a_docstring_are_true(path):
    name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
    module = importlib.import_module(f"odoo.addons.{name}")
    assert doctest.testmod(module).failed == 0

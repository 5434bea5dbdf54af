"""Make `odoo.addons.<add-on>` importable where there is no Odoo.

The pure folders (`client/`, `providers/`) import one another by their full names. This
mounts the add-ons as bare packages, without running their `__init__`, so those names
resolve and any import of Odoo's ORM fails at once.
"""

import sys
from pathlib import Path
from types import ModuleType

ADDONS = Path(__file__).resolve().parent.parent / "addons"


def mount(addons: Path = ADDONS) -> None:
    """Put `odoo`, `odoo.addons` and one package for each add-on into sys.modules.

    Does nothing inside a process that has the real Odoo.
    """
    real = sys.modules.get("odoo")
    if real is not None and not hasattr(real, "__mounted__"):
        return
    root = package("odoo", [])
    root.__mounted__ = True
    package("odoo.addons", [])
    for folder in sorted(addons.iterdir()):
        if folder.is_dir() and not folder.name.startswith((".", "_")):
            package(f"odoo.addons.{folder.name}", [str(folder)])


def package(name: str, path: list[str]) -> ModuleType:
    """A package that exists in memory and looks for its contents in `path`."""
    module = sys.modules.setdefault(name, ModuleType(name))
    module.__path__ = path
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
    return module

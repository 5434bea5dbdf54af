"""`setup/test core [MODULE …]`: Odoo's own tests, with our add-ons installed.

They run on a database of their own, as bare as they expect it: no company, no demo.
What fails in Odoo without us too is listed in `core_known.py`, each with its reason,
so a failure that is left was made by our add-ons.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from pathlib import Path

from . import paths
from .cluster import Server
from .database import Databases, needed_modules, own_addons
from .odoo_home import OdooHome

#: What our add-ons change the ways of.
MODULES = ("payment", "account_payment", "sale", "sale_stock", "stock_account")
PLUGIN = "setup.core_known"
PLAIN = "--plain"


@dataclass(frozen=True)
class Wish:
    """What was asked for on the command line. `plain`: without our add-ons."""

    modules: list[str]
    options: list[str]
    plain: bool


def wish(arguments: list[str]) -> Wish:
    """Modules come first; from the first option on, all is pytest's."""
    modules = list(takewhile(lambda word: not word.startswith("-"), arguments))
    options = [word for word in arguments[len(modules) :] if word != PLAIN]
    return Wish(modules or list(MODULES), options, PLAIN in arguments)


class CoreDatabases(Databases):
    """Databases with Odoo's modules as they come, and our add-ons on top."""

    def __init__(
        self, server: Server, home: OdooHome, modules: Iterable[str], plain: bool
    ) -> None:
        super().__init__(server, home, addons=() if plain else None)
        self.modules = sorted({*modules, *needed_modules()} - {*own_addons()})

    @property
    def suffix(self) -> str:
        """What the name of a kept database says of what is in it."""
        kind = "core" if self.addons else "plain"
        return f"_{kind}_{paths.digest(*self.modules)[:4]}"

    def company_template(self) -> str:
        """Odoo alone: what the company is in other databases."""
        name = f"core_{paths.digest(self.home.version, *self.modules)}"
        self.make_once(name, "core", partial(self.make_core, self.modules))
        return name

    def make_core(self, modules: list[str], scratch: str) -> None:
        """Odoo's modules, and nothing of ours."""
        self.create(scratch)
        self.odoo(scratch).install(modules)


def unknown(home: OdooHome, modules: Iterable[str]) -> list[str]:
    """The modules that this Odoo does not have, or not with their tests."""
    return [name for name in modules if tests_of(home, name) is None]


def tests_of(home: OdooHome, module: str) -> Path | None:
    """The folder of a module's tests; a package may come without."""
    folders = (addons / module / "tests" for addons in home.addons)
    return next((folder for folder in folders if folder.is_dir()), None)

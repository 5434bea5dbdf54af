"""Databases: a template of the company, one with the add-ons, and copies of them.

A template is named by the hash of what went into it, so a changed add-on gets a new one
and everything else is a file copy.
"""

import ast
import os
import platform
import shutil
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path

from psycopg2.errors import InsufficientPrivilege

from . import archive, odoo_home, ownership, paths
from .cluster import Server
from .odoo_home import OdooHome
from .progress import say, step
from .server import Odoo, OdooError

MODULES = (
    "account",
    "contacts",
    "l10n_id",
    "phone_validation",
    "sale_management",
    "sale_stock",
    "stock_delivery",
)
DEMO = paths.SETUP / "demo"
# Named after the machine: a server given by PG* variables may serve several.
PASSING = f"passing_{paths.digest(platform.node())[:6]}_"
KEPT_TEMPLATES = 4


def own_addons() -> list[str]:
    """The suite's add-ons that Odoo can install."""
    return sorted(path.parent.name for path in paths.ADDONS.glob("*/__manifest__.py"))


def test_addons() -> list[str]:
    """The add-ons that only databases for tests have."""
    return sorted(
        path.parent.name for path in paths.TEST_ADDONS.glob("*/__manifest__.py")
    )


def folder(name: str) -> Path:
    """Where one of our add-ons is."""
    inside = paths.TEST_ADDONS if name in test_addons() else paths.ADDONS
    return inside / name


def depends(name: str) -> set[str]:
    """What the manifest of one of our add-ons asks for."""
    manifest = (folder(name) / "__manifest__.py").read_text()
    return set(ast.literal_eval(manifest).get("depends", ()))


def with_dependencies(names: Iterable[str]) -> list[str]:
    """These add-ons of ours, and those of ours that they stand on."""
    own, found, waiting = set(own_addons()), set(), set(names)
    while waiting:
        found |= waiting
        waiting = set().union(*map(depends, waiting)) & own - found
    return sorted(found)


def needed_modules() -> list[str]:
    """Odoo's modules that the company or a manifest of ours asks for."""
    own = own_addons()
    wanted = set(MODULES).union(*map(depends, own))
    return sorted(wanted - set(own))


def passing_name(purpose: str) -> str:
    """The name of a database that is dropped with this process, or after its death."""
    return f"{PASSING}{purpose}_{os.getpid()}"


class Databases:
    """The databases of one server. `addons`: not all of ours, but these alone.

    `testing`: with the add-ons of `tests/addons` too.
    """

    def __init__(
        self,
        server: Server,
        home: OdooHome | None = None,
        addons: Iterable[str] | None = None,
        testing: bool = False,
    ) -> None:
        self.server = server
        self.home = home or odoo_home.ensure()
        self.addons = with_dependencies(own_addons() if addons is None else addons)
        self.extra_addons = (paths.TEST_ADDONS,) if testing else ()
        self.addons += test_addons() if testing else []

    def odoo(self, database: str, **options: object) -> Odoo:
        """Odoo on a database, with a folder of its own for files and logs."""
        instance = ownership.folder(database, self.server.host, self.server.port)
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
        instance.chmod(0o700)
        options.setdefault("extra_addons", self.extra_addons)
        return Odoo(self.home, self.server, database, instance, **options)

    # -- plain ----------------------------------------------------------------
    def names(self) -> list[str]:
        """All databases of the server."""
        return [
            row[0] for row in self.server.execute("SELECT datname FROM pg_database")
        ]

    def exists(self, name: str) -> bool:
        """Whether the server has it."""
        return name in self.names()

    def drop(self, name: str) -> None:
        """Remove a database and its files, whoever is connected."""
        self.server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(self.odoo(name).folder, ignore_errors=True)

    def checkpoint(self) -> None:
        """Make a fresh copy safe from a crash.

        A copied sequence believes that its next values are in the log already, but it
        is its source that logged them: a crash would take it back to the copy.
        """
        with suppress(InsufficientPrivilege):  # on a server that is not ours
            self.server.execute("CHECKPOINT")

    def copy(self, source: str, target: str) -> Odoo:
        """Make `target` anew out of `source`, files included."""
        self.drop(target)
        files = self.odoo(source).folder / "data/filestore" / source
        odoo = self.odoo(target)
        if files.is_dir():  # first: who is interrupted leaves no database without them
            shutil.copytree(files, odoo.folder / "data/filestore" / target)
        odoo.write_config()
        self.server.execute(f'CREATE DATABASE "{target}" TEMPLATE "{source}"')
        self.checkpoint()
        self.server.execute(
            "UPDATE ir_config_parameter SET value = gen_random_uuid()"
            " WHERE key IN ('database.uuid', 'database.secret')",
            database=target,
        )
        return odoo

    def note(self, name: str, text: str | None = None) -> str:
        """Read, or write, a remark on a database (what it was made of)."""
        if text is not None:
            self.server.execute(f'COMMENT ON DATABASE "{name}" IS %s', text)
            return text
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database"
        rows = self.server.execute(f"{query} WHERE datname = %s", name)
        return rows[0][0] or "" if rows else ""

    # -- whose it is ----------------------------------------------------------------
    def claim(self, name: str, anew: bool = False) -> None:
        """Make sure that a kept database may be used here; drop it if it is to be new.

        A server given by PG* variables may have one of this name that is no demo.
        """
        if not self.exists(name):
            return
        owner = ownership.checkout_of(self.odoo(name).folder)
        if owner is None or (anew and ownership.is_elsewhere(owner)):
            whose = f"is the checkout's in {owner}" if owner else "was not made here"
            raise SystemExit(
                f"The database {name} {whose}, so it is left alone. "
                "Choose another name: --database NAME"
            )
        if ownership.is_elsewhere(owner):
            say(f"The database {name} was last used by the checkout in {owner}")
        if anew:
            self.drop(name)

    # -- templates --------------------------------------------------------------
    def company_template(self) -> str:
        """The database of the Indonesian company, without our add-ons."""
        modules = needed_modules()
        content = paths.files_digest([DEMO])
        name = f"company_{paths.digest(self.home.version, content, *modules)}"
        self.make_once(name, "company", partial(self.make_company, modules, name))
        return name

    def suite_template(self) -> str:
        """The company with all our add-ons installed as they are now."""
        company = self.company_template()
        name = f"suite_{paths.digest(company, self.addons_digest())}"
        self.make_once(name, "suite", partial(self.make_suite, company))
        return name

    def make_once(self, name: str, kind: str, make: object) -> None:
        """Call `make` with a scratch name unless the template is there already."""
        with paths.lock(f"template-{paths.digest(self.server.host, name)}"):
            if self.exists(name):
                return
            scratch = passing_name(kind)
            self.drop(scratch)
            make(scratch)
            self.server.execute(f'ALTER DATABASE "{scratch}" RENAME TO "{name}"')
            self.move_files(scratch, name)
            self.forget_old(kind, name)

    def move_files(self, scratch: str, name: str) -> None:
        """The file store follows the database's new name."""
        source = self.odoo(scratch).folder
        target = self.odoo(name).folder / "data/filestore"
        target.mkdir(parents=True, exist_ok=True)
        files = source / "data/filestore" / scratch
        if files.is_dir():
            shutil.rmtree(target / name, ignore_errors=True)  # of one long gone
            files.rename(target / name)
        shutil.rmtree(source, ignore_errors=True)

    def make_company(self, modules: Iterable[str], name: str, scratch: str) -> None:
        """From the archive if it is there, else by installing."""
        odoo = self.odoo(scratch)
        self.create(scratch)
        with step("Making the database of an Indonesian company"):
            if not archive.restore(odoo, name):
                self.drop(scratch)
                self.create(scratch)
                self.install_company(modules, odoo)
                archive.save(odoo, name)
        self.server.execute("ANALYZE", database=scratch)

    def create(self, name: str) -> None:
        """An empty database."""
        options = "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'"
        self.server.execute(f'CREATE DATABASE "{name}" {options}')

    def install_company(self, modules: Iterable[str], odoo: Odoo) -> None:
        """Base first, then the country, then what follows from the country."""
        odoo.install(["base"])
        odoo.shell((DEMO / "country.py").read_text())
        say("Installing Sales, Inventory and Invoicing for Indonesia, once …")
        odoo.install(modules)
        odoo.shell((DEMO / "company.py").read_text())

    def make_suite(self, company: str, name: str) -> None:
        """The add-ons on top of the company."""
        odoo = self.copy(company, name)
        with step(f"Installing {', '.join(self.addons)}"):
            odoo.install(self.addons)

    def forget_old(self, kind: str, newest: str) -> None:
        """Keep the newest templates of a kind; older add-ons' are of no use."""
        query = (
            "SELECT datname FROM pg_database WHERE datname LIKE %s ORDER BY oid DESC"
        )
        rows = self.server.execute(query, f"{kind}\\_%")
        old = [name for (name,) in rows if name != newest]
        for name in old[KEPT_TEMPLATES - 1 :]:
            self.drop(name)

    def sweep(self) -> None:
        """Drop what processes that were killed have left."""
        for name in self.names():
            if name.startswith(PASSING):
                pid = name.rpartition("_")[2]
                if not Path("/proc", pid).exists():
                    self.drop(name)

    # -- what others ask for ------------------------------------------------------
    def fresh(self, name: str) -> Odoo:
        """A new database with the add-ons, under this name."""
        self.sweep()
        template = self.suite_template()
        with step(f"Copying the database to {name}"):
            return self.copy(template, name)

    def current(self, name: str) -> Odoo:
        """The kept database of this name, its add-ons upgraded if they changed."""
        wanted = self.addons_digest()
        if not self.exists(name):
            odoo = self.fresh(name)
        else:
            odoo = self.odoo(name)
            if self.note(name) != wanted:
                self.upgrade(odoo)
        odoo.write_config()
        self.note(name, wanted)
        return odoo

    def upgrade(self, odoo: Odoo) -> None:
        """Bring the add-ons in a kept database to what they are now."""
        name = odoo.database
        try:
            with step(f"Upgrading the add-ons in {name}"):
                odoo.install(self.addons, upgrade=self.addons)
        except OdooError as error:
            raise OdooError(
                f"{error}\nThe database {name} could not be upgraded. What it says is "
                f"above and in {odoo.folder}/command.log. To give its data up and "
                "begin anew: setup/run --fresh. To keep it and use another: --database"
            )

    def addons_digest(self) -> str:
        """A short name for what the add-ons are now, tests and prose aside."""
        return paths.files_digest(map(folder, self.addons))

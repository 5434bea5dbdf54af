"""Odoo's own source: the folder given, the cached one, Debian's package, or a clone."""

import ast
import itertools
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from . import child, debian, npm, paths, system
from .progress import say, step

PACKAGE = "odoo-19"
REPOSITORY = "https://github.com/odoo/odoo"
# Debian replaces libraries and fonts by links into these packages.
LINKED_PACKAGES = (
    "fonts-font-awesome",
    "fonts-glyphicons-halflings",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
# Named in manifests, and files in no Odoo: made by Odoo, meant to lack, left behind.
NO_FILES = {
    "test_assetsbundle/static/invalid_src/xml/file_not_found.xml",
    "web/static/asset_styles_company_report.scss",
    "website/static/src/interactions/follow.edit.js",
}


@dataclass(frozen=True)
class OdooHome:
    """Where the `odoo` package is imported from, and the folders of its add-ons."""

    python_path: Path
    addons: tuple[Path, ...]

    @property
    def version(self) -> str:
        """The release and, from a package or a clone, the exact one."""
        marker = self.python_path / "VERSION"
        return marker.read_text().strip() if marker.is_file() else paths.ODOO_SERIES


def locate(folder: Path) -> OdooHome | None:
    """Understand a source checkout, a dist-packages folder or an unpacked package."""
    packaged = folder / "usr/lib/python3/dist-packages"
    for base in (folder, packaged):
        if (base / "odoo/release.py").is_file() or (base / "odoo/init.py").is_file():
            # A checkout keeps the standard add-ons beside the package, Debian inside:
            # there the folder beside is but a part of them.
            inside = (base / "odoo/addons/sale/__manifest__.py").is_file()
            beside = () if inside else (base / "addons",)
            return OdooHome(base, (*beside, base / "odoo/addons"))
    return None


def ensure() -> OdooHome:
    """Odoo 19, ready to run; fetched when nobody gave one and none is cached."""
    given = os.environ.get("ODOO_HOME")
    if given:
        home = locate(Path(given).expanduser().resolve())
        if home is None:
            raise SystemExit(f"ODOO_HOME={given} holds no Odoo")
        return home
    target = paths.cache() / f"odoo-{paths.ODOO_SERIES}"
    with paths.lock("odoo"):
        if locate(target) is None:
            fetch(target)
        fill(locate(target))
    return locate(target)


def fill(home: OdooHome) -> None:
    """Add what Debian's package lacks: at once, or when it can be had again."""
    if not packaged(home) or npm.is_complete(home.python_path):
        return
    try:
        with step("Fetching the files that Debian's Odoo lacks, once"):
            npm.complete(home.python_path)
    except npm.UnavailableError as error:
        say(f"Odoo's web client lacks files; the next start tries again. {error}")
    lacking = sorted({*broken_links(home), *missing_assets(home)})
    if lacking:
        say(f"Files of Odoo that no package holds: {', '.join(lacking)}")


def packaged(home: OdooHome) -> bool:
    """Whether it is Debian's: a clone has all of its files, and is not ours."""
    return home.python_path.name == "dist-packages"


def broken_links(home: OdooHome) -> list[str]:
    """The names of links that lead nowhere."""
    return [link.name for link in debian.broken_links(home.python_path / "odoo")]


def missing_assets(home: OdooHome) -> list[str]:
    """Files that a manifest puts into a bundle, and that are not there."""
    (addons,) = home.addons
    found = set()
    for manifest in addons.glob("*/__manifest__.py"):
        bundles = ast.literal_eval(manifest.read_text()).get("assets", {})
        for entry in itertools.chain(*bundles.values()):
            name = asset_file(entry)
            if name and not (addons / name).is_file():
                found.add(name)
    return sorted(found - NO_FILES)


def asset_file(entry: str | tuple[str, ...]) -> str | None:
    """The file that an entry of a bundle names; None for patterns and directives."""
    words = (entry,) if isinstance(entry, str) else entry
    name = words[-1].lstrip("/")
    plain = not re.search(r"[*?\[]|^https?:", name)
    return name if words[0] != "include" and plain and Path(name).suffix else None


def fetch(target: Path) -> None:
    """Debian's package if there is one to be had, else Odoo's own repository."""
    try:
        with step("Fetching Odoo 19 as a Debian package, once (120 MB)"):
            from_debian(target)
    except (debian.UnavailableError, FileNotFoundError) as error:
        say(f"No Debian package: {str(error).strip()}")
        system.require(["git"])
        with step("Cloning Odoo 19, once"):
            from_git(target)


def from_debian(target: Path) -> None:
    """Unpack the package, and the packages its links point into, below `target`."""
    with paths.building(target) as scratch:
        with paths.building(scratch / "fetched") as work:
            debian.fetch([PACKAGE, *LINKED_PACKAGES], work)
        package = next((scratch / "fetched/deb").glob(f"{PACKAGE}_*.deb"))
        for part in (scratch / "fetched/root").iterdir():
            part.rename(scratch / part.name)
        base = scratch / "usr/lib/python3/dist-packages"
        debian.relink(base / "odoo", [scratch, Path("/")])
        (base / "VERSION").write_text(package.name.split("_")[1])
        debian.run(["rm", "-rf", str(scratch / "fetched"), str(base / "addons")])


def from_git(target: Path) -> None:
    """A shallow clone of the release branch."""
    with paths.building(target) as scratch:
        branch = ["--depth", "1", "--branch", paths.ODOO_SERIES]
        command = ["git", "clone", "--quiet", *branch, REPOSITORY, str(scratch)]
        if child.run(command, stdout=sys.stderr).returncode:
            raise SystemExit(
                "Odoo could not be fetched. Give its folder in ODOO_HOME, or the "
                "address of a Debian mirror in DEBIAN_MIRROR, and try again."
            )
        revision = ["git", "-C", str(scratch), "rev-parse", "--short", "HEAD"]
        commit = child.run(revision, stdout=subprocess.PIPE, text=True).stdout.strip()
        (scratch / "VERSION").write_text(f"{paths.ODOO_SERIES}-{commit}")

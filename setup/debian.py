"""Fetch Debian packages into a private folder: no root, nothing installed.

apt itself does the work, with lists, cache and state of its own, so signatures are
checked as usual. The mirror is the one this machine already uses for Debian.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from . import child

SUITE = "sid"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
# Newer font packages keep some files elsewhere than the links expect.
FONTS = "share/fonts"
MOVED = {
    f"{FONTS}/truetype/inconsolata/Inconsolata.otf": (
        f"{FONTS}/opentype/inconsolata/Inconsolata-Regular.otf"
    )
}
URI = re.compile(r"https?://[^\s\]]+")


class UnavailableError(Exception):
    """This machine has no Debian mirror, or the mirror lacks a package."""


def mirror() -> str:
    """The address of a Debian archive: DEBIAN_MIRROR, else the one apt uses."""
    given = os.environ.get("DEBIAN_MIRROR")
    if given:
        return given
    for address in configured_addresses():
        if address.rstrip("/").endswith("/debian"):
            return address
    raise UnavailableError("apt on this machine uses no Debian archive")


def configured_addresses() -> Iterator[str]:
    """Every address that the machine's apt sources name."""
    folder = Path("/etc/apt/sources.list.d")
    files = [Path("/etc/apt/sources.list"), *folder.glob("*.sources")]
    for path in (*files, *folder.glob("*.list")):
        if path.is_file():
            yield from addresses_in(path.read_text(errors="replace"))


def addresses_in(sources: str) -> list[str]:
    """The addresses in a sources file of either format, comments aside."""
    lines = [
        line for line in sources.splitlines() if re.match(r"\s*(deb\s|URIs:)", line)
    ]
    return [address for line in lines for address in URI.findall(line)]


def fetch(packages: Iterable[str], folder: Path) -> Path:
    """Download the packages and unpack all of them into `folder`/root."""
    apt = private_apt(folder / "apt")
    run(["apt-get", "update"], apt)
    downloads = folder / "deb"
    downloads.mkdir()
    run(["apt-get", "download", *packages], apt, cwd=downloads)
    root = folder / "root"
    root.mkdir()
    for package in downloads.glob("*.deb"):
        run(["dpkg-deb", "-x", str(package), str(root)])
    return root


def private_apt(folder: Path) -> dict[str, str]:
    """An environment in which apt reads and writes below `folder` alone."""
    if not KEYRING.is_file():
        raise UnavailableError(f"{KEYRING} is not there to check signatures with")
    for part in ("lists/partial", "archives/partial", "etc"):
        (folder / part).mkdir(parents=True)
    for name in ("status", "etc/preferences"):
        (folder / name).touch()
    (folder / "etc/sources.list").write_text(
        f"deb [signed-by={KEYRING}] {mirror()} {SUITE} main\n"
    )
    settings = {
        "Dir::State": folder,
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder,
        "Dir::Cache::archives": folder / "archives",
        "Dir::Etc::sourcelist": folder / "etc/sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::Etc::preferences": folder / "etc/preferences",
        "Dir::Etc::preferencesparts": "-",
        # a mirror that lags behind will do: what it has is signed all the same
        "Acquire::Check-Valid-Until": "false",
        "APT::Sandbox::User": "",
        "APT::Get::List-Cleanup": "false",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
    }
    config = folder / "apt.conf"
    config.write_text("".join(f'{key} "{value}";\n' for key, value in settings.items()))
    return {"APT_CONFIG": str(config)}


def run(
    command: list[str],
    environment: dict[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Run quietly; what it said becomes the error when it fails."""
    result = child.run(
        command,
        env=os.environ | (environment or {}),
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if result.returncode:
        raise UnavailableError(f"{' '.join(command)}: {result.stdout[-2000:]}")


def broken_links(folder: Path) -> list[Path]:
    """Symbolic links that point nowhere."""
    return [p for p in folder.rglob("*") if p.is_symlink() and not p.exists()]


def relink(tree: Path, roots: Iterable[Path]) -> list[Path]:
    """Point broken links at the same file below one of `roots`; return the failures.

    A package's link climbs to the root of the file system it expected to be in.
    """
    failures = []
    for link in broken_links(tree):
        wanted = re.sub(r"^(\.\./)+", "", os.readlink(link)).removeprefix("/")
        found = find_below(roots, MOVED.get(wanted, wanted))
        if found is None:
            failures.append(link)
        else:
            link.unlink()
            link.symlink_to(os.path.relpath(found, link.parent))
    return failures


def find_below(roots: Iterable[Path], wanted: str) -> Path | None:
    """`wanted` below a root, or below its usr: links climb one folder more or less."""
    for root in roots:
        for path in (root / wanted, root / "usr" / wanted):
            if path.exists():
                return path
    return None

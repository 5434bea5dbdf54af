"""Where things are: in the checkout, in the cache, and in private run-time folders."""

import fcntl
import hashlib
import os
import shutil
import socket
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = "erp-connectors"
ODOO_SERIES = "19.0"

ROOT = Path(__file__).resolve().parent.parent
ADDONS = ROOT / "addons"
SETUP = ROOT / "setup"
TESTS = ROOT / "tests"
TEST_ADDONS = TESTS / "addons"  # never installed where people work

IGNORED_FOLDERS = {"__pycache__", "tests", "readme", ".ruff_cache", "build", "dist"}


def cache(*parts: str) -> Path:
    """A folder below the XDG cache, made when missing."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base, PROJECT, *parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def private(*parts: str) -> Path:
    """A folder that survives reboots and that PostgreSQL's own user may enter.

    The cache of root is closed to other users, and PostgreSQL refuses to be root.
    """
    if os.geteuid():
        return cache("private", *parts)
    base = Path("/var/tmp", f"{PROJECT}-{os.geteuid()}")  # noqa: S108
    base.mkdir(mode=0o755, exist_ok=True)
    if base.stat().st_uid != os.geteuid() or base.is_symlink():
        raise SystemExit(f"{base} belongs to somebody else; remove it first")
    folder = base.joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextmanager
def lock(name: str) -> Iterator[None]:
    """Let one process at a time through, whatever checkout it comes from."""
    with open(cache("locks") / f"{name}.lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def only_one(name: str) -> Iterator[None]:
    """Stop at once when another process is at it already."""
    with open(cache("locks") / f"{name}.lock", "w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"{name} is in use by another command") from None
        yield


@contextmanager
def building(target: Path) -> Iterator[Path]:
    """A scratch folder that becomes `target` only when all of it went well."""
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    scratch.chmod(0o755)
    try:
        yield scratch
        shutil.rmtree(target, ignore_errors=True)
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def digest(*texts: str) -> str:
    """A short name for a content."""
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12]


def files_digest(folders: Iterable[Path]) -> str:
    """A short name for all files below the folders that a running Odoo reads."""
    found = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            relative = path.relative_to(folder)
            if path.is_file() and not IGNORED_FOLDERS.intersection(relative.parts):
                found.update(f"{folder.name}/{relative}\0".encode())
                found.update(path.read_bytes())
    return found.hexdigest()[:12]


def free_port(wanted: int = 0) -> int:
    """`wanted` when nobody listens there, else a port nobody listens on."""
    for candidate in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise SystemExit("No free port on 127.0.0.1")

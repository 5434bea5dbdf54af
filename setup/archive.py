"""Databases as files in the cache, so that a second cluster need not make them anew."""

import os
import shutil
import subprocess
from pathlib import Path

from . import child, paths, system
from .server import Odoo

KEPT = 3


def folder(name: str) -> Path:
    """Where a database of this name is kept."""
    return paths.cache("archives") / name


def save(odoo: Odoo, name: str) -> None:
    """Dump a database and its files under a name; older ones are forgotten."""
    target = folder(name)
    with paths.building(target) as scratch:
        program(odoo, "pg_dump", "-Fc", "-Z1", "-f", scratch / "dump", odoo.database)
        files = odoo.folder / "data/filestore" / odoo.database
        shutil.copytree(files, scratch / "files", dirs_exist_ok=True)
    others = sorted(target.parent.iterdir(), key=lambda path: path.stat().st_mtime)
    for old in others[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def restore(odoo: Odoo, name: str) -> bool:
    """Fill an empty database from the archive; False when that cannot be done."""
    source = folder(name)
    if not source.is_dir():
        return False
    options = ["--no-owner", "--jobs=2", "--exit-on-error", "-d", odoo.database]
    try:
        program(odoo, "pg_restore", *options, source / "dump")
    except (OSError, subprocess.CalledProcessError):
        return False
    files = odoo.folder / "data/filestore" / odoo.database
    shutil.copytree(source / "files", files, dirs_exist_ok=True)
    return True


def program(odoo: Odoo, name: str, *arguments: str | Path) -> None:
    """Run one of PostgreSQL's own programs; the newest there is."""
    found = system.postgres_bin()
    path = found / name if found else name
    environment = os.environ | odoo.server.environment()
    done = child.run([path, *arguments], env=environment)
    if done.returncode:
        raise subprocess.CalledProcessError(done.returncode, [path, *arguments])

"""Several checkouts share one PostgreSQL: which of them a kept database belongs to.

A database's folder holds the odoo.conf of its last use, which names the add-ons' folder
of the checkout that used it.
"""

import re
from pathlib import Path

from . import paths


def folder(database: str, host: str, port: int) -> Path:
    """Where a database keeps its files, its logs and its configuration."""
    server = (host,) if host.startswith("/") else (host, str(port))
    return paths.private("instances") / f"{database}-{paths.digest(*server)}"


def checkout_of(instance: Path) -> Path | None:
    """The checkout that used a database last; None when it was none of ours."""
    config = instance / "odoo.conf"
    text = config.read_text() if config.is_file() else ""
    found = re.search(r"^addons_path = (.*)$", text, re.MULTILINE)
    folders = map(Path, found[1].split(",")) if found else ()
    return next((path.parent for path in folders if path.parent.name != "tests"), None)


def is_elsewhere(owner: Path | None) -> bool:
    """Whether another checkout, one that is still there, owns it."""
    return owner is not None and owner != paths.ROOT and (owner / "setup").is_dir()


def name_here(wanted: str, host: str, port: int) -> str:
    """`wanted`, or a name of this checkout's own when another one has that database."""
    own = f"{wanted}_{paths.digest(str(paths.ROOT))[:6]}"
    has_own = folder(own, host, port).is_dir()
    taken = is_elsewhere(checkout_of(folder(wanted, host, port)))
    return own if has_own or taken else wanted

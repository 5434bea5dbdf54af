"""`setup/translate`: export every add-on's texts, and say which want translating.

Writes i18n/<add-on>.pot anew and brings i18n/id.po up to date: what is translated
stays, what is new waits with an empty translation, what is gone is removed.
"""

from pathlib import Path

import polib

from . import command, ownership, paths, system
from .cluster import server_for
from .database import Databases, own_addons
from .progress import say

LANGUAGE = "id"
DATABASE = "translate"
EXPORT = """
import sys
from odoo.tools.translate import trans_export
for name, path in {targets!r}.items():
    with open(path, "wb") as file:
        trans_export(None, [name], file, "po", env)
"""


def main(_: list[str]) -> int:
    """0 when every text has its translation."""
    system.require(["postgresql"])
    with server_for("test", fast=True) as server:
        name = ownership.name_here(DATABASE, server.host, server.port)
        odoo = Databases(server).current(name)
        targets = {name: str(template(name)) for name in own_addons()}
        for path in map(Path, targets.values()):
            path.parent.mkdir(exist_ok=True)
        odoo.shell(EXPORT.format(targets=targets))
    return int(sum(missing(name) for name in own_addons()) > 0)


def template(name: str) -> Path:
    """Where an add-on keeps its texts."""
    return paths.ADDONS / name / "i18n" / f"{name}.pot"


def missing(name: str) -> int:
    """Bring the translation up to date; how many texts still have none."""
    texts = polib.pofile(str(template(name)))
    target = template(name).with_name(f"{LANGUAGE}.po")
    known = (
        {e.msgid: e.msgstr for e in polib.pofile(str(target))}
        if target.is_file()
        else {}
    )
    for date in ("POT-Creation-Date", "PO-Revision-Date"):
        texts.metadata.pop(date, None)  # they would change with every export
    texts.save()
    for entry in texts:
        entry.msgstr = known.get(entry.msgid, "")
    texts.metadata |= {
        "Language": LANGUAGE,
        "Language-Team": "Indonesian",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    texts.save(str(target))
    waiting = [entry.msgid for entry in texts if not entry.msgstr]
    say(f"{name}: {len(texts)} texts, {len(waiting)} to translate")
    return len(waiting)


if __name__ == "__main__":
    command.run(main)

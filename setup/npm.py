"""Files that Debian leaves out of its Odoo package, from the npm registry.

Debian drops what has no readable source. Odoo's own pages need these files all the
same: without one of them a whole bundle of the web client ends in an error.
"""

import base64
import hashlib
import io
import os
import subprocess
import tarfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from . import paths

TIMEOUT = 60
MARK = "COMPLETED"


class UnavailableError(Exception):
    """The registry did not answer, or answered something else than was meant."""


@dataclass(frozen=True)
class Package:
    """A package, the hash of its archive, and where its files belong.

    `files`: folder below Odoo's add-ons -> files inside the package.
    """

    name: str
    version: str
    licence: str
    sha512: str
    files: dict[str, tuple[str, ...]]

    @property
    def url(self) -> str:
        """The address of the archive."""
        file = f"{self.name.rpartition('/')[2]}-{self.version}.tgz"
        return f"{registry().rstrip('/')}/{self.name}/-/{file}"


def registry() -> str:
    """The registry that npm is set up for on this machine."""
    given = os.environ.get("npm_config_registry")  # noqa: SIM112
    if given:
        return given
    try:
        said = subprocess.run(
            ["npm", "config", "get", "registry"], capture_output=True, text=True
        )
    except OSError:
        raise UnavailableError("npm is not installed") from None
    if said.returncode:
        raise UnavailableError("npm does not say which registry it uses")
    return said.stdout.strip()


FONT = "fonts/fontawesome-webfont"
PACKAGES = (
    Package(
        "@mediapipe/selfie_segmentation",
        "0.1.1675465747",
        "Apache-2.0",
        "IxYxNhwE5VwOm52L1yoFWYLP7q9Pd+NJjzOC5tlepfvEGaY3o9hslhUrx9BgseqdfZtKSDtd/4NfC"
        "SMjNzQalA==",
        {"mail/static/lib/selfie_segmentation": ("selfie_segmentation.js",)},
    ),
    # Debian's links lead into Font Awesome 6, which has none of these names any more.
    Package(
        "font-awesome",
        "4.7.0",
        "OFL-1.1",
        "U6kGnykA/6bFmg1M/oT9EkFeIYv7JlX3bozwQJWiiLz6L0w3F5vBVPxHlwyX/vtNq1ckcpRKOB9f2"
        "Qal/VtFpg==",
        {
            "web/static/src/libs/fontawesome/fonts": (f"{FONT}.ttf",),
            "web/static/lib/fontawesome/fonts": (
                "fonts/FontAwesome.otf",
                *(f"{FONT}.{kind}" for kind in ("eot", "ttf", "woff", "woff2")),
            ),
        },
    ),
)


def mark() -> str:
    """A short name for all that is to be filled in."""
    return paths.digest(*(f"{p.name} {p.sha512} {p.files}" for p in PACKAGES))


def is_complete(base: Path) -> bool:
    """Whether the folder with Debian's `odoo` was filled in as it is to be now."""
    note = base / MARK
    return note.is_file() and note.read_text() == mark()


def complete(base: Path) -> None:
    """Put the files where they belong; what is there already stays."""
    for package in PACKAGES:
        wanted = wanted_files(package, base / "odoo/addons")
        if not all(path.is_file() for path in wanted):
            put(download(package), wanted)
    replace(base / MARK, mark().encode())


def wanted_files(package: Package, addons: Path) -> dict[Path, str]:
    """Where each file belongs -> its name in the archive; installed add-ons only."""
    return {
        addons / folder / Path(name).name: f"package/{name}"
        for folder, names in package.files.items()
        for name in names
        if (addons / Path(folder).parts[0]).is_dir()
    }


def download(package: Package) -> bytes:
    """The archive, checked."""
    url = package.url
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            content = answer.read()
    except (urllib.error.URLError, OSError) as error:
        raise UnavailableError(f"{url}: {error}")
    found = base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != package.sha512:
        raise UnavailableError(f"{url} is not the archive that was expected")
    return content


def put(archive: bytes, wanted: dict[Path, str]) -> None:
    """Write the files that are not there; a link that leads nowhere gives way."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as content:
        for path, name in wanted.items():
            if not path.is_file():
                replace(path, content.extractfile(name).read())


def replace(path: Path, content: bytes) -> None:
    """Write a file at once: somebody may be reading beside us."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    scratch.write_bytes(content)
    os.replace(scratch, path)

"""What the operating system must offer, and how to get it when it does not."""

import ctypes.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from . import child
from .progress import say, step

# Interrupted, apt first brings the package that it is at to its end.
APT_PATIENCE = 120
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def postgres_bin() -> Path | None:
    """The folder of the newest PostgreSQL server on this machine."""
    found = list(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if found:
        return max(found, key=lambda path: float(path.parts[-3])).parent
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


def browser() -> str | None:
    """The path of a Chromium, from CHROMIUM or from the system."""
    candidates = (os.environ.get("CHROMIUM"), *map(shutil.which, BROWSERS))
    return next(filter(None, candidates), None)


def has_venv() -> bool:
    """Debian splits ensurepip off into python3-venv."""
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        return False
    return True


def has_libatomic() -> bool:
    """What drives the browser is linked to it; a minimal system does not have it."""
    folders = (Path("/usr/lib"), Path("/lib"), Path("/usr/lib64"))
    names = ("libatomic.so.1", "*/libatomic.so.1")
    return any(any(folder.glob(name)) for folder in folders for name in names)


def has_cairo() -> bool:
    """What draws barcodes is linked to it, unless it brings its own along."""
    return sys.version_info < (3, 13) or bool(ctypes.util.find_library("cairo"))


# What is needed: the Debian package, how to see that it is there.
NEEDS = {
    "python3-venv": has_venv,
    "postgresql": postgres_bin,
    "chromium": browser,
    "libatomic1": has_libatomic,
    "wkhtmltopdf": lambda: shutil.which("wkhtmltopdf"),
    "libcairo2": has_cairo,
    "libxrender1": lambda: ctypes.util.find_library("Xrender"),
    "libxext6": lambda: ctypes.util.find_library("Xext"),
    "fontconfig": lambda: shutil.which("fc-list"),
    "git": lambda: shutil.which("git"),
}


def require(packages: Iterable[str]) -> None:
    """Install the missing ones with apt as root or by sudo; else name them and stop."""
    missing = [name for name in packages if not NEEDS[name]()]
    if not missing:
        return
    prefix = privilege()
    if prefix is None or not shutil.which("apt-get"):
        raise SystemExit(
            "Missing system packages. Please install them, then try again:\n"
            f"    sudo apt-get install {' '.join(missing)}"
        )
    with step(f"Installing system packages: {' '.join(missing)}"):
        install(prefix, missing)
    still = [name for name in missing if not NEEDS[name]()]
    if still:
        raise SystemExit(f"apt installed {' '.join(still)}, yet nothing is to be found")


def want(packages: Iterable[str], why: str) -> None:
    """Install the missing ones where that can be done; else say what will not work."""
    missing = [name for name in packages if not NEEDS[name]()]
    try:
        require(missing)
    except SystemExit as refusal:
        say(f"Without {' and '.join(missing)}, {why}. {refusal}")


@cache
def privilege() -> list[str] | None:
    """How to become root without being asked anything; None when there is no way."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    allowed = (
        sudo
        and not subprocess.run([sudo, "-n", "true"], capture_output=True).returncode
    )
    return [sudo, "-n"] if allowed else None


def install(prefix: list[str], packages: list[str]) -> None:
    """Bring the packages in, without what they merely recommend."""
    environment = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive"]
    apt = [*environment, "apt-get", "-q", "-y"]
    update = child.run([*apt, "update"], APT_PATIENCE, stdout=subprocess.DEVNULL)
    wanted = ["install", "--no-install-recommends", *packages]
    result = child.run([*apt, *wanted], APT_PATIENCE, stdout=subprocess.DEVNULL)
    if result.returncode:
        reason = "its lists could not be updated" if update.returncode else "see above"
        raise SystemExit(f"apt-get could not install {' '.join(packages)}: {reason}")

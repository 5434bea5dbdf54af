"""Odoo processes: the configuration file, one-off commands, and the server itself."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from . import child, paths, printer
from .cluster import Server
from .odoo_home import OdooHome

START_TIMEOUT = 180


class OdooError(Exception):
    """An Odoo command failed; the text is the end of its log."""


@dataclass
class Odoo:
    """One database, its configuration and its files.

    `extra_addons`: folders besides the suite's own and Odoo's.
    """

    home: OdooHome
    server: Server
    database: str
    folder: Path
    extra_addons: tuple[Path, ...] = ()
    options: dict[str, object] = field(default_factory=dict)

    @property
    def config(self) -> Path:
        """The configuration file, as last written."""
        return self.folder / "odoo.conf"

    @property
    def log(self) -> Path:
        """What Odoo said; truncated by nobody but a new start."""
        return self.folder / "odoo.log"

    def environment(self) -> dict[str, str]:
        """Odoo by PYTHONPATH, and no PG* variable that would win over the file."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        python_path = f"{self.home.python_path}{os.pathsep}{paths.ROOT}"
        return kept | {
            "PATH": printer.path(),
            "PYTHONPATH": python_path,
            "ODOO_RC": str(self.config),
            "PYTHONUNBUFFERED": "1",
        }

    def write_config(self, **options: object) -> Path:
        """Write odoo.conf for this database alone."""
        self.folder.mkdir(parents=True, exist_ok=True)
        addons = [*self.extra_addons, paths.ADDONS, *self.home.addons]
        settings = {
            "addons_path": ",".join(str(path) for path in addons if path.is_dir()),
            "data_dir": self.folder / "data",
            "db_host": self.server.host or False,
            "db_port": self.server.port,
            "db_user": self.server.user,
            "db_password": self.server.password or False,
            "db_name": self.database,
            "dbfilter": f"^{self.database}$",
            "db_maxconn": 24,
            "list_db": False,
            "http_interface": "127.0.0.1",
            "with_demo": False,
            "admin_passwd": os.urandom(16).hex(),
        }
        lines = [f"{k} = {v}" for k, v in (settings | self.options | options).items()]
        self.config.touch(mode=0o600)
        self.config.write_text("\n".join(["[options]", *lines, ""]))
        return self.config

    def command(self, *arguments: str) -> list[str]:
        """An Odoo command line with our configuration; a subcommand comes first."""
        subcommand = arguments[:1] if arguments[:1] == ("shell",) else ()
        options = arguments[len(subcommand) :]
        launcher = [sys.executable, str(paths.SETUP / "bin/odoo"), *subcommand]
        return [*launcher, "-c", str(self.config), *options]

    def run(self, *arguments: str, stdin: str = "") -> str:
        """Run a command to its end; return what it printed, logs aside."""
        self.write_config()
        with open(self.folder / "command.log", "w") as log:
            result = child.run(
                self.command(*arguments),
                env=self.environment(),
                input=stdin,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        said = Path(log.name).read_text(errors="replace")
        if result.returncode or "CRITICAL" in said or " ERROR " in said:
            raise OdooError(f"odoo {' '.join(arguments)}\n{said[-6000:]}")
        return result.stdout

    def install(self, modules: Iterable[str], upgrade: Iterable[str] = ()) -> None:
        """Install and upgrade modules, in one pass.

        A new module is often of no use to the others' older tables, and they to it.
        Texts that have changed get their new translations.
        """
        offline = ["--no-http", "--stop-after-init", "--max-cron-threads=0"]
        named = {"-i": ",".join(modules), "-u": ",".join(upgrade)}
        wanted = [word for pair in named.items() if pair[1] for word in pair]
        if upgrade:
            wanted.append("--i18n-overwrite")
        if wanted:
            self.run(*offline, *wanted)

    def shell(self, script: str) -> str:
        """Run Python with `env`; it commits by itself. Returns what it printed."""
        quiet = ["--no-http", "--log-level=warn", "--max-cron-threads=0"]
        return self.run("shell", *quiet, stdin=script)


def keep(command: list[str | Path], log: Path, **options: object) -> subprocess.Popen:
    """Start a command that ends when we end, however we end."""
    with open(log, "a") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "setup.keeper", "stdin", "--", *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,
            cwd=paths.ROOT,
            **options,
        )


def end(process: subprocess.Popen) -> None:
    """Let a kept command stop, and wait until all of it has gone."""
    process.stdin.close()
    process.wait()


def wait_until_answers(url: str, process: subprocess.Popen, log: Path) -> None:
    """Return when `url` answers 200; raise with the log's end when it never will."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise OdooError(f"{url} does not answer\n{log.read_text(errors='replace')[-6000:]}")

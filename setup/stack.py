"""Everything that runs: PostgreSQL, a database, Odoo with its workers, the simulators.

    with Stack("e2e") as stack:
        stack.rpc("res.partner", "search_count", [[]])

What a stack started stops with it, also when this process is killed.
"""

import contextlib
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import psutil

from . import paths
from .cluster import server_for
from .database import Databases, passing_name
from .progress import step
from .rpc import Session
from .server import end, keep, wait_until_answers

KEPT_LOGS = 20


@dataclass(frozen=True)
class Simulators:
    """The running simulators; a provider's own address is `url`/<provider>."""

    url: str
    port: int


class Stack:
    """A running suite on a database with the company and all add-ons.

    `kind`: the name of the PostgreSQL cluster. `database`: a kept one, made or upgraded
    as needed; without it a fresh copy is made and dropped at the end. `anew`: drop the
    kept one first. `fast`: give up durability. `port`: wanted for the web client, but
    another is taken when it is in use. `front`: one port for pages and web sockets.
    `options`: more of odoo.conf. `testing`: with the add-ons of `tests/addons`.
    """

    def __init__(
        self,
        kind: str = "e2e",
        database: str | None = None,
        anew: bool = False,
        workers: int = 2,
        cron_threads: int = 2,
        simulators: bool = True,
        fast: bool = True,
        port: int = 0,
        front: bool = False,
        options: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
        testing: bool = False,
    ) -> None:
        self.kind = kind
        self.kept = database
        self.anew = anew
        self.db = database or passing_name(f"{kind}-{id(self) % 9973}")
        self.wanted_port = port
        self.with_simulators = simulators
        self.with_front = front
        self.environment = environment or {}
        self.testing = testing
        self.cluster = server_for(kind, fast)
        self.given_options = {
            "workers": workers,
            "max_cron_threads": cron_threads,
            "limit_time_cpu": 600,
            "limit_time_real": 1200,
            **(options or {}),
        }
        self.odoo_process = self.front_process = self.simulator_process = None
        self.closing = contextlib.ExitStack()

    # -- life -------------------------------------------------------------------
    def __enter__(self) -> "Stack":
        try:
            self.start()
        except BaseException:
            self.closing.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.close()

    def start(self) -> None:
        """Bring up what others stand on first."""
        self.server = self.closing.enter_context(self.cluster)
        self.databases = Databases(self.server, testing=self.testing)
        if self.kept:
            self.databases.claim(self.kept, self.anew)
            self.odoo = self.databases.current(self.kept)
        else:
            self.closing.callback(self.databases.drop, self.db)
            self.closing.callback(self.keep_log)
            self.odoo = self.databases.fresh(self.db)
        self.choose_ports()
        if self.with_simulators:
            self.closing.callback(self.stop_simulators)
            self.start_simulators()
        self.closing.callback(self.stop_odoo)
        self.start_odoo()
        if self.with_front:
            self.start_front()

    def choose_ports(self) -> None:
        """The wanted port goes to whom the browser talks to."""
        wanted = paths.free_port(self.wanted_port)
        self.port = paths.free_port() if self.with_front else wanted
        self.front_port = wanted
        self.odoo.options |= self.given_options | {
            "http_port": self.port,
            "gevent_port": paths.free_port(),
        }
        port = paths.free_port()
        self.simulator = Simulators(f"http://127.0.0.1:{port}", port)

    def start_odoo(self) -> None:
        """Start the server and wait until it answers."""
        self.odoo.write_config()
        restarted = {"KEEPER_RESTART": "1"}
        environment = self.odoo.environment() | self.environment | restarted
        with step("Starting Odoo"):
            self.odoo_process = keep(
                self.odoo.command(), self.odoo.log, env=environment
            )
            health = f"{self.url}/web/health"
            wait_until_answers(health, self.odoo_process, self.odoo.log)

    def stop_odoo(self) -> None:
        """Stop the server, its workers and the front door."""
        for process in (self.front_process, self.odoo_process):
            if process:
                end(process)
        self.front_process = self.odoo_process = None

    def restart_odoo(self) -> None:
        """An orderly restart on the same ports."""
        self.stop_odoo()
        self.start_odoo()
        if self.with_front:
            self.start_front()

    def start_front(self) -> None:
        """Let browsers reach both of Odoo's ports through one."""
        ports = (self.front_port, self.port, self.odoo.options["gevent_port"])
        command = [sys.executable, "-m", "setup.front", *map(str, ports)]
        self.front_process = keep(command, self.odoo.log)
        health = f"{self.browser_url}/web/health"
        wait_until_answers(health, self.front_process, self.odoo.log)

    def start_simulators(self) -> None:
        """Serve all simulators on their port."""
        log = self.odoo.folder / "simulators.log"
        arguments = ["-m", "tests.simulators", "--port", str(self.simulator.port)]
        self.simulator_process = keep([sys.executable, *arguments], log)
        health = f"{self.simulator.url}/health"
        wait_until_answers(health, self.simulator_process, log)

    def keep_log(self) -> None:
        """A dropped database's log outlives it, for who asks why it failed."""
        logs = paths.cache("logs")
        if self.odoo.log.is_file():
            shutil.copy(self.odoo.log, logs / f"{self.db}.log")
        for old in sorted(logs.iterdir(), key=lambda path: path.stat().st_mtime):
            if len(list(logs.iterdir())) > KEPT_LOGS:
                old.unlink()

    def stop_simulators(self) -> None:
        """Stop them; their ledger is gone then."""
        if self.simulator_process:
            end(self.simulator_process)
        self.simulator_process = None

    def restart_postgres(self, crash: bool = False) -> None:
        """Restart the private cluster under everybody's feet."""
        self.cluster.crash() if crash else self.cluster.restart()

    # -- what tests use -----------------------------------------------------------
    @property
    def url(self) -> str:
        """Odoo itself."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def browser_url(self) -> str:
        """Where a browser goes: the front door if there is one."""
        return f"http://127.0.0.1:{self.front_port if self.with_front else self.port}"

    @cached_property
    def session(self) -> Session:
        """The administrator, logged in."""
        return Session(self.url, self.db, "admin", "admin")

    def rpc(
        self,
        model: str,
        method: str,
        args: list | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call a public method as the administrator."""
        return self.session.call(model, method, args, kwargs)

    @contextlib.contextmanager
    def cursor(self) -> Iterator[Any]:
        """A database cursor of our own; every statement commits."""
        connection = self.server.connect(self.db)
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def shell(self, script: str) -> str:
        """Run Python with `env` in a process of its own; it commits by itself."""
        return self.odoo.shell(script)

    def log(self) -> str:
        """All that the server has said."""
        return self.odoo.log.read_text(errors="replace")

    def odoo_pids(self) -> list[int]:
        """Odoo's main process and all of its workers."""
        if not self.odoo_process:
            return []
        keeper = psutil.Process(self.odoo_process.pid)
        return [child.pid for child in keeper.children(recursive=True)]

    def cron_worker_pids(self) -> list[int]:
        """The processes that run the lanes."""
        return [pid for pid in self.odoo_pids() if "WorkerCron" in title(pid)]

    def http_worker_pids(self) -> list[int]:
        """The processes that answer requests."""
        return [pid for pid in self.odoo_pids() if "WorkerHTTP" in title(pid)]

    @property
    def folder(self) -> Path:
        """Logs, files and configuration."""
        return self.odoo.folder


def title(pid: int) -> str:
    """The process's title (Odoo writes there what it is), empty when it has gone."""
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ""

"""A PostgreSQL server: the one that PG* variables name, or a private cluster.

A private cluster is made from the system's binaries, listens on 127.0.0.1 and on a
socket in a private folder, and runs only while a command uses it. Several commands may
share one; the last to leave stops it (see keeper).
"""

import fcntl
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TextIO

import psycopg2

from . import child, paths, system
from .progress import step

ROLE = "odoo"
SETTINGS = {
    "listen_addresses": "'127.0.0.1'",
    "max_connections": "200",
    "shared_buffers": "'256MB'",
    "work_mem": "'16MB'",
    "maintenance_work_mem": "'128MB'",
    "effective_cache_size": "'1GB'",
    "random_page_cost": "1.1",
    "jit": "off",
    "max_wal_size": "'2GB'",
    "logging_collector": "off",
    "log_timezone": "'UTC'",
    "timezone": "'UTC'",
}
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Server:
    """How to reach a PostgreSQL server. `host` is a name or a socket's folder."""

    host: str
    port: int
    user: str
    password: str = ""

    def connect(self, database: str = "postgres") -> "psycopg2.extensions.connection":
        """A connection that commits each statement by itself."""
        connection = psycopg2.connect(
            dbname=database,
            host=self.host,
            port=self.port,
            user=self.user,
            password=self.password or None,
        )
        connection.autocommit = True
        return connection

    def execute(self, query: str, *values: object, database: str = "postgres") -> list:
        """Run one statement by itself and return its rows."""
        connection = self.connect(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(query, values or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def environment(self) -> dict[str, str]:
        """The variables that PostgreSQL's own programs read."""
        found = {"PGHOST": self.host, "PGPORT": str(self.port), "PGUSER": self.user}
        return found | ({"PGPASSWORD": self.password} if self.password else {})


class GivenServer:
    """A server that somebody else runs, named by the usual PG* variables."""

    def __enter__(self) -> Server:
        variable = os.environ.get
        user = variable("PGUSER") or pwd.getpwuid(os.geteuid()).pw_name
        return Server(self.host, self.port, user, variable("PGPASSWORD", ""))

    def __exit__(self, *_: object) -> None:
        """Not ours to stop."""

    host = property(lambda _: os.environ.get("PGHOST", ""))
    port = property(lambda _: int(os.environ.get("PGPORT", "5432")))

    def restart(self) -> None:
        """Not ours to restart."""
        raise RuntimeError("the PostgreSQL server given by PG* variables is not ours")


class Cluster:
    """A private cluster. `fast`: no durability, for data that a test throws away."""

    def __init__(self, name: str, fast: bool = False) -> None:
        system.require(["postgresql"])
        self.bin = system.postgres_bin()
        version = self.bin.parent.name
        self.user = None if os.geteuid() else unprivileged_user()
        self.folder = paths.private("clusters") / f"{name}-{version}"
        self.settings = SETTINGS | (FAST if fast else {})
        self.data = self.folder / "data"
        self.users = self.folder / "users.lock"
        self.lock_name = f"cluster-{name}-{version}"
        self.held = None

    host = property(lambda self: str(self.folder))
    port = 0  # it changes with each start, and names nothing

    # -- life ----------------------------------------------------------------
    def __enter__(self) -> Server:
        try:
            self.join()
        except BaseException:
            if self.held:
                self.__exit__()
            raise
        return self.server()

    def join(self) -> None:
        """Become a user of the cluster; start it, and make it, where need be."""
        with paths.lock(self.lock_name):
            if not (self.data / "PG_VERSION").is_file():
                with step("Making a PostgreSQL cluster, once"):
                    self.make()
            self.held = open(self.users, "r+")  # noqa: SIM115
            fcntl.flock(self.held, fcntl.LOCK_SH)
            if not self.answers():
                self.start()

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self.held, fcntl.LOCK_UN)
        self.held.close()
        # The keeper notices within a moment; wait, so that nothing is left behind.
        with open(self.users) as probe, paths.lock(self.lock_name):
            deadline = time.monotonic() + 30
            while self.pid() and not used(probe) and time.monotonic() < deadline:
                time.sleep(0.05)

    def restart(self) -> None:
        """Stop at once, as a crash of a well-behaved machine would, and start again."""
        command = [self.bin / "pg_ctl", "-D", self.data, "-m", "fast", "-w", "stop"]
        port = self.server().port
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, **self.as_user())
        self.start(port)

    def crash(self) -> None:
        """Kill the server the hard way and start it again on the same port."""
        port = self.server().port
        os.kill(self.pid(), signal.SIGQUIT)
        while self.pid():
            time.sleep(0.05)
        self.start(port)

    # -- parts ---------------------------------------------------------------
    def make(self) -> None:
        """initdb below the folder, with a random password for TCP connections."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)
        self.users.touch(mode=0o600)
        password = self.folder / "password"
        password.write_text(secrets.token_urlsafe(24))
        if self.user:
            for path in (self.folder, password):
                shutil.chown(path, self.user)
        scratch = self.folder / "making"
        command = [self.bin / "initdb", "-D", scratch, "-U", ROLE, "-E", "UTF8"]
        access = [
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            "--pwfile",
            password,
        ]
        locale = ["--locale=C.UTF-8", "--no-sync"]
        made = child.run(
            [*command, *access, *locale],
            stdout=subprocess.DEVNULL,
            **self.as_user(),
        )
        if made.returncode:
            raise SystemExit(f"PostgreSQL's initdb could not make {self.data}")
        scratch.rename(self.data)  # only now, so that half of one is never started

    def start(self, port: int = 0) -> None:
        """Start under a keeper that stops it when its last user has gone."""
        port = paths.free_port(port)
        arguments = ["-D", self.data, "-p", str(port), "-k", self.folder]
        for name, value in self.settings.items():
            arguments += ["-c", f"{name}={value}".replace("'", "")]
        keeper = [sys.executable, "-m", "setup.keeper", self.users, "--"]
        with open(self.folder / "log", "a") as log:
            subprocess.Popen(
                [*keeper, self.bin / "postgres", *arguments],
                cwd=paths.ROOT,
                env=os.environ | {"KEEPER_USER": self.user or ""},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 60
        while not self.answers():
            if time.monotonic() > deadline:
                raise SystemExit(f"PostgreSQL does not start; see {self.folder}/log")
            time.sleep(0.05)

    def answers(self) -> bool:
        """Whether the server takes connections."""
        if not self.pid():
            return False
        try:
            self.server().execute("SELECT 1")
        except psycopg2.Error:
            return False
        return True

    def pid(self) -> int:
        """The postmaster's process, 0 when there is none."""
        try:
            pid = int(self.pidfile()[0])
            os.kill(pid, 0)
        except (OSError, IndexError, ValueError):
            return 0
        return pid

    def pidfile(self) -> list[str]:
        """Lines: process, data folder, start time, port, socket folder, address, …"""
        return (self.data / "postmaster.pid").read_text().splitlines()

    def server(self) -> Server:
        """How to reach the running server."""
        password = (self.folder / "password").read_text()
        return Server(str(self.folder), int(self.pidfile()[3]), ROLE, password)

    def as_user(self) -> dict:
        """What makes subprocess become the unprivileged user."""
        user = self.user
        who = {"user": user, "group": user, "extra_groups": []} if user else {}
        return who | {"cwd": "/"}


def used(probe: TextIO) -> bool:
    """Whether another command uses the cluster; its keeper does not count."""
    try:
        fcntl.flock(probe, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        try:
            fcntl.flock(probe, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        fcntl.flock(probe, fcntl.LOCK_UN)
        return True
    fcntl.flock(probe, fcntl.LOCK_UN)
    return False


def unprivileged_user() -> str:
    """Somebody to be instead of root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            continue
    raise SystemExit("root cannot run PostgreSQL, and there is no user postgres")


def server_for(name: str, fast: bool = False) -> Cluster | GivenServer:
    """The server given by PG* variables, else the private cluster of that name."""
    given = {"PGHOST", "PGPORT", "PGUSER", "PGSERVICE"} & set(os.environ)
    return GivenServer() if given else Cluster(name, fast)

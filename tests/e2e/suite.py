"""The running suite as tests see it: its messages, its workers, its locks."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any

import psutil
import requests
from psycopg2.errors import DeadlockDetected

from setup.stack import Stack

from .waiting import PATIENCE, PAUSE, until

#: So many requests at once keep every HTTP worker busy.
CROWD = 16
OPEN = ("pending", "processing", "retry", "uncertain")
#: Messages of one topic that are in work, and the database session of who works them.
CLAIMED = (
    "FROM erp_connector_message m JOIN pg_stat_activity a "
    "ON m.worker = a.pid || ':' || extract(epoch FROM a.backend_start) "
    "WHERE m.state = 'processing' AND m.topic = %s"
)


class Suite:
    """Odoo, whatever platforms it is linked to."""

    #: The id of the account the tests are about.
    account: int

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.holders: list[int] = []

    # -- Odoo ---------------------------------------------------------------------

    def sql(self, query: str, *values: Any) -> list[tuple]:
        """One statement, committed; again if it was in the way of a worker."""
        for _try in range(5):
            with suppress(DeadlockDetected):
                return self.stack.server.execute(query, *values, database=self.stack.db)
            time.sleep(PAUSE)
        return self.stack.server.execute(query, *values, database=self.stack.db)

    def messages(self, *references: str) -> list[dict[str, Any]]:
        """Messages of these business keys, oldest first."""
        names = ("id", "business_key", "state", "attempts", "error", "note", "worker")
        rows = self.sql(
            f"SELECT {', '.join(names)} FROM erp_connector_message "  # noqa: S608
            "WHERE business_key = ANY(%s) ORDER BY id",
            list(references),
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def make_due(self, *states: str, key: str = "") -> None:
        """Retries (or messages in other `states`) need not wait for their time.

        `key`: only of this business key. What is due, or being worked, is left alone:
        a write would collide with its worker's, which would have to begin again. They
        are late by so much that the health check wakes somebody.
        """
        self.sql(
            "UPDATE erp_connector_message SET next_attempt_at = "
            "(now() AT TIME ZONE 'UTC') - interval '10 seconds' WHERE id IN ("
            "SELECT id FROM erp_connector_message WHERE state = ANY(%s) "
            "AND next_attempt_at > now() AT TIME ZONE 'UTC' "
            "AND business_key LIKE %s FOR UPDATE SKIP LOCKED)",
            list(states or ("retry",)),
            key or "%",
        )
        self.wake()

    def wake(self) -> None:
        """Have somebody look for what is due; who does not answer now will later."""
        with suppress(requests.RequestException):
            self.health()

    def health(self) -> requests.Response:
        """What a load balancer asks every few seconds."""
        return requests.get(f"{self.stack.url}/connector/health", timeout=30)

    def healthy(self) -> bool:
        """Whether Odoo answers a crowd: each worker has a connection to lose."""
        try:
            with ThreadPoolExecutor(CROWD) as crowd:
                answers = list(crowd.map(lambda _: self.health(), range(CROWD)))
        except OSError:
            return False
        return all(answer.ok for answer in answers)

    @contextmanager
    def prober(self, every: float = 1.0) -> Iterator[list[int | str]]:
        """The load balancer; gives the list its answers are put into."""
        answers: list[int | str] = []
        over = threading.Event()

        def probe() -> None:
            while not over.wait(every):
                try:
                    answers.append(self.health().status_code)
                except requests.RequestException as error:
                    answers.append(type(error).__name__)

        thread = threading.Thread(target=probe)
        thread.start()
        try:
            yield answers
        finally:
            over.set()
            thread.join()

    # -- workers ------------------------------------------------------------------

    def wait_for_workers(self) -> None:
        """Until those that were killed have successors: Odoo takes some seconds."""
        wanted = self.stack.given_options["max_cron_threads"]
        until(
            lambda: len(self.stack.cron_worker_pids()) >= wanted,
            hope="all cron workers run",
        )

    def working(self, topic: str) -> set[int]:
        """Cron workers that have claimed messages of `topic` now."""
        query = f"SELECT DISTINCT a.client_port {CLAIMED}"
        return self.cron_workers_at(self.sql(query, topic))

    def stuck_at(self, table: str, topic: str) -> set[int]:
        """Cron workers with messages of `topic` that wait for what we hold of `table`.

        Scheduled actions of their own may wait for the same lock: they do not count.
        Nor does who has read the table, and waits for somebody else.
        """
        rows = self.sql(
            f"SELECT DISTINCT a.client_port {CLAIMED} "  # noqa: S608
            "AND a.wait_event_type = 'Lock' AND pg_blocking_pids(a.pid) && %s "
            "AND EXISTS (SELECT 1 FROM pg_locks l "
            "WHERE l.pid = a.pid AND l.relation = to_regclass(%s))",
            topic,
            self.holders,
            table,
        )
        return self.cron_workers_at(rows)

    def cron_workers_at(self, rows: list[tuple]) -> set[int]:
        """The cron workers whose database sessions come from these ports."""
        ports = {port for (port,) in rows}
        return {pid for pid in self.stack.cron_worker_pids() if ports & ports_of(pid)}

    def kill(self, pid: int) -> None:
        """SIGKILL to one cron worker."""
        psutil.Process(pid).kill()

    @contextmanager
    def held(self, statement: str, *values: Any) -> Iterator[None]:
        """Hold the locks `statement` takes, in a session of our own."""
        connection = self.stack.server.connect(self.stack.db)
        connection.autocommit = False
        holder = connection.get_backend_pid()
        self.holders.append(holder)
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values or None)
            yield
        finally:
            self.holders.remove(holder)
            connection.close()

    # -- messages -----------------------------------------------------------------

    def open_messages(self, *without: str) -> list[tuple]:
        """Messages of the account that are not through."""
        return self.sql(
            "SELECT business_key, state, attempts, error FROM erp_connector_message "
            "WHERE state = ANY(%s) AND business_key <> ALL(%s) AND backend_id = %s",
            list(OPEN),
            list(without) or [""],
            self.account,
        )

    def story(self) -> str:
        """Where the messages stand, for who reads a failure."""
        rows = self.sql(
            "SELECT topic, state, left(error, 200), left(note, 100), count(*), "
            "max(attempts), max(worker) FROM erp_connector_message "
            "WHERE create_date > (now() AT TIME ZONE 'UTC') - interval '2 minutes' "
            "GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC LIMIT 30"
        )
        return "\n".join(map(str, rows))

    def wait_done(self, *references: str, seconds: float = PATIENCE) -> None:
        """Until each of these business keys has come in, and no message is open."""
        until(
            lambda: not self.states(*references) & {*OPEN, None},
            seconds,
            f"{len(references)} of them are handled",
        )

    def wait_state(
        self, state: str, *references: str, seconds: float = PATIENCE
    ) -> None:
        """Until each of these has come in, and every message is in `state`."""
        until(
            lambda: self.states(*references) == {state},
            seconds,
            f"{len(references)} of them are {state}",
        )

    def states(self, *references: str) -> set[str | None]:
        """The states of their messages; with None while one has not come in."""
        messages = self.messages(*references)
        missing = set(references) - {m["business_key"] for m in messages}
        return {m["state"] for m in messages} | ({None} if missing else set())

    def count_messages(self) -> int:
        """What came in for the account; what Odoo asks of itself has no payload."""
        query = (
            "SELECT count(*) FROM erp_connector_message "
            "WHERE backend_id = %s AND payload IS DISTINCT FROM '{}'"
        )
        return self.sql(query, self.account)[0][0]

    def calm(self) -> None:
        """Nothing of what came before is open, and nobody has any of it in hand.

        A worker that is still at it would tell the next test of things long gone.
        """
        until(self.is_calm, hope="nothing is in work")
        self.ignore_all()
        self.wait_for_workers()

    def is_calm(self) -> bool:
        """Whether nothing is being worked, once what waits is ignored."""
        self.ignore_all("processing")
        self.wake()  # messages of workers that were killed are taken back
        query = "SELECT 1 FROM erp_connector_message WHERE state = 'processing' LIMIT 1"
        return not self.sql(query)

    def ignore_all(self, *but: str) -> None:
        """Nothing of what came before is open or needs attention."""
        self.sql(
            "UPDATE erp_connector_message SET state = 'ignored' WHERE state <> ALL(%s)",
            ["done", "ignored", *but],
        )


def ports_of(pid: int) -> set[int]:
    """The ports its connections come from; none when it has gone meanwhile."""
    try:
        return {c.laddr.port for c in psutil.Process(pid).net_connections() if c.laddr}
    except psutil.Error:
        return set()

"""The running suite with a linked shop, and what tests do to it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil
import requests

from setup.link import agree
from setup.rpc import RpcError
from setup.stack import Stack
from tests.simulators.control import ShopeeControl

from .books import Sale, differences, read_sales
from .waiting import until

OPEN = ("pending", "processing", "retry", "uncertain")
ORDER_TOPIC = "order.status"


class World:
    """Odoo, its shop, and the judge."""

    def __init__(self, stack: Stack, shop: ShopeeControl) -> None:
        self.stack, self.shop = stack, shop
        where = [["provider", "=", "shopee"], ["environment", "=", "simulator"]]
        (self.account,) = stack.rpc("erp.connector.backend", "search", [where])
        self.hear_directly()

    def hear_directly(self) -> None:
        """Webhooks go to Odoo itself, not by the browser's front door."""
        url = self.backend("webhook_url").replace(
            self.stack.browser_url, self.stack.url, 1
        )
        values = [[self.account], {"webhook_url": url}]
        self.stack.rpc("erp.connector.backend", "write", values)
        self.shop.config(callback_url=url)

    def clean(self) -> None:
        """As after linking: no faults, no orders in the ledger, nothing open."""
        self.shop.reset()
        self.sql(
            "UPDATE erp_connector_message SET state = 'ignored' "
            "WHERE state NOT IN ('done', 'ignored')"
        )
        if self.backend("state") != "connected" or not self.shop_is_linked():
            self.link()
        self.sql(
            "UPDATE erp_connector_backend SET next_poll_at = "
            "(now() AT TIME ZONE 'UTC') + interval '1 hour', poll_cursor = "
            "date_trunc('second', now() AT TIME ZONE 'UTC')"
        )

    # -- Odoo ---------------------------------------------------------------------

    def sql(self, query: str, *values: Any) -> list[tuple]:
        """One statement, committed."""
        return self.stack.server.execute(query, *values, database=self.stack.db)

    def backend(self, field: str) -> Any:
        """A field of the account."""
        record = self.stack.rpc(
            "erp.connector.backend", "read", [[self.account]], {"fields": [field]}
        )
        return record[0][field]

    def link(self) -> None:
        """Press Link Account, agree, come back."""
        agree(self.stack.session, self.account)

    def shop_is_linked(self) -> bool:
        """Whether the platform still knows Odoo."""
        return any(shop["linked"] for shop in self.shop.ledger("shops"))

    def poll(self) -> None:
        """The poll, as its scheduled action starts it."""
        (cron,) = self.sql(
            "SELECT res_id FROM ir_model_data WHERE module = 'connector_marketplace' "
            "AND name = 'ir_cron_poll'"
        )
        self.sql("UPDATE erp_connector_backend SET next_poll_at = NULL")
        until(lambda: self.poll_has_started(cron[0]), hope="the poll has started")

    def poll_has_started(self, cron: int) -> bool:
        """Press Run Manually; it is refused while the action runs by itself."""
        with suppress(RpcError):
            self.stack.rpc("ir.cron", "method_direct_trigger", [[cron]])
        return self.sql("SELECT next_poll_at FROM erp_connector_backend")[0][0]

    def messages(self, *references: str) -> list[dict[str, Any]]:
        """Messages of these orders, oldest first."""
        names = ("id", "business_key", "state", "attempts", "error", "note", "worker")
        rows = self.sql(
            f"SELECT {', '.join(names)} FROM erp_connector_message "  # noqa: S608
            "WHERE business_key = ANY(%s) ORDER BY id",
            list(references),
        )
        return [dict(zip(names, row, strict=True)) for row in rows]

    def make_due(self) -> None:
        """Retries need not wait for their time."""
        self.sql(
            "UPDATE erp_connector_message SET next_attempt_at = "
            "(now() AT TIME ZONE 'UTC') - interval '1 second' WHERE state = 'retry'"
        )
        self.health()

    def health(self) -> requests.Response:
        """What a load balancer asks every few seconds."""
        return requests.get(f"{self.stack.url}/connector/health", timeout=10)

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

    def working(self) -> set[int]:
        """Cron workers that have claimed messages now."""
        rows = self.sql(
            "SELECT DISTINCT a.client_port FROM erp_connector_message m "
            "JOIN pg_stat_activity a ON m.worker = a.pid || ':' || "
            "extract(epoch FROM a.backend_start) WHERE m.state = 'processing'"
        )
        return self.cron_workers_at(rows)

    def stuck_at(self, table: str) -> set[int]:
        """Cron workers that wait for a lock on `table`, or on a row of it."""
        rows = self.sql(
            "SELECT DISTINCT a.client_port FROM pg_stat_activity a "
            "WHERE a.wait_event_type = 'Lock' AND EXISTS (SELECT 1 FROM pg_locks l "
            "WHERE l.pid = a.pid AND l.relation = to_regclass(%s))",
            table,
        )
        return self.cron_workers_at(rows)

    def cron_workers_at(self, rows: list[tuple]) -> set[int]:
        """The cron workers whose database sessions come from these ports."""
        ports = {port for (port,) in rows}
        return {
            pid
            for pid in self.stack.cron_worker_pids()
            if ports & {c.laddr.port for c in psutil.Process(pid).net_connections()}
        }

    def kill(self, pid: int) -> None:
        """SIGKILL to one cron worker."""
        psutil.Process(pid).kill()

    @contextmanager
    def held(self, statement: str, *values: Any) -> Iterator[None]:
        """Hold the locks `statement` takes, in a session of our own."""
        connection = self.stack.server.connect(self.stack.db)
        connection.autocommit = False
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values or None)
            yield
        finally:
            connection.close()

    # -- the judge ----------------------------------------------------------------

    def sales(self, references: list[str]) -> list[Sale]:
        """What Odoo has of these orders."""
        with self.stack.cursor() as cursor:
            return read_sales(cursor, references)

    def differences(self, *without: str, articles: bool = True) -> list[str]:
        """Ledger against Odoo; `without`: orders that are judged elsewhere."""
        ledger = self.shop.orders()
        orders = {ref: o for ref, o in ledger.items() if ref not in without}
        return differences(orders, self.sales(list(orders)), articles)

    def assert_books_agree(
        self, *without: str, seconds: float = 30, push: bool = False
    ) -> None:
        """Wait until nothing differs and nothing is open. `push`: retries are due."""
        deadline = time.monotonic() + seconds
        while True:
            wrong = self.differences(*without) or self.open_messages(*without)
            if not wrong:
                return
            if time.monotonic() > deadline:
                raise AssertionError("\n".join([*map(str, wrong[:20]), self.story()]))
            if push:
                self.make_due()
            time.sleep(0.2)

    def open_messages(self, *without: str) -> list[tuple]:
        """Messages that are not through."""
        return self.sql(
            "SELECT business_key, state, attempts, error FROM erp_connector_message "
            "WHERE state = ANY(%s) AND business_key <> ALL(%s)",
            list(OPEN),
            list(without) or [""],
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

    def wait_done(self, *references: str, seconds: float = 30) -> None:
        """Until no message of these orders is open."""
        until(
            lambda: not any(m["state"] in OPEN for m in self.messages(*references)),
            seconds,
            f"{len(references)} orders are handled",
        )

    def wait_state(self, state: str, *references: str, seconds: float = 30) -> None:
        """Until every message of these orders is in `state`, and there are some."""
        until(
            lambda: {m["state"] for m in self.messages(*references)} == {state},
            seconds,
            f"{len(references)} orders are {state}",
        )

    def count_messages(self) -> int:
        """All rows of the inbox."""
        return self.sql("SELECT count(*) FROM erp_connector_message")[0][0]

"""Orders of the simulated Shopee shop, for the benchmarks: place, drain, count."""

import json
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from setup.link import link_shopee
from setup.progress import say, step
from setup.stack import Stack
from tests.simulators.shopee.catalogue import FIRST_BUYER, buyer

ACCOUNT = "erp.connector.backend"
TOPIC = "order.status"
PATIENCE = 900


class Shop:
    """A linked shop on a running stack.

    Orders are placed while the account is paused, so that their pushes are all in the
    inbox; then the account goes on, and the lanes read every order over HTTP.
    """

    def __init__(self, stack: Stack, buyers: int) -> None:
        self.stack = stack
        self.control = link_shopee(stack, calls_per_second=0)
        self.control.config(buyers=buyers, push_timeout=30, push_retry_delays=[1, 1, 1])
        self.account = stack.rpc(ACCOUNT, "search", [[["provider", "=", "shopee"]]])
        self.quiet()

    def quiet(self) -> None:
        """Only the lanes run: no poll, no mail queue, none of Odoo's own jobs."""
        with self.stack.cursor() as cursor:
            cursor.execute(
                "UPDATE ir_cron SET active = FALSE WHERE connector_lane IS NULL"
            )

    def lanes(self, count: int) -> None:
        """So many of the two fast lanes are at work."""
        with self.stack.cursor() as cursor:
            cursor.execute(
                """
                UPDATE ir_cron SET active = place <= %s
                  FROM (SELECT id AS lane, row_number() OVER (ORDER BY id) AS place
                          FROM ir_cron WHERE connector_lane = 'fast') AS fast
                 WHERE id = lane
                """,
                [count],
            )

    def fill(self, count: int) -> list[str]:
        """`count` paid orders of two lines, their pushes in the inbox."""
        self.stack.rpc(ACCOUNT, "action_pause", [self.account])
        with step(f"Placing {count} orders"):
            placed = self.control.place(count, lines=2, plain=True)
            self.wait(lambda: self.counts(placed)["pending"] == count)
        return placed

    def resume(self) -> None:
        """The account goes on."""
        self.stack.rpc(ACCOUNT, "action_resume", [self.account])

    def query(self, query: str, *values: Any) -> Any:
        """The first row of a query, or None."""
        with self.stack.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchone()

    def drain(self, placed: list[str]) -> float:
        """Let the lanes go; seconds from the first claim to the last order done."""
        self.resume()
        self.wait(lambda: self.counts(placed)["pending"] < len(placed), pause=0.005)
        begun = time.time()
        self.wait(lambda: self.counts(placed)["done"] == len(placed), pause=0.1)
        with self.stack.cursor() as cursor:
            cursor.execute(
                "SELECT extract(epoch FROM max(processed_at) AT TIME ZONE 'UTC')"
                " FROM erp_connector_message WHERE business_key = ANY(%s)",
                [placed],
            )
            seconds = float(cursor.fetchone()[0]) - begun
        self.check(placed)
        say(f"{len(placed)} orders in {seconds:.1f} s")
        return seconds

    def counts(self, placed: list[str]) -> dict[str, int]:
        """{state: messages} of these orders."""
        with self.stack.cursor() as cursor:
            cursor.execute(
                "SELECT state, count(*) FROM erp_connector_message"
                " WHERE topic = %s AND business_key = ANY(%s) GROUP BY state",
                [TOPIC, placed],
            )
            found = dict(cursor.fetchall())
        if found.get("dead") or found.get("waiting"):
            raise RuntimeError(f"Orders did not go through: {found}")
        return {"pending": 0, "done": 0, **found}

    def check(self, placed: list[str]) -> None:
        """Every order is there once, confirmed and reserved; else the time is void."""
        with self.stack.cursor() as cursor:
            cursor.execute(
                """
                SELECT count(*), count(DISTINCT connector_order_ref)
                  FROM sale_order o JOIN stock_picking p ON p.sale_id = o.id
                 WHERE connector_order_ref = ANY(%s) AND o.state = 'sale'
                   AND p.state = 'assigned' AND COALESCE(connector_difference, 0) = 0
                """,
                [placed],
            )
            found = cursor.fetchone()
        if found != (len(placed), len(placed)):
            raise RuntimeError(f"{len(placed)} orders placed, {found} are through")

    def wait(self, condition: Any, pause: float = 0.05) -> None:
        """Return when `condition()` holds; give up loudly."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError("The orders never went through")
            time.sleep(pause)

    def export(self, placed: list[str], file: Path) -> None:
        """The same orders as data, for plain Odoo."""
        ledger = self.control.orders()
        file.write_text(json.dumps([plain(ledger[sn]) for sn in placed]))


def plain(entry: dict[str, Any]) -> dict[str, Any]:
    """An order of the ledger as a script's input."""
    person = buyer(entry["buyer_user_id"] - FIRST_BUYER)
    return {
        "ref": entry["order_sn"],
        "buyer": str(person.user_id),
        "username": person.username,
        "address": {
            "name": person.name,
            "phone": person.phone,
            "street": person.street,
            "street2": person.district,
            "city": person.city,
            "zip": person.zipcode,
        },
        "lines": entry["items"],
    }


@contextmanager
def shop(stack_factory: Any, buyers: int, **options: Any) -> Any:
    """A linked shop on a fresh stack."""
    with stack_factory(cron_threads=2, **options) as stack:
        yield Shop(stack, buyers)


def plain_odoo(stack: Stack, file: Path, way: str, warm_up: int) -> dict[str, float]:
    """Seconds that plain Odoo needs for the orders in `file`, on a fresh database."""
    name = f"{stack.db}_{way}"
    odoo = stack.databases.fresh(name)
    try:
        with step(f"Plain Odoo, {way}"):
            said = odoo.shell(
                "from tests.bench import _plain\n"
                f"_plain.main(env, {str(file)!r}, {way!r}, {warm_up})\n"
            )
    finally:
        stack.databases.drop(name)
    return json.loads(said.split("REPORT")[1].splitlines()[0])

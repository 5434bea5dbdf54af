"""A linked account on a running stack, and the lanes that work for it."""

import time
from collections.abc import Callable
from typing import Any

from setup.stack import Stack

ACCOUNT = "erp.connector.backend"
PATIENCE = 900

COUNTS = """
    SELECT state, count(*) FROM erp_connector_message
     WHERE topic = %s AND id > %s GROUP BY state
"""
LAST_DONE = """
    SELECT extract(epoch FROM max(processed_at) AT TIME ZONE 'UTC')
      FROM erp_connector_message WHERE topic = %s AND id > %s
"""


class Account:
    """Its messages are made while it is paused; then it goes on, and the clock runs."""

    def __init__(self, stack: Stack, account: list[int]) -> None:
        self.stack = stack
        self.account = account
        self.quiet()

    def quiet(self) -> None:
        """Only the lanes run: no poll, no mail queue, none of Odoo's own jobs."""
        self.execute("UPDATE ir_cron SET active = FALSE WHERE connector_lane IS NULL")

    def lanes(self, count: int) -> None:
        """So many of the two fast lanes are at work."""
        self.execute(
            """
            UPDATE ir_cron SET active = place <= %s
              FROM (SELECT id AS lane, row_number() OVER (ORDER BY id) AS place
                      FROM ir_cron WHERE connector_lane = 'fast') AS fast
             WHERE id = lane
            """,
            count,
        )

    def pause(self) -> None:
        """What comes in or is to go out is stored, and waits."""
        self.stack.rpc(ACCOUNT, "action_pause", [self.account])

    def resume(self) -> None:
        """The account goes on."""
        self.stack.rpc(ACCOUNT, "action_resume", [self.account])

    # -- the database ---------------------------------------------------------------

    def execute(self, query: str, *values: Any) -> None:
        """Run and commit a statement."""
        with self.stack.cursor() as cursor:
            cursor.execute(query, values)

    def rows(self, query: str, *values: Any) -> list[tuple]:
        """All rows of a query."""
        with self.stack.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()

    def last_message(self) -> int:
        """The newest message there is; `drain` and `counts` start behind one."""
        return self.rows("SELECT COALESCE(max(id), 0) FROM erp_connector_message")[0][0]

    # -- the clock ------------------------------------------------------------------

    def counts(self, topic: str, after: int) -> dict[str, int]:
        """{state: messages} of a topic."""
        found = dict(self.rows(COUNTS, topic, after))
        if set(found) & {"dead", "waiting", "uncertain", "ignored"}:
            raise RuntimeError(f"Messages did not go through: {found}")
        return {"pending": 0, "processing": 0, "done": 0, **found}

    def drain(self, topic: str, after: int, count: int) -> float:
        """Let the lanes go; seconds from the first claim to the last message done."""
        self.resume()
        self.wait(lambda: self.counts(topic, after)["pending"] < count, pause=0.005)
        begun = time.time()
        self.wait(lambda: self.counts(topic, after)["done"] >= count, pause=0.2)
        return float(self.rows(LAST_DONE, topic, after)[0][0]) - begun

    def wait(self, condition: Callable[[], Any], pause: float = 0.05) -> None:
        """Return when `condition()` holds; give up loudly."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > deadline:
                raise RuntimeError("The messages never went through")
            time.sleep(pause)

"""The engine alone: messages that do nothing.

Webhooks come in at 20 a second, with the lanes as they are installed; then one lane is
timed from its first claim to the last message of a full inbox; then webhooks again,
when the table's indexes are full of what that left behind.

At last what a claim costs: on a small table; after a burst, on one of two million
handled rows whose statistics are from before; and while a backup holds a snapshot.
"""

import json
import time
from typing import Any

from setup.progress import step

from ._peer import ACCOUNT, NOOP, Peer, percentile

MESSAGES = 30_000
RATE = 20
SECONDS = 15
PATIENCE = 120
HISTORY = 2_000_000
ROUND = 12  # seconds after which a lane has surely ended

FILL = """
    INSERT INTO erp_connector_message (
        backend_id, company_id, direction, topic, lane, business_key, dedup_key,
        payload, state, attempts, correlation_id, create_date, write_date)
    SELECT b.id, b.company_id, 'in', %s, 'fast', 'F' || n, 'F' || n, '{}', 'pending',
           0, gen_random_uuid()::text, clock_timestamp() AT TIME ZONE 'UTC', now()
      FROM erp_connector_backend b, generate_series(1, %s) AS n
     WHERE b.id = %s
"""
DONE = """
    SELECT count(*) FILTER (WHERE state <> 'pending'),
           count(*) FILTER (WHERE state = 'done'),
           extract(epoch FROM max(processed_at))::float
      FROM erp_connector_message WHERE business_key LIKE %s
"""
LATENCIES = """
    SELECT extract(epoch FROM processed_at - create_date)::float
      FROM erp_connector_message WHERE business_key LIKE %s AND state = 'done'
"""
LANES = """
    UPDATE ir_cron SET active = id IN (SELECT id FROM ir_cron WHERE connector_lane =
           'fast' ORDER BY id LIMIT %s)
     WHERE connector_lane = 'fast'
"""


def main(stack_factory: Any) -> dict[str, float]:
    """`per_second` of one lane, and `p95_ms` from received to done at 20 a second."""
    with stack_factory(testing=True, cron_threads=2, simulators=False) as stack:
        peer = Peer(stack)
        with stack.cursor() as cursor:
            trickle(peer, cursor, "W", 2)  # what is slow the first time only
            latencies = trickle(peer, cursor, "T", SECONDS)
            seconds = drain(peer, cursor)
            cursor.execute(LANES, [2])
            after = trickle(peer, cursor, "A", SECONDS)
            costs = claims(peer, cursor)
    return {
        "stale_claim_ratio": round(costs["stale_ms"] / costs["fresh_ms"], 2),
        "snapshot_claim_ratio": round(costs["snapshot_ms"] / costs["fresh_ms"], 2),
        **{name: round(ms, 1) for name, ms in costs.items()},
        "history": HISTORY,
        "per_second": round(MESSAGES / seconds),
        "p95_ms": round(1000 * percentile(latencies, 0.95)),
        "p50_ms": round(1000 * percentile(latencies, 0.50)),
        "p95_after_burst_ms": round(1000 * percentile(after, 0.95)),
        "messages": MESSAGES,
        "seconds": round(seconds, 2),
    }


def claims(peer: Peer, cursor: Any) -> dict[str, float]:
    """Milliseconds of a claim of a hundred: fresh, stale, under a snapshot.

    No lane is active any more, and the table begins empty.
    """
    cursor.execute("UPDATE ir_cron SET active = FALSE")
    time.sleep(ROUND)
    cursor.execute("TRUNCATE erp_connector_message CASCADE")
    cursor.execute("ALTER TABLE erp_connector_message SET (autovacuum_enabled = off)")
    with step(f"Claims on {HISTORY} handled messages"):
        printed = peer.stack.shell(
            "from tests.bench import _claims\n"
            f"_claims.main(env, {peer.account[0]}, {HISTORY})\n"
        )
    return json.loads(printed.split("REPORT")[1].splitlines()[0])


def drain(peer: Peer, cursor: Any) -> float:
    """Seconds that one lane needs for a full inbox."""
    cursor.execute(LANES, [1])
    peer.stack.rpc(ACCOUNT, "action_pause", [peer.account])
    cursor.execute(FILL, [NOOP, MESSAGES, peer.account[0]])
    cursor.execute("ANALYZE erp_connector_message")
    peer.stack.rpc(ACCOUNT, "action_resume", [peer.account])
    first = "SELECT 1 FROM erp_connector_message WHERE state <> 'pending' LIMIT 1"
    wait(cursor, first, [], lambda row: row is not None, 0.002)
    begun = time.time()
    with step(f"One lane at {MESSAGES} messages"):
        row = wait(cursor, DONE, ["F%"], lambda row: row[1] == MESSAGES, 0.25)
    return row[2] - begun


def trickle(peer: Peer, cursor: Any, name: str, duration: int) -> list[float]:
    """Seconds from received to done of webhooks that come in steadily."""
    count = RATE * duration
    with step(f"{RATE} webhooks a second"):
        begun = time.monotonic()
        for number in range(count):
            time.sleep(max(0, begun + number / RATE - time.monotonic()))
            peer.send(peer.request(peer.event(f"{name}{number}")))
        wait(cursor, DONE, [f"K{name}%"], lambda row: row[1] == count, 0.1)
    cursor.execute(LATENCIES, [f"K{name}%"])
    return [seconds for (seconds,) in cursor.fetchall()]


def wait(cursor: Any, query: str, values: list, enough: Any, pause: float) -> Any:
    """The query's first row as soon as it is `enough`."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        cursor.execute(query, values)
        row = cursor.fetchone()
        if enough(row):
            return row
        time.sleep(pause)
    raise RuntimeError(f"The lane did not get through: {row}")

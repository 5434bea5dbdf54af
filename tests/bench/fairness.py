"""Three platforms begin to hang at once; what does a fourth account notice of it?

The three have hundreds of messages each, every one with a call that nobody answers. The
fourth gets one message a second, with a call that is answered. Its clock starts when a
message is received and stops when it is done, from the first second on.
"""

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from threading import Thread
from typing import Any

from setup.progress import say, step
from tests.simulators.control import SimulatorControl

from ._peer import ACCOUNT, KEY, Peer, percentile

HANGING = 3
MESSAGES = 600
SECONDS = 75  # longer than two answer time-outs
TIMEOUT = 29  # seconds, about the usual one
TOPIC = "testing.keyed"
PATIENCE = 120

FILL = """
    INSERT INTO erp_connector_message (
        backend_id, company_id, direction, topic, lane, business_key, dedup_key,
        payload, state, attempts, correlation_id, create_date, write_date)
    SELECT b.id, b.company_id, 'out', %s, 'fast', 'H' || n, 'H' || n, '{}', 'pending',
           0, gen_random_uuid()::text, clock_timestamp() AT TIME ZONE 'UTC', now()
      FROM erp_connector_backend b, generate_series(1, %s) AS n
     WHERE b.id = ANY(%s)
"""
#: As in the other benchmarks: none of Odoo's own jobs.
QUIET = "UPDATE ir_cron SET active = FALSE WHERE connector_lane IS NULL"
LATENCIES = """
    SELECT extract(epoch FROM processed_at - create_date)::float
      FROM erp_connector_message
     WHERE backend_id = %s AND state = 'done' AND business_key LIKE %s ORDER BY id
"""
STATES = """
    SELECT state, count(*) FROM erp_connector_message
     WHERE backend_id = ANY(%s) GROUP BY state
"""
PAUSED = """
    SELECT count(*) FROM erp_connector_circuit
     WHERE backend_id = ANY(%s) AND since IS NOT NULL
"""


def main(stack_factory: Any) -> dict[str, float]:
    """`p95_s` and `worst_s` of the fourth account; what became of the others."""
    with stack_factory(testing=True, cron_threads=2) as stack, silent() as port:
        served = Peer(stack)
        url = f"{stack.simulator.url}/peer"
        stack.rpc(ACCOUNT, "write", [served.account, {"base_url": url}])
        hung = [hanging(stack, port) for _number in range(HANGING)]
        SimulatorControl(url).config(api_key=KEY)
        with stack.cursor() as cursor:
            cursor.execute(QUIET)
            trickle(served, cursor, "W", 2)
            cursor.execute(FILL, [TOPIC, MESSAGES, hung])
            stack.rpc(ACCOUNT, "action_resume", [hung])
            latencies = trickle(served, cursor, "T", SECONDS)
            cursor.execute(PAUSED, [hung])
            paused = cursor.fetchone()[0]
            cursor.execute(STATES, [hung])
            states = dict(cursor.fetchall())
    say(f"Seconds, in order: {[round(seconds, 1) for seconds in latencies]}")
    return {
        "p95_s": round(percentile(latencies, 0.95), 2),
        "p50_s": round(percentile(latencies, 0.50), 2),
        "worst_s": round(max(latencies), 2),
        "messages": len(latencies),
        "paused_accounts": paused,
        "tried": states.get("retry", 0),
        "untouched": states.get("pending", 0),
    }


def hanging(stack: Any, port: int) -> int:
    """An account whose platform takes every call and answers none; paused yet."""
    peer = Peer(stack)
    values = {"base_url": f"http://127.0.0.1:{port}", "answer_timeout": TIMEOUT}
    stack.rpc(ACCOUNT, "action_pause", [peer.account])
    stack.rpc(ACCOUNT, "write", [peer.account, values])
    return peer.account[0]


@contextlib.contextmanager
def silent() -> Iterator[int]:
    """A port that accepts connections and says nothing."""
    kept = []
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    kept.append(server.accept())

        Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]


def trickle(peer: Peer, cursor: Any, name: str, count: int) -> list[float]:
    """Seconds from received to done of one message a second."""
    with step(f"One message a second, for {count} s"):
        begun = time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, begun + number - time.monotonic()))
            event = json.loads(peer.event(f"{name}{number}"))
            body = json.dumps(event | {"topic": TOPIC, "data": {}}).encode()
            if peer.send(peer.request(body)) != 200:
                raise RuntimeError("A webhook was not taken")
        deadline = time.monotonic() + PATIENCE
        while True:
            cursor.execute(LATENCIES, [peer.account[0], f"K{name}%"])
            found = [row[0] for row in cursor.fetchall()]
            if len(found) == count:
                return found
            if time.monotonic() > deadline:
                raise RuntimeError(f"{len(found)} of {count} messages went through")
            time.sleep(0.2)

"""A cron worker killed in the middle of a batch, on a system with nothing else to do.

Only the health check, asked every 5 seconds as a load balancer does, and Odoo's own
respawning can help. Resumed is when the first of the lost messages is through.
"""

import contextlib
import os
import signal
import threading
import time
from typing import Any

import psutil
import requests

from setup.progress import say
from setup.stack import Stack

from ._orders import Shop, shop

ORDERS = 100
WARM_UP = 10
PROBE_SECONDS = 5
INTO_THE_BATCH = 0.7  # seconds after the claim

CLAIMED = """
    SELECT array_agg(business_key) FROM erp_connector_message
     WHERE state = 'processing' AND business_key = ANY(%s)
"""
RESUMED = """
    SELECT count(*) FROM erp_connector_message
     WHERE business_key = ANY(%s) AND state = 'done'
"""
LOST = """
    SELECT count(*) FROM erp_connector_message
     WHERE business_key = ANY(%s) AND attempts > 1
"""
OUTCOME = """
    SELECT count(*), count(DISTINCT connector_order_ref)
      FROM sale_order WHERE connector_order_ref = ANY(%s)
"""


def main(stack_factory: Any) -> dict[str, float]:
    """`seconds` until resumed, messages `lost`, `duplicates`."""
    with shop(stack_factory, buyers=ORDERS + WARM_UP) as place:
        place.drain(place.fill(WARM_UP))
        time.sleep(3)  # lanes are asleep again
        with probe(place.stack):
            return kill(place)


def kill(place: Shop) -> dict[str, float]:
    """Kill the worker that holds a claim; follow what becomes of it."""
    placed = place.fill(ORDERS)
    place.resume()
    place.wait(lambda: place.query(CLAIMED, placed)[0], pause=0.005)
    (held,) = place.query(CLAIMED, placed)
    pid = busiest(place.stack.cron_worker_pids())
    if place.query(RESUMED, held)[0]:
        raise RuntimeError("The batch was over before its worker was killed")
    os.kill(pid, signal.SIGKILL)
    killed = time.monotonic()
    say(f"Killed worker {pid} with {len(held)} messages")
    place.wait(lambda: place.query(RESUMED, held)[0])
    resumed = time.monotonic() - killed
    place.wait(lambda: place.counts(placed)["done"] == len(placed), pause=0.2)
    finished = time.monotonic() - killed
    place.check(placed)
    if place.query(LOST, held)[0] != len(held):
        raise RuntimeError("Another worker was killed than the one at work")
    sales, orders = place.query(OUTCOME, placed)
    return {
        "seconds": round(resumed, 1),
        "lost": len(placed) - orders,
        "duplicates": sales - orders,
        "orders": ORDERS,
        "in_work": len(held),
        "all_done_seconds": round(finished, 1),
    }


def busiest(pids: list[int]) -> int:
    """The cron worker that computes most for a moment; the others are asleep.

    A database session does not tell: its name is that of Odoo's main process.
    """
    before = {pid: sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids}
    time.sleep(INTO_THE_BATCH)
    used = {p: sum(psutil.Process(p).cpu_times()[:2]) - before[p] for p in pids}
    return max(used, key=used.get)


class probe:
    """Ask the health check every few seconds while the block runs."""

    def __init__(self, stack: Stack) -> None:
        self.url = f"{stack.url}/connector/health"
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.ask)

    def ask(self) -> None:
        while not self.over.wait(PROBE_SECONDS):
            with contextlib.suppress(requests.RequestException):
                requests.get(self.url, timeout=PROBE_SECONDS)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.thread.join()

"""Ten times as many orders: seconds for each, and the memory of the worker.

One lane, one server, first 500 orders and then 5,000 of new buyers. The peak is the
largest resident size that the kernel noted of the workers that ran the lane.
"""

from pathlib import Path
from typing import Any

from ._orders import Shop, shop

FEW = 500
MANY = 5000
WARM_UP = 100


def main(stack_factory: Any) -> dict[str, float]:
    """`time_ratio`, `memory_ratio`, and what they come from."""
    with shop(stack_factory, buyers=FEW + MANY + WARM_UP) as place:
        place.lanes(1)
        place.drain(place.fill(WARM_UP))
        few, few_peak = measure(place, FEW)
        many, many_peak = measure(place, MANY)
    return {
        "time_ratio": round((many / MANY) / (few / FEW), 2),
        "memory_ratio": round(many_peak / few_peak, 2),
        "few_ms_per_order": round(1000 * few / FEW, 1),
        "many_ms_per_order": round(1000 * many / MANY, 1),
        "few_peak_mb": round(few_peak / 1024),
        "many_peak_mb": round(many_peak / 1024),
    }


def measure(place: Shop, count: int) -> tuple[float, int]:
    """(seconds, peak memory in KiB) of `count` orders."""
    seconds = place.drain(place.fill(count))
    return seconds, max(map(peak, place.stack.cron_worker_pids()))


def peak(pid: int) -> int:
    """Largest resident size of a process so far, in KiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])

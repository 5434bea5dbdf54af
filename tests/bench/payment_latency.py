"""From the webhook to the paid invoice, when customers pay steadily.

The clock starts before the webhook is sent, and stops when the booking is committed.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from setup.progress import step

from ._payments import TOPIC, Gateway, gateway
from ._peer import percentile

RATE = 5
SECONDS = 40
WARM_UP = 10  # seconds
OPEN = 2_000

#: When the webhook of each account came in, and when it was booked, since 1970.
BOOKED = """
    SELECT business_key, extract(epoch FROM create_date)::float,
           extract(epoch FROM processed_at)::float
      FROM erp_connector_message WHERE topic = %s AND id > %s AND state = 'done'
"""


def main(stack_factory: Any) -> dict[str, float]:
    """`p95_s` and `p50_s` at 5 a second."""
    with gateway(stack_factory) as place:
        place.fill(OPEN)
        trickle(place, RATE * WARM_UP)  # what is slow the first time only
        received, latencies = trickle(place, RATE * SECONDS)
    return {
        "p95_s": round(percentile(latencies, 0.95), 2),
        "p50_s": round(percentile(latencies, 0.50), 2),
        "worst_s": round(max(latencies), 2),
        "received_p95_s": round(percentile(received, 0.95), 2),
        "payments": len(latencies),
        "per_second": RATE,
    }


def trickle(place: Gateway, count: int) -> tuple[list[float], list[float]]:
    """Seconds from paid to received, and to booked, of payments that come steadily."""
    references = place.accounts(place.open_invoices(count))
    after = place.last_message()
    paid: dict[str, list[str]] = {}

    def pay(turn: tuple[str, float]) -> tuple[str, float]:
        reference, moment = turn
        time.sleep(max(0.0, moment - time.time()))
        begun = time.time()
        paid[reference] = place.control.pay(reference)
        return reference, begun

    start = time.time() + 0.5
    turns = [(text, start + n / RATE) for n, text in enumerate(references)]
    with step(f"{RATE} payments a second"), ThreadPoolExecutor(RATE) as pool:
        begun = dict(pool.map(pay, turns))
        place.wait(lambda: place.counts(TOPIC, after)["done"] == count)
    place.check([number for numbers in paid.values() for number in numbers])
    rows = place.rows(BOOKED, TOPIC, after)
    received = [came - begun[reference] for reference, came, _booked in rows]
    return received, [booked - begun[reference] for reference, _came, booked in rows]

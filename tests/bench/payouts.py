"""Payouts by one lane, against the time the gateway takes to answer for each of them.

The answers are as slow as real ones; what the gateway does besides is not counted.
"""

from typing import Any

from setup.progress import step

from ._payments import Gateway, gateway

PAYOUTS = 500
WARM_UP = 16
ANSWER = 0.1  # seconds
PATH = "/v2/payouts"
TOPIC = "payment.payout.send"


def main(stack_factory: Any) -> dict[str, float]:
    """`side_by_side`: seconds by the sum of the answer times."""
    with gateway(stack_factory) as place:
        place.lanes(1)
        place.control.config(payout_mode="manual")
        place.control.top_up(1_000_000_000)
        place.control.fault("latency", path=PATH, seconds=ANSWER)
        sent(place, WARM_UP)
        seconds = sent(place, PAYOUTS)
    return {
        "side_by_side": round(seconds / (PAYOUTS * ANSWER), 2),
        "payouts": PAYOUTS,
        "seconds": round(seconds, 2),
        "answers_seconds": round(PAYOUTS * ANSWER, 1),
    }


def sent(place: Gateway, count: int) -> float:
    """Seconds from the first claim to the last payout that the gateway has."""
    before = len(place.control.payouts())
    place.pause()
    after = place.last_message()
    with step(f"Approving {count} payouts"):
        place.script(f"approved(env, {place.account[0]}, {count})", "_payees")
    with step(f"Sending {count} payouts"):
        seconds = place.drain(TOPIC, after, count)
    made = [row["reference"] for row in place.control.payouts()[before:]]
    if (len(made), len(set(made))) != (count, count):
        raise RuntimeError(f"{count} approved, {len(made)} are at the gateway")
    return seconds

"""Webhooks acknowledged, against a bare Odoo route with the same insert.

No cron worker runs, so that only receiving is measured; waking the lanes is part of it.
The two routes take turns, so that the machine's moods meet both.
"""

from typing import Any

from setup.progress import say

from ._peer import Peer, Shots, percentile, volley

BARE = "/bench/bare"
ROUNDS = 8
REQUESTS = 250  # a round and route
CLIENTS = 4
COPIES = 1500


def main(stack_factory: Any) -> dict[str, float]:
    """`rate_ratio`, `p99_ratio`, and `rows` of 1,500 copies of one event."""
    with stack_factory(testing=True, cron_threads=0, simulators=False) as stack:
        peer = Peer(stack)
        for path in ("", BARE):
            shots(peer, f"warm{path}", path, 100)
        ours, bare = [], []
        for number in range(ROUNDS):
            bare.append(shots(peer, f"bare{number}", BARE, REQUESTS))
            ours.append(shots(peer, f"ours{number}", "", REQUESTS))
            say(
                f"Round {number + 1}: {rate(ours[-1:]):.0f}, bare {rate(bare[-1:]):.0f}"
            )
        copies = volley(peer, [peer.request(peer.event("copy"))] * COPIES, COPIES)
        rows = stack.server.execute(
            "SELECT count(*) FROM erp_connector_message WHERE dedup_key = 'copy'",
            database=stack.db,
        )
    return {
        "rate_ratio": round(rate(ours) / rate(bare), 2),
        "p99_ratio": round(p99(ours) / p99(bare), 2),
        "rows": rows[0][0],
        "per_second": round(rate(ours)),
        "bare_per_second": round(rate(bare)),
        "p99_ms": round(1000 * p99(ours), 1),
        "bare_p99_ms": round(1000 * p99(bare), 1),
        "copies": COPIES,
        "copies_acknowledged": copies.accepted,
    }


def shots(peer: Peer, name: str, path: str, count: int) -> Shots:
    """Different events to one route; all of them must be acknowledged."""
    requests = [peer.request(peer.event(f"{name}-{n}"), path) for n in range(count)]
    result = volley(peer, requests, CLIENTS)
    if result.accepted != count:
        raise RuntimeError(f"{path or 'webhook'}: {set(result.statuses)}")
    return result


def rate(rounds: list[Shots]) -> float:
    """Acknowledged a second, over all rounds."""
    return sum(len(r.latencies) for r in rounds) / sum(r.seconds for r in rounds)


def p99(rounds: list[Shots]) -> float:
    """Seconds, over all rounds."""
    return percentile([s for r in rounds for s in r.latencies], 0.99)

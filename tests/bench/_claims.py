"""What a claim of a hundred costs, measured where it is made: in Odoo's own process.

Runs in Odoo's shell while no lane is active. Each figure is the median of some claims,
in milliseconds; the first claim of a process that knows nothing yet is one of them.
"""

import json
import statistics
import time
from typing import Any

CLAIMS = 9

FILL = """
    INSERT INTO erp_connector_message (
        backend_id, company_id, direction, topic, lane, business_key, dedup_key,
        payload, state, attempts, correlation_id, create_date, write_date)
    SELECT b.id, b.company_id, 'in', 'testing.echo', 'fast', %(name)s || n,
           %(name)s || n, '{}', %(state)s, 0, gen_random_uuid()::text,
           clock_timestamp() AT TIME ZONE 'UTC' - %(days)s * interval '1 day',
           now() AT TIME ZONE 'UTC'
      FROM erp_connector_backend b, generate_series(1, %(count)s) AS n
     WHERE b.id = %(account)s
"""
HANDLE = """
    UPDATE erp_connector_message SET state = %s
     WHERE business_key LIKE %s AND state = %s
"""
REMOVE = "DELETE FROM erp_connector_message WHERE state <> 'done'"


def main(env: Any, account: int, history: int) -> None:
    """Print `fresh_ms`, `stale_ms`, `snapshot_ms` of claims, as one line of JSON."""
    report = {"fresh_ms": fresh(env, account)}
    fill(env, account, "H", history, "done", days=20)
    analyze(env)
    report["stale_ms"] = stale(env, account)
    report["snapshot_ms"] = under_a_snapshot(env, account)
    print("REPORT" + json.dumps(report))


def fresh(env: Any, account: int) -> float:
    """A table of a thousand pending rows, well known to the planner."""
    fill(env, account, "A", 1_000, "pending")
    analyze(env)
    return claims(env)


def stale(env: Any, account: int) -> float:
    """A burst after a quiet night: the statistics know of no open row at all."""
    fill(env, account, "B", 50_000, "pending")
    return claims(env)


def under_a_snapshot(env: Any, account: int) -> float:
    """A backup runs; since it began a hundred thousand were handled, as lanes do."""
    with env.registry.cursor() as backup:
        backup.execute("SELECT count(*) FROM erp_connector_backend")
        fill(env, account, "C", 100_000, "pending")
        for before, after in (("pending", "processing"), ("processing", "done")):
            env.cr.execute(HANDLE, [after, "C%", before])
            env.cr.commit()
        fill(env, account, "D", 1_000, "pending")
        return claims(env, remove=False)


def claims(env: Any, remove: bool = True) -> float:
    """The median of some claims in a row; what they left is removed."""
    messages = env["erp.connector.message"]
    worker = messages._worker()
    spent = []
    for _turn in range(CLAIMS):
        begun = time.perf_counter()
        found = messages._claim("fast", worker)
        spent.append(1000 * (time.perf_counter() - begun))
        if len(found) != 100:
            raise RuntimeError(f"A claim took {len(found)} messages")
    print("CLAIMS", [round(ms, 1) for ms in spent])
    if remove:
        env.cr.execute(REMOVE)
        env.cr.commit()
        vacuum(env)
    return statistics.median(spent)


def fill(
    env: Any, account: int, name: str, count: int, state: str, days: int = 0
) -> None:
    """So many messages of a state, each of an order of its own."""
    values = {"account": account, "name": name, "count": count, "state": state}
    env.cr.execute(FILL, {**values, "days": days})
    env.cr.commit()


def analyze(env: Any) -> None:
    """Let the planner see the table as it is now."""
    env.cr.execute("ANALYZE erp_connector_message")
    env.cr.commit()


def vacuum(env: Any) -> None:
    """What was removed is gone, so that the next figure begins with a clean table."""
    env.cr._cnx.autocommit = True
    try:
        env.cr.execute("VACUUM erp_connector_message")
    finally:
        env.cr._cnx.autocommit = False

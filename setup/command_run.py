"""`setup/run`: everything at work, with orders coming in. `setup/run --once`: headless.

The database is kept between runs; remove it with `setup/run --fresh`.
"""

import argparse
import json
import random
import time

from tests.simulators.control import ShopeeControl

from . import command, paths, system
from .link import link_shopee
from .progress import say, step
from .stack import Stack

DATABASE = "erp"
ORDERS = 25
EVERY = 4  # seconds between two orders
PATIENCE = 240  # seconds until orders that did not arrive count as lost
PORT = 8069


def options(arguments: list[str]) -> argparse.Namespace:
    """The command's options."""
    parser = argparse.ArgumentParser(prog="setup/run", description=__doc__)
    parser.add_argument("--once", action="store_true", help="25 orders, then stop")
    parser.add_argument("--fresh", action="store_true", help="forget the last run")
    parser.add_argument("--database", default=DATABASE, help="the one to keep")
    parser.add_argument("--port", type=int, default=PORT, help="wanted, not forced")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Bring everything up, place orders, watch them arrive."""
    wish = options(arguments)
    system.require(["postgresql"])
    stack = Stack(
        "run",
        database=wish.database,
        anew=wish.fresh,
        cron_threads=3,
        fast=False,
        port=0 if wish.once else wish.port,
        front=True,
    )
    with paths.only_one(f"run-{wish.database}"), stack:
        with step("Linking the simulated Shopee shop"):
            shop = link_shopee(stack)
        begun = time.monotonic()
        placed = shop.place(ORDERS, status="READY_TO_SHIP")
        say(f"Placed {len(placed)} orders in the simulated shop")
        result = follow(stack, placed, begun)
        say(f"{result['confirmed']} of {result['placed']} confirmed and reserved")
        if wish.once:
            print(json.dumps(result), flush=True)
            return int(not succeeded(result))
        explain(stack)
        keep_ordering(shop)
    return 0


def follow(stack: Stack, placed: list[str], begun: float) -> dict[str, float]:
    """Wait until all orders are through; what became of them."""
    while True:
        result = judge(stack, placed)
        elapsed = time.monotonic() - begun
        result["seconds"] = round(elapsed, 1)
        if result["confirmed"] == result["placed"] or elapsed > PATIENCE:
            return result
        time.sleep(0.25)


def judge(stack: Stack, placed: list[str]) -> dict[str, float]:
    """Compare what the shop sold with what Odoo has."""
    with stack.cursor() as cursor:
        cursor.execute(
            """
            SELECT o.connector_order_ref, count(DISTINCT o.id),
                   bool_and(o.state = 'sale') AND bool_and(p.state = 'assigned')
              FROM sale_order o LEFT JOIN stock_picking p ON p.sale_id = o.id
             WHERE o.connector_order_ref = ANY(%s) GROUP BY 1
            """,
            [placed],
        )
        rows = cursor.fetchall()
    return {
        "placed": len(placed),
        "confirmed": sum(bool(through) for _, _, through in rows),
        "duplicates": sum(count - 1 for _, count, _ in rows),
        "lost": len(placed) - len(rows),
    }


def succeeded(result: dict[str, float]) -> bool:
    """Whether every order is there, once, confirmed and reserved."""
    wrong = result["duplicates"] or result["lost"]
    return not wrong and result["confirmed"] == result["placed"]


def explain(stack: Stack) -> None:
    """What to open, and what to look at."""
    print(
        f"""
  Odoo             {stack.browser_url}/odoo      login: admin   password: admin
  Simulated shop   {stack.simulator.url}/shopee/_control

  Look at
    Sales            the orders of the shop, confirmed and reserved by themselves
    Connectors       the account's state, its messages, mappings and calls
    Simulated shop   place, pay and cancel orders, break things, see Odoo follow

  A new order comes every {EVERY} seconds. Logs: {stack.folder}
  Ctrl-C stops everything; the next setup/run finds the database as it is.
""",
        flush=True,
    )


def keep_ordering(shop: ShopeeControl) -> None:
    """One order every few seconds, until Ctrl-C."""
    while True:
        time.sleep(EVERY)
        shop.place(1, status=random.choice(("UNPAID", *["READY_TO_SHIP"] * 4)))  # noqa: S311


if __name__ == "__main__":
    command.run(main)

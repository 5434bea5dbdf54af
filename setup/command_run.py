"""`setup/run`: everything at work, orders and payments coming in; `--once`: headless.

The database is kept between runs; remove it with `setup/run --fresh`. It is called
`erp`, or `erp_…` where another checkout on this machine has one of that name.
"""

import argparse
import itertools
import json
import random
import time

from tests.simulators.control import ShopeeControl

from . import command, ownership, paths, printer, system
from .cluster import server_for
from .demo.payments import MAKER, Payments, wait
from .link import link_shopee
from .progress import say, step
from .stack import Stack

DATABASE = "erp"
ORDERS = 25
EVERY = 4  # seconds between two orders
TURNS = 4  # orders between two payments
PATIENCE = 240  # seconds until orders that did not arrive count as lost
PORT = 8069


def options(arguments: list[str]) -> argparse.Namespace:
    """The command's options."""
    parser = argparse.ArgumentParser(prog="setup/run", description=__doc__)
    parser.add_argument("--once", action="store_true", help="a few of each, then stop")
    parser.add_argument("--fresh", action="store_true", help="forget the last run")
    parser.add_argument("--database", help="the one to keep")
    parser.add_argument("--port", type=int, default=PORT, help="wanted, not forced")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Bring everything up, place orders, pay invoices, watch them arrive."""
    wish = options(arguments)
    system.require(["postgresql"])
    printer.ensure()
    database = wish.database or default_database()
    stack = Stack(
        "run",
        database=database,
        anew=wish.fresh,
        cron_threads=3,
        fast=False,
        port=0 if wish.once else wish.port,
        front=True,
    )
    with paths.only_one(f"run-{database}"), stack:
        with step("Linking the simulated Shopee shop"):
            shop = link_shopee(stack)
        with step("Linking the simulated Xendit and Midtrans"):
            payments = Payments(stack)
        result = orders(stack, shop) | invoices(payments)
        if wish.once:
            print(json.dumps(result), flush=True)
            return int(not succeeded(result))
        payments.leave_work()
        explain(stack)
        keep_going(shop, payments)
    return 0


def default_database() -> str:
    """This checkout's own database on the server that will be used."""
    server = server_for("run")
    return ownership.name_here(DATABASE, server.host, server.port)


def orders(stack: Stack, shop: ShopeeControl) -> dict[str, float]:
    """Place orders at once and wait for them."""
    begun = time.monotonic()
    placed = shop.place(ORDERS, status="READY_TO_SHIP")
    say(f"Placed {len(placed)} orders in the simulated shop")
    result = follow(stack, placed, begun)
    say(f"{result['confirmed']} of {result['placed']} confirmed and reserved")
    return result


def invoices(payments: Payments) -> dict[str, float]:
    """Invoices with virtual accounts; pay them at the simulated banks and wait."""
    with step("Invoices get their virtual accounts"):
        moves = payments.begin()
    begun = time.monotonic()
    payments.pay(moves)
    wait(lambda: payments.paid(moves) == len(moves))
    result = {"invoices": len(moves), "paid": payments.paid(moves)}
    result["payment_seconds"] = round(time.monotonic() - begun, 1)
    say(f"{result['paid']} of {result['invoices']} invoices paid by transfer")
    return result


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
    """Whether every order is there, once and reserved, and every invoice is paid."""
    wrong = result["duplicates"] or result["lost"]
    through = result["confirmed"] == result["placed"]
    return not wrong and through and result["paid"] == result["invoices"]


def explain(stack: Stack) -> None:
    """What to open, and what to look at."""
    print(
        f"""
  Odoo             {stack.browser_url}/odoo      login: admin   password: admin
  Simulated shop   {stack.simulator.url}/shopee/_control
  Simulated banks  {stack.simulator.url}/xendit/_control  and  …/midtrans/_control

  Look at
    Sales            the orders of the shop, confirmed and reserved by themselves
    Invoicing        Customers ▸ Invoices: paid by transfer; two are left for you to pay
                     Customers ▸ Unidentified Receipts: money of nobody known, to assign
                     Vendors ▸ Payouts to Approve: made by {MAKER} (password {MAKER})
                     Reporting ▸ Invoice, Gateway, Bank: the three-way view
    Connectors       the accounts' state, their messages, mappings and calls
    Simulated shop   place, pay and cancel orders, break things, see Odoo follow
    Simulated banks  pay a virtual account right, short, over, late or twice

  A new order comes every {EVERY} seconds, and every {EVERY * TURNS} seconds an invoice
  is paid. Database: {stack.db}. Logs: {stack.folder}
  Ctrl-C stops everything; the next setup/run finds the database as it is.
""",
        flush=True,
    )


def keep_going(shop: ShopeeControl, payments: Payments) -> None:
    """Orders, and now and then an invoice and its payment, until Ctrl-C."""
    for turn in itertools.count(1):
        time.sleep(EVERY)
        shop.place(1, status=random.choice(("UNPAID", *["READY_TO_SHIP"] * 4)))  # noqa: S311
        if turn % TURNS == 0:
            payments.go_on()


if __name__ == "__main__":
    command.run(main)

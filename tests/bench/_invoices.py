"""Invoices by the ten thousand, and how plain Odoo registers payments on them.

Runs in Odoo's shell, on the benchmark's database.
"""

import json
import os
import threading
import time
from pathlib import Path
from typing import Any

from odoo import Command, fields
from odoo.tools import SQL

TEMPLATES = 20  # invoices made by Odoo; all others are their twins
PER_CUSTOMER = 10
STEP = 1_000  # rupiah between two templates

#: What differs between a template and its twin, as SQL. `twin` has the columns id,
#: number, partner; the last two tables are reached through the twin's lines.
MOVE = {
    "id": "twin.id",
    "name": "row.sequence_prefix || to_char(twin.number, 'FM00000')",
    "payment_reference": "row.sequence_prefix || to_char(twin.number, 'FM00000')",
    "sequence_number": "twin.number",
    "partner_id": "twin.partner",
    "commercial_partner_id": "twin.partner",
    "partner_shipping_id": "twin.partner",
    "access_token": "NULL",
}
LINE = {
    "id": "twin.id",
    "move_id": "twin.move",
    "move_name": "twin.name",
    "partner_id": "twin.partner",
}
RELATIONS = (
    "account_move_line_account_tax_rel",
    "account_account_tag_account_move_line_rel",
)

TWINS = """
    CREATE TEMP TABLE twin_move AS
    SELECT templates[1 + n %% array_length(templates, 1)] AS template,
           nextval('account_move_id_seq')::int AS id, first + n AS number,
           partners[1 + n / %(per)s] AS partner
      FROM (SELECT %(templates)s::int[] AS templates, %(partners)s::int[] AS partners,
                   %(first)s AS first) AS given, generate_series(0, %(count)s - 1) AS n
"""
TWIN_LINES = """
    CREATE TEMP TABLE twin_line AS
    SELECT line.id AS template, nextval('account_move_line_id_seq')::int AS id,
           move.id AS move, move.name, move.partner_id AS partner
      FROM twin_move JOIN account_move_line line ON line.move_id = twin_move.template
      JOIN account_move move ON move.id = twin_move.id
"""


def fill(env: Any, count: int, sen: int = 0) -> None:
    """`count` more open invoices of customers of their own, ten for each.

    `sen`: hundredths of a rupiah in each price.
    """
    partners = env["res.partner"].create(
        [
            {"name": f"Customer {number}", "customer_rank": 1}
            for number in range(-(-count // PER_CUSTOMER))
        ]
    )
    templates = made_by_odoo(env, sen)
    env.flush_all()
    highest = "SELECT max(sequence_number) FROM account_move WHERE journal_id = %s"
    env.cr.execute(highest, [templates.journal_id.id])
    given = {
        "templates": templates.ids,
        "partners": partners.ids,
        "first": env.cr.fetchone()[0] + 1,
        "count": count,
        "per": PER_CUSTOMER,
    }
    env.cr.execute(TWINS, given)
    copy(env, "account_move", "id", MOVE, "twin_move")
    env.cr.execute(TWIN_LINES)
    copy(env, "account_move_line", "id", LINE, "twin_line")
    for relation in RELATIONS:
        own = {"account_move_line_id": "twin.id"}
        copy(env, relation, "account_move_line_id", own, "twin_line")
    env.cr.execute("DROP TABLE twin_move, twin_line")
    templates.button_draft()
    templates.button_cancel()
    env.cr.commit()


def copy(env: Any, table: str, key: str, own: dict[str, str], twins: str) -> None:
    """Insert a twin of each of these rows; `own`: the columns that differ."""
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = %s AND table_schema = 'public'",
        [table],
    )
    columns = [name for (name,) in env.cr.fetchall()]
    values = SQL(", ").join(
        SQL(own[name]) if name in own else SQL.identifier("row", name)
        for name in columns
    )
    env.cr.execute(
        SQL(
            "INSERT INTO %s (%s) SELECT %s FROM %s twin JOIN %s row ON %s = template",
            SQL.identifier(table),
            SQL(", ").join(map(SQL.identifier, columns)),
            values,
            SQL.identifier(twins),
            SQL.identifier(table),
            SQL.identifier("row", key),
        )
    )


def made_by_odoo(env: Any, sen: int) -> Any:
    """Posted invoices of two lines with tax, each of another amount."""
    products = env["product.product"].search([("sale_ok", "=", True)], limit=2)
    partner = env["res.partner"].create({"name": "Template", "customer_rank": 1})
    moves = env["account.move"].create(
        [
            {
                "move_type": "out_invoice",
                "partner_id": partner.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "price_unit": 100_000 + n * STEP + sen / 100,
                        }
                    )
                    for product in products
                ],
            }
            for n in range(TEMPLATES)
        ]
    )
    moves.action_post()
    return moves


def open_accounts(env: Any, backend: int, file: str) -> None:
    """Virtual accounts that the gateway has, put beside their invoices.

    The file: rows of the simulator, each with its invoice under `move`.
    """
    rows = json.loads(Path(file).read_text())
    moves = env["account.move"].browse([row["move"] for row in rows])
    bank = env["connector.payment.bank"].search([("code", "=", "bca")])
    accounts = env["connector.payment.va"].create(
        [
            {
                "name": row["reference"],
                "backend_id": backend,
                "partner_id": move.partner_id.id,
                "bank_id": bank.id,
                "kind": row["kind"],
                "amount": row["amount"] or 0,
                "move_ids": [Command.set(move.ids if row["amount"] else [])],
            }
            for row, move in zip(rows, moves, strict=True)
        ]
    )
    for account, row in zip(accounts, rows, strict=True):
        account.external_id, account.number = row["id"], row["number"]
    accounts.state = "active"
    env.cr.commit()


def plainly(env: Any, invoices: list[int]) -> None:
    """The register-payment dialogue of plain Odoo, on one invoice after the other.

    The payment method gets an outstanding account, so that both ways book an entry;
    what this add-on does when something is reconciled is left out.
    """
    os.nice(10)  # as Odoo's cron workers are
    env = env(context={**env.context, "connector_va_sync": False})
    method = with_outstanding_account(env)
    moves = env["account.move"].browse(invoices)
    register(moves[:5], method)
    begun = time.monotonic()
    register(moves[5:], method)
    seconds = time.monotonic() - begun
    if set(moves.mapped("payment_state")) != {"paid"}:
        raise RuntimeError(f"Plain Odoo: {set(moves.mapped('payment_state'))}")
    report(seconds_each=seconds / len(moves[5:]))


def with_outstanding_account(env: Any) -> Any:
    """The bank journal's method for payments by hand, as accountants set it up."""
    journal = env["account.journal"].search([("code", "=", "BNK1")])
    method = journal.inbound_payment_method_line_ids[:1]
    method.payment_account_id = env["account.account"].create(
        {
            "name": "Outstanding Receipts",
            "code": "BENCH.1",
            "account_type": "asset_current",
            "reconcile": True,
        }
    )
    return method


def register(moves: Any, method: Any) -> None:
    """One dialogue, one payment, one commit for each."""
    for move in moves:
        move.env.invalidate_all()
        context = {"active_model": "account.move", "active_ids": move.ids}
        wizard = move.env["account.payment.register"].with_context(**context)
        values = {"payment_method_line_id": method.id}
        wizard.create(values).action_create_payments()
        move.env.cr.commit()


def counted(env: Any, lane: str = "fast") -> None:
    """Work a lane's messages here; the queries of all cursors are counted."""
    messages = env["erp.connector.message"]
    worker = messages._worker()
    thread = threading.current_thread()
    thread.query_count = 0
    done = 0
    while count := messages._work_one_batch(lane, worker):
        done += count
    report(messages=done, queries=thread.query_count)


def report(**figures: float) -> None:
    """What the benchmark reads from the shell."""
    print("REPORT" + json.dumps(figures))

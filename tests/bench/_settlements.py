"""Settlements by hand: an entry for each receipt, reconciled, one after the other.

Runs in Odoo's shell, on the benchmark's database.
"""

import os
import time
from typing import Any

from odoo import Command

from ._invoices import report

FEE = 4440


def by_hand(env: Any, backend: int) -> None:
    """All that waits for its settlement; a commit for each."""
    os.nice(10)  # as Odoo's cron workers are
    env = env(context={**env.context, "connector_va_sync": False})
    account = env["erp.connector.backend"].browse(backend)
    items = env["account.move.line"].search(
        [
            ("account_id", "=", account.outstanding_account_id.id),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
        ]
    )
    settle(account, items[:5])
    begun = time.monotonic()
    settle(account, items[5:])
    seconds = time.monotonic() - begun
    if not all(items.mapped("reconciled")):
        raise RuntimeError("By hand: not all are settled")
    report(seconds_each=seconds / len(items[5:]))


def settle(account: Any, items: Any) -> None:
    """What an accountant enters: gross, fee, net."""
    journal = account.journal_id
    for item in items:
        item.env.invalidate_all()
        parts = (
            (item.account_id, -item.balance),
            (account.fee_account_id, FEE),
            (journal.default_account_id, item.balance - FEE),
        )
        entry = item.env["account.move"].create(
            {
                "journal_id": journal.id,
                "line_ids": [
                    Command.create({"account_id": where.id, "balance": amount})
                    for where, amount in parts
                ],
            }
        )
        entry.action_post()
        (item + entry.line_ids[0]).reconcile()
        item.env.cr.commit()

"""A linked gateway, invoices by the ten thousand, customers who pay: for benchmarks."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from setup.link import link_gateway
from setup.progress import say, step
from setup.stack import Stack

from ._account import ACCOUNT, Account

TOPIC = "payment.event"
SCRIPT = "from tests.bench import {file}\n{file}.{call}\n"

#: Open invoices without a virtual account, in no order that anything follows.
OPEN = """
    SELECT id, ceil(amount_total)::int, commercial_partner_id FROM account_move
     WHERE move_type = 'out_invoice' AND state = 'posted'
       AND payment_state = 'not_paid'
       AND id NOT IN (SELECT move_id FROM connector_payment_va_move_rel)
     ORDER BY md5(id::text) LIMIT %s
"""
#: The same, with a fraction of a rupiah: the account asks for the next whole one.
OF_SEN = OPEN.replace("ORDER BY", "AND amount_total <> trunc(amount_total) ORDER BY")
#: The same, of customers who differ.
OF_EACH = """
    SELECT * FROM (
        SELECT DISTINCT ON (commercial_partner_id)
               id, amount_total::int, commercial_partner_id FROM account_move
         WHERE move_type = 'out_invoice' AND state = 'posted'
           AND payment_state = 'not_paid'
           AND id NOT IN (SELECT move_id FROM connector_payment_va_move_rel)
         ORDER BY commercial_partner_id, md5(id::text)) AS one
     ORDER BY md5(id::text) LIMIT %s
"""
#: Invoices of these receipts that are paid; each by a receipt of its own.
PAID = """
    SELECT count(DISTINCT m.id), count(*), COALESCE(sum(r.amount), 0)::bigint
      FROM connector_payment_receipt r
      JOIN connector_payment_receipt_move_rel link ON link.receipt_id = r.id
      JOIN account_move m ON m.id = link.move_id AND m.payment_state = 'paid'
     WHERE r.external_id = ANY(%s) AND r.state = 'booked'
"""
#: Entries of the gateway's journal that do not balance; debit of what is outstanding.
BOOKS = """
    SELECT (SELECT count(*) FROM (
                SELECT l.move_id FROM account_move_line l
                 WHERE l.journal_id = b.journal_id
                 GROUP BY l.move_id HAVING sum(l.balance) <> 0) AS uneven),
           (SELECT COALESCE(sum(l.balance), 0)::bigint FROM account_move_line l
             WHERE l.account_id = b.outstanding_account_id
               AND l.parent_state = 'posted')
      FROM erp_connector_backend b WHERE b.id = %s
"""


class Gateway(Account):
    """An account at the simulated Xendit, with calls as fast as they go."""

    def __init__(self, stack: Stack) -> None:
        self.control = link_gateway(stack, "xendit", calls_per_second=0)
        where = [["provider", "=", "xendit"]]
        super().__init__(stack, stack.rpc(ACCOUNT, "search", [where]))
        self.control.config(push_timeout=30, push_retry_delays=[1, 1, 1])
        self.number = 0

    def script(self, call: str, file: str = "_invoices") -> dict[str, Any]:
        """Call a function of a script in Odoo's shell; what it reports."""
        said = self.stack.shell(SCRIPT.format(file=file, call=call))
        found = said.split("REPORT")[1:]
        return json.loads(found[0].splitlines()[0]) if found else {}

    # -- debts ------------------------------------------------------------------------

    def fill(self, count: int, sen: int = 0) -> None:
        """So many more open invoices; prices with so many hundredths of a rupiah."""
        with step(f"{count} open invoices"):
            self.script(f"fill(env, {count}, {sen})")
            self.execute("ANALYZE")

    def open_invoices(self, count: int, query: str = OPEN) -> list[tuple]:
        """(id, amount, customer) of some of them, from all over."""
        return self.rows(query, count)

    def accounts(self, invoices: list[tuple], kind: str = "closed") -> list[str]:
        """A virtual account for each of these, in Odoo and at the gateway."""
        wishes = []
        for _id, amount, _payer in invoices:
            self.number += 1
            amount = amount if kind == "closed" else None
            reference = f"BENCH-{self.number}"
            wish = {"reference": reference, "kind": kind, "amount": amount}
            wishes.append({**wish, "bank": "BCA"})
        rows = self.control.bulk(wishes)
        for row, (move, *_) in zip(rows, invoices, strict=True):
            row["move"] = move
        file = self.stack.folder / "accounts.json"
        file.write_text(json.dumps(rows))
        self.script(f"open_accounts(env, {self.account[0]}, {str(file)!r})")
        return [row["reference"] for row in rows]

    # -- money ------------------------------------------------------------------------

    def pay(self, invoices: list[tuple], kind: str = "closed") -> tuple[int, list[str]]:
        """Pay them all; (last message before, payments), the webhooks in the inbox."""
        references = self.accounts(invoices, kind)
        self.pause()
        after = self.last_message()
        paid = []
        if kind == "closed":
            paid = self.control.pay_many(references)
        else:
            for reference, (_id, amount, _payer) in zip(
                references, invoices, strict=True
            ):
                paid += self.control.pay(reference, amount=amount)
        self.wait(lambda: self.counts(TOPIC, after)["pending"] == len(paid))
        return after, paid

    def worked(self, invoices: list[tuple], kind: str = "closed") -> float:
        """Seconds that the lanes need for one payment of each of these invoices."""
        with step(f"{len(invoices)} payments come in"):
            after, paid = self.pay(invoices, kind)
        with step(f"{len(invoices)} payments are booked"):
            seconds = self.drain(TOPIC, after, len(paid))
        self.check(paid)
        say(f"{1000 * seconds / len(paid):.1f} ms each")
        return seconds

    def check(self, paid: list[str]) -> int:
        """How many invoices these payments paid; the time is void if not all."""
        ledger = self.control.payments()
        amount = sum(int(ledger[number]["amount"]) for number in paid)
        (found,) = self.rows(PAID, paid)
        if found != (len(paid), len(paid), amount):
            raise RuntimeError(f"{len(paid)} payments of {amount}: {found} are booked")
        (books,) = self.rows(BOOKS, self.account[0])
        everything = sum(int(row["amount"]) for row in ledger.values())
        if books != (0, everything):
            raise RuntimeError(f"The books say {books}, the gateway {everything}")
        return found[0]


@contextmanager
def gateway(stack_factory: Any, **options: Any) -> Iterator[Gateway]:
    """A linked gateway on a fresh stack."""
    with stack_factory(cron_threads=2, **options) as stack:
        yield Gateway(stack)

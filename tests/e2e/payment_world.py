"""A linked payment gateway on the running suite: debts, payers, payees, the judge."""

import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from requests import RequestException

from setup.link import GATEWAYS, hear, link_gateway
from setup.rpc import RpcError
from setup.stack import Stack

from .payment_books import Books, differences
from .payment_payees import Payees, document
from .suite import OPEN
from .waiting import PATIENCE, until

BACKEND = "erp.connector.backend"
#: Where virtual accounts and payouts are made.
MAKE = {"xendit": "/v3/payment_requests", "midtrans": "/v2/charge"}
SEND = {"xendit": "/v2/payouts", "midtrans": "/iris/api/v1/payouts"}
#: Of the account, before each test.
SETTINGS = {
    "va_policy": "invoice",
    "va_api": "v3",
    "search_va": True,
    "answer_timeout": 30,
    "payout_release": "odoo",
}
#: What a busy Odoo did not take comes again within seconds, not minutes.
HASTE = 0.005
#: Gateways that list their transactions.
LISTS = ("xendit",)
WATCHED = ("connector_payment_va", "connector_payment_payout")
TABLES = {
    "receipts": "connector_payment_receipt",
    "vas": "connector_payment_va",
    "moves": "account_move",
    "payouts": "connector_payment_payout",
    "messages": "erp_connector_message",
}


@dataclass(frozen=True)
class Debt:
    """An invoice and the virtual account it can be paid to."""

    invoice: int
    customer: int
    amount: int
    va: int
    reference: str


class PaymentWorld(Payees):
    """Odoo, one gateway, and the judge."""

    def __init__(self, stack: Stack, provider: str) -> None:
        super().__init__(stack)
        self.provider = provider
        self.control = link_gateway(stack, provider, calls_per_second=0)
        where = [["provider", "=", provider], ["environment", "=", "simulator"]]
        (self.account,) = stack.rpc(BACKEND, "search", [where])
        # webhooks go to Odoo itself, not by the browser's front door
        hear(stack.session, self.account, stack.url, self.control)
        (record,) = self.read(BACKEND, [self.account], "company_id")
        self.company = record["company_id"]
        self.marks: dict[str, int] = {}
        self.confidential |= set(GATEWAYS[provider][1].values())
        self.hire()

    # -- from test to test --------------------------------------------------------

    def clean(self) -> None:
        """As after linking: no money, no faults, nothing open."""
        self.rest()
        self.control.reset()
        self.control.config(retry_scale=HASTE)
        self.control.top_up(1_000_000_000)
        self.control.wait_pushes()
        self.type_keys(**GATEWAYS[self.provider][1])
        for code in ("callback_token_previous", "server_key_previous"):
            self.type_keys(**{code: False})
        self.rpc(BACKEND, "write", [self.account], SETTINGS)
        self.rpc(BACKEND, "action_resume", [self.account])
        wish = {"connector_gateway_id": self.account}
        self.rpc("res.company", "write", [self.company], wish)
        self.stop_looks()  # resuming an account starts one
        self.calm()
        self.marks = {what: self.last(table) for what, table in TABLES.items()}

    def rest(self) -> None:
        """No look at the gateway by itself, and none at what is over."""
        self.control.clear_faults()
        self.calm()
        wish = {"connector_gateway_id": False}
        self.rpc("res.company", "write", [self.company], wish)
        self.stop_looks()
        self.calm()

    def stop_looks(self) -> None:
        """None is due by itself, and none that began before this goes on."""
        for table in WATCHED:
            self.sql(f"UPDATE {table} SET watch_at = NULL")  # noqa: S608
        self.sql(
            "UPDATE erp_connector_backend SET ledger_cursor = "
            "date_trunc('second', now() AT TIME ZONE 'UTC'), next_ledger_at = "
            "(now() AT TIME ZONE 'UTC') + interval '1 day'"
        )
        # who runs a scheduled action holds its row
        self.sql(
            "SELECT c.id FROM ir_cron c JOIN ir_model_data d ON d.res_id = c.id "
            "WHERE d.model = 'ir.cron' AND d.module = 'connector_payment' "
            "ORDER BY c.id FOR NO KEY UPDATE OF c"
        )

    # -- Odoo ---------------------------------------------------------------------

    def type_keys(self, **values: str | bool) -> None:
        """Type keys into the account's rows; False clears one."""
        where = [["backend_id", "=", self.account], ["code", "in", list(values)]]
        fields = ["code"]
        for row in self.rpc("erp.connector.credential", "search_read", where, fields):
            value = {"value": values[row["code"]]}
            self.rpc("erp.connector.credential", "write", [row["id"]], value)
        self.confidential |= {text for text in values.values() if text}

    def run_cron(self, name: str) -> None:
        """Press Run Manually until it has run.

        It is refused while the action runs by itself, and fails where its writes
        collide with a worker's.
        """
        (row,) = self.sql(
            "SELECT res_id FROM ir_model_data WHERE module = 'connector_payment' "
            "AND name = %s",
            name,
        )
        until(lambda: self.has_run(row[0]), hope=f"{name} has run")

    def has_run(self, cron: int) -> bool:
        """A failure is an answer, too: an action that shows it."""
        with suppress(RpcError, RequestException):
            return self.rpc("ir.cron", "method_direct_trigger", [cron]) is True
        return False

    def look(self) -> None:
        """The looks at every account, payout and transaction, all of them due now."""
        for table in WATCHED:
            self.sql(
                f"UPDATE {table} SET watch_at = now() AT TIME ZONE 'UTC' "  # noqa: S608
                "WHERE watch_at IS NOT NULL AND backend_id = %s",
                self.account,
            )
        for cron in ("ir_cron_watch", "ir_cron_watch_payouts"):
            self.run_cron(cron)
        if self.provider in LISTS:
            query = "UPDATE erp_connector_backend SET next_ledger_at = NULL WHERE id = "
            self.sql(f"{query}%s", self.account)
            until(self.reads_ledger, hope="it looks at the transactions")

    def reads_ledger(self) -> bool:
        """Whether a look has begun: none does while another one is going on."""
        self.run_cron("ir_cron_ledger")
        query = "SELECT next_ledger_at FROM erp_connector_backend WHERE id = %s"
        return bool(self.sql(query, self.account)[0][0])

    # -- debts --------------------------------------------------------------------

    def invoice(self, *amounts: int) -> list[int]:
        """Posted invoices of so much, each to a customer of its own."""
        names = [{"name": f"Pelanggan {amount}"} for amount in amounts]
        customers = self.rpc("res.partner", "create", names)
        values = [
            document("out_invoice", customer, amount)
            for customer, amount in zip(customers, amounts, strict=True)
        ]
        moves = self.rpc("account.move", "create", values)
        self.rpc("account.move", "action_post", moves)
        return moves

    def invoice_of(self, customer: int, amount: int) -> int:
        """A posted invoice for a customer who has a fixed account."""
        self.rpc(BACKEND, "write", [self.account], {"va_policy": "manual"})
        values = [document("out_invoice", customer, amount)]
        (move,) = self.rpc("account.move", "create", values)
        self.rpc("account.move", "action_post", [move])
        return move

    def wait_left(self, wanted: dict[int, int]) -> None:
        """Until so much is still open on each of these invoices."""

        def left() -> dict[int, int]:
            rows = self.sql(
                "SELECT id, amount_residual::int FROM account_move WHERE id = ANY(%s)",
                list(wanted),
            )
            return dict(rows)

        until(lambda: left() == wanted, hope=f"{wanted} are open")

    def request(self, *amounts: int) -> list[Debt]:
        """Invoices whose virtual accounts are being made."""
        return self.debts(self.invoice(*amounts), "requested", "active")

    def ask(self, *amounts: int) -> list[Debt]:
        """Invoices whose virtual accounts the gateway has made."""
        moves = self.invoice(*amounts)
        until(
            lambda: len(self.debts(moves, "active")) == len(moves),
            PATIENCE + 2 * len(moves),
            f"{len(moves)} virtual accounts are made",
        )
        return self.debts(moves, "active")

    def debts(self, moves: list[int], *states: str) -> list[Debt]:
        """The invoices with their accounts in these states, if they have any."""
        rows = self.sql(
            "SELECT m.id, m.partner_id, m.amount_total::int, v.id, v.name "
            "FROM account_move m "
            "JOIN connector_payment_va_move_rel r ON r.move_id = m.id "
            "JOIN connector_payment_va v ON v.id = r.va_id "
            "WHERE m.id = ANY(%s) AND v.state = ANY(%s) ORDER BY m.id, v.id",
            moves,
            list(states),
        )
        return [Debt(*row) for row in rows]

    def fixed(self, bank: str = "bca") -> Debt:
        """A fixed account of a new customer; no invoice yet."""
        (customer,) = self.rpc("res.partner", "create", [{"name": "Pelanggan Tetap"}])
        (at,) = self.rpc("connector.payment.bank", "search", [["code", "=", bank]])
        wish = {
            "mode": "fixed",
            "backend_id": self.account,
            "bank_id": at,
            "partner_ids": [[6, 0, [customer]]],
        }
        (wizard,) = self.rpc("connector.payment.va.create", "create", [wish])
        self.rpc("connector.payment.va.create", "action_create", [wizard])
        rows = until(
            lambda: self.sql(
                "SELECT id, name FROM connector_payment_va "
                "WHERE partner_id = %s AND state = 'active'",
                customer,
            ),
            hope="the fixed account is made",
        )
        return Debt(0, customer, 0, *rows[0])

    def paid(self, debts: Iterable[Debt]) -> bool:
        """Whether all of these invoices are."""
        ids = [debt.invoice for debt in debts]
        states = self.sql(
            "SELECT DISTINCT payment_state FROM account_move WHERE id = ANY(%s)", ids
        )
        return states == [("paid",)]

    def wait_paid(self, *debts: Debt) -> None:
        """Until all of them are; many take longer."""
        seconds = PATIENCE + 2 * len(debts)
        until(lambda: self.paid(debts), seconds, f"{len(debts)} invoices are paid")

    def va(self, debt: Debt, field: str) -> Any:
        """A field of its virtual account."""
        return self.read("connector.payment.va", [debt.va], field)[0][field]

    def receipts(self) -> list[tuple]:
        """(amount, state, outcome, circumstance, hold) of all since the test began."""
        return self.sql(
            "SELECT amount::int, state, outcome, circumstance, hold "
            "FROM connector_payment_receipt WHERE id > %s AND backend_id = %s "
            "ORDER BY id",
            self.marks["receipts"],
            self.account,
        )

    def activities(self, model: str, id_: int) -> set[str]:
        """What the owner was told about a record."""
        rows = self.sql(
            "SELECT summary FROM mail_activity WHERE res_model = %s AND res_id = %s",
            model,
            id_,
        )
        return {summary for (summary,) in rows}

    def book(self, debt: Debt) -> tuple[str, list[tuple]]:
        """Its account's state, and its receipts: (amount, state, circumstance)."""
        rows = self.sql(
            "SELECT amount::int, state, circumstance FROM connector_payment_receipt "
            "WHERE va_id = %s ORDER BY id",
            debt.va,
        )
        return self.va(debt, "state"), rows

    # -- webhooks -----------------------------------------------------------------

    def count_messages(self) -> int:
        """What the gateway told by itself: no look counts, whoever started it."""
        query = (
            "SELECT count(*) FROM erp_connector_message WHERE backend_id = %s "
            "AND payload IS DISTINCT FROM '{}' AND topic <> 'payment.ledger'"
        )
        return self.sql(query, self.account)[0][0]

    def refusals(self) -> int:
        """Forged webhooks that were counted."""
        (row,) = self.sql(
            "SELECT COALESCE(sum(count), 0)::int FROM erp_connector_rejection "
            "WHERE backend_id = %s",
            self.account,
        )
        return row[0]

    def webhooks(self, key: str) -> list[dict[str, Any]]:
        """What the gateway sent about an account, oldest first."""
        return [push for push in self.control.pushes() if push["key"] == key]

    def wait_told(self) -> None:
        """Until all that the gateway has to tell has come in, and is through."""
        self.control.wait_pushes()
        until(lambda: not self.unfinished(), hope="all messages are through")

    def wait_refused(self) -> list[dict[str, Any]]:
        """Until each webhook on its way has been tried; the first answers."""

        def tried() -> list[dict[str, Any]]:
            pushes = [p for p in self.control.pushes() if p["state"] == "waiting"]
            return pushes if all(push["attempts"] for push in pushes) else []

        return [p["attempts"][0] for p in until(tried, hope="they were tried")]

    def sent(self) -> int:
        """Requests for payouts that the gateway has answered, heard or not."""
        return self.control.answered("POST", SEND[self.provider])

    # -- the judge ----------------------------------------------------------------

    def differences(self, after: str = "") -> list[str]:
        """Ledger against books, since the test began; `after` a change, not kept."""
        fields = ["outstanding", "suspense", "payout"]
        names = [f"{name}_account_id" for name in fields]
        (record,) = self.read(BACKEND, [self.account], *names)
        on = {name: record[f"{name}_account_id"] for name in fields}
        control = self.control
        ledger = (control.payments(), control.ledger("vas"), control.payouts())
        connection = self.stack.server.connect(self.stack.db)
        connection.autocommit = False
        try:
            with connection.cursor() as cursor:
                cursor.execute(after or "SELECT")
                books = Books(cursor, {**self.marks, "account": self.account}, on)
                return differences(books, *ledger)
        finally:
            connection.close()

    def assert_books_agree(self, push: Iterable[str] = ()) -> None:
        """Wait until nothing differs and nothing is open. `push`: states now due."""
        deadline = time.monotonic() + PATIENCE
        while True:
            wrong = self.unfinished() or self.differences()
            if not wrong:
                return
            if time.monotonic() > deadline:
                raise AssertionError("\n".join([*map(str, wrong[:20]), self.story()]))
            if push:
                self.make_due(*push)
            time.sleep(0.2)

    def unfinished(self) -> list[tuple]:
        """Messages of this account since the test began that are not through."""
        return self.sql(
            "SELECT topic, business_key, state, attempts, error "
            "FROM erp_connector_message WHERE state = ANY(%s) AND backend_id = %s "
            "AND id > %s",
            [*OPEN, "dead", "waiting"],
            self.account,
            self.marks["messages"],
        )

"""Customers who owe something and pay it at the simulated banks; payouts to approve.

Everything goes through Odoo's own buttons. A second run finds its customers again; the
simulated gateways have forgotten all of the first one.
"""

import random
import time
from collections.abc import Callable
from typing import Any

from setup.link import link_gateway
from setup.rpc import Session
from setup.stack import Stack

BACKEND = "erp.connector.backend"
#: (name, the gateway and the bank of the virtual accounts, what is owed in rupiah)
CUSTOMERS = (
    ("PT Sinar Jaya Abadi", "xendit", "bca", 1_250_000),
    ("Toko Makmur", "xendit", "mandiri", 485_000),
    ("CV Karya Utama", "xendit", "bni", 2_310_000),
    ("Warung Bu Sri", "xendit", "bri", 175_000),
    ("PT Cahaya Nusantara", "midtrans", "permata", 940_000),
    ("Koperasi Melati", "midtrans", "mandiri", 3_600_000),
)
NOBODY = ("8808123456789", 150_000)  # a number that nobody knows, and rupiah
LEFT = 2  # invoices that are left for the person who looks
VENDORS = (
    ("PT Pemasok Utama", "1234567890", 750_000),
    ("CV Rekan", "9876543210", 320_000),
)
MAKER = "maker"  # login and password
SETTLES = 60  # seconds after the payment, where business days are too long
PATIENCE = 60

#: What ended with the last run: the gateways do not know it any more.
FORGET = """
    UPDATE connector_payment_va SET state = 'expired', watch_at = NULL
     WHERE state IN ('requested', 'active') AND backend_id IN (
           SELECT id FROM erp_connector_backend WHERE environment = 'simulator');
    UPDATE connector_payment_payout SET watch_at = NULL
"""
#: Virtual accounts of invoices that the gateway has made.
READY = """
    SELECT v.name, b.provider FROM connector_payment_va v
      JOIN connector_payment_va_move_rel r ON r.va_id = v.id
      JOIN erp_connector_backend b ON b.id = v.backend_id
     WHERE r.move_id = ANY(%s) AND v.state = 'active'
"""
PAID = "SELECT id FROM account_move WHERE id = ANY(%s) AND payment_state = 'paid'"


class Payments:
    """Both gateways, linked; and the hands of customers and staff."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.rpc = stack.rpc
        self.rows(FORGET)
        self.gateways = {
            "xendit": link_gateway(stack, "xendit", va_policy="invoice"),
            "midtrans": link_gateway(stack, "midtrans"),
        }
        self.gateways["xendit"].config(settle_after=SETTLES)
        self.accounts = {code: self.account(code) for code in self.gateways}
        company = self.rpc("res.company", "search", [[]], {"limit": 1})
        values = {"connector_gateway_id": self.accounts["xendit"]}
        self.rpc("res.company", "write", [company, values])
        where = [["default_code", "like", "SKU-"]]
        self.products = self.rpc("product.product", "search", [where])
        self.customers = [self.customer(*row) for row in CUSTOMERS]
        self.waiting: list[int] = []  # invoices that somebody will pay

    # -- Odoo -------------------------------------------------------------------------

    def rows(self, query: str, *values: Any) -> list[tuple]:
        """A query's rows, none of a statement that has none."""
        with self.stack.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def account(self, provider: str) -> int:
        where = [["provider", "=", provider], ["environment", "=", "simulator"]]
        return self.rpc(BACKEND, "search", [where])[0]

    def customer(self, name: str, gateway: str, bank: str, _amount: int) -> int:
        """A customer with his bank; Midtrans' accounts are made by a button."""
        where = [["name", "=", name], ["customer_rank", ">", 0]]
        found = self.rpc("res.partner", "search", [where])
        if found:
            return found[0]
        at = self.rpc("connector.payment.bank", "search", [[["code", "=", bank]]])
        values = {
            "name": name,
            "customer_rank": 1,
            "email": f"{name.lower().replace(' ', '.')}@example.com",
            "connector_bank_id": at[0],
            "connector_va_wanted": "policy" if gateway == "xendit" else "none",
        }
        return self.rpc("res.partner", "create", [[values]])[0]

    def invoice(self, debts: list[tuple[int, int]]) -> list[int]:
        """Posted invoices of (customer, rupiah)."""
        values = [
            document("out_invoice", customer, owed, random.choice(self.products))  # noqa: S311
            for customer, owed in debts
        ]
        moves = self.rpc("account.move", "create", [values])
        self.rpc("account.move", "action_post", [moves])
        return moves

    # -- the first ones ---------------------------------------------------------------

    def begin(self) -> list[int]:
        """An invoice for each customer; those that will be paid."""
        debts = [(c, row[3]) for c, row in zip(self.customers, CUSTOMERS, strict=True)]
        more = [(random.choice(self.customers[:4]), 99_000) for _ in range(LEFT)]  # noqa: S311
        moves = self.invoice(debts + more)
        other = [
            move
            for move, row in zip(moves, CUSTOMERS, strict=False)
            if row[1] == "midtrans"
        ]
        wish = {"mode": "each", "backend_id": self.accounts["midtrans"]}
        self.press("connector.payment.va.create", {**wish, "move_ids": other})
        wait(lambda: len(self.rows(READY, moves)) == len(moves))
        return moves[: len(debts)]

    def press(self, wizard: str, values: dict[str, Any]) -> None:
        """Fill in a dialogue and press Create."""
        values = values | {"move_ids": [[6, 0, values["move_ids"]]]}
        new = self.rpc(wizard, "create", [[values]])
        self.rpc(wizard, "action_create", [new])

    def pay(self, moves: list[int]) -> None:
        """The customers transfer what they are asked, each at his bank."""
        for reference, provider in self.rows(READY, moves):
            self.gateways[provider].pay(reference)

    def paid(self, moves: list[int]) -> int:
        """How many of these invoices Odoo has as paid."""
        return len(self.rows(PAID, moves))

    # -- what people shall find -------------------------------------------------------

    def leave_work(self) -> None:
        """Money of nobody known, and payouts that wait for the other pair of eyes."""
        self.gateways["xendit"].pay_direct(*NOBODY)
        self.gateways["xendit"].top_up(100_000_000)
        maker = self.maker()
        vendors = [self.vendor(*row[:2]) for row in VENDORS]
        values = [
            document("in_invoice", vendor, row[2])
            for vendor, row in zip(vendors, VENDORS, strict=True)
        ]
        bills = self.rpc("account.move", "create", [values])
        self.rpc("account.move", "action_post", [bills])
        action = maker.call("account.move", "action_connector_pay", [bills])
        maker.call("connector.payment.pay", "action_submit", [[action["res_id"]]])

    def maker(self) -> Session:
        """Somebody who prepares payouts; the administrator may approve them."""
        self.grant("approver", self.stack.session.user["uid"])
        where = [["login", "=", MAKER]]
        user = {"name": "Maker of payouts", "login": MAKER, "password": MAKER}
        found = self.rpc("res.users", "search", [where])
        found = found or self.rpc("res.users", "create", [[user]])
        self.grant("maker", found[0])
        return Session(self.stack.url, self.stack.db, MAKER, MAKER)

    def grant(self, group: str, user: int) -> None:
        query = "SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s"
        ((group_id,),) = self.rows(query, "connector_payment", f"group_{group}")
        self.rpc("res.users", "write", [[user], {"group_ids": [[4, group_id]]}])

    def vendor(self, name: str, number: str) -> int:
        """A vendor with a bank account that may be paid to."""
        where = [["name", "=", name], ["supplier_rank", ">", 0]]
        found = self.rpc("res.partner", "search", [where])
        if found:
            return found[0]
        bank = self.rpc("res.bank", "search", [[["bic", "=", "CENAIDJA"]]])
        account = {
            "acc_number": number,
            "acc_holder_name": name,
            "bank_id": bank[0],
            "allow_out_payment": True,
        }
        values = {"name": name, "supplier_rank": 1, "bank_ids": [[0, 0, account]]}
        return self.rpc("res.partner", "create", [[values]])[0]

    # -- from time to time ------------------------------------------------------------

    def go_on(self) -> None:
        """Who got an invoice the last time pays it; then somebody gets a new one."""
        self.pay(self.waiting)
        amount = random.randrange(50, 900) * 1_000  # noqa: S311
        customer = random.choice(self.customers[:4])  # noqa: S311
        self.waiting = self.invoice([(customer, amount)])


def document(
    move_type: str, partner: int, amount: int, product: int | None = None
) -> dict[str, Any]:
    """An invoice or a bill of one line, of today; the tax is in its price."""
    line = {"name": "Jasa", "price_unit": amount}
    if product:
        line = {"product_id": product, "price_unit": amount}
    return {
        "move_type": move_type,
        "partner_id": partner,
        "invoice_date": time.strftime("%Y-%m-%d"),
        "invoice_line_ids": [[0, 0, line]],
    }


def wait(condition: Callable[[], Any]) -> None:
    """Return when `condition()` holds, or PATIENCE is over: the summary tells."""
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.1)

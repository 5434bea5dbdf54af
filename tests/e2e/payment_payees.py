"""Payees with bank accounts, and the two pairs of hands that pay them."""

import time
from typing import Any

from setup.rpc import Session
from setup.stack import Stack

from .suite import Suite
from .waiting import until

PASSWORD = "connector-e2e"  # of two users of a database that is dropped
HANDS = {
    "maker": "connector_payment.group_maker",
    "approver": "connector_payment.group_approver",
}
PAYOUT = "connector.payment.payout"


class Payees(Suite):
    """Odoo with one gateway account: its side of money out."""

    provider: str
    account: int

    def __init__(self, stack: Stack) -> None:
        super().__init__(stack)
        #: What nobody may ever read in a log: see the test of secrets.
        self.confidential: set[str] = set()
        self.payee_number = 0

    def hire(self) -> None:
        """The users who make and approve, logged in."""
        self.hands = {name: self.hand(name) for name in HANDS}

    def rpc(self, model: str, method: str, *args: Any) -> Any:
        """As the administrator."""
        return self.stack.rpc(model, method, list(args))

    def read(self, model: str, ids: list[int], *names: str) -> list[dict[str, Any]]:
        """Fields of records; many2one as ids."""
        options = {"fields": list(names), "load": None}
        return self.stack.rpc(model, "read", [ids], options)

    def last(self, table: str) -> int:
        query = f"SELECT COALESCE(max(id), 0) FROM {table}"  # noqa: S608
        return self.sql(query)[0][0]

    def hand(self, name: str) -> Session:
        """The maker's session, or the approver's."""
        login = f"{self.provider}-{name}"
        where = [["login", "=", login]]
        if not self.rpc("res.users", "search_count", where):
            module, xmlid = HANDS[name].split(".")
            (row,) = self.sql(
                "SELECT res_id FROM ir_model_data WHERE module = %s AND name = %s",
                module,
                xmlid,
            )
            user = {"name": login, "login": login, "password": PASSWORD}
            self.rpc("res.users", "create", [{**user, "group_ids": [[4, row[0]]]}])
        return Session(self.stack.url, self.stack.db, login, PASSWORD)

    def payee(self, number: str = "") -> int:
        """A vendor with a trusted account at BCA; the vendor."""
        self.payee_number += 1
        number = number or f"76{self.account % 10}{self.payee_number:07d}"
        holder = f"Penerima Rahasia {self.provider} {self.payee_number:04d}"
        self.confidential |= {holder, number} if len(number) > 6 else {holder}
        (bank,) = self.rpc("res.bank", "search", [["bic", "=", "CENAIDJA"]])
        account = {
            "acc_number": number,
            "acc_holder_name": holder,
            "bank_id": bank,
            "allow_out_payment": True,
        }
        vendor = {"name": f"Pemasok {self.payee_number}", "supplier_rank": 1}
        vendor["bank_ids"] = [[0, 0, account]]
        return self.rpc("res.partner", "create", [vendor])[0]

    def bills(self, *amounts: int, number: str = "") -> list[int]:
        """Posted bills of so much, each of a vendor of its own."""
        values = [
            document("in_invoice", self.payee(number), amount) for amount in amounts
        ]
        moves = self.rpc("account.move", "create", values)
        self.rpc("account.move", "action_post", moves)
        return moves

    def approve(self, *amounts: int, number: str = "") -> list[int]:
        """Bills paid by payouts: one hand makes them, the other lets them go."""
        payouts = self.submit(self.bills(*amounts, number=number))
        approver = self.hands["approver"]
        approver.call(PAYOUT, "action_approve", [payouts])
        return payouts

    def submit(self, bills: list[int]) -> list[int]:
        """Payouts of these bills that wait for the approver."""
        maker, before = self.hands["maker"], self.last("connector_payment_payout")
        action = maker.call("account.move", "action_connector_pay", [bills])
        wizard, model = [action["res_id"]], "connector.payment.pay"
        maker.call(model, "write", [wizard, {"backend_id": self.account}])
        maker.call(model, "action_submit", [wizard])
        rows = self.sql(
            "SELECT id FROM connector_payment_payout WHERE id > %s ORDER BY id", before
        )
        return [id_ for (id_,) in rows]

    def payouts(self, ids: list[int]) -> list[dict[str, Any]]:
        """Reference, state and failure of payouts."""
        names = ("name", "state", "failure")
        return self.read(PAYOUT, ids, *names)

    def wait_payouts(self, state: str, ids: list[int]) -> None:
        """Until all of them are in `state`."""
        until(
            lambda: {p["state"] for p in self.payouts(ids)} == {state},
            hope=f"{len(ids)} payouts are {state}",
        )

    def key_of(self, payout: int) -> str:
        """The business key of its messages."""
        return f"payout:{self.payouts([payout])[0]['name']}"


def document(move_type: str, partner: int, amount: int) -> dict[str, Any]:
    """An invoice or a bill of one line without tax, of today."""
    line = {"name": "Barang", "price_unit": amount, "tax_ids": [[6, 0, []]]}
    return {
        "move_type": move_type,
        "partner_id": partner,
        "invoice_date": time.strftime("%Y-%m-%d"),
        "ref": f"{move_type} {partner}",
        "invoice_line_ids": [[0, 0, line]],
    }

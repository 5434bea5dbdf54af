"""A simulated account of Midtrans, and the suite's own client of it."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from odoo.addons.connector_payment.providers import midtrans, schema
from odoo.addons.connector_payment.providers.schema import (
    PayoutRequest,
    VaKind,
    VaRequest,
)
from odoo.addons.erp_connector_base.client.transport import HttpTransport

from tests.simulators.gateway_control import MidtransControl

KEYS = {
    "server_key": "SB-Mid-server-simulator",
    "iris_creator_key": "IRIS-creator-simulator",
    "iris_approver_key": "IRIS-approver-simulator",
    "iris_merchant_key": "iris-merchant-simulator",
}
AMOUNT = Decimal(265000)


@dataclass
class Account:
    """The simulated account and the suite's own client of it."""

    control: MidtransControl
    client: Any
    keys: dict[str, str]

    def va(self, reference: str = "INV-1", **changes: Any) -> schema.VirtualAccount:
        return self.client.create_va(wanted(reference, **changes))

    def payment(self, reference: str = "INV-1") -> schema.Payment:
        (found,) = self.client.payments_of_va("", reference)
        return found

    @property
    def made(self) -> list[str]:
        """References of all accounts ever made, a double one twice."""
        return [row["reference"] for row in self.control.ledger("vas")]


def open_account(server: str) -> Account:
    """A fresh one: nobody is told of charges, people end the payouts."""
    control = MidtransControl(server)
    control.reset(all=True, seed=7)
    control.config(notify_pending=False, payout_mode="manual")
    keys = dict(KEYS)
    settings = {"timeout": (10, 10)}
    made = midtrans.make_client(keys, control.url, HttpTransport(), settings=settings)
    return Account(control, made, keys)


def notified(account: Account, receiver: Any) -> Callable[[], list[Any]]:
    """Every notification so far, when all have arrived."""
    account.control.config(callback_url=receiver.url)

    def arrived() -> list[Any]:
        account.control.wait_pushes()
        return list(receiver.requests)

    return arrived


def wanted(reference: str = "INV-1", **changes: Any) -> VaRequest:
    fields = {"kind": VaKind.CLOSED, "channel": "bca", "name": "Budi Utomo"}
    return VaRequest(reference, **({"amount": AMOUNT} | fields | changes))


def to_pay(reference: str = "PAY1", **changes: Any) -> PayoutRequest:
    fields = {"channel": "bca", "account_number": "1234567890", "amount": AMOUNT}
    return PayoutRequest(reference, **({"account_holder": "Ryan"} | fields | changes))

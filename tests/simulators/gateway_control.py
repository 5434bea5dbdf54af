"""Drives the simulators of payment gateways: the same verbs for each of them."""

from typing import Any, ClassVar

from .control import SimulatorControl

Row = dict[str, Any]
Answers = list[int | str]


class GatewayControl(SimulatorControl):
    """A gateway: its virtual accounts, the payers' banks, its payouts, its ledger.

    ``url`` is the server's, with or without the gateway's prefix. Amounts are whole
    rupiah; times in rows are seconds since 1970.
    """

    prefix: ClassVar[str]

    def __init__(self, url: str) -> None:
        url = url.rstrip("/")
        super().__init__(url if url.endswith(self.prefix) else f"{url}{self.prefix}")

    # -- the books --------------------------------------------------------------------

    def vas(self) -> dict[str, Row]:
        """Virtual accounts by reference; the last one where a reference repeats.

        ``ledger("vas")`` is the list, where a second one shows.
        """
        return {row["reference"]: row for row in self.ledger("vas")}

    def payments(self) -> dict[str, Row]:
        """Money in, by payment id; every payment the banks made."""
        return {row["id"]: row for row in self.ledger("payments")}

    def payouts(self) -> list[Row]:
        """Money out, a row for every effect: a double send shows as two."""
        return self.ledger("payouts")

    def transactions(self) -> list[Row]:
        """The gateway's own ledger, oldest first."""
        return self.ledger("transactions")

    def bank_transfers(self) -> list[Row]:
        """What went to the merchant's bank: date, gross, fee, net, payment_ids."""
        return self.ledger("bank_transfers")

    def balance(self) -> int:
        """What the gateway holds for the merchant and can be paid out."""
        return self.ledger("balance")

    # -- payers and their banks -------------------------------------------------------

    def pay(
        self,
        reference: str = "",
        number: str = "",
        amount: int | None = None,
        copies: int = 1,
        **options: Any,
    ) -> list[str]:
        """A payer transfers, ``copies`` times at once; the payment ids.

        ``amount`` None is what is asked. Options: sender, remark, currency, ``force``
        (the bank takes what it should refuse: a wrong amount, an expired or closed
        account), ``quiet`` (no webhook).
        """
        params = {"reference": reference, "number": number, "amount": amount}
        return self.act("pay", copies=copies, **params, **options)["payments"]

    def pay_many(self, references: list[str], **options: Any) -> list[str]:
        """Pay each of these what it asks, in one call; the payment ids."""
        return self.act("pay_many", references=references, **options)["payments"]

    def pay_direct(self, number: str, amount: int, **options: Any) -> list[str]:
        """Money for a number that nobody knows; the payment ids."""
        params = {"number": number, "amount": amount, **options}
        return self.act("pay_direct", **params)["payments"]

    def make_va(self, reference: str = "", **wish: Any) -> Row:
        """An account made in the gateway's dashboard: bank, kind, amount, name."""
        return self.act("make_va", reference=reference, **wish)

    def bulk(self, vas: list[Row], **options: Any) -> list[Row]:
        """Make many accounts (wishes of ``make_va``) in one call; their rows."""
        return self.act("bulk", vas=vas, **options)["vas"]

    def expire(self, reference: str) -> Row:
        """The account's time is over now."""
        return self.act("expire", reference=reference)

    # -- what the gateway does with the money -----------------------------------------

    def settle(self, *payment_ids: str, **options: Any) -> list[str]:
        """Settle these payments, or all that are paid; their ids."""
        params = {"payment_ids": list(payment_ids), **options}
        return self.act("settle", **params)["settled"]

    def reverse(self, payment_id: str, **options: Any) -> Row:
        """The money of a payment is taken back."""
        return self.act("reverse", payment_id=payment_id, **options)

    def withdraw(self, amount: int) -> Row:
        """Move money from the gateway's balance to the merchant's bank."""
        return self.act("withdraw", amount=amount)

    def top_up(self, amount: int) -> Row:
        """Move money of the merchant to the gateway's balance."""
        return self.act("top_up", amount=amount)

    def payout_outcome(self, key: str, outcome: str, **options: Any) -> Row:
        """End a payout (its id or reference): succeed, fail, reverse, cancel, stuck."""
        return self.act("payout_outcome", key=key, outcome=outcome, **options)

    # -- webhooks by hand -------------------------------------------------------------

    def event(self, payment_id: str, kind: str, **options: Any) -> Answers:
        """Tell of a payment now: paid, pending, failed, expired, reversed, refunded.

        The books do not change. Options: copies, forged, ``changes`` of the body.
        """
        params = {"payment_id": payment_id, "kind": kind, **options}
        return self.act("event", **params)["answers"]

    def send(
        self, event: Row | str, forged: str = "", copies: int = 1, **options: Any
    ) -> Answers:
        """Post any body now; ``forged``: missing, wrong, other_account."""
        params = {"event": event, "forged": forged, "copies": copies, **options}
        return self.act("send", **params)["answers"]

    def rotate_key(self, new: str, **options: Any) -> Row:
        """The account's secret that signs webhooks is another one from now on.

        ``which`` names another secret of the settings.
        """
        return self.act("rotate_key", new=new, **options)


class XenditControl(GatewayControl):
    """The Xendit simulator; ``make_va`` takes ``generation`` v3 or legacy too."""

    prefix = "/xendit"


class MidtransControl(GatewayControl):
    """The Midtrans simulator, with Iris below ``/iris/api/v1``."""

    prefix = "/midtrans"

    def otp(self, ago: float = 0) -> str:
        """What the approver's telephone shows, or showed, by ``otp_secret``."""
        return self.act("otp", ago=ago)["otp"]

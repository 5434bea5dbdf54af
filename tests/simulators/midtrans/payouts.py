"""Payouts of Iris: what they are, and how they go from queued to an end."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .envelope import money, plain, zulu
from .notify import announce_payout
from .wallet import FEE, PAYOUT, RETURN

QUEUED, APPROVED, REJECTED = "queued", "approved", "rejected"
PROCESSED, COMPLETED, FAILED = "processed", "completed", "failed"
OPEN = (QUEUED, APPROVED, PROCESSED)
#: The ledger's words, the same for every gateway.
WORDS = {
    QUEUED: "queued",
    APPROVED: "pending",
    PROCESSED: "pending",
    COMPLETED: "succeeded",
    FAILED: "failed",
    REJECTED: "cancelled",
}
ERRORS = {
    "002": "Invalid destination account number",
    "004": "General error",
    "005": "Timeout error by bank",
    "016": "Merchant balance is not enough",
    "025": "Transfer was declined.",
}


@dataclass(slots=True)
class Payout:
    """One payout. It moves money when it is approved, never before."""

    reference_no: str
    name: str
    account: str
    bank: str
    amount: Decimal
    notes: str
    email: str
    key: str
    created: float
    updated: float
    status: str = QUEUED
    error_code: str = ""
    fee: Decimal = Decimal(0)
    returned: bool = False  # completed once, and came back

    def entry(self) -> dict[str, Any]:
        """The line of the ledger."""
        return {
            "id": self.reference_no,
            "reference": self.notes,
            "account_number": self.account,
            "holder": self.name,
            "bank": self.bank,
            "amount": plain(self.amount),
            "currency": "IDR",
            "status": "reversed" if self.returned else WORDS[self.status],
            "payout_status": self.status,
            "failure_code": self.error_code,
            "idempotency_key": self.key,
            "created": int(self.created),
        }

    def notification(self) -> dict[str, Any]:
        """The body of the webhook; errors are told only here."""
        body = {
            "reference_no": self.reference_no,
            "amount": money(self.amount),
            "status": self.status,
            "updated_at": zulu(self.updated),
        }
        if self.error_code:
            body["error_code"] = self.error_code
            body["error_message"] = ERRORS.get(self.error_code, "Technical error.")
        return body


def turn(sim: Any, payout: Payout, status: str, error_code: str = "") -> None:
    """Put a payout into ``status`` and tell of it."""
    payout.status, payout.error_code = status, error_code
    payout.updated = sim.clock.now()
    announce_payout(sim, payout.reference_no, payout.notification())


def approve(sim: Any, payout: Payout) -> None:
    """Take the money, and send the payout to its bank unless people do that."""
    _be_approved(sim, payout)
    if sim.config["payout_mode"] == "auto":
        _plan(sim, payout)


def _plan(sim: Any, payout: Payout) -> None:
    """Processed after half of ``payout_delay``, ended after all of it."""
    outcome = sim.config["payout_outcomes"].get(payout.account, "succeed")
    now, delay = sim.clock.now(), float(sim.config["payout_delay"])
    sim.agenda.at(now + delay / 2, lambda: _process(sim, payout))
    if outcome == "reverse":
        sim.agenda.at(now + delay, lambda: end(sim, payout, "succeed"))
        sim.agenda.at(now + delay * 2, lambda: end(sim, payout, "reverse"))
    elif outcome != "stuck":
        sim.agenda.at(now + delay, lambda: end(sim, payout, *outcome.split(":")))


def _process(sim: Any, payout: Payout) -> None:
    if payout.status == APPROVED:
        turn(sim, payout, PROCESSED)


def end(sim: Any, payout: Payout, outcome: str, error_code: str = "") -> bool:
    """One of OUTCOMES; False where the payout stands elsewhere by now."""
    before, deed = OUTCOMES[outcome]
    if payout.status not in before:
        return False
    deed(sim, payout, error_code)
    return True


def _succeed(sim: Any, payout: Payout, error_code: str) -> None:
    _be_approved(sim, payout)
    turn(sim, payout, COMPLETED)


def _fail(sim: Any, payout: Payout, error_code: str) -> None:
    _be_approved(sim, payout)
    _return(sim, payout)
    turn(sim, payout, FAILED, error_code or "004")


def _reverse(sim: Any, payout: Payout, error_code: str) -> None:
    """The bank gives it back: completed becomes failed."""
    payout.returned = True
    _return(sim, payout)
    turn(sim, payout, FAILED, error_code or "004")


def _cancel(sim: Any, payout: Payout, error_code: str) -> None:
    turn(sim, payout, REJECTED)


def _stick(sim: Any, payout: Payout, error_code: str) -> None:
    _be_approved(sim, payout)
    turn(sim, payout, PROCESSED)


def _be_approved(sim: Any, payout: Payout) -> None:
    """Through the interface, or as if in the dashboard: the wallet pays."""
    if payout.status != QUEUED:
        return
    now, key = sim.clock.now(), payout.reference_no
    payout.fee = Decimal(sim.config["payout_fee"])
    sim.wallet.move(PAYOUT, key, -payout.amount, now)
    sim.wallet.move(FEE, key, -payout.fee, now)
    turn(sim, payout, APPROVED)


def _return(sim: Any, payout: Payout) -> None:
    back = payout.amount + payout.fee
    sim.wallet.move(RETURN, payout.reference_no, back, sim.clock.now())


#: outcome -> (the statuses that allow it, what happens)
OUTCOMES = {
    "succeed": (OPEN, _succeed),
    "fail": (OPEN, _fail),
    "reverse": ((COMPLETED,), _reverse),
    "cancel": ((QUEUED,), _cancel),
    "stuck": ((QUEUED, APPROVED), _stick),
}

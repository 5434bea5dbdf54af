"""Payouts by Iris: made with one key, approved with another."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.providers.schema import PayoutStatus
from odoo.addons.erp_connector_base.client.errors import (
    RejectedError,
    UncertainError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.reading import Fields

from . import mapping
from .calls import Caller, segment, whole_rupiah
from .envelope import PayoutRefusal

#: Length of `notes` and of the idempotency key.
LONGEST_REFERENCE = 100
#: Where a payout is that was approved, whoever did it.
_APPROVED = {PayoutStatus.PENDING, PayoutStatus.SUCCEEDED, PayoutStatus.FAILED}


class PayoutMethods:
    """The part of a client that pays out. Both callers are of Iris."""

    def __init__(self, creator: Caller, approver: Caller) -> None:
        self._creator = creator
        self._approver = approver

    def balance(self) -> Decimal:
        """GET /balance: what Iris can pay out, in IDR."""
        answer = Fields(self._creator.get("/balance"), "balance")
        return answer.needed("balance", answer.amount("balance"))

    def create_payout(self, request: schema.PayoutRequest) -> schema.Payout:
        """POST /payouts: it waits for `approve_payout`, nothing is paid before."""
        answer = self._creator.post(
            "/payouts",
            {"payouts": [_order(request)]},
            headers={"x-idempotency-key": request.reference},
            idempotent=False,
        )
        return _created(answer, request)

    def recover_payout(self, request: schema.PayoutRequest) -> schema.Payout | None:
        """The same POST again, with the same X-Idempotency-Key.

        Only while Iris surely knows the key: once it has forgotten it, a second payout
        is queued, and a person could approve both in the dashboard.
        """
        try:
            return self.create_payout(request)
        except RejectedError as error:
            message = f"{error}; the first request may be queued all the same"
            raise UncertainError(message) from None

    def get_payout(self, payout_id: str) -> schema.Payout:
        """GET /payouts/{reference_no}; RejectedError code 404 when there is none."""
        answer = self._creator.get(f"/payouts/{segment(payout_id)}")
        return mapping.parse_payout(Fields(answer, f"payout {payout_id}"))

    def approve_payout(self, payout_id: str) -> None:
        """As `approve_payouts`; fine when it is approved already."""
        try:
            self.approve_payouts((payout_id,))
        except RejectedError:
            if self.get_payout(payout_id).status not in _APPROVED:
                raise

    def approve_payouts(self, payout_ids: tuple[str, ...], otp: str = "") -> None:
        """POST /payouts/approve with the approver's key, all or none of them."""
        body: dict[str, Any] = {"reference_nos": list(payout_ids)}
        if otp:
            body["otp"] = otp
        self._approver.post("/payouts/approve", body)

    def cancel_payout(self, payout_id: str, reason: str) -> schema.Payout:
        """POST /payouts/reject with the approver's key; only before it is approved."""
        why = reason[:255] or "Cancelled"  # it has to be given
        body = {"reference_nos": [payout_id], "reject_reason": why}
        try:
            self._approver.post("/payouts/reject", body)
        except RejectedError:
            payout = self.get_payout(payout_id)
            if payout.status is PayoutStatus.CANCELLED:
                return payout
            raise
        return self.get_payout(payout_id)

    def read_payout(self, payload: str) -> schema.Payout:
        """A notification of Iris: it is signed as a whole, so it is believed."""
        return mapping.parse_payout(mapping.read(payload, "payout notification"))

    def check_account(self, channel: str, number: str) -> schema.AccountCheck:
        """GET /account_validation; what is refused is not valid, unless only the bank
        is what Iris refuses: then it cannot tell.
        """
        asked = (("bank", channel), ("account", number))
        try:
            answer = self._creator.get("/account_validation", asked)
        except PayoutRefusal as error:
            fields = error.fields
            valid = False if not fields or "account" in fields else None
            return schema.AccountCheck(valid, message=error.words)
        holder = Fields(answer, "account validation").text("account_name", 255)
        return schema.AccountCheck(bool(holder) or None, holder)


def _order(request: schema.PayoutRequest) -> dict[str, str]:
    if not 0 < len(request.reference) <= LONGEST_REFERENCE:
        message = f"a payout's reference has 1 to {LONGEST_REFERENCE} characters"
        raise RejectedError(f"Midtrans: {message}: {request.reference!r}")
    order = {
        "beneficiary_name": request.account_holder,
        "beneficiary_account": request.account_number,
        "beneficiary_bank": request.channel,
        "beneficiary_email": request.email,
        "amount": str(whole_rupiah(request.amount, request.currency)),
        "notes": request.reference,
    }
    return {key: value for key, value in order.items() if value}


def _created(answer: Any, request: schema.PayoutRequest) -> schema.Payout:
    """The one payout of an answer, which is a list, or has one in `payouts`."""
    place = f"payout {request.reference}"
    rows = answer.get("payouts") if isinstance(answer, dict) else answer
    try:
        if not isinstance(rows, list) or len(rows) != 1:
            raise UnexpectedResponseError("one payout was expected in the answer")
        payout = mapping.parse_payout(Fields(rows[0], place))
    except UnexpectedResponseError as error:
        raise UncertainError(f"Midtrans: {place}: {error}; it may be queued") from None
    asked = whole_rupiah(request.amount, request.currency)
    amount = Decimal(asked) if payout.amount is None else payout.amount
    return replace(payout, reference=request.reference, amount=amount)

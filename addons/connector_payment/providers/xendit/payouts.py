"""Xendit's payouts v2; those of v3 are read too, but none is made."""

from collections.abc import Mapping
from typing import Any

from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.providers.schema import PayoutStatus
from odoo.addons.erp_connector_base.client.errors import RejectedError, UncertainError
from odoo.addons.erp_connector_base.client.reading import Fields
from odoo.addons.erp_connector_base.client.words import _

from .calls import PAYOUTS_V3, Caller, made_once, number, rows_of, segment
from .mapping import moment

#: `status` of a payout. SUCCEEDED is not final: REVERSED may follow.
STATUS = {
    "ACCEPTED": PayoutStatus.PENDING,
    "PENDING": PayoutStatus.PENDING,
    "PENDING_COMPLIANCE_ASSESSMENT": PayoutStatus.PENDING,
    "PENDING_COMPLIANCE_REVIEW": PayoutStatus.PENDING,
    "ROUTING": PayoutStatus.PENDING,
    "READY": PayoutStatus.PENDING,
    "LOCKED": PayoutStatus.PENDING,
    "REQUESTED": PayoutStatus.PENDING,
    "SUCCEEDED": PayoutStatus.SUCCEEDED,
    "COMPLETED": PayoutStatus.SUCCEEDED,
    "COMPLIANCE_REJECTED": PayoutStatus.FAILED,
    "REJECTED": PayoutStatus.FAILED,
    "FAILED": PayoutStatus.FAILED,
    "EXPIRED": PayoutStatus.FAILED,
    "CANCELLED": PayoutStatus.CANCELLED,
    "CANCELED": PayoutStatus.CANCELLED,
    "REVERSED": PayoutStatus.REVERSED,
}
#: `failure_code` in words for people.
FAILURES = {
    "INSUFFICIENT_BALANCE": _("The balance at Xendit is too low."),
    "INVALID_DESTINATION": _("There is no such bank account, or it is closed."),
    "DESTINATION_MAXIMUM_LIMIT": _("The bank account cannot take so much."),
    "ACCOUNT_NAME_MISMATCH": _("The holder's name is not that of the bank account."),
    "REJECTED_BY_CHANNEL": _("The receiving bank refused."),
    "TEMPORARY_TRANSFER_ERROR": _("The banks' network failed; it may work later."),
    "TRANSFER_ERROR": _("The transfer failed at the bank."),
}
_LONGEST_TEXT = 100


def payout(data: Mapping[str, Any]) -> schema.Payout:
    """A payout of v2 (`id`) or v3 (`payout_id`, amounts in the smallest unit)."""
    fields = Fields(data, "payout ?")
    newer = "payout_id" in fields
    payout_id = fields.name("payout_id" if newer else "id")
    fields.owner = f"payout {payout_id}"
    raw_status = fields.text("status", 64)
    code = fields.text("failure_code", 64)
    return schema.Payout(
        id=payout_id,
        status=STATUS.get(raw_status, PayoutStatus.UNKNOWN),
        raw_status=raw_status,
        reference=fields.text("reference_id", 255),
        amount=fields.amount("destination_amount" if newer else "amount"),
        currency=fields.text("destination_currency" if newer else "currency", 8)
        or "IDR",
        failure_code=code,
        failure=FAILURES.get(code, code),
        updated_at=moment(fields, "updated", "created"),
        raw=fields.data,
    )


def payout_data(body: Fields) -> Fields:
    """What a payout's webhook is about."""
    return body.object("data")


class Payouts:
    """Payouts of one account. `country` begins the codes of its banks ("ID_BCA")."""

    def __init__(self, caller: Caller, country: str) -> None:
        self._caller = caller
        self._country = country

    def make(self, request: schema.PayoutRequest) -> schema.Payout:
        """POST /v2/payouts, once; our reference is the idempotency key, which never
        expires. UncertainError when the answer is lost, or one of that key is there.
        """
        headers = {"idempotency-key": request.reference}
        with made_once(f"Xendit: payout {request.reference}"):
            body = self._body(request)
            return payout(
                self._caller.post("/v2/payouts", body, headers, idempotent=False)
            )

    def recover(self, request: schema.PayoutRequest) -> schema.Payout | None:
        """GET /v2/payouts?reference_id=: a list, empty if there is none."""
        reference = request.reference
        params = (("reference_id", reference),)
        rows = rows_of(self._caller.get("/v2/payouts", params), f"payout {reference}")
        found = [payout(row.data) for row in rows]
        if not found:
            return None
        if len(found) > 1 or found[0].reference != reference:
            ids = ", ".join(one.id for one in found)
            message = f"Xendit: asked for payout {reference}, it names {ids}"
            raise UncertainError(message)
        return found[0]

    def get(self, payout_id: str) -> schema.Payout:
        """GET /v2/payouts/{id}, of v3 for an id of v3."""
        newer = payout_id.startswith("po-")
        path = f"/{'v3' if newer else 'v2'}/payouts/{segment(payout_id)}"
        return payout(self._caller.get(path, headers=PAYOUTS_V3 if newer else None))

    def cancel(self, payout_id: str) -> schema.Payout:
        """POST …/cancel, only while ACCEPTED; fine when it is cancelled already."""
        try:
            path = f"/v2/payouts/{segment(payout_id)}/cancel"
            return payout(self._caller.post(path))
        except RejectedError:
            found = self.get(payout_id)
            if found.status is PayoutStatus.CANCELLED:
                return found
            raise

    def _body(self, request: schema.PayoutRequest) -> dict[str, Any]:
        what = f"payout {request.reference}"
        start = f"{self._country}_"
        bank = request.channel.removeprefix(start)
        body: dict[str, Any] = {
            "reference_id": request.reference,
            "channel_code": f"{start}{bank}",
            "channel_properties": {
                "account_number": request.account_number,
                "account_holder_name": request.account_holder,
            },
            "amount": number(request.amount, request.currency, what),
            "currency": request.currency,
            "description": (request.description or request.reference)[:_LONGEST_TEXT],
        }
        if request.email:
            body["receipt_notification"] = {"email_to": [request.email]}
        return body

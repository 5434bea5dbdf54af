"""Virtual accounts by the Payments API v3: a payment request for each."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.providers.schema import (
    VaKind,
    VaStatus,
    VirtualAccount,
)
from odoo.addons.erp_connector_base.client.errors import (
    ConnectorError,
    RejectedError,
    UncertainError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.reading import Fields

from .calls import PAYMENTS_V3, Caller, made_once, number, rows_of, segment, stamp
from .mapping import SUFFIX, bank_of, payment_request

PATH = "/v3/payment_requests"
TYPES = {VaKind.FIXED: "REUSABLE_PAYMENT_CODE", VaKind.CLOSED: "PAY"}
_OPEN = (VaStatus.ACTIVE, VaStatus.PENDING)


class PaymentRequests:
    """`search`: believe GET …?reference_id=, which no document promises."""

    def __init__(self, caller: Caller, country: str, search: bool) -> None:
        self._caller = caller
        self._country = country
        self._search_allowed = search

    def make(self, request: schema.VaRequest) -> VirtualAccount:
        """POST /v3/payment_requests, once: it is not known to honour the idempotency
        key that it is given, and our reference need not be unique there.
        """
        headers = PAYMENTS_V3 | {"idempotency-key": request.reference}
        with made_once(f"Xendit: virtual account {request.reference}"):
            body = self._body(request)
            return payment_request(
                self._caller.post(PATH, body, headers, idempotent=False)
            )

    def recover(self, request: schema.VaRequest) -> VirtualAccount | None:
        """What a search by our reference finds, None for an empty list; UncertainError
        when the search is refused, or answers something else.
        """
        return self._search(request.reference)

    def get(self, va_id: str, reference: str) -> VirtualAccount:
        """GET /v3/payment_requests/{id}; searched for while the id is not known."""
        if va_id:
            return payment_request(self._caller.get(_path(va_id), headers=PAYMENTS_V3))
        found = self._search(reference)
        if found is None:
            message = f"Xendit: there is no virtual account {reference}"
            raise RejectedError(message, "DATA_NOT_FOUND")
        return found

    def update(
        self,
        va_id: str,
        reference: str,
        amount: Decimal | None,
        expires_at: datetime | None,
    ) -> VirtualAccount:
        """PATCH, only while it can be paid; what is None stays as it is."""
        body: dict[str, Any] = {}
        if amount is not None:
            body["request_amount"] = number(amount, "IDR", f"virtual account {va_id}")
        if expires_at:
            body["channel_properties"] = {"expires_at": stamp(expires_at)}
        if not body:
            return self.get(va_id, reference)
        va_id = va_id or self.get("", reference).id
        return payment_request(self._caller.patch(_path(va_id), body, PAYMENTS_V3))

    def close(self, va_id: str, reference: str) -> VirtualAccount:
        """POST …/cancel; a refusal is fine if it cannot be paid any more."""
        va_id = va_id or self.get("", reference).id
        try:
            answer = self._caller.post(_path(va_id, "/cancel"), headers=PAYMENTS_V3)
            return payment_request(answer)
        except RejectedError:
            found = self.get(va_id, reference)
            if found.status in (*_OPEN, VaStatus.UNKNOWN):
                raise
            return found

    def simulate(self, va: VirtualAccount, amount: Decimal) -> None:
        """POST …/simulate, test mode only; the payment comes by webhook."""
        body = {"amount": number(amount, va.currency, "a payment")}
        path = _path(va.id, "/simulate")
        self._caller.post(path, body, PAYMENTS_V3, idempotent=False)

    def _body(self, request: schema.VaRequest) -> dict[str, Any]:
        properties: dict[str, Any] = {"display_name": request.name}
        if request.expires_at:
            properties["expires_at"] = stamp(request.expires_at)
        if request.number:
            properties["virtual_account_number"] = request.number
        body = {
            "reference_id": request.reference,
            "type": TYPES[request.kind],
            "country": self._country,
            "currency": request.currency,
            "channel_code": f"{bank_of(request.channel)}{SUFFIX}",
            "channel_properties": properties,
            **_asked(request),
        }
        if request.description:
            body["description"] = request.description
        return body

    def _search(self, reference: str) -> VirtualAccount | None:
        owner = f"Xendit: virtual account {reference}"
        if not self._search_allowed:
            raise UncertainError(f"{owner} cannot be searched by reference")
        params = (("reference_id", reference),)
        try:
            answer = self._caller.get(PATH, params, PAYMENTS_V3)
            rows = rows_of(answer, owner)
            found = [payment_request(row.data) for row in rows]
        except (RejectedError, UnexpectedResponseError) as error:
            raise _unsearchable(owner, error) from None
        ours = [va for va in found if va.reference == reference]
        if not ours and (found or _has_more(answer)):
            raise UncertainError(f"{owner} cannot be searched: others were found")
        return min(ours, key=lambda va: va.status not in _OPEN, default=None)


def _asked(request: schema.VaRequest) -> dict[str, Any]:
    if request.kind is VaKind.FIXED:
        return {}
    what = f"virtual account {request.reference}"
    return {"request_amount": number(request.amount, request.currency, what)}


def _path(va_id: str, verb: str = "") -> str:
    return f"{PATH}/{segment(va_id)}{verb}"


def _has_more(answer: Any) -> bool:
    return isinstance(answer, Mapping) and Fields(answer, "search").flag("has_more")


def _unsearchable(owner: str, error: ConnectorError) -> UncertainError:
    return UncertainError(f"{owner} cannot be searched by reference ({error})")

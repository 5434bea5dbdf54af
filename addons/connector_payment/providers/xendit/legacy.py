"""Virtual accounts by the legacy endpoints for fixed virtual accounts (FVA).

Archived in the documents, still answered for the accounts that have them.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.providers.schema import (
    VaKind,
    VaStatus,
    VirtualAccount,
)
from odoo.addons.erp_connector_base.client.errors import RejectedError

from .calls import Caller, made_once, number, segment, stamp
from .mapping import bank_of, fixed_account

PATH = "/callback_virtual_accounts"
#: Banks that had another name before the Payments API.
_OLD_NAMES = {"BSS": "SAHABAT_SAMPOERNA"}
_OPEN = (VaStatus.ACTIVE, VaStatus.PENDING)
_PAST = timedelta(hours=1)


class FixedAccounts:
    """The idempotency key, our reference, makes a repeated POST answer the same."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    def make(self, request: schema.VaRequest) -> VirtualAccount:
        """POST /callback_virtual_accounts; without that key the same `external_id`
        would make a second one. UncertainError when the answer is lost.
        """
        return self._post(request, idempotent=False)

    def recover(self, request: schema.VaRequest) -> VirtualAccount:
        """The same POST with the same key: the answer of the first, if there was one;
        otherwise it is made now.
        """
        return self._post(request, idempotent=True)

    def get(self, va_id: str, reference: str) -> VirtualAccount:
        """GET /callback_virtual_accounts/{id}; it cannot be searched for."""
        return self._read(self._caller.get(_path(_known(va_id, reference))))

    def update(
        self,
        va_id: str,
        reference: str,
        amount: Decimal | None,
        expires_at: datetime | None,
    ) -> VirtualAccount:
        """PATCH; what is None stays as it is."""
        body: dict[str, Any] = {}
        if amount is not None:
            body["expected_amount"] = number(amount, "IDR", f"virtual account {va_id}")
        if expires_at:
            body["expiration_date"] = stamp(expires_at)
        if not body:
            return self.get(va_id, reference)
        return self._read(self._caller.patch(_path(_known(va_id, reference)), body))

    def close(self, va_id: str, reference: str) -> VirtualAccount:
        """PATCH an expiry that is past. What has ended already stays as it is: the
        patch would hide that it was paid.
        """
        found = self.get(va_id, reference)
        if found.status not in (*_OPEN, VaStatus.UNKNOWN):
            return found
        past = self._caller.clock() - _PAST
        closed = self.update(va_id, reference, None, past)
        return replace(closed, status=VaStatus.CLOSED)

    def simulate(self, va: VirtualAccount, amount: Decimal) -> None:
        """POST …/external_id={external_id}/simulate_payment, test mode only."""
        body = {"amount": number(amount, va.currency, "a payment")}
        path = f"{PATH}/external_id={segment(va.reference)}/simulate_payment"
        self._caller.post(path, body, idempotent=False)

    def _post(self, request: schema.VaRequest, idempotent: bool) -> VirtualAccount:
        headers = {"x-idempotency-key": request.reference}
        with made_once(f"Xendit: virtual account {request.reference}"):
            answer = self._caller.post(PATH, _body(request), headers, idempotent)
            return self._read(answer)

    def _read(self, answer: Any) -> VirtualAccount:
        return fixed_account(answer, self._caller.clock())


def _body(request: schema.VaRequest) -> dict[str, Any]:
    closed = request.kind is VaKind.CLOSED
    body: dict[str, Any] = {
        "external_id": request.reference,
        "bank_code": _bank_code(request.channel),
        "name": request.name,
        "is_closed": closed,
        "is_single_use": closed,
    }
    if closed:
        what = f"virtual account {request.reference}"
        body["expected_amount"] = number(request.amount, request.currency, what)
    if request.expires_at:
        body["expiration_date"] = stamp(request.expires_at)
    if request.number:
        body["virtual_account_number"] = request.number
    if request.description:
        body["description"] = request.description
    return body


def _known(va_id: str, reference: str) -> str:
    if va_id:
        return va_id
    message = f"Xendit: virtual account {reference} cannot be found without its id"
    raise RejectedError(message, "ID_UNKNOWN")


def _path(va_id: str) -> str:
    return f"{PATH}/{segment(va_id)}"


def _bank_code(channel: str) -> str:
    """The bank of our table as the older endpoints call it.

    >>> _bank_code("BSS_VIRTUAL_ACCOUNT"), _bank_code("BCA")
    ('SAHABAT_SAMPOERNA', 'BCA')
    """
    bank = bank_of(channel)
    return _OLD_NAMES.get(bank, bank)

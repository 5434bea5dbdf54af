"""Midtrans: one method an endpoint. Clock and transport are given."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import NoReturn

from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.providers.schema import VaStatus
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    RejectedError,
    TransientError,
    UncertainError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.reading import Fields
from odoo.addons.erp_connector_base.client.redact import redact_text

from . import mapping
from .calls import Caller, environment_of, segment, utc_now, whole_rupiah
from .charge import WITHOUT_KEY, charge_body, idempotency_key
from .envelope import DUPLICATE_ORDER, NOT_CHANGEABLE, NOT_FOUND
from .iris import PayoutMethods

FEATURES = schema.Features(
    fixed_va=False,
    changes_va_amount=False,
    searches_va=True,
    ledger=False,
    refunds=True,
    payouts=True,
    searches_payouts=False,
    checks_accounts=True,
    gateway_approval=True,
)
#: Both end a pending transaction; which one a channel knows is not documented.
_ENDINGS = ("cancel", "expire")
_OPEN = {VaStatus.PENDING, VaStatus.ACTIVE, VaStatus.UNKNOWN}


class MidtransClient(PayoutMethods):
    """One account. A virtual account is a transaction, our reference is its order id.

    `notify_url`: where notifications shall go instead of the account's own address.
    """

    features = FEATURES

    def __init__(
        self,
        core: Caller,
        creator: Caller,
        approver: Caller,
        clock: Callable[[], datetime] = utc_now,
        notify_url: str = "",
    ) -> None:
        super().__init__(creator, approver)
        self._core = core
        self._clock = clock
        self._notify_url = notify_url

    def identify(self) -> str:
        """Asks for a transaction that cannot be: "not found" takes a valid key. With
        a key for payouts, that is tried, too.
        """
        with _named("Server Key"):
            self._find(f"connector-{uuid.uuid4().hex}")
        name = f"Midtrans {environment_of(self._core.key)}".strip()
        if not self._creator.key:
            return name
        with _named("Payouts: Creator Key"):
            balance = self.balance()
        return f"{name}, balance for payouts: IDR {balance:,.0f}"

    # -- virtual accounts ------------------------------------------------------------

    def create_va(self, request: schema.VaRequest) -> schema.VirtualAccount:
        """POST /v2/charge. An order id that is taken (406) is our own, made by an
        attempt whose answer was lost.
        """
        body = charge_body(request, self._clock())
        headers = self._charge_headers(request)
        try:
            answer = self._core.post("/v2/charge", body, headers, idempotent=False)
        except RejectedError as error:
            if error.code != DUPLICATE_ORDER:
                raise
            return self._taken(request, error)
        return _charged(answer)

    def recover_va(self, request: schema.VaRequest) -> schema.VirtualAccount | None:
        """GET /v2/{order_id}/status: an order id is unique, so this is certain."""
        answer = self._surely(request.reference)
        if answer is None:
            return None
        va = mapping.parse_va(answer)
        if va.amount not in (None, request.amount):
            message = f"{request.reference} is there with the amount {va.amount}"
            raise RejectedError(f"Midtrans: {message}", code=DUPLICATE_ORDER)
        return va

    def get_va(self, va_id: str, reference: str) -> schema.VirtualAccount:
        """GET /v2/{order_id}/status; RejectedError code 404 when there is none."""
        return mapping.parse_va(self._status(reference or va_id))

    def update_va(
        self,
        va_id: str,
        reference: str,
        amount: Decimal | None,
        expires_at: datetime | None,
    ) -> schema.VirtualAccount:
        """Midtrans changes no transaction: close it, and make another one."""
        raise RejectedError("Midtrans cannot change a virtual account")

    def close_va(self, va_id: str, reference: str) -> schema.VirtualAccount:
        """POST /v2/{order_id}/cancel, or expire. What was paid meanwhile stays paid:
        see the status.
        """
        refusal: RejectedError | None = None
        for ending in _ENDINGS:
            path = f"/v2/{segment(reference or va_id)}/{ending}"
            try:
                self._core.post(path, {})
            except RejectedError as error:
                if error.code == NOT_FOUND:
                    raise
                refusal = refusal or error
            va = self.get_va(va_id, reference)
            if va.status not in _OPEN:
                return va
        if refusal:
            raise refusal
        raise TransientError(f"Midtrans: {reference or va_id} is still open")

    def simulate_payment(self, va: schema.VirtualAccount, amount: Decimal) -> None:
        """There is a web page for that, but no call."""
        raise RejectedError("Midtrans has no call for a test payment")

    # -- money in --------------------------------------------------------------------

    def read_payments(self, payload: str) -> tuple[schema.Payment, ...]:
        """What a notification claims. Its status is not signed: do not book it."""
        return (mapping.parse_payment(mapping.read(payload, "notification")),)

    def confirm_payments(self, payload: str) -> tuple[schema.Payment, ...]:
        """What GET /v2/{order_id}/status says of a notification's order.

        Only the order id is signed. Should the order have another transaction than the
        one told of (order ids are free again after expiry), that is asked for, too.
        """
        told = mapping.read(payload, "notification")
        order_id = told.name("order_id", 255)
        answers = [answer for answer in self._told_of(told, order_id) if answer]
        if not answers:
            doubtful = "Midtrans has no such transaction"
            return (mapping.unknown_payment(told, doubtful),)
        payments = map(mapping.parse_payment, answers)
        return tuple(mapping.contradicted(payment, told) for payment in payments)

    def read_va(self, payload: str) -> schema.VirtualAccount:
        """The transaction of a notification as a virtual account."""
        return mapping.parse_va(mapping.read(payload, "notification"))

    def get_payment(self, payment_id: str) -> schema.Payment:
        """GET /v2/{transaction_id}/status; RejectedError code 404 if there is none."""
        return mapping.parse_payment(self._status(payment_id))

    def payments_of_va(self, va_id: str, reference: str) -> tuple[schema.Payment, ...]:
        """The one payment of a transaction, once there is one."""
        answer = self._find(reference or va_id)
        if answer is None:
            return ()
        payment = mapping.parse_payment(answer)
        waits = payment.status in mapping.NO_MONEY and not payment.doubtful
        return () if waits else (payment,)

    def list_transactions(
        self, since: datetime, until: datetime, cursor: str = ""
    ) -> schema.TransactionPage:
        """No call lists transactions with their fees."""
        raise RejectedError("Midtrans has no list of transactions")

    # -- refunds ---------------------------------------------------------------------

    def refund(self, request: schema.RefundRequest) -> schema.Refund:
        """POST /v2/{transaction_id}/refund. `refund_key` is our reference: the same
        one never refunds twice. Bank transfers cannot be refunded (412).
        """
        body = {
            "refund_key": request.reference,
            "amount": whole_rupiah(request.amount, request.currency),
            "reason": request.reason[:255],
        }
        path = f"/v2/{segment(request.payment_id)}/refund"
        try:
            answer = self._core.post(path, body, idempotent=False)
        except RejectedError as error:
            self._refund_refused(request, error)
        found = _refund_of(answer, request) or answer
        return mapping.parse_refund(found, answer, request.payment_id)

    def recover_refund(self, request: schema.RefundRequest) -> schema.Refund | None:
        """The transaction's status lists its refunds."""
        answer = self._surely(request.payment_id)
        row = None if answer is None else _refund_of(answer, request)
        if answer is None or row is None:
            return None
        return mapping.parse_refund(row, answer, request.payment_id)

    def read_refund(self, payload: str) -> schema.Refund:
        """The latest refund that a notification claims: ask, before it is believed."""
        told = mapping.read(payload, "notification")
        rows = told.objects("refunds")
        return mapping.parse_refund(rows[-1] if rows else told, told)

    # -- what they are made of -------------------------------------------------------

    def _status(self, identifier: str) -> Fields:
        answer = self._core.get(f"/v2/{segment(identifier)}/status")
        if identifier not in (answer.text("order_id"), answer.text("transaction_id")):
            raise UnexpectedResponseError(f"{answer.owner}: another transaction came")
        return answer

    def _find(self, identifier: str) -> Fields | None:
        """A transaction, None when Midtrans itself says that there is none."""
        try:
            return self._status(identifier)
        except RejectedError as error:
            if error.code != NOT_FOUND:
                raise
        return None

    def _surely(self, identifier: str) -> Fields | None:
        """As `_find`; UncertainError when the answer is neither yes nor no."""
        try:
            return self._find(identifier)
        except (RejectedError, UnexpectedResponseError) as error:
            raise UncertainError(f"{error}; so it cannot be told") from None

    def _told_of(self, told: Fields, order_id: str) -> Iterator[Fields | None]:
        answer = self._find(order_id)
        yield answer
        other = told.text("transaction_id", 64)
        if answer is None or other in ("", answer.text("transaction_id")):
            return
        answer = self._find(other)
        if answer is not None and answer.text("order_id") == order_id:
            yield answer

    def _charge_headers(self, request: schema.VaRequest) -> dict[str, str]:
        headers = {}
        if request.channel not in WITHOUT_KEY:
            headers["idempotency-key"] = idempotency_key(request.reference)
        if self._notify_url:
            headers["x-override-notification"] = self._notify_url
        return headers

    def _taken(
        self, request: schema.VaRequest, error: RejectedError
    ) -> schema.VirtualAccount:
        try:
            va = self.recover_va(request)
        except TransientError as trouble:
            raise UncertainError(f"{error}; {trouble}", trouble.retry_after) from None
        if va is None:
            raise UncertainError(f"{error}; but there is no such transaction")
        return va

    def _refund_refused(
        self, request: schema.RefundRequest, error: RejectedError
    ) -> NoReturn:
        if error.code == NOT_CHANGEABLE:
            hint = "bank transfers are not refundable at Midtrans: pay out instead"
            raise RejectedError(f"{error}; {hint}", code=error.code)
        if error.code == DUPLICATE_ORDER:
            message = f"{request.reference}: this refund was asked for before"
            raise UncertainError(f"Midtrans: {message}")
        raise error


def _charged(answer: Fields) -> schema.VirtualAccount:
    """The account of a charge; when it has no number, it may exist all the same."""
    try:
        va = mapping.parse_va(answer)
    except UnexpectedResponseError as error:
        raise UncertainError(f"{error}; it may have taken effect") from None
    if va.status is VaStatus.FAILED:
        said = redact_text(answer.text("status_message", 300))
        message = f"{answer.owner}: {va.raw_status}: {said}"
        raise RejectedError(message, code=answer.text("status_code", 8))
    if not va.number:
        raise UncertainError(f"{answer.owner}: no number came; it may be in the making")
    return va


def _refund_of(answer: Fields, request: schema.RefundRequest) -> Fields | None:
    rows = answer.objects("refunds")
    return next((r for r in rows if r.text("refund_key") == request.reference), None)


@contextmanager
def _named(key: str) -> Iterator[None]:
    """A refusal in here says which of the account's keys was refused."""
    try:
        yield
    except AuthenticationError as error:
        said = str(error).partition(": ")[2] or str(error)
        raise AuthenticationError(f'the key "{key}" is refused ({said})') from None

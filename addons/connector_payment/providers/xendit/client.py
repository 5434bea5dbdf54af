"""Xendit: the account's client. The parts are in `requests_v3`, `legacy`, … ."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.providers.schema import (
    AccountCheck,
    Features,
    Payment,
    PaymentStatus,
    VirtualAccount,
)
from odoo.addons.erp_connector_base.client.errors import RejectedError, UncertainError
from odoo.addons.erp_connector_base.client.reading import Fields

from . import ledger, mapping, payouts
from .calls import PAYMENTS_V3, Caller, made_once, number, segment, utc_now
from .legacy import FixedAccounts
from .requests_v3 import PaymentRequests

FEATURES: Final = Features(
    fixed_va=True,
    changes_va_amount=True,
    searches_va=True,
    ledger=True,
    refunds=False,  # of virtual accounts, which is all that we make
    payouts=True,
    checks_accounts=False,
    gateway_approval=False,
)
#: How far back a virtual account's payments are looked for in the ledger.
LOOK_BACK = timedelta(days=31)
#: `reason` of a refund that Xendit knows; anything else is the first.
_REASONS = (
    "REQUESTED_BY_CUSTOMER",
    "CANCELLATION",
    "DUPLICATE",
    "FRAUDULENT",
    "OTHERS",
)
_NO_REFUND = (
    "VIRTUAL_ACCOUNT payments cannot be refunded at Xendit; pay out instead",
    "REFUND_NOT_SUPPORTED",
)
#: How secret keys begin: one host serves both.
KEY_PREFIXES = {"xnd_development_": "sandbox", "xnd_production_": "production"}


class XenditClient:
    """One account. `accounts`: the generation that makes its virtual accounts."""

    features = FEATURES

    def __init__(
        self,
        caller: Caller,
        accounts: PaymentRequests | FixedAccounts,
        country: str = "ID",
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._caller = caller
        self._accounts = accounts
        self._payouts = payouts.Payouts(caller, country)
        self._ledger = ledger.Ledger(caller)
        self._clock = clock

    def identify(self) -> str:
        """GET /balance proves the key; no call tells whose it is."""
        self.balance()
        key = self._caller.credentials.get("secret_key") or ""
        mode = {"sandbox": "test mode", "production": "live mode"}
        return ", ".join(filter(None, ("Xendit", mode.get(environment_of(key), ""))))

    def balance(self) -> Decimal:
        """GET /balance?account_type=CASH."""
        answer = self._caller.get("/balance", (("account_type", "CASH"),))
        fields = Fields(answer, "balance")
        return fields.needed("balance", fields.amount("balance"))

    # -- virtual accounts --------------------------------------------------------------

    def create_va(self, request: schema.VaRequest) -> VirtualAccount:
        """See PaymentRequests.create, FixedAccounts.create."""
        return self._accounts.make(request)

    def recover_va(self, request: schema.VaRequest) -> VirtualAccount | None:
        """See PaymentRequests.recover, FixedAccounts.recover."""
        return self._accounts.recover(request)

    def get_va(self, va_id: str, reference: str) -> VirtualAccount:
        """By id, or by our reference where that can be searched."""
        return self._accounts.get(va_id, reference)

    def update_va(
        self,
        va_id: str,
        reference: str,
        amount: Decimal | None,
        expires_at: datetime | None,
    ) -> VirtualAccount:
        """RejectedError when it cannot be paid any more."""
        return self._accounts.update(va_id, reference, amount, expires_at)

    def close_va(self, va_id: str, reference: str) -> VirtualAccount:
        """Fine when it has ended already; PAID when that was why."""
        return self._accounts.close(va_id, reference)

    def simulate_payment(self, va: VirtualAccount, amount: Decimal) -> None:
        """Test mode only."""
        self._accounts.simulate(va, amount)

    # -- money in ----------------------------------------------------------------------

    def read_payments(self, payload: str) -> tuple[Payment, ...]:
        """A webhook of any generation; it tells of one payment."""
        return (mapping.payment_of(mapping.read_object(payload)),)

    def confirm_payments(self, payload: str) -> tuple[Payment, ...]:
        """As told, but a payment without captures, of no known state, or that would
        undo one that came is asked for: webhooks come in any order. As told, too, when
        Xendit does not know it: its own test webhooks are such.
        """
        body = mapping.read_object(payload)
        told = mapping.payment_of(body)
        if not told.id.startswith("py-") or _is_plain(body, told):
            return (told,)
        try:
            return (self.get_payment(told.id),)
        except RejectedError:
            return (told,)

    def read_va(self, payload: str) -> VirtualAccount:
        """The webhooks `payment_request.…` and the legacy created/updated one."""
        body = mapping.read_object(payload)
        if "event" in body:
            return mapping.payment_request(body.object("data").data)
        return mapping.fixed_account(body.data, self._clock())

    def get_payment(self, payment_id: str) -> Payment:
        """GET /v3/payments/{id}, or the legacy one (`payment_id=` is in its path);
        what older payment requests made is only in the ledger.
        """
        if payment_id.startswith("py-"):
            path = f"/v3/payments/{segment(payment_id)}"
            return mapping.payment(self._caller.get(path, headers=PAYMENTS_V3))
        if payment_id.startswith("ddpy-"):
            return self._payment_of_ledger(payment_id)
        path = "/callback_virtual_account_payments/payment_id="
        return mapping.fixed_payment(self._caller.get(f"{path}{segment(payment_id)}"))

    def payments_of_va(self, va_id: str, reference: str) -> tuple[Payment, ...]:
        """Found in the ledger by our reference, for the last LOOK_BACK; each is asked
        for, as the ledger does not tell of a sender that is in doubt.
        """
        since = self._clock() - LOOK_BACK
        rows = self._ledger.payments(since, reference_id=reference)
        ours = {
            row.product_id: row
            for row in rows
            if row.reference == reference
            and ledger.request_of(row) in ("", va_id or ledger.request_of(row))
        }
        return tuple(self._told_and_booked(row) for row in ours.values())

    def _told_and_booked(self, row: schema.Transaction) -> Payment:
        """The payment itself, unless the ledger knows worse of it: a reversal."""
        if row.status is not PaymentStatus.PAID:
            return ledger.payment_of(row)
        try:
            return self.get_payment(row.product_id)
        except RejectedError:
            return ledger.payment_of(row)

    def _payment_of_ledger(self, payment_id: str) -> Payment:
        rows = self._ledger.payments(product_id=payment_id)
        if not rows:
            message = f"Xendit: there is no payment {payment_id}"
            raise RejectedError(message, "DATA_NOT_FOUND")
        return ledger.payment_of(rows[-1])

    def list_transactions(
        self, since: datetime, until: datetime, cursor: str = ""
    ) -> schema.TransactionPage:
        """See Ledger.page."""
        return self._ledger.page(since, until, cursor)

    # -- refunds -----------------------------------------------------------------------

    def refund(self, request: schema.RefundRequest) -> schema.Refund:
        """POST /v3/refunds, once; RejectedError for money to a virtual account."""
        if not request.payment_id.startswith("py-") or self._is_va(request.payment_id):
            raise RejectedError(*_NO_REFUND)
        reason = request.reason if request.reason in _REASONS else _REASONS[0]
        what = f"refund {request.reference}"
        body = {
            "reference_id": request.reference,
            "payment_id": request.payment_id,
            "amount": number(request.amount, request.currency, what),
            "reason": reason,
        }
        headers = PAYMENTS_V3 | {"idempotency-key": request.reference}
        with made_once(f"Xendit: {what}"):
            answer = self._caller.post("/v3/refunds", body, headers, idempotent=False)
            return mapping.refund(answer)

    def recover_refund(self, request: schema.RefundRequest) -> schema.Refund | None:
        """Refunds are known by Xendit's own id only: UncertainError."""
        message = f"Xendit: refund {request.reference} cannot be searched by reference"
        raise UncertainError(message)

    def read_refund(self, payload: str) -> schema.Refund:
        """The webhooks `refund.…`."""
        data = mapping.refund_data(mapping.read_object(payload))
        return mapping.refund(data.data)

    def _is_va(self, payment_id: str) -> bool:
        raw = self.get_payment(payment_id).raw
        return str(raw.get("channel_code") or "").endswith(mapping.SUFFIX)

    # -- money out ---------------------------------------------------------------------

    def create_payout(self, request: schema.PayoutRequest) -> schema.Payout:
        """See Payouts.create."""
        return self._payouts.make(request)

    def recover_payout(self, request: schema.PayoutRequest) -> schema.Payout | None:
        """See Payouts.recover."""
        return self._payouts.recover(request)

    def get_payout(self, payout_id: str) -> schema.Payout:
        """See Payouts.get."""
        return self._payouts.get(payout_id)

    def approve_payout(self, payout_id: str) -> None:
        """RejectedError: a payout at Xendit needs no second key."""
        raise RejectedError(f"Xendit: payout {payout_id} waits for no approval there")

    def approve_payouts(self, payout_ids: tuple[str, ...], otp: str = "") -> None:
        """RejectedError, likewise."""
        raise RejectedError("Xendit: payouts wait for no approval there")

    def cancel_payout(self, payout_id: str, reason: str) -> schema.Payout:
        """See Payouts.cancel; a reason is not asked for."""
        return self._payouts.cancel(payout_id)

    def read_payout(self, payload: str) -> schema.Payout:
        """The webhooks `payout.…` and `v3_payout.…`."""
        body = mapping.read_object(payload)
        return payouts.payout(payouts.payout_data(body).data)

    def check_account(self, channel: str, number: str) -> AccountCheck:
        """Nothing is known: there is no such call."""
        return AccountCheck(None, message="Xendit does not check bank accounts")


def environment_of(secret_key: str) -> str:
    """ "sandbox" or "production" by the key's prefix, "" when it does not tell.

    >>> environment_of("xnd_development_abc"), environment_of("abc")
    ('sandbox', '')
    """
    found = (
        name for start, name in KEY_PREFIXES.items() if secret_key.startswith(start)
    )
    return next(found, "")


def _is_plain(body: Fields, told: Payment) -> bool:
    """Whether the webhook alone says what became of the payment, and how much."""
    paid = told.status is PaymentStatus.PAID
    waits = told.status in (PaymentStatus.PENDING, PaymentStatus.EXPIRED)
    return waits or (paid and mapping.captured(body.object("data")))

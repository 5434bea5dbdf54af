"""Calls of Xendit with an account's secret key: values in, the answer's inside out."""

import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from odoo.addons.connector_payment.providers.schema import dump
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    RejectedError,
    UncertainError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.reading import Fields
from odoo.addons.erp_connector_base.client.transport import Request, Transport

from .envelope import DUPLICATES, open_answer, private_texts

Params = tuple[tuple[str, str], ...]

PAYMENTS_V3: Final = {"api-version": "2024-11-11"}
PAYOUTS_V3: Final = {"api-version": "2025-09-01"}


def utc_now() -> datetime:
    """The present, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Caller:
    """Who calls, and how. `credentials` is looked into at each call: keys change."""

    credentials: Mapping[str, str] = field(repr=False)
    base_url: str
    transport: Transport
    clock: Callable[[], datetime] = utc_now
    timeout: float | tuple[float, float] = (5, 30)

    def get(
        self, path: str, params: Params = (), headers: Mapping[str, str] | None = None
    ) -> Any:
        """GET; `path` begins with "/"."""
        return self._send("GET", path, params, headers)

    def post(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        idempotent: bool = True,
    ) -> Any:
        """POST `body` as JSON."""
        return self._send("POST", path, (), headers, body or {}, idempotent)

    def patch(
        self,
        path: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """PATCH with `body` as JSON; to do so twice is the same as once."""
        return self._send("PATCH", path, (), headers, body)

    def _send(
        self,
        method: str,
        path: str,
        params: Params,
        headers: Mapping[str, str] | None,
        body: Mapping[str, Any] | None = None,
        idempotent: bool = True,
    ) -> Any:
        request = Request(
            method,
            f"{self.base_url}{path}",
            params,
            self._headers() | dict(headers or {}),
            b"" if body is None else dump(body).encode(),
            self.timeout,
            idempotent,
        )
        response = self.transport.send(request)
        return open_answer(response, request.place, idempotent, private_texts(body))

    def _headers(self) -> dict[str, str]:
        key = self.credentials.get("secret_key")
        if not key:
            raise AuthenticationError("Xendit: the account has no secret key")
        login = base64.b64encode(f"{key}:".encode()).decode()
        return {
            "accept": "application/json",
            "authorization": f"Basic {login}",
            "content-type": "application/json",
        }


@contextmanager
def made_once(what: str) -> Iterator[None]:
    """Around a request that must not be sent twice, and the reading of its answer.

    A duplicate that is refused, and a success that cannot be read, mean that it exists:
    UncertainError, so that it is looked for instead of made again.
    """
    try:
        yield
    except RejectedError as error:
        if error.code not in DUPLICATES:
            raise
        raise UncertainError(f"{what} exists there already ({error})") from None
    except UnexpectedResponseError as error:
        raise UncertainError(f"{what} may have been made ({error})") from None


def segment(value: str) -> str:
    """An identifier as one segment of a path; RejectedError when it cannot be one.

    >>> segment("INV/2024/7")
    'INV%2F2024%2F7'
    """
    if not value.strip(". "):
        raise RejectedError(f"Xendit: {value!r} is no identifier")
    return quote(value, safe="")


def rows_of(answer: Any, owner: str) -> tuple[Fields, ...]:
    """A list of objects, bare or below `data`; UnexpectedResponseError otherwise."""
    if isinstance(answer, list):
        answer = {"data": answer}
    fields = Fields(answer, owner)
    if not isinstance(fields.data.get("data"), list):
        fields.fail("data", "a list was expected")
    return fields.objects("data")


def number(amount: Decimal | None, currency: str, what: str) -> int | Decimal:
    """An amount as Xendit takes it: whole rupiah; RejectedError where it is not.

    >>> number(Decimal("10000.00"), "IDR", "the virtual account")
    10000
    """
    if amount is None or amount <= 0:
        raise RejectedError(f"Xendit: {what} needs an amount", "AMOUNT_MISSING")
    if amount == amount.to_integral_value():
        return int(amount)
    if currency == "IDR":
        message = f"Xendit: {what} is of whole rupiah only, not of {amount}"
        raise RejectedError(message, "AMOUNT_FRACTION")
    return amount


def stamp(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as Xendit writes it.

    >>> stamp(datetime(2024, 4, 9, 5, tzinfo=UTC))
    '2024-04-09T05:00:00.000Z'
    """
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")

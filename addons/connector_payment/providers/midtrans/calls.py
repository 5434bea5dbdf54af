"""Calls of Midtrans with one of an account's keys: values in, the answer out."""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from odoo.addons.erp_connector_base.client.errors import RejectedError
from odoo.addons.erp_connector_base.client.transport import Request, Response, Transport

#: How server keys begin.
_PREFIXES = {"SB-": "sandbox", "Mid-server-": "production"}


def utc_now() -> datetime:
    """The present, aware."""
    return datetime.now(UTC)


def environment_of(server_key: str) -> str:
    """ "sandbox" or "production" by the key's prefix, "" when it does not tell.

    >>> environment_of("SB-Mid-server-abc"), environment_of("abc")
    ('sandbox', '')
    """
    found = (name for start, name in _PREFIXES.items() if server_key.startswith(start))
    return next(found, "")


def segment(value: str) -> str:
    """An identifier as one segment of a path; RejectedError when it cannot be one.

    >>> segment("INV/2024/7")
    'INV%2F2024%2F7'
    """
    if not value.strip(". "):
        raise RejectedError(f"Midtrans: {value!r} is no identifier")
    return quote(value, safe="")


def whole_rupiah(amount: Decimal | None, currency: str = "IDR") -> int:
    """What Midtrans takes as an amount; RejectedError for everything else.

    >>> whole_rupiah(Decimal("100000.00"))
    100000
    """
    if currency != "IDR":
        raise RejectedError(f"Midtrans takes rupiah only, not {currency}")
    if amount is None or amount <= 0:
        raise RejectedError(f"Midtrans needs an amount above 0, not {amount}")
    if amount != amount.to_integral_value():
        raise RejectedError(f"Midtrans takes whole rupiah only, not {amount}")
    return int(amount)


@dataclass(frozen=True)
class Caller:
    """Who calls: `key_name` is the credential for HTTP Basic, asked at each call.

    `open_answer`(response, place, idempotent) gives the inside of a success, or raises.
    """

    credentials: Mapping[str, str] = field(repr=False)
    key_name: str
    transport: Transport
    base_url: str
    open_answer: Callable[[Response, str, bool], Any]
    timeout: tuple[float, float] = (5, 30)

    @property
    def key(self) -> str:
        """The key, "" when the account has none."""
        return self.credentials.get(self.key_name) or ""

    def get(self, path: str, params: tuple[tuple[str, str], ...] = ()) -> Any:
        """GET; `path` begins with "/"."""
        url = f"{self.base_url}{path}"
        return self._send(
            Request("GET", url, params, self._headers(), timeout=self.timeout)
        )

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        idempotent: bool = True,
    ) -> Any:
        """POST `body` as JSON."""
        request = Request(
            "POST",
            f"{self.base_url}{path}",
            headers=self._headers() | dict(headers or {}),
            body=json.dumps(body).encode(),
            timeout=self.timeout,
            idempotent=idempotent,
        )
        return self._send(request)

    def _headers(self) -> dict[str, str]:
        if not self.key:
            raise RejectedError(f"Midtrans: the account has no {self.key_name}")
        login = base64.b64encode(f"{self.key}:".encode()).decode()
        return {
            "accept": "application/json",
            "authorization": f"Basic {login}",
            "content-type": "application/json",
        }

    def _send(self, request: Request) -> Any:
        response = self.transport.send(request)
        return self.open_answer(response, request.place, request.idempotent)

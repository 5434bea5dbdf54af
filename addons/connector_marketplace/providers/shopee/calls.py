"""Signed calls of Shopee Open Platform v2: values in, the answer's inside out."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    RejectedError,
    TransientError,
    UncertainError,
)
from odoo.addons.erp_connector_base.client.reading import Fields
from odoo.addons.erp_connector_base.client.transport import Request, Transport

from . import signing
from .envelope import open_envelope

_SHOP = re.compile(r"[1-9][0-9]{0,18}")


def utc_now() -> datetime:
    """The present, aware."""
    return datetime.now(UTC)


def shop_number(text: str) -> int:
    """The shop that a browser came back with; RejectedError unless spelled plainly.

    0700001 would be another account here, and the same shop there.
    """
    if not _SHOP.fullmatch(text):
        raise RejectedError("The platform's answer names no shop by its number")
    return int(text)


@dataclass(frozen=True)
class Caller:
    """Who calls, and how. `access_token` is asked at each call: it may be refreshed.

    `base_url` is the API's host, without /api/v2. A public call is one about the app,
    not about a shop: it is signed without token and shop. `token_proven`: the token is
    known to be good, so that a refusal ("error_auth") is about what was asked for.
    """

    partner_id: str
    partner_key: str = field(repr=False)
    shop_id: str
    base_url: str
    transport: Transport
    access_token: Callable[[], str] = field(default=str, repr=False)
    clock: Callable[[], datetime] = utc_now
    timeout: tuple[float, float] = (5, 30)
    token_proven: bool = False

    def get(
        self, path: str, wrapped: bool = True, public: bool = False, **values: Any
    ) -> Fields:
        """GET with `values` in the query, a tuple as a repeated parameter."""
        business = [
            (name, str(item))
            for name, value in values.items()
            for item in (value if isinstance(value, tuple) else (value,))
        ]
        params = (*self.signed(path, public), *business)
        url = f"{self.base_url}{path}"
        return self._send(Request("GET", url, params, timeout=self.timeout), wrapped)

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        wrapped: bool = True,
        public: bool = False,
        idempotent: bool = True,
    ) -> Fields:
        """POST `body` as JSON; the signed parameters go into the query, here, too."""
        request = Request(
            "POST",
            f"{self.base_url}{path}",
            self.signed(path, public),
            headers={"content-type": "application/json"},
            body=json.dumps(body).encode(),
            timeout=self.timeout,
            idempotent=idempotent,
        )
        return self._send(request, wrapped)

    def signed(self, path: str, public: bool = False) -> tuple[tuple[str, str], ...]:
        """The parameters that every query has, with the signature over them."""
        timestamp = int(self.clock().timestamp())
        token = "" if public else self.access_token()
        owner = "" if public else self.shop_id
        text = signing.base_string(self.partner_id, path, timestamp, token, owner)
        common = (
            ("partner_id", self.partner_id),
            ("timestamp", str(timestamp)),
            ("sign", signing.sign(self.partner_key, text)),
        )
        if public:
            return common
        return (*common, ("access_token", token), ("shop_id", self.shop_id))

    def _send(self, request: Request, wrapped: bool) -> Fields:
        response = self.transport.send(request)
        try:
            return open_envelope(response, request.place, self.clock(), wrapped)
        except AuthenticationError as error:
            if not self.token_proven:
                raise
            raise RejectedError(str(error), code=schema.NOT_THE_TOKEN) from None
        except TransientError as error:
            if request.idempotent or not 200 <= response.status < 300:
                raise
            message = f"{error}; it may have taken effect"
            raise UncertainError(message, error.retry_after) from None

"""Shopee's envelope {request_id, error, message, response}, and its errors."""

from datetime import datetime, timedelta, timezone
from typing import Any

from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    ConnectorError,
    RejectedError,
    TransientError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.reading import Fields
from odoo.addons.erp_connector_base.client.redact import redact_text
from odoo.addons.erp_connector_base.client.transport import Response, check_status

#: `error` of a success; samples show the placeholders, too.
_SUCCESS = {None, "", "-", " "}

#: Error code (last segment) to what it means for us; all others are RejectedError.
ERRORS: dict[str, type[ConnectorError]] = {
    "error_auth": AuthenticationError,
    "invalid_access_token": AuthenticationError,
    "invalid_acceess_token": AuthenticationError,  # sic
    "invalid_code": AuthenticationError,
    "invalid_shop_id": AuthenticationError,
    "error_shop_refresh_token": AuthenticationError,
    "refresh_token_expired": AuthenticationError,
    "shop_access_expired": AuthenticationError,
    "shop_no_linked": AuthenticationError,
    "shop_banned": AuthenticationError,
    "error_sign": AuthenticationError,
    "error_partner_key_expired": AuthenticationError,
    "source_ip_undeclared": AuthenticationError,
    "api_suspended": AuthenticationError,
    "error_kyc_auth": AuthenticationError,
    "error_server": TransientError,
    "error_network": TransientError,
    "error_inner": TransientError,
    "error_system_busy": TransientError,
    "error_rate_limit": TransientError,
    "error_limit": TransientError,
}

#: What a person should look at.
HINTS = {
    "error_sign": "check the partner key, the environment and this server's clock",
    "error_partner_key_expired": "the partner key was rotated: enter the new one",
    "source_ip_undeclared": "this server's address is not on the app's IP whitelist",
    "error_permission": "the app lacks the right to this call",
    "error_api_permission": "the app lacks the right to this call",
    "shop_access_expired": "the authorisation has ended: link the shop again",
    "refresh_token_expired": "the authorisation has ended: link the shop again",
    "shop_no_linked": "the shop is not linked with this app: link it again",
    "error_limit": "the app's calls of today are used up",
}

#: The daily quota starts anew at 00:00 of this zone.
_QUOTA_ZONE = timezone(timedelta(hours=8))


class GarbledError(TransientError):
    """The answer is neither JSON nor a web page: broken, perhaps by one order in it."""


def open_envelope(
    response: Response, place: str, now: datetime, wrapped: bool = True
) -> Fields:
    """What is inside of a success; `wrapped`: below `response`, else the whole answer.

    The HTTP status is no reliable signal: the error in the body comes first.
    """
    payload = _payload(response, place)
    error = payload.get("error")
    if error not in _SUCCESS:
        raise _error(payload, response, place, now)
    check_status(response, place)
    inner = payload.get("response") if wrapped else payload
    if not isinstance(inner, dict):
        message = f"{place}: success without a response"
        raise UnexpectedResponseError(message, response.excerpt())
    return Fields(inner, place)


def _payload(response: Response, place: str) -> dict[str, Any]:
    try:
        payload = response.json()
    except UnexpectedResponseError as error:
        if response.status != 403:  # a firewall's page, it goes away again
            check_status(response, place)
        if response.is_page:
            raise TransientError(f"{place}: a web page came ({error})") from None
        raise GarbledError(f"{place}: no JSON came ({error})") from None
    if not isinstance(payload, dict):
        check_status(response, place)
        message = f"{place}: the answer is no JSON object"
        raise UnexpectedResponseError(message, response.excerpt())
    return payload


def _error(
    payload: dict[str, Any], response: Response, place: str, now: datetime
) -> ConnectorError:
    code = str(payload["error"]).rpartition(".")[2]
    said = redact_text(str(payload.get("message") or ""), 500)
    hint = f" ({HINTS[code]})" if code in HINTS else ""
    text = f"{place}: {code}: {said}{hint}"
    kind = ERRORS.get(code, RejectedError)
    if response.status == 429:
        kind = TransientError
    if code == "error_param" and "timestamp" in said.lower():
        kind, text = TransientError, f"{text} (check this server's clock)"
    if kind is RejectedError:
        return RejectedError(text, code=code)
    wait = response.retry_after
    if code == "error_limit" and wait is None:
        wait = _until_midnight(now)
    return kind(text, retry_after=wait)


def _until_midnight(now: datetime) -> float:
    local = now.astimezone(_QUOTA_ZONE)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return (midnight + timedelta(days=1) - local).total_seconds()

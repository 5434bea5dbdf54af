"""Answers of Midtrans: what is a success, and which error the others are.

Core API: the body's `status_code`, a text, is the truth, whatever HTTP says. Iris: the
HTTP status is, with `error_message` and `errors` in the body.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    ConnectorError,
    RejectedError,
    TransientError,
    UncertainError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.reading import Fields
from odoo.addons.erp_connector_base.client.redact import redact_text
from odoo.addons.erp_connector_base.client.transport import (
    STATUS_ERRORS,
    Response,
    check_status,
)

#: `status_code`s that come with a transaction: paid, pending, denied, expired.
FINE = frozenset({"200", "201", "202", "407"})
NOT_FOUND = "404"
DUPLICATE_ORDER = "406"
NOT_CHANGEABLE = "412"

#: The rest is refused for good; 5xx is their failure.
ERRORS: dict[str, type[ConnectorError]] = {
    "401": AuthenticationError,
    "429": TransientError,
}

#: What a person should look at.
HINTS = {
    "401": "check the server key, and whether it is of this environment",
    "402": "this way of payment is not activated: ask Midtrans",
    "410": "the merchant account is not active: ask Midtrans",
    NOT_CHANGEABLE: "the transaction can no longer be changed",
    "429": "too many calls",
}
_LONG_NUMBER = re.compile(r"\d{6,}")


class PayoutRefusal(RejectedError):
    """Iris refuses: `words` are its own, `fields` names what it finds fault with."""

    def __init__(self, place: str, status: int, body: Mapping[str, Any]) -> None:
        self.words = _iris_words(body)
        errors = body.get("errors")
        self.fields = frozenset(errors if isinstance(errors, dict) else ())
        super().__init__(f"{place}: {self.words}", code=str(status))


def open_core(response: Response, place: str, idempotent: bool = True) -> Fields:
    """The transaction that a Core API answer is about; else the error it stands for."""
    body = _json(response, place, idempotent)
    code = str(body.get("status_code") or "") if isinstance(body, dict) else ""
    if not code:
        raise _foreign(response, place, idempotent)
    if code not in FINE:
        raise _core_error(body, code, response, place, idempotent)
    if response.status >= 400 and str(response.status) != code:
        raise _foreign(response, place, idempotent)
    return Fields(body, place)


def open_payouts(response: Response, place: str, idempotent: bool = True) -> Any:
    """What an Iris answer says, an object or a list; else the error it stands for."""
    body = _json(response, place, idempotent)
    status = response.status
    if not 400 <= status < 500 or status in STATUS_ERRORS:
        check_status(response, place, idempotent)
        return body
    if not isinstance(body, Mapping) or not ({"error_message", "errors"} & set(body)):
        raise _foreign(response, place, idempotent)
    raise PayoutRefusal(place, status, body)


def _iris_words(body: Mapping[str, Any]) -> str:
    """Without what may be an account's number."""
    words = [str(body.get("error_message") or ""), *_leaves(body.get("errors"))]
    said = redact_text("; ".join(word for word in words if word), 300)
    return _LONG_NUMBER.sub("***", said)


def _json(response: Response, place: str, idempotent: bool) -> Any:
    try:
        return response.json()
    except UnexpectedResponseError:
        raise _foreign(response, place, idempotent) from None


def _foreign(response: Response, place: str, idempotent: bool) -> ConnectorError:
    """Not the API's own words, but a proxy's, a firewall's, a maintenance notice.

    Such a 404 does not mean that there is no such transaction.
    """
    status = response.status
    if not 400 <= status < 500 or status in STATUS_ERRORS:
        check_status(response, place, idempotent)
    kind = TransientError if idempotent else UncertainError
    said = response.excerpt(200)
    return kind(f"{place}: HTTP {status}, no answer of Midtrans itself: {said!r}")


def _core_error(
    body: Mapping[str, Any],
    code: str,
    response: Response,
    place: str,
    idempotent: bool,
) -> ConnectorError:
    details = [str(body.get("status_message") or "")]
    details += _leaves(body.get("validation_messages"))
    hint = f" ({HINTS[code]})" if code in HINTS else ""
    text = f"{place}: {code}: {redact_text('; '.join(details), 300)}{hint}"
    kind = ERRORS.get(code, RejectedError)
    if code.startswith("5"):
        kind = TransientError if idempotent else UncertainError
    if kind is RejectedError:
        return RejectedError(text, code=code)
    return kind(text, retry_after=response.retry_after)


def _leaves(value: Any) -> Iterator[str]:
    """Every text in lists and objects, with the key in front of those of an object."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            prefix = "" if str(key).isdigit() else f"{key} "
            yield from (f"{prefix}{leaf}" for leaf in _leaves(item))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _leaves(item)
    elif value is not None:
        yield str(value)

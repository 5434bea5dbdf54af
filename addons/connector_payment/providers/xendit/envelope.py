"""Answers of Xendit: what is a success, and which error the others are.

Legacy endpoints refuse for business reasons with HTTP 400: `error_code` comes first.
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
from odoo.addons.erp_connector_base.client.redact import is_sensitive, redact_text
from odoo.addons.erp_connector_base.client.transport import (
    STATUS_ERRORS,
    Response,
    check_status,
)

#: `error_code` to what it means for us; all others of 4xx are RejectedError.
ERRORS: dict[str, type[ConnectorError]] = {
    "INVALID_API_KEY": AuthenticationError,
    "UNAUTHORIZED_SENDER_IP": AuthenticationError,
    "RATE_LIMIT_EXCEEDED": TransientError,
    "CHANNEL_UNAVAILABLE": TransientError,
    "TEMPORARILY_UNAVAILABLE": TransientError,
    "SERVER_ERROR": TransientError,
}

#: What we asked for is there already, with other contents.
DUPLICATES = frozenset({"DUPLICATE_ERROR", "DUPLICATE_TRANSACTION_ERROR"})

#: What a person should look at.
HINTS = {
    "INVALID_API_KEY": "check the secret key",
    "UNAUTHORIZED_SENDER_IP": "this server's address is not on the IP allow-list "
    "of the Xendit account",
    "REQUEST_FORBIDDEN_ERROR": "the secret key lacks the permission for this product",
    "INSUFFICIENT_BALANCE": "top up the balance at Xendit",
}

#: HTTP statuses that leave open whether the request took effect.
_OPEN = frozenset({408, *range(500, 600)})
_PRIVATE = re.compile(r"\d{6,}|xnd_\w+")
_NUMBERED = re.compile(r"(?:account|va)_?number|email", re.IGNORECASE)


def open_answer(
    response: Response,
    place: str,
    idempotent: bool = True,
    private: tuple[str, ...] = (),
) -> Any:
    """The JSON of a success; else the error it stands for.

    `private` are texts of the request that no error text may repeat.
    """
    body = _json(response)
    if 200 <= response.status < 300:
        if body is None:
            raise _foreign(response, place, idempotent)
        return body
    code = _code(body)
    if not code:
        raise _foreign(response, place, idempotent)
    raise _error(body, code, response, place, idempotent, private)


def private_texts(body: Any) -> tuple[str, ...]:
    """Names, numbers and addresses in a request, the longest first."""
    return tuple(sorted(set(_private(body)), key=len, reverse=True))


def _private(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _private(item, str(name))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _private(item, key)
    elif isinstance(value, str) and len(value) > 2 and _is_private(key):
        yield value


def _is_private(key: str) -> bool:
    return is_sensitive(key) or key.endswith("name") or bool(_NUMBERED.search(key))


def _json(response: Response) -> Any:
    try:
        return response.json()
    except UnexpectedResponseError:
        return None


def _code(body: Any) -> str:
    """Of both shapes: `error_code` beside `message`, and beside `error`."""
    found = body.get("error_code") if isinstance(body, Mapping) else None
    return found if isinstance(found, str) else ""


def _foreign(response: Response, place: str, idempotent: bool) -> ConnectorError:
    """Not the interface's own words: a proxy's, a firewall's, a cut-off answer's.

    Such a 404 does not mean that there is no such thing.
    """
    status = response.status
    kind = TransientError if idempotent else UncertainError
    if status == 408:
        return kind(f"{place}: HTTP 408, the other side waited too long")
    if status == 429:
        return TransientError(f"{place}: HTTP 429, too many calls", wait_of(response))
    if not 400 <= status < 500 or status in STATUS_ERRORS:
        check_status(response, place, idempotent)
    said = _PRIVATE.sub("***", response.excerpt(200))
    return kind(f"{place}: HTTP {status}, no answer of Xendit itself: {said!r}")


def _error(
    body: Mapping[str, Any],
    code: str,
    response: Response,
    place: str,
    idempotent: bool,
    private: tuple[str, ...],
) -> ConnectorError:
    hint = f" ({HINTS[code]})" if code in HINTS else ""
    text = f"{place}: {code}: {_said(body, private)}{hint}"
    kind = _kind(code, response.status, idempotent)
    if kind is RejectedError:
        return RejectedError(text, code=code)
    return kind(text, retry_after=wait_of(response))


def _kind(code: str, status: int, idempotent: bool) -> type[ConnectorError]:
    if status in _OPEN:
        return TransientError if idempotent else UncertainError
    if status == 401:
        return AuthenticationError
    return TransientError if status == 429 else ERRORS.get(code, RejectedError)


def wait_of(response: Response) -> float | None:
    """Seconds until the rate limit's window begins anew ("1.11"), or Retry-After."""
    try:
        seconds = float(response.headers.get("rate-limit-reset", ""))
    except ValueError:
        return response.retry_after
    return seconds if 0 <= seconds < 86_400 else response.retry_after


def _said(body: Mapping[str, Any], private: tuple[str, ...]) -> str:
    """Xendit's words, without what may be a person's."""
    details = [str(body.get("message") or ""), *_details(body)]
    said = "; ".join(dict.fromkeys(detail for detail in details if detail))
    for text in private:
        said = said.replace(text, "***")
    return _PRIVATE.sub("***", redact_text(said, 400))


def _details(body: Mapping[str, Any]) -> Iterator[str]:
    """`errors` is a list of texts or objects; newer services have `validation`."""
    validation = body.get("validation")
    newer = validation.get("errors") if isinstance(validation, Mapping) else None
    for errors in (body.get("errors"), newer):
        for error in errors if isinstance(errors, list) else ():
            yield _detail(error)


def _detail(error: Any) -> str:
    if not isinstance(error, Mapping):
        return str(error)
    where = error.get("field") or error.get("path") or ""
    what = error.get("messages") or error.get("message") or ""
    return ": ".join(filter(None, (_joined(where), _joined(what))))


def _joined(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

"""How Midtrans writes money, times, answers and refusals."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from random import Random
from typing import Any

from werkzeug.wrappers import Response

JAKARTA = timezone(timedelta(hours=7))
DATE = "%Y-%m-%d %H:%M:%S"

#: Body codes that show in the HTTP status too; the others come with HTTP 200.
HTTP_CODES = frozenset(("401", "429", "500", "503"))


class ApiError(Exception):
    """A refusal of the Core API: its ``status_code`` is a string in the body."""

    def __init__(self, code: str, message: str, *validation: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.validation = code, message, validation

    def body(self, number: str) -> dict[str, Any]:
        body: dict[str, Any] = {
            "status_code": self.code,
            "status_message": self.message,
            "id": number,
        }
        if self.validation:
            body["validation_messages"] = list(self.validation)
        return body


class IrisError(Exception):
    """A refusal of Iris: the HTTP status counts, ``errors`` is a list or an object."""

    def __init__(self, status: int, message: str, errors: Any = None) -> None:
        super().__init__(message)
        self.status, self.message, self.errors = status, message, errors


@dataclass(slots=True)
class Call:
    """One authenticated call: what the path names, query, headers, JSON body."""

    name: str
    args: Mapping[str, str]
    headers: Mapping[str, str]
    body: dict[str, Any]


def money(amount: Decimal) -> str:
    """Rupiah as Midtrans writes them: ``"100000.00"``."""
    return f"{amount:.2f}"


def plain(amount: Decimal) -> int | str:
    """Rupiah for the ledger: whole ones as a number, others as text."""
    whole = int(amount)
    return whole if whole == amount else str(amount)


def amount_of(value: Any) -> Decimal | None:
    """A number or its text as Decimal; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def jakarta(seconds: float) -> str:
    """``YYYY-MM-DD HH:MM:SS`` in GMT+7, without saying so."""
    return datetime.fromtimestamp(int(seconds), JAKARTA).strftime(DATE)


def zulu(seconds: float) -> str:
    """ISO 8601 in UTC, as Iris writes it."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def new_id(random: Random) -> str:
    """A UUID from the simulator's own chance, so that a seed repeats it."""
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def read_object(raw: bytes) -> dict[str, Any] | None:
    """The JSON object of a body, {} for none, None for anything else."""
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def core_response(body: Mapping[str, Any], follow: bool) -> Response:
    """The truth is in the body; HTTP says 200 unless told to ``follow``."""
    code = str(body.get("status_code", "200"))
    http = int(code) if follow or code in HTTP_CODES else 200
    response = as_json(body, http)
    if code >= "4" and code != "407":
        response.api_error = code
    return response


def iris_failure(error: IrisError) -> Response:
    """What Iris answers when it refuses; a wrong key gets plain text."""
    if error.status == 401:
        response = Response("HTTP Basic: Access denied.\n", 401, mimetype="text/plain")
        response.headers["WWW-Authenticate"] = 'Basic realm="Application"'
    else:
        body = {"error_message": error.message}
        if error.errors is not None:
            body["errors"] = error.errors
        response = as_json(body, error.status)
    response.api_error = str(error.status)
    return response


def as_json(body: Any, status: int = 200) -> Response:
    data = json.dumps(body, separators=(",", ":"))
    return Response(data, status, mimetype="application/json")

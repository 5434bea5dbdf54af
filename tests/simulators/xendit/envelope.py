"""Xendit's answers: calls as their handlers see them, objects, two kinds of refusal."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Request, Response


class ApiError(Exception):
    """A refusal in Xendit's words; ``newer`` is the envelope of /transactions."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str = "",
        errors: tuple[dict[str, Any], ...] = (),
        newer: bool = False,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status, self.code, self.message = status, code, message
        self.errors, self.newer = errors, newer


def invalid(name: str, message: str, location: str = "body") -> ApiError:
    """400 API_VALIDATION_ERROR about one field."""
    row = {
        "field": name.split("."),
        "location": location,
        "messages": [message],
        "types": ["any.invalid"],
    }
    text = f"There was an error with the format submitted to the server: {name}"
    return ApiError(400, "API_VALIDATION_ERROR", text, (row,))


def not_found(code: str = "DATA_NOT_FOUND") -> ApiError:
    return ApiError(404, code, "The requested object could not be found.")


@dataclass(slots=True)
class Call:
    """An authenticated call: query, JSON body, headers, what the path names."""

    args: MultiDict
    body: dict[str, Any]
    headers: Mapping[str, str]
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The object that the path names."""
        return self.names["id"]

    def only(self, *known: str) -> None:
        """Refuse fields of the body that do not exist."""
        for name in self.body:
            if name not in known:
                raise invalid(name, f'"{name}" is not allowed')

    def text(self, name: str, longest: int = 255, required: bool = True) -> str:
        """A text of the body, "" when it may be missing."""
        value = self.body.get(name, None if required else "")
        if not isinstance(value, str) or (required and not value):
            raise invalid(name, f'"{name}" is required and must be a string')
        if len(value) > longest:
            raise invalid(name, f'"{name}" is longer than {longest} characters')
        return value

    def amount(self, name: str, required: bool = True) -> int | None:
        """Whole rupiah as a JSON number; None when it may be missing."""
        value = self.body.get(name)
        if value is None and not required:
            return None
        whole = isinstance(value, int | float) and not isinstance(value, bool)
        if not whole or value != int(value) or value < 0:
            raise invalid(name, f'"{name}" must be a whole number')
        return int(value)

    def mapping(self, name: str) -> dict[str, Any]:
        value = self.body.get(name)
        if not isinstance(value, dict):
            raise invalid(name, f'"{name}" must be an object')
        return value


Handler = Callable[[Any, Call], Any]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call of the interface; its key needs permission for ``product``."""

    method: str
    path: str
    handler: Handler
    product: str
    status: int = 200
    pattern: re.Pattern = field(init=False)

    def __post_init__(self) -> None:
        pattern = re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", self.path)
        object.__setattr__(self, "pattern", re.compile(pattern))


def success(payload: Any, status: int) -> Response:
    return _response(payload, status)


def failure(error: ApiError) -> Response:
    """The body of a refusal."""
    response = _response(_newer(error) if error.newer else _usual(error), error.status)
    response.api_error = error.code
    return response


def _usual(error: ApiError) -> dict[str, Any]:
    body: dict[str, Any] = {"error_code": error.code, "message": error.message}
    if error.errors:
        body["errors"] = list(error.errors)
    return body


def _newer(error: ApiError) -> dict[str, Any]:
    details = [
        {"path": ".".join(row["field"]), "message": row["messages"][0]}
        for row in error.errors
    ]
    return {
        "message": error.message,
        "error": error.code.replace("_", " ").title(),
        "error_code": error.code,
        "status_code": error.status,
        "validation": {"errors": details},
    }


def _response(payload: Any, status: int) -> Response:
    data = json.dumps(payload, separators=(",", ":"))
    return Response(data, status, mimetype="application/json")


def read_body(request: Request) -> dict[str, Any]:
    """The JSON object of a call, {} without one."""
    raw = request.get_data()
    if not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError:
        raise invalid("body", "the body is not JSON") from None
    if not isinstance(body, dict):
        raise invalid("body", "the body is not an object")
    return body


def iso(seconds: float) -> str:
    """A point in time as Xendit prints it: UTC with milliseconds."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: Any, name: str, location: str = "body") -> float:
    """Seconds since 1970 of an ISO 8601 time with a zone."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise invalid(name, f'"{name}" must be in ISO 8601 date format', location)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp()

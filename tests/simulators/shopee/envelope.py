"""Shopee's answers: one envelope for success and failure."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from werkzeug.wrappers import Response

_serial = count(1)


class ApiError(Exception):
    """A refusal in Shopee's words."""

    def __init__(self, code: str, message: str = "", status: int | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.status = code, message, status


@dataclass(slots=True)
class Call:
    """A verified call: query, JSON body, shop (0 for public calls), second."""

    args: Mapping[str, str]
    body: dict[str, Any]
    shop_id: int
    now: int

    def integer(self, name: str, default: int | None = None) -> int:
        """A number of the query; error_param when missing or no number."""
        text = self.args.get(name, "" if default is None else str(default))
        try:
            return int(text)
        except ValueError:
            raise ApiError("error_param", f"Invalid parameter: {name}.") from None

    def number(self, name: str) -> int:
        """A number of the body; error_param when missing or no number."""
        value = self.body.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ApiError("error_param", f"Invalid parameter: {name}.")
        return value


@dataclass(frozen=True, slots=True)
class Endpoint:
    """``access``: public, shop, either. ``wrapped``: payload below ``response``."""

    handler: Callable[[Any, Call], Any]
    access: str = "shop"
    wrapped: bool = True


def success(payload: Any, wrapped: bool) -> Response:
    """The envelope of a good answer."""
    envelope = {"error": "", "message": "", "request_id": f"{next(_serial):032x}"}
    if wrapped:
        envelope["response"] = payload
    else:
        envelope.update(payload)
    return _response(envelope, 200)


def failure(error: ApiError, status: int) -> Response:
    """The envelope of a refusal; the HTTP status is no reliable signal."""
    envelope = {
        "error": error.code,
        "message": error.message,
        "request_id": f"{next(_serial):032x}",
    }
    response = _response(envelope, error.status or status)
    response.api_error = error.code
    return response


def _response(envelope: dict, status: int) -> Response:
    data = json.dumps(envelope, separators=(",", ":"))
    return Response(data, status, mimetype="application/json")

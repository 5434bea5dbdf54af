"""JSON that keeps money exact: numbers with a fraction are Decimal, both ways."""

import json
import re
import secrets
from decimal import Decimal
from typing import Any, NoReturn

_MARK = secrets.token_hex(16)
_MARKED = re.compile(f'"{_MARK}([^"]*)"')


def load(text: str | bytes) -> Any:
    """Parse JSON; raises ValueError for everything that is not JSON, NaN included.

    >>> load('{"total_amount": 52600.10}')
    {'total_amount': Decimal('52600.10')}
    """
    try:
        return json.loads(text, parse_float=Decimal, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None


def dump(value: Any) -> str:
    """Write JSON so that `load` gives back the same value; plain ASCII, hence no NUL.

    >>> dump({"total_amount": Decimal("52600.10"), "note": "\\x00"})
    '{"total_amount": 52600.10, "note": "\\\\u0000"}'
    """
    text = json.dumps(value, default=_mark, allow_nan=False)
    return _MARKED.sub(r"\1", text) if _MARK in text else text


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _mark(value: Any) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} has no place in JSON")
    if not value.is_finite():
        raise ValueError(f"{value} is not JSON")
    return f"{_MARK}{value}"

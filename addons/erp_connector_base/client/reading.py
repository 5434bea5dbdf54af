"""Typed reading of a platform's JSON, with errors that name the owner and the field."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from .errors import UnexpectedResponseError
from .redact import redact_text

_LONGEST = 4000


class Fields:
    """One JSON object. `owner` begins every error text ("order 2404098R48U37H").

    Fields that are absent or null read as empty; what is there must fit its type, else
    UnexpectedResponseError.
    """

    def __init__(self, data: Any, owner: str, path: str = "") -> None:
        self.owner = owner
        self._path = path
        if not isinstance(data, Mapping):
            place = path.rstrip(".") or "the answer"
            raise UnexpectedResponseError(
                f"{owner}: {place} is {_shown(data)}: an object was expected"
            )
        self.data = data

    def __contains__(self, key: str) -> bool:
        return self.data.get(key) is not None

    def text(self, key: str, longest: int = _LONGEST) -> str:
        """Text or a number as text, without NUL, cut at `longest`; "" when absent."""
        value = self.data.get(key)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            self.fail(key, "text was expected")
        return clean(str(value), longest)

    def name(self, key: str, longest: int = 128) -> str:
        """An identifier that must be there, as text."""
        value = self.text(key, longest + 1).strip()
        if not value or len(value) > longest:
            self.fail(key, f"an identifier of at most {longest} characters is needed")
        return value

    def amount(self, key: str) -> Decimal | None:
        """Money or a measure; None when absent."""
        value = self.data.get(key)
        if value is None or value == "":
            return None
        try:
            amount = as_decimal(value)
        except ValueError:
            self.fail(key, "a number was expected")
        return amount

    def whole(self, key: str, at_least: int = 0) -> int | None:
        """A whole number not below `at_least`; None when absent."""
        value = self.amount(key)
        if value is None:
            return None
        if value != value.to_integral_value() or not at_least <= value < 2**63:
            self.fail(key, f"a whole number of at least {at_least} was expected")
        return int(value)

    def needed(self, key: str, value: Any) -> Any:
        """`value` as just read from `key`, which must be there."""
        if value is None:
            self.fail(key, "a value is needed")
        return value

    def moment(self, key: str) -> datetime | None:
        """Unix seconds as an aware datetime; None when absent or 0."""
        seconds = self.whole(key)
        if not seconds:
            return None
        try:
            return datetime.fromtimestamp(seconds, UTC)
        except (OverflowError, ValueError, OSError):
            self.fail(key, "unix seconds were expected")

    def flag(self, key: str) -> bool:
        """True only for a JSON true."""
        return self.data.get(key) is True

    def object(self, key: str) -> "Fields":
        """A nested object; an empty one when absent."""
        value = self.data.get(key)
        found = {} if value is None else value
        return Fields(found, self.owner, f"{self._path}{key}.")

    def objects(self, key: str) -> tuple["Fields", ...]:
        """A list of objects; empty when absent."""
        value = self.data.get(key)
        if value is None:
            return ()
        if not isinstance(value, list | tuple):
            self.fail(key, "a list was expected")
        return tuple(
            Fields(item, self.owner, f"{self._path}{key}[{index}].")
            for index, item in enumerate(value)
        )

    def fail(self, key: str, expected: str) -> NoReturn:
        """Raise UnexpectedResponseError: owner, field, value, what was expected."""
        found = _shown(self.data[key]) if key in self.data else "missing"
        message = f"{self.owner}: field {self._path}{key} is {found}: {expected}"
        raise UnexpectedResponseError(message)


def as_decimal(value: Any) -> Decimal:
    """A JSON number or numeric text as Decimal; ValueError for anything else.

    >>> as_decimal("52600.10")
    Decimal('52600.10')
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError("not a number")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite() or abs(number) >= Decimal(10) ** 18:
        raise ValueError("not a number of a usable size")
    return number


def clean(text: str, longest: int = _LONGEST) -> str:
    """What PostgreSQL can store: no NUL, no halves of surrogate pairs, not too long."""
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _shown(value: Any) -> str:
    return redact_text(repr(value), 60) if value is not None else "null"

"""Several calls at the same time: what is waited for is the other side, not us."""

from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

AT_ONCE = 8


def side_by_side(
    calls: Mapping[Hashable, Callable[[], Any]], at_once: int = AT_ONCE
) -> dict[Any, Any]:
    """{key: what its call gave, or the exception it raised}; at most `at_once` run.

    The calls must not touch a database: they run in threads of their own.

    >>> side_by_side({"a": lambda: 1, "b": lambda: int("x")})["a"]
    1
    """
    if len(calls) == 1:
        return {key: _outcome(call) for key, call in calls.items()}
    with ThreadPoolExecutor(max_workers=max(1, min(at_once, len(calls)))) as pool:
        return dict(zip(calls, pool.map(_outcome, calls.values()), strict=True))


def _outcome(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:
        return error

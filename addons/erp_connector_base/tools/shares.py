"""How much each of many may have of what does not suffice for all of them."""

from collections.abc import Hashable, Mapping
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)


def shares(wanted: Mapping[Key, int], total: int) -> dict[Key, int]:
    """Equal parts of `total`; what one does not want goes to the others.

    Everybody gets at least one: `total` is a size of a round, not a debt.

    >>> shares({"large": 5000, "small": 3}, 2000)
    {'small': 3, 'large': 1997}
    >>> shares({"a": 500, "b": 400, "c": 10}, 100)
    {'c': 10, 'b': 45, 'a': 45}
    >>> shares({"a": 5, "b": 5, "c": 5}, 2)
    {'a': 1, 'b': 1, 'c': 1}
    """
    left, parts = total, {}
    line = sorted(wanted.items(), key=lambda item: item[1])
    for place, (key, wish) in enumerate(line):
        parts[key] = min(wish, max(1, left // (len(line) - place)))
        left -= parts[key]
    return parts

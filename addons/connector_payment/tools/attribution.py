"""Which debts a sum of money pays. Pure: amounts in, positions out."""

from collections.abc import Sequence
from itertools import accumulate, islice

#: With more open invoices than this, sums are looked for of two, and of the oldest.
MOST = 24
#: Sums kept in mind while searching; beyond it the search gives up.
SUMS = 20_000


def exact_choice(debts: Sequence[int], amount: int) -> tuple[int, ...]:
    """Positions of debts that together are `amount`, () when none are.

    Whole smallest units. One debt before several; then the oldest (the first) ones
    before any two, and these before other sums.

    >>> exact_choice([300, 100, 200, 100], 300), exact_choice([70, 100, 30], 130)
    ((0,), (1, 2))
    """
    if amount <= 0:
        return ()
    if amount in debts:
        return (debts.index(amount),)
    return _oldest(debts, amount) or _two(debts, amount) or _sum(debts, amount)


def _oldest(debts: Sequence[int], amount: int) -> tuple[int, ...]:
    """The first so many.

    >>> _oldest([10, 20, 30], 30)
    (0, 1)
    """
    for position, total in enumerate(accumulate(debts)):
        if total == amount:
            return tuple(range(position + 1))
    return ()


def _two(debts: Sequence[int], amount: int) -> tuple[int, ...]:
    """Any two, in one pass."""
    seen: dict[int, int] = {}
    for position, debt in enumerate(debts):
        if amount - debt in seen:
            return (seen[amount - debt], position)
        seen.setdefault(debt, position)
    return ()


def _sum(debts: Sequence[int], amount: int) -> tuple[int, ...]:
    """Any sum, the earlier debts first."""
    if len(debts) > MOST:
        return ()
    sums: dict[int, tuple[int, ...]] = {0: ()}
    for position, debt in enumerate(debts):
        for total, chosen in list(sums.items()):
            reached = total + debt
            if reached <= amount and reached not in sums:
                sums[reached] = (*chosen, position)
        if amount in sums:
            return sums[amount]
        if len(sums) > SUMS:
            break
    return ()


def near_choice(debts: Sequence[int], amount: int, unit: int) -> tuple[int, ...]:
    """Position of the debt that is less than a `unit` away, () when none is.

    Banks move whole units only: what has a fraction is paid up or down to one.

    >>> near_choice([30_000, 10_037], 10_000, 100), near_choice([10_100], 10_000, 100)
    ((1,), ())
    """
    near = (n for n, debt in enumerate(debts) if abs(debt - amount) < unit)
    return tuple(islice(near, 1))


def oldest_choice(debts: Sequence[int], amount: int) -> tuple[int, ...]:
    """Positions of the first debts that use `amount` up; the last one maybe in part.

    >>> oldest_choice([100, 100, 100], 150), oldest_choice([100], 500)
    ((0, 1), (0,))
    """
    chosen = []
    for position, debt in enumerate(debts):
        if amount <= 0:
            break
        chosen.append(position)
        amount -= debt
    return tuple(chosen)

"""Which debts a sum of money pays. Pure: amounts in, positions out."""

from collections.abc import Sequence

#: A customer with more open invoices than this gets no search for sums.
MOST = 24
#: Sums kept in mind while searching; beyond it the search gives up.
SUMS = 20_000


def exact_choice(debts: Sequence[int], amount: int) -> tuple[int, ...]:
    """Positions of debts that together are `amount`, () when none are.

    Whole smallest units. One debt before several, and the earlier ones (the oldest)
    before later ones.

    >>> exact_choice([300, 100, 200, 100], 300), exact_choice([70, 100, 30], 130)
    ((0,), (1, 2))
    """
    if amount in debts:
        return (debts.index(amount),)
    if len(debts) > MOST or amount <= 0:
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

"""When gateways hand money over, and which sums make up one amount. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta

SATURDAY = 5


def business_day_after(day: date, days: int) -> date:
    """The day `days` business days after `day`; with 0 the first one from `day` on.

    >>> business_day_after(date(2026, 11, 20), 1)
    datetime.date(2026, 11, 23)
    >>> business_day_after(date(2026, 11, 21), 0)
    datetime.date(2026, 11, 23)
    """
    day = _business_day(day)
    for _ in range(days):
        day = _business_day(day + timedelta(days=1))
    return day


def _business_day(day: date) -> date:
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


def runs_that_fit(
    amounts: Sequence[int], wanted: int, tolerance: int = 0
) -> list[tuple[int, int]]:
    """(start, end) of neighbouring amounts, two or more, whose sum is `wanted`.

    Whole smallest units; exact sums hide those that are only within `tolerance`.

    >>> runs_that_fit([5, 7, 8, 5], 15), runs_that_fit([5, 7, 8, 6], 13, 1)
    ([(1, 3)], [(0, 2), (2, 4)])
    """
    sums = [0]
    for amount in amounts:
        sums.append(sums[-1] + amount)
    near = [
        (abs(sums[end] - sums[start] - wanted), start, end)
        for start in range(len(amounts))
        for end in range(start + 2, len(amounts) + 1)
    ]
    within = [run for run in near if run[0] <= tolerance]
    exact = [run for run in within if run[0] == 0]
    return [(start, end) for _distance, start, end in exact or within]


def pairs_that_fit(
    wishes: Sequence[tuple[int, date, date]],
    offers: Sequence[tuple[int, date]],
    tolerance: int = 0,
) -> list[tuple[int, int]]:
    """(wish, offer) positions that belong together beyond doubt.

    A wish is an amount and the first and last day it may come; an offer an amount and
    its day. Exact amounts go first. Where several wishes ask the same amount and as
    many offers bring it, the older gets the older; any other doubt is left to a person.

    >>> d = lambda n: date(2026, 11, n)
    >>> pairs_that_fit([(10, d(1), d(5)), (10, d(2), d(6))], [(10, d(3)), (10, d(4))])
    [(0, 0), (1, 1)]
    >>> pairs_that_fit([(10, d(1), d(5))], [(10, d(3)), (10, d(4))])
    []
    """
    pairs: list[tuple[int, int]] = []
    for limit in dict.fromkeys((0, tolerance)):
        taken = {wish for wish, _offer in pairs}, {offer for _wish, offer in pairs}
        edges = _edges(wishes, offers, limit, taken)
        pairs += _beyond_doubt(edges, wishes, offers)
    return pairs


def _edges(
    wishes: Sequence[tuple[int, date, date]],
    offers: Sequence[tuple[int, date]],
    limit: int,
    taken: tuple[set[int], set[int]],
) -> dict[int, set[int]]:
    """{wish: offers it could be}, of what is free."""
    return {
        w: fits
        for w, (amount, first, last) in enumerate(wishes)
        if w not in taken[0]
        and (
            fits := {
                o
                for o, (given, day) in enumerate(offers)
                if o not in taken[1]
                and first <= day <= last
                and abs(given - amount) <= limit
            }
        )
    }


def _beyond_doubt(
    edges: dict[int, set[int]],
    wishes: Sequence[tuple[int, date, date]],
    offers: Sequence[tuple[int, date]],
) -> list[tuple[int, int]]:
    """Pairs out of groups that have as many wishes as offers and one way to pair."""
    pairs = []
    for ours, theirs in _groups(edges):
        alike = len({wishes[w][0] for w in ours}) == 1
        if len(ours) != len(theirs) or not (alike or len(ours) == 1):
            continue
        ours.sort(key=lambda w: wishes[w][1])
        theirs.sort(key=lambda o: offers[o][1])
        paired = list(zip(ours, theirs, strict=True))
        if all(o in edges[w] for w, o in paired):
            pairs += paired
    return pairs


def _groups(edges: dict[int, set[int]]) -> list[tuple[list[int], list[int]]]:
    """Wishes and offers that hang together."""
    groups: list[tuple[list[int], set[int]]] = []
    for wish, offers in edges.items():
        ours, theirs = [wish], set(offers)
        for group in [g for g in groups if g[1] & theirs]:
            groups.remove(group)
            ours, theirs = group[0] + ours, group[1] | theirs
        groups.append((ours, theirs))
    return [(ours, sorted(theirs)) for ours, theirs in groups]

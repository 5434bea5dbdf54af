"""What each line of an order came to, as v2.payment.get_escrow_detail knows it.

The order's detail shows no price, or the price before the deal, for what was bought in
a bundle. The income breakdown has a row for each line, with its subtotal. Lines and
rows have a common name only at times (`line_item_id`, absent in answers recorded in
Indonesia in 2025), else they meet by article and kind of deal.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from typing import Any

from odoo.addons.erp_connector_base.client.reading import Fields

BUNDLE = "bundle_deal"
ADD_ON = "add_on_deal"
#: Sums of the rows' subtotals, in the order's own currency.
_CHECKS = (
    ("buyer_payment_info", "merchant_subtotal"),
    ("order_income", "order_discounted_price"),
    ("order_income", "cost_of_goods_sold"),
    ("order_income", "original_cost_of_goods_sold"),
)


@dataclass(frozen=True)
class Bought:
    """One line of the detail: `units` of the `bought` ones are still wanted.

    `price` is the detail's unit price, `original` the one before any discount. Not
    `stated`: a price of 0 that only means that the detail does not say.
    """

    article: tuple[str, str]
    kind: str
    line_id: str
    bought: int
    units: int
    price: Decimal
    original: Decimal
    stated: bool = True


@dataclass(frozen=True)
class Row:
    """One row of the breakdown; `units` is None where it does not say."""

    article: tuple[str, str]
    kind: str
    line_id: str
    units: int | None
    subtotal: Decimal


Parts = list[tuple[int, Decimal]]


def unit_prices(lines: Sequence[Bought], rows: Sequence[Row]) -> dict[int, Parts]:
    """{index of a line: [(units, unit price)]} where `rows` know better than `lines`.

    Lines that the rows agree with, or say nothing of, are not in it.
    """
    found: dict[int, Parts] = {}
    for indices, group in _meet(lines, rows):
        found |= _shared([(i, lines[i]) for i in indices], group)
    return found


def read_rows(escrow: Fields) -> tuple[Row, ...]:
    """The rows of an income breakdown, where they are in the order's currency.

    The batch answer may hold them in another one: they must sum up to the bill's own.
    """
    rows = tuple(map(_row, escrow.object("order_income").objects("items")))
    total = sum((row.subtotal for row in rows), Decimal())
    sums = {escrow.object(part).amount(name) for part, name in _CHECKS} - {None}
    return rows if not sums or total in sums else ()


def article(item: Fields) -> tuple[str, str]:
    """(item id, model id); "0" for an article without variants."""
    return item.text("item_id"), item.text("model_id") or "0"


def spread(subtotal: Decimal, quantity: int) -> Parts:
    """Unit prices in whole rupiah (cents, if it has any) that sum up to `subtotal`.

    >>> spread(Decimal(10000), 3)
    [(2, Decimal('3333')), (1, Decimal('3334'))]
    """
    step = Decimal(1) if subtotal == subtotal.to_integral_value() else Decimal("0.01")
    low = (subtotal / quantity).quantize(step, ROUND_DOWN)
    dearer = int((subtotal - low * quantity) / step)
    parts = [(quantity - dearer, low), (dearer, low + step)]
    return [part for part in parts if part[0]]


def _row(item: Fields) -> Row:
    return Row(
        article=article(item),
        kind=item.text("activity_type"),
        line_id=item.text("line_item_id"),
        units=item.whole("quantity_purchased") or None,
        subtotal=item.amount("discounted_price") or Decimal(),
    )


def _meet(
    lines: Sequence[Bought], rows: Sequence[Row]
) -> Iterable[tuple[list[int], list[Row]]]:
    """Lines and the rows that are theirs: by id, by article and kind, by article."""
    left, rest = list(range(len(lines))), list(rows)
    for naming in (_by_id, _by_kind, _by_article):
        name_line = naming([lines[i] for i in left])
        ours = _grouped(left, lambda i, name=name_line: name(lines[i]))
        theirs = _grouped(rest, naming(rest))
        for name in ours.keys() & theirs.keys() - {None}:
            yield ours[name], theirs[name]
            left = [i for i in left if i not in ours[name]]
            rest = [row for row in rest if row not in theirs[name]]


def _by_id(those: Sequence[Bought | Row]) -> Callable[[Bought | Row], Hashable]:
    """The line's id, where it names one of `those` only."""
    counts = Counter(one.line_id for one in those)
    return lambda one: one.line_id if one.line_id and counts[one.line_id] == 1 else None


def _by_kind(those: Sequence[Bought | Row]) -> Callable[[Bought | Row], Hashable]:
    """Article and deal, where both sides know the same deals of the article."""
    kinds = defaultdict(set)
    for one in those:
        kinds[one.article].add(one.kind)
    return lambda one: (one.article, one.kind, frozenset(kinds[one.article]))


def _by_article(_those: Sequence[Bought | Row]) -> Callable[[Bought | Row], Hashable]:
    return lambda one: one.article


def _grouped(
    things: Iterable[Any], key: Callable[[Any], Hashable]
) -> dict[Hashable, list[Any]]:
    groups = defaultdict(list)
    for thing in things:
        groups[key(thing)].append(thing)
    return groups


def _shared(lines: list[tuple[int, Bought]], rows: list[Row]) -> dict[int, Parts]:
    """The rows' subtotal over the units of `lines`.

    Where one article was bought in a deal and without one, and the rows do not tell
    them apart, what is not in a deal keeps its price.
    """
    amount = _wanted_part([line for _i, line in lines], rows)
    if amount is None or amount == _told([line for _i, line in lines]):
        return {}
    if len({line.kind for _i, line in lines}) > 1:
        plain = [line for _i, line in lines if not line.kind]
        lines = [(i, line) for i, line in lines if line.kind]
        amount -= _told(plain) or Decimal()
    units = sum(line.units for _i, line in lines)
    if not units or amount < 0:
        return {}
    return _cut(lines, spread(amount, units))


def _wanted_part(lines: list[Bought], rows: list[Row]) -> Decimal | None:
    """What the units still wanted came to; None when the rows speak of others."""
    total = sum((row.subtotal for row in rows), Decimal())
    bought, wanted = sum(x.bought for x in lines), sum(x.units for x in lines)
    counts = [row.units for row in rows]
    told = bought if None in counts else sum(counts)
    if told == wanted or not told:
        return total
    if told != bought:
        return total if all(line.kind == BUNDLE for line in lines) else None
    step = Decimal(1) if total == total.to_integral_value() else Decimal("0.01")
    return (total * wanted / told).quantize(step, ROUND_HALF_UP)


def _told(lines: list[Bought]) -> Decimal | None:
    """What the detail's own prices come to; None where one is missing."""
    if not all(line.stated for line in lines):
        return None
    return sum((line.price * line.units for line in lines), Decimal())


def _cut(lines: list[tuple[int, Bought]], parts: Parts) -> dict[int, Parts]:
    """Deal `parts` out to the lines, in order."""
    found: dict[int, Parts] = {}
    left = list(parts)
    for index, line in lines:
        need, mine = line.units, []
        while need:
            units, price = left.pop(0)
            take = min(need, units)
            mine.append((take, price))
            need -= take
            if units > take:
                left.insert(0, (units - take, price))
        found[index] = mine
    return found

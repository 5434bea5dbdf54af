"""What a changed order means for the lines that are there: who said what, and when."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

CHARGE = "charge:"


@dataclass(frozen=True)
class Line:
    """A line as the platform wants it. `ref`: the listing, or "charge:" and its code.

    `price` is the unit price; `number` is its place among the wanted ones.
    """

    ref: str
    quantity: Decimal
    price: Decimal
    number: int = -1


@dataclass(frozen=True)
class Kept:
    """A line that is there: what the platform said last, and what stands there now."""

    id: int
    ref: str
    said_quantity: Decimal
    said_price: Decimal
    quantity: Decimal
    price: Decimal


@dataclass(frozen=True)
class Step:
    """One line and what the platform wants of it now; either may be missing.

    Without `wanted` the platform wants none any more; without `kept` it is new. `share`
    and `undecided`: see `divided`.
    """

    kept: Kept | None
    wanted: Line | None
    share: Decimal | None = None
    undecided: bool = False

    @property
    def quantity(self) -> Decimal:
        """How many the platform wants now."""
        return self.wanted.quantity if self.wanted else Decimal()

    @property
    def new_quantity(self) -> bool:
        """The platform says another quantity than last time."""
        said = self.kept.said_quantity if self.kept else Decimal()
        return self.quantity != said

    @property
    def new_price(self) -> bool:
        """The platform says another price than last time."""
        if not self.kept or not self.wanted:
            return False
        return self.wanted.price != self.kept.said_price

    @property
    def news(self) -> bool:
        """The platform says another thing of it than last time."""
        return not self.kept or self.new_quantity or self.new_price

    @property
    def edited_quantity(self) -> bool:
        """A person has put another quantity there, and the platform's is not it."""
        if self.share is not None:
            return self.undecided
        return bool(
            self.kept
            and self.kept.quantity not in (self.kept.said_quantity, self.quantity)
        )

    @property
    def to(self) -> Decimal | None:
        """The quantity that its line is to get; None where it stays as it is."""
        if self.share is not None:
            return None if self.kept.quantity == self.share else self.share
        return self.quantity if self.new_quantity and not self.edited_quantity else None

    @property
    def edited_price(self) -> bool:
        """A person has put another price there, and the platform's is not it."""
        return bool(
            self.kept
            and self.wanted
            and self.kept.price not in (self.kept.said_price, self.wanted.price)
        )


def totals(lines: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """Pieces by listing; listings without any are left out."""
    found: dict[str, Decimal] = defaultdict(Decimal)
    for ref, quantity in lines:
        found[ref] += quantity
    return {ref: quantity for ref, quantity in found.items() if quantity}


def steps(kept: Sequence[Kept], wanted: Sequence[Line]) -> list[Step]:
    """What is to be done, line by line; nothing where the platform says the same.

    Lines of one listing are told apart by their price, else by their order.
    """
    found: list[Step] = []
    for ref in dict.fromkeys([*(k.ref for k in kept), *(w.ref for w in wanted)]):
        found += _paired(
            [k for k in kept if k.ref == ref], [w for w in wanted if w.ref == ref]
        )
    return [step for step in found if step.news]


def _paired(kept: list[Kept], wanted: list[Line]) -> list[Step]:
    pairs = []
    for line in list(wanted):
        same = next((k for k in kept if k.said_price == line.price), None)
        if same:
            pairs.append(Step(same, line))
            kept.remove(same)
            wanted.remove(line)
    both = min(len(kept), len(wanted))
    pairs += [Step(k, w) for k, w in zip(kept[:both], wanted[:both], strict=True)]
    pairs += [Step(k, None) for k in kept[both:]]
    pairs += [Step(None, w) for w in wanted[both:]]
    return pairs


def without_breakdown(
    kept: Sequence[Kept], wanted: Sequence[Line], unsure: Collection[str]
) -> list[Line]:
    """What is wanted while no breakdown tells charges, nor prices of `unsure` listings.

    Charges stay as they were, and so do these prices; their pieces that went are taken
    from the last lines of the listing first.
    """
    there = {k.ref for k in kept}
    lines = [w for w in wanted if w.ref not in there or w.ref not in unsure]
    pieces = totals((w.ref, w.quantity) for w in wanted)
    for ref in dict.fromkeys(k.ref for k in kept if k.ref in unsure):
        left = pieces.get(ref, Decimal())
        rows = [k for k in kept if k.ref == ref]
        for row in rows:
            part = left if row is rows[-1] else min(left, row.said_quantity)
            lines.append(Line(ref, part, row.said_price))
            left -= part
    charges = (k for k in kept if k.ref.startswith(CHARGE))
    return lines + [Line(k.ref, k.said_quantity, k.said_price) for k in charges]


def exact(value: float) -> Decimal:
    """A float of Odoo as an exact number, without the noise of its last digits."""
    return Decimal(str(round(value, 4)))

"""Pieces that a person has divided among lines, or added, and what becomes of them when
the platform says another number."""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from .lines import CHARGE, Kept, Line, Step

#: Ref of a line that a person has made.
OWN = ""


@dataclass(frozen=True)
class Goods:
    """A line of goods, be it the platform's or a person's own (`kept.ref` is OWN).

    The platform has said 0 of a person's own line. `kind`: what makes it matter which
    of several lines of one `article` is lessened, as its price. `odd`: it is counted in
    another unit than the article.
    """

    kept: Kept
    article: int
    kind: Hashable = None
    odd: bool = False

    @property
    def own(self) -> bool:
        """A person has made it."""
        return self.kept.ref == OWN

    @property
    def touched(self) -> bool:
        """A person has put another quantity there than the platform said."""
        return self.kept.quantity != self.kept.said_quantity


def divided(steps: Sequence[Step], goods: Sequence[Goods]) -> list[Step]:
    """`steps` with what is to become of lines that a person has divided.

    Steps of lines of which the platform says nothing new are added, to bear their
    share. A step is `undecided` where nobody can tell which line is meant.
    """
    by_line = {step.kept.id: step for step in steps if step.kept}
    found = {}
    for article in dict.fromkeys(line.article for line in goods):
        lines = [line for line in goods if line.article == article]
        if any(by_line[x.kept.id].new_quantity for x in lines if x.kept.id in by_line):
            others = any(x.own and x.article != article for x in goods)
            found |= _of_article(lines, by_line, others)
    kept = [found.pop(s.kept.id, s) if s.kept else s for s in steps]
    return [*kept, *found.values()]


def beside(step: Step) -> Step:
    """A new article beside what a person has put on a quotation, maybe in its place."""
    if step.kept or step.wanted.ref.startswith(CHARGE):
        return step
    return replace(step, share=step.quantity, undecided=True)


def _of_article(
    lines: list[Goods], steps: dict[int, Step], others: bool
) -> dict[int, Step]:
    """{line id: its step} where more is to be thought of than each line for itself.

    `others`: a person has added other articles, which may stand for these.
    """
    there = [_step(line, steps) for line in lines]
    said = sum((line.kept.said_quantity for line in lines), Decimal())
    here = sum((line.kept.quantity for line in lines), Decimal())
    wanted = sum((step.quantity for step in there), Decimal())
    touched = [line for line in lines if line.touched and not line.own]
    added = [line for line in lines if line.own and line.kept.quantity]
    if not added and len(touched) < 2:
        replaced = others and touched and here < said and wanted < said
        return _undecided(there) if replaced else {}
    if any(line.odd for line in lines):
        return _undecided(there)
    if here == wanted:
        if len(_kinds(lines)) > 1 and any(s.kept.quantity != s.quantity for s in there):
            return _undecided(there)  # all are there, maybe as other ones
        return _shared(there, [step.kept.quantity for step in there])
    if here == said:
        return _moved(lines, there, wanted)
    if touched:
        return _undecided(there)
    if wanted > said:
        return {}  # what was added stays beside it
    return _shared(
        there, [s.kept.quantity if not s.kept.ref else s.quantity for s in there], True
    )


def _step(line: Goods, steps: dict[int, Step]) -> Step:
    """The line's own step, or one that wants nothing new of it."""
    kept = line.kept
    same = Line(kept.ref, kept.said_quantity, kept.said_price)
    return steps.get(kept.id) or Step(kept, same)


def _moved(lines: list[Goods], there: list[Step], wanted: Decimal) -> dict[int, Step]:
    """All the platform's pieces are there, on other lines than it knows."""
    shares = [line.kept.quantity for line in lines]
    less = sum(shares, Decimal()) - wanted
    if less < 0:
        more = next(i for i, s in enumerate(there) if s.quantity > s.kept.said_quantity)
        shares[more] -= less
        return _shared(there, shares)
    if wanted and len(_kinds(lines)) > 1:
        return _undecided(there)
    for own in (True, False):  # a person's own lines first, the last ones first
        for i in reversed(range(len(lines))):
            if lines[i].own is own:
                part = min(less, shares[i])
                shares[i] -= part
                less -= part
    return _shared(there, shares)


def _kinds(lines: list[Goods]) -> set[Hashable]:
    return {line.kind for line in lines if line.kept.quantity}


def _shared(
    there: Iterable[Step], shares: Iterable[Decimal], undecided: bool = False
) -> dict[int, Step]:
    return {
        step.kept.id: replace(step, share=share, undecided=undecided)
        for step, share in zip(there, shares, strict=True)
    }


def _undecided(there: list[Step]) -> dict[int, Step]:
    return _shared(there, [step.kept.quantity for step in there], True)

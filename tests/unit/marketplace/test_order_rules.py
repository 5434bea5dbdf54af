"""Whether a read is as new as what was told; and what changed lines mean."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from odoo.addons.connector_marketplace.providers.schema import OrderStatus, Told
from odoo.addons.connector_marketplace.providers.shopee.mapping import parse_order
from odoo.addons.connector_marketplace.rules import reading
from odoo.addons.connector_marketplace.rules.divided import Goods, beside, divided
from odoo.addons.connector_marketplace.rules.lines import (
    Kept,
    Line,
    steps,
    totals,
    without_breakdown,
)

from .shopee import detail

AT = datetime(2026, 12, 12, 5, 0, tzinfo=UTC)
S = OrderStatus
RAW = {
    S.READY_TO_SHIP: "READY_TO_SHIP",
    S.PENDING: "PENDING",
    S.IN_CANCEL: "IN_CANCEL",
    S.CANCELLED: "CANCELLED",
    S.UNPAID: "UNPAID",
    S.PROCESSED: "PROCESSED",
}


def order(status, seconds=0):
    return replace(
        parse_order(detail()),
        status=status,
        raw_status=RAW[status],
        updated_at=AT + timedelta(seconds=seconds),
    )


def told(status, exact=True):
    return Told(status, RAW[status], AT, exact)


@pytest.mark.parametrize(
    ("read", "seconds", "said", "behind"),
    [
        (S.UNPAID, -3, S.READY_TO_SHIP, True),
        (S.READY_TO_SHIP, 0, S.CANCELLED, True),
        (S.READY_TO_SHIP, 1, S.IN_CANCEL, False),
        (S.CANCELLED, 0, S.IN_CANCEL, False),
        (S.READY_TO_SHIP, 0, S.READY_TO_SHIP, False),
        (S.READY_TO_SHIP, -2, S.READY_TO_SHIP, False),
        (S.READY_TO_SHIP, -3, S.READY_TO_SHIP, True),
        (S.PENDING, 0, S.READY_TO_SHIP, False),
        (S.CANCELLED, -1, S.PROCESSED, True),
    ],
)
def test_a_read_is_behind_when_it_shows_less_than_was_told(read, seconds, said, behind):
    assert reading.lags(order(read, seconds), told(said)) is behind


def test_the_time_of_sending_says_less_than_the_orders_own():
    assert reading.lags(order(S.UNPAID, -60), told(S.READY_TO_SHIP, exact=False))
    assert not reading.lags(order(S.READY_TO_SHIP, -60), told(S.READY_TO_SHIP, False))
    assert not reading.lags(order(S.UNPAID, 1), told(S.READY_TO_SHIP, exact=False))
    assert not reading.lags(order(S.UNPAID, -60), Told())


def test_an_unknown_status_is_not_behind_what_was_told_of_the_same_second():
    strange = replace(
        order(S.READY_TO_SHIP), status=S.UNKNOWN, raw_status="ON_THE_MOON"
    )
    assert not reading.lags(strange, told(S.READY_TO_SHIP))
    older = replace(strange, updated_at=strange.updated_at - timedelta(seconds=9))
    assert reading.lags(older, told(S.READY_TO_SHIP))


def test_reads_are_repeated_ever_more_seldom_and_not_for_ever():
    late = order(S.UNPAID, -3)
    waits = [reading.wait(late, told(S.CANCELLED), n) for n in range(1, 9)]
    assert waits == [*reading.WAITS, None, None]
    same = order(S.CANCELLED, -30)
    waits = [reading.wait(same, told(S.CANCELLED), n) for n in range(1, 5)]
    assert waits == [*reading.WAITS[:3], None]


def test_what_a_list_told_is_kept_as_json():
    said = told(S.CANCELLED)
    assert reading.noted(reading.note(said)) == said
    assert reading.noted({}) is None
    assert reading.noted({"told": [], "detail": {}}) is None


def kept(id_, ref, said, now=None):
    quantity, price = map(Decimal, said)
    now_quantity, now_price = map(Decimal, now or said)
    return Kept(id_, ref, quantity, price, now_quantity, now_price)


def line(ref, quantity, price):
    return Line(ref, Decimal(quantity), Decimal(price))


def test_nothing_is_to_be_done_where_the_platform_says_the_same():
    there = [kept(1, "a", (3, 100), now=(9, 50)), kept(2, "charge:x", (1, -5))]
    assert steps(there, [line("charge:x", 1, -5), line("a", 3, 100)]) == []


def test_a_change_is_told_from_what_a_person_did():
    there = [kept(1, "a", (3, 100), now=(5, 100)), kept(2, "b", (3, 100))]
    mine, theirs = steps(there, [line("a", 2, 100), line("b", 2, 90)])
    assert (mine.edited_quantity, mine.edited_price) == (True, False)
    assert (theirs.edited_quantity, theirs.new_price) == (False, True)


def test_lines_of_one_listing_are_told_apart_by_price():
    there = [kept(1, "a", (2, 3333)), kept(2, "a", (1, 3334))]
    (step,) = steps(there, [line("a", 1, 3334), line("a", 1, 3333)])
    assert (step.kept.id, step.quantity) == (1, 1)
    (gone,) = steps(there, [line("a", 2, 3333)])
    assert (gone.kept.id, gone.wanted, gone.quantity) == (2, None, 0)
    (new,) = steps(there[:1], [line("a", 2, 3333), line("a", 1, 3334)])
    assert (new.kept, new.quantity) == (None, 1)


def test_without_a_breakdown_pieces_go_from_the_last_lines_and_charges_stay():
    there = [
        kept(1, "a", (2, 3333)),
        kept(2, "a", (1, 3334)),
        kept(3, "charge:x", (1, -5)),
        kept(4, "b", (1, 70)),
    ]
    other = line("b", 1, 70)
    wanted = without_breakdown(there, [line("a", 2, 5000), other], {"a"})
    (step,) = steps(there, wanted)
    assert (step.kept.id, step.quantity) == (2, 0)
    wanted = without_breakdown(there, [line("a", 5, 5000), other], {"a"})
    (more,) = steps(there, wanted)
    assert (more.kept.id, more.quantity) == (2, 3)


def test_prices_that_need_no_breakdown_are_taken_without_one():
    there = [kept(1, "a", (2, 100)), kept(2, "charge:x", (1, -5))]
    wanted = without_breakdown(there, [line("a", 2, 90), line("c", 1, 5)], {"c"})
    cheaper, new = steps(there, wanted)
    assert (cheaper.kept.id, cheaper.new_price) == (1, True)
    assert (new.kept, new.wanted.ref) == (None, "c")


def test_listings_without_pieces_count_as_absent():
    assert totals([("a", Decimal(1)), ("a", Decimal(2)), ("b", Decimal())]) == {"a": 3}


def goods(id_, said, now, ref="a", article=1, kind=None, odd=False):
    line_ = kept(id_, ref, (said, 100), now=(now, 100))
    return Goods(line_, article, kind, odd)


def outcome(lines, wanted):
    """({line: quantity it is to get}, lines that a person must look at)"""
    told = [line(ref, n, 100) for ref, n in wanted.items()]
    there = [x.kept for x in lines if not x.own]
    found = divided(steps(there, told), lines)
    to = {s.kept.id: s.to for s in found if s.kept and s.to is not None}
    return to, {s.kept.id for s in found if s.edited_quantity}


@pytest.mark.parametrize(
    ("lines", "wanted", "to", "unsure"),
    [
        pytest.param(
            [goods(1, 3, 2), goods(2, 0, 1, ref="")], 2, {2: 0}, set(), id="own first"
        ),
        pytest.param(
            [goods(1, 3, 1), goods(2, 0, 1, ref=""), goods(3, 0, 1, ref="")],
            1,
            {2: 0, 3: 0},
            set(),
            id="the last own ones first",
        ),
        pytest.param(
            [goods(1, 3, 2), goods(2, 0, 1, ref="")], 5, {1: 4}, set(), id="more"
        ),
        pytest.param(
            [goods(1, 3, 2), goods(2, 0, 1, ref="", kind="free")],
            2,
            {},
            {1, 2},
            id="they differ",
        ),
        pytest.param(
            [goods(1, 3, 2), goods(2, 0, 1, ref="", odd=True)],
            2,
            {},
            {1, 2},
            id="another unit",
        ),
        pytest.param(
            [goods(1, 3, 2), goods(2, 0, 1, ref="", kind="free")],
            0,
            {1: 0, 2: 0},
            set(),
            id="nothing at all",
        ),
        pytest.param(
            [goods(1, 3, 1), goods(2, 0, 1, ref="")], 2, {}, set(), id="done already"
        ),
        pytest.param(
            [goods(1, 3, 3), goods(2, 0, 1, ref="")], 2, {1: 2}, {1, 2}, id="added"
        ),
        pytest.param(
            [goods(1, 3, 3), goods(2, 0, 1, ref="")], 5, {1: 5}, set(), id="both more"
        ),
        pytest.param(
            [goods(1, 3, 3), goods(2, 0, 1, ref="")], 4, {}, set(), id="added before"
        ),
        pytest.param(
            [goods(1, 3, 3), goods(2, 0, 1, ref="", kind="free")],
            4,
            {},
            {1, 2},
            id="as many, but a gift is among them",
        ),
        pytest.param(
            [goods(1, 3, 2), goods(2, 0, 5, ref="")], 2, {}, {1, 2}, id="all different"
        ),
        pytest.param(
            [goods(1, 3, 2), goods(2, 0, 1, ref="", article=9)],
            2,
            {},
            {1},
            id="another article in its place",
        ),
        pytest.param(
            [goods(1, 3, 3), goods(2, 0, 1, ref="", article=9)],
            2,
            {1: 2},
            set(),
            id="a gift beside it",
        ),
        pytest.param([goods(1, 3, 9)], 2, {}, {1}, id="one line, as before"),
    ],
)
def test_pieces_that_a_person_divided(lines, wanted, to, unsure):
    assert outcome(lines, {"a": wanted}) == (to, unsure)


def test_pieces_moved_between_two_listings_of_one_article():
    lines = [goods(1, 3, 2), goods(2, 1, 2, ref="b")]
    assert outcome(lines, {"a": 2, "b": 1}) == ({2: 1}, set())
    lines = [goods(1, 3, 2, kind=1), goods(2, 1, 2, ref="b", kind=2)]
    assert outcome(lines, {"a": 2, "b": 2}) == ({}, set())
    assert outcome(lines, {"a": 2, "b": 1}) == ({}, {1, 2})


def test_a_new_article_beside_a_persons_own_lines_is_looked_at():
    (new,) = steps([], [line("a", 2, 100)])
    assert beside(new).undecided
    (charge,) = steps([], [line("charge:x", 1, -5)])
    assert not beside(charge).undecided

"""Settlement days, sums and files: the pure parts, and their doctests."""

import doctest
from datetime import date
from decimal import Decimal

import pytest

from odoo.addons.connector_payment.tools import settlement_file, settling
from odoo.addons.connector_payment.tools.settlement_file import (
    FileError,
    amount_of,
    date_of,
    read_table,
)
from odoo.addons.connector_payment.tools.settling import (
    business_day_after,
    pairs_that_fit,
    runs_that_fit,
)


def day(number):
    return date(2026, 11, number)


@pytest.mark.parametrize("module", [settling, settlement_file])
def test_the_examples_in_the_docstrings_are_true(module):
    result = doctest.testmod(module)
    assert result.attempted
    assert not result.failed


def test_business_days_skip_weekends():
    friday, monday = day(20), day(23)
    assert business_day_after(friday, 0) == friday
    assert business_day_after(friday, 1) == monday
    assert business_day_after(day(22), 0) == monday
    assert business_day_after(friday, 6) == day(30)


def test_an_exact_run_hides_those_within_the_tolerance():
    assert runs_that_fit([10, 20, 31], 30, 5) == [(0, 2)]
    assert runs_that_fit([10, 21], 30, 5) == [(0, 2)]
    assert runs_that_fit([30], 30) == []


def test_an_exact_offer_goes_before_a_near_one():
    wishes = [(100, day(1), day(9)), (103, day(1), day(9))]
    assert pairs_that_fit(wishes, [(103, day(2)), (100, day(3))], 5) == [
        (0, 1),
        (1, 0),
    ]


def test_out_of_its_time_nothing_fits():
    assert pairs_that_fit([(100, day(5), day(9))], [(100, day(4))]) == []
    assert pairs_that_fit([(100, day(5), day(9))], [(100, day(10))]) == []


def test_one_offer_for_two_wishes_is_left_alone():
    wishes = [(100, day(1), day(9)), (100, day(2), day(9))]
    assert pairs_that_fit(wishes, [(100, day(3))]) == []


def test_equal_pairs_that_cross_in_time_are_left_alone():
    wishes = [(100, day(1), day(9)), (100, day(5), day(9))]
    assert pairs_that_fit(wishes, [(100, day(2)), (100, day(3))]) == []


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("Rp 1.234.567", "1234567"),
        ("IDR 100,000.00", "100000.00"),
        ("100.000,50", "100000.50"),
        ("4.440", "4440"),
        ("4,5", "4.5"),
        ("-2.500", "-2500"),
        ("(1,000)", "-1000"),
        ("", "0"),
        (4440.0, "4440.0"),
    ],
)
def test_amounts_are_read_however_they_are_written(text, amount):
    assert amount_of(text) == Decimal(amount)


def test_what_is_no_amount_is_refused():
    with pytest.raises(FileError):
        amount_of("soon")


@pytest.mark.parametrize(
    "text", ["2026-11-22", "22/11/2026", "22-11-2026 10:00", "22 Nov 2026", day(22)]
)
def test_days_are_read_however_they_are_written(text):
    assert date_of(text) == day(22)


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("1/5/2026 10:15:00", 5),
        ("1 September 2026 10:15", 9),
        ("01 Januari 2026, 10:15", 1),
        ("1-Mei-2026", 5),
        ("01 Agustus 2026", 8),
        ("1 Agt 2026 10:15", 8),
        ("01 Okt 2026", 10),
        ("1 Desember 2026 10:15:00 WIB", 12),
        ("2026-2-1 00:00:00", 2),
    ],
)
def test_the_days_of_every_month_are_read_in_both_languages(text, month):
    assert date_of(text) == date(2026, month, 1)


@pytest.mark.parametrize("text", ["31/02/2026", "2026-13-01", "1 Foo 2026"])
def test_a_day_that_never_was_is_refused(text):
    with pytest.raises(FileError):
        date_of(text)


def test_an_empty_day_is_none_and_a_word_is_refused():
    assert date_of(" ") is None
    with pytest.raises(FileError):
        date_of("tomorrow")


def test_lines_above_the_titles_are_skipped():
    titles, rows = read_table(b"Report\n\nOrder ID;Fee\nA;1\n;\nB;2\n", "x.csv")
    assert titles == ["Order ID", "Fee"]
    assert rows == [["A", "1"], ["B", "2"]]


def test_a_broken_workbook_is_refused():
    with pytest.raises(FileError):
        read_table(b"PK nonsense", "x.xlsx")

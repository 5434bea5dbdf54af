"""What setup/run --once calls a success."""

import pytest

from setup.command_run import succeeded

WELL = {
    "placed": 25,
    "confirmed": 25,
    "duplicates": 0,
    "lost": 0,
    "invoices": 6,
    "paid": 6,
}


def test_everything_that_was_sold_and_owed_has_come_in_once():
    assert succeeded(WELL)


@pytest.mark.parametrize(
    "wrong",
    [{"confirmed": 24}, {"duplicates": 1}, {"lost": 1}, {"paid": 5}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_anything_missing_or_twice_is_a_failure(wrong):
    assert not succeeded(WELL | wrong)

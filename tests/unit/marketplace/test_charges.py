"""Whose money a charge is, and how it is split over the taxes of the goods."""

from decimal import Decimal

import pytest

from odoo.addons.connector_marketplace.providers.charges import (
    BORNE_BY,
    Bearer,
    split,
)
from odoo.addons.connector_marketplace.providers.schema import ChargeKind


def test_every_kind_of_charge_is_somebodys():
    assert set(BORNE_BY) == set(ChargeKind)


def test_what_nobody_knows_is_not_the_sellers():
    assert BORNE_BY[ChargeKind.OTHER] is Bearer.PLATFORM


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (-10000, {"a": 100000}, {"a": -10000}),
        (-10000, {"a": 100000, "b": 100000}, {"a": -5000, "b": -5000}),
        (-10000, {"a": 1, "b": 1, "c": 1}, {"a": -3334, "b": -3333, "c": -3333}),
        (-10000, {"a": 0, "b": 50000}, {"b": -10000}),
        (-3, {"a": 0, "b": 0}, {"a": -2, "b": -1}),
        (2500, {"a": 333, "b": 667}, {"a": 833, "b": 1667}),
        (
            Decimal("-0.03"),
            {"a": 1, "b": 1},
            {"a": Decimal("-0.02"), "b": Decimal("-0.01")},
        ),
    ],
)
def test_the_parts_are_in_proportion_and_sum_up_to_the_rupiah(amount, weights, parts):
    weights = {key: Decimal(weight) for key, weight in weights.items()}
    found = split(Decimal(amount), weights)
    assert found == parts
    assert sum(found.values()) == amount

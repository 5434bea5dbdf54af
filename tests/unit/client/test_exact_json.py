"""Numbers survive JSON unchanged."""

from decimal import Decimal

import pytest

from odoo.addons.erp_connector_base.client.exact_json import dump, load


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 0.1, "b": 12345678901234567890.123456789, "c": 1E+30, "d": -0.50}',
        '[1, 99999999999999999999, true, null, "0.10", "\\u0000", "\\ud83e\\udde7"]',
        "52600.00",
    ],
)
def test_what_is_loaded_and_dumped_is_the_same_text(text):
    assert dump(load(text)) == text


def test_fractions_are_exact():
    assert load("0.1") + load("0.2") == Decimal("0.3")


@pytest.mark.parametrize(
    "text",
    ["", "{", "NaN", "[Infinity]", "<html>", "[" * 100_000, "1" * 5000, b"\xff\xfe{"],
)
def test_what_is_not_json_is_a_value_error(text):
    with pytest.raises(ValueError):  # noqa: PT011
        load(text)


@pytest.mark.parametrize("value", [Decimal("NaN"), float("inf")])
def test_what_json_cannot_say_is_not_dumped(value):
    with pytest.raises(ValueError, match="JSON"):
        dump({"amount": value})

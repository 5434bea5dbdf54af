"""The seller's share of a bundle deal, whenever the income breakdown knows it."""

from decimal import Decimal

import pytest

from odoo.addons.connector_marketplace.providers.shopee.mapping import parse_order

from .shopee import detail

RED, BLUE = 101, 102


def line(model, quantity, price, **more):
    """A row of item_list; recorded Indonesian ones have no line_item_id."""
    return {
        "item_id": 900,
        "item_name": "Kaos",
        "item_sku": "KAOS",
        "model_id": model,
        "model_sku": f"KAOS-{model}",
        "model_quantity_purchased": quantity,
        "model_original_price": more.pop("original", 60000),
        "model_discounted_price": price,
        **more,
    }


def bundled(model, quantity, price=0, **more):
    return line(model, quantity, price, promotion_type="bundle_deal", **more)


def row(model, quantity, subtotal, kind="", **more):
    """A row of the breakdown's items."""
    return {
        "item_id": 900,
        "model_id": model,
        "quantity_purchased": quantity,
        "discounted_price": subtotal,
        "activity_type": kind,
        **more,
    }


def share(model, quantity, subtotal, **more):
    return row(model, quantity, subtotal, "bundle_deal", **more)


def order(items, rows, **bill):
    subtotal = sum(Decimal(str(x["discounted_price"])) for x in rows)
    escrow = {
        "buyer_payment_info": {"merchant_subtotal": subtotal, **bill},
        "order_income": {"items": rows},
    }
    return parse_order(detail(item_list=items, total_amount=subtotal), escrow)


def parts(found):
    return [(x.sku, x.quantity, x.unit_price) for x in found.lines]


@pytest.mark.parametrize("price", [0, 60000])
def test_a_bundle_has_the_sellers_share_whatever_price_the_detail_shows(price):
    found = order(
        [bundled(RED, 2, price), bundled(BLUE, 1, price)],
        [share(RED, 2, 90000), share(BLUE, 1, 45000)],
    )
    assert parts(found) == [("KAOS-101", 2, 45000), ("KAOS-102", 1, 45000)]
    assert found.difference == 0


@pytest.mark.parametrize("price", [0, 50000])
def test_the_single_line_is_the_row_without_a_deal(price):
    found = order(
        [bundled(RED, 2, price, original=50000), line(RED, 1, 50000)],
        [row(RED, 1, 50000), share(RED, 2, 90000)],
    )
    assert parts(found) == [("KAOS-101", 2, 45000), ("KAOS-101", 1, 50000)]
    assert found.difference == 0


def test_two_bundles_of_the_same_articles_share_the_sum_of_both():
    found = order(
        [
            bundled(RED, 1),
            bundled(BLUE, 1),
            bundled(RED, 2),
            bundled(BLUE, 1),
        ],
        [
            share(RED, 1, 50000, activity_id=1),
            share(BLUE, 1, 50000, activity_id=1),
            share(RED, 2, 85000, activity_id=2),
            share(BLUE, 1, 40000, activity_id=2),
        ],
    )
    assert found.lines_total == 225000
    assert found.difference == 0
    assert sum(x.quantity for x in found.lines if x.variant_id == "101") == 3


def test_rows_that_do_not_tell_deals_apart_leave_the_single_line_its_price():
    found = order(
        [bundled(RED, 2, 0), line(RED, 1, 55000)],
        [row(RED, 3, 140000)],
    )
    assert parts(found) == [("KAOS-101", 2, 42500), ("KAOS-101", 1, 55000)]


def test_lines_are_told_apart_by_their_id_where_both_sides_have_one():
    found = order(
        [bundled(RED, 1, line_item_id=1), bundled(RED, 1, line_item_id=2)],
        [share(RED, 1, 30000, line_item_id=2), share(RED, 1, 50000, line_item_id=1)],
    )
    assert [x.unit_price for x in found.lines] == [50000, 30000]


def test_an_id_that_only_the_detail_has_changes_nothing():
    found = order(
        [bundled(RED, 3, line_item_id=1)],
        [share(RED, 3, 100000)],
    )
    assert parts(found) == [("KAOS-101", 2, 33333), ("KAOS-101", 1, 33334)]
    assert [x.line_id for x in found.lines] == ["1", "1+1"]


def test_several_lines_of_a_deal_sum_up_to_the_rupiah():
    found = order(
        [bundled(RED, 2), bundled(RED, 2), bundled(RED, 3)],
        [share(RED, 2, 33333), share(RED, 2, 33333), share(RED, 3, 33335)],
    )
    assert found.lines_total == 100001
    assert sum(x.quantity for x in found.lines) == 7
    assert {x.unit_price for x in found.lines} == {14285, 14286}


def test_an_add_on_and_its_gift_cost_what_they_cost():
    found = order(
        [
            line(RED, 1, 349000, promotion_type="add_on_deal_main"),
            line(BLUE, 1, 0, promotion_type="add_on_deal_sub"),
        ],
        [row(RED, 1, 349000, "add_on_deal"), row(BLUE, 1, 0, "add_on_deal")],
    )
    assert parts(found) == [("KAOS-101", 1, 349000), ("KAOS-102", 1, 0)]


def test_an_add_on_shown_at_its_list_price_has_the_price_of_the_deal():
    found = order(
        [
            line(RED, 1, 349000, promotion_type="add_on_deal_main"),
            line(BLUE, 2, 60000, promotion_type="add_on_deal_sub"),
        ],
        [row(RED, 1, 349000, "add_on_deal"), row(BLUE, 2, 50000, "add_on_deal")],
    )
    assert parts(found) == [("KAOS-101", 1, 349000), ("KAOS-102", 2, 25000)]


def test_a_bundle_named_only_in_the_list_of_promotions_is_one():
    item = line(RED, 2, 0, promotion_list=[{"promotion_type": "bundle_deal"}])
    found = order([item], [share(RED, 2, 90000)])
    assert parts(found) == [("KAOS-101", 2, 45000)]


def test_a_breakdown_without_the_sum_of_the_items_is_checked_by_its_other_sums():
    escrow = {
        "buyer_payment_info": {"merchant_subtotal": None},
        "order_income": {
            "items": [share(RED, 2, Decimal("5.80"))],
            "order_discounted_price": 90000,
        },
    }
    items = [bundled(RED, 2)]
    found = parse_order(detail(item_list=items), escrow)
    assert found.lines[0].unit_price == 60000  # rows in another currency
    escrow["order_income"]["items"] = [share(RED, 2, 90000)]
    assert parse_order(detail(item_list=items), escrow).lines[0].unit_price == 45000


def test_a_row_of_another_number_of_plain_units_prices_nothing():
    found = order([line(RED, 2, 60000)], [row(RED, 5, 250000)])
    assert parts(found) == [("KAOS-101", 2, 60000)]


@pytest.mark.parametrize("purchased", [3, 1])
@pytest.mark.parametrize(("units", "subtotal"), [(3, 150000), (1, 50000)])
def test_what_is_left_of_a_cut_bundle_has_its_part(purchased, units, subtotal):
    item = bundled(RED, purchased, active_qty=1, cancelled_qty=2)
    found = order([item], [share(RED, units, subtotal)])
    assert parts(found) == [("KAOS-101", 1, 50000)]


def test_a_line_that_is_cancelled_as_a_whole_takes_no_share():
    items = [
        bundled(RED, 2, active_qty=0, cancelled_qty=2, line_item_id=1),
        bundled(RED, 1, line_item_id=2),
    ]
    rows = [share(RED, 2, 80000, line_item_id=1), share(RED, 1, 40000, line_item_id=2)]
    found = order(items, rows)
    assert [(x.quantity, x.unit_price) for x in found.lines if x.quantity] == [
        (1, 40000)
    ]

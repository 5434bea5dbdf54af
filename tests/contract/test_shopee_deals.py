"""Deals, cut orders and new fees of Shopee, to the rupiah, however it tells them."""

from collections import Counter

import pytest

from odoo.addons.erp_connector_base.client.errors import AuthenticationError

from .test_shopee import shopee
from .test_shopee_mean import TWO, one, subtotals

__all__ = ["shopee"]

#: One article in a bundle and outside of it.
ALONGSIDE = [
    {"sku": "SKU-001", "quantity": 2, "price": 80000, "bundle": 1, "share": 140001},
    {"sku": "SKU-001", "quantity": 1, "price": 80000},
]
#: Two bundles of the same articles.
TWINS = [
    {"sku": "SKU-001", "price": 60000, "bundle": 1, "share": 50000},
    {"sku": "SKU-002", "price": 40000, "bundle": 1, "share": 35000},
    {"sku": "SKU-001", "price": 60000, "bundle": 2, "share": 48000},
    {"sku": "SKU-002", "price": 40000, "bundle": 2, "share": 33001},
]
#: An add-on deal of one article with itself, beside a bundle.
MIXED = [
    {"sku": "SKU-001", "addon": 1, "main": True, "price": 65000},
    {"sku": "SKU-001", "addon": 1, "price": 10000},
    {"sku": "SKU-002", "quantity": 3, "price": 30000, "bundle": 1, "share": 80000},
    {"sku": "SKU-003", "gift": True},
]
DEALS = {"alongside": ALONGSIDE, "twins": TWINS, "mixed": MIXED}


def pieces(order):
    """Pieces by article; what is down to 0 is left out."""
    found: Counter[str] = Counter()
    for line in order.lines:
        found[line.sku] += line.quantity
    return {sku: number for sku, number in found.items() if number}


def ledger(market, key):
    """Rupiah by article, as the shop has it."""
    found: Counter[str] = Counter()
    for item in market.control.order(key)["items"]:
        found[item["sku"]] += item["subtotal"]
    return dict(found)


@pytest.mark.parametrize("line_ids", [True, False], ids=["ids", "no ids"])
@pytest.mark.parametrize("form", ["zero", "before"])
@pytest.mark.parametrize("deal", DEALS)
def test_every_article_of_a_deal_costs_what_the_shop_says(shopee, deal, form, line_ids):
    (key,) = shopee.control.place(
        1,
        items=DEALS[deal],
        bundle_price=form,
        line_item_ids=line_ids,
        coins=500,
        seller_voucher=3000,
    )
    order = one(shopee, key)
    assert subtotals(order) == ledger(shopee, key)
    assert order.difference == 0


@pytest.mark.parametrize("bill", ["current", "checkout"])
@pytest.mark.parametrize("form", ["purchased", "lowered", "removed"])
def test_cancelled_pieces_are_no_pieces_however_it_is_told(shopee, form, bill):
    (key,) = shopee.control.place(1, items=TWO, plain=True)
    shopee.control.cancel_part(
        key,
        pieces={"SKU-001": 1, "SKU-002": 1},
        partial_quantity=form,
        partial_bill=bill,
    )
    order = one(shopee, key)
    assert pieces(order) == {"SKU-001": 2}
    assert (order.total, order.difference) == (100000, 0)


@pytest.mark.parametrize("bill", ["current", "checkout"])
@pytest.mark.parametrize("form", ["zero", "before"])
@pytest.mark.parametrize("told", ["purchased", "lowered", "removed"])
def test_a_bundle_may_be_cut(shopee, told, form, bill):
    items = [{**ALONGSIDE[0], "share": 140000}, ALONGSIDE[1]]
    (key,) = shopee.control.place(1, items=items, plain=True, bundle_price=form)
    shopee.control.cancel_part(key, partial_quantity=told, partial_bill=bill)
    order = one(shopee, key)
    assert pieces(order) == {"SKU-001": 2}
    assert order.total == 150000
    assert order.difference == 0


@pytest.mark.parametrize("with_sum", [True, False])
@pytest.mark.parametrize(
    "fees",
    [
        {"buyer_paid_installation_fee": 150000},
        {"buyer_paid_extended_warranty": 20000, "vat": 500},
        {"footwear_tax": 300, "buyer_instant_fee": 900},
        {"fee_that_nobody_has_heard_of": 777},
    ],
)
def test_fees_of_any_name_are_charges_when_the_total_proves_them(
    shopee, fees, with_sum
):
    shopee.control.config(fee_sum=with_sum)
    (key,) = shopee.control.place(
        1, items=TWO, fees=fees, discounts={"trade_in_discount": 1000}
    )
    order = one(shopee, key)
    charged = {charge.code: charge.amount for charge in order.charges}
    assert {name: charged[name] for name in fees} == fees
    assert charged["trade_in_discount"] == -1000
    assert order.difference == 0


def test_no_right_to_breakdowns_is_no_dead_token_whatever_its_code(shopee):
    shopee.control.config(breakdown="no_permission")
    (key,) = shopee.control.place(1)
    found = shopee.client().get_breakdowns([key])[key]
    assert isinstance(found, Exception)
    assert not isinstance(found, AuthenticationError)

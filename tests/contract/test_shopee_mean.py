"""Shopee on a bad day, read by our client: deals, parts, lacks, lags, strangers."""

import itertools
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from odoo.addons.connector_marketplace.providers.schema import OrderStatus
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    ConnectorError,
    RejectedError,
    TransientError,
)

from .test_orders import listed, parsed, recently
from .test_shopee import shopee

__all__ = ["shopee"]

BUNDLE = [
    {"sku": "SKU-001", "quantity": 2, "price": 60000, "bundle": 1, "share": 90001},
    {"sku": "SKU-002", "quantity": 1, "price": 40000, "bundle": 1, "share": 33333},
    {"sku": "SKU-003", "quantity": 1, "price": 20000},
]
TWO = [
    {"sku": "SKU-001", "quantity": 3, "price": 50000},
    {"sku": "SKU-002", "quantity": 1, "price": 20000},
]


def one(market, key):
    return parsed(market.client(), [key])[key]


def subtotals(order):
    """Rupiah by article, whatever lines they are spread over."""
    found: dict[str, Decimal] = {}
    for line in order.lines:
        found[line.sku] = found.get(line.sku, Decimal()) + line.subtotal
    return found


# -- deals ------------------------------------------------------------------------


@pytest.mark.parametrize("line_ids", [True, False])
def test_a_bundle_costs_what_the_breakdown_says(shopee, line_ids):
    (key,) = shopee.control.place(
        1, items=BUNDLE, line_item_ids=line_ids, seller_voucher=5000
    )
    order = one(shopee, key)
    assert subtotals(order) == {"SKU-001": 90001, "SKU-002": 33333, "SKU-003": 20000}
    assert order.difference == 0


def test_an_addon_deal_and_gifts_are_lines_at_their_price(shopee):
    items = [
        {"sku": "SKU-001", "addon": 1, "main": True},
        {"sku": "SKU-002", "addon": 1, "price": 10000, "quantity": 2},
        {"sku": "SKU-003", "addon": 1, "gift": True},
        {"sku": "SKU-004", "gift": True},
    ]
    (key,) = shopee.control.place(1, items=items)
    order = one(shopee, key)
    assert [line.unit_price for line in order.lines] == [68000, 10000, 0, 0]
    assert order.difference == 0


# -- flags, people, parcels -------------------------------------------------------


def test_what_is_booked_in_advance_or_shipped_by_the_platform_is_marked(shopee):
    (booked,) = shopee.control.place(1, advance=True)
    (theirs,) = shopee.control.place(1, fulfillment_flag="fulfilled_by_shopee")
    orders = parsed(shopee.client(), [booked, theirs])
    flags = {
        key: (order.advance_fulfilment, order.fulfilled_by_platform)
        for key, order in orders.items()
    }
    assert flags == {booked: (True, False), theirs: (False, True)}


def test_a_held_order_is_pending(shopee):
    (key,) = shopee.control.place(
        1, status="PENDING", pending_terms=["ARRANGE_SHIPMENT_PENDING"]
    )
    assert one(shopee, key).status is OrderStatus.PENDING


def test_what_people_wrote_is_kept(shopee):
    wish = {
        "cod": True,
        "message": "Tolong bubble wrap",
        "note": "<b>VIP</b>",
        "dropshipper": "Toko Rina",
        "carrier": "SPX Instant",
    }
    (key,) = shopee.control.place(1, **wish)
    order = one(shopee, key)
    told = {name: getattr(order, name) for name in wish}
    assert told == wish


def test_every_parcel_of_a_split_order_is_read(shopee):
    (key,) = shopee.control.place(1, items=TWO, packages=3)
    shopee.control.move_package(key, 2, status="SHIPPED")
    order = one(shopee, key)
    assert order.status is OrderStatus.READY_TO_SHIP
    assert [package.raw_status for package in order.packages] == [
        "LOGISTICS_READY",
        "LOGISTICS_PICKUP_DONE",
        "LOGISTICS_READY",
    ]
    pieces = [line.quantity for package in order.packages for line in package.lines]
    assert sum(pieces) == 4


@pytest.mark.parametrize("who", ["buyer", "seller", "system"])
@pytest.mark.parametrize("status", ["UNPAID", "PROCESSED", "SHIPPED", "IN_CANCEL"])
def test_who_cancelled_is_told(shopee, who, status):
    (key,) = shopee.control.place(1, status=status)
    shopee.control.cancel(key, cancel_by=who)
    client = shopee.client()
    order = client.parse_order(client.get_orders([key])[key])
    assert order.status is OrderStatus.CANCELLED
    assert order.cancel_by == who
    assert order.cancel_reason


# -- what is not there ------------------------------------------------------------

#: Fields that an order can be read without.
SPARE = (
    "buyer_user_id",
    "buyer_username",
    "recipient_address",
    "recipient_address.name",
    "recipient_address.phone",
    "recipient_address.full_address",
    "total_amount",
    "ship_by_date",
    "pay_time",
    "note",
    "message_to_seller",
    "shipping_carrier",
    "payment_method",
    "package_list",
    "package_list.item_list",
    "item_list.model_id",
    "item_list.model_sku",
    "item_list.line_item_id",
    "item_list.promotion_list",
    "item_list.model_original_price",
    "item_list.active_qty",
    "item_list.cancelled_qty",
    "order_income.items",
    "buyer_payment_info.shipping_fee",
)


#: 0 active pieces are no lack but a cancellation.
LACKS = set(itertools.product(("missing", "null", "blank"), SPARE)) - {
    ("blank", "item_list.active_qty")
}


@pytest.mark.parametrize(("how", "name"), sorted(LACKS))
def test_an_order_is_read_without_what_it_can_spare(shopee, how, name):
    (key,) = shopee.control.place(1, items=TWO, **{how: [name]})
    order = one(shopee, key)
    assert [line.quantity for line in order.lines] == [3, 1]
    assert order.id == key


@pytest.mark.parametrize("masked", [True, "all"])
def test_stars_are_no_address(shopee, masked):
    (key,) = shopee.control.place(1, masked=masked)
    assert one(shopee, key).address.masked is True


def test_the_bill_tells_the_total_that_the_detail_hides(shopee):
    (key,) = shopee.control.place(1, missing=["total_amount"])
    order = one(shopee, key)
    assert order.total == shopee.control.order(key)["total"]
    assert order.difference == 0


# -- breakdowns -------------------------------------------------------------------


def test_a_late_breakdown_is_an_error_of_its_order_alone(shopee):
    (late,) = shopee.control.place(1, breakdown_after_reads=3)
    prompt = shopee.control.place(3)
    client = shopee.client()
    first = client.get_breakdowns([late, *prompt])
    assert isinstance(first[late], ConnectorError)
    assert all(first[key]["order_sn"] == key for key in prompt)
    assert isinstance(client.get_breakdowns([late])[late], ConnectorError)
    assert client.get_breakdowns([late])[late]["order_sn"] == late


def test_a_breakdown_without_amounts_is_none_yet(shopee):
    shopee.control.config(breakdown_after_reads=2, breakdown_early="bare")
    keys = shopee.control.place(3)
    client = shopee.client()
    first, alone = client.get_breakdowns(keys[:2]), client.get_breakdowns(keys[2:])
    assert all(isinstance(found, ConnectorError) for found in first.values())
    assert isinstance(alone[keys[2]], ConnectorError)
    client.get_breakdowns(keys[2:])
    assert all(found["order_income"] for found in client.get_breakdowns(keys).values())


def test_what_a_batch_leaves_out_is_asked_for_alone(shopee):
    odd = shopee.control.place(2, breakdown="omitted")
    good = shopee.control.place(20)
    found = shopee.client().get_breakdowns([*odd, *good])
    assert {key: row["order_sn"] for key, row in found.items()} == {
        key: key for key in (*odd, *good)
    }


def test_many_that_a_batch_leaves_out_cost_no_call_each(shopee):
    late = shopee.control.place(18, breakdown="never")
    (good,) = shopee.control.place(1)
    found = shopee.client().get_breakdowns([*late, good])
    assert found[good]["order_sn"] == good
    assert all(isinstance(found[key], ConnectorError) for key in late)
    assert "/api/v2/payment/get_escrow_detail" not in shopee.control.calls()


def test_an_order_whose_breakdown_is_refused_takes_no_right_from_the_others(shopee):
    (bad,) = shopee.control.place(1, breakdown="no_permission")
    good = shopee.control.place(3)
    found = shopee.client().get_breakdowns([bad, *good])
    assert isinstance(found[bad], RejectedError)
    assert found[bad].code != "no_right"
    assert all(found[key]["order_sn"] == key for key in good)


def test_a_right_that_is_missing_is_no_dead_token(shopee):
    """The order's own call is refused: the tokens are as good as before."""
    shopee.control.config(breakdown="forbidden")
    (key,) = shopee.control.place(1)
    client = shopee.client()
    found = client.get_breakdowns([key])[key]
    assert isinstance(found, RejectedError)
    assert not isinstance(found, AuthenticationError)
    assert client.get_orders([key])[key]["order_sn"] == key


def test_amounts_of_unknown_names_are_kept_by_name(shopee):
    (key,) = shopee.control.place(1, items=TWO, plain=True, fees={"mystery_fee": 777})
    order = one(shopee, key)
    named = {**order.unknown, **{c.code: c.amount for c in order.charges}}
    assert named["mystery_fee"] == 777
    assert order.total == 170777


# -- reads and cursors ------------------------------------------------------------


def test_an_order_that_the_shop_does_not_show_yet_is_asked_for_again(shopee):
    (key,) = shopee.control.place(1)
    shopee.control.freeze(key, hidden=True)
    client = shopee.client()
    assert isinstance(client.get_orders([key])[key], TransientError)
    shopee.control.thaw()
    assert client.get_orders([key])[key]["order_sn"] == key


def test_reads_behind_say_the_second_they_are_of(shopee):
    then = int(datetime.now(UTC).timestamp()) - 100
    (key,) = shopee.control.place(1, status="UNPAID", update_time=then)
    shopee.control.freeze(key)
    shopee.control.pay(key)
    client = shopee.client()
    order = client.parse_order(client.get_orders([key])[key])
    assert order.status is OrderStatus.UNPAID
    assert int(order.updated_at.timestamp()) == then


@pytest.mark.parametrize("order", ["oldest", "newest"])
def test_pages_counted_by_an_offset_are_complete_when_nothing_moves(shopee, order):
    shopee.control.config(list_cursor="offset", list_order=order)
    ids = shopee.control.place(23)
    assert sorted(listed(shopee.client(), *recently(), page_size=10)) == sorted(ids)


def test_an_expired_cursor_is_a_refusal(shopee):
    shopee.control.config(cursor_life=60)
    shopee.control.place(5)
    client = shopee.client()
    first = client.list_orders(*recently(), "", 2)
    shopee.control.advance_clock(61)
    with pytest.raises(RejectedError):
        client.list_orders(*recently(), first.next_cursor, 2)


# -- pushes -----------------------------------------------------------------------


def told(shopee, receiver, **push):
    """The events of one push, whatever it is."""
    shopee.control.config(callback_url=receiver.url)
    assert shopee.control.push_code(**push) == [200]
    request = receiver.requests[-1]
    shopee.webhook.verify(request, shopee.credentials)
    return shopee.webhook.parse(request)


def test_a_push_says_whose_it_is(shopee, receiver):
    (event,) = told(shopee, receiver, code=3, shop_id=999999, order_sn="X1")
    assert (event.account, event.business_key) == ("999999", "X1")


@pytest.mark.parametrize("code", [1, 2, 12])
def test_pushes_about_the_app_say_whose_they_are(shopee, receiver, code):
    (event,) = told(shopee, receiver, code=code, shop_id=700002)
    assert event.account == "700002"


@pytest.mark.parametrize("code", [4, 15, 29, 30, 47])
def test_codes_about_an_order_lead_to_it(shopee, receiver, code):
    (key,) = shopee.control.place(1)
    (event,) = told(shopee, receiver, code=code, order_sn=key)
    assert event.business_key == key


@pytest.mark.parametrize("code", [5, 8, 23, 24, 25, 28, 99])
def test_codes_that_nothing_acts_on_are_kept_as_such(shopee, receiver, code):
    (event,) = told(shopee, receiver, code=code)
    assert event.topic == "webhook.other"

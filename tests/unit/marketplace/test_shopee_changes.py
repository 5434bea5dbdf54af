"""Cancelled pieces, holds, and rights: what a detail says beside its status."""

import json

import pytest

from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.connector_marketplace.providers.schema import OrderStatus
from odoo.addons.connector_marketplace.providers.shopee import push
from odoo.addons.connector_marketplace.providers.shopee.mapping import parse_order
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    RejectedError,
    UnexpectedResponseError,
)

from .shopee import NOW, Scripted, breakdown, client, detail, refusal


def item(**changes):
    return (
        detail()["item_list"][0]
        | {"promotion_type": "", "promotion_list": []}
        | (changes)
    )


@pytest.mark.parametrize(
    ("bought", "active", "cancelled", "pieces"),
    [
        (3, 3, 0, 3),
        (3, 0, 0, 3),  # nothing was cancelled: what is "active" says nothing
        (3, 2, 1, 2),
        (1, 0, 1, 0),
        (2, 2, 1, 2),  # what was bought is lowered, too
        (0, 0, 1, 0),
        (3, 0, 1, 2),  # nothing left to fulfil: it was shipped
        (3, None, 1, 2),
    ],
)
def test_pieces_that_were_cancelled_are_not_ordered(bought, active, cancelled, pieces):
    row = item(
        model_quantity_purchased=bought, active_qty=active, cancelled_qty=cancelled
    )
    (line,) = parse_order(detail(item_list=[row])).lines
    assert (line.quantity, line.cancelled) == (pieces, cancelled)


def test_an_order_of_no_pieces_that_were_not_cancelled_is_broken():
    with pytest.raises(UnexpectedResponseError, match="model_quantity_purchased"):
        parse_order(detail(item_list=[item(model_quantity_purchased=0)]))


def test_a_bundle_that_was_cancelled_divides_by_nothing():
    row = item(
        promotion_type="bundle_deal",
        model_discounted_price=0,
        active_qty=0,
        cancelled_qty=1,
        model_quantity_purchased=1,
    )
    (line,) = parse_order(detail(item_list=[row]), breakdown()).lines
    assert line.quantity == 0


@pytest.mark.parametrize(
    ("flags", "word"),
    [
        ({"advance_package": True}, "advance"),
        ({"booking_sn": "2404098R48U37H"}, "2404098R48U37H"),
        ({"pending_terms": ["KYC_PENDING"]}, "KYC_PENDING"),
        ({"pending_terms": "SYSTEM_PENDING"}, "SYSTEM_PENDING"),
        ({"prescription_check_status": 2}, "prescription"),
        ({"item_list": [item(cancel_requested_qty=1)]}, "cancel 1"),
        ({"package_list": [{"logistics_status": "LOGISTICS_COD_REJECTED"}]}, "cash"),
    ],
)
def test_what_says_not_to_ship_is_read(flags, word):
    assert word in parse_order(detail(**flags)).hold


@pytest.mark.parametrize(
    "flags",
    [
        {},
        {"advance_package": False, "booking_sn": ""},
        {"pending_terms": [], "prescription_check_status": 1},
        {"pending_terms": None, "booking_sn": None},
    ],
)
def test_an_ordinary_order_is_not_held(flags):
    assert parse_order(detail(**flags)).hold == ""


def parcels(*rows):
    return [
        {
            "package_number": f"OFG{number}",
            "logistics_status": f"LOGISTICS_{status}",
            "item_list": [{"item_id": 1, "model_id": 0, "model_quantity": pieces}],
        }
        for number, (status, pieces) in enumerate(rows)
    ]


@pytest.mark.parametrize(
    ("rows", "active", "held"),
    [
        ([("PICKUP_DONE", 2), ("REQUEST_CANCELED", 1)], 3, True),
        ([("READY", 2), ("INVALID", 1)], 3, True),
        ([("PICKUP_DONE", 2), ("REQUEST_CANCELED", 1)], 2, False),
        ([("INVALID", 3), ("READY", 2), ("READY", 1)], 3, False),  # made anew
        ([("INVALID", 3)], 3, False),
        ([("READY", 2), ("READY", 1)], 3, False),
    ],
)
def test_a_parcel_that_is_cancelled_holds_while_its_pieces_count(rows, active, held):
    items = [item(model_quantity_purchased=active)]
    order = parse_order(detail(item_list=items, package_list=parcels(*rows)))
    assert bool(order.hold) is held
    assert ("OFG1" in order.hold) is held


def body(code=3, **data):
    return json.dumps({"code": code, "timestamp": 1796000009, "data": data})


def test_a_push_says_what_its_order_must_show():
    told = push.told(body(ordersn="1", status="CANCELLED", update_time=1796000000))
    assert (told.status, told.raw_status) == (OrderStatus.CANCELLED, "CANCELLED")
    assert (told.at.timestamp(), told.exact) == (1796000000, True)
    sent = push.told(body(ordersn="1", status="SHIPPED"))
    assert (sent.at.timestamp(), sent.exact) == (1796000009, False)
    assert push.told(body(4, ordersn="1")) == schema.Told()
    assert push.told("{}") is None
    assert push.told("") is None
    assert push.told('{"detail": {}}') is None


@pytest.mark.parametrize(
    "answer",
    [
        refusal("error_permission"),
        refusal("common.error_permission", status=403),
        refusal("error_auth", "You have no permission."),
    ],
)
def test_a_missing_right_is_asked_for_once_and_named_as_such(answer):
    transport = Scripted(get_escrow_detail_batch=answer, get_escrow_detail=answer)
    found = client(transport).get_breakdowns([str(n) for n in range(50)])
    assert {error.code for error in found.values()} == {schema.NO_RIGHT}
    assert len(found) == 50
    assert len(transport.asked) == 1
    (single,) = client(transport).get_breakdowns(["1"]).values()
    assert isinstance(single, RejectedError)
    assert single.code == schema.NO_RIGHT


def test_a_token_that_is_refused_is_no_missing_right():
    answer = refusal("error_auth", "Invalid access_token.")
    transport = Scripted(get_escrow_detail_batch=answer)
    with pytest.raises(AuthenticationError):
        client(transport).get_breakdowns(["1", "2"])


def test_a_list_tells_the_status_in_our_words():
    rows = [{"order_sn": "1", "order_status": "CANCELLED"}, {"order_sn": "2"}]
    answer = {"error": "", "response": {"order_list": rows, "more": False}}
    page = client(Scripted(get_order_list=answer)).list_orders(NOW, NOW)
    assert [ref.status for ref in page.refs] == [OrderStatus.CANCELLED, None]

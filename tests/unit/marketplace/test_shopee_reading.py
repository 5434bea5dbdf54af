"""Orders, breakdowns, listings and lost pushes, as the Shopee client collects them."""

from datetime import timedelta
from decimal import Decimal
from urllib.parse import parse_qs

import pytest

from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    ConnectorError,
    RejectedError,
    TransientError,
    UnexpectedResponseError,
)

from .shopee import NOW, Scripted, client, detail, golden, ok, refusal

# -- orders ---------------------------------------------------------------------------


def test_the_list_is_asked_by_update_time_and_without_status():
    page = {"more": True, "next_cursor": 20, "order_list": [{"order_sn": "A"}]}
    transport = Scripted(get_order_list={"error": "", "response": page})
    listed = client(transport).list_orders(NOW - timedelta(days=1), NOW, "c", 50)
    asked = dict(transport.asked[0].params)
    assert asked["time_range_field"] == "update_time"
    assert int(asked["time_to"]) - int(asked["time_from"]) == 86400
    assert (asked["cursor"], asked["page_size"]) == ("c", "50")
    assert "order_status" not in asked
    assert (listed.refs[0].id, listed.next_cursor, listed.more) == ("A", "20", True)


def details(request):
    asked = dict(request.params)["order_sn_list"].split(",")
    if "BAD" in asked:
        return ok(b'{"error":"","response":{"order_list":[{"order_sn":')
    if asked == ["GONE"]:
        return refusal("error_not_found")
    rows = [detail(order_sn=sn) for sn in asked if sn not in ("GONE", "LATE")]
    return ok({"error": "", "response": {"order_list": rows}})


def test_details_are_asked_fifty_at_a_time_and_once_each():
    transport = Scripted(get_order_detail=details)
    ids = [f"A{n}" for n in range(120)]
    found = client(transport).get_orders([*ids, *ids])
    assert list(found) == ids
    asked = [dict(r.params)["order_sn_list"].count(",") + 1 for r in transport.asked]
    assert asked == [50, 50, 20]
    assert found["A7"]["total_amount"] == Decimal("245650.0")


def test_an_order_that_garbles_the_answer_fails_alone():
    found = client(Scripted(get_order_detail=details)).get_orders(
        [*(f"A{n}" for n in range(30)), "BAD", "GONE"]
    )
    wrong = {key for key, value in found.items() if isinstance(value, ConnectorError)}
    assert wrong == {"BAD", "GONE"}
    assert isinstance(found["BAD"], TransientError)
    assert "order GONE: the shop does not show it (yet)" in str(found["GONE"])


def test_an_order_that_does_not_come_is_waited_for():
    found = client(Scripted(get_order_detail=details)).get_orders(["A1", "LATE"])
    assert found["A1"]["order_sn"] == "A1"
    assert isinstance(found["LATE"], TransientError)


def test_a_detail_without_number_is_told_of_the_order_that_was_asked():
    answer = {"error": "", "response": {"order_list": [{}, detail(order_sn="A1")]}}
    found = client(Scripted(get_order_detail=answer)).get_orders(["A1", "A2"])
    assert found["A1"]["order_sn"] == "A1"
    assert isinstance(found["A2"], UnexpectedResponseError)
    assert str(found["A2"]).startswith("order A2: ")


@pytest.mark.parametrize("code", ["error_auth", "error_server", "error_permission"])
def test_a_refusal_of_the_whole_call_is_not_tried_order_by_order(code):
    transport = Scripted(get_order_detail=refusal(code))
    with pytest.raises(ConnectorError, match=code):
        client(transport).get_orders(["A1", "A2"])
    assert len(transport.asked) == 1


# -- breakdowns -----------------------------------------------------------------------


def escrow(sn):
    bill = {"merchant_subtotal": 1000, "buyer_total_amount": 1000}
    return {"order_sn": sn, "buyer_payment_info": bill, "order_income": {}}


def batch(method, unknown=()):
    def answer(request):
        if request.method != method:
            return refusal("error_not_found", status=404)
        text = request.body.decode() + dict(request.params).get("order_sn_list", "")
        rows = [escrow(sn) for sn in ("A1", "A2", "A3") if sn in text]
        rows = [row for row in rows if row["order_sn"] not in unknown]
        return ok({"error": "", "response": [{"escrow_detail": row} for row in rows]})

    return answer


def single(request):
    sn = dict(request.params)["order_sn"]
    if sn == "A3":
        return refusal("common.error_not_found")
    return ok({"error": "", "response": escrow(sn)})


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_the_method_of_the_batch_that_worked_is_remembered(method):
    transport = Scripted(get_escrow_detail_batch=batch(method))
    made = client(transport)
    assert list(made.get_breakdowns(["A1", "A2"])) == ["A1", "A2"]
    transport.asked.clear()
    assert made.get_breakdowns(["A1", "A3"])["A3"]["order_sn"] == "A3"
    assert [request.method for request in transport.asked] == [method]


def test_without_a_batch_call_they_are_asked_one_by_one_from_then_on():
    transport = Scripted(get_escrow_detail_batch=batch("PUT"), get_escrow_detail=single)
    made = client(transport)
    assert set(made.get_breakdowns(["A1", "A2"])) == {"A1", "A2"}
    assert len(transport.asked) == 4
    made.get_breakdowns(["A1", "A2"])
    assert len(transport.asked) == 6


def test_a_batch_that_fails_for_one_order_is_tried_again_next_time():
    transport = Scripted(
        get_escrow_detail_batch=refusal("error_not_found"), get_escrow_detail=single
    )
    made = client(transport)
    found = made.get_breakdowns(["A1", "A3"])
    assert found["A1"]["order_sn"] == "A1"
    assert isinstance(found["A3"], RejectedError)
    transport.asked.clear()
    made.get_breakdowns(["A1", "A2"])
    assert transport.asked[0].url.endswith("get_escrow_detail_batch")


def test_a_breakdown_that_the_batch_leaves_out_is_a_refusal_of_that_order():
    transport = Scripted(
        get_escrow_detail_batch=batch("POST", {"A2"}),
        get_escrow_detail=refusal("common.error_not_found"),
    )
    found = client(transport).get_breakdowns(["A1", "A2"])
    assert isinstance(found["A2"], RejectedError)
    assert "order A2" in str(found["A2"])


def test_an_expired_token_is_not_taken_for_a_missing_call():
    transport = Scripted(get_escrow_detail_batch=refusal("error_auth"))
    with pytest.raises(AuthenticationError):
        client(transport).get_breakdowns(["A1", "A2"])
    assert len(transport.asked) == 1


# -- products and pushes --------------------------------------------------------------


def test_listings_are_items_without_and_models_of_items_with_variants():
    transport = Scripted(
        get_item_list=golden("get_item_list"),
        get_item_base_info=golden("get_item_base_info"),
        get_model_list=golden("get_model_list"),
    )
    (page,) = client(transport).list_listings()
    red, nameless, plain = page
    assert (red.listing_id, red.sku) == ("25000000030/26000000302", "SKU-030-L")
    assert (red.variant_name, red.barcode) == ("Hitam, L", "8991234567890")
    assert (red.price, red.currency, red.stock) == (35000, "IDR", 48)
    assert (nameless.sku, nameless.variant_name, nameless.barcode) == (
        "KAOS-KAKI",
        "",
        "",
    )
    assert (plain.listing_id, plain.raw_status) == ("25000000019/0", "UNLIST")
    assert (plain.price, plain.stock) == (49000, 12)
    asked = parse_qs("&".join(f"{k}={v}" for k, v in transport.asked[0].params))
    assert asked["item_status"] == ["NORMAL", "UNLIST"]


def test_a_list_of_items_that_never_ends_is_left():
    page = {"item": [], "has_next_page": True, "next_offset": 0}
    transport = Scripted(get_item_list={"error": "", "response": page})
    assert list(client(transport).list_listings()) == []
    assert len(transport.asked) == 1


def test_a_lost_push_comes_as_text_or_as_an_object():
    rows = [{"data": '{"code":3}'}, {"data": {"code": 3}}, {"code": 3}]
    answer = {"push_message_list": rows, "last_message_id": 17, "has_next_page": True}
    transport = Scripted(
        get_lost_push_message={"error": "", "response": answer},
        confirm_consumed_lost_push_message={"error": ""},
    )
    made = client(transport)
    lost = made.lost_pushes()
    assert lost.bodies == ('{"code":3}', '{"code": 3}')
    assert (lost.last_id, lost.more) == ("17", True)
    made.confirm_lost_pushes(lost.last_id)
    assert transport.asked[1].body == b'{"last_message_id": 17}'

"""A Shopee order in our words, to the rupiah; and what is wrong with a broken one."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from odoo.addons.connector_marketplace.providers.schema import (
    Charge,
    ChargeKind,
    OrderStatus,
    dump,
    listing_id,
    load,
    windows,
)
from odoo.addons.connector_marketplace.providers.shopee import mapping
from odoo.addons.connector_marketplace.providers.shopee.mapping import parse_order
from odoo.addons.erp_connector_base.client.errors import UnexpectedResponseError

from .shopee import breakdown, detail


def test_an_order_has_its_plain_fields():
    order = parse_order(detail(), breakdown())
    assert (order.id, order.region, order.currency) == ("2404098R48U37H", "ID", "IDR")
    assert (order.status, order.raw_status) == (
        OrderStatus.READY_TO_SHIP,
        "READY_TO_SHIP",
    )
    assert order.created_at == datetime(2024, 4, 9, 2, 48, 5, tzinfo=UTC)
    assert order.updated_at > order.paid_at > order.created_at
    assert order.ship_by.tzinfo is UTC
    assert (order.buyer.id, order.buyer.username) == ("880000007", "budi0007")
    assert order.carrier == "Reguler (Cashless)"
    assert order.payment_method == "ShopeePay"
    assert order.message == "Tolong bubble wrap ya kak"
    assert order.dropshipper == "Toko Sinar"
    flags = (order.cod, order.fulfilled_by_platform, order.advance_fulfilment)
    assert flags == (False, False, False)


def test_lines_and_charges_explain_the_total_to_the_rupiah():
    order = parse_order(detail(), breakdown())
    assert order.total == 245650
    assert order.lines_total == 247000
    assert order.charges_total == -1350
    assert order.difference == 0
    assert order.unknown == {}


def test_lines_have_sku_quantity_and_the_price_charged():
    lines = parse_order(detail(), breakdown()).lines
    assert [(x.sku, x.quantity, x.unit_price) for x in lines] == [
        ("SKU-019", 3, 49000),
        ("SKU-030-L", 2, 33333),  # a bundle: 100000 does not divide by 3
        ("SKU-030-L", 1, 33334),
        ("GIFT", 1, 0),
    ]
    assert [x.line_id for x in lines] == [
        "2500000001900",
        "2500000003001",
        "2500000003001+1",
        "3",
    ]
    assert lines[0].original_unit_price == 54000
    assert lines[0].listing_id == "25000000019/0"
    assert lines[1].listing_id == listing_id("25000000030", "26000000302")
    assert lines[1].variant_name == "Hitam, L"


def test_discounts_are_negative_whatever_sign_they_come_with():
    charges = {c.kind: c.amount for c in parse_order(detail(), breakdown()).charges}
    assert charges == {
        ChargeKind.SHIPPING: 18000,
        ChargeKind.INSURANCE: 650,
        ChargeKind.SERVICE: 1000,
        ChargeKind.HANDLING: 2000,
        ChargeKind.SELLER_VOUCHER: -7350,
        ChargeKind.PLATFORM_VOUCHER: -10000,
        ChargeKind.COINS: -5650,
    }


def test_an_unknown_amount_that_explains_the_difference_is_another_charge():
    order = parse_order(
        detail(total_amount=Decimal("246650.0")), breakdown(moon_fee=1000, moon=True)
    )
    assert order.charges[-1] == Charge(ChargeKind.OTHER, 1000, "Moon fee", "moon_fee")
    assert (order.unknown, order.difference) == ({}, 0)


def test_a_discount_nobody_knows_is_proved_by_the_total_too():
    order = parse_order(detail(total_amount=240650), breakdown(moon_discount=5000))
    assert order.charges[-1].amount == -5000
    assert order.difference == 0


def test_of_several_unknown_amounts_those_are_taken_that_make_up_the_difference():
    order = parse_order(
        detail(total_amount=248650),
        breakdown(moon_fee=1000, star_fee=2000, sun_sum=77000),
    )
    assert {c.code: c.amount for c in order.charges[-2:]} == {
        "moon_fee": 1000,
        "star_fee": 2000,
    }
    assert (order.unknown, order.difference) == ({"sun_sum": 77000}, 0)


@pytest.mark.parametrize(
    "unknown",
    [
        {"moon_fee": 1000, "star_fee": 1000},  # which of the two?
        {"moon_fee": 999},
        {"fee_a": 3000, "fee_b": 2000, "fee_c": 1000},  # a - b, or c
        {f"fee_{n}": 10**n for n in range(7)},  # too many to be tried
    ],
)
def test_what_the_total_does_not_prove_stays_unknown(unknown):
    order = parse_order(detail(total_amount=246650), breakdown(**unknown))
    assert order.unknown == unknown
    assert order.difference == 1000


def test_an_unknown_amount_is_no_charge_where_the_total_agrees_without_it():
    order = parse_order(detail(), breakdown(moon_fee=1000))
    assert (order.unknown, order.difference) == ({"moon_fee": 1000}, 0)


@pytest.mark.parametrize("code", ["import_processing_charge", "import_of_tomorrow"])
def test_every_charge_of_an_import_is_known(code):
    order = parse_order(detail(), breakdown(**{code: 500}))
    assert [c.amount for c in order.charges if c.code == code] == [500]


def test_a_sum_of_fees_is_no_fee():
    order = parse_order(detail(), breakdown(total_tax_and_fees_amount=3000))
    assert (order.unknown, order.difference) == ({}, 0)


def test_coins_from_the_seller_are_the_sellers_and_owed_to_the_platform():
    escrow = breakdown()
    escrow["order_income"]["seller_coin_cash_back"] = 900
    order = parse_order(detail(), escrow)
    assert [(c.kind, c.amount) for c in order.charges[-2:]] == [
        (ChargeKind.SELLER_COINS, -900),
        (ChargeKind.COINS, 900),
    ]
    assert order.difference == 0


@pytest.mark.parametrize("code", [*mapping.FEES, *mapping.DISCOUNTS])
def test_every_known_amount_is_a_charge_and_none_is_unknown(code):
    order = parse_order(detail(), breakdown(**{code: Decimal("77.0")}))
    (charge,) = (c for c in order.charges if c.code == code)
    assert charge.amount == (77 if code in mapping.FEES else -77)
    assert charge.label
    assert order.unknown == {}


def test_without_a_breakdown_there_are_lines_only():
    order = parse_order(detail())
    assert order.charges == ()
    assert order.lines[1].unit_price == 35000  # the bundle at its original price
    assert order.difference == order.total - order.lines_total


def test_a_breakdown_in_another_currency_does_not_price_the_bundle():
    escrow = breakdown()
    escrow["order_income"]["items"][1]["discounted_price"] = Decimal("6.49")
    assert parse_order(detail(), escrow).lines[1].unit_price == 35000


def test_a_free_gift_costs_nothing():
    item = detail()["item_list"][2]
    order = parse_order(detail(item_list=[item]))
    assert (order.lines[0].unit_price, order.lines[0].original_unit_price) == (0, 5000)


@pytest.mark.parametrize("status", ["UNPAID", "READY_TO_SHIP"])
def test_an_unpaid_order_has_no_total(status):
    order = parse_order(
        detail(order_status=status, total_amount=0, pay_time=None, cod=False)
    )
    assert (order.total, order.difference) == (None, None)


def test_a_cod_order_has_the_total_of_the_bill_before_it_is_paid():
    raw = detail(total_amount=None, pay_time=None, cod=True)
    assert parse_order(raw, breakdown()).total == 245650


def test_an_order_paid_by_vouchers_alone_has_a_total_of_zero():
    assert parse_order(detail(total_amount=0)).total == 0


@pytest.mark.parametrize(("raw", "status"), mapping.STATUS.items())
def test_every_documented_status_is_known(raw, status):
    order = parse_order(detail(order_status=raw))
    assert (order.status, order.raw_status) == (status, raw)


def test_an_unknown_status_is_kept_as_it_came():
    order = parse_order(detail(order_status="ON_THE_MOON"))
    assert (order.status, order.raw_status) == (OrderStatus.UNKNOWN, "ON_THE_MOON")


def test_the_street_is_the_full_address_without_the_places_known_otherwise():
    address = parse_order(detail()).address
    assert address.street == "Jalan Kebon Sirih No. 12, RT 01"
    assert (address.district, address.city) == ("Menteng", "KOTA JAKARTA PUSAT")
    assert (address.state, address.zip, address.country) == (
        "DKI JAKARTA",
        "10340",
        "ID",
    )
    assert not address.masked


@pytest.mark.parametrize(
    "masked",
    [
        {"name": "B******i"},
        {"phone": "******90"},
        {"full_address": "Jl******"},
        {"city": "****"},
    ],
)
def test_a_masked_address_says_so(masked):
    place = detail()["recipient_address"] | masked
    assert parse_order(detail(recipient_address=place)).address.masked


@pytest.mark.parametrize("place", [None, {}, {"name": "", "full_address": None}])
def test_an_order_may_have_no_address(place):
    assert parse_order(detail(recipient_address=place)).address is None


def test_packages_list_what_lies_in_them():
    packages = parse_order(detail()).packages
    assert [p.number for p in packages] == ["OFG002691882518684", "OFG002691882518685"]
    assert packages[1].raw_status == "LOGISTICS_PENDING_ARRANGE"
    assert packages[0].channel_id == "8003"
    assert [(x.item_id, x.variant_id, x.quantity) for x in packages[0].lines] == [
        ("25000000019", "0", 3),
        ("25000000030", "26000000302", 3),
    ]


def test_who_fulfils_and_who_cancelled_is_told():
    order = parse_order(
        detail(
            fulfillment_flag="fulfilled_by_shopee",
            advance_package=True,
            cancel_by="buyer",
            buyer_cancel_reason="Changed my mind",
        )
    )
    assert order.fulfilled_by_platform
    assert order.advance_fulfilment
    assert (order.cancel_by, order.cancel_reason) == ("buyer", "Changed my mind")


def test_a_stored_order_reads_as_the_fresh_one():
    raw = detail()
    assert load(dump(raw)) == raw
    assert parse_order(load(dump(raw)), breakdown()) == parse_order(raw, breakdown())


def test_emoji_stay_and_nul_and_half_characters_go():
    item = detail()["item_list"][0] | {"item_name": "Kaos 🧧\0\ud800"}
    order = parse_order(detail(note="a\0b", item_list=[item]))
    assert (order.lines[0].name, order.note) == ("Kaos 🧧?", "ab")


def test_a_note_of_five_megabytes_is_cut():
    assert len(parse_order(detail(note="x" * 5_000_000)).note) == 4000


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"currency": None}, "field currency is null"),
        ({"currency": "Rp"}, "field currency is 'Rp'"),
        ({"order_status": ""}, "field order_status is ''"),
        ({"create_time": None}, "field create_time is null: a value is needed"),
        ({"update_time": "yesterday"}, "field update_time is 'yesterday'"),
        ({"update_time": -5}, "field update_time is -5"),
        ({"update_time": 10**17}, "field update_time is 100000000000000000"),
        ({"item_list": []}, "field item_list is []"),
        ({"item_list": "none"}, "field item_list is 'none': a list was expected"),
        ({"item_list": [7]}, "item_list[0] is 7: an object was expected"),
        ({"total_amount": "a lot"}, "field total_amount is 'a lot'"),
        ({"total_amount": {}}, "field total_amount is {}"),
        ({"recipient_address": "Jalan"}, "recipient_address is 'Jalan'"),
        ({"buyer_username": ["x"]}, "field buyer_username is ['x']"),
    ],
)
def test_a_broken_order_names_itself_and_the_field(changes, reason):
    with pytest.raises(UnexpectedResponseError) as caught:
        parse_order(detail(**changes), breakdown())
    assert str(caught.value).startswith("order 2404098R48U37H: ")
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"model_quantity_purchased": -1}, "is -1: a whole number of at least 1"),
        ({"model_quantity_purchased": 0}, "is 0: a whole number of at least 1"),
        ({"model_quantity_purchased": None}, "is null: a value is needed"),
        ({"model_quantity_purchased": Decimal("1.5")}, "a whole number"),
        ({"model_quantity_purchased": 10**30}, "a number was expected"),
        ({"model_quantity_purchased": True}, "a number was expected"),
        ({"model_discounted_price": -5}, "is -5: a price is not negative"),
        ({"item_id": None}, "field item_list[0].item_id is null"),
    ],
)
def test_a_broken_line_names_the_order_and_the_field(changes, reason):
    item = detail()["item_list"][0] | changes
    with pytest.raises(UnexpectedResponseError) as caught:
        parse_order(detail(item_list=[item]))
    text = str(caught.value)
    assert text.startswith("order 2404098R48U37H: field item_list[0].")
    assert reason in text


@pytest.mark.parametrize("raw", [{}, {"order_sn": None}, {"order_sn": "A" * 65}, []])
def test_a_detail_without_order_number_says_so(raw):
    with pytest.raises(UnexpectedResponseError, match=r"^order \?: "):
        parse_order(raw)


def test_windows_adjoin_and_are_not_too_wide():
    start, end = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC)
    cut = list(windows(start, end, timedelta(days=15)))
    assert [(b - a).days for a, b in cut] == [15, 15, 1]
    assert (cut[0][0], cut[-1][1]) == (start, end)
    assert [stop for _, stop in cut[:-1]] == [begin for begin, _ in cut[1:]]
    assert list(windows(end, start, timedelta(days=15))) == []

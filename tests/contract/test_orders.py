"""Orders are found, read and added up, to the rupiah."""

from datetime import UTC, datetime, timedelta

import pytest

from odoo.addons.connector_marketplace.providers.schema import (
    OrderStatus,
    dump,
    load,
    windows,
)
from odoo.addons.erp_connector_base.client.errors import (
    ConnectorError,
    RejectedError,
    TransientError,
    UnexpectedResponseError,
)


def recently():
    now = datetime.now(UTC)
    return now - timedelta(hours=1), now + timedelta(hours=1)


def listed(client, start, end, page_size=100):
    """Every order of a window, page by page."""
    ids, cursor, more = [], "", True
    while more:
        page = client.list_orders(start, end, cursor, page_size)
        assert len(page.refs) <= page_size
        ids += [ref.id for ref in page.refs]
        cursor, more = page.next_cursor, page.more
    return ids


def parsed(client, ids):
    """Orders by id, with their breakdown."""
    raw, breakdowns = client.get_orders(ids), client.get_breakdowns(ids)
    return {
        key: client.parse_order(load(dump(raw[key])), load(dump(breakdowns[key])))
        for key in ids
    }


def test_every_order_is_listed_once_over_all_pages(linked):
    ids = linked.control.place(57)
    assert sorted(listed(linked.client(), *recently(), page_size=10)) == sorted(ids)


def test_a_window_holds_the_orders_changed_in_it_and_no_others(linked):
    now = int(datetime.now(UTC).timestamp())
    day = 86400
    placed = {
        days: linked.control.place(
            1, create_time=now - days * day, update_time=now - days * day
        )[0]
        for days in (1, 20, 40)
    }
    end = datetime.fromtimestamp(now, UTC)
    client = linked.client()
    start = end - timedelta(days=30)
    found = [
        key
        for begin, stop in windows(start, end, client.max_window)
        for key in listed(client, begin, stop)
    ]
    assert found == [placed[20], placed[1]]


def test_a_window_that_is_too_wide_is_refused(linked):
    client = linked.client()
    end = datetime.now(UTC)
    with pytest.raises(RejectedError):
        client.list_orders(end - client.max_window - timedelta(days=1), end)


def test_lines_and_charges_of_every_order_add_up_to_its_total(linked):
    ids = linked.control.place(120)
    orders = parsed(linked.client(), ids)
    ledger = linked.control.orders()
    for key, order in orders.items():
        assert order.difference == 0
        assert order.total == ledger[key]["total"]
        assert order.unknown == {}
        assert order.currency == "IDR"
    assert any(charge.amount < 0 for x in orders.values() for charge in x.charges)


def test_lines_are_what_was_bought(linked):
    items = [
        {"sku": "SKU-003", "quantity": 2, "price": 24000, "original_price": 30000},
        {"sku": "SKU-048", "quantity": 1},
    ]
    (key,) = linked.control.place(1, items=items)
    lines = parsed(linked.client(), [key])[key].lines
    assert [(line.sku, line.quantity) for line in lines] == [
        ("SKU-003", 2),
        ("SKU-048", 1),
    ]
    assert (lines[0].unit_price, lines[0].original_unit_price) == (24000, 30000)
    assert len({line.listing_id for line in lines}) == 2


def test_listings_know_the_article_of_every_line(linked):
    skus = [f"SKU-{n:03d}" for n in range(1, 51)]
    (key,) = linked.control.place(1, skus=skus)
    client = linked.client()
    mapped = {x.listing_id: x.sku for page in client.list_listings() for x in page}
    lines = parsed(client, [key])[key].lines
    assert [mapped[line.listing_id] for line in lines] == skus


@pytest.mark.parametrize(
    ("verbs", "status"),
    [
        ((), OrderStatus.READY_TO_SHIP),
        (("arrange",), OrderStatus.PROCESSED),
        (("ship",), OrderStatus.SHIPPED),
        (("ship", "deliver"), OrderStatus.DELIVERED),
        (("ship", "deliver", "complete"), OrderStatus.COMPLETED),
        (("request_cancel",), OrderStatus.IN_CANCEL),
        (("cancel",), OrderStatus.CANCELLED),
    ],
)
def test_an_order_is_in_our_words_where_the_shop_says_it_is(linked, verbs, status):
    (key,) = linked.control.place(1)
    for verb in verbs:
        getattr(linked.control, verb)(key)
    client = linked.client()
    assert client.parse_order(client.get_orders([key])[key]).status is status


def test_an_unpaid_order_has_lines_but_no_total(linked):
    (key,) = linked.control.place(1, status="UNPAID")
    client = linked.client()
    order = client.parse_order(client.get_orders([key])[key])
    assert (order.status, order.total, order.paid_at) == (
        OrderStatus.UNPAID,
        None,
        None,
    )
    assert order.lines


@pytest.mark.parametrize("masked", [False, True])
def test_an_address_says_whether_it_is_masked(linked, masked):
    (key,) = linked.control.place(1, masked=masked)
    client = linked.client()
    assert client.parse_order(client.get_orders([key])[key]).address.masked is masked


def test_an_unknown_order_fails_alone(linked):
    (key,) = linked.control.place(1)
    found = linked.client().get_orders([key, "NOSUCHORDER", "NEITHER"])
    assert not isinstance(found[key], ConnectorError)
    assert isinstance(found["NOSUCHORDER"], TransientError)
    assert "NEITHER" in str(found["NEITHER"])
    alone = linked.client().get_orders(["NOSUCHORDER"])
    assert isinstance(alone["NOSUCHORDER"], TransientError)


def test_an_order_of_another_shop_is_unknown(linked):
    (key,) = linked.control.place(1, shop_id=700002)
    assert isinstance(linked.client().get_orders([key])[key], TransientError)


#: Poison to the error expected, of fetching it or of parsing it; None: it is readable.
POISON = {
    "currency": None,  # three letters; whether the company has it is Odoo's question
    "emoji": None,
    "nul": None,
    "huge": None,
    "total_mismatch": None,
    "unknown_status": None,
    "negative_quantity": UnexpectedResponseError,
    "no_items": UnexpectedResponseError,
    "wrong_types": UnexpectedResponseError,
    "empty": UnexpectedResponseError,
    "missing": TransientError,
    "invalid_json": TransientError,
}


@pytest.mark.parametrize(("poison", "error"), POISON.items())
def test_one_poisoned_order_leaves_its_ninety_nine_neighbours_alone(
    linked, poison, error
):
    good = linked.control.place(99)
    (bad,) = linked.control.place(1, poison=poison)
    client = linked.client()
    found = client.get_orders([*good[:50], bad, *good[50:]])
    assert [client.parse_order(found[key]).id for key in good] == good
    problem = reading(client, found[bad])
    if error is None:
        assert problem is None
    else:
        assert isinstance(problem, error)
        assert str(problem).startswith(f"order {bad}: ")
        assert len(str(problem)) < 500


def reading(client, found):
    """The error of an order, or None; a readable one can be stored."""
    if isinstance(found, ConnectorError):
        return found
    try:
        order = client.parse_order(found)
    except ConnectorError as error:
        return error
    texts = f"{order.note}{order.message}{order.buyer}{order.address}{order.lines}"
    assert "\0" not in texts
    assert len(texts) < 20_000
    assert load(dump(found)) == found
    return None


def test_a_total_that_does_not_add_up_says_by_how_much(linked):
    (key,) = linked.control.place(1, poison="total_mismatch")
    assert parsed(linked.client(), [key])[key].difference == 1


def test_a_nameless_detail_is_not_held_against_an_order_not_shown_yet(linked):
    healthy = linked.control.place(3)
    (nameless,) = linked.control.place(1, poison="empty")
    (late,) = linked.control.place(1, poison="missing")
    found = linked.client().get_orders([*healthy, nameless, late])
    assert isinstance(found[nameless], UnexpectedResponseError)
    assert isinstance(found[late], TransientError)
    assert all(found[order]["order_sn"] == order for order in healthy)

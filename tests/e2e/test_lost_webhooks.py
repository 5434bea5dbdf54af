"""Webhooks that never came, and webhooks that nobody may send."""

import time

import pytest
import requests

from tests.simulators.shopee.signature import sign_push

from .waiting import until
from .world import World

HOUR = 3600


def test_an_hour_without_webhooks_is_healed_by_the_poll(world: World) -> None:
    now = int(time.time())
    world.shop.fault("push_drop", silent=True)
    for minutes in range(60, 0, -4):
        then = now - minutes * 60
        world.shop.place(2, create_time=then, update_time=then)
    world.sql(
        "UPDATE erp_connector_backend SET poll_cursor = "
        "(now() AT TIME ZONE 'UTC') - interval '61 minutes'"
    )

    world.poll()

    world.assert_books_agree()
    assert len(world.sales(list(world.shop.orders()))) == 30


def test_a_poll_that_breaks_off_goes_on_where_it_stopped(world: World) -> None:
    world.shop.place(130, notify=False)
    world.shop.fault("status", path="*/get_order_list", status=502, after=1, count=2)

    world.poll()

    world.assert_books_agree(push=True)


@pytest.mark.parametrize(
    "forgery", ["wrong_key", "missing", "empty", "upper", "prefixed", "garbage"]
)
def test_a_forged_webhook_gets_an_empty_401_and_leaves_no_message(
    world: World, forgery: str
) -> None:
    (placed,) = world.shop.place(1, notify=False)
    before = world.count_messages()

    assert world.shop.push(placed, forged=forgery) == [401]

    assert world.count_messages() == before
    assert not world.sales([placed])


def test_an_unknown_address_answers_like_a_forgery(world: World) -> None:
    known = world.backend("webhook_url")
    unknown = known.rpartition("/")[0] + "/nobody-knows-this"
    answers = [
        requests.post(url, data=b'{"code":3}', timeout=5) for url in (known, unknown)
    ]

    told = {(a.status_code, a.content, a.headers["Content-Type"]) for a in answers}
    assert len(told) == 1
    assert told.pop()[:2] == (401, b"")


def test_a_body_above_the_limit_is_refused_unread(world: World) -> None:
    url = world.backend("webhook_url")
    body = b'{"code":3,"data":"' + b"x" * 3_000_000 + b'"}'
    key = world.shop.config()["partner_key"]
    before = world.count_messages()

    answer = requests.post(
        url, data=body, headers={"Authorization": sign_push(key, url, body)}, timeout=10
    )

    assert (answer.status_code, answer.content) == (413, b"")
    assert world.count_messages() == before


def test_a_signed_body_nobody_can_read_stays_visible_with_its_reason(
    world: World,
) -> None:
    (placed,) = world.shop.place(1, notify=False)
    before = world.count_messages()

    for body in ("not json", "[]", '{"code":3}', ""):
        assert world.shop.push(placed, body=body) == [200]

    assert world.count_messages() == before + 4
    world.wait_done("")
    rows = world.sql(
        "SELECT state, error FROM erp_connector_message "
        "WHERE topic = 'webhook.unreadable' AND state <> 'ignored'"
    )
    assert [(state, bool(error)) for state, error in rows] == [("dead", True)] * 4


def test_a_webhook_behind_a_lock_answers_503_in_time_and_is_sent_again(
    world: World,
) -> None:
    world.shop.config(retry_scale=0.005)
    with world.held("LOCK TABLE erp_connector_message IN EXCLUSIVE MODE"):
        (placed,) = world.shop.place(1)
        first = until(lambda: world.shop.pushes()[0]["attempts"], hope="an answer")[0]
        assert first["status"] == 503
        assert first["seconds"] < 3, "the platform waits no longer"
    world.assert_books_agree()
    assert len(world.sales([placed])) == 1

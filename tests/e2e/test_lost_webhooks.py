"""Webhooks that never came, and webhooks that nobody may send."""

import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

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
        requests.post(url, data=b'{"code":3}', timeout=60) for url in (known, unknown)
    ]

    told = {(a.status_code, a.content, a.headers["Content-Type"]) for a in answers}
    assert len(told) == 1
    assert told.pop()[:2] == (401, b"")


def test_a_body_above_the_limit_is_refused_unread(world: World) -> None:
    url = world.backend("webhook_url")
    body = b'{"code":3,"data":"' + b"x" * 3_000_000 + b'"}'
    key = world.shop.config()["partner_key"]
    before = world.count_messages()

    signature = sign_push(key, url, body)
    assert announce(url, len(body), signature) == (413, b"")
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
    world.shop.config(push_timeout=3)  # the platform waits no longer
    with world.held("LOCK TABLE erp_connector_message IN EXCLUSIVE MODE"):
        (placed,) = world.shop.place(1)
        until(lambda: 503 in answers(world), hope="an answer")
        assert 200 not in answers(world)
    world.assert_books_agree()
    assert len(world.sales([placed])) == 1


def answers(world: World) -> list[int | str]:
    """What the platform heard for its webhooks: each is sent until it is taken."""
    return [a["status"] for push in world.shop.pushes() for a in push["attempts"]]


def announce(url: str, length: int, signature: str) -> tuple[int, bytes]:
    """The answer to a webhook of which only the head has come."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.netloc, timeout=60)
    try:
        connection.putrequest("POST", parts.path)
        connection.putheader("Content-Length", str(length))
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Authorization", signature)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()

"""Whatever the platform answers, nothing is lost and nothing comes twice."""

import pytest

from .world import World

ORDERS = "/api/v2/order/*"
MONEY = "/api/v2/payment/*"

FAULTS = {
    "429 without Retry-After": ("too_many", {}),
    "429 with Retry-After": ("too_many", {"retry_after": 1}),
    "rate limit in the body": ("rate_limit", {}),
    "500": ("status", {"status": 500}),
    "503 with Retry-After": ("status", {"status": 503, "retry_after": 1}),
    "502 after the effect": ("status_after", {"status": 502}),
    "cut before": ("cut_before", {}),
    "cut after": ("cut_after", {"reset": True}),
    "HTML instead of JSON": ("html", {}),
    "half of the JSON": ("invalid_json", {}),
    "nothing at all": ("empty", {}),
    "an error of theirs": ("api_error", {"code": "error_server", "message": "Oops."}),
}


@pytest.mark.parametrize("path", [ORDERS, MONEY], ids=["orders", "money"])
@pytest.mark.parametrize("fault", FAULTS)
def test_orders_come_through_when_the_platform_fails_for_a_while(
    world: World, fault: str, path: str
) -> None:
    kind, options = FAULTS[fault]
    world.shop.fault(kind, path=path, count=4, **options)
    placed = world.shop.place(4)

    world.assert_books_agree(push=True)

    assert {m["state"] for m in world.messages(*placed)} == {"done"}


def test_while_the_platform_is_down_messages_wait_and_say_why(world: World) -> None:
    world.shop.fault("status", path=ORDERS, status=503)
    placed = world.shop.place(3)
    world.wait_state("retry", *placed)

    for message in world.messages(*placed):
        assert "503" in message["error"]
        assert message["attempts"] >= 1
    assert not world.sales(placed)

    world.shop.clear_faults()
    world.assert_books_agree(push=True)


def test_a_platform_that_asks_for_patience_is_not_called_before(world: World) -> None:
    world.shop.fault("too_many", path=ORDERS, retry_after=120, count=1)
    (placed,) = world.shop.place(1)
    world.wait_state("retry", placed)

    (row,) = world.sql(
        "SELECT next_attempt_at - write_date > interval '110 seconds' "
        "FROM erp_connector_message WHERE business_key = %s",
        placed,
    )
    assert row[0]
    for worker in world.stack.cron_worker_pids():
        world.kill(worker)  # they would keep their patience into the next test

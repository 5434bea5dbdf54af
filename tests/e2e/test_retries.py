"""A retry happens when it says, when nothing else happens on the whole system."""

from collections.abc import Iterator

import pytest

from .waiting import until
from .world import World

#: Neither their minute nor the watchdog wakes the lanes: only who wakes them in time.
LATER = """
    UPDATE ir_cron SET nextcall = (now() AT TIME ZONE 'UTC') + %s * interval '1 day'
     WHERE id IN (SELECT res_id FROM ir_model_data
                   WHERE model = 'ir.cron' AND module LIKE '%%connector%%')
"""


@pytest.fixture
def idle(world: World) -> Iterator[World]:
    """Nobody asks for the health either; lanes have gone to sleep."""
    until(lambda: not world.sql(RUNNING)[0][0], hope="the lanes are asleep")
    world.sql(LATER, 1)
    yield world
    world.sql(LATER, 0)


RUNNING = "SELECT count(*) FROM ir_cron_trigger"


def test_a_retry_happens_without_anybody_who_looks(idle: World) -> None:
    idle.shop.fault("status", path="/api/v2/order/*", status=500, count=1)
    (placed,) = idle.shop.place(1)
    until(
        lambda: [m["state"] for m in idle.messages(placed)] == ["done"],
        hope="it is tried again",
    )
    (message,) = idle.messages(placed)
    assert message["attempts"] == 2

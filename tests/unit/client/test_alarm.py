"""The alarm rings once, at the earliest moment that was wished for."""

import queue
import time

import pytest

from odoo.addons.erp_connector_base.tools.alarm import FARTHEST, Alarm

PATIENCE = 20


@pytest.fixture
def rung():
    return queue.Queue()


@pytest.fixture
def alarm(rung):
    return Alarm(lambda database, lane: rung.put((database, lane)))


def test_it_rings_when_it_is_time(alarm, rung):
    alarm.set("db", "fast", 0.05)
    assert rung.get(timeout=PATIENCE) == ("db", "fast")


def test_an_earlier_wish_is_not_put_off_by_a_later_one(alarm, rung):
    alarm.set("db", "fast", 0.05)
    alarm.set("db", "fast", 3000)
    assert rung.get(timeout=PATIENCE) == ("db", "fast")


def test_a_later_wish_is_brought_forward(alarm, rung):
    alarm.set("db", "fast", 3000)
    alarm.set("db", "fast", 0.05)
    assert rung.get(timeout=PATIENCE) == ("db", "fast")


def test_each_lane_of_each_database_has_its_own(alarm, rung):
    wishes = {("one", "fast"), ("one", "bulk"), ("two", "fast")}
    for database, lane in wishes:
        alarm.set(database, lane, 0.01)
    assert {rung.get(timeout=PATIENCE) for _wish in wishes} == wishes


def test_it_rings_on_after_one_that_failed(rung):
    def ring(database, lane):
        rung.put((database, lane))
        raise ZeroDivisionError

    alarm = Alarm(ring)
    for lane in ("fast", "bulk"):
        alarm.set("db", lane, 0)
        assert rung.get(timeout=PATIENCE) == ("db", lane)


def test_what_is_far_away_is_left_to_the_minute(alarm, rung):
    alarm.set("db", "fast", FARTHEST + 1)
    time.sleep(0.1)
    assert rung.empty()

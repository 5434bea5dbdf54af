"""Calls per second, with a clock and a sleep of its own."""

import threading

import pytest

from odoo.addons.erp_connector_base.client.errors import TransientError
from odoo.addons.erp_connector_base.client.throttle import Throttle, ThrottledTransport
from odoo.addons.erp_connector_base.client.transport import Request, Response


class Time:
    def __init__(self):
        self.now = 1000.0
        self.slept = []

    def clock(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(round(seconds, 6))
        self.now += seconds


@pytest.fixture
def moment():
    return Time()


@pytest.fixture
def throttle(moment):
    return Throttle(moment.clock, moment.sleep)


def test_calls_are_spaced_evenly(throttle, moment):
    for _ in range(4):
        throttle.wait("shop", 10)
    assert moment.slept == [0.1, 0.1, 0.1]


def test_a_burst_may_come_at_once_and_is_paid_back(throttle, moment):
    for _ in range(5):
        throttle.wait("shop", 10, burst=3)
    assert moment.slept == [0.1, 0.1]


def test_a_rest_does_not_save_up_more_than_the_burst(throttle, moment):
    throttle.wait("shop", 10, burst=2)
    moment.now += 60
    for _ in range(4):
        throttle.wait("shop", 10, burst=2)
    assert moment.slept == [0.1, 0.1]


def test_one_key_does_not_wait_for_another(throttle, moment):
    throttle.wait("shop", 1)
    throttle.wait("other", 1)
    assert moment.slept == []


def test_zero_means_no_limit(throttle, moment):
    for _ in range(100):
        throttle.wait("shop", 0)
    assert moment.slept == []


def test_a_wait_that_is_too_long_is_refused_and_takes_no_turn(throttle, moment):
    throttle.pause("shop", 100)
    with pytest.raises(TransientError) as caught:
        throttle.wait("shop", 10)
    assert caught.value.retry_after == pytest.approx(100)
    moment.now += 100
    throttle.wait("shop", 10)
    assert moment.slept == []


def test_threads_share_one_rate(moment):
    turns, lock = [], threading.Lock()

    def keep(seconds):
        with lock:
            turns.append(round(seconds, 6))

    throttle = Throttle(moment.clock, keep)
    threads = [
        threading.Thread(target=throttle.wait, args=("shop", 10)) for _ in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(turns) == [round(n / 10, 6) for n in range(1, 20)]


class Refusing:
    """Answers every call with 429 and so many seconds to wait."""

    def __init__(self, seconds):
        self.headers = {"retry-after": str(seconds)}
        self.calls = 0

    def send(self, request):
        self.calls += 1
        return Response(429, self.headers)


def test_too_many_calls_pause_the_whole_key(throttle, moment):
    transport = ThrottledTransport(Refusing(4), "shop", 10, throttle=throttle)
    transport.send(Request("GET", "http://host/"))
    transport.send(Request("GET", "http://host/"))
    assert moment.slept == [4]


def test_a_long_pause_is_not_slept_through_but_handed_on(throttle, moment):
    platform = Refusing(30)
    transport = ThrottledTransport(platform, "shop", 10, throttle=throttle)
    transport.send(Request("GET", "http://host/"))
    with pytest.raises(TransientError) as caught:
        transport.send(Request("GET", "http://host/"))
    assert caught.value.retry_after == pytest.approx(30)
    assert moment.slept == []
    assert platform.calls == 1

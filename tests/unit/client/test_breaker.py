"""An account whose platform does not answer: when it is paused, who may ask."""

import threading

import pytest

from odoo.addons.erp_connector_base.client.breaker import (
    AFTER,
    PROMPT,
    Breaker,
    GuardedTransport,
)
from odoo.addons.erp_connector_base.client.errors import (
    PausedError,
    TransientError,
    UncertainError,
)
from odoo.addons.erp_connector_base.client.transport import Request, Response

REQUEST = Request("GET", "https://platform.invalid/orders")


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


class Line:
    """A transport that answers as it is told."""

    def __init__(self, clock):
        self.clock, self.sent, self.error = clock, 0, None

    def send(self, _request):
        self.sent += 1
        self.clock.now += 1
        if self.error:
            raise self.error
        return Response(200)


def silence(kind=TransientError):
    error = kind("no answer in time")
    error.unanswered = True
    return error


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def line(clock):
    return Line(clock)


@pytest.fixture
def guarded(line, clock):
    return GuardedTransport(line, Breaker(clock))


def fail(guarded, times, kind=TransientError):
    guarded.inner.error = silence(kind)
    for _time in range(times):
        with pytest.raises(kind):
            guarded.send(REQUEST)


@pytest.mark.parametrize("kind", [TransientError, UncertainError])
def test_after_some_calls_without_an_answer_nobody_is_called(guarded, line, kind):
    fail(guarded, AFTER, kind)
    with pytest.raises(PausedError, match="not called"):
        guarded.send(REQUEST)
    assert line.sent == AFTER


def test_an_answer_in_between_forgets_what_was(guarded, line):
    fail(guarded, AFTER - 1)
    line.error = None
    guarded.send(REQUEST)
    fail(guarded, AFTER - 1)
    assert guarded.breaker.failures == AFTER - 1


@pytest.mark.parametrize(
    "error", [TransientError("HTTP 503"), TransientError("too many calls")]
)
def test_an_answer_that_is_an_error_is_an_answer_of_somebody(guarded, line, error):
    line.error = error
    for _time in range(2 * AFTER):
        with pytest.raises(TransientError):
            guarded.send(REQUEST)
    assert line.sent == 2 * AFTER
    assert guarded.breaker.failures == 0


def test_after_its_pause_one_call_asks_and_an_answer_opens_the_way(
    guarded, line, clock
):
    fail(guarded, AFTER)
    clock.now += 6
    line.error = None
    guarded.send(REQUEST)
    guarded.send(REQUEST)
    assert guarded.breaker.failures == 0


def test_a_question_without_an_answer_makes_the_pause_longer(guarded, line, clock):
    fail(guarded, AFTER)
    clock.now += 6
    fail(guarded, 1)
    clock.now += 6
    with pytest.raises(PausedError) as caught:
        guarded.send(REQUEST)
    assert 1 <= caught.value.retry_after <= 4
    assert line.sent == AFTER + 1


def test_while_one_asks_the_others_wait(guarded, clock):
    fail(guarded, AFTER)
    clock.now += 6
    guarded.breaker.begin("GET x")
    with pytest.raises(PausedError):
        guarded.send(REQUEST)


def test_calls_that_travel_together_are_one_silence(clock):
    breaker = Breaker(clock)
    begun = [breaker.begin("GET x") for _call in range(8)]
    clock.now += 30
    for moment in begun:
        breaker.silent(moment, "no answer in time")
    assert breaker.failures == 1


def test_a_bug_in_the_call_leaves_the_way_open(guarded, line, clock):
    fail(guarded, AFTER)
    clock.now += 6
    line.error = ZeroDivisionError()
    with pytest.raises(ZeroDivisionError):
        guarded.send(REQUEST)
    line.error = None
    guarded.send(REQUEST)


def test_prompt_is_who_has_answered_lately(guarded, clock):
    assert not guarded.breaker.is_prompt()
    guarded.send(REQUEST)
    assert guarded.breaker.is_prompt()
    clock.now += PROMPT
    assert not guarded.breaker.is_prompt()


def test_threads_share_one_count():
    breaker = Breaker()
    start = threading.Barrier(4)

    def work():
        start.wait()
        for _call in range(500):
            breaker.answered()

    threads = [threading.Thread(target=work) for _n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert breaker.known().answers == 2000

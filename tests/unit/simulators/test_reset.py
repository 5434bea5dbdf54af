"""A reset leaves nothing behind that could reach whoever comes next."""

import threading
from dataclasses import dataclass, field

import pytest
from werkzeug.wrappers import Request, Response

from tests.simulators.server import running


@dataclass
class Slow:
    """Takes webhooks in, and answers when it is let go."""

    came: threading.Event = field(default_factory=threading.Event)
    go: threading.Event = field(default_factory=threading.Event)
    begun: int = 0
    ended: int = 0

    def __call__(self, environ, start_response):
        Request(environ).get_data()
        self.begun += 1
        self.came.set()
        self.go.wait(60)
        self.ended += 1
        return Response(b"", 200)(environ, start_response)


@pytest.fixture
def slow(shop):
    receiver = Slow()
    with running(receiver) as server:
        shop.config(callback_url=server.url, push_timeout=60)
        yield receiver
        receiver.go.set()


def test_what_was_under_way_has_arrived_when_a_reset_ends(shop, slow):
    shop.place()
    assert slow.came.wait(60)
    threading.Timer(0.2, slow.go.set).start()
    shop.reset()
    assert slow.ended == 1


def test_webhooks_let_go_one_by_one_stop_at_a_reset(shop, slow):
    shop.fault("push_reorder", group=5)
    shop.place(5)
    assert slow.came.wait(60)
    reset = threading.Thread(target=shop.reset)
    reset.start()
    while shop.ledger("pushes"):
        assert reset.is_alive()
    slow.go.set()
    reset.join()
    assert slow.begun == slow.ended == 1

"""Several calls at the same time, each with its own answer or error."""

import threading

from odoo.addons.erp_connector_base.client.errors import TransientError
from odoo.addons.erp_connector_base.client.parallel import side_by_side


def test_every_call_has_its_own_answer_or_error():
    def refuse():
        raise TransientError("busy")

    answers = side_by_side({1: lambda: "one", 2: refuse, 3: lambda: "three"})
    assert (answers[1], answers[3]) == ("one", "three")
    assert isinstance(answers[2], TransientError)


def test_calls_run_at_the_same_time():
    together = threading.Barrier(4, timeout=60)
    answers = side_by_side(dict.fromkeys(range(4), together.wait), at_once=4)
    assert sorted(answers.values()) == [0, 1, 2, 3]


def test_no_more_than_so_many_run_at_once():
    running, most, lock = [0], [0], threading.Lock()
    together = threading.Barrier(3, timeout=60)

    def call():
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        together.wait()
        with lock:
            running[0] -= 1

    side_by_side(dict.fromkeys(range(9), call), at_once=3)
    assert most[0] == 3


def test_nothing_to_do_is_no_error():
    assert side_by_side({}) == {}

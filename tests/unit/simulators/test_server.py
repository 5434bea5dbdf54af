"""The server under the simulators."""

import socket
import threading
import time

import requests

from tests.simulators.gateway_control import XenditControl
from tests.simulators.registry import build
from tests.simulators.server import running


def test_health_names_the_simulators(server):
    answer = requests.get(f"{server.url}/health", timeout=60)
    names = ["midtrans", "peer", "shopee", "xendit"]
    assert answer.json() == {"status": "ok", "simulators": names}


def test_one_connection_carries_many_calls(server):
    with socket.create_connection(server.server_address, 5) as connection:
        reader = connection.makefile("rb")
        for _ in range(3):
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
            assert reader.readline() == b"HTTP/1.1 200 OK\r\n"
            length = 0
            while (line := reader.readline()) != b"\r\n":
                if line.lower().startswith(b"content-length"):
                    length = int(line.split(b":")[1])
            assert b"ok" in reader.read(length)


def test_a_client_that_wants_it_gets_its_connection_closed(server):
    with socket.create_connection(server.server_address, 5) as connection:
        connection.sendall(b"GET /health HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert connection.makefile("rb").read().endswith(b"}")


def test_an_unknown_prefix_is_not_found(server):
    assert requests.get(f"{server.url}/elsewhere", timeout=60).status_code == 404


def test_the_front_page_links_to_each_control_page(server):
    assert "/shopee/_control" in requests.get(server.url, timeout=60).text


def test_many_clients_place_orders_at_once_and_none_is_lost(server, shop):
    threads = [threading.Thread(target=shop.place, args=(10,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shop.orders()) == 80


def test_a_server_that_is_closed_leaves_no_thread_behind():
    before = set(threading.enumerate())
    with running(build(seed=1)) as server, requests.Session() as session:
        control = XenditControl(server.url)
        control.config(callback_url=f"{server.url}/nobody", push_retry_delays=[])
        va = control.make_va(bank="BCA", kind="closed", amount=50_000)
        control.pay(reference=va["reference"])
        control.wait_pushes()
        session.get(f"{server.url}/health", timeout=60)
        assert set(threading.enumerate()) - before
    deadline = time.monotonic() + 60
    while set(threading.enumerate()) - before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert set(threading.enumerate()) - before == set()

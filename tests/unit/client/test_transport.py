"""HTTP over real sockets: what comes back, what an error says, what is journaled."""

import socket
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from werkzeug.wrappers import Request as Asked
from werkzeug.wrappers import Response as Answer

from odoo.addons.erp_connector_base.client import transport as http
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    ConnectorError,
    RejectedError,
    TransientError,
    UncertainError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.transport import (
    HttpTransport,
    JournalTransport,
    Request,
    Response,
    check_status,
    retry_after,
)

from tests.simulators.server import ConnectionCut, running

SECRET = (("access_token", "geheim4711"), ("sign", "ab12cd34"))


@Asked.application
def service(request):
    return PATHS[request.path](request)


def _cut(request):
    raise ConnectionCut


def _reset(request):
    raise ConnectionCut(reset=True)


def _slow(request):
    time.sleep(0.6)
    return Answer("late")


def _cookie(request):
    answer = Answer(request.headers.get("Cookie", "none"))
    answer.set_cookie("session", "a")
    return answer


PATHS = {
    "/echo": lambda r: Answer(f"{r.method} {r.query_string.decode()} {r.data!r}"),
    "/cut": _cut,
    "/reset": _reset,
    "/slow": _slow,
    "/cookie": _cookie,
    "/json": lambda r: Answer('{"amount": 0.10}', mimetype="application/json"),
    "/away": lambda r: Answer(status=302, headers={"Location": "http://evil.test/x"}),
    "/big": lambda r: Answer(b"x" * 300_000),
}


@pytest.fixture(scope="module")
def url():
    with running(service) as server:
        yield server.url


@pytest.fixture
def transport():
    return HttpTransport(max_bytes=200_000)


def test_an_answer_comes_back_with_status_headers_body_and_time(url, transport):
    answer = transport.send(Request("GET", f"{url}/json"))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"amount": Decimal("0.10")}
    assert 0 < answer.elapsed < 5


def test_parameters_keep_their_order_and_the_body_its_bytes(url, transport):
    params = (("b", "1"), ("a", "x y"), ("a", "2"))
    answer = transport.send(Request("POST", f"{url}/echo", params, body=b"\x00raw"))
    assert answer.body == rb"POST b=1&a=x+y&a=2 b'\x00raw'"


@pytest.mark.parametrize("path", ["/cut", "/reset"])
def test_a_cut_connection_may_be_repeated_only_when_idempotent(url, transport, path):
    with pytest.raises(TransientError, match="the connection was cut"):
        transport.send(Request("GET", url + path, SECRET))
    with pytest.raises(UncertainError, match="may have taken effect"):
        transport.send(Request("POST", url + path, SECRET, idempotent=False))


def test_a_late_answer_may_be_repeated_only_when_idempotent(url, transport):
    with pytest.raises(TransientError, match="no answer in time"):
        transport.send(Request("GET", f"{url}/slow", timeout=(1, 0.1)))
    with pytest.raises(UncertainError, match="no answer in time"):
        transport.send(
            Request("POST", f"{url}/slow", timeout=(1, 0.1), idempotent=False)
        )


def test_a_refused_connection_never_arrived(transport):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        request = Request("POST", f"http://127.0.0.1:{port}/x", idempotent=False)
        with pytest.raises(TransientError, match="refused"):
            transport.send(request)


def test_an_unknown_host_never_arrived(transport):
    request = Request("POST", "http://no-such-host.invalid/x", idempotent=False)
    with pytest.raises(TransientError):
        transport.send(request)


def test_only_silence_counts_as_no_answer(transport):
    with pytest.raises(TransientError) as refused:
        transport.send(Request("GET", "http://127.0.0.1:9/"))
    assert refused.value.unanswered
    with pytest.raises(ConnectorError) as unusable:
        transport.send(Request("GET", "nonsense"))
    assert not unusable.value.unanswered
    assert not TransientError("HTTP 503").unanswered


@pytest.mark.parametrize("bad", ["no scheme", "ftp://host/x", "http://"])
def test_a_bad_address_is_not_retried(transport, bad):
    with pytest.raises(RejectedError, match="not valid"):
        transport.send(Request("GET", bad))


@pytest.mark.parametrize("path", ["/cut", "/slow"])
def test_no_error_text_and_no_repr_holds_a_secret(url, transport, path):
    request = Request(
        "GET",
        url + path,
        SECRET,
        {"Authorization": "Bearer geheim4711"},
        b"geheim4711",
        timeout=(1, 0.1),
    )
    with pytest.raises(TransientError) as caught:
        transport.send(request)
    shown = f"{caught.value} {caught.value!r} {request!r}"
    assert "geheim4711" not in shown
    assert "ab12cd34" not in shown
    assert path in shown
    assert caught.value.__suppress_context__


def test_a_redirect_is_not_followed(url, transport):
    answer = transport.send(Request("GET", f"{url}/away"))
    assert answer.status == 302
    with pytest.raises(UnexpectedResponseError, match="evil.test"):
        check_status(answer)


def test_no_cookie_is_kept(url, transport):
    transport.send(Request("GET", f"{url}/cookie"))
    assert transport.send(Request("GET", f"{url}/cookie")).body == b"none"


def test_an_answer_that_is_too_big_is_not_read_to_its_end(url, transport):
    with pytest.raises(UnexpectedResponseError, match="200000 bytes"):
        transport.send(Request("GET", f"{url}/big"))


def test_a_proxy_of_the_environment_is_not_used_for_this_machine(
    url, transport, monkeypatch
):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    http._proxies.cache_clear()
    assert transport.send(Request("GET", f"{url}/json")).status == 200
    assert http.proxies("http://shop.test/x")["http"] == "http://127.0.0.1:9"
    assert http.proxies("http://localhost:1/x") == {}
    assert http.proxies("http://[::1]:1/x") == {}
    http._proxies.cache_clear()


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AuthenticationError),
        (403, RejectedError),
        (404, RejectedError),
        (408, TransientError),
        (429, TransientError),
        (500, TransientError),
        (503, TransientError),
    ],
)
def test_a_status_means_an_error(status, error):
    with pytest.raises(error, match=f"^GET host/x: HTTP {status}"):
        check_status(Response(status, {"retry-after": "9"}), "GET host/x")


@pytest.mark.parametrize("status", [429, 503])
def test_the_waiting_time_asked_for_is_passed_on(status):
    with pytest.raises(TransientError) as caught:
        check_status(Response(status, {"retry-after": "9"}))
    assert caught.value.retry_after == 9
    with pytest.raises(TransientError) as caught:
        check_status(Response(status))
    assert caught.value.retry_after is None


def test_a_waiting_time_may_be_a_date():
    now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    assert retry_after("Thu, 01 Jan 2026 12:00:30 GMT", now) == 30
    assert retry_after("Thu, 01 Jan 2026 11:00:00 GMT", now) == 0
    assert retry_after("", now) is None


def test_what_is_not_json_is_unexpected_and_shown_without_secrets():
    page = b'<html>Sorry {"access_token":"geheim4711"} budi@mail.id</html>'
    with pytest.raises(UnexpectedResponseError, match="<html>Sorry") as caught:
        Response(200, body=page).json()
    assert "geheim4711" not in f"{caught.value}{caught.value.payload}"
    assert "budi@" not in f"{caught.value}{caught.value.payload}"


def test_a_call_is_journaled_redacted_and_short(url, transport):
    records = []
    journal = JournalTransport(transport, records.append)
    params = (*SECRET, ("cursor", "c7"))
    body = b'{"refresh_token":"geheim4711","shop_id":7}'
    journal.send(Request("POST", f"{url}/echo", params, body=body))
    (record,) = records
    assert (record.method, record.path, record.status) == ("POST", "/echo", 200)
    assert record.error == ""
    assert "cursor=c7" in record.request_excerpt
    assert '"shop_id": 7' in record.request_excerpt
    assert "geheim4711" not in f"{record}"
    assert "ab12cd34" not in f"{record}"


def test_a_failed_call_is_journaled_too(url, transport):
    records = []
    with pytest.raises(TransientError):
        JournalTransport(transport, records.append).send(Request("GET", f"{url}/cut"))
    assert records[0].status is None
    assert records[0].error.startswith("TransientError: GET 127.0.0.1")


def test_a_long_answer_is_journaled_by_its_start(url):
    records = []
    JournalTransport(HttpTransport(), records.append).send(Request("GET", f"{url}/big"))
    assert len(records[0].response_excerpt) < 2100
    assert "(300000 in all)" in records[0].response_excerpt

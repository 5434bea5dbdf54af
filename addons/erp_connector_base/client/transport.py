"""HTTP for every client: what a request and a response are, and how they travel.

The only module of the suite that imports `requests`.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from ipaddress import ip_address
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from . import exact_json
from .errors import (
    AuthenticationError,
    ConnectorError,
    RejectedError,
    TransientError,
    UncertainError,
    UnexpectedResponseError,
)
from .redact import redact, redact_text

MAX_BYTES = 32 * 1024 * 1024
EXCERPT = 2048
_CHUNK = 256 * 1024


@dataclass(frozen=True)
class Request:
    """One HTTP request. `url` has no query: that is `params`, in the order given.

    `timeout` is seconds, or (to connect, between two bytes). `idempotent`: sending it
    twice does what sending it once does. Its `repr` shows no secret.
    """

    method: str
    url: str
    params: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    timeout: float | tuple[float, float] = (5, 30)
    idempotent: bool = True

    @property
    def place(self) -> str:
        """Method, host and path: all that an error text may say of a request."""
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        return f"{self.method} {host}{parts.path}"


@dataclass(frozen=True)
class Response:
    """One HTTP response; `headers` have lower-case names, `elapsed` is seconds."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    elapsed: float = 0.0

    def json(self) -> Any:
        """The parsed body, fractions as Decimal; else UnexpectedResponseError."""
        try:
            return exact_json.load(self.body)
        except ValueError:
            message = f"HTTP {self.status}, not JSON but: {self.excerpt(200)!r}"
            raise UnexpectedResponseError(message, self.excerpt()) from None

    def excerpt(self, limit: int = EXCERPT) -> str:
        """The start of the body as text, without secrets and personal data."""
        return redact_text(self.body, limit)

    @property
    def is_page(self) -> bool:
        """Whether it is a web page: a gateway speaks, or a maintenance notice."""
        kind = self.headers.get("content-type", "")
        start = self.body[:256].lstrip()[:5].lower()
        return "text/html" in kind or start in (b"<html", b"<!doc")

    @property
    def retry_after(self) -> float | None:
        """Seconds that the header Retry-After asks for (a number or an HTTP date)."""
        return retry_after(self.headers.get("retry-after", ""))


class Transport(Protocol):
    """Whatever brings a request to the other side."""

    def send(self, request: Request) -> Response:
        """Any HTTP answer is a Response; no answer is a ConnectorError."""
        ...


class HttpTransport:
    """Real HTTP on pooled connections; one instance serves many accounts and threads.

    Follows no redirect, keeps no cookie, reads no .netrc, checks TLS certificates.
    """

    def __init__(self, pool: int = 10, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=pool))

    def send(self, request: Request) -> Response:
        """Send it once. Raises TransientError when it cannot have arrived or may be
        repeated, UncertainError when it may have arrived and must not be repeated.
        """
        start = time.perf_counter()
        try:
            answer = self._session.request(
                request.method,
                request.url,
                params=request.params,
                headers=dict(request.headers),
                data=request.body or None,
                timeout=request.timeout,
                proxies=proxies(request.url),
                allow_redirects=False,
                stream=True,
            )
            with answer:
                body = self._read(request, answer)
        except requests.RequestException as error:
            raise failure(request, error) from None
        headers = {name.lower(): value for name, value in answer.headers.items()}
        elapsed = time.perf_counter() - start
        return Response(answer.status_code, headers, body, elapsed)

    def _read(self, request: Request, answer: requests.Response) -> bytes:
        body = bytearray()
        for chunk in answer.iter_content(_CHUNK):
            body += chunk
            if len(body) > self._max_bytes:
                message = f"{request.place}: answer of over {self._max_bytes} bytes"
                raise UnexpectedResponseError(message, redact_text(body[:EXCERPT]))
        return bytes(body)


def proxies(url: str) -> dict[str, str]:
    """The proxies of the environment for `url`; none for this machine itself."""
    parts = urlsplit(url)
    return {} if _is_loopback(parts.hostname or "") else _proxies(parts[0], parts[1])


@lru_cache(maxsize=256)
def _proxies(scheme: str, netloc: str) -> dict[str, str]:
    return get_environ_proxies(f"{scheme}://{netloc}/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


#: What `requests` raises before anything can have reached the other side.
_NEVER_ARRIVED = (
    (requests.exceptions.ConnectTimeout, "no connection in time"),
    (requests.exceptions.ProxyError, "the proxy cannot be reached"),
)
#: What it raises for an address that no retry will cure.
_BAD_ADDRESS = (
    requests.exceptions.InvalidURL,
    requests.exceptions.MissingSchema,
    requests.exceptions.InvalidSchema,
    requests.exceptions.InvalidHeader,
)
_CONNECT_CAUSES = {
    "NewConnectionError": "the connection was refused",
    "NameResolutionError": "the host name is unknown",
}


def failure(request: Request, error: requests.RequestException) -> ConnectorError:
    """What an exception of `requests` means, in words without query or body."""
    if isinstance(error, _BAD_ADDRESS):
        return RejectedError(f"{request.place}: the address or a header is not valid")
    meaning = _unanswered(request, error)
    meaning.unanswered = True
    return meaning


def _unanswered(request: Request, error: requests.RequestException) -> ConnectorError:
    cause = _never_arrived(error)
    if cause:
        return TransientError(f"{request.place}: {cause}")
    timed_out = isinstance(error, requests.Timeout) or "timed out" in str(error)
    cause = "no answer in time" if timed_out else "the connection was cut"
    if request.idempotent:
        return TransientError(f"{request.place}: {cause}")
    return UncertainError(f"{request.place}: {cause}; it may have taken effect")


def _never_arrived(error: requests.RequestException) -> str:
    for kind, cause in _NEVER_ARRIVED:
        if isinstance(error, kind):
            return cause
    if isinstance(error, requests.exceptions.SSLError):
        refused = "CERTIFICATE_VERIFY_FAILED" in str(error)
        return "the TLS certificate is not trusted" if refused else ""
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", None)  # of urllib3's MaxRetryError
    return _CONNECT_CAUSES.get(type(reason).__name__, "")


#: HTTP statuses with a meaning of their own; the rest of 5xx is transient.
STATUS_ERRORS: dict[int, tuple[type[ConnectorError], str]] = {
    401: (AuthenticationError, "the credential is not accepted"),
    408: (TransientError, "the other side waited too long"),
    425: (TransientError, "too early"),
    429: (TransientError, "too many calls"),
}


def check_status(response: Response, place: str = "", idempotent: bool = True) -> None:
    """Raise what an HTTP status means; 2xx passes. `place` begins the error text.

    A failure on their side leaves open whether a request that is not `idempotent` took
    effect.
    """
    status = response.status
    if 200 <= status < 300:
        return
    start = f"{place}: HTTP {status}" if place else f"HTTP {status}"
    if status in STATUS_ERRORS:
        kind, meaning = STATUS_ERRORS[status]
        raise kind(f"{start}, {meaning}", retry_after=response.retry_after)
    if status >= 500:
        kind = TransientError if idempotent else UncertainError
        raise kind(f"{start}, their side fails", response.retry_after)
    if 300 <= status < 400:
        host = urlsplit(response.headers.get("location", "")).netloc
        raise UnexpectedResponseError(f"{start}, redirected to {host or 'elsewhere'}")
    raise RejectedError(f"{start}: {response.excerpt(300)}", code=str(status))


def retry_after(value: str, now: datetime | None = None) -> float | None:
    """Seconds asked for by a Retry-After header, None when there is none readable.

    >>> retry_after("120"), retry_after("soon")
    (120.0, None)
    """
    if value.strip().isdigit():
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except (TypeError, ValueError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(0.0, (when - (now or datetime.now(UTC))).total_seconds())


@dataclass(frozen=True)
class CallRecord:
    """One outbound call for the journal; the excerpts are redacted and short."""

    method: str
    path: str
    status: int | None
    duration_ms: int
    error: str
    request_excerpt: str
    response_excerpt: str


@dataclass(frozen=True)
class JournalTransport:
    """Sends through `inner` and gives `record` a CallRecord of every call."""

    inner: Transport
    record: Callable[[CallRecord], None]

    def send(self, request: Request) -> Response:
        """As `inner`; errors are recorded and pass on."""
        start = time.perf_counter()
        response, problem = None, ""
        try:
            response = self.inner.send(request)
        except ConnectorError as error:
            problem = f"{type(error).__name__}: {error}"
            raise
        finally:
            spent = round((time.perf_counter() - start) * 1000)
            self.record(_call_record(request, response, spent, problem))
        return response


def _call_record(
    request: Request, response: Response | None, spent: int, problem: str
) -> CallRecord:
    return CallRecord(
        method=request.method,
        path=urlsplit(request.url).path,
        status=response.status if response else None,
        duration_ms=spent,
        error=problem,
        request_excerpt=_excerpt(request),
        response_excerpt=response.excerpt() if response else "",
    )


def _excerpt(request: Request) -> str:
    query = "&".join(f"{name}={value}" for name, value in _shown(request.params))
    body = redact_text(request.body, EXCERPT) if request.body else ""
    return "\n".join(part for part in (query, body) if part)[:EXCERPT]


def _shown(params: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    return [(name, redact({name: value})[name]) for name, value in params]

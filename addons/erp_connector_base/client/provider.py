"""What a provider is: frozen descriptions that every adapter fills in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Credential:
    """One secret or identifier an account needs.

    `rotating`: written by the suite itself (OAuth tokens), never typed by a person.
    `identifies`: whoever has the same value is the same account there.
    """

    code: str
    label: str
    secret: bool = True
    required: bool = True
    rotating: bool = False
    help: str = ""
    identifies: bool = False


@dataclass(frozen=True)
class WebhookRequest:
    """An inbound HTTP request, exactly as it came.

    `url` is the configured callback URL (platforms sign that text), `headers` have
    lower-case names, `body` are the raw bytes.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True)
class Event:
    """One fact the other side told us, ready for the inbox.

    `business_key` serialises work on one business object (an order number);
    `dedup_key` is equal for two tellings of the same fact, by webhook or by poll;
    `payload` is text, usually JSON, kept as received. `account` is the platform's
    number of the account it is about, "" when the event does not say. `merchant` is
    the number of the business it was sent for, where one key serves several.
    """

    topic: str
    business_key: str
    dedup_key: str
    payload: str
    occurred_at: datetime | None = None
    account: str = ""
    merchant: str = ""


@dataclass(frozen=True)
class Webhook:
    """How a provider's webhooks are checked and read.

    `verify` raises SignatureError; it gets the request and the account's credentials.
    `parse` turns a verified body into events; it raises UnexpectedResponseError for a
    body nothing is known about, which is then kept as it came.
    """

    verify: Callable[[WebhookRequest, Mapping[str, str]], None]
    parse: Callable[[WebhookRequest], tuple[Event, ...]]


@dataclass(frozen=True)
class Provider:
    """One platform, gateway, bank or courier.

    `hosts` maps environment (production, sandbox, simulator) to the API's base URL;
    the simulator's is set on the account. `calls_per_second`: default throttle.
    `domains`: only hosts under these are sent credentials; none named: any host is.
    `shareable`: several companies may be one account there, since every event bears
    the reference of the company it is about. `currency`: the one of all its money.
    """

    code: str
    name: str
    domain: str
    credentials: tuple[Credential, ...]
    hosts: Mapping[str, str] = field(default_factory=dict)
    auth_hosts: Mapping[str, str] = field(default_factory=dict)
    webhook: Webhook | None = None
    calls_per_second: float = 10.0
    docs: str = ""
    shareable: bool = False
    currency: str = ""
    domains: tuple[str, ...] = ()

    def owns(self, url: str) -> bool:
        """Whether an address is this platform's own, and travels encrypted.

        >>> shop = Provider("s", "S", "d", (), domains=("shop.example",))
        >>> shop.owns("https://api.shop.example/v2"), shop.owns("https://evil.example")
        (True, False)
        """
        try:
            parts = urlsplit(url.strip())
        except ValueError:
            return False
        host = (parts.hostname or "").lower()
        inside = any(host == d or host.endswith(f".{d}") for d in self.domains)
        known = inside or not self.domains
        return parts.scheme == "https" and known and "@" not in parts.netloc

"""A simulator on a free port, a client of it, and a receiver of its webhooks."""

import hashlib
import hmac
import time
from dataclasses import dataclass, field

import pytest
import requests
from werkzeug.wrappers import Request, Response

from tests.simulators.control import ShopeeControl
from tests.simulators.gateway_control import MidtransControl, XenditControl
from tests.simulators.registry import build
from tests.simulators.server import running
from tests.simulators.webhooks import WebhookSender

from .midtrans_client import Merchant
from .xendit_client import Merchant as XenditMerchant

PARTNER_ID, PARTNER_KEY, SHOP_ID = 1000001, "shopee-simulator-partner-key", 700001


class Client:
    """Signs as the documentation of the platform says."""

    def __init__(self, url):
        self.url, self.token, self.shop_id = f"{url}/shopee", "", SHOP_ID
        self.session = requests.Session()

    def query(self, path, token=None, timestamp=None, key=PARTNER_KEY, **query):
        timestamp = int(timestamp or time.time())
        token = self.token if token is None else token
        base = f"{PARTNER_ID}{path}{timestamp}"
        if token:
            base += f"{token}{self.shop_id}"
            query |= {"access_token": token, "shop_id": self.shop_id}
        sign = hmac.new(key.encode(), base.encode(), hashlib.sha256).hexdigest()
        return query | {"partner_id": PARTNER_ID, "timestamp": timestamp, "sign": sign}

    def raw(self, path, json=None, **query):
        method = "GET" if json is None else "POST"
        params = self.query(path, **query)
        return self.session.request(
            method, self.url + path, params=params, json=json, timeout=10
        )

    def call(self, path, json=None, **query):
        return self.raw(path, json, **query).json()

    def public(self, path, **body):
        return self.call(path, {"partner_id": PARTNER_ID, **body}, token="")

    def refresh(self, token):
        return self.public(
            "/api/v2/auth/access_token/get", refresh_token=token, shop_id=SHOP_ID
        )

    def detail(self, *sns, fields="", **query):
        answer = self.call(
            "/api/v2/order/get_order_detail",
            order_sn_list=",".join(sns),
            response_optional_fields=fields,
            **query,
        )
        return answer["response"]["order_list"]


@dataclass
class Receiver:
    """Keeps every webhook; ``status`` and ``text`` are what it answers."""

    status: int = 200
    text: str = ""
    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def __call__(self, environ, start_response):
        request = Request(environ)
        self.bodies.append(request.get_data())
        self.headers.append(dict(request.headers))
        return Response(self.text, self.status)(environ, start_response)


@pytest.fixture
def server(monkeypatch):
    """Its webhooks leave one by one: tests read them in the order they happened."""
    monkeypatch.setattr(WebhookSender, "WORKERS", 1)
    with running(build(seed=1)) as server:
        yield server


@pytest.fixture
def shop(server):
    return ShopeeControl(server.url)


@pytest.fixture
def stranger(server):
    return Client(server.url)


@pytest.fixture
def client(stranger, shop):
    stranger.token = shop.tokens()["access_token"]
    return stranger


@pytest.fixture
def receiver():
    receiver = Receiver()
    with running(receiver) as server:
        receiver.url = f"{server.url}/hook?shop=1"
        yield receiver


@pytest.fixture
def listening(shop, receiver):
    shop.config(callback_url=receiver.url)
    return receiver


@pytest.fixture
def midtrans(server):
    return MidtransControl(server.url)


@pytest.fixture
def merchant(server):
    return Merchant(server.url)


@pytest.fixture
def hearing(midtrans, receiver):
    midtrans.config(callback_url=receiver.url, push_jitter=0)
    return receiver


@pytest.fixture
def xendit(server):
    return XenditControl(server.url)


@pytest.fixture
def xmerchant(server):
    return XenditMerchant(server.url)


@pytest.fixture
def xlistening(xendit, receiver):
    xendit.config(callback_url=receiver.url)
    return receiver

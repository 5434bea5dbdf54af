"""Link the simulated platforms to Odoo the way a person does: by their buttons."""

from typing import Any
from urllib.parse import urlsplit

import requests

from tests.simulators.control import ShopeeControl, SimulatorControl
from tests.simulators.gateway_control import (
    GatewayControl,
    MidtransControl,
    XenditControl,
)

from .rpc import Session
from .stack import Stack

PARTNER = {
    "partner_id": "1000001",
    "partner_key": "shopee-simulator-partner-key",
}
NAME = "Shopee (simulator)"
#: provider -> the simulator's hand, and what its console shows
GATEWAYS: dict[str, tuple[type[GatewayControl], dict[str, str]]] = {
    "xendit": (
        XenditControl,
        {
            "secret_key": "xnd_development_simulator",
            "callback_token": "xendit-simulator-callback-token",
        },
    ),
    "midtrans": (
        MidtransControl,
        {
            "server_key": "SB-Mid-server-simulator",
            "iris_creator_key": "IRIS-creator-simulator",
            "iris_approver_key": "IRIS-approver-simulator",
            "iris_merchant_key": "iris-merchant-simulator",
        },
    ),
}


def link_shopee(stack: Stack, **values: Any) -> ShopeeControl:
    """A connected account for the stack's Shopee simulator, and the simulator's hand.

    `values`: more fields of the account. Linking again is fine: a simulator that was
    started anew knows no tokens.
    """
    odoo = stack.session
    address = f"{stack.simulator.url}/shopee"
    odoo.call("ir.config_parameter", "set_param", ["web.base.url", stack.browser_url])
    account = account_of(odoo, address, values)
    type_credentials(odoo, account, PARTNER)
    agree(odoo, account)
    shop = ShopeeControl(address)
    fields = {"fields": ["state"]}
    (record,) = odoo.call("erp.connector.backend", "read", [[account]], fields)
    if record["state"] != "connected":
        raise RuntimeError(f"{NAME} is {record['state']} after linking")
    hear(odoo, account, stack.browser_url, shop)
    return shop


def link_gateway(stack: Stack, provider: str, **values: Any) -> GatewayControl:
    """A connected account for the stack's simulator of a payment gateway, and its hand.

    Through the wizard: account, keys, connect. `values`: more fields of the account.
    Linking again is fine.
    """
    odoo = stack.session
    odoo.call("ir.config_parameter", "set_param", ["web.base.url", stack.browser_url])
    control_of, keys = GATEWAYS[provider]
    control = control_of(stack.simulator.url)
    wizard, account = linking_of(odoo, provider, control.url)
    odoo.call("erp.connector.backend", "write", [[account], values])
    type_credentials(odoo, account, keys)
    odoo.call("connector.payment.link", "action_connect", [[wizard]])
    hear(odoo, account, stack.browser_url, control)
    return control


def linking_of(odoo: Session, provider: str, address: str) -> tuple[int, int]:
    """The wizard at its page of keys, and the account it is for."""
    where = [["provider", "=", provider], ["environment", "=", "simulator"]]
    found = odoo.call("erp.connector.backend", "search", [where], {"limit": 1})
    if found:
        odoo.call("erp.connector.backend", "write", [found, {"base_url": address}])
    wish = {
        "provider": provider,
        "environment": "simulator",
        "base_url": address,
        "backend_id": found[0] if found else False,
    }
    (wizard,) = odoo.call("connector.payment.link", "create", [[wish]])
    odoo.call("connector.payment.link", "action_make_account", [[wizard]])
    fields = {"fields": ["backend_id"], "load": None}
    (record,) = odoo.call("connector.payment.link", "read", [[wizard]], fields)
    return wizard, record["backend_id"]


def hear(odoo: Session, account: int, front: str, control: SimulatorControl) -> None:
    """The platform calls back at `front`, and the account says so.

    A kept account remembers the address of the last run.
    """
    fields = {"fields": ["webhook_url"]}
    (record,) = odoo.call("erp.connector.backend", "read", [[account]], fields)
    webhook = front + urlsplit(record["webhook_url"]).path
    values = {"webhook_url": webhook}
    odoo.call("erp.connector.backend", "write", [[account], values])
    control.config(callback_url=webhook)


def account_of(odoo: Session, address: str, values: dict[str, Any]) -> int:
    """The account of the simulated shop, made when it is not there."""
    where = [["provider", "=", "shopee"], ["environment", "=", "simulator"]]
    found = odoo.call("erp.connector.backend", "search", [where], {"limit": 1})
    addresses = {"base_url": address, "auth_url": f"{address}/auth"}
    if found:
        odoo.call("erp.connector.backend", "write", [found, addresses | values])
        return found[0]
    identity = {"name": NAME, "provider": "shopee", "environment": "simulator"}
    new = [identity | addresses | values]
    return odoo.call("erp.connector.backend", "create", [new])[0]


def type_credentials(odoo: Session, account: int, values: dict[str, str]) -> None:
    """What the platform's console shows, typed into the account's rows."""
    where = [["backend_id", "=", account], ["code", "in", list(values)]]
    rows = odoo.call(
        "erp.connector.credential", "search_read", [where], {"fields": ["code"]}
    )
    for row in rows:
        value = {"value": values[row["code"]]}
        odoo.call("erp.connector.credential", "write", [[row["id"]], value])


def agree(odoo: Session, account: int) -> None:
    """Press Link Account, agree on the platform's page, come back with a code."""
    action = odoo.call("erp.connector.backend", "action_connect", [[account]])
    page = requests.Request("GET", action["url"], params={"auto": "1"}).prepare()
    answer = odoo.http.send(page, timeout=60, allow_redirects=False)
    answer.raise_for_status()
    back = odoo.http.get(answer.headers["Location"], timeout=60, allow_redirects=False)
    if back.status_code >= 400 or "Location" not in back.headers:
        raise RuntimeError(f"Linking failed: {back.status_code} {back.text[:2000]}")

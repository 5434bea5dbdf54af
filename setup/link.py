"""Link the simulated shop to Odoo the way a person does: press the button, agree."""

from typing import Any
from urllib.parse import urlsplit

import requests

from tests.simulators.control import ShopeeControl

from .rpc import Session
from .stack import Stack

PARTNER = {
    "partner_id": "1000001",
    "partner_key": "shopee-simulator-partner-key",
}
NAME = "Shopee (simulator)"


def link_shopee(stack: Stack, **values: Any) -> ShopeeControl:
    """A connected account for the stack's Shopee simulator, and the simulator's hand.

    `values`: more fields of the account. Linking again is fine: a simulator that was
    started anew knows no tokens.
    """
    odoo = stack.session
    address = f"{stack.simulator.url}/shopee"
    odoo.call("ir.config_parameter", "set_param", ["web.base.url", stack.browser_url])
    account = account_of(odoo, address, values)
    type_credentials(odoo, account)
    agree(odoo, account)
    shop = ShopeeControl(address)
    fields = {"fields": ["webhook_url", "state"]}
    (record,) = odoo.call("erp.connector.backend", "read", [[account]], fields)
    if record["state"] != "connected":
        raise RuntimeError(f"{NAME} is {record['state']} after linking")
    # A kept account remembers the address of the last run.
    webhook = stack.browser_url + urlsplit(record["webhook_url"]).path
    values = {"webhook_url": webhook}
    odoo.call("erp.connector.backend", "write", [[account], values])
    shop.config(callback_url=webhook)
    return shop


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


def type_credentials(odoo: Session, account: int) -> None:
    """What the platform's console shows, typed into the account's rows."""
    where = [["backend_id", "=", account], ["code", "in", list(PARTNER)]]
    rows = odoo.call(
        "erp.connector.credential", "search_read", [where], {"fields": ["code"]}
    )
    for row in rows:
        value = {"value": PARTNER[row["code"]]}
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

"""Shopee Open Platform v2, the marketplace's Indonesian shops."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from odoo.addons.erp_connector_base.client.provider import (
    Credential,
    Provider,
    Webhook,
)
from odoo.addons.erp_connector_base.client.transport import Transport

from .calls import Caller, utc_now
from .client import ShopeeClient
from .push import parse_push
from .signing import verify_push

PROVIDER = Provider(
    code="shopee",
    name="Shopee",
    domain="marketplace",
    credentials=(
        Credential(
            "partner_id",
            "Partner ID",
            secret=False,
            help="Of the app in the Shopee Open Platform console.",
        ),
        Credential("partner_key", "Partner Key", help="Secret key of the same app."),
        Credential(
            "shop_id",
            "Shop ID",
            secret=False,
            required=False,
            rotating=True,
            help="Filled in when the shop is linked.",
        ),
        Credential("access_token", "Access Token", required=False, rotating=True),
        Credential("refresh_token", "Refresh Token", required=False, rotating=True),
    ),
    hosts={
        "production": "https://partner.shopeemobile.com",
        # The API pages still print https://partner.test-stable.shopeemobile.com
        "sandbox": "https://openplatform.sandbox.test-stable.shopee.sg",
    },
    auth_hosts={
        "production": "https://open.shopee.com/auth",
        "sandbox": "https://open.sandbox.test-stable.shopee.com/auth",
    },
    webhook=Webhook(verify=verify_push, parse=parse_push),
    calls_per_second=10.0,  # no limit is published; error_rate_limit is obeyed
    docs="https://open.shopee.com/documents",
    domains=(
        "shopeemobile.com",
        "shopee.cn",
        "shopee.co.id",
        "shopee.com",
        "shopee.com.br",
        "shopee.sg",
    ),
    currency="IDR",  # the Indonesian shops
)


def make_client(
    credentials: Mapping[str, str],
    base_url: str,
    auth_url: str,
    transport: Transport,
    clock: Callable[[], datetime] = utc_now,
    settings: Mapping[str, Any] | None = None,
) -> ShopeeClient:
    """A client for one account.

    `credentials` is looked into at each call, so a refreshed token counts at once.
    `settings`: `timeout` (to connect, to read) in seconds, `legacy_link`,
    `token_proven` (see Caller).
    """
    settings = settings or {}
    caller = Caller(
        partner_id=credentials["partner_id"],
        partner_key=credentials["partner_key"],
        shop_id=credentials.get("shop_id") or "",
        base_url=base_url.rstrip("/"),
        transport=transport,
        access_token=lambda: credentials.get("access_token") or "",
        clock=clock,
        timeout=settings.get("timeout", (5, 30)),
        token_proven=bool(settings.get("token_proven")),
    )
    return ShopeeClient(
        caller,
        auth_url or f"{caller.base_url}/auth",
        clock,
        legacy_link=bool(settings.get("legacy_link")),
    )

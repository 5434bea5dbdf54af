"""Xendit: virtual accounts by its Payments API or the older endpoints, payouts v2."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from odoo.addons.erp_connector_base.client.provider import (
    Credential,
    Provider,
    Webhook,
)
from odoo.addons.erp_connector_base.client.transport import Transport
from odoo.addons.erp_connector_base.client.words import _

from .calls import Caller, utc_now
from .client import FEATURES, XenditClient, environment_of
from .legacy import FixedAccounts
from .push import parse_webhook, ping_request
from .requests_v3 import PaymentRequests
from .signing import verify_webhook

__all__ = ["FEATURES", "PROVIDER", "environment_of", "make_client", "ping_request"]

PROVIDER: Final = Provider(
    code="xendit",
    name="Xendit",
    domain="payment",
    credentials=(
        Credential(
            "secret_key",
            "Secret Key",
            identifies=True,
            help=_(
                "Settings, API Keys in the Xendit dashboard. It begins with "
                '"xnd_development_" in test mode and "xnd_production_" in live mode. '
                "It needs Money-in and Money-out (write), Balance and Transaction "
                "(read)."
            ),
        ),
        Credential(
            "callback_token",
            "Webhook Verification Token",
            identifies=True,
            help=_("Settings, Webhooks in the Xendit dashboard."),
        ),
        Credential(
            "callback_token_previous",
            "Previous Webhook Token",
            required=False,
            identifies=True,
            help=_(
                "While the token is being changed: webhooks with it are accepted, too."
            ),
        ),
    ),
    hosts={  # the key decides
        "production": "https://api.xendit.co",
        "sandbox": "https://api.xendit.co",
    },
    webhook=Webhook(verify=verify_webhook, parse=parse_webhook),
    calls_per_second=10.0,  # live: 600 a minute for each endpoint
    docs="https://docs.xendit.co",
    shareable=True,
    currency="IDR",
)


def make_client(
    credentials: Mapping[str, str],
    base_url: str,
    transport: Transport,
    clock: Callable[[], datetime] = utc_now,
    settings: Mapping[str, Any] | None = None,
) -> XenditClient:
    """A client for one account. `credentials` is looked into at each call.

    `settings`: `timeout` in seconds; `va_api`, "v3" or "legacy"; `search_va`, whether
    v3 can be searched by reference; `country` of the bank accounts.
    """
    settings = settings or {}
    timeout = settings.get("timeout") or (5, 30)
    caller = Caller(credentials, base_url.rstrip("/"), transport, clock, timeout)
    country = settings.get("country") or "ID"
    if settings.get("va_api") == "legacy":
        accounts = FixedAccounts(caller)
    else:
        search = bool(settings.get("search_va", True))
        accounts = PaymentRequests(caller, country, search)
    return XenditClient(caller, accounts, country, clock)

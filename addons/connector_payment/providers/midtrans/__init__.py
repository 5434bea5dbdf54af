"""Midtrans: virtual accounts by its Core API, payouts by Iris."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final

from odoo.addons.connector_payment.providers.schema import Features
from odoo.addons.erp_connector_base.client.provider import (
    Credential,
    Provider,
    Webhook,
)
from odoo.addons.erp_connector_base.client.transport import Transport
from odoo.addons.erp_connector_base.client.words import _

from .calls import Caller, environment_of, utc_now
from .client import FEATURES, MidtransClient
from .envelope import open_core, open_payouts
from .push import parse_webhook, ping_request
from .signing import verify_webhook

__all__ = [
    "FEATURES",
    "PAYOUT_HOSTS",
    "PROVIDER",
    "environment_of",
    "make_client",
    "ping_request",
]

PROVIDER: Final = Provider(
    code="midtrans",
    name="Midtrans",
    domain="payment",
    credentials=(
        Credential(
            "server_key",
            "Server Key",
            identifies=True,
            help=_(
                "Settings, Access Keys in the Midtrans dashboard. It begins with "
                '"SB-" in the sandbox.'
            ),
        ),
        Credential(
            "server_key_previous",
            "Previous Server Key",
            required=False,
            identifies=True,
            help=_(
                "While the key is being changed: notifications signed with it are "
                "accepted, too."
            ),
        ),
        Credential(
            "iris_creator_key",
            "Payouts: Creator Key",
            required=False,
            identifies=True,
            help=_("API key of the Iris user with the role Creator."),
        ),
        Credential(
            "iris_approver_key",
            "Payouts: Approver Key",
            required=False,
            identifies=True,
            help=_("API key of another Iris user, with the role Approver."),
        ),
        Credential(
            "iris_merchant_key",
            "Payouts: Merchant Key",
            required=False,
            identifies=True,
            help=_("Signs the notifications about payouts."),
        ),
    ),
    hosts={
        "production": "https://api.midtrans.com",
        "sandbox": "https://api.sandbox.midtrans.com",
    },
    webhook=Webhook(verify=verify_webhook, parse=parse_webhook),
    calls_per_second=10.0,  # no limit is published; 429 is obeyed
    docs="https://docs.midtrans.com",
    shareable=True,
    currency="IDR",
)

#: Base URLs of Iris, the payout API; a simulator has it below its own address.
PAYOUT_HOSTS: Final[dict[str, str]] = {
    "production": "https://app.midtrans.com/iris/api/v1",
    "sandbox": "https://app.sandbox.midtrans.com/iris/api/v1",
}
_PAYOUTS_OF = {PROVIDER.hosts[name]: url for name, url in PAYOUT_HOSTS.items()}


def make_client(
    credentials: Mapping[str, str],
    base_url: str,
    transport: Transport,
    clock: Callable[[], datetime] = utc_now,
    settings: Mapping[str, Any] | None = None,
) -> MidtransClient:
    """A client for one account. `credentials` is looked into at each call.

    `settings`: `timeout` (to connect, to read) in seconds, `payout_url`, the base URL
    of Iris; `notification_override`: send `webhook_url` with every charge, where the
    account's own notification address belongs to another system.
    """
    settings = settings or {}
    base_url = base_url.rstrip("/")
    payout_url = settings.get("payout_url") or payouts_of(base_url)
    timeout = settings.get("timeout") or (5, 30)
    caller = partial(Caller, credentials, transport=transport, timeout=timeout)
    iris = partial(caller, base_url=payout_url.rstrip("/"), open_answer=open_payouts)
    override = settings.get("webhook_url") or ""
    return MidtransClient(
        caller("server_key", base_url=base_url, open_answer=open_core),
        iris("iris_creator_key"),
        iris("iris_approver_key"),
        clock,
        override if settings.get("notification_override") else "",
    )


def payouts_of(base_url: str) -> str:
    """Where Iris is when the Core API is at `base_url`.

    >>> payouts_of("http://127.0.0.1:8069/midtrans")
    'http://127.0.0.1:8069/midtrans/iris/api/v1'
    """
    return _PAYOUTS_OF.get(base_url) or f"{base_url}/iris/api/v1"

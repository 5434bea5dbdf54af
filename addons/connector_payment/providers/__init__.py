"""The gateways: one line a provider. Selections in Odoo are filled from here."""

from collections.abc import Callable
from typing import Final

from odoo.addons.erp_connector_base.client.provider import Provider

from . import midtrans, xendit
from .schema import Features, PaymentClient

PROVIDERS: Final[dict[str, Provider]] = {
    "xendit": xendit.PROVIDER,
    "midtrans": midtrans.PROVIDER,
}

#: (credentials, base_url, transport, clock, settings) -> client
CLIENTS: Final[dict[str, Callable[..., PaymentClient]]] = {
    "xendit": xendit.make_client,
    "midtrans": midtrans.make_client,
}

FEATURES: Final[dict[str, Features]] = {
    "xendit": xendit.FEATURES,
    "midtrans": midtrans.FEATURES,
}

"""The marketplaces: one line a provider. Selections in Odoo are filled from here."""

from collections.abc import Callable
from typing import Final

from odoo.addons.erp_connector_base.client.provider import Provider

from . import shopee
from .protocol import MarketplaceClient

PROVIDERS: Final[dict[str, Provider]] = {
    "shopee": shopee.PROVIDER,
}

#: (credentials, base_url, auth_url, transport, clock, settings) -> client
CLIENTS: Final[dict[str, Callable[..., MarketplaceClient]]] = {
    "shopee": shopee.make_client,
}

"""Shopee's recipient_address into an address of ours."""

from collections.abc import Mapping

from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.erp_connector_base.client.reading import Fields


def parse_address(place: Fields) -> schema.Address | None:
    """`recipient_address` of an order; None when nothing of it is told."""
    parts = {
        "name": place.text("name", 256),
        "phone": place.text("phone", 64),
        "district": place.text("district", 128),
        "town": place.text("town", 128),
        "city": place.text("city", 128),
        "state": place.text("state", 128),
        "zip": place.text("zipcode", 32),
        "country": place.text("region", 8),
        "full": place.text("full_address", 1000),
    }
    if not any(parts.values()):
        return None
    masked = any("**" in part for part in parts.values())
    return schema.Address(street=_street(parts), masked=masked, **parts)


def _street(parts: Mapping[str, str]) -> str:
    """The full address without its tail of places that have fields of their own."""
    places = ("district", "town", "city", "state", "zip", "country")
    known = {parts[place].casefold() for place in places} - {""}
    pieces = [piece.strip() for piece in parts["full"].split(",")]
    while pieces and pieces[-1].casefold() in known | {"", "indonesia"}:
        pieces.pop()
    return ", ".join(pieces) or parts["full"]

"""The words of the marketplace domain. Adapters and models know only these.

Money is Decimal in the order's currency, times are aware datetimes in UTC, identifiers
are text whatever the platform sends.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from odoo.addons.erp_connector_base.client.errors import (
    ConnectorError,
    TransientError,
)
from odoo.addons.erp_connector_base.client.exact_json import dump, load

__all__ = ["dump", "load"]  # raw orders as text and back, numbers exact

#: Topics of the events that a marketplace's webhook is read into.
ORDER_STATUS = "order.status"  # business key: the order's id
ACCOUNT_EXPIRY = "account.expiry"  # the shop's authorisation ends soon
ACCOUNT_LINK = "account.link"  # the shop was authorised, or took that back
OTHER = "webhook.other"  # verified, but nothing acts on it

#: `RejectedError.code` of a breakdown that the app has no right to read.
NO_RIGHT = "no_right"
#: Code of a refusal of what was asked for, though the token is good.
NOT_THE_TOKEN = "error_auth"  # noqa: S105 - an error code


class NotShownError(TransientError):
    """The platform was asked for an order and does not show it: not yet, or never."""


class OrderStatus(StrEnum):
    """Where an order stands. UNKNOWN: see the order's `raw_status`."""

    UNPAID = "unpaid"
    PENDING = "pending"  # paid, held back by the platform: not to be shipped yet
    READY_TO_SHIP = "ready_to_ship"
    PROCESSED = "processed"  # shipment arranged, label available
    SHIPPED = "shipped"
    DELIVERED = "delivered"  # the buyer is to confirm
    COMPLETED = "completed"
    IN_CANCEL = "in_cancel"  # the buyer asks to cancel: stop shipping, decide
    CANCELLED = "cancelled"
    TO_RETURN = "to_return"
    UNKNOWN = "unknown"


#: The parcel has left: there is nothing to ship any more.
GONE = frozenset(
    {
        OrderStatus.SHIPPED,
        OrderStatus.DELIVERED,
        OrderStatus.COMPLETED,
        OrderStatus.TO_RETURN,
    }
)


class ChargeKind(StrEnum):
    """What an amount beside the lines is for."""

    SHIPPING = "shipping"
    INSURANCE = "insurance"
    SERVICE = "service"
    HANDLING = "handling"
    PACKAGING = "packaging"
    SELLER_VOUCHER = "seller_voucher"
    SELLER_COINS = "seller_coins"
    PLATFORM_VOUCHER = "platform_voucher"
    COINS = "coins"
    PAYMENT_PROMOTION = "payment_promotion"
    OTHER = "other"


@dataclass(frozen=True)
class OrderLine:
    """One article bought. `unit_price` is as charged, after discounts of the item.

    `quantity` leaves out pieces that were cancelled since (`cancelled`), and may be 0.
    `bundled`: only the breakdown knows its price for sure.
    `variant_id` is "0" for an article without variants.
    """

    line_id: str
    item_id: str
    variant_id: str
    sku: str
    name: str
    variant_name: str
    quantity: int
    unit_price: Decimal
    original_unit_price: Decimal
    barcode: str = ""
    cancelled: int = 0
    bundled: bool = False

    @property
    def listing_id(self) -> str:
        """The external id under which the product is mapped."""
        return listing_id(self.item_id, self.variant_id)

    @property
    def subtotal(self) -> Decimal:
        """Quantity times unit price."""
        return self.unit_price * self.quantity


@dataclass(frozen=True)
class Charge:
    """An amount of the buyer's bill beside the lines; a discount is negative.

    `code` is the platform's own name of the field.
    """

    kind: ChargeKind
    amount: Decimal
    label: str
    code: str


@dataclass(frozen=True)
class Address:
    """Where the parcel goes. `masked`: the platform hides parts of it with asterisks.

    `full` is the platform's one-line text, `street` that text without the parts that
    have fields of their own, `country` two letters.
    """

    name: str = ""
    phone: str = ""
    street: str = ""
    district: str = ""
    town: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    country: str = ""
    full: str = ""
    masked: bool = False


@dataclass(frozen=True)
class Buyer:
    """Who bought, as the platform names them; `id` is "" when it does not say."""

    id: str
    username: str


@dataclass(frozen=True)
class PackageLine:
    """How many units of an article lie in a package."""

    item_id: str
    variant_id: str
    quantity: int


@dataclass(frozen=True)
class Package:
    """One parcel of an order, with the platform's own status word."""

    number: str
    raw_status: str
    carrier: str
    channel_id: str
    lines: tuple[PackageLine, ...] = ()


@dataclass(frozen=True)
class Order:
    """One order, as far as the platform tells.

    `total` is what the buyer pays, None while the platform does not say (unpaid).
    `fulfilled_by_platform`: the platform's warehouse ships it. `advance_fulfilment`:
    already shipped from stock booked in advance, no shipment is to be arranged. `hold`:
    why the platform says not to ship it now, "" when it does not say so.
    `has_breakdown`: its charges are known; `bill_total` is the total they are of.
    `breakdown_error`: why they are not, though they were asked for; `no_right`: because
    the app may not ask. `behind`: what the platform told of it, where a later read
    still shows less; `read_again`: seconds until it is read anew because of that.
    `unknown` holds amounts nobody knows the meaning of, by the platform's field name.
    """

    id: str
    status: OrderStatus
    raw_status: str
    region: str
    currency: str
    created_at: datetime
    updated_at: datetime
    buyer: Buyer
    lines: tuple[OrderLine, ...]
    charges: tuple[Charge, ...] = ()
    total: Decimal | None = None
    paid_at: datetime | None = None
    ship_by: datetime | None = None
    address: Address | None = None
    cod: bool = False
    carrier: str = ""
    payment_method: str = ""
    message: str = ""
    note: str = ""
    cancel_by: str = ""
    cancel_reason: str = ""
    packages: tuple[Package, ...] = ()
    fulfilled_by_platform: bool = False
    advance_fulfilment: bool = False
    dropshipper: str = ""
    dropshipper_phone: str = ""
    hold: str = ""
    has_breakdown: bool = False
    bill_total: Decimal | None = None
    breakdown_error: str = ""
    no_right: bool = False
    behind: str = ""
    read_again: float = 0
    unknown: Mapping[str, Decimal] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def lines_total(self) -> Decimal:
        """Sum of the lines."""
        return sum((line.subtotal for line in self.lines), Decimal())

    @property
    def charges_total(self) -> Decimal:
        """Sum of the charges, discounts negative."""
        return sum((charge.amount for charge in self.charges), Decimal())

    @property
    def difference(self) -> Decimal | None:
        """What lines and charges do not explain of the total, None without a total."""
        if self.total is None:
            return None
        return self.total - self.lines_total - self.charges_total


@dataclass(frozen=True)
class Told:
    """What an event says of an order, to compare with what is read of it then.

    `at`: the order's own update time; when not `exact`, the time of sending. None: the
    event says nothing that a read must show.
    """

    status: OrderStatus = OrderStatus.UNKNOWN
    raw_status: str = ""
    at: datetime | None = None
    exact: bool = True


@dataclass(frozen=True)
class Tokens:
    """What linking or refreshing gave. `shop_ids`: the shops these tokens are for."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: datetime
    refresh_expires_at: datetime
    shop_ids: tuple[str, ...] = ()

    @property
    def shop_id(self) -> str:
        """The first shop, "" when the platform named none."""
        return self.shop_ids[0] if self.shop_ids else ""


@dataclass(frozen=True)
class ShopInfo:
    """The linked shop. `authorised_until` is when its owner must link it again."""

    id: str
    name: str
    region: str
    raw_status: str = ""
    authorised_at: datetime | None = None
    authorised_until: datetime | None = None


@dataclass(frozen=True)
class OrderRef:
    """An order in a list; `raw_status` is "" when the list does not tell it."""

    id: str
    raw_status: str = ""
    status: OrderStatus | None = None


@dataclass(frozen=True)
class OrderPage:
    """One page of orders; when `more`, ask again with `next_cursor`."""

    refs: tuple[OrderRef, ...]
    next_cursor: str = ""
    more: bool = False


@dataclass(frozen=True)
class Listing:
    """One sellable article of the shop; `stock` None when the platform hides it."""

    item_id: str
    variant_id: str
    sku: str
    name: str
    variant_name: str = ""
    barcode: str = ""
    raw_status: str = ""
    price: Decimal | None = None
    currency: str = ""
    stock: int | None = None

    @property
    def listing_id(self) -> str:
        """The external id under which the product is mapped."""
        return listing_id(self.item_id, self.variant_id)


@dataclass(frozen=True)
class LostPushes:
    """Webhooks the platform could not deliver; confirm `last_id` once they are stored.

    `bodies` are the original bodies as text.
    """

    bodies: tuple[str, ...]
    last_id: str = ""
    more: bool = False


#: What one of many asked-for things came to: its raw form, or why there is none.
Found = Mapping[str, Any] | ConnectorError


def listing_id(item_id: str, variant_id: str) -> str:
    """External id of an article.

    >>> listing_id("800062998", "0")
    '800062998/0'
    """
    return f"{item_id}/{variant_id or '0'}"


def windows(
    start: datetime, end: datetime, width: timedelta
) -> Iterator[tuple[datetime, datetime]]:
    """Cut [start, end] into adjoining windows of at most `width`, oldest first."""
    while start < end:
        stop = min(start + width, end)
        yield start, stop
        start = stop

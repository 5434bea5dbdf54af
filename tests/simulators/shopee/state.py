"""Orders of the simulated shop: what they are and how they may change."""

import copy
from dataclasses import dataclass, field
from typing import Any

from .catalogue import Article, Buyer

UNPAID, PENDING, READY = "UNPAID", "PENDING", "READY_TO_SHIP"
PROCESSED, RETRY, SHIPPED = "PROCESSED", "RETRY_SHIP", "SHIPPED"
CONFIRMING, COMPLETED = "TO_CONFIRM_RECEIVE", "COMPLETED"
IN_CANCEL, CANCELLED, TO_RETURN = "IN_CANCEL", "CANCELLED", "TO_RETURN"

STATUSES = (
    UNPAID,
    PENDING,
    READY,
    PROCESSED,
    RETRY,
    SHIPPED,
    CONFIRMING,
    COMPLETED,
    IN_CANCEL,
    CANCELLED,
    TO_RETURN,
)

# verb -> {status before: status after}
TRANSITIONS: dict[str, dict[str, str]] = {
    "pay": {UNPAID: READY},
    "hold": {UNPAID: PENDING, READY: PENDING},
    "release": {PENDING: READY},
    "arrange": {READY: PROCESSED, RETRY: PROCESSED},
    "retry_ship": {PROCESSED: RETRY},
    "ship": {PROCESSED: SHIPPED},
    "deliver": {SHIPPED: CONFIRMING},
    "complete": {SHIPPED: COMPLETED, CONFIRMING: COMPLETED},
    "return": {SHIPPED: TO_RETURN, CONFIRMING: TO_RETURN, COMPLETED: TO_RETURN},
    "request_cancel": {READY: IN_CANCEL, PROCESSED: IN_CANCEL, RETRY: IN_CANCEL},
    "accept_cancel": {IN_CANCEL: CANCELLED},
    "cancel": {
        UNPAID: CANCELLED,
        PENDING: CANCELLED,
        READY: CANCELLED,
        PROCESSED: CANCELLED,
        RETRY: CANCELLED,
        IN_CANCEL: CANCELLED,
        SHIPPED: CANCELLED,  # the parcel was lost, or nobody took it
    },
}

LOGISTICS = {
    UNPAID: "LOGISTICS_NOT_START",
    PENDING: "LOGISTICS_PENDING_ARRANGE",
    READY: "LOGISTICS_READY",
    PROCESSED: "LOGISTICS_REQUEST_CREATED",
    RETRY: "LOGISTICS_PICKUP_RETRY",
    SHIPPED: "LOGISTICS_PICKUP_DONE",
    CONFIRMING: "LOGISTICS_DELIVERY_DONE",
    COMPLETED: "LOGISTICS_DELIVERY_DONE",
    IN_CANCEL: "LOGISTICS_READY",
    CANCELLED: "LOGISTICS_REQUEST_CANCELED",
    TO_RETURN: "LOGISTICS_DELIVERY_DONE",
}
PICKED_UP = (SHIPPED, CONFIRMING, COMPLETED, TO_RETURN)
#: How far a parcel has come; the order follows the one that is behind.
STAGES = (READY, PROCESSED, SHIPPED, CONFIRMING, COMPLETED)


@dataclass(slots=True)
class Line:
    """Some pieces of one article; unit prices in whole rupiah. Never changed in place
    once its order stands: what is replaced is still known to who reads late.

    ``bundle`` and ``addon`` number the deals of an order (0: none). ``share`` is what
    all pieces of a line cost within its bundle; ``price`` is what they cost before it.
    """

    article: Article
    quantity: int
    original: int
    price: int
    cancelled: int = 0
    cancel_requested: int = 0
    returned: int = 0
    bundle: int = 0
    share: int | None = None
    addon: int = 0
    main: bool = False
    gift: bool = False

    @property
    def active(self) -> int:
        """Pieces that are still to be sent."""
        return self.quantity - self.cancelled

    @property
    def subtotal(self) -> int:
        """What is charged for the active pieces."""
        if self.share is None:
            return self.price * self.active
        return self.share * self.active // self.quantity

    @property
    def original_subtotal(self) -> int:
        return self.original * self.active

    @property
    def selling_subtotal(self) -> int:
        """After promotions of the item and before its bundle; else the list price."""
        return (self.price if self.bundle else self.original) * self.active


@dataclass(slots=True)
class Parcel:
    """One of several packages; ``status`` "" follows the order."""

    number: str
    status: str = ""
    logistics: str = ""


@dataclass(slots=True)
class Amounts:
    """What the buyer pays beside the goods, in whole rupiah, all positive."""

    seller_voucher: int = 0
    shopee_voucher: int = 0
    coins: int = 0
    shipping_fee: int = 0
    insurance_premium: int = 0
    buyer_service_fee: int = 0
    shipping_rebate: int = 0


@dataclass(slots=True)
class Order:
    """One order; every change of status is in ``history`` with its second."""

    sn: str
    shop_id: int
    buyer: Buyer
    lines: list[Line]
    amounts: Amounts
    create_time: int
    status: str = UNPAID
    update_time: int = 0
    pay_time: int | None = None
    pickup_time: int = 0
    cod: bool = False
    masked: bool | None = None
    message: str = ""
    note: str = ""
    dropshipper: str = ""
    dropshipper_phone: str = ""
    cancel_by: str = ""
    cancel_reason: str = ""
    before_cancel: str = READY
    poison: str = ""
    history: list[tuple[str, int]] = field(default_factory=list)
    # money beside Amounts, by the platform's names: what the buyer pays more and less,
    # what the seller pays
    fees: dict[str, int] = field(default_factory=dict)
    discounts: dict[str, int] = field(default_factory=dict)
    seller_fees: dict[str, int] = field(default_factory=dict)
    # shipping
    parcels: tuple[Parcel, ...] = ()
    carrier: str = "Reguler (Cashless)"
    checkout_carrier: str = ""
    days_to_ship: int = 2
    ship_by: int | None = None
    address: dict[str, str] = field(default_factory=dict)
    advance: bool = False
    booking_sn: str = ""
    pending_terms: list[str] = field(default_factory=list)
    fulfillment_flag: str = "fulfilled_by_local_seller"
    # how it is told; None: as the simulator's setting of that name says
    bundle_price: str | None = None
    line_item_ids: bool | None = None
    partial_quantity: str | None = None
    partial_bill: str | None = None
    breakdown: str | None = None
    breakdown_after: float | None = None
    breakdown_after_reads: int | None = None
    detail_error: str = ""
    missing: list[str] = field(default_factory=list)
    null: list[str] = field(default_factory=list)
    blank: list[str] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    # what it was: at the checkout, until some second, where it is frozen
    checkout: "Order | None" = None
    known_since: float = 0.0
    past: list[tuple[float, "Order"]] = field(default_factory=list)
    frozen: dict[str, "Order | None"] = field(default_factory=dict)

    @property
    def merchandise(self) -> int:
        """Goods at the price charged."""
        return sum(line.subtotal for line in self.lines)

    @property
    def original(self) -> int:
        """Goods at the list price."""
        return sum(line.original_subtotal for line in self.lines)

    @property
    def total(self) -> int:
        """What the buyer pays, in rupiah."""
        extra = self.amounts
        return (
            self.merchandise
            - extra.seller_voucher
            - extra.shopee_voucher
            - extra.coins
            + extra.shipping_fee
            + extra.insurance_premium
            + extra.buyer_service_fee
            + sum(self.fees.values())
            - sum(self.discounts.values())
        )

    @property
    def charged(self) -> bool:
        """Whether the platform already tells the total."""
        return self.pay_time is not None or (self.cod and self.status != UNPAID)

    @property
    def package_number(self) -> str:
        return f"OFG{int(self.sn[6:], 36) % 10**15:015d}"

    def entry(self) -> dict[str, Any]:
        """The line of the ledger."""
        return {
            "order_sn": self.sn,
            "shop_id": self.shop_id,
            "status": self.status,
            "total": self.total,
            "currency": "IDR",
            "cod": self.cod,
            "create_time": self.create_time,
            "update_time": self.update_time,
            "buyer_user_id": self.buyer.user_id,
            "poison": self.poison,
            "items": [
                {
                    "sku": line.article.sku,
                    "quantity": line.active,
                    "bought": line.quantity,
                    "cancelled": line.cancelled,
                    "price": line.price,
                    "original_price": line.original,
                    "subtotal": line.subtotal,
                }
                for line in self.lines
            ],
            "history": self.history,
        }


def remember(order: Order, now: float) -> None:
    """Keep what the order was until ``now``, for those who read behind."""
    order.past.append((now, copy.copy(order)))


def move(order: Order, status: str, now: int) -> None:
    """Put an order into ``status`` at second ``now``, with all that it implies."""
    if status == IN_CANCEL:
        order.before_cancel = order.status
    if status not in (UNPAID, CANCELLED) and order.pay_time is None and not order.cod:
        order.pay_time = now
    if status in (CONFIRMING, COMPLETED) and order.pay_time is None:
        order.pay_time = now
    if status in PICKED_UP and not order.pickup_time:
        order.pickup_time = now
    order.status = status
    order.update_time = now
    order.history.append((status, now))

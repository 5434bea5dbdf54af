"""Whose money the amounts of a buyer's bill are, and how one is split over taxes."""

from collections.abc import Hashable, Mapping
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum
from typing import TypeVar

from .schema import ChargeKind

Key = TypeVar("Key", bound=Hashable)


class Bearer(StrEnum):
    """Whose money a charge is."""

    SELLER = "seller"  # part of what the seller sells for: revenue, with its taxes
    PLATFORM = "platform"  # between buyer and platform: no supply of the seller


#: Who gives a discount or gets a fee. Packaging is paid out to the seller; shipping,
#: insurance and handling go on to the platform's courier. Unknown is the platform's.
BORNE_BY = {
    ChargeKind.SHIPPING: Bearer.PLATFORM,
    ChargeKind.INSURANCE: Bearer.PLATFORM,
    ChargeKind.SERVICE: Bearer.PLATFORM,
    ChargeKind.HANDLING: Bearer.PLATFORM,
    ChargeKind.PACKAGING: Bearer.SELLER,
    ChargeKind.SELLER_VOUCHER: Bearer.SELLER,
    ChargeKind.SELLER_COINS: Bearer.SELLER,
    ChargeKind.PLATFORM_VOUCHER: Bearer.PLATFORM,
    ChargeKind.COINS: Bearer.PLATFORM,
    ChargeKind.PAYMENT_PROMOTION: Bearer.PLATFORM,
    ChargeKind.OTHER: Bearer.PLATFORM,
}


def split(amount: Decimal, weights: Mapping[Key, Decimal]) -> dict[Key, Decimal]:
    """`amount` in proportion to `weights`, in whole rupiah (cents, if it has any).

    The parts sum up to `amount`; what does not divide goes to the largest fractions.
    Parts of 0 are left out. Weights that are all 0 count the same.

    >>> split(Decimal(-10000), {"11 %": Decimal(200), "none": Decimal(100)})
    {'11 %': Decimal('-6667'), 'none': Decimal('-3333')}
    """
    total = sum(weights.values(), Decimal())
    if not total:
        weights, total = dict.fromkeys(weights, Decimal(1)), Decimal(len(weights))
    step = Decimal(1) if amount == amount.to_integral_value() else Decimal("0.01")
    exact = {key: amount * weight / total for key, weight in weights.items()}
    parts = {key: part.quantize(step, ROUND_DOWN) for key, part in exact.items()}
    missing = int(abs(amount - sum(parts.values())) / step)
    largest = sorted(exact, key=lambda key: -abs(exact[key] - parts[key]))
    for key in largest[:missing]:
        parts[key] += step if amount > 0 else -step
    return {key: part for key, part in parts.items() if part}

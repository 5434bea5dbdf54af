"""What of a Shopee order means: do not ship it, whatever its status says."""

from collections import Counter

from odoo.addons.erp_connector_base.client.reading import Fields, clean

#: `logistics_status` of a parcel that is given up.
GIVEN_UP = {"LOGISTICS_REQUEST_CANCELED", "LOGISTICS_INVALID"}
#: `prescription_check_status` of a prescription that was refused.
PRESCRIPTION_FAILED = 2


def hold(detail: Fields, pieces: int) -> str:
    """Why v2.order.get_order_detail says not to ship now; "" when it does not.

    `pieces`: how many it still counts, over all its articles.
    """
    reasons = [
        *_pending(detail),
        _advance(detail),
        _cancellation(detail),
        _cash_refused(detail),
        _parcel_cancelled(detail, pieces),
    ]
    if detail.whole("prescription_check_status") == PRESCRIPTION_FAILED:
        reasons.append("the prescription was refused")
    return "; ".join(reason for reason in reasons if reason)


def _pending(detail: Fields) -> list[str]:
    """`pending_terms`: SYSTEM_PENDING, KYC_PENDING, ARRANGE_SHIPMENT_PENDING, …"""
    terms = _texts(detail, "pending_terms")
    told = _texts(detail, "pending_description")
    if len(told) == len(terms):
        return [f"{term} ({text})" for term, text in zip(terms, told, strict=True)]
    return terms


def _texts(detail: Fields, key: str) -> list[str]:
    value = detail.data.get(key)
    values = value if isinstance(value, list | tuple) else [value]
    return [clean(text, 200) for text in values if isinstance(text, str) and text]


def _advance(detail: Fields) -> str:
    """An order that is filled from a parcel booked, and sent, in advance."""
    booking = detail.text("booking_sn", 64)
    if not detail.flag("advance_package") and not booking:
        return ""
    number = f" (booking {booking})" if booking else ""
    return f"advance fulfilment{number}: no shipment is to be arranged"


def _cancellation(detail: Fields) -> str:
    asked = sum(
        item.whole("cancel_requested_qty") or 0 for item in detail.objects("item_list")
    )
    return f"the buyer asks to cancel {asked} of the pieces" if asked else ""


def _cash_refused(detail: Fields) -> str:
    statuses = {
        package.text("logistics_status", 64)
        for package in detail.objects("package_list")
    }
    refused = "LOGISTICS_COD_REJECTED" in statuses
    return "cash on delivery was refused for it" if refused else ""


def _parcel_cancelled(detail: Fields, pieces: int) -> str:
    """One of several parcels is given up, but the order still counts its pieces."""
    there: Counter[bool] = Counter()
    numbers = []
    for package in detail.objects("package_list"):
        given_up = package.text("logistics_status", 64) in GIVEN_UP
        for item in package.objects("item_list"):
            there[given_up] += item.whole("model_quantity") or 0
        if given_up:
            numbers.append(package.text("package_number", 64))
    if not there[True] or not 0 < there[False] < pieces:
        return ""
    return f"parcel {', '.join(numbers)} was cancelled, but the order still counts it"

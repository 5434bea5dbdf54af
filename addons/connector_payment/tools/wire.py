"""Between Odoo's records and a gateway's client."""

from decimal import Decimal


class Refusal:
    """The gateway's no, as an answer that a handler writes down on its record."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def exact(amount: float) -> Decimal:
    """Odoo's float as the Decimal it shows; whole rupiah have no fraction.

    >>> exact(100000.0), exact(0.1 + 0.2)
    (Decimal('100000'), Decimal('0.30'))
    """
    value = Decimal(f"{amount:.2f}")
    whole = value.to_integral_value()
    return whole if whole == value else value

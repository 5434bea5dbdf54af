"""Times at the border: aware in the pure folders, naive UTC in Odoo."""

from datetime import UTC


def naive(moment):
    """An aware datetime as Odoo stores it; False for none.

    >>> from datetime import datetime
    >>> naive(datetime.fromisoformat("2026-12-12T07:00:00+07:00"))
    datetime.datetime(2026, 12, 12, 0, 0)
    """
    return moment.astimezone(UTC).replace(tzinfo=None) if moment else False


def aware(moment):
    """A datetime of Odoo as the pure folders want it; None for none.

    >>> from datetime import datetime
    >>> aware(datetime(2026, 12, 12)).isoformat()
    '2026-12-12T00:00:00+00:00'
    """
    return moment.replace(tzinfo=UTC) if moment else None

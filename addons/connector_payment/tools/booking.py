"""Our own bookings of payments: nobody is asked, and no other payout is made of them.

A context can be sent by anybody who calls Odoo, but this object cannot.
"""

_OURS = object()

#: The context of a booking of ours.
BOOKING = {"connector_payout_booking": _OURS, "tracking_disable": True}


def is_ours(env):
    """Whether this is done by ourselves."""
    return env.context.get("connector_payout_booking") is _OURS


def follows(env):
    """Whether accounts and receipts follow what is reconciled now.

    Only our own code, with all rights, can put it off: it follows in the end.
    """
    return not env.su or env.context.get("connector_va_sync", True)

"""Our own bookings of payments: nobody is asked, and no other payout is made of them.

A context can be sent by anybody who calls Odoo, but this object cannot.
"""

_OURS = object()

#: The context of a booking of ours.
BOOKING = {"connector_payout_booking": _OURS, "tracking_disable": True}


def is_ours(env):
    """Whether this is done by ourselves."""
    return env.context.get("connector_payout_booking") is _OURS

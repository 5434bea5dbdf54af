"""The control page of the Shopee simulator, for people."""

import time
from html import escape
from itertools import islice
from typing import Any

from tests.simulators.faults import API_FAULTS
from tests.simulators.page import (
    attempts,
    button,
    choice,
    entry,
    faults,
    form,
    section,
    skeleton,
    table,
    tag,
    tick,
)
from tests.simulators.webhooks import PUSH_FAULTS

from .breakdowns import OMITTED, REFUSALS
from .listing import PAGINGS
from .poison import POISONS
from .state import (
    CANCELLED,
    COMPLETED,
    CONFIRMING,
    IN_CANCEL,
    PENDING,
    PROCESSED,
    READY,
    RETRY,
    SHIPPED,
    STATUSES,
    TO_RETURN,
    UNPAID,
    Order,
)

SHOWN = 30
ACCENT = "#ee4d2d"
BASE = "/shopee/_control"
MOODS = {
    UNPAID: "warn",
    PENDING: "warn",
    READY: "good",
    PROCESSED: "good",
    SHIPPED: "good",
    CONFIRMING: "good",
    COMPLETED: "good",
    IN_CANCEL: "bad",
    CANCELLED: "bad",
}
BUTTONS = {
    UNPAID: (("pay", "Pay"), ("cancel", "Cancel")),
    PENDING: (("release", "Release"), ("cancel", "Cancel")),
    READY: (
        ("ship", "Ship"),
        ("request_cancel", "Ask to cancel"),
        ("cancel_part", "Cancel a piece"),
        ("split", "Split"),
        ("cancel", "Cancel"),
    ),
    PROCESSED: (
        ("ship", "Ship"),
        ("request_cancel", "Ask to cancel"),
        ("cancel", "Cancel"),
    ),
    RETRY: (("arrange", "Arrange again"), ("cancel", "Cancel")),
    SHIPPED: (("deliver", "Deliver"), ("return", "Return"), ("cancel", "Lost")),
    CONFIRMING: (("complete", "Complete"), ("return", "Return")),
    COMPLETED: (("return", "Return"),),
    IN_CANCEL: (("accept_cancel", "Accept"), ("reject_cancel", "Reject")),
    CANCELLED: (),
    TO_RETURN: (),
}
PUSH_MOODS = {"delivered": "good", "lost": "bad", "dropped": "bad"}
SHOP_BUTTONS = (
    ("expire_access", "Expire access token"),
    ("expire_refresh", "Expire refresh token"),
    ("revoke", "Revoke authorization"),
)


def render(sim: Any) -> str:
    """The whole page."""
    forms = "".join(
        (
            _place_form(),
            _reads_form(sim),
            _fault_form(sim),
            _shop_form(sim),
            _clock_form(),
        )
    )
    live = _orders(sim) + faults(sim, BASE) + _pushes(sim) + _calls(sim)
    return skeleton("Shopee simulator", ACCENT, _facts(sim), forms, live)


def _facts(sim: Any) -> str:
    linked = any(shop.linked(sim.clock.now()) for shop in sim.shops.values())
    callback = sim.config["callback_url"] or "no callback"
    return "".join(
        (
            tag("linked", "good") if linked else tag("not linked", "warn"),
            f"<span>{len(sim.orders)} orders</span>",
            f"<span>{sum(sim.calls.values())} calls</span>",
            f"<span>{sim.pushes.waiting()} pushes waiting</span>",
            f"<span>{_clock(sim.clock.now(), '%Y-%m-%d %H:%M:%S')} UTC</span>",
            f'<span class="soft">{escape(callback)}</span>',
        )
    )


def _place_form() -> str:
    fields = (
        entry("How many", "count", 1, "number"),
        choice("Status", "status", (READY, *(s for s in STATUSES if s != READY))),
        choice("Lines", "lines", ("", "1", "2", "3", "5")),
        tick("Cash on delivery", "cod"),
        tick("With an unknown SKU", "unknown_sku"),
        tick("Masked address", "masked"),
        tick("Advance fulfilment", "advance"),
        choice("Packages", "packages", ("", "2", "3")),
        choice("Breakdown", "breakdown", ("", OMITTED, *REFUSALS)),
        entry("Breakdown after (s)", "breakdown_after"),
        choice("Poison", "poison", ("", *POISONS)),
    )
    return section("Place orders", form(f"{BASE}/place", "Place", *fields))


def _reads_form(sim: Any) -> str:
    config = sim.config
    fields = (
        entry("Details lag (s)", "detail_lag", config["detail_lag"]),
        entry("Lists lag (s)", "list_lag", config["list_lag"]),
        entry("Breakdowns lag (s)", "breakdown_lag", config["breakdown_lag"]),
        choice(
            "Cursor",
            "list_cursor",
            sorted(PAGINGS, key=lambda kind: kind != config["list_cursor"]),
        ),
    )
    return section("Reads behind pushes", form(f"{BASE}/config", "Set", *fields))


def _fault_form(sim: Any) -> str:
    kinds = sorted({*API_FAULTS, *sim.api_faults}) + sorted(PUSH_FAULTS)
    fields = (
        choice("Fault", "kind", kinds),
        entry("Path or topic", "path", "*"),
        entry("Times", "count", 1, "number"),
        entry("Seconds", "seconds"),
        entry("Retry-After", "retry_after"),
        entry("How", "how"),
    )
    return section("Break things", form(f"{BASE}/faults", "Switch on", *fields))


def _shop_form(sim: Any) -> str:
    buttons = "".join(button(f"{BASE}/{verb}", label) for verb, label in SHOP_BUTTONS)
    return section("Shop and tokens", f'<div class="row">{buttons}</div>')


def _clock_form() -> str:
    steps = (("+5 min", 300), ("+1 h", 3600), ("+4 h", 14400), ("+1 day", 86400))
    buttons = "".join(
        button(f"{BASE}/advance_clock", label, seconds=seconds)
        for label, seconds in steps
    )
    return section("Clock", f'<div class="row">{buttons}</div>')


def _orders(sim: Any) -> str:
    rows = [
        (
            f"<code>{order.sn}</code>",
            _status(order),
            escape(", ".join(f"{n.active} × {n.article.sku}" for n in order.lines)),
            escape(order.buyer.username),
            f"{order.total:,}".replace(",", "."),
            _clock(order.update_time, "%H:%M:%S"),
            f'<div class="row">{_buttons(order)}</div>',
        )
        for order in islice(reversed(sim.orders.values()), SHOWN)
    ]
    heads = ("Order", "Status", "Goods", "Buyer", "#Total (Rp)", "Updated", "")
    return section("Latest orders", table(heads, rows, "Place the first order."))


def _status(order: Order) -> str:
    poison = f" {tag(order.poison, 'bad')}" if order.poison else ""
    cod = f" {tag('COD')}" if order.cod else ""
    return tag(order.status, MOODS.get(order.status, "")) + cod + poison


def _buttons(order: Order) -> str:
    return "".join(
        button(f"{BASE}/{verb}", label, order_sn=f'"{order.sn}"')
        for verb, label in BUTTONS[order.status]
    )


def _pushes(sim: Any) -> str:
    latest = islice(reversed(sim.pushes.deliveries), 10)
    rows = [
        (
            str(push.number),
            escape(push.key),
            tag(push.state, PUSH_MOODS.get(push.state, "")),
            escape(attempts(push)),
            button(f"{BASE}/resend", "Send again", push_id=push.number),
        )
        for push in latest
    ]
    heads = ("Push", "Order", "State", "Answers", "")
    return section("Latest pushes", table(heads, rows, "Nothing was pushed yet."))


def _calls(sim: Any) -> str:
    refusals: dict[str, list[str]] = {}
    for text, count in sim.errors.items():
        path, _, code = text.partition(" ")
        refusals.setdefault(path, []).append(f"{code} × {count}")
    rows = [
        (escape(path), str(count), escape(", ".join(refusals.get(path, []))))
        for path, count in sim.calls.most_common(15)
    ]
    heads = ("Interface", "#Calls", "Refusals")
    return section("Calls", table(heads, rows, "Nobody has called yet."))


def _clock(seconds: float, pattern: str) -> str:
    return time.strftime(pattern, time.gmtime(seconds))


assert set(BUTTONS) == set(STATUSES)

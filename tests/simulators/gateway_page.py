"""The control page of a gateway: the payers' banks and the gateway's desk, for people.

Drawn from the parts of the ledger that every gateway has.
"""

import time
from collections.abc import Iterator
from html import escape
from itertools import islice
from typing import Any

from .faults import API_FAULTS
from .page import (
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
from .webhooks import PUSH_FAULTS

SHOWN = 30
Row = dict[str, Any]

MOODS = {
    "active": "good",
    "paid": "good",
    "succeeded": "good",
    "delivered": "good",
    "pending": "warn",
    "queued": "warn",
    "failed": "bad",
    "reversed": "bad",
    "lost": "bad",
    "dropped": "bad",
}
OUTCOMES = {
    "queued": (("succeed", "Succeed"), ("fail", "Fail"), ("cancel", "Cancel")),
    "pending": (("succeed", "Succeed"), ("fail", "Fail"), ("cancel", "Cancel")),
    "succeeded": (("reverse", "Reverse"),),
}
CLOCK_STEPS = (("+5 min", 300), ("+1 h", 3600), ("+1 day", 86400), ("+4 days", 345600))


def render(sim: Any) -> str:
    """The whole page."""
    base = f"{sim.prefix}/_control"
    forms = "".join(
        (
            _pay_form(base),
            _va_form(sim, base),
            _money_forms(base),
            _fault_form(sim, base),
            _clock_form(base),
        )
    )
    parts = {name: read() for name, read in sim.ledger().items()}
    live = "".join(
        (
            _vas(parts["vas"], base),
            _payments(parts["payments"], base),
            _payouts(parts["payouts"], base),
            _bank_transfers(parts["bank_transfers"]),
            faults(sim, base),
            _pushes(sim, base),
            _calls(sim),
        )
    )
    return skeleton(
        f"{sim.title} simulator", sim.accent, _facts(sim, parts), forms, live
    )


def _facts(sim: Any, parts: dict[str, Any]) -> str:
    callback = sim.config["callback_url"] or "no callback"
    return "".join(
        (
            f"<strong>Balance Rp {_rupiah(parts['balance'])}</strong>",
            f"<span>{len(parts['vas'])} virtual accounts</span>",
            f"<span>{len(parts['payments'])} payments</span>",
            f"<span>{sim.pushes.waiting()} webhooks waiting</span>",
            f"<span>{_clock(sim.clock.now(), '%Y-%m-%d %H:%M:%S')} UTC</span>",
            f'<span class="soft">{escape(callback)}</span>',
        )
    )


# -- forms ----------------------------------------------------------------------------


def _pay_form(base: str) -> str:
    fields = (
        entry("Account number", "number"),
        entry("or reference", "reference"),
        entry("Amount (empty: asked)", "amount"),
        entry("Sender", "sender"),
        entry("Remark", "remark"),
        tick("Whatever the bank says", "force"),
        tick("Tell nobody", "quiet"),
    )
    unknown = (
        entry("Account number", "number", "9999000000"),
        entry("Amount", "amount", 50000),
    )
    return section(
        "Pay at the bank",
        form(f"{base}/pay", "Transfer", *fields),
    ) + section(
        "Pay a number nobody knows",
        form(f"{base}/pay_direct", "Transfer anyway", *unknown),
    )


def _va_form(sim: Any, base: str) -> str:
    fields = (
        choice("Bank", "bank", sim.banks),
        choice("Kind", "kind", ("closed", "fixed")),
        entry("Amount", "amount", 100000),
        entry("Reference", "reference"),
        entry("Name", "name", "Dashboard"),
    )
    return section("Virtual account", form(f"{base}/make_va", "Make", *fields))


def _money_forms(base: str) -> str:
    amount = entry("Amount", "amount", 1000000)
    return section(
        "The gateway's balance",
        form(f"{base}/settle", "Settle all payments"),
        form(f"{base}/withdraw", "Withdraw to the bank", amount),
        form(f"{base}/top_up", "Top up", amount),
    )


def _fault_form(sim: Any, base: str) -> str:
    kinds = sorted({*API_FAULTS, *sim.api_faults}) + sorted(PUSH_FAULTS)
    fields = (
        choice("Fault", "kind", kinds),
        entry("Path or topic", "path", "*"),
        entry("Times", "count", 1, "number"),
        entry("Seconds", "seconds"),
        entry("How", "how"),
    )
    return section("Break things", form(f"{base}/faults", "Switch on", *fields))


def _clock_form(base: str) -> str:
    buttons = "".join(
        button(f"{base}/advance_clock", label, seconds=seconds)
        for label, seconds in CLOCK_STEPS
    )
    return section("Clock", f'<div class="row">{buttons}</div>')


# -- virtual accounts -----------------------------------------------------------------


def _vas(vas: list[Row], base: str) -> str:
    rows = [
        (
            f"<code>{escape(_number(va))}</code>",
            escape(va["bank"]),
            escape(va["reference"]),
            escape(va["name"]),
            "any" if va["amount"] is None else _rupiah(va["amount"]),
            _tag(va["status"]),
            _day(va["expires_at"]),
            f'<div class="row">{"".join(_va_buttons(va, base))}</div>',
        )
        for va in _latest(vas)
    ]
    heads = (
        "Number",
        "Bank",
        "Reference",
        "Name",
        "#Amount (Rp)",
        "Status",
        "Expires",
        "",
    )
    return section("Virtual accounts", table(heads, rows, "Nobody made one yet."))


def _number(va: Row) -> str:
    return " ".join(part for part in (va["biller_code"], va["number"]) if part)


def _va_buttons(va: Row, base: str) -> Iterator[str]:
    which = {"reference": _text(va["reference"]), "number": _text(va["number"])}
    amount = va["amount"]
    if va["status"] != "active":
        late = {} if amount is not None else {"amount": 100000}
        label = "Pay again" if va["status"] == "paid" else "Pay late"
        yield button(f"{base}/pay", label, force="true", **late, **which)
        return
    if amount is None:
        yield _open_form(va, base)
        return
    yield button(f"{base}/pay", "Pay", **which)
    short, over = max(1, int(amount) - 1000), int(amount) + 1000
    yield button(f"{base}/pay", "Short", amount=short, force="true", **which)
    yield button(f"{base}/pay", "Over", amount=over, force="true", **which)
    yield button(f"{base}/pay", "Twice", copies=2, **which)
    yield button(f"{base}/expire", "Expire", **which)


def _open_form(va: Row, base: str) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(_text(va[name]))}">'
        for name in ("reference", "number")
    )
    return (
        f'<form method="post" action="{base}/pay">{hidden}'
        '<input name="amount" type="number" min="1" placeholder="amount" required '
        'aria-label="Amount"> <button>Pay</button> '
        '<button name="copies" value="2">Twice</button></form>'
    )


# -- money ----------------------------------------------------------------------------


def _payments(payments: list[Row], base: str) -> str:
    rows = [
        (
            f"<code>{escape(payment['id'])}</code>",
            escape(payment["reference"] or payment["number"]),
            f"{escape(payment['currency'])} {_rupiah(payment['amount'])}",
            _rupiah(payment["fee"] + payment["tax"]),
            _tag(payment["status"]) + (tag("settled", "good") * payment["settled"]),
            escape(payment["sender"]),
            _clock(payment["paid_at"], "%H:%M:%S"),
            f'<div class="row">{"".join(_payment_buttons(payment, base))}</div>',
        )
        for payment in _latest(payments)
    ]
    heads = ("Payment", "For", "#Amount", "#Fee", "Status", "Sender", "At", "")
    return section("Payments", table(heads, rows, "Nobody paid yet."))


def _payment_buttons(payment: Row, base: str) -> Iterator[str]:
    which = {"payment_id": _text(payment["id"])}
    yield button(f"{base}/event", "Tell again", kind="paid", **which)
    if payment["status"] != "paid":
        return
    if not payment["settled"]:
        yield button(f"{base}/settle", "Settle", **which)
    yield button(f"{base}/reverse", "Reverse", **which)


def _payouts(payouts: list[Row], base: str) -> str:
    rows = [
        (
            f"<code>{escape(payout['id'])}</code>",
            escape(payout["reference"]),
            escape(f"{payout['bank']} {payout['account_number']} {payout['holder']}"),
            _rupiah(payout["amount"]),
            _tag(payout["status"]) + escape(f" {payout['failure_code']}"),
            _outcomes(payout, base),
        )
        for payout in _latest(payouts)
    ]
    heads = ("Payout", "Reference", "To", "#Amount (Rp)", "Status", "")
    return section("Payouts", table(heads, rows, "Nothing was paid out yet."))


def _outcomes(payout: Row, base: str) -> str:
    buttons = "".join(
        button(
            f"{base}/payout_outcome", label, key=_text(payout["id"]), outcome=outcome
        )
        for outcome, label in OUTCOMES.get(payout["status"], ())
    )
    return f'<div class="row">{buttons}</div>'


def _bank_transfers(transfers: list[Row]) -> str:
    if not transfers:
        return ""
    rows = [
        (
            _day(transfer["date"]),
            *(_rupiah(transfer[name]) for name in ("gross", "fee", "net")),
            str(len(transfer["payment_ids"])),
        )
        for transfer in _latest(transfers)
    ]
    heads = ("Date", "#Gross", "#Fee", "#Net (Rp)", "#Payments")
    return section("To the merchant's bank", table(heads, rows, ""))


# -- the machine ----------------------------------------------------------------------


def _pushes(sim: Any, base: str) -> str:
    rows = [
        (
            str(push.number),
            escape(push.topic),
            escape(push.key),
            _tag(push.state),
            escape(attempts(push)),
            button(f"{base}/resend", "Send again", push_id=push.number),
        )
        for push in islice(reversed(sim.pushes.deliveries), 10)
    ]
    heads = ("Webhook", "Topic", "Of", "State", "Answers", "")
    return section("Latest webhooks", table(heads, rows, "None was sent yet."))


def _calls(sim: Any) -> str:
    rows = [
        (escape(call["method"]), escape(call["path"]), str(call["status"]), error)
        for call in islice(reversed(sim.recent), 15)
        for error in [escape(call["error"])]
    ]
    heads = ("Method", "Interface", "#Status", "Refusal")
    return section("Latest calls", table(heads, rows, "Nobody has called yet."))


def _latest(rows: list[Row]) -> Iterator[Row]:
    return islice(reversed(rows), SHOWN)


def _tag(status: str) -> str:
    return tag(status, MOODS.get(status, ""))


def _text(value: str) -> str:
    """JSON text, so that digits stay text on their way back."""
    return f'"{value}"'


def _rupiah(amount: Any) -> str:
    return f"{int(float(amount)):,}".replace(",", ".")


def _day(seconds: float | None) -> str:
    return "" if seconds is None else _clock(seconds, "%Y-%m-%d %H:%M")


def _clock(seconds: float, pattern: str) -> str:
    return time.strftime(pattern, time.gmtime(seconds))

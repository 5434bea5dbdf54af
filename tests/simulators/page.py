"""Building blocks of the control pages: forms, tables, buttons."""

from collections.abc import Iterable
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from .webhooks import Delivery

SKELETON = Template(Path(__file__).with_name("page.html").read_text("utf-8"))


def skeleton(title: str, accent: str, facts: str, forms: str, live: str) -> str:
    """The whole page; ``facts`` and ``live`` are refreshed every two seconds."""
    return SKELETON.substitute(
        title=escape(title), accent=accent, facts=facts, forms=forms, live=live
    )


def section(title: str, *content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{''.join(content)}</section>"


def form(action: str, button: str, *fields: str) -> str:
    """A form that posts to one action of the control API."""
    return (
        f'<form method="post" action="{action}">{"".join(fields)}'
        f'<button class="main">{escape(button)}</button></form>'
    )


def entry(label: str, name: str, value: Any = "", kind: str = "text") -> str:
    return (
        f"<label>{escape(label)}"
        f'<input name="{name}" type="{kind}" value="{escape(str(value))}"></label>'
    )


def tick(label: str, name: str) -> str:
    return (
        f'<label>{escape(label)}<input type="checkbox" name="{name}" '
        'value="true"></label>'
    )


def choice(label: str, name: str, options: Iterable[str], chosen: str = "") -> str:
    """A list; an empty option means that nothing is sent."""
    rows = "".join(
        f'<option value="{escape(option)}"{" selected" if option == chosen else ""}>'
        f"{escape(option) or '–'}</option>"
        for option in options
    )
    return f'<label>{escape(label)}<select name="{name}">{rows}</select></label>'


def button(action: str, label: str, **hidden: Any) -> str:
    """A small button that posts fixed parameters."""
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{escape(str(value))}">'
        for name, value in hidden.items()
    )
    return (
        f'<form method="post" action="{action}">{fields}'
        f"<button>{escape(label)}</button></form>"
    )


def table(heads: Iterable[str], rows: Iterable[Iterable[str]], empty: str) -> str:
    """Cells are HTML, heads are text; a head that begins with # is a number."""
    heads = list(heads)
    styles = [' class="number"' if head.startswith("#") else "" for head in heads]
    body = "".join(
        "<tr>"
        + "".join(
            f"<td{style}>{cell}</td>" for style, cell in zip(styles, row, strict=True)
        )
        + "</tr>"
        for row in rows
    )
    if not body:
        return f'<p class="soft">{escape(empty)}</p>'
    top = "".join(
        f"<th{style}>{escape(head.lstrip('#'))}</th>"
        for style, head in zip(styles, heads, strict=True)
    )
    return f"<table><tr>{top}</tr>{body}</table>"


def tag(text: str, mood: str = "") -> str:
    return f'<span class="tag {mood}">{escape(text)}</span>'


def faults(sim: Any, base: str) -> str:
    """The switched-on faults, each with a button that clears it."""
    active = [fault for fault in sim.faults.listing() if fault["count"] != 0]
    if not active:
        return ""
    rows = [
        (
            tag(fault["kind"], "bad"),
            escape(fault["path"]),
            "until cleared" if fault["count"] is None else str(fault["count"]),
            str(fault["hits"]),
            button(f"{base}/clear_faults", "Clear", number=fault["number"]),
        )
        for fault in active
    ]
    heads = ("Fault", "Path or topic", "#Left", "#Hits", "")
    return section("Active faults", table(heads, rows, ""))


def attempts(push: Delivery) -> str:
    """What a webhook's last deliveries were answered, and how fast."""
    return ", ".join(
        f"{attempt['status']} ({attempt['seconds'] * 1000:.0f} ms)"
        for attempt in push.attempts[-4:]
    )

"""The poll: one message a page, each page stored before the next one is asked for."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.addons.connector_marketplace.providers import PROVIDERS, schema
from odoo.addons.connector_marketplace.rules import reading
from odoo.addons.erp_connector_base.client.errors import (
    ConnectorError,
    RejectedError,
    UnexpectedResponseError,
)
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.tools.moments import naive

from .erp_connector_message import ORDER_POLL

PAGE_SIZE = 100
#: More pages than that are a cursor that goes round in circles.
MOST_PAGES = 2000
#: So many more walks at most look for what slipped from page to page.
CHECKS = 3


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    @api.model
    def _cron_poll_orders(self):
        """Start a poll for every shop that is due and whose last one is over."""
        now = fields.Datetime.now()
        due = self.search(
            [
                ("state", "=", "connected"),
                ("provider", "in", list(PROVIDERS)),
                "|",
                ("next_poll_at", "=", False),
                ("next_poll_at", "<=", now),
            ]
        )
        busy = self.env["erp.connector.message"].search(
            [
                ("backend_id", "in", due.ids),
                ("topic", "=", ORDER_POLL),
                ("state", "in", ("pending", "processing", "retry")),
            ]
        )
        (due - busy.backend_id)._each(type(self)._start_poll, now)

    def action_poll_orders(self):
        """Look for changed orders now."""
        self.check_access("write")
        self._check_in_use()
        for backend in self:
            backend._start_poll(fields.Datetime.now())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("Looking for changed orders."),
                "type": "info",
            },
        }

    def _start_poll(self, now):
        start = (self.poll_cursor or now) - timedelta(minutes=self.poll_overlap)
        self.env["connector.marketplace.poll"]._ask(self, Page(start, now))
        self.next_poll_at = now + timedelta(minutes=self.poll_minutes)


class Page(NamedTuple):
    """A page of a poll: orders changed from `start` to `end`, from `cursor` on.

    `width` (seconds, 0: as wide as may be) is how much of it is asked for at once.
    `page` counts its pages. `check` counts the walks that follow a walk of more than
    one page: while it went on, rows may have slipped from one page to another. `news`:
    whether this walk has found any.
    """

    start: datetime
    end: datetime
    cursor: str = ""
    width: int = 0
    page: int = 0
    check: int = 0
    news: bool = False

    def stop(self, widest):
        """Where the part that is asked for at once ends."""
        width = timedelta(seconds=self.width) if self.width else widest
        return min(self.end, self.start + min(widest, width))

    def following(self, stop, answer):
        """What is to be asked for after `answer`, None when a cursor leads nowhere."""
        if answer.more:
            lost = answer.next_cursor in ("", self.cursor) or self.page >= MOST_PAGES
            cursor = answer.next_cursor
            return None if lost else self._replace(cursor=cursor, page=self.page + 1)
        if self.page and self.check < CHECKS:
            return self._replace(cursor="", page=0, check=self.check + 1, news=False)
        return self.onward(stop)

    def onward(self, stop):
        """The next part, wider again."""
        return Page(stop, self.end, width=self.width * 2)

    def narrower(self, stop):
        """The same part in smaller pieces, None when they cannot be any smaller."""
        width = int((stop - self.start).total_seconds()) // 2
        return Page(self.start, self.end, width=width) if width else None


class Row(NamedTuple):
    """One order of a page; `order` is None where its detail cannot be read.

    `at`: when it changed; where nothing tells that, not before this. `told`: what the
    list said of it, where the detail is behind that.
    """

    id: str
    at: datetime
    key: str = ""
    raw: dict | None = None
    order: schema.Order | None = None
    told: schema.Told | None = None


class ConnectorMarketplacePoll(models.AbstractModel):
    _name = "connector.marketplace.poll"
    _description = "Marketplace Order Poll"

    @api.model
    def _ask(self, backend, page):
        """Put the next page of a poll into the inbox."""
        now = datetime.now(UTC)
        content = {
            **page._asdict(),
            "start": page.start.isoformat(),
            "end": page.end.isoformat(),
        }
        event = Event(
            ORDER_POLL,
            "poll",
            f"poll:{now.timestamp()}:{page.cursor}",
            json.dumps(content),
            now,
        )
        self.env["erp.connector.message"]._ingest(backend, [event])

    @api.model
    def _exchange(self, messages):
        """One page of changed orders and their details."""
        answers = {}
        for message in messages:
            asked = _asked(message)
            answers[message.id] = message.backend_id._with_client(
                lambda client, asked=asked: self._read(client, asked),
                message.attempt_token,
            )
        return answers

    def _read(self, client, asked):
        """(rows of the page, what is to be asked for next, where its part ends).

        A cursor that is refused, ends in nothing or goes round in circles does not end
        the poll: the same time is asked for in smaller pieces.
        """
        stop = asked.stop(client.max_window)
        try:
            page = client.list_orders(asked.start, stop, asked.cursor, PAGE_SIZE)
        except (RejectedError, UnexpectedResponseError):
            following = asked.narrower(stop) if asked.cursor else None
            if not following:
                raise
            return [], following, stop
        refs = {ref.id: ref for ref in page.refs}
        found = client.get_orders(list(refs))
        rows = [_row(client, asked, refs[id_], raw) for id_, raw in found.items()]
        following = asked.following(stop, page) or asked.narrower(stop)
        if not following:
            raise UnexpectedResponseError(
                f"{len(rows)} orders of one second, and no page after them"
            )
        return rows, following, stop

    @api.model
    def _handle(self, messages, answers):
        return {m.id: self._store(m, *answers[m.id]) for m in messages}

    def _store(self, message, rows, following, stop):
        """Put a page into the inbox, and in the same transaction move on.

        An order whose detail cannot be read gets a message all the same: it will be
        read again, alone, and says itself what is wrong with it.
        """
        backend, asked = message.backend_id, _asked(message)
        again = self._told_before(backend, rows)
        events = [_event(row, again.get(row.id, ""), asked.end) for row in rows]
        new = message._ingest(backend, events)
        news = asked.news or bool(new)
        if following.cursor:
            following = following._replace(news=news)
        elif asked.check and not news:
            following = asked.onward(stop)
        if following.cursor or following.check or following.start < following.end:
            self._ask(backend, following)
        if not following.cursor:
            reached = naive(following.start)
            backend.poll_cursor = max(backend.poll_cursor or reached, reached)
        return Outcome.done(
            backend,
            self.env._(
                "%(count)s changed orders, %(new)s of them news to us",
                count=len(events),
                new=new,
            ),
        )

    def _told_before(self, backend, rows):
        """{order: the end of its key} where the same was told before, and yet is news.

        A read may have been behind what was told, and two changes of one second are
        told by one key.
        """
        rows = {row.key: row for row in rows if row.order}
        told = self.env["erp.connector.message"].search_fetch(
            [
                ("backend_id", "=", backend.id),
                ("direction", "=", "in"),
                ("dedup_key", "in", list(rows)),
                ("state", "in", ("done", "ignored")),
            ],
            ["dedup_key", "reference"],
        )
        orders = self.env["connector.marketplace.order"]
        known = orders._known(backend, [rows[m.dedup_key].id for m in told])
        return {
            row.id: f":{hashlib.sha256(schema.dump(row.raw).encode()).hexdigest()[:12]}"
            for message in told
            for row in [rows[message.dedup_key]]
            if orders._is_news(known.get(row.id), row.order, message)
        }


def _asked(message):
    content = json.loads(message.sudo().payload)
    # pages that were asked for before an update name their ends otherwise
    start = content.pop("from", None) or content.pop("start")
    end = content.pop("to", None) or content.pop("end")
    return Page(_moment(start), _moment(end), **content)


def _moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _row(client, asked, ref, raw):
    if isinstance(raw, ConnectorError):
        return Row(ref.id, asked.start)
    key = client.detail_dedup_key(raw)
    try:
        order = client.parse_order(raw)
    except ConnectorError:
        return Row(ref.id, asked.start, key, raw)
    at = max(order.updated_at, asked.start)
    told = schema.Told(ref.status or order.status, ref.raw_status, at)
    if reading.lags(order, told):
        return Row(ref.id, at, key, raw, order, told)
    return Row(ref.id, order.updated_at, key, raw, order)


def _event(row, again, end):
    if row.raw is None or row.told:
        key = f"{row.id}:unread:{end.timestamp():.0f}"
        payload = reading.note(row.told) if row.told else {}
        return Event(schema.ORDER_STATUS, row.id, key, json.dumps(payload), row.at)
    payload = schema.dump({"detail": row.raw})
    return Event(schema.ORDER_STATUS, row.id, row.key + again, payload, row.at)

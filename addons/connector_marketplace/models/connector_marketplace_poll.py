"""The poll: one message a page, each page stored before the next one is asked for."""

import json
from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.addons.connector_marketplace.providers import PROVIDERS, schema
from odoo.addons.erp_connector_base.client.errors import ConnectorError
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.tools.moments import naive

from .erp_connector_message import ORDER_POLL

PAGE_SIZE = 100


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
        for backend in due - busy.backend_id:
            backend._start_poll(now)

    def action_poll_orders(self):
        """Look for changed orders now."""
        self.check_access("write")
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
        self.env["connector.marketplace.poll"]._ask(self, start, now)
        self.next_poll_at = now + timedelta(minutes=self.poll_minutes)


class ConnectorMarketplacePoll(models.AbstractModel):
    _name = "connector.marketplace.poll"
    _description = "Marketplace Order Poll"

    @api.model
    def _ask(self, backend, start, end, cursor=""):
        """Put the next page of a poll into the inbox."""
        page = {"from": start.isoformat(), "to": end.isoformat(), "cursor": cursor}
        now = datetime.now(UTC)
        event = Event(
            ORDER_POLL,
            "poll",
            f"poll:{now.timestamp()}:{cursor}",
            json.dumps(page),
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
                lambda client, asked=asked: self._read(client, *asked),
                message.attempt_token,
            )
        return answers

    def _read(self, client, start, end, cursor):
        """(details found, orders not readable, start of what is left, next cursor)."""
        stop = min(end, start + client.max_window)
        page = client.list_orders(start, stop, cursor, PAGE_SIZE)
        found = client.get_orders([ref.id for ref in page.refs])
        details = {
            id_: (client.detail_dedup_key(raw), raw)
            for id_, raw in found.items()
            if not isinstance(raw, ConnectorError)
        }
        lost = [id_ for id_ in found if id_ not in details]
        following = (start, page.next_cursor) if page.more else (stop, "")
        return details, lost, following

    @api.model
    def _handle(self, messages, answers):
        return {m.id: self._store(m, *answers[m.id]) for m in messages}

    def _store(self, message, details, lost, following):
        """Put a page into the inbox, and in the same transaction move on.

        An order whose detail cannot be read gets a message all the same: it will be
        read again, alone, and says itself what is wrong with it.
        """
        backend = message.backend_id
        _start, end, _cursor = _asked(message)
        events = [_event(id_, key, raw) for id_, (key, raw) in details.items()]
        events += [_blind_event(id_, end) for id_ in lost]
        new = message._ingest(backend, events)
        start, cursor = following
        if cursor or start < end:
            self._ask(backend, start, end, cursor)
        if not cursor:
            reached = naive(start)
            backend.poll_cursor = max(backend.poll_cursor or reached, reached)
        return Outcome.done(
            backend,
            self.env._(
                "%(count)s changed orders, %(new)s of them news to us",
                count=len(events),
                new=new,
            ),
        )


def _asked(message):
    page = json.loads(message.sudo().payload)
    start, end = (
        datetime.fromisoformat(page[key]).replace(tzinfo=UTC) for key in ("from", "to")
    )
    return start, end, page["cursor"]


def _event(order_id, key, raw):
    return Event(schema.ORDER_STATUS, order_id, key, schema.dump({"detail": raw}))


def _blind_event(order_id, end):
    key = f"{order_id}:unread:{end.timestamp():.0f}"
    return Event(schema.ORDER_STATUS, order_id, key, "{}")

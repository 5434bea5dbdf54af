"""News of an order as pushes and polls tell them, changed as a test needs it."""

import json
from copy import deepcopy
from datetime import UTC, datetime

from odoo.addons.connector_marketplace.providers import schema
from odoo.addons.erp_connector_base.client.provider import Event

from .common import MarketCase


class NewsCase(MarketCase):
    """An order's life, told step by step."""

    def setUp(self):
        super().setUp()
        self.shop.config(unique_update_time=True)

    def detail(self, sn, **changes):
        """The order's detail as the platform has it, with `changes`."""
        raw = self.backend._with_client(lambda client: client.get_orders([sn])[sn])
        return {**deepcopy(raw), **changes}

    def later(self, raw, seconds=60, **changes):
        """The same order some time later."""
        return {**raw, "update_time": raw["update_time"] + seconds, **changes}

    def bring(self, raw):
        """A poll brings this detail; the order's latest message."""
        key = self.backend._with_client(lambda client: client.detail_dedup_key(raw))
        payload = schema.dump({"detail": raw})
        event = Event(schema.ORDER_STATUS, raw["order_sn"], key, payload)
        self.env["erp.connector.message"]._ingest(self.backend, [event])
        self.drain()
        return self.message(raw["order_sn"])

    def push(self, sn, status, update_time, code=3):
        """A push says so; the order's latest message."""
        data = {"ordersn": sn, "status": status, "update_time": update_time}
        body = {"code": code, "timestamp": update_time, "data": data}
        key = f"{sn}:{status}:{update_time}" if code == 3 else f"{code}:{update_time}"
        when = datetime.fromtimestamp(update_time, UTC)
        event = Event(schema.ORDER_STATUS, sn, key, json.dumps(body), when)
        self.env["erp.connector.message"]._ingest(self.backend, [event])
        self.drain()
        return self.message(sn)

    def poll(self):
        self.backend.next_poll_at = False
        self.env["erp.connector.backend"]._cron_poll_orders()
        self.drain("bulk")
        self.drain()

    def wait_and_drain(self, times=1):
        for _time in range(times):
            self.let_time_pass()
            self.drain()

    def become(self, status, sn, **options):
        self.shop.set_status(status, sn, **options)
        self.tell(sn)
        return self.sale(sn)

    def refuse_breakdowns(self, code="common.error_not_found", message="Not found."):
        return self.shop.fault(
            "api_error", path="*/get_escrow_detail*", code=code, message=message
        )

    def moves(self, sale):
        """{product code: pieces to move} of what is open, by the last step."""
        moves = sale.picking_ids.move_ids.filtered(
            lambda m: (
                m.state not in ("done", "cancel")
                and m.location_dest_id.usage == "customer"
            )
        )
        return {m.product_id.default_code: m.product_uom_qty for m in moves}

    def pieces(self, sale):
        return {
            line.product_id.default_code: line.product_uom_qty
            for line in sale.order_line
            if line.product_id.is_storable
        }

    def activities(self, record):
        return " / ".join(record.activity_ids.mapped("summary"))

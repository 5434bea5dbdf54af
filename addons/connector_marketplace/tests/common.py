"""A linked shop at the simulator; the engine runs inside the test's transaction."""

import uuid
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import requests

from odoo import fields
from odoo.addons.connector_marketplace.providers.schema import ORDER_STATUS
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.tests.common import SimulatorMixin
from odoo.tests import TransactionCase

from tests.simulators.control import ShopeeControl

PARTNER = {
    "partner_id": "1000001",
    "partner_key": "shopee-simulator-partner-key",
}
SHOP_ID = "700001"


class ShopMixin:
    """An account of the simulated Shopee shop."""

    def shop_account(self, shop_id=SHOP_ID, **values):
        backend = self.env["erp.connector.backend"].create(
            {
                "name": f"Shopee {shop_id}",
                "provider": "shopee",
                "environment": "simulator",
                "base_url": self.shop.url,
                "auth_url": f"{self.shop.url}/auth",
                "calls_per_second": 1000,
                **values,
            }
        )
        backend._set_secrets(PARTNER)
        return backend

    def linked_account(self, shop_id=SHOP_ID, **values):
        backend = self.shop_account(shop_id, **values)
        pair = self.shop.tokens(shop_id=int(shop_id))
        backend._set_secrets(
            {
                "shop_id": shop_id,
                "access_token": pair["access_token"],
                "refresh_token": pair["refresh_token"],
            }
        )
        backend.sudo().account_ref = shop_id
        backend._set_connected()
        return backend

    def hint(self, sn, backend=None):
        """What a push says: look at this order."""
        event = Event(ORDER_STATUS, sn, uuid.uuid4().hex, "{}")
        self.env["erp.connector.message"]._ingest(backend or self.backend, [event])

    def sale(self, sn, backend=None):
        return self.env["sale.order"].search(
            [
                ("connector_backend_id", "=", (backend or self.backend).id),
                ("connector_order_ref", "=", sn),
            ]
        )

    def message(self, sn):
        """The latest message of an order."""
        return self.env["erp.connector.message"].search(
            [("business_key", "=", sn)], limit=1, order="id desc"
        )


class FlowMixin:
    """The platform's own flow of linking, as a manager goes through it."""

    def agree(self, backend):
        """Press the button, agree on the platform's page; what comes back."""
        action = backend.action_link()
        self.assertEqual(action["type"], "ir.actions.act_url")
        answer = requests.get(action["url"], allow_redirects=False, timeout=10)
        while "/connector/oauth/callback" not in answer.headers["Location"]:
            answer = requests.get(
                answer.headers["Location"], allow_redirects=False, timeout=10
            )
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        return {name: values[0] for name, values in query.items()}

    def finish(self, answer):
        state = answer.pop("state")
        backend = self.env["erp.connector.backend"]._oauth_account(state)
        backend._oauth_finish(answer)
        return backend


class MarketCase(ShopMixin, SimulatorMixin, TransactionCase):
    """Everything is rolled back: a commit of the engine only flushes."""

    test_tags = {"standard", "post_install"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = ShopeeControl(cls.server.url)

    def setUp(self):
        super().setUp()
        self.enterContext(patch.object(self.cr, "commit", self.env.flush_all))
        self.shop.reset(all=True, seed=1)
        self.backend = self.linked_account()

    def drain(self, lane="fast"):
        self.env.flush_all()
        messages = self.env["erp.connector.message"]
        worker = messages._worker()
        while messages._work_one_batch(lane, worker):
            pass
        self.env.invalidate_all()

    def tell(self, *sns, backend=None):
        """Push hints, and work them all."""
        for sn in sns:
            self.hint(sn, backend)
        self.drain()

    def place(self, count=1, **wish):
        """Place orders in the shop and bring them in; the sales."""
        sns = self.shop.place(count, **wish)
        self.tell(*sns)
        return self.env["sale.order"].concat(*(self.sale(sn) for sn in sns))

    def place_one(self, **wish):
        """(order_sn, sale, message) of one order."""
        (sn,) = self.shop.place(**wish)
        self.tell(sn)
        return sn, self.sale(sn), self.message(sn)

    def let_time_pass(self, seconds=3600):
        self.env.flush_all()
        self.cr.execute(
            "UPDATE erp_connector_message SET next_attempt_at = next_attempt_at"
            " - %s * interval '1 second'",
            [seconds],
        )
        self.env.invalidate_all()

    def product(self, sku):
        return self.env["product.product"].search([("default_code", "=", sku)])

    def now(self):
        return fields.Datetime.now()

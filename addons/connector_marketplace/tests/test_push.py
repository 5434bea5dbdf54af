"""The simulator's own pushes, through the real route: stored once, worked once."""

from odoo import fields
from odoo.addons.erp_connector_base.tests.common import EngineCase
from odoo.tests import HttpCase

from tests.simulators.control import ShopeeControl

from .common import ShopMixin


class TestPush(ShopMixin, EngineCase):
    def setUp(self):
        self.shop = ShopeeControl(self.server.url)
        self.shop.reset(all=True, seed=1)
        super().setUp()
        self.backend = self.linked_account()
        self.made |= self.backend
        path = f"/connector/webhook/{self.backend.webhook_token}"
        self.backend.webhook_url = f"{HttpCase.base_url()}{path}"
        self.commit()
        self.shop.config(callback_url=self.backend.webhook_url)

    def take_away(self):
        self.refresh()
        sales = self.env["sale.order"].search(
            [("connector_backend_id", "in", self.made.ids)]
        )
        partners = sales.partner_id
        sales._action_cancel()
        sales.picking_ids.unlink()
        sales.unlink()
        self.env["res.partner"].search([("parent_id", "in", partners.ids)]).unlink()
        partners.unlink()
        self.commit()
        super().take_away()

    def messages(self):
        self.refresh()
        return self.env["erp.connector.message"].search(
            [("backend_id", "=", self.backend.id)]
        )

    def test_a_push_becomes_a_sale(self):
        (sn,) = self.shop.place()
        self.shop.wait_pushes()
        self.assertEqual([p["state"] for p in self.shop.pushes()], ["delivered"])
        self.drain()
        self.assertEqual(self.sale(sn).state, "sale")
        self.assertEqual(self.message(sn).state, "done")

    def test_a_push_and_a_poll_land_once_each_and_make_one_sale(self):
        sns = self.shop.place(3)
        self.shop.wait_pushes()
        self.backend._start_poll(fields.Datetime.now())
        self.commit()
        self.drain("bulk")
        self.drain()
        for sn in sns:
            self.assertEqual(len(self.sale(sn)), 1)
            self.assertEqual(len(self.sale(sn).picking_ids), 1)

    def test_fifty_copies_at_once_make_one_message_and_one_sale(self):
        (sn,) = self.shop.place(notify=False)
        answers = self.shop.push(sn, copies=20)
        self.assertEqual(set(answers), {200})
        self.assertEqual(len(self.messages()), 1)
        self.drain()
        self.assertEqual(len(self.sale(sn)), 1)

    def test_a_push_of_a_shop_that_is_not_linked_is_kept_and_asks_nothing(self):
        self.shop.place(shop_id=700002)
        self.shop.wait_pushes()
        self.assertEqual([p["state"] for p in self.shop.pushes()], ["delivered"])
        self.drain()
        self.drain("bulk")
        message = self.messages()
        self.assertEqual((message.state, message.attempts), ("ignored", 0))
        self.assertIn("700002", message.note)
        self.assertFalse(self.shop.calls().get("/api/v2/order/get_order_detail"))
        self.assertFalse(self.backend.activity_ids)

    def test_a_forged_push_is_refused(self):
        (sn,) = self.shop.place(notify=False)
        for forged in ("wrong_key", "missing", "empty", "garbage"):
            self.assertEqual(self.shop.push(sn, forged=forged), [401], forged)
        self.assertFalse(self.messages())

    def test_a_push_nobody_can_read_is_kept(self):
        (sn,) = self.shop.place(notify=False)
        for body in ("not json", "{}", "[]", '{"code": 3}'):
            self.assertEqual(self.shop.push(sn, body=body), [200], body)
        self.drain()
        self.drain("bulk")
        self.assertTrue(self.messages())
        self.assertNotIn("processing", self.messages().mapped("state"))

    def test_two_lanes_confirm_orders_of_the_same_products_at_once(self):
        sns = self.shop.place(60, skus=["SKU-001", "SKU-002"], buyers=5)
        self.shop.wait_pushes(30)
        self.in_threads(self.work, self.work)
        self.drain()
        states = {self.sale(sn).state for sn in sns}
        self.assertEqual(states, {"sale"})
        pickings = self.env["sale.order"].concat(*map(self.sale, sns)).picking_ids
        self.assertEqual(set(pickings.mapped("state")), {"assigned"})
        self.assertEqual(len(pickings), 60)
        self.assertEqual(set(self.messages().mapped("state")), {"done"})

    def work(self):
        with self.lane() as (messages, worker):
            while messages._work_one_batch("fast", worker):
                messages.env.cr.commit()

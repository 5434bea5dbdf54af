"""One shop is one account; what orders need is looked at when it is linked."""

import json
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import SHOP_ID, FlowMixin, MarketCase

IDENTITY = "erp.connector.identity"


class TestOneShop(FlowMixin, MarketCase):
    def setUp(self):
        super().setUp()
        self.shop.config(auto_authorize=True)

    def answered(self, answer):
        """What the callback makes of an answer; the account it shows."""
        state = answer.pop("state")
        return self.env["erp.connector.backend"]._oauth_answered(state, answer)

    def test_the_same_shop_is_refused_and_the_other_account_is_named(self):
        new = self.shop_account(name="Toko Kedua")
        shown = self.answered(self.agree(new))
        self.assertEqual(shown, new)
        self.assertEqual(new.state, "draft")
        self.assertIn(self.backend.name, new.state_reason)
        self.assertFalse(new._secrets()["access_token"])
        self.assertFalse(new.account_ref)
        self.assertEqual(new.duplicate_of_id, self.backend)

    def test_the_first_account_keeps_its_tokens_when_a_second_one_is_refused(self):
        self.answered(self.agree(self.shop_account()))
        self.assertTrue(self.backend.action_test_connection())
        _sn, sale, _message = self.place_one()
        self.assertEqual(sale.state, "sale")

    def test_an_archived_account_is_named_and_linked_anew_by_a_button(self):
        self.backend.active = False
        new = self.shop_account()
        self.answered(self.agree(new))
        self.assertIn("archived", new.state_reason)
        action = new.action_link_duplicate()
        self.assertTrue(self.backend.active)
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertIn(f"{self.backend.id}-", action["url"])

    def test_a_shop_belongs_to_one_company(self):
        other = self.env["res.company"].create({"name": "PT Dua"})
        new = self.shop_account(company_id=other.id)
        with self.assertRaisesRegex(UserError, "belongs to one company"):
            new._check_shop(SHOP_ID)

    def test_who_may_not_see_the_other_company_is_told_its_name_only(self):
        other = self.env["res.company"].create({"name": "PT Dua"})
        manager = self.env["res.users"].create(
            {
                "name": "manager of two",
                "login": "manager of two",
                "group_ids": [
                    Command.link(self.env.ref("erp_connector_base.group_manager").id)
                ],
                "company_id": other.id,
                "company_ids": [Command.set(other.ids)],
            }
        )
        new = self.shop_account(company_id=other.id).with_user(manager)
        with self.assertRaises(UserError) as caught:
            new._check_shop(SHOP_ID)
        self.assertEqual(type(caught.exception), UserError)
        self.assertIn(self.backend.name, str(caught.exception))

    def test_another_environment_is_another_world(self):
        twin = self.shop_account(base_url="http://127.0.0.1:9", auth_url=False)
        twin.sudo().account_ref = SHOP_ID
        twin._set_connected()
        self.assertEqual(twin.state, "connected")
        with self.assertRaisesRegex(UserError, "connected already"):
            twin.base_url = f"{self.shop.url}/"

    def test_the_database_has_each_mark_once(self):
        mark = self.env[IDENTITY].search([("backend_id", "=", self.backend.id)])
        twin = {"backend_id": self.shop_account().id, "value": mark.value}
        refused = self.assertRaises(UniqueViolation)
        with mute_logger("odoo.sql_db"), refused, self.env.cr.savepoint():
            self.env[IDENTITY].create(twin)

    def test_who_is_late_by_a_moment_is_refused_in_words(self):
        new = self.shop_account()
        new.sudo().account_ref = SHOP_ID
        blind = patch.object(type(new), "_same_outside", lambda b, _marks: b.browse())
        refused = self.assertRaisesRegex(UserError, "at this very moment")
        with blind, mute_logger("odoo.sql_db"), refused:
            new._claim_identity()

    def test_a_copy_is_nobody_yet_and_has_a_name_of_its_own(self):
        copy = self.backend.copy()
        self.assertEqual((copy.state, copy.account_ref), ("draft", False))
        self.assertNotEqual(copy.name, self.backend.name)
        self.assertFalse(copy.identity_ids or copy._secrets()["access_token"])

    def test_nobody_types_which_shop_an_account_is(self):
        manager = self.env.ref("base.user_admin")
        mine = self.shop_account().with_user(manager)
        with self.assertRaisesRegex(UserError, "never by hand"):
            mine.write({"account_ref": SHOP_ID})
        with self.assertRaisesRegex(UserError, "never by hand"):
            mine.create({"name": "X", "provider": "shopee", "account_ref": SHOP_ID})
        self.assertTrue(mine.write({"account_ref": False}), "no change is no harm")

    def test_two_shops_of_before_are_told_and_nothing_fails(self):
        self.env[IDENTITY].search([]).unlink()
        twin = self.shop_account(name="Twin")
        self.cr.execute(
            "UPDATE erp_connector_backend SET account_ref = %s, state = 'connected' "
            "WHERE id = %s",
            [SHOP_ID, twin.id],
        )
        self.env.invalidate_all()
        self.env["erp.connector.backend"]._claim_existing(["shopee"])
        self.assertTrue(self.backend.identity_ids)
        self.assertFalse(twin.identity_ids)
        self.assertIn(self.backend.name, twin.activity_ids.note)
        self.assertFalse(self.backend.activity_ids)

    def test_a_twin_of_before_is_the_shop_when_the_other_is_archived(self):
        self.test_two_shops_of_before_are_told_and_nothing_fails()
        twin = self.env["erp.connector.backend"].search([("name", "=", "Twin")])
        self.assertEqual(twin.duplicate_of_id, self.backend)
        self.backend.active = False
        self.assertEqual(twin.identity_ids.mapped("kind"), ["account"])
        self.assertFalse(twin.duplicate_of_id)
        self.assertFalse(twin.activity_ids)
        twin._check_shop(SHOP_ID)
        with self.assertRaisesRegex(UserError, "Twin"):
            self.backend.active = True

    def test_a_twin_of_before_can_be_archived(self):
        self.test_two_shops_of_before_are_told_and_nothing_fails()
        twin = self.env["erp.connector.backend"].search([("name", "=", "Twin")])
        twin.active = False
        self.assertFalse(twin.activity_ids)
        self.assertTrue(self.backend.identity_ids)
        with self.assertRaisesRegex(UserError, "connected already"):
            twin.active = True

    def test_of_two_of_before_the_one_that_works_is_the_shop(self):
        self.env[IDENTITY].search([]).unlink()
        twin = self.shop_account(name="Twin")
        self.cr.execute(
            "UPDATE erp_connector_backend SET account_ref = %s, state = 'connected',"
            " active = id = %s WHERE id IN (%s, %s)",
            [SHOP_ID, twin.id, twin.id, self.backend.id],
        )
        self.env.invalidate_all()
        self.env["erp.connector.backend"]._claim_existing(["shopee"])
        self.assertTrue(twin.identity_ids)
        self.assertFalse(self.backend.identity_ids)
        self.assertFalse((twin | self.backend).activity_ids)

    def test_a_twin_of_before_is_settled_when_it_becomes_another_one(self):
        self.test_two_shops_of_before_are_told_and_nothing_fails()
        twin = self.env["erp.connector.backend"].search([("name", "=", "Twin")])
        twin.sudo().account_ref = "700002"
        self.assertFalse(twin.activity_ids)


class TestStrangers(MarketCase):
    """Pushes that come to our address and are about others."""

    def push(self, sn="2611290UJI0003", shop=SHOP_ID, backend=None):
        payload = json.dumps({"code": 3, "shop_id": int(shop)})
        event = Event("order.status", sn, f"{sn}:{shop}", payload, account=shop)
        backend = backend or self.backend
        messages = self.env["erp.connector.message"]
        for owner, events in backend._hand_out([event]).items():
            messages._ingest(owner, events)
        return messages.search([("dedup_key", "=", event.dedup_key)])

    def test_a_shop_that_is_not_linked_is_kept_and_asks_nothing(self):
        message = self.push(shop="999999")
        self.drain()
        self.drain("bulk")
        self.assertEqual((message.state, message.attempts), ("ignored", 0))
        self.assertIn("999999", message.note)
        self.assertIn("not linked here", message.note)
        self.assertEqual(message.topic, "webhook.other")
        self.assertFalse(self.backend.activity_ids)
        self.assertFalse(self.shop.calls().get("/api/v2/order/get_order_detail"))
        self.assertEqual(self.push(shop="999999"), message, "kept once")

    def test_an_archived_shop_is_as_one_that_is_not_linked(self):
        second = self.linked_account("700002")
        second.active = False
        message = self.push(shop="700002")
        self.assertEqual(message.state, "ignored")

    def test_a_disconnected_shop_has_its_pushes_kept(self):
        second = self.linked_account("700002")
        second._disconnect("gone")
        message = self.push(shop="700002")
        self.assertEqual((message.backend_id, message.state), (second, "pending"))

    def test_the_address_of_an_archived_shop_still_serves_the_others(self):
        second = self.linked_account("700002")
        token = self.backend.webhook_token
        self.backend.active = False
        self.assertTrue(self.env["erp.connector.backend"]._webhook_account(token))
        message = self.push(shop="700002", backend=self.backend)
        self.assertEqual(message.backend_id, second)
        self.assertEqual(self.push("X", backend=self.backend).state, "ignored")
        second.active = False
        self.assertFalse(self.env["erp.connector.backend"]._webhook_account(token))


class TestOneNeverStopsTheOthers(MarketCase):
    def setUp(self):
        super().setUp()
        self.broken = self.linked_account("700002")
        self.broken.sequence = -1
        # a value that no key opens
        self.broken._credential("access_token").encrypted_value = "gAAAAlost"
        self.backend.sequence = 5

    @mute_logger("odoo.addons.erp_connector_base.models.erp_connector_backend_each")
    def test_the_watch_of_authorisations_goes_on(self):
        self.broken.sudo().authorised_until = False
        self.backend.sudo().authorised_until = self.now()
        self.env["erp.connector.backend"]._cron_watch_authorisations()
        self.assertIn("Link", self.backend.activity_ids.summary)
        self.assertIn("cannot be read", self.broken.activity_ids.note)
        self.broken._set_secrets({"access_token": "new"})
        self.broken.sudo().authorised_until = "2099-01-01"
        self.env["erp.connector.backend"]._cron_watch_authorisations()
        self.assertFalse(self.broken.activity_ids)

    @mute_logger("odoo.addons.erp_connector_base.models.erp_connector_backend_each")
    def test_the_look_for_orders_goes_on(self):
        own = type(self.backend)._start_poll

        def start(backend, now):
            if backend == self.broken:
                raise ZeroDivisionError
            own(backend, now)

        start.__name__ = "_start_poll"
        with patch.object(type(self.backend), "_start_poll", start):
            self.env["erp.connector.backend"]._cron_poll_orders()
        self.assertTrue(self.backend.next_poll_at)
        self.assertTrue(self.broken.activity_ids)


class TestRights(FlowMixin, MarketCase):
    def test_who_may_not_write_connects_nothing(self):
        reader = self.env["res.users"].create(
            {
                "name": "reader",
                "login": "reader",
                "group_ids": [
                    Command.set(
                        [
                            self.env.ref("base.group_user").id,
                            self.env.ref("erp_connector_base.group_operator").id,
                        ]
                    )
                ],
            }
        )
        self.backend.state = "disconnected"
        mine = self.backend.with_user(reader)
        for name in (
            "action_test_connection",
            "action_connect",
            "action_link",
            "action_resume",
            "action_pause",
            "action_dismiss_notice",
        ):
            with self.subTest(name), self.assertRaises(UserError):
                getattr(mine, name)()
        self.assertEqual(self.backend.state, "disconnected")

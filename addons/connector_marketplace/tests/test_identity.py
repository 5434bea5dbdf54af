"""One shop is one account; what orders need is looked at when it is linked."""

import json
from unittest.mock import patch

from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.exceptions import UserError, ValidationError
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


class TestLinkingThatFails(FlowMixin, MarketCase):
    def setUp(self):
        super().setUp()
        self.shop.config(auto_authorize=True)
        self.backend.unlink()
        self.new = self.shop_account()
        self.backends = self.env["erp.connector.backend"]

    def test_a_wrong_partner_key_is_said_in_words(self):
        answer = self.agree(self.new)
        self.new._set_secrets({"partner_key": "wrong"})
        reason = self.fail_as_said(answer)
        self.assertIn("check the partner key", reason)
        self.assertNotIn("127.0.0.1", reason)
        self.assertNotIn(answer["code"], reason)

    def fail_as_said(self, answer):
        """The reason on the account, which is what the callback shows."""
        answer = dict(answer)
        shown = self.backends._oauth_answered(answer.pop("state"), answer)
        self.assertEqual((shown, self.new.state), (self.new, "draft"))
        reason = self.new.state_reason
        self.assertTrue(reason.startswith("It was not linked: "), reason)
        return reason

    def test_a_platform_that_fails_or_hangs_is_said_in_words(self):
        for fault in (
            {"kind": "status", "status": 500},
            {"kind": "status", "status": 503},
            {"kind": "cut_before"},
            {"kind": "cut_after"},
            {"kind": "html"},
        ):
            with self.subTest(fault):
                self.shop.clear_faults()
                answer = self.agree(self.new)
                self.shop.fault(path="*/auth/token/get", **fault)
                self.assertIn("try again", self.fail_as_said(answer))

    def test_who_declines_reads_it_on_the_account(self):
        answer = self.agree(self.new)
        declined = {"state": answer["state"], "error": "access_denied"}
        self.assertIn("access_denied", self.fail_as_said(declined))

    def test_a_stale_state_and_a_second_use_are_said_on_the_account(self):
        answer = self.agree(self.new)
        self.new.sudo().oauth_until = self.now()
        self.assertIn("more than", self.fail_as_said(answer))
        self.assertTrue(self.new.sudo().oauth_state, "nobody used it")

    def test_a_callback_that_is_reloaded_shows_the_account_that_is_linked(self):
        answer = self.agree(self.new)
        state = answer.pop("state")
        for _again in range(2):
            shown = self.backends._oauth_answered(state, answer)
            self.assertEqual((shown.state, shown.state_reason), ("connected", False))

    def test_linking_says_which_shop_and_what_comes_next(self):
        self.finish(self.agree(self.new))
        self.assertIn(f"({SHOP_ID})", self.new.link_notice)
        self.assertIn("Linked: Toko Nusantara", self.new.link_notice)
        self.assertIn("webhook address", self.new.link_notice)
        self.new.action_dismiss_notice()
        self.assertFalse(self.new.link_notice)

    def test_a_shop_that_does_not_answer_is_linked_all_the_same(self):
        answer = self.agree(self.new)
        self.shop.fault("status", path="*/get_shop_info", status=500)
        self.finish(answer)
        self.assertEqual(self.new.state, "connected")
        self.assertIn("has not answered", self.new.link_notice)

    def test_a_bug_is_said_without_its_details(self):
        answer = self.agree(self.new)
        broken = patch.object(type(self.new), "_check_shop", side_effect=KeyError("x"))
        with (
            broken,
            mute_logger("odoo.addons.erp_connector_base.models.erp_connector_oauth"),
        ):
            self.assertIn("nobody has foreseen", self.fail_as_said(answer))


class TestReady(FlowMixin, MarketCase):
    def setUp(self):
        super().setUp()
        self.shop.config(auto_authorize=True)
        self.company = self.env["res.company"].create(
            {"name": "PT Dua", "currency_id": self.env.ref("base.IDR").id}
        )

    def test_what_orders_would_fail_for_is_said_before_linking(self):
        self.env["stock.warehouse"].search(
            [("company_id", "=", self.company.id)]
        ).active = False
        shop = self.shop_account("700002", company_id=self.company.id)
        shop.warehouse_id = False
        with self.assertRaises(UserError) as caught:
            shop.action_link()
        self.assertIn("PT Dua has no warehouse", str(caught.exception))
        self.assertIn("PT Dua has no journal for sales", str(caught.exception))

    def test_a_warehouse_made_later_is_filled_in(self):
        old = self.env["stock.warehouse"].search([("company_id", "=", self.company.id)])
        old.active = False
        shop = self.shop_account("700002", company_id=self.company.id)
        shop.warehouse_id = False
        made = self.env["stock.warehouse"].create(
            {"name": "Dua", "code": "DUA", "company_id": self.company.id}
        )
        self.assertEqual(shop.warehouse_id, made)

    def test_books_in_another_currency_are_said(self):
        self.company.currency_id = self.env.ref("base.EUR")
        shop = self.shop_account("700002", company_id=self.company.id)
        with self.assertRaisesRegex(UserError, "in EUR"):
            shop._check_ready()

    def test_an_archived_charge_product_is_said(self):
        charge = self.backend.charge_ids[0]
        charge.product_id.active = False
        with self.assertRaisesRegex(UserError, "archived"):
            self.backend._check_ready()

    def test_a_missing_charge_is_made(self):
        count = len(self.backend.charge_ids)
        self.backend.charge_ids[0].unlink()
        self.backend._check_ready()
        self.assertEqual(len(self.backend.charge_ids), count)

    def test_a_warehouse_in_use_is_not_archived(self):
        with self.assertRaisesRegex(UserError, self.backend.name):
            self.backend.warehouse_id.active = False
        spare = self.env["stock.warehouse"].create({"name": "Spare", "code": "SPR"})
        self.backend.warehouse_id = spare
        with self.assertRaisesRegex(UserError, self.backend.name):
            spare.unlink()

    def test_an_account_with_orders_keeps_company_and_environment(self):
        self.place_one()
        for values in (
            {"company_id": self.company.id},
            {"environment": "sandbox"},
        ):
            with self.subTest(values), self.assertRaisesRegex(UserError, "has orders"):
                self.backend.write(values)
        self.backend.write({"company_id": self.backend.company_id.id})

    def test_a_simulator_never_leaves_the_machine(self):
        account = self.env["erp.connector.backend"].new(
            {"name": "S", "provider": "shopee", "environment": "sandbox"}
        )
        self.assertIn("shopee", account.base_url)
        account.environment = "simulator"
        self.assertFalse(account.base_url or account.auth_url)
        saved = self.shop_account(base_url=False, auth_url=False)
        with self.assertRaisesRegex(UserError, "address of the simulator"):
            saved.action_link()
        with self.assertRaises(ValidationError):
            saved.base_url = "https://partner.shopeemobile.com"


class TestConnectedAgain(FlowMixin, MarketCase):
    def test_a_test_that_succeeds_connects(self):
        self.backend.write({"state": "disconnected", "state_reason": "x"})
        said = self.backend.action_test_connection()["params"]
        self.assertEqual(self.backend.state, "connected")
        self.assertFalse(self.backend.state_reason)
        self.assertEqual(said["title"], "Connected again")

    def test_another_shops_answer_connects_nothing(self):
        self.backend.state = "disconnected"
        pair = self.shop.tokens(shop_id=700002)
        self.backend._set_secrets(
            {
                "shop_id": "700002",
                "access_token": pair["access_token"],
                "refresh_token": pair["refresh_token"],
            }
        )
        with self.assertRaisesRegex(UserError, "shop 700002 answered"):
            self.backend.action_test_connection()
        self.assertEqual(self.backend.state, "disconnected")

    def test_nobody_types_which_shop_is_called(self):
        row = self.backend._credential("shop_id")
        with self.assertRaisesRegex(UserError, "never a person"):
            row.with_user(self.env.ref("base.user_admin")).value = "700002"

    def test_a_test_that_succeeds_takes_the_reason_of_a_failed_linking_away(self):
        self.backend._link_failed(UserError("declined"))
        self.assertEqual(self.backend.state, "connected")
        self.backend.action_test_connection()
        self.assertFalse(self.backend.state_reason)

    def test_a_paused_account_stays_paused_and_a_draft_one_draft(self):
        for state in ("paused", "draft"):
            self.backend.state = state
            self.backend.action_test_connection()
            self.assertEqual(self.backend.state, state)

    def test_only_what_is_paused_is_resumed(self):
        draft = self.shop_account()
        draft.action_resume()
        draft.action_pause()
        self.assertEqual(draft.state, "draft")

    def test_one_order_that_is_refused_disconnects_nobody(self):
        sns = self.shop.place(3)
        self.shop.fault(
            "api_error",
            path="*/get_order_detail",
            code="error_auth",
            message="Invalid access_token.",
            count=2,
        )
        self.tell(*sns)
        self.assertEqual(self.backend.state, "connected")
        self.let_time_pass()
        self.drain()
        self.assertEqual(len(self.env["sale.order"].concat(*map(self.sale, sns))), 3)

    def test_an_app_without_the_right_to_a_call_is_not_disconnected(self):
        self.shop.fault(
            "api_error",
            path="*/get_order_list",
            code="error_auth",
            message="no permission",
        )
        self.backend.action_poll_orders()
        self.drain("bulk")
        self.assertEqual(self.backend.state, "connected")
        message = self.env["erp.connector.message"].search(
            [("backend_id", "=", self.backend.id), ("topic", "=", "order.poll")]
        )
        self.assertEqual(message.state, "retry")
        self.assertIn("has the app the right", message.error)


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

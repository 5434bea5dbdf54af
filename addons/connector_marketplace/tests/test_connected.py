"""What ends on the account when a shop is linked, and what orders need of it."""

from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from .common import SHOP_ID, FlowMixin, MarketCase


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

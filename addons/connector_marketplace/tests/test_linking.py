"""Linking by the official flow, and tokens that rotate under a lock."""

import os
import time
from functools import partial
from unittest.mock import patch

from cryptography.fernet import Fernet
from psycopg2.errors import LockNotAvailable

from odoo import api
from odoo.addons.erp_connector_base.client.errors import (
    AuthenticationError,
    RejectedError,
)
from odoo.addons.erp_connector_base.tests.common import EngineCase
from odoo.exceptions import UserError
from odoo.tools import SQL, mute_logger

from tests.simulators.control import ShopeeControl

from .common import SHOP_ID, FlowMixin, MarketCase, ShopMixin

#: The token is refused, however new it is.
REFUSED = {
    "kind": "api_error",
    "path": "*/get_shop_info",
    "code": "error_auth",
    "message": "Invalid access_token.",
}


class TestLinking(FlowMixin, MarketCase):
    def setUp(self):
        super().setUp()
        self.shop.reset(all=True, seed=1)
        self.shop.config(auto_authorize=True)
        self.backend.unlink()  # one shop, one account
        self.new = self.shop_account()

    def test_a_shop_is_linked_by_the_platforms_own_flow(self):
        backend = self.finish(self.agree(self.new))
        self.assertEqual(backend, self.new)
        self.assertEqual((backend.state, backend.account_ref), ("connected", SHOP_ID))
        secrets = backend._secrets()
        self.assertTrue(secrets["access_token"] and secrets["refresh_token"])
        self.assertTrue(backend._credential("access_token").expires_on)
        self.assertTrue(backend.authorised_until)
        self.assertTrue(backend.poll_cursor)

    def test_the_state_of_another_flow_links_nothing(self):
        answer = self.agree(self.new)
        answer["state"] = f"{self.new.id}-forged"
        with self.assertRaises(UserError):
            self.finish(answer)
        self.assertEqual(self.new.state, "draft")

    def test_a_seller_who_declines_links_nothing(self):
        answer = self.agree(self.new)
        with self.assertRaisesRegex(UserError, "gave no code"):
            self.finish({"state": answer["state"], "error": "access_denied"})

    def test_an_account_stays_with_its_shop(self):
        self.finish(self.agree(self.new))
        answer = self.agree(self.new)
        answer["shop_id"] = "700002"
        with self.assertRaises(Exception) as caught:
            self.finish(answer)
        self.assertNotIn("partner-key", str(caught.exception))
        self.assertEqual(self.new.account_ref, SHOP_ID)

    def test_a_shop_is_not_linked_under_another_spelling(self):
        for spelling in (f"0{SHOP_ID}", f" {SHOP_ID}", "７００００１", "-1", "²"):
            answer = self.agree(self.new) | {"shop_id": spelling}
            with self.subTest(spelling), self.assertRaises(RejectedError):
                self.finish(answer)
            self.assertFalse(self.new.account_ref)

    def test_a_shop_is_linked_again_into_the_same_account(self):
        self.finish(self.agree(self.new))
        old = self.new._secrets()["access_token"]
        cursor = self.new.poll_cursor
        self.finish(self.agree(self.new))
        self.assertNotEqual(self.new._secrets()["access_token"], old)
        self.assertEqual(self.new.poll_cursor, cursor)

    def test_a_shop_is_linked_anew_after_the_key_was_lost(self):
        self.finish(self.agree(self.new))
        typed = {
            c.code: c._plain()
            for c in self.new.credential_ids.filtered(lambda c: not c.is_rotating)
        }
        self.new._disconnect(AuthenticationError("the key is lost"))
        key = Fernet.generate_key().decode()
        with patch.dict(os.environ, {"ERP_CONNECTOR_KEYS": key}):
            for code, value in typed.items():
                self.new._credential(code).value = value
            self.finish(self.agree(self.new))
            self.assertTrue(self.new._secrets()["access_token"])
        self.assertEqual(self.new.state, "connected")

    def test_an_archived_account_is_not_linked_tested_or_looked_for(self):
        self.finish(self.agree(self.new))
        tokens = self.new._secrets()
        begun = self.agree(self.new)
        self.new.active = False
        for action in (
            "action_link",
            "action_connect",
            "action_test_connection",
            "action_poll_orders",
        ):
            with (
                self.subTest(action),
                self.assertRaisesRegex(UserError, "is archived.*Unarchive it first"),
            ):
                getattr(self.new, action)()
        self.new.state = "paused"
        with self.assertRaisesRegex(UserError, "is archived"):
            self.new.action_resume()
        state = begun.pop("state")
        backends = self.env["erp.connector.backend"]
        self.assertEqual(backends._oauth_answered(state, begun), self.new)
        self.assertIn("is archived", self.new.state_reason)
        self.assertEqual(self.new._secrets(), tokens, "the code was not spent")
        self.new.action_unarchive()
        self.finish(self.agree(self.new))
        self.assertEqual(self.new.state, "connected")

    def test_the_connection_test_names_the_shop(self):
        self.finish(self.agree(self.new))
        said = self.new.action_test_connection()["params"]["message"]
        self.assertIn(SHOP_ID, said)

    def test_an_account_without_its_key_asks_for_it(self):
        self.new._set_secrets({"partner_key": False})
        with self.assertRaisesRegex(UserError, "Partner Key"):
            self.new.action_link()

    def test_what_waited_while_the_shop_was_unlinked_comes_in_after_it_is_linked(self):
        self.finish(self.agree(self.new))
        self.shop.revoke()
        (sn,) = self.shop.place()
        self.tell(sn, backend=self.new)
        self.assertEqual(self.new.state, "disconnected")
        self.assertEqual(self.message(sn).state, "pending")
        self.finish(self.agree(self.new))
        self.drain()
        self.assertEqual(self.sale(sn, self.new).state, "sale")

    def test_what_was_said_of_old_tokens_disconnects_nobody_who_linked_again(self):
        self.finish(self.agree(self.new))
        for spoil in (self.shop.revoke, lambda: self.shop.fault(**REFUSED)):
            with self.subTest(spoil):
                spoil()
                error = self.refusal()
                self.shop.clear_faults()
                self.finish(self.agree(self.new))
                self.new._disconnect(error)
                self.assertEqual(self.new.state, "connected")

    def test_an_account_whose_new_tokens_are_refused_too_is_disconnected(self):
        self.finish(self.agree(self.new))
        self.shop.fault(**REFUSED)
        self.new._disconnect(self.refusal())
        self.assertEqual(self.new.state, "disconnected")

    def refusal(self):
        """What the platform says; assertRaises would undo the renewal of tokens."""
        try:
            self.new._with_client(lambda client: client.shop_info())
        except AuthenticationError as error:
            return error
        return self.fail("it was not refused")


class TestTokens(MarketCase):
    def token(self, code="access_token"):
        return self.backend._secrets()[code]

    def test_an_expired_token_is_renewed_and_the_order_comes_in(self):
        old = self.token()
        self.shop.expire_access()
        _sn, sale, message = self.place_one()
        self.assertEqual((sale.state, message.attempts), ("sale", 1))
        self.assertNotEqual(self.token(), old)

    def test_a_token_that_ends_soon_is_renewed_before_it_is_used(self):
        old = self.token()
        self.backend._credential("access_token").expires_on = self.now()
        self.place_one()
        self.assertNotEqual(self.token(), old)
        self.assertFalse(self.shop.ledger("errors"))

    def test_a_withdrawn_permission_disconnects_and_tells_the_owner(self):
        self.shop.revoke()
        _sn, _sale, message = self.place_one()
        self.assertEqual(self.backend.state, "disconnected")
        self.assertIn("Reconnect", self.backend.activity_ids.summary)
        self.assertEqual((message.state, message.attempts), ("pending", 0))

    def test_an_expired_refresh_token_disconnects(self):
        self.shop.expire_access()
        self.shop.expire_refresh()
        self.place_one()
        self.assertEqual(self.backend.state, "disconnected")

    def test_a_platform_that_fails_for_a_while_disconnects_nobody(self):
        self.shop.expire_access()
        self.shop.fault("status", path="*/access_token/get", count=1)
        sn, sale, message = self.place_one()
        self.assertEqual(self.backend.state, "connected")
        self.assertEqual(message.state, "retry")
        self.let_time_pass()
        self.drain()
        self.assertEqual(self.sale(sn).state, "sale")

    def test_no_token_is_in_the_journal(self):
        self.shop.expire_access()
        self.place_one()
        calls = self.env["erp.connector.call"].search(
            [("backend_id", "=", self.backend.id)]
        )
        self.assertTrue(calls)
        told = str(calls.read())
        for code in ("access_token", "refresh_token", "partner_key"):
            self.assertNotIn(self.token(code), told)


class TestTwoWorkers(ShopMixin, EngineCase):
    def setUp(self):
        self.shop = ShopeeControl(self.server.url)
        self.shop.reset(all=True, seed=1)
        super().setUp()
        self.linked = self.linked_account()
        self.made |= self.linked
        self.commit()

    def test_two_workers_renew_an_expired_token_once(self):
        self.shop.expire_access()
        names = []

        def work():
            with self.registry.cursor() as cr:
                env = api.Environment(cr, api.SUPERUSER_ID, {})
                backend = env["erp.connector.backend"].browse(self.linked.id)
                names.append(backend._with_client(lambda client: client.shop_info()))

        self.in_threads(work, work, work)
        self.assertEqual(len(names), 3)
        refreshes = self.shop.calls()["/api/v2/auth/access_token/get"]
        self.assertEqual(refreshes, 1)
        self.refresh()
        self.assertTrue(self.linked._secrets()["refresh_token"])

    def test_two_workers_link_the_same_shop_and_one_is_refused(self):
        twins = self.shop_account("700002") | self.shop_account("700002")
        self.made |= twins
        self.commit()
        refused = []

        def link(backend_id):
            with self.registry.cursor() as cr:
                env = api.Environment(cr, api.SUPERUSER_ID, {})
                backend = env["erp.connector.backend"].browse(backend_id)
                try:
                    backend.account_ref = "700002"
                    backend._set_connected()
                    cr.commit()
                except UserError as error:
                    refused.append(str(error))
                    cr.rollback()  # as any request that fails

        with mute_logger("odoo.sql_db"):
            self.in_threads(*(partial(link, twin.id) for twin in twins))
        self.refresh()
        self.assertEqual(len(twins.filtered(lambda b: b.state == "connected")), 1)
        self.assertEqual(len(refused), 1)

    def test_nobody_changes_an_account_whose_code_is_being_exchanged(self):
        state = self.linked._oauth_begin()
        self.commit()
        answer = {"code": self.shop.authorize()["code"], "shop_id": SHOP_ID}
        asked = self.shop.hold("*/auth/token/get")

        def link():
            with self.registry.cursor() as cr:
                env = api.Environment(cr, api.SUPERUSER_ID, {})
                env["erp.connector.backend"]._oauth_account(state)._oauth_finish(answer)

        def change():
            try:
                self.wait(lambda: self.shop.hits(asked))
                for table in ("backend", "credential"):
                    self.assert_held(f"erp_connector_{table}")
            finally:
                self.shop.clear_faults()

        self.in_threads(link, change)
        self.refresh()
        self.assertEqual(self.linked.state, "connected")
        self.assertTrue(self.linked._with_client(lambda client: client.shop_info()))

    def wait(self, condition):
        deadline = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def assert_held(self, table):
        """Another session may not write the rows of `table` now."""
        query = SQL("SELECT 1 FROM %s FOR NO KEY UPDATE NOWAIT", SQL.identifier(table))
        with self.registry.cursor() as cr, self.assertRaises(LockNotAvailable):
            cr.execute(query, log_exceptions=False)

    def test_a_renewed_token_survives_the_failure_of_the_work_it_was_for(self):
        self.shop.expire_access()
        old = self.linked._secrets()["refresh_token"]

        def fail(client):
            client.shop_info()
            raise ZeroDivisionError

        with self.registry.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            backend = env["erp.connector.backend"].browse(self.linked.id)
            with self.assertRaises(ZeroDivisionError):
                backend._with_client(fail)
            cr.rollback()
        self.refresh()
        self.assertNotEqual(self.linked._secrets()["refresh_token"], old)
        self.assertTrue(self.linked._with_client(lambda client: client.shop_info()))

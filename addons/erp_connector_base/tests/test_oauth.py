"""The state of an authorization: for one user, one account, one use, minutes."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, tagged

from .common import AccountMixin, ConnectorCase


@tagged("post_install", "-at_install")
class TestState(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.manager = self.user("manager", "manager")
        self.backends = self.env["erp.connector.backend"].with_user(self.manager)
        self.mine = self.backend.with_user(self.manager)

    def refused(self, state, user=None):
        with self.assertRaises(UserError):
            self.backends.with_user(user or self.manager)._oauth_account(state)

    def test_the_state_names_its_account(self):
        state = self.mine._oauth_begin()
        self.assertEqual(self.backends._oauth_account(state), self.mine)

    def test_a_state_is_spent_by_its_use(self):
        state = self.mine._oauth_begin()
        self.backends._oauth_account(state)
        self.refused(state)

    def test_a_wrong_state_is_refused(self):
        state = self.mine._oauth_begin()
        number = self.mine.id
        for wrong in (
            "",
            "x",
            "-",
            f"{number}-",
            f"{number}",
            f"{state}x",
            "99999999-x",
            f"{number}-é",
            "²-x",
            "9" * 40 + "-x",
        ):
            with self.subTest(wrong):
                self.refused(wrong)
        self.assertTrue(self.backends._oauth_account(state), "still good")

    def test_an_account_without_a_flow_under_way_accepts_no_state(self):
        self.refused(f"{self.mine.id}-")

    def test_a_state_is_good_for_minutes(self):
        state = self.mine._oauth_begin()
        self.backend.sudo().oauth_until = fields.Datetime.now() - timedelta(seconds=1)
        self.refused(state)

    def test_a_state_is_for_the_user_who_began(self):
        state = self.mine._oauth_begin()
        self.refused(state, self.user("another manager", "manager"))

    def test_beginning_again_makes_the_first_state_void(self):
        first = self.mine._oauth_begin()
        second = self.mine._oauth_begin()
        self.refused(first)
        self.assertTrue(self.backends._oauth_account(second))

    def test_who_is_no_manager_may_neither_begin_nor_finish(self):
        operator = self.user("operator", "operator")
        with self.assertRaises(AccessError):
            self.backend.with_user(operator)._oauth_begin()
        with self.assertRaises(AccessError):
            self.backends.with_user(operator)._oauth_account("1-x")

    def test_a_manager_of_another_company_may_not_begin(self):
        company = self.env["res.company"].create({"name": "Another"})
        stranger = self.user("stranger", "manager", company)
        with self.assertRaises(AccessError):
            self.backend.with_user(stranger)._oauth_begin()


@tagged("post_install", "-at_install")
class TestCallback(AccountMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.backend = self.account()
        self.backend.action_pause()
        self.manager = self.user("linker", "manager")
        self.manager.password = "linker-password"

    def call(self, state):
        query = f"state={state}&code=abc"
        return self.url_open(
            f"/connector/oauth/callback?{query}", allow_redirects=False
        )

    def test_the_callback_links_and_opens_the_account(self):
        self.authenticate("linker", "linker-password")
        answer = self.call(self.backend.with_user(self.manager)._oauth_begin())
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(
            answer.headers["Location"].endswith(
                f"/odoo/erp.connector.backend/{self.backend.id}"
            )
        )
        self.assertEqual(self.backend.state, "connected")
        self.assertEqual(self.backend._secrets()["access_token"], "abc")

    def test_a_forged_callback_links_nothing(self):
        self.authenticate("linker", "linker-password")
        self.backend.with_user(self.manager)._oauth_begin()
        answer = self.call(f"{self.backend.id}-forged")
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(self.backend.state, "paused")
        self.assertEqual(self.backend.state_reason, "Paused by hand.")
        self.assertFalse(self.backend._secrets()["access_token"])

    def test_what_has_no_account_here_is_said_on_a_page(self):
        self.authenticate("linker", "linker-password")
        for state in ("", "999999999-x", f"{self.account('Never begun').id}-x"):
            with self.subTest(state):
                answer = self.call(state)
                self.assertEqual(answer.status_code, 400)
                self.assertIn("was not started here", answer.text)
                self.assertIn("Back to Odoo", answer.text)

    def test_who_may_not_link_is_told_so_on_a_page(self):
        state = self.backend.with_user(self.manager)._oauth_begin()
        self.user("clerk", "operator").password = "clerk-password"
        self.authenticate("clerk", "clerk-password")
        answer = self.call(state)
        self.assertEqual(answer.status_code, 403)
        self.assertIn("Only a Connector Manager", answer.text)
        self.assertTrue(self.backend.sudo().oauth_state, "it is still good")

    def test_the_state_of_another_manager_links_nothing_and_is_not_spent(self):
        state = self.backend.with_user(self.manager)._oauth_begin()
        self.backend.state = "draft"
        self.user("other", "manager").password = "other-password"
        self.authenticate("other", "other-password")
        answer = self.call(state)
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(self.backend.state, "draft")
        self.assertIn("was not started here", self.backend.state_reason)
        self.assertEqual(self.backend.sudo().oauth_state, state)

    def test_who_is_not_logged_in_is_sent_to_the_login(self):
        answer = self.call(self.backend.with_user(self.manager)._oauth_begin())
        self.assertIn("/web/login", answer.headers["Location"])
        self.assertEqual(self.backend.state, "paused")

"""Payouts that the gateway releases for an approver's one-time password alone."""

import contextlib

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form

from .payouts import PayoutCase


class TestPassword(PayoutCase):
    def setUp(self):
        super().setUp()
        self.backend = self.gateway_account("midtrans", payout_release="otp")
        self.midtrans.config(otp_secret="of the approver's telephone")

    def waiting(self, bills=None):
        """Approved here, and queued there."""
        payouts = self.approved(bills or self.bill(70_000))
        self.drain()
        self.assertEqual(set(payouts.mapped("state")), {"queued"})
        return payouts

    def dialogue(self, records, user=None):
        action = records.with_user(user or self.approver).action_release()
        wizard = self.env["connector.payment.release"].browse(action["res_id"])
        return wizard.with_user(user or self.approver)

    def type_in(self, wizard, password):
        """As a person does: the password is saved with the dialogue, then sent."""
        with Form(wizard) as form:
            form.password = password
        wizard.action_release()
        self.drain()

    def there(self, control=None):
        return sorted(row["status"] for row in self.midtrans.payouts())

    def test_they_wait_until_the_approver_gives_the_password_once_for_all(self):
        payouts = self.waiting(self.bill(10_000) | self.bill(20_000))
        batch = payouts.batch_id
        self.assertEqual(batch.count_queued, 2)
        self.assertEqual(batch.activity_ids.user_id, self.approver)
        self.assertEqual(self.there(), ["queued", "queued"])
        wizard = self.dialogue(batch)
        self.assertEqual((wizard.count, wizard.amount), (2, 30_000))
        self.type_in(wizard, self.midtrans.otp())
        self.assertTrue(wizard.is_released)
        self.assertEqual(set(payouts.mapped("state")), {"sent"})
        self.assertEqual(self.there(), ["pending", "pending"])
        self.assertFalse(batch.activity_ids)
        said = " ".join(payouts[0].message_ids.mapped("body"))
        self.assertIn(f"password by {self.approver.name}", said)
        calls = self.midtrans.calls()
        self.assertEqual(calls["/iris/api/v1/payouts/approve"], 1)

    def test_a_wrong_and_an_old_password_are_said_and_can_be_tried_again(self):
        payout = self.waiting()
        wizard = self.dialogue(payout)
        for password in ("000000", self.midtrans.otp(ago=300)):
            self.type_in(wizard, password)
            self.assertFalse(wizard.is_released)
            self.assertIn("OTP is invalid", wizard.result)
            self.assertEqual((payout.state, self.there()), ("queued", ["queued"]))
        self.type_in(wizard, self.midtrans.otp())
        self.assertTrue(wizard.is_released)
        self.assertEqual((payout.state, self.there()), ("sent", ["pending"]))

    def test_a_password_is_used_once(self):
        first, second = self.waiting(), self.waiting()
        password = self.midtrans.otp()
        self.type_in(self.dialogue(first), password)
        wizard = self.dialogue(second)
        self.type_in(wizard, password)
        self.assertIn("OTP is invalid", wizard.result)
        self.assertEqual((first.state, second.state), ("sent", "queued"))
        with self.assertRaisesRegex(UserError, "Enter the digits"):
            wizard.action_release()

    def test_a_lost_answer_is_asked_about_and_pays_once(self):
        payout = self.waiting()
        before = self.midtrans.balance()
        self.midtrans.fault("cut_after", path="*/payouts/approve", count=1)
        wizard = self.dialogue(payout)
        self.type_in(wizard, self.midtrans.otp())
        self.assertFalse(wizard.is_released)
        self.assertIn("not known", wizard.result)
        self.assertEqual(payout.state, "sent")
        with self.assertRaisesRegex(UserError, "None of them waits"):
            self.type_in(wizard, self.midtrans.otp())
        self.assertEqual(self.midtrans.balance(), before - 70_000)
        self.assertEqual(self.there(), ["pending"])

    def test_a_request_that_never_arrived_is_tried_again(self):
        payout = self.waiting()
        self.midtrans.fault("cut_before", path="*/payouts/approve", count=1)
        wizard = self.dialogue(payout)
        self.type_in(wizard, self.midtrans.otp())
        self.assertEqual(payout.state, "queued")
        self.type_in(wizard, self.midtrans.otp())
        self.assertEqual((payout.state, self.there()), ("sent", ["pending"]))

    def test_the_password_is_kept_nowhere(self):
        payout = self.waiting()
        wizard = self.dialogue(payout)
        password = self.midtrans.otp()
        with Form(wizard) as form:
            form.password = password
        self.assertFalse(wizard.password)
        self.assertNotIn(password, wizard.sudo().encrypted_password)
        with self.assertRaises(AccessError):
            wizard.read(["encrypted_password"])
        wizard.action_release()
        self.assertFalse(wizard.sudo().encrypted_password)
        self.drain()
        self.assertFalse(self.texts_with(password))

    def texts_with(self, secret):
        """Rows of tables of ours, of the journal and of the chatter that show it."""
        self.env.flush_all()
        found = []
        for table in (
            "connector_payment_release",
            "connector_payment_payout",
            "erp_connector_message",
            "erp_connector_call",
            "erp_connector_backend",
            "mail_message",
            "mail_activity",
        ):
            self.cr.execute(
                f"SELECT t.id FROM {table} t WHERE t::text LIKE %s",  # noqa: S608
                [f"%{secret}%"],
            )
            found += [(table, row[0]) for row in self.cr.fetchall()]
        return found

    def test_only_another_approver_than_the_maker_may_give_it(self):
        both = self.person("maker", "approver")
        payout = self.drafts(self.bill(), user=both)
        payout.with_user(both).action_submit()
        payout.with_user(self.approver).action_approve()
        self.drain()
        with self.assertRaises(AccessError):
            payout.with_user(self.maker).action_release()
        with self.assertRaisesRegex(UserError, "Somebody else has to approve"):
            payout.with_user(both).action_release()
        wizard = self.dialogue(payout)
        with self.assertRaises(AccessError):
            wizard.with_user(self.person("approver")).read(["count"])

    def test_a_bank_account_changed_meanwhile_or_a_pause_stops_it(self):
        payout = self.waiting()
        wizard = self.dialogue(payout)
        wizard.password = self.midtrans.otp()
        self.account_of(self.vendor).allow_out_payment = False
        with self.assertRaisesRegex(UserError, "not trusted"):
            wizard.action_release()
        self.account_of(self.vendor).allow_out_payment = True
        self.backend.action_pause()
        with self.assertRaisesRegex(UserError, "paused"):
            wizard.action_release()
        self.assertEqual(self.there(), ["queued"])

    def test_nothing_is_released_without_it(self):
        payout = self.waiting()
        payout.with_user(self.approver).action_look()
        self.drain()
        self.assertEqual((payout.state, self.there()), ("queued", ["queued"]))

    def test_who_has_nothing_to_release_is_told(self):
        payout = self.submitted(self.bill())
        with self.assertRaisesRegex(UserError, "waits for a one-time password"):
            payout.with_user(self.approver).action_release()
        with contextlib.suppress(UserError):
            payout.with_user(self.approver).action_approve()
        self.drain()
        self.midtrans.payout_outcome(payout.name, "succeed")
        payout._look_now()
        self.drain()
        self.assertEqual(payout.state, "succeeded")
        with self.assertRaises(UserError):
            payout.with_user(self.approver).action_release()

"""An invoice is sent while its virtual account's number is still being made."""

from datetime import timedelta

from odoo import fields
from odoo.addons.connector_payment.models.account_move_sending import PATIENCE

from .common import GatewayCase


class TestSending(GatewayCase):
    def setUp(self):
        super().setUp()
        self.partner.email = "customer@example.com"
        self.move = self.invoice(150_000)
        self.cron = self.env.ref("account.ir_cron_account_move_send")
        self.triggers().unlink()

    def ask(self, move=None):
        """A closed account that is wanted and not made yet."""
        accounts = self.env["connector.payment.va"]
        wish = accounts._closed_values(
            None, move or self.move, self.bank(), self.backend
        )
        return accounts._request([wish])

    def wizard(self, moves=None):
        if moves:
            return self.env["account.move.send.batch.wizard"].create(
                {"move_ids": [fields.Command.set(moves.ids)]}
            )
        return self.env["account.move.send.wizard"].create({"move_id": self.move.id})

    def send_in_background(self, *moves):
        for move in moves:
            move.sending_data = {
                "author_user_id": self.env.user.id,
                "author_partner_id": self.env.user.partner_id.id,
            }

    def work(self):
        self.env["account.move"].sudo()._cron_account_move_send()

    def triggers(self):
        return self.env["ir.cron.trigger"].search([("cron_id", "=", self.cron.id)])

    def mail(self, move=None):
        """What went out to the customer."""
        messages = (move or self.move).message_ids
        return "".join(m.body for m in messages if m.partner_ids)

    # ---- by hand ---------------------------------------------------------------------

    def test_the_wizard_says_that_the_number_is_not_there_yet(self):
        self.assertNotIn("connector_va_waiting", self.wizard().alerts or {})
        self.ask()
        alert = self.wizard().alerts["connector_va_waiting"]
        self.assertEqual(alert["level"], "warning")
        self.assertIn("not there yet", alert["message"])
        self.assertEqual(alert["action"]["res_model"], "account.move.send.wizard")
        self.drain("fast")
        self.assertNotIn("connector_va_waiting", self.wizard().alerts or {})

    def test_an_email_sent_all_the_same_leads_to_the_page_with_the_number(self):
        va = self.ask()
        body = str(self.wizard().body)
        self.assertIn("is being made", body)
        self.assertIn(f"/my/invoices/{self.move.id}?access_token=", body)
        self.drain("fast")
        body = str(self.wizard().body)
        self.assertIn(va._grouped_number(), body)
        self.assertNotIn("is being made", body)

    def test_a_fixed_number_that_is_being_made_is_waited_for_too(self):
        self.env["connector.payment.va"]._fixed_for(self.partner, self.backend)
        self.assertIn("connector_va_waiting", self.wizard().alerts)

    def test_a_number_to_pay_to_is_enough(self):
        self.fixed_va()
        self.ask()
        self.assertNotIn("connector_va_waiting", self.wizard().alerts or {})

    def test_the_wizard_says_that_the_gateway_refused(self):
        va = self.ask()
        va.write({"state": "failed", "error": "BANK_NOT_SUPPORTED_ERROR"})
        alert = self.wizard().alerts["connector_va_refused"]
        self.assertEqual(alert["action"]["res_id"], va.id)
        self.assertNotIn("connector_va_waiting", self.wizard().alerts)

    def test_paid_invoices_are_sent_without_remarks(self):
        va = self.ask()
        self.drain("fast")
        self.pay(va)
        self.assertFalse(
            {"connector_va_waiting", "connector_va_refused"}
            & set(self.wizard().alerts or {})
        )

    def test_the_wizard_for_many_says_that_they_wait(self):
        moves = self.move | self.invoice(50_000)
        self.ask()
        alert = self.wizard(moves).alerts["connector_va_waiting"]
        self.assertEqual(alert["level"], "info")
        self.assertTrue(alert["message"].startswith("1 of these invoices"))

    # ---- in the background -----------------------------------------------------------

    def test_an_invoice_waits_for_its_number_and_goes_with_it(self):
        va = self.ask()
        other = self.invoice(50_000)
        self.send_in_background(self.move, other)
        self.work()
        self.assertTrue(self.move.sending_data)
        self.assertFalse(self.mail())
        self.assertFalse(other.sending_data)
        self.assertTrue(self.mail(other))
        until = va.create_date + PATIENCE
        self.assertEqual(self.triggers().mapped("call_at"), [until])

        self.triggers().unlink()
        self.drain("fast")
        self.assertTrue(self.triggers())
        self.work()
        self.assertFalse(self.move.sending_data)
        self.assertIn(va._grouped_number(), self.mail())

    def test_held_invoices_block_nobody_behind_them(self):
        moves = [self.invoice(60_000 + n) for n in range(3)]
        for move in moves[:2]:
            self.ask(move)
        self.send_in_background(*moves)
        self.env["account.move"].sudo()._cron_account_move_send(job_count=1)
        self.assertEqual([bool(m.sending_data) for m in moves], [True, True, False])

    def test_the_patience_ends_and_the_email_leads_to_the_page(self):
        va = self.ask()
        self.send_in_background(self.move)
        self.env.flush_all()
        self.cr.execute(
            "UPDATE connector_payment_va SET create_date = %s WHERE id = %s",
            [fields.Datetime.now() - PATIENCE - timedelta(seconds=1), va.id],
        )
        self.env.invalidate_all()
        self.work()
        self.assertFalse(self.move.sending_data)
        self.assertIn("is being made", self.mail())

    def test_a_refusal_ends_the_wait_at_once(self):
        va = self.ask()
        self.send_in_background(self.move)
        self.work()
        self.triggers().unlink()
        va.write({"state": "failed"})
        self.assertTrue(self.triggers())
        self.work()
        self.assertFalse(self.move.sending_data)
        self.assertTrue(self.mail())

    def test_a_fixed_number_releases_what_waits_for_it(self):
        self.env["connector.payment.va"]._fixed_for(self.partner, self.backend)
        self.send_in_background(self.move)
        self.work()
        self.assertTrue(self.move.sending_data)
        self.triggers().unlink()
        self.drain("fast")
        self.assertTrue(self.triggers())
        self.work()
        self.assertFalse(self.move.sending_data)

    def test_a_number_for_which_nobody_waits_wakes_nobody(self):
        self.ask()
        self.drain("fast")
        self.assertFalse(self.triggers())

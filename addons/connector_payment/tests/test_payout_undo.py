"""Many payouts that were not made: undone in one pass, each with its own trace."""

from odoo import fields

from .payouts import PayoutCase


class TestUndoMany(PayoutCase):
    def failed(self, count):
        """Payouts of a bill each, ended there, and not in the books yet."""
        bills = self.env["account.move"].concat(
            *(self.bill(10_000 + n) for n in range(count))
        )
        payouts = self.approved(bills)
        payouts.write({"state": "failed", "failure": "The account is closed."})
        return bills, payouts

    def notes(self, records):
        return self.env["mail.message"].search(
            [
                ("model", "=", records._name),
                ("res_id", "in", records.ids),
                ("body", "like", "was undone"),
            ]
        )

    def test_each_bill_is_open_again_and_says_why(self):
        bills, payouts = self.failed(5)
        payouts._book_payouts()
        self.assertEqual(set(bills.mapped("payment_state")), {"not_paid"})
        self.assertEqual(set(payouts.payment_id.mapped("state")), {"rejected"})
        self.assertEqual(self.balance(self.backend.payout_account_id), 0)
        for payout in payouts:
            entry = payout.undo_move_id
            self.assertEqual(entry.reversed_entry_id, payout.payment_id.move_id)
            self.assertEqual(entry.state, "posted")
            self.assertEqual(set(entry.line_ids.mapped("reconciled")), {True})
            for record in (payout, payout.payment_id, payout.line_ids.move_id):
                (note,) = self.notes(record)
                self.assertIn(payout.name, note.body)
                self.assertIn(entry.name, note.body)
            activity = payout.activity_ids
            self.assertEqual(activity.user_id, self.maker)
            self.assertEqual(activity.summary, "Payout not made")
            self.assertIn("The account is closed.", activity.note)

    def test_their_maker_gets_one_message_that_names_them_all(self):
        _bills, payouts = self.failed(3)
        sent = self.env["mail.notification"]
        mine = [("res_partner_id", "=", self.maker.partner_id.id)]
        before = sent.search(mine)
        payouts._book_payouts()
        (message,) = (sent.search(mine) - before).mail_message_id
        self.assertEqual(message.subject, "Payout not made (3)")
        for payout in payouts:
            self.assertIn(payout.name, message.body)
            self.assertNotIn(payout.account_number, message.body)

    def test_a_second_pass_changes_nothing(self):
        _bills, payouts = self.failed(3)
        payouts._book_payouts()
        entries = payouts.undo_move_id
        payouts._book_payouts()
        self.assertEqual(payouts.undo_move_id, entries)
        self.assertEqual(len(self.notes(payouts)), 3)
        self.assertEqual(len(payouts.activity_ids), 3)

    def test_two_payouts_of_one_bill_are_both_named_on_it(self):
        bill = self.bill(30_000, invoice_payment_term_id=self.halves().id)
        payouts = self.approved(bill)
        self.assertEqual(len(payouts.line_ids), 2)
        if len(payouts) == 1:
            payouts.line_ids = payouts.line_ids
        payouts.write({"state": "failed"})
        payouts._book_payouts()
        self.assertEqual(bill.payment_state, "not_paid")
        (note,) = self.notes(bill)
        for payout in payouts:
            self.assertIn(payout.name, note.body)

    def halves(self):
        return self.env["account.payment.term"].create(
            {
                "name": "In halves",
                "line_ids": [
                    fields.Command.create(
                        {"value": "percent", "value_amount": 50, "nb_days": days}
                    )
                    for days in (0, 30)
                ],
            }
        )

    def test_some_come_back_and_some_were_never_made(self):
        _bills, payouts = self.failed(3)
        payouts[0].state = "reversed"
        payouts._book_payouts()
        self.assertEqual(payouts[0].activity_ids.summary, "Payout came back")
        self.assertEqual(payouts[0].activity_ids.user_id, self.backend.user_id)
        others = (payouts - payouts[0]).activity_ids
        self.assertEqual(set(others.mapped("summary")), {"Payout not made"})

    def test_a_payout_more_costs_few_queries(self):
        self.failed(1)[1]._book_payouts()
        few, many = (self.queries(count) for count in (5, 25))
        self.assertLess((many - few) / 20, 20)

    def queries(self, count):
        _bills, payouts = self.failed(count)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        payouts._book_payouts()
        self.env.flush_all()
        return self.cr.sql_log_count - before

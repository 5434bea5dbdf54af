"""Entries of payments that are posted by the hundred: what Odoo does one by one."""

from odoo import models

#: Set while payments are posted together.
BATCH = "connector_batch"


class AccountMove(models.Model):
    _inherit = "account.move"

    def _get_last_sequence(self, relaxed=False, with_prefix=None):
        """In a batch, the last number of a journal and day is looked for once.

        Odoo looks for it again for each entry, and may read all payments of the year
        to find it; but it counts on from the first answer by itself.
        """
        if with_prefix is not None or not self.env.context.get(BATCH):
            return super()._get_last_sequence(relaxed, with_prefix)
        known = self.env.cr.precommit.data.setdefault(BATCH, {})
        origin = bool(self.origin_payment_id)
        key = (self.journal_id.id, self.date, self.move_type, origin, relaxed)
        if key not in known:
            known[key] = super()._get_last_sequence(relaxed, with_prefix)
        return known[key]


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def _connector_post(self):
        """Post them all; what was known of numbers before does not count."""
        known = self.env.cr.precommit.data
        known.pop(BATCH, None)
        self.with_context(**{BATCH: True}).action_post()
        known.pop(BATCH, None)

    def _generate_journal_entry(
        self, write_off_line_vals=None, force_balance=None, line_ids=None
    ):
        """In a batch, payments learn of their entries together.

        A write for each would look for what depends on it four times a payment. The
        state follows in the write that brought us here.
        """
        alone = write_off_line_vals or force_balance or line_ids
        if alone or not self.env.context.get(BATCH):
            return super()._generate_journal_entry(
                write_off_line_vals, force_balance, line_ids
            )
        payments = self.filtered(lambda p: not p.move_id and p.outstanding_account_id)
        moves = self.env["account.move"].create(
            [payment._generate_move_vals() for payment in payments]
        )
        field = self._fields["move_id"]
        payments.modified([field.name], before=True)
        for payment, move in zip(payments, moves, strict=True):
            field.write(payment, move)
        payments.modified([field.name])
        return None

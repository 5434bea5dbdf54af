"""Entries that are posted by the hundred: what Odoo does one by one."""

from contextlib import contextmanager
from types import MappingProxyType

from odoo import models

#: Set while payments are posted together.
BATCH = "connector_batch"
#: Set with it: what is written off beside each payment.
WRITE_OFFS = "connector_write_offs"


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

    @contextmanager
    def _connector_batch(self):
        """These, to be posted together; what was known of numbers before is void."""
        known = self.env.cr.precommit.data
        known.pop(BATCH, None)
        yield self.with_context(**{BATCH: True})
        known.pop(BATCH, None)

    def _reconcile_reversed_moves(self, reverse_moves, move_reverse_cancel):
        """In a batch, they are reconciled in one plan by who reverses them."""
        if self.env.context.get(BATCH):
            return reverse_moves
        return super()._reconcile_reversed_moves(reverse_moves, move_reverse_cancel)

    def _connector_reverse(self, day):
        """Contraries of these plain entries, posted; nothing is reconciled yet.

        As `_reverse_moves` makes them, but in one create.
        """
        wishes = self.copy_data({"date": day})
        for entry, values in zip(self, wishes, strict=True):
            values |= {
                "ref": self.env._("Reversal of: %s", entry.name),
                "reversed_entry_id": entry.id,
                "partner_id": entry.partner_id.id,
            }
            for *_command, item in values["line_ids"]:
                for amount in ("balance", "amount_currency"):
                    item[amount] = -item[amount]
                item["is_storno"] = entry.company_id.account_storno
        with self.with_context(skip_invoice_sync=True)._connector_batch() as batch:
            contraries = batch.create(wishes)
            contraries.action_post()
        return contraries.with_env(self.env)


class AccountPayment(models.Model):
    _inherit = "account.payment"

    def _connector_post(self, write_offs=None):
        """Post them all; what was known of numbers before does not count.

        :param write_offs: {payment id: values of journal items beside the payment's}
        """
        extra = {WRITE_OFFS: MappingProxyType(write_offs or {})}
        with self.move_id._connector_batch() as batch:
            self.with_env(batch.env).with_context(**extra).action_post()

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
        write_offs = self.env.context.get(WRITE_OFFS) or {}
        moves = self.env["account.move"].create(
            [p._generate_move_vals(write_offs.get(p.id)) for p in payments]
        )
        field = self._fields["move_id"]
        payments.modified([field.name], before=True)
        for payment, move in zip(payments, moves, strict=True):
            field.write(payment, move)
        payments.modified([field.name])
        return None

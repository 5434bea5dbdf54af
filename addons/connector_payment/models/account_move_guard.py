"""Entries and links that people do not change by hand, as a gateway's money hangs on
them. What is reconciled with what remains theirs.
"""

from odoo import api, models
from odoo.exceptions import AccessError, UserError

#: What money on an account pays, and what receipts have paid.
LINKS = ("connector_receipt_ids", "connector_va_ids")
#: Where an item stands, and how much it is.
VALUES = {"account_id", "amount_currency", "balance", "credit", "debit", "move_id"}
#: What follows from it: Odoo computes these, but takes them from a call, too.
FOLLOWS = {"amount_residual", "amount_residual_currency", "parent_state", "reconciled"}


class AccountMove(models.Model):
    _inherit = "account.move"

    @api.model_create_multi
    def create(self, vals_list):
        wanted = {name for vals in vals_list for name in vals}
        wanted |= {key.removeprefix("default_") for key in self.env.context}
        self._connector_check_links(wanted)
        return super().create(vals_list)

    def write(self, vals):
        self._connector_check_links(vals)
        if not self.env.su:
            self._connector_check_state(vals.get("state"))
            if "origin_payment_id" in vals:
                self.origin_payment_id._connector_check_money()
        return super().write(vals)

    def _connector_check_state(self, state):
        """A state can be written without the button, too."""
        if state not in ("draft", "cancel"):
            return
        posted = self.filtered(lambda m: m.state == "posted")
        posted._connector_check_entries()
        posted._connector_check_undoing()
        if state == "cancel":
            posted.origin_payment_id._connector_check_money()

    def _connector_check_links(self, names):
        touched = [self._fields[name].string for name in LINKS if name in names]
        if touched and not self.env.su:
            raise AccessError(
                self.env._(
                    "%(document)s: %(fields)s cannot be written by hand. Make a "
                    "virtual account by the button on the invoice, or assign the "
                    "receipt.",
                    document=self[:1].display_name or self._description,
                    fields=", ".join(touched),
                )
            )

    # ---- entries ---------------------------------------------------------------------

    def button_draft(self):
        self._connector_check_entries()
        return super().button_draft()

    def button_cancel(self):
        self._connector_check_entries()
        return super().button_cancel()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        if not self.env.su:
            self.origin_payment_id._connector_check_money()
        self._connector_check_entries()
        return super()._reverse_moves(default_values_list, cancel)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_without_money(self):
        if not self.env.su:
            self.origin_payment_id._connector_check_money()

    def _connector_check_entries(self):
        """Assignments and settlements are taken back where they were made."""
        if self.env.su or not self.ids:
            return
        receipts = self.env["connector.payment.receipt"].sudo()
        assigned = receipts.search([("assign_move_id", "in", self.ids)], limit=1)
        if assigned:
            raise UserError(
                self.env._(
                    "%(entry)s assigns %(receipt)s to its customer. Press Assigned "
                    "Wrongly on the receipt to take it back.",
                    entry=assigned.assign_move_id.display_name,
                    receipt=assigned.display_name,
                )
            )
        settlements = self.env["connector.payment.settlement"].sudo()
        settled = settlements.search([("move_id", "in", self.ids)], limit=1)
        if settled:
            raise UserError(
                self.env._(
                    "%(entry)s is what the gateway settled: %(settlement)s. It stays; "
                    "correct it by an entry of its own, or take the bank line off the "
                    "settlement.",
                    entry=settled.move_id.display_name,
                    settlement=settled.display_name,
                )
            )

    def _post(self, soft=True):
        """A payment that was a draft again shows all the money it came with."""
        if not self.env.su:
            for payment in self.origin_payment_id._connector_money().payment_id:
                payment._connector_check_entry()
        return super()._post(soft)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def write(self, vals):
        if not self.env.su:
            if FOLLOWS & set(vals):
                self._connector_say_computed(FOLLOWS & set(vals))
            if VALUES & set(vals):
                self._connector_check_values(vals)
        return super().write(vals)

    def _connector_say_computed(self, names):
        raise AccessError(
            self.env._(
                "%(document)s: %(fields)s cannot be written by hand, as payouts go by "
                "what is owed. Reconcile the items instead.",
                document=self.move_id[:1].display_name,
                fields=", ".join(sorted(self._fields[name].string for name in names)),
            )
        )

    def _connector_check_values(self, vals):
        """Items of a gateway's money stay where they are, once they are posted."""
        posted = self.filtered(lambda line: line.parent_state == "posted")
        posted.move_id._connector_check_entries()
        payments = posted.move_id.origin_payment_id
        if payments._connector_money():
            names = [self._fields[n].string for n in sorted(VALUES & set(vals))]
            payments[:1]._connector_say_told(names)

    @api.ondelete(at_uninstall=False)
    def _unlink_only_without_money(self):
        if not self.env.su:
            posted = self.filtered(lambda line: line.parent_state == "posted")
            posted.move_id._connector_check_entries()
            posted.move_id.origin_payment_id._connector_check_money()

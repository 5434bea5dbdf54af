"""Payments that are paid out by a gateway, and the documents they pay."""

from odoo import api, fields, models
from odoo.addons.connector_payment.tools.booking import is_ours
from odoo.exceptions import UserError
from odoo.tools import SQL

from .connector_payment_payout import LIVE, OPEN, TRAVELS
from .erp_connector_backend_accounting import METHOD_OUT

#: What a payout was submitted with.
WATCHED = {
    "amount",
    "currency_id",
    "destination_account_id",
    "journal_id",
    "partner_bank_id",
    "partner_id",
    "payment_method_line_id",
    "payment_type",
}
#: States that take a payment out of the books.
UNDOING = ("draft", "canceled", "rejected")


class AccountPayment(models.Model):
    _inherit = "account.payment"

    connector_payout_ids = fields.One2many(
        "connector.payment.payout", "payment_id", "Payouts"
    )
    connector_payout_state = fields.Selection(
        lambda self: self.env["connector.payment.payout"]._fields["state"].selection,
        "Payout",
        compute="_compute_connector_payout_state",
    )
    connector_is_payout = fields.Boolean(compute="_compute_connector_is_payout")

    @api.depends("connector_payout_ids.state")
    def _compute_connector_payout_state(self):
        for payment in self:
            latest = payment.sudo().connector_payout_ids.sorted("id")[-1:]
            payment.connector_payout_state = latest.state

    @api.depends("payment_method_line_id", "payment_type")
    def _compute_connector_is_payout(self):
        for payment in self:
            payment.connector_is_payout = (
                payment.payment_type == "outbound"
                and payment.payment_method_line_id.code == METHOD_OUT
            )

    def _connector_backend(self):
        """The gateway account whose journal this is."""
        backend = (
            self.env["erp.connector.backend"]
            .sudo()
            .search([("journal_id", "=", self.journal_id.id)], limit=1)
        )
        if not backend:
            raise UserError(
                self.env._(
                    "%s belongs to no gateway account.", self.journal_id.display_name
                )
            )
        return backend

    def _connector_items(self):
        """What this payment is reconciled with."""
        ours = self.move_id.line_ids
        partials = ours.matched_debit_ids | ours.matched_credit_ids
        return (partials.debit_move_id | partials.credit_move_id) - ours

    def _connector_is_booked(self):
        """Whether a posted entry of its own shows the money leaving."""
        entry = self.move_id
        ours = entry.origin_payment_id == self and entry.state == "posted"
        leaves = self.payment_type == "outbound"
        return ours and leaves and self._connector_shows_amount()

    def _connector_again(self):
        """The same payment once more, in draft."""
        return self.create(
            [
                {
                    "payment_type": payment.payment_type,
                    "partner_type": payment.partner_type,
                    "partner_id": payment.partner_id.id,
                    "partner_bank_id": payment.partner_bank_id.id,
                    "amount": payment.amount,
                    "currency_id": payment.currency_id.id,
                    "journal_id": payment.journal_id.id,
                    "payment_method_line_id": payment.payment_method_line_id.id,
                    "destination_account_id": payment.destination_account_id.id,
                    "memo": payment.memo,
                }
                for payment in self
            ]
        )

    # ---- a payment by our method has a payout ----------------------------------------

    def action_post(self):
        result = super().action_post()
        if not is_ours(self.env):
            self._connector_make_payouts()
        return result

    def _connector_make_payouts(self):
        """Posting books the payment; what pays it out is the payout, once approved."""
        new = self.filtered(
            lambda p: (
                p.connector_is_payout
                and p.state in ("in_process", "paid")
                and not p.sudo().connector_payout_ids.filtered(
                    lambda o: o.state in (*OPEN, *LIVE)
                )
            )
        )
        self.env["connector.payment.payout"]._for_payments(new)

    # ---- what is on its way stays as it is -------------------------------------------

    def write(self, vals):
        touched = WATCHED & set(vals)
        undone = vals.get("state") in UNDOING
        if is_ours(self.env) or not (touched or undone):
            return super().write(vals)
        if undone:
            self._connector_check_free()
        before = {p: p._connector_facts() for p in self}
        result = super().write(vals)
        changed = self.filtered(lambda p: undone or before[p] != p._connector_facts())
        changed._connector_check_free()
        changed._connector_take_back()
        return result

    def _connector_facts(self):
        return tuple(self[name] for name in sorted(WATCHED))

    def _connector_check_free(self):
        live = self.sudo().connector_payout_ids.filtered(lambda p: p.state in LIVE)
        if live:
            raise UserError(
                self.env._(
                    "%(payouts)s: the payout is approved, so its payment stays as it "
                    "is. Cancel the payout first.",
                    payouts=", ".join(live.mapped("name")[:5]),
                )
            )

    def _connector_take_back(self):
        payouts = self.sudo().connector_payout_ids.filtered(lambda p: p.state in OPEN)
        payouts.write({"editor_id": self.env.uid})
        payouts._take_back(self.env._("The payment was changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_only_without_payout(self):
        self._connector_check_free()
        payouts = self.sudo().connector_payout_ids
        if payouts.filtered(lambda p: p.state not in OPEN):
            raise UserError(
                self.env._("A payment that had a payout is kept: it is a trace.")
            )

    def unlink(self):
        payouts = self.sudo().connector_payout_ids.filtered(lambda p: p.state in OPEN)
        payouts.write({"state": "draft"})
        payouts.unlink()
        return super().unlink()

    # ---- screens ---------------------------------------------------------------------

    def action_connector_payouts(self):
        payouts = self.connector_payout_ids
        return payouts._get_records_action(name=self.env._("Payouts"))

    def action_connector_pay(self):
        """Payouts of these payments, as one batch."""
        return self.env["connector.payment.pay"]._open(payments=self)


class AccountMove(models.Model):
    _inherit = "account.move"

    connector_payout_count = fields.Integer(compute="_compute_connector_payout_count")

    def _compute_connector_payout_count(self):
        for move in self:
            move.connector_payout_count = len(move._connector_payouts())

    def _connector_payouts(self):
        """Payouts that paid, or shall pay, these documents."""
        payouts = self.env["connector.payment.payout"]
        if not self.ids or not payouts.has_access("read"):
            return payouts
        return payouts.search([("line_ids.move_id", "in", self.ids)])

    def action_connector_payouts(self):
        return self._connector_payouts()._get_records_action(name=self.env._("Payouts"))

    def action_connector_pay(self):
        """Pay these out through a gateway."""
        return self.env["connector.payment.pay"]._open(lines=self.line_ids)

    def button_draft(self):
        self._connector_check_undoing()
        return super().button_draft()

    def button_cancel(self):
        self._connector_check_undoing()
        return super().button_cancel()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        if cancel:
            self._connector_check_undoing()
        elif not is_ours(self.env):
            self.origin_payment_id._connector_check_free()
        return super()._reverse_moves(default_values_list, cancel)

    def _connector_refunding(self):
        """What the gateway was asked to give back on it, and the books do not show."""
        refunds = self.sudo().connector_refund_ids
        going = refunds.filtered(lambda r: r.state != "failed" and not r.payment_id)
        return sum(going.mapped("amount"))

    def _connector_check_undoing(self):
        """Neither the entry of a released payment is undone, nor what it pays.

        A document that is open again could be paid a second time.
        """
        if is_ours(self.env):
            return
        self.origin_payment_id._connector_check_free()
        payouts = self.env["connector.payment.payout"].sudo()
        paying = payouts.search(
            [
                ("line_ids.move_id", "in", self.ids),
                ("state", "in", ("approved", *TRAVELS)),
            ]
        )
        if paying:
            raise UserError(
                self.env._(
                    "%(payouts)s: this payout is on its way. Wait for its end, or "
                    "cancel it first.",
                    payouts=", ".join(paying.mapped("name")[:5]),
                )
            )


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def unlink(self):
        """A payout that has lost all it was to pay is not paid."""
        payouts = self._connector_payouts()
        result = super().unlink()
        lost = payouts.filtered(lambda p: p.state in OPEN and not p.line_ids)
        if lost:
            lost._discard(self.env._("What it was to pay was deleted."))
        return result

    def _connector_payouts(self):
        """Payouts of these; Odoo deletes items in the midst of a recomputation, so
        nothing may be flushed by looking.
        """
        payouts = self.env["connector.payment.payout"].sudo()
        if not self.ids:
            return payouts
        self.env.cr.execute(
            SQL(
                "SELECT DISTINCT payout_id FROM connector_payment_payout_line_rel "
                "WHERE line_id = ANY(%s)",
                self.ids,
            )
        )
        return payouts.browse(row[0] for row in self.env.cr.fetchall())

    def _connector_owed(self):
        """{item: what we owe on it}, without what a refund gives back already."""
        refunding = {move: move._connector_refunding() for move in self.move_id}
        owed = {}
        for item in self:
            posted = item.parent_state == "posted"
            amount = max(-item.amount_residual, 0.0) if posted else 0.0
            back = min(amount, refunding[item.move_id])
            refunding[item.move_id] -= back
            owed[item] = amount - back
        return owed

    def action_connector_pay(self):
        return self.env["connector.payment.pay"]._open(lines=self)

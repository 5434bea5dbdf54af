"""What people change by hand: reconciliations undone or made, a wrong assignment."""

from odoo import api, fields, models
from odoo.exceptions import UserError

from .connector_payment_guard import as_bookkeeper

NOT_POSTED = ("draft", "cancel")


class ConnectorPaymentReceipt(models.Model):
    _inherit = "connector.payment.receipt"

    is_undone = fields.Boolean(
        compute="_compute_is_undone",
        search="_search_is_undone",
        compute_sudo=True,
        help="Somebody reset its payment to draft: the books do not show the money.",
    )

    @api.depends("state", "payment_id.state", "payment_id.move_id.state")
    def _compute_is_undone(self):
        """By the payment, or by its entry: then the payment still says it is paid."""
        for receipt in self:
            booked = receipt.state in ("booked", "unidentified")
            payment = receipt.payment_id
            undone = payment.state == "draft" or payment.move_id.state in NOT_POSTED
            receipt.is_undone = booked and undone

    @api.model
    def _search_is_undone(self, operator, value):
        if operator != "in":
            return NotImplemented
        undone = fields.Domain("state", "in", ("booked", "unidentified"))
        draft = fields.Domain("payment_id.state", "=", "draft")
        undone &= draft | fields.Domain("payment_id.move_id.state", "in", NOT_POSTED)
        return undone if True in value else ~undone

    # ---- held for good ---------------------------------------------------------------

    def action_dismiss(self):
        """A person has booked it by hand, or found that it is no money."""
        held = as_bookkeeper(self).filtered(
            lambda r: r.state == "held" and not r.payment_id
        )
        held.write({"state": "dismissed"})
        for receipt in held:
            receipt.message_post(
                body=self.env._(
                    "Settled by hand by %s: Odoo books nothing.", self.env.user.name
                )
            )

    # ---- reconciled by hand ----------------------------------------------------------

    def _credit_items(self):
        """The customer's side of these, as far as no debt has used it up."""
        items = self._customer_items()
        return items.filtered(
            lambda line: not line.reconciled and line.parent_state == "posted"
        )

    def _customer_items(self):
        entries = self.assign_move_id | self.payment_id.move_id
        return entries.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        )

    @api.model
    def _follow_moves(self, moves):
        """Of these entries: what receipts pay now, and what is left; the receipts."""
        payments = moves.sudo().origin_payment_id
        others = moves.filtered(lambda m: m.move_type == "entry").sudo()
        others -= payments.move_id
        receipts = payments.connector_receipt_ids
        if others:
            receipts |= self.sudo().search([("assign_move_id", "in", others.ids)])
        receipts = receipts.filtered(lambda r: r.state == "booked")
        for receipt in receipts:
            receipt._follow_books()
        return receipts

    def _follow_books(self):
        items = self._customer_items()
        paid = items.matched_debit_ids.debit_move_id.move_id
        invoices = paid.filtered(lambda m: m.is_sale_document(include_receipts=True))
        left = -sum(items.mapped("amount_residual"))
        if invoices != self.invoice_ids or left != self.amount_unused:
            self.write(
                {
                    "invoice_ids": [fields.Command.set(invoices.ids)],
                    "amount_unused": left,
                }
            )

    # ---- assigned to the wrong customer ----------------------------------------------

    def action_unassign(self):
        """Take the assignment back: the money is nobody's again, the invoices open."""
        for receipt in as_bookkeeper(self):
            receipt._unassign()

    def _unassign(self):
        if self.state != "booked" or not self.assign_move_id:
            raise UserError(
                self.env._("%s was not assigned by hand.", self.display_name or self.id)
            )
        matched = self.assign_move_id.line_ids.filtered(
            lambda line: line.account_type == "asset_receivable"
        ).matched_debit_ids.debit_move_id.move_id
        if not all(move.is_sale_document(include_receipts=True) for move in matched):
            raise UserError(
                self.env._(
                    "The credit of %s has been used for something that is no invoice, "
                    "such as paying it back: undo that first.",
                    self.display_name,
                )
            )
        customer = self.partner_id.display_name
        self.backend_id._reverse_entries(
            self.assign_move_id, self.env["account.account"]
        )
        self.write(
            {
                "state": "unidentified",
                "outcome": "unidentified",
                "partner_id": False,
                "assign_move_id": False,
                "invoice_ids": [fields.Command.clear()],
                "amount_unused": self.amount,
            }
        )
        self.message_post(
            body=self.env._(
                "Assignment to %(partner)s taken back by %(user)s.",
                partner=customer,
                user=self.env.user.name,
            )
        )

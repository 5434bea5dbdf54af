"""Orders and invoices that are cancelled after somebody paid, or could still pay."""

from odoo import api, models

#: Causes of activities: on a cancelled order, on a cancelled invoice.
ORDER_PAID = "order.cancelled_after_va"
INVOICE_PAID = "invoice.cancelled_after_va"
FINANCE = "account.group_account_invoice"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def action_draft(self):
        """It is wanted again: nothing is to be given back."""
        result = super().action_draft()
        self.sudo()._connector_tell_paid()
        return result

    def _connector_after_cancel(self):
        """Nobody shall pay for cancelled orders; what was paid is to be given back."""
        cancelled = self.sudo().filtered(lambda order: order.state == "cancel")
        dead = cancelled._connector_dead_invoices().connector_va_ids
        vas = cancelled.connector_va_ids | dead.filtered(lambda v: v.kind == "closed")
        vas.filtered("is_open")._enqueue_close()
        cancelled._connector_tell_paid()

    def _connector_dead_invoices(self):
        """Their invoices, but those that are for other orders as well."""
        invoices = self.invoice_ids.filtered(lambda m: m.move_type == "out_invoice")
        return invoices.filtered(
            lambda m: all(
                order.state == "cancel" for order in m.line_ids.sale_line_ids.order_id
            )
        )

    def _connector_tell_paid(self):
        """What is to be credited and given back; told until it is."""
        for order in self:
            vas = order.connector_va_ids | order.invoice_ids.connector_va_ids
            backend = vas.backend_id[:1]
            texts = order._connector_to_undo(vas) if order.state == "cancel" else []
            if texts:
                backend._notify_owner(
                    self.env._("Give back what was paid for %s", order.name),
                    " ".join(texts),
                    record=order,
                    cause=ORDER_PAID,
                    user=backend._person_with(FINANCE),
                )
            elif backend:
                backend._settle_notice(ORDER_PAID, record=order)

    def _connector_to_undo(self, vas):
        """Sentences: invoices that stand, money that nobody has given back."""
        _ = self.env._
        texts = []
        standing = self.invoice_ids.filtered(lambda m: m._connector_stands())
        if vas and standing:
            named = ", ".join(
                f"{m.name} ({m.currency_id.format(m.amount_total)})" for m in standing
            )
            texts.append(
                _(
                    "%(order)s is cancelled, but invoiced: make a credit note for "
                    "%(invoices)s.",
                    order=self.name,
                    invoices=named,
                )
            )
        unused = vas.receipt_ids._connector_left()
        if unused:
            texts.append(
                _(
                    "%(amount)s that was paid to a virtual account for %(order)s "
                    "is the customer's credit: pay it back, or use it for another "
                    "invoice.",
                    order=self.name,
                    amount=self.currency_id.format(unused),
                )
            )
        return texts


class AccountMove(models.Model):
    _inherit = "account.move"

    def _connector_stands(self):
        """Whether this invoice counts, and no credit note has taken it back."""
        if self.state != "posted" or self.move_type != "out_invoice":
            return False
        notes = self.reversal_move_ids.filtered(lambda m: m.state == "posted")
        left = self.amount_total - sum(notes.mapped("amount_total"))
        return self.currency_id.compare_amounts(left, 0) > 0

    def _connector_after_cancel(self):
        """A cancelled invoice that was paid: its money is the customer's credit."""
        for move in self.sudo().filtered("connector_va_ids"):
            backend = move.connector_va_ids.backend_id[:1]
            unused = move.connector_va_ids.receipt_ids._connector_left()
            if move.state == "cancel" and unused:
                backend._notify_owner(
                    self.env._("%s is cancelled, but was paid", move.name),
                    self.env._(
                        "%(amount)s that was paid to a virtual account for "
                        "%(invoice)s is the customer's credit: pay it back, or use it "
                        "for another invoice.",
                        invoice=move.name,
                        amount=move.currency_id.format(unused),
                    ),
                    record=move,
                    cause=INVOICE_PAID,
                    user=backend._person_with(FINANCE),
                )
            else:
                backend._settle_notice(INVOICE_PAID, record=move)

    @api.model
    def _connector_follow_cancelled(self, invoices, receipts):
        """Credit was given back or used, an invoice credited: is anything left?"""
        vas = receipts.sudo().va_id
        moves = invoices.sudo() | vas.move_ids
        told = (
            self.env["mail.activity"]
            .sudo()
            .search([("connector_cause", "in", (ORDER_PAID, INVOICE_PAID))])
        )
        if not told:
            return
        of_orders = told.filtered(lambda a: a.res_model == "sale.order")
        of_orders = set(of_orders.mapped("res_id"))
        orders = moves.line_ids.sale_line_ids.order_id | vas.order_id
        orders.filtered(lambda o: o.id in of_orders)._connector_tell_paid()
        moves.filtered(lambda m: m.state == "cancel")._connector_after_cancel()


class ConnectorPaymentReceipt(models.Model):
    _inherit = "connector.payment.receipt"

    def _connector_left(self):
        """What of these is the customer's credit still."""
        booked = self.filtered(lambda r: r.state == "booked")
        return -sum(booked._credit_items().mapped("amount_residual"))

"""When charges are invoiced, and what is to be credited of a cancelled order."""

from odoo import models

#: Cause of the activity on a cancelled order.
CREDIT = "order.credit"
#: Cause of the activity on an order whose charges came after its invoice.
CHARGES_LATE = "order.charges_late"
#: Cause of the activity on an order whose invoice is not what the platform says.
ORDER_INVOICED = "order.invoiced"
FINANCE = "account.group_account_invoice"


class SaleOrder(models.Model):
    _inherit = "sale.order"

    # ---- charges ---------------------------------------------------------------------

    def _connector_charges_due(self):
        """A function: the quantity of a charge line that is to be invoiced now.

        With no goods to invoice there are no charges to invoice, nor to credit; what
        the goods do not make up for waits for more of them.
        """
        self.ensure_one()
        goods = self.order_line.filtered(
            lambda x: not (x.connector_charge or x.display_type or x.is_downpayment)
        )
        taken = {line: line.qty_invoiced + line.qty_to_invoice for line in goods}
        if not any(qty > 0 for qty in taken.values()):
            credited = any(line.qty_to_invoice < 0 for line in goods)
            return lambda line: -line.qty_invoiced if credited else 0.0
        charges = self.order_line.filtered("connector_charge")
        worth = sum(line.price_reduce_taxinc * qty for line, qty in taken.items())
        covered = worth + sum(charges.mapped("price_total")) >= 0
        more = any(line.product_uom_qty > qty for line, qty in taken.items())
        wait = more and not covered and not any(charges.mapped("qty_invoiced"))
        return lambda line: 0.0 if wait else line.product_uom_qty - line.qty_invoiced

    def _prepare_invoice(self):
        shop = self.sudo().connector_backend_id
        return {**super()._prepare_invoice(), "connector_backend_id": shop.id}

    def _get_invoice_grouping_keys(self):
        """What is paid to a shop and what is owed here are never on one invoice."""
        return [*super()._get_invoice_grouping_keys(), "connector_backend_id"]

    def _has_to_be_paid(self):
        """The buyer of a marketplace pays there."""
        return not self.connector_order_ref and super()._has_to_be_paid()

    # ---- cancelled after the invoice -------------------------------------------------

    def _action_cancel(self):
        result = super()._action_cancel()
        self.filtered("connector_order_ref")._connector_tell_credit()
        return result

    def action_draft(self):
        result = super().action_draft()
        self.filtered("connector_order_ref")._connector_tell_credit()
        return result

    def _connector_tell_credit(self):
        """Tell finance which invoices of cancelled orders stand; or that none does."""
        orders = settled = self.sudo().filtered("connector_backend_id")
        for order in orders.filtered(lambda o: o._connector_over()):
            left = order._connector_uncredited()
            if left:
                order._connector_ask_for_credit(left)
                settled -= order
        for backend, done in settled.grouped("connector_backend_id").items():
            backend._settle_notice(CREDIT, record=done)

    def _connector_settle_charges(self):
        """Charges that came after the invoice are invoiced, too."""
        done = self.filtered(
            lambda order: (
                not any(
                    line.connector_charge and line.qty_to_invoice
                    for line in order.order_line
                )
            )
        )
        for backend, orders in done.grouped("connector_backend_id").items():
            backend._settle_notice(CHARGES_LATE, record=orders)

    def _connector_invoices_agree(self, total):
        """Whether what is invoiced is what the platform says, be it by a note of one's
        own; of an order that is invoiced in part, as its lines say."""
        self.ensure_one()
        money = self.currency_id
        posted = self.invoice_ids.filtered(lambda m: m.state == "posted")
        signs = {"out_invoice": 1, "out_refund": -1}
        invoiced = sum(
            signs.get(move.move_type, 0) * self._connector_share(move)
            for move in posted
        )
        if not money.compare_amounts(invoiced, total):
            return True
        lines = self.order_line.filtered(lambda x: not x.display_type)
        as_lines = sum(x.price_reduce_taxinc * x.qty_invoiced for x in lines)
        return (
            not money.compare_amounts(self.amount_total, total)
            and not money.compare_amounts(invoiced, as_lines)
            and not any(lines.mapped("qty_to_invoice"))
        )

    def _connector_settle_invoiced(self):
        """What was corrected by a credit note or another invoice is told no more."""
        activities = self.env["mail.activity"].sudo()
        ids = activities._connector_open(self, ORDER_INVOICED).mapped("res_id")
        done = self.browse(ids).filtered(
            lambda order: order._connector_invoices_agree(order.connector_total)
        )
        activities._connector_settle(done, ORDER_INVOICED)

    def _connector_ask_for_credit(self, left):
        invoices = ", ".join(
            f"{invoice.name} ({invoice.currency_id.format(amount)})"
            for invoice, amount in left.items()
        )
        self.connector_backend_id._notify_owner(
            self.env._("Credit %s", self.connector_order_ref),
            self.env._(
                "Order %(order)s is cancelled, but it has been invoiced. Make a credit "
                "note for %(invoices)s.",
                order=self.connector_order_ref,
                invoices=invoices,
            ),
            record=self,
            cause=CREDIT,
            user=self.connector_backend_id._person_with(FINANCE),
        )

    def _connector_over(self):
        """Cancelled here, or by the platform after the goods have left."""
        return self.state == "cancel" or self.connector_status == "cancelled"

    def _connector_uncredited(self):
        """{posted invoice: what of this order stands on it}.

        A credit note lessens the invoice it reverses; one that reverses none lessens
        them in order.
        """
        posted = self.invoice_ids.filtered(lambda m: m.state == "posted")
        left = {}
        loose = posted.filtered(lambda m: m.move_type == "out_refund")
        for invoice in posted.filtered(lambda m: m.move_type == "out_invoice"):
            notes = invoice.reversal_move_ids.filtered(lambda m: m.state == "posted")
            credited = sum(self._connector_share(note) for note in notes)
            left[invoice] = self._connector_share(invoice) - credited
            loose -= notes
        rest = sum(self._connector_share(note) for note in loose)
        for invoice, amount in left.items():
            taken = min(max(amount, 0), rest)
            left[invoice] -= taken
            rest -= taken
        return {
            invoice: amount
            for invoice, amount in left.items()
            if invoice.currency_id.compare_amounts(amount, 0) > 0
        }

    def _connector_share(self, move):
        """What of an invoice is of this order: all of it, unless it is of several."""
        lines = move.invoice_line_ids.filtered("sale_line_ids")
        ours = lines.filtered(lambda line: line.sale_line_ids.order_id == self)
        if not lines or ours == lines:
            return move.amount_total
        return sum(ours.mapped("price_total"))

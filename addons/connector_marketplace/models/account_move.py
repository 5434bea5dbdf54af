from odoo import fields, models

from .sale_order_invoice import CREDIT


class AccountMove(models.Model):
    _inherit = "account.move"

    connector_backend_id = fields.Many2one(
        "erp.connector.backend",
        "Marketplace Account",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The shop whose orders are invoiced here. Copies, credit notes and debit "
        "notes keep it: their customer pays the marketplace, too.",
    )
    # who books may read this, but not the account, which is for Connector Users
    connector_account_name = fields.Char(
        "Marketplace Shop", related="connector_backend_id.name"
    )

    # ---- paid to the platform --------------------------------------------------------

    def copy_data(self, default=None):
        """What is made of a shop's invoice is the shop's, whatever its lines are."""
        data = super().copy_data(default)
        for move, values in zip(self, data, strict=True):
            values["connector_backend_id"] = move._connector_marketplace().id
        return data

    def copy(self, default=None):
        copies = super().copy(default)
        for move, made in zip(self, copies, strict=True):
            if move.commercial_partner_id != made.commercial_partner_id:
                made._connector_leave_shop()
        return copies

    def write(self, vals):
        """A copy that is made out to somebody else is that one's to pay."""
        if "partner_id" not in vals:
            return super().write(vals)
        before = {move: move.commercial_partner_id for move in self}
        result = super().write(vals)
        self.filtered(
            lambda m: m.commercial_partner_id != before[m]
        )._connector_leave_shop()
        return result

    def _connector_leave_shop(self):
        """Drafts that only the invoice they were copied from made the shop's."""
        left = self.filtered(
            lambda m: (
                m.state == "draft"
                and m.connector_backend_id
                and not m.reversed_entry_id
                and not m.sudo().line_ids.sale_line_ids
            )
        )
        left.connector_backend_id = False
        lines = left.invoice_line_ids.filtered("connector_clearing")
        for name in ("connector_clearing", "account_id"):
            self.env.add_to_compute(lines._fields[name], lines)

    def _connector_marketplace(self):
        """The shop whose order, or whose document, this is."""
        orders = self.sudo().line_ids.sale_line_ids.order_id
        return self.sudo().connector_backend_id or orders.connector_backend_id[:1]

    def _has_to_be_paid(self):
        """The buyer of a marketplace has paid there."""
        elsewhere = self.env["erp.connector.backend"]._paid_elsewhere(self)
        return not elsewhere and super()._has_to_be_paid()

    # ---- credited --------------------------------------------------------------------

    def _post(self, soft=True):
        posted = super()._post(soft)
        posted._connector_follow_credit()
        return posted

    def button_draft(self):
        result = super().button_draft()
        self._connector_follow_credit()
        return result

    def button_cancel(self):
        result = super().button_cancel()
        self._connector_follow_credit()
        return result

    def _connector_follow_credit(self):
        """Cancelled marketplace orders behind these: what is left to credit."""
        moves = self.filtered(lambda m: m.move_type in ("out_invoice", "out_refund"))
        lines = (moves | moves.reversed_entry_id).sudo().line_ids.sale_line_ids
        orders = lines.order_id.filtered("connector_backend_id")
        orders._connector_settle_charges()
        orders._connector_settle_invoiced()
        orders = orders.filtered(lambda o: o._connector_over())
        for order in orders:  # what is left may be less than what was said
            order.connector_backend_id._settle_notice(CREDIT, record=order)
        orders._connector_tell_credit()

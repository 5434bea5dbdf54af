from odoo import api, fields, models
from odoo.exceptions import UserError

from .connector_payment_guard import as_bookkeeper


class AccountMove(models.Model):
    _inherit = "account.move"

    connector_va_ids = fields.Many2many(
        "connector.payment.va",
        "connector_payment_va_move_rel",
        "move_id",
        "va_id",
        "Virtual Accounts",
        copy=False,
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    connector_receipt_ids = fields.Many2many(
        "connector.payment.receipt",
        "connector_payment_receipt_move_rel",
        "move_id",
        "receipt_id",
        "Gateway Receipts",
        copy=False,
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    connector_va_count = fields.Integer(compute="_compute_connector_va_count")

    connector_has_va = fields.Boolean(compute="_compute_connector_va_count")
    connector_paid_elsewhere = fields.Boolean(
        compute="_compute_connector_paid_elsewhere",
        help="The customer pays a marketplace: no virtual account is made.",
    )

    @api.depends("connector_va_ids.is_open")
    def _compute_connector_va_count(self):
        for move in self:
            vas = move.sudo().connector_va_ids
            move.connector_va_count = len(vas)
            move.connector_has_va = any(vas.mapped("is_open"))

    @api.depends("line_ids")
    def _compute_connector_paid_elsewhere(self):
        elsewhere = self.env["erp.connector.backend"]._paid_elsewhere(self._origin)
        for move in self:
            move.connector_paid_elsewhere = move._origin in elsewhere

    def _connector_check_paid_here(self):
        """No account for what the customer pays to a marketplace: he pays once."""
        elsewhere = self.env["erp.connector.backend"]._paid_elsewhere(self)
        if elsewhere:
            raise UserError(elsewhere._connector_elsewhere_text())

    def _connector_elsewhere_text(self):
        return self.env._(
            "%s: the customer pays the marketplace, so no virtual account is made. "
            "What is owed to you beside it goes on a new invoice, not on a copy.",
            ", ".join(self.mapped("display_name")),
        )

    # ---- made by policy --------------------------------------------------------------

    def _post(self, soft=True):
        posted = super()._post(soft)
        invoices = posted.filtered(
            lambda m: m.move_type == "out_invoice" and m.state == "posted"
        )
        if invoices:
            invoices.sudo()._connector_use_deposits()
            invoices.sudo()._connector_make_accounts()
        credited = posted.filtered(lambda m: m.move_type == "out_refund")
        if credited:
            receipts = self.env["connector.payment.receipt"]
            self._connector_follow_cancelled(credited.reversed_entry_id, receipts)
        return posted

    def _connector_make_accounts(self):
        """What the company's policy wants when invoices are posted.

        An invoice that cannot have an account is posted all the same; it says why.
        """
        elsewhere = self.env["erp.connector.backend"]._paid_elsewhere(self)
        for company, moves in (self - elsewhere).grouped("company_id").items():
            gateway = company._connector_gateway(raise_if_none=False)
            if not gateway or gateway.va_policy == "manual":
                continue
            moves = moves.filtered(
                lambda m: m.amount_residual > 0 and m.partner_id._connector_wants_va()
            )
            if gateway.va_policy == "fixed":
                moves._connector_fixed(gateway)
            else:
                moves._connector_closed(gateway)

    def _connector_closed(self, gateway):
        accounts = self.env["connector.payment.va"]
        values = []
        for move in self:
            if move._connector_closed_vas():
                continue
            try:
                wish = accounts._closed_values(move.partner_id, move, backend=gateway)
                problem = accounts.new(wish)._problem()
            except UserError as error:
                problem = str(error)
            if problem:
                move.message_post(body=self.env._("No virtual account: %s", problem))
            else:
                values.append(wish)
        accounts._request(values)

    def _connector_fixed(self, gateway):
        accounts = self.env["connector.payment.va"]
        for partner, moves in self.grouped("commercial_partner_id").items():
            try:
                with self.env.cr.savepoint():
                    accounts._fixed_for(partner, gateway)
            except UserError as error:
                text = self.env._("No virtual account: %s", error)
                for move in moves:
                    move.message_post(body=text)

    def _connector_use_deposits(self):
        """Money that was paid on the order pays its invoice; so does what came for the
        invoice itself while it was a draft.
        """
        lines = self.env["account.move.line"]
        groups = []
        for move in self:
            vas = move.line_ids.sale_line_ids.order_id.connector_va_ids
            vas |= move.connector_va_ids
            receipts = vas.receipt_ids.filtered(lambda r: r.state == "booked")
            credit = receipts._credit_items()
            for account, owed in move._connector_debts().grouped("account_id").items():
                same = credit.filtered(lambda line, a=account: line.account_id == a)
                if same:
                    groups.append(same + owed)
        if groups:
            lines._reconcile_plan(groups)

    def _connector_debts(self):
        """What is still owed for these, as journal items."""
        return self.line_ids.filtered(
            lambda line: (
                line.account_type == "asset_receivable"
                and not line.reconciled
                and line.parent_state == "posted"
            )
        )

    # ---- followed by their accounts --------------------------------------------------

    def _connector_follow(self):
        """After somebody reconciled these, or undid it."""
        invoices = self.filtered(lambda m: m.move_type == "out_invoice")
        self.env["connector.payment.va"]._sync_moves(invoices)
        receipts = self.env["connector.payment.receipt"]._follow_moves(self - invoices)
        self._connector_follow_cancelled(invoices, receipts)

    def button_draft(self):
        result = super().button_draft()
        self.env["connector.payment.va"]._sync_moves(self)
        self._connector_after_cancel()
        return result

    def button_cancel(self):
        self.origin_payment_id._connector_check_money()
        result = super().button_cancel()
        self.env["connector.payment.va"]._sync_moves(self)
        self._connector_after_cancel()
        return result

    def _connector_closed_vas(self):
        """Closed accounts that can be paid to, or are being made."""
        return self.connector_va_ids.filtered(
            lambda v: v.is_open and v.kind == "closed"
        )

    def action_connector_va(self):
        """A closed virtual account for these invoices of one customer."""
        self._connector_check_paid_here()
        accounts = as_bookkeeper(self.env["connector.payment.va"])
        va = self._connector_closed_vas().filtered(lambda v: v.move_ids == self)
        if not va:
            va = accounts._request([accounts._closed_values(None, self)])
        return {
            "type": "ir.actions.act_window",
            "res_model": "connector.payment.va",
            "res_id": va[:1].id,
            "view_mode": "form",
        }

    def action_view_connector_va(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Virtual Accounts"),
            "res_model": "connector.payment.va",
            "view_mode": "list,form",
            "domain": [("move_ids", "in", self.ids)],
        }

    def _connector_open_vas(self):
        """Accounts a customer can pay this invoice to now: its own, then the fixed."""
        self.ensure_one()
        if self.move_type != "out_invoice" or self.amount_residual <= 0:
            return self.env["connector.payment.va"].sudo()
        vas = self._connector_all_vas()
        return vas.filtered(lambda v: v.is_open and v.number)

    def _connector_all_vas(self):
        """Its own and the customer's; none where he pays a marketplace."""
        if self.connector_paid_elsewhere:
            return self.env["connector.payment.va"].sudo()
        partner = self.commercial_partner_id.sudo()
        fixed = partner.connector_va_ids.filtered(
            lambda v: v.kind == "fixed" and v.company_id == self.company_id
        )
        return self.sudo().connector_va_ids | fixed

from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    _inherit = "sale.order"

    connector_va_ids = fields.One2many(
        "connector.payment.va", "order_id", "Virtual Accounts", copy=False
    )
    connector_va_count = fields.Integer(compute="_compute_connector_va_count")

    connector_paid_elsewhere = fields.Boolean(
        compute="_compute_connector_paid_elsewhere",
        help="The customer pays a marketplace: no virtual account is made.",
    )

    @api.depends("order_line")
    def _compute_connector_paid_elsewhere(self):
        elsewhere = self.env["erp.connector.backend"]._paid_elsewhere(self._origin)
        for order in self:
            order.connector_paid_elsewhere = order._origin in elsewhere

    @api.depends("connector_va_ids")
    def _compute_connector_va_count(self):
        for order in self:
            order.connector_va_count = len(order.sudo().connector_va_ids)

    def _connector_request_deposit(self, amount, bank=None):
        """A closed virtual account for a deposit, or all, of this order."""
        self.ensure_one()
        self.check_access("write")
        if self.connector_paid_elsewhere:
            raise UserError(
                self.env._(
                    "%s: the customer pays the marketplace, so no virtual account is "
                    "made.",
                    self.display_name,
                )
            )
        gateway = self.company_id._connector_gateway()
        partner = self.partner_invoice_id or self.partner_id
        bank = bank or partner._connector_bank(gateway)
        due = self.validity_date if self.state in ("draft", "sent") else False
        accounts = self.env["connector.payment.va"].sudo()  # a salesperson may ask
        return accounts._request(
            [
                {
                    "backend_id": gateway.id,
                    "partner_id": partner.id,
                    "kind": "closed",
                    "bank_id": bank.id,
                    "currency_id": self.currency_id.id,
                    "amount": accounts._whole(amount),
                    "expires_at": gateway._va_expiry(due or False),
                    "order_id": self.id,
                }
            ]
        )

    def _action_cancel(self):
        """Nobody shall pay for a cancelled order."""
        result = super()._action_cancel()
        self._connector_after_cancel()
        return result

    def action_view_connector_va(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Virtual Accounts"),
            "res_model": "connector.payment.va",
            "view_mode": "list,form",
            "domain": [("order_id", "in", self.ids)],
        }

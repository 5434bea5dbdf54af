"""Customers with a login: what they may read of their accounts, open ones first."""

from odoo import api, fields, models
from odoo.addons.erp_connector_base.tools.amounts import Amount
from odoo.fields import Domain
from odoo.tools import SQL

from .connector_payment_va import OPEN

INSIDE = "base.group_user"


class ConnectorPaymentVa(models.Model):
    _inherit = "connector.payment.va"

    # How we and the gateway talk of it is not for customers, who may read the rest.
    backend_id = fields.Many2one(groups=INSIDE)
    receipt_ids = fields.One2many(
        groups="account.group_account_readonly,account.group_account_invoice"
    )
    external_id = fields.Char(groups=INSIDE)
    raw_status = fields.Char(groups=INSIDE)
    error = fields.Text(groups=INSIDE)
    is_uncertain = fields.Boolean(groups=INSIDE)
    fixed_key = fields.Char(groups=INSIDE)
    other_state = fields.Char(groups=INSIDE)
    amount_asked = Amount(groups=INSIDE)
    watched_at = fields.Datetime(groups=INSIDE)
    watch_at = fields.Datetime(groups=INSIDE)
    is_open = fields.Boolean(search="_search_is_open")

    @api.model
    def _search_is_open(self, operator, value):
        if operator != "in":
            return NotImplemented
        in_time = Domain("expires_at", "=", False) | Domain(
            "expires_at", ">", fields.Datetime.now()
        )
        stays = Domain("is_closing", "=", False)
        is_open = Domain("state", "in", OPEN) & in_time & stays
        return is_open if True in value else ~is_open

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        """Lists can begin with the open ones, though nothing stores that."""
        if field_name != "is_open":
            return super()._order_field_to_sql(
                alias, field_name, direction, nulls, query
            )
        state = self._field_to_sql(alias, "state", query)
        ends = self._field_to_sql(alias, "expires_at", query)
        closing = self._field_to_sql(alias, "is_closing", query)
        now = fields.Datetime.now()
        return SQL(
            "(%s IN %s AND (%s IS NULL OR %s > %s) AND %s IS NOT TRUE) %s",
            *(state, OPEN, ends, ends, now, closing, direction),
        )

    def _purpose(self):
        """What a customer pays with it: invoices, an order, or whatever is due."""
        if self.kind == "fixed":
            return self.env._("All your payments")
        return ", ".join(self.move_ids.mapped("name") or self.order_id.mapped("name"))

    def write(self, vals):
        """Invoices that wait with their e-mail for a number go when it is known."""
        result = super().write(vals)
        if vals.get("number") or vals.get("state") == "failed":
            self._release_sending()
        return result

    def _release_sending(self):
        if self._waiting_invoices():
            self.env.ref("account.ir_cron_account_move_send").sudo()._trigger()

    def _waiting_invoices(self):
        """Invoices that are to be sent and could show one of these."""
        own = self.sudo().move_ids.filtered("sending_data")
        fixed = self.filtered(lambda va: va.kind == "fixed").partner_id
        if own or not fixed:
            return own
        return own.search(
            [("commercial_partner_id", "in", fixed.ids), ("sending_data", "!=", False)],
            limit=1,
        )

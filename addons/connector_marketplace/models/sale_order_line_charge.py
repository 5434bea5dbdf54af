"""Charges of a marketplace order: marked, booked and invoiced with the goods."""

from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column

from .connector_marketplace_charge import KINDS


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    connector_charge = fields.Selection(
        KINDS,
        "Marketplace Charge",
        readonly=True,
        copy=False,
        help="Which amount of the buyer's bill this line is; empty for goods.",
    )
    connector_clearing = fields.Boolean(
        "Marketplace Clearing",
        compute="_compute_connector_clearing",
        store=True,
        precompute=True,
        copy=False,
        help="Money between buyer and marketplace, no supply of the seller: booked on "
        "the shop's clearing account, and left out of tax invoices.",
    )

    def _auto_init(self):
        """Years of order lines are not computed one by one: none is clearing yet."""
        if not column_exists(self.env.cr, self._table, "connector_clearing"):
            create_column(self.env.cr, self._table, "connector_clearing", "boolean")
        return super()._auto_init()

    @api.depends("product_id", "order_id.connector_backend_id")
    def _compute_connector_clearing(self):
        for line in self:
            line.connector_clearing = bool(
                line.product_id.connector_clearing
                and line.order_id.sudo().connector_backend_id
            )

    # ---- when they are invoiced ------------------------------------------------------

    @api.depends(
        "connector_charge",
        "order_id.order_line.qty_delivered",
        "order_id.order_line.qty_invoiced",
        "order_id.order_line.product_uom_qty",
    )
    def _compute_qty_to_invoice(self):
        """Charges go with the first invoice of goods that they leave above zero."""
        result = super()._compute_qty_to_invoice()
        charges = self.filtered(
            lambda line: line.connector_charge and line.state == "sale"
        )
        for order, lines in charges.grouped("order_id").items():
            due = order._connector_charges_due()
            for line in lines:
                line.qty_to_invoice = due(line)
        return result

    @api.depends("qty_to_invoice")
    def _compute_untaxed_amount_to_invoice(self):
        result = super()._compute_untaxed_amount_to_invoice()
        for line in self.filtered("connector_charge"):
            share = line.qty_to_invoice / (line.product_uom_qty or 1)
            line.untaxed_amount_to_invoice = line.price_subtotal * share
        return result

    def _can_be_invoiced_alone(self):
        return super()._can_be_invoiced_alone() and not self.connector_charge

    # ---- where they are booked -------------------------------------------------------

    def _prepare_invoice_line(self, **optional_values):
        """Clearing is booked a shop, whatever the product's accounts are."""
        values = super()._prepare_invoice_line(**optional_values)
        if self.connector_clearing and not self.display_type:
            values["connector_clearing"] = True
            values["account_id"] = self._connector_clearing_account().id
        return values

    def _prepare_base_line_for_taxes_computation(self, **kwargs):
        """A down payment is booked on the accounts of what it is for."""
        if self.connector_clearing:
            kwargs.setdefault("account_id", self._connector_clearing_account(False))
        return super()._prepare_base_line_for_taxes_computation(**kwargs)

    def _connector_clearing_account(self, make=True):
        shop = self.order_id.sudo().connector_backend_id
        return shop._ensure_clearing_account() if make else shop.clearing_account_id

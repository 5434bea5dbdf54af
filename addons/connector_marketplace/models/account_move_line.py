from odoo import api, fields, models
from odoo.tools.sql import column_exists, create_column


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    connector_clearing = fields.Boolean(
        "Marketplace Clearing",
        compute="_compute_connector_clearing",
        store=True,
        precompute=True,
        readonly=False,
        help="Money between buyer and marketplace, no supply of the seller: left out "
        "of tax invoices, and brought to zero by the settlement.",
    )

    def _auto_init(self):
        """Years of journal items are not computed one by one: none is clearing yet."""
        if not column_exists(self.env.cr, self._table, "connector_clearing"):
            create_column(self.env.cr, self._table, "connector_clearing", "boolean")
        return super()._auto_init()

    @api.depends("product_id")
    def _compute_connector_clearing(self):
        """Lines that come from an order bring it along; others, where a shop is meant.

        An account that a person has chosen stays: only a new product changes it.
        """
        for line in self:
            line.connector_clearing = bool(
                line.product_id.connector_clearing and line._connector_shop()
            )

    def _compute_account_id(self):
        """Clearing is booked a shop: the product cannot say where."""
        result = super()._compute_account_id()
        for line in self:
            if line.display_type == "product" and line.connector_clearing:
                account = line._connector_shop()._ensure_clearing_account()
                line.account_id = account or line.account_id
        return result

    def _connector_shop(self):
        """The shop of the line's order, or of the document's or the reversed one's."""
        self.ensure_one()
        move = self.sudo().move_id
        if not move.is_sale_document(include_receipts=True):
            return self.env["erp.connector.backend"].sudo()
        orders = self.sudo().sale_line_ids.order_id
        if orders:
            return orders.connector_backend_id[:1]
        shop = move._connector_marketplace()
        return shop or move.reversed_entry_id._connector_marketplace()

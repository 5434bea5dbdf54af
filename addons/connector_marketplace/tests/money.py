"""Orders of known amounts, delivered and invoiced, for the tests of their money."""

from odoo.fields import Command

from .common import MarketCase


class MoneyCase(MarketCase):
    """A company that adds 11 % VAT, and a shop whose prices include it."""

    def setUp(self):
        super().setUp()
        self.vat = self.tax("PPN 11 % (uji)", amount=11)
        self.sell("SKU-001", self.vat)

    def tax(self, name, **values):
        return self.env["account.tax"].create(
            {
                "name": name,
                "type_tax_use": "sale",
                "price_include_override": "tax_excluded",
                "tax_group_id": self.env["account.tax.group"]
                .search([("company_id", "=", self.env.company.id)], limit=1)
                .id,
                **values,
            }
        )

    def sell(self, sku, *taxes, policy="delivery"):
        product = self.product(sku)
        ids = [tax.id for tax in taxes]
        product.write({"taxes_id": [Command.set(ids)], "invoice_policy": policy})
        return product

    def order(self, *items, **amounts):
        """The sale of an order of (sku, quantity, price) and amounts of the bill."""
        wish = [
            {"sku": sku, "quantity": quantity, "price": price}
            for sku, quantity, price in items or [("SKU-001", 2, 55_500)]
        ]
        _sn, sale, _message = self.place_one(plain=True, items=wish, **amounts)
        return sale

    def deliver(self, sale, quantity=None):
        """Ship all of it, or so many pieces of each article."""
        picking = sale.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
        for move in picking.move_ids:
            move.quantity = move.product_uom_qty if quantity is None else quantity
        picking.with_context(skip_backorder=True).button_validate()
        self.env.flush_all()

    def invoice(self, sale, post=True):
        invoice = sale._create_invoices(final=True)
        if post:
            invoice.action_post()
        return invoice

    def line(self, sale, kind):
        return sale.order_line.filtered(lambda x: x.connector_charge == kind)

    def charges(self, sale):
        return sale.order_line.filtered("connector_charge")

    def clearing(self, *moves, backend=None):
        """What stands on the shop's clearing account of these entries."""
        account = (backend or self.backend).clearing_account_id
        lines = self.env["account.move"].concat(*moves).line_ids
        return sum(lines.filtered(lambda x: x.account_id == account).mapped("balance"))

"""Platform lines and charges into sale order lines: products, prices, taxes."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.addons.connector_marketplace.providers.charges import (
    BORNE_BY,
    Bearer,
    split,
)
from odoo.addons.connector_marketplace.providers.schema import ChargeKind
from odoo.addons.connector_marketplace.rules.lines import CHARGE
from odoo.exceptions import UserError

from .erp_connector_binding import listing_name


class ConnectorMarketplaceLine(models.AbstractModel):
    _name = "connector.marketplace.line"
    _description = "Marketplace Order Lines"

    # ---- lines -----------------------------------------------------------------------

    @api.model
    def _commands(self, backend, order, products, taxes):
        """Commands that make the lines of `order`: articles, then charges."""
        lines = [
            self._article_values(line, products[line.listing_id], taxes)
            for line in order.lines
        ]
        lines += self._charge_lines(backend, order, products, taxes)
        return [fields.Command.create(values) for values in lines]

    def _article_values(self, line, product_id, taxes):
        product = self.env["product.product"].browse(product_id)
        name = listing_name(line)
        return {
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "name": name or product.display_name,
            "product_uom_qty": line.quantity,
            "price_unit": float(line.unit_price),
            "discount": 0.0,
            "tax_ids": [fields.Command.set(taxes[product])],
            "connector_line_ref": line.listing_id,
            "connector_quantity": line.quantity,
            "connector_price": float(line.unit_price),
        }

    def _charge_product(self, backend, charge):
        """The product of a charge, in the company's language."""
        rows = {row.kind: row.product_id for row in backend.charge_ids}
        product = rows.get(str(charge.kind)) or rows.get(str(ChargeKind.OTHER))
        if not product:
            raise UserError(
                self.env._(
                    "%(account)s has no product for %(charge)s. Add the row under "
                    "Charges, tab Orders, then replay this message.",
                    account=backend.name,
                    charge=charge.label,
                )
            )
        return product.with_context(lang=backend.company_id.partner_id.lang)

    def _charge_lines(self, backend, order, products, taxes):
        """A line for each charge; for each tax of the goods, where it is the seller's.

        What the seller gives lessens the price of the goods, so it bears their taxes,
        in proportion to what the goods of each tax came to.
        """
        goods = defaultdict(Decimal)
        for line in order.lines:
            goods[self._lessened(taxes, products[line.listing_id])] += line.subtotal
        values = []
        for charge in order.charges:
            if not charge.amount:
                continue
            product = self._charge_product(backend, charge)
            for ids, amount in self._taxed(charge, product, taxes, goods).items():
                values.append(self._charge_values(charge, product, ids, amount))
        return values

    def _lessened(self, taxes, product_id):
        """Ids of the taxes of a product that are less where its price is less."""
        ids = taxes[self.env["product.product"].browse(product_id)]
        return tuple(self.env["account.tax"].browse(ids)._connector_proportional().ids)

    def _taxed(self, charge, product, taxes, goods):
        """{ids of taxes: part of the charge's amount}"""
        if product.connector_clearing:
            return {(): charge.amount}
        if goods and BORNE_BY[charge.kind] is Bearer.SELLER:
            return split(charge.amount, goods)
        return {tuple(taxes[product]): charge.amount}

    def _charge_values(self, charge, product, tax_ids, amount):
        return {
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "name": charge.label if charge.kind == ChargeKind.OTHER else product.name,
            "product_uom_qty": 1,
            "price_unit": float(amount),
            "discount": 0.0,
            "tax_ids": [fields.Command.set(tax_ids)],
            "connector_charge": str(charge.kind),
            "connector_line_ref": f"{CHARGE}{charge.code}",
            "connector_quantity": 1,
            "connector_price": float(amount),
        }

    # ---- taxes -----------------------------------------------------------------------

    @api.model
    def _taxes(self, backend, products):
        """{product: ids of the taxes of its lines} on `backend`.

        Where the platform's prices include tax, each tax is replaced by its twin that
        is included in the price.
        """
        company = backend.company_id
        twins = {}
        result = {}
        for product in products:
            taxes = product.taxes_id._filter_taxes_by_company(company)
            taxes = backend.fiscal_position_id.map_tax(taxes)
            if backend.price_policy == "included":
                for tax in taxes - self.env["account.tax"].concat(*twins):
                    twins[tax] = tax._connector_twin()
                taxes = self.env["account.tax"].concat(*(twins[t] for t in taxes))
            result[product] = taxes.ids
        return result

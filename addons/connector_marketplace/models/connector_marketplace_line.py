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
from odoo.exceptions import UserError

from .erp_connector_binding import PRODUCT


class ConnectorMarketplaceLine(models.AbstractModel):
    _name = "connector.marketplace.line"
    _description = "Marketplace Order Lines"

    # ---- products: mapping, then SKU, then barcode -----------------------------------

    @api.model
    def _products(self, backend, orders):
        """({listing id: product id}, {listing id: why there is none}) of `orders`."""
        lines = {line.listing_id: line for order in orders for line in order.lines}
        found = self.env["erp.connector.binding"]._find(backend, PRODUCT, lines)
        unmapped = {id_: line for id_, line in lines.items() if id_ not in found}
        if not unmapped:
            return found, {}
        matched, reasons = self._match(backend, unmapped)
        self._remember(backend, unmapped, matched)
        self._announce(backend, [unmapped[id_] for id_ in reasons])
        return {**found, **matched}, reasons

    def _match(self, backend, lines):
        """Products by internal reference, else by barcode; only when just one fits."""
        codes = {line.sku for line in lines.values() if line.sku}
        codes |= {line.barcode for line in lines.values() if line.barcode}
        products = self.env["product.product"].search_fetch(
            [
                ("company_id", "in", [False, backend.company_id.id]),
                "|",
                ("default_code", "in", list(codes)),
                ("barcode", "in", list(codes)),
            ],
            ["default_code", "barcode"],
        )
        by_code, by_barcode = defaultdict(list), defaultdict(list)
        for product in products:
            by_code[product.default_code].append(product.id)
            by_barcode[product.barcode].append(product.id)
        matched, reasons = {}, {}
        for id_, line in lines.items():
            fits = (line.sku and by_code.get(line.sku)) or by_barcode.get(
                line.barcode or line.sku
            )
            if fits and len(fits) == 1:
                matched[id_] = fits[0]
            else:
                reasons[id_] = self._reason(line, fits)
        return matched, reasons

    def _reason(self, line, fits):
        name = _name(line)
        if fits:
            return self.env._(
                "%(name)s: %(count)s products have the reference %(sku)s",
                name=name,
                count=len(fits),
                sku=line.sku,
            )
        if not line.sku:
            return self.env._("%s: the listing has no SKU", name)
        return self.env._(
            "%(name)s: no product has the reference or barcode %(sku)s",
            name=name,
            sku=line.sku,
        )

    def _remember(self, backend, lines, matched):
        """Keep what was matched, so that a later change of a code changes nothing."""
        bindings = self.env["erp.connector.binding"].sudo()
        waiting = bindings.search(
            [
                ("backend_id", "=", backend.id),
                ("kind", "=", PRODUCT),
                ("external_id", "in", list(matched)),
            ]
        )
        for binding in waiting:
            binding.write(
                {
                    "res_model": "product.product",
                    "res_id": matched[binding.external_id],
                }
            )
        present = set(waiting.mapped("external_id"))
        bindings.create(
            [
                {
                    "backend_id": backend.id,
                    "kind": PRODUCT,
                    "external_id": id_,
                    "external_name": _name(lines[id_]),
                    "external_sku": lines[id_].sku,
                    "res_model": "product.product",
                    "res_id": product_id,
                }
                for id_, product_id in matched.items()
                if id_ not in present
            ]
        )

    def _announce(self, backend, lines):
        """List what nobody knows, with name and SKU, for a person to map."""
        bindings = self.env["erp.connector.binding"].sudo()
        listed = bindings.search(
            [
                ("backend_id", "=", backend.id),
                ("kind", "=", PRODUCT),
                ("external_id", "in", [line.listing_id for line in lines]),
            ]
        ).mapped("external_id")
        bindings.create(
            [
                {
                    "backend_id": backend.id,
                    "kind": PRODUCT,
                    "external_id": line.listing_id,
                    "external_name": _name(line),
                    "external_sku": line.sku,
                    "res_model": "product.product",
                }
                for line in lines
                if line.listing_id not in listed
            ]
        )

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
        name = _name(line)
        return {
            "product_id": product.id,
            "product_uom_id": product.uom_id.id,
            "name": name or product.display_name,
            "product_uom_qty": line.quantity,
            "price_unit": float(line.unit_price),
            "discount": 0.0,
            "tax_ids": [fields.Command.set(taxes[product])],
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


def _name(line):
    return " - ".join(part for part in (line.name, line.variant_name) if part)

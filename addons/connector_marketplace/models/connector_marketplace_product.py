"""Listings into products: by mapping, then SKU, then barcode; never by guessing."""

from collections import defaultdict
from typing import NamedTuple

from odoo import api, models
from odoo.tools import SQL

from .erp_connector_binding import (
    ARCHIVED,
    DELETED,
    PRODUCT,
    listing_name,
    plain_sku,
)

#: Causes of activities on a product.
SKU_CHANGED = "listing.sku_changed"
NOT_DELIVERED = "listing.not_delivered"


class Missing(NamedTuple):
    """Why a listing has no product, in words and as a code; the product that it had,
    or would have, if there is one."""

    why: str
    code: str = ""
    product_id: int = 0


class MixedListingError(Exception):
    """Orders of one batch name one listing by different SKUs: work them apart."""


class ConnectorMarketplaceLine(models.AbstractModel):
    _inherit = "connector.marketplace.line"

    @api.model
    def _products(self, backend, orders):
        """({listing id: product id}, {listing id: why there is none}) of `orders`."""
        lines = self._listings(orders)
        bindings = self._listed(backend, lines)
        found, lost, open_lines = {}, {}, {}
        alive = self._alive(backend, bindings.values())
        for id_, line in lines.items():
            binding = bindings.get(id_)
            product, why = self._mapped(binding, line, alive)
            if product:
                found[id_] = product
            else:
                open_lines[id_] = line
                lost[id_] = why
        if not open_lines:
            return found, {}
        matched, missing = self._decide(backend, open_lines, bindings, lost)
        self._remember(backend, open_lines, matched)
        self._announce(backend, open_lines, bindings, missing)
        reasons = {id_: miss.why for id_, miss in missing.items()}
        return {**found, **matched}, reasons

    def _listings(self, orders):
        lines = {}
        for order in orders:
            for line in order.lines:
                first = lines.setdefault(line.listing_id, line)
                if plain_sku(first.sku) != plain_sku(line.sku) and len(orders) > 1:
                    raise MixedListingError(
                        f"listing {line.listing_id}: SKU {first.sku} and {line.sku}"
                    )
        return lines

    def _listed(self, backend, listing_ids):
        found = (
            self.env["erp.connector.binding"]
            .sudo()
            .search(
                [
                    ("backend_id", "=", backend.id),
                    ("kind", "=", PRODUCT),
                    ("external_id", "in", list(listing_ids)),
                ]
            )
        )
        return {binding.external_id: binding for binding in found}

    # ---- what a mapping says ---------------------------------------------------------

    def _alive(self, backend, bindings):
        """{id: product} of what `bindings` stand or stood for, where it is there."""
        ids = {id_ for binding in bindings for id_ in binding._product_ids()}
        products = self.env["product.product"].browse(ids).exists()
        return {product.id: product for product in products}

    def _mapped(self, binding, line, alive):
        """(product id, None), or (None, why the mapping does not decide).

        The SKU a mapping was made for is part of it: a listing may have sold something
        else before, or be renamed to sell something else.
        """
        if not binding:
            return None, None
        wanted = plain_sku(line.sku)
        current = plain_sku(binding.external_sku)
        if wanted and current and wanted != current:
            earlier = alive.get((binding.earlier_skus or {}).get(wanted))
            if earlier and not self._defect(binding, earlier):
                return earlier.id, None
            if binding.res_id:
                return None, Missing("", SKU_CHANGED, binding.res_id)
            return None, None
        if not binding.res_id:
            return None, None
        product = alive.get(binding.res_id)
        defect = self._defect(binding, product)
        if defect:
            return None, defect
        if wanted and not current:
            binding.external_sku = line.sku
        return product.id, None

    def _defect(self, binding, product):
        """Why a mapped product cannot be sold; None when it can."""
        _ = self.env._
        if not product or binding.res_model not in ("product.product", False):
            return Missing(_("the product it was mapped to was deleted"), DELETED)
        if not product.active:
            return Missing(
                _(
                    "its product %s is archived. Unarchive it, or map the listing to "
                    "another one",
                    product.display_name,
                ),
                ARCHIVED,
                product.id,
            )
        company = product.company_id
        if company and company not in binding.company_id.sudo().parent_ids:
            return Missing(
                _(
                    "its product %(product)s belongs to %(company)s now",
                    product=product.display_name,
                    company=company.name,
                )
            )
        return None

    # ---- what to do where it does not -----------------------------------------------

    def _decide(self, backend, lines, bindings, lost):
        """({listing id: product id}, {listing id: Missing})."""
        matched, missing = self._match(backend, lines)
        for id_ in matched:
            self._tell_not_delivered(backend, lines[id_], matched[id_])
        for id_, defect in lost.items():
            if not defect:
                continue
            if defect.code == SKU_CHANGED:
                self._judge_change(backend, lines[id_], bindings[id_], matched, missing)
            elif defect.code == ARCHIVED or id_ not in matched:
                matched.pop(id_, None)
                why = f"{listing_name(lines[id_])}: {defect.why}"
                missing[id_] = defect._replace(why=why)
        return matched, missing

    def _judge_change(self, backend, line, binding, matched, missing):
        """The listing's SKU is another one than its mapping was made for."""
        id_ = line.listing_id
        product = self.env["product.product"].browse(binding.res_id).exists()
        other = matched.get(id_)
        names = {
            "name": listing_name(line),
            "old": binding.external_sku,
            "new": line.sku,
            "product": product.display_name,
        }
        if not product or other == product.id:
            return
        if product.active and not other and not missing[id_].code:
            missing.pop(id_)
            matched[id_] = product.id
            backend._notify_owner(
                self.env._("SKU of a listing changed: %s", line.sku),
                self.env._(
                    "The SKU of %(name)s was changed from %(old)s to %(new)s on the "
                    "platform. No product has that reference, so its orders still take "
                    "%(product)s. If it sells something else now, change the mapping.",
                    **names,
                ),
                record=product,
                cause=SKU_CHANGED,
            )
            return
        matched.pop(id_, None)
        missing[id_] = Missing(
            self.env._(
                "%(name)s: its SKU was changed from %(old)s (mapped to %(product)s) to "
                "%(new)s on the platform. Choose the product it sells now",
                **names,
            ),
            SKU_CHANGED,
        )

    def _tell_not_delivered(self, backend, line, product_id):
        product = self.env["product.product"].browse(product_id)
        if product.type != "service":
            return
        backend._notify_owner(
            self.env._("Sold on the platform, but not delivered: %s", line.sku),
            self.env._(
                "The listing %(name)s sells the service %(product)s: its orders "
                "reserve and deliver nothing of it. If it is an article, map the "
                "listing to a product that is one.",
                name=listing_name(line),
                product=product.display_name,
            ),
            record=product,
            cause=NOT_DELIVERED,
        )

    # ---- by SKU, else barcode --------------------------------------------------------

    def _match(self, backend, lines):
        """Products by internal reference, else by barcode; only when just one fits.

        ({listing id: product id}, {listing id: Missing}). As written, else without
        regard to case and spaces.
        """
        candidates = self._candidates(backend, lines.values())
        barred = self._barred(candidates)
        tables = _tables(candidates)
        matched, missing = {}, {}
        for id_, line in lines.items():
            fits = _fits(tables, line)
            good = [p for p in fits if p.active and p.id not in barred]
            if len(good) == 1:
                matched[id_] = good[0].id
            else:
                missing[id_] = self._reason(line, good, fits, barred)
        return matched, missing

    def _candidates(self, backend, lines):
        """Products, archived ones too, whose reference or barcode is a line's."""
        codes = {plain_sku(code) for x in lines for code in (x.sku, x.barcode) if code}
        if not codes:
            return self.env["product.product"]
        self.env["product.product"].flush_model(["default_code", "barcode"])
        self.env.cr.execute(
            SQL(
                r"""
                SELECT id FROM product_product
                 WHERE lower(btrim(regexp_replace(default_code, '\s+', ' ', 'g')))
                       = ANY(%(codes)s)
                    OR lower(btrim(regexp_replace(barcode, '\s+', ' ', 'g')))
                       = ANY(%(codes)s)
                """,
                codes=list(codes),
            )
        )
        products = self.env["product.product"].with_context(active_test=False)
        return products.search(
            [
                ("id", "in", [id_ for (id_,) in self.env.cr.fetchall()]),
                *products._check_company_domain(backend.company_id),
            ]
        )

    def _barred(self, products):
        """{product id: why} of those that stand for no article."""
        _ = self.env._
        charges = self.env["connector.marketplace.charge"].sudo()
        ours = charges.search([("product_id", "in", products.ids)]).product_id
        barred = {}
        for product in products:
            if product in ours:
                barred[product.id] = _("stands for a charge of the platform")
            elif product.type == "combo":
                barred[product.id] = _("is a combo, whose articles have to be chosen")
            elif not product.sale_ok:
                barred[product.id] = _("may not be sold")
        return barred

    def _reason(self, line, good, fits, barred):
        """Why no single product fits a line."""
        _ = self.env._
        names = {"name": listing_name(line), "sku": line.sku}
        if len(good) > 1:
            text = _(
                "%(name)s: %(count)s products have the reference %(sku)s",
                count=len(good),
                **names,
            )
            return Missing(text, "several")
        if fits:
            product = fits[0]
            names["product"] = product.display_name
            why = barred.get(product.id) or _("is archived")
            text = _("%(name)s: %(product)s %(why)s", why=why, **names)
            if product.id in barred:
                return Missing(text, "barred")
            return Missing(text, ARCHIVED, product.id if len(fits) == 1 else 0)
        if not line.sku:
            return Missing(_("%s: the listing has no SKU", names["name"]))
        return Missing(
            _("%(name)s: no product has the reference or barcode %(sku)s", **names)
        )

    # ---- keep it ---------------------------------------------------------------------

    def _remember(self, backend, lines, matched):
        """Keep what was matched, so that a later change of a code changes nothing."""
        bindings = self.env["erp.connector.binding"].sudo()
        present = self._listed(backend, matched)
        for id_, binding in present.items():
            binding._remap(lines[id_].sku, matched[id_])
        bindings.create(
            [
                {
                    **self._listing_values(backend, lines[id_]),
                    "res_id": product_id,
                }
                for id_, product_id in matched.items()
                if id_ not in present
            ]
        )

    def _announce(self, backend, lines, bindings, missing):
        """List what nobody knows, with name and SKU, for a person to map."""
        new = []
        for id_, miss in missing.items():
            values = {
                **self._listing_values(backend, lines[id_]),
                **self._missing_values(miss),
            }
            if id_ in bindings:
                bindings[id_]._unmap(values)
            else:
                new.append(values)
        self.env["erp.connector.binding"].sudo().create(new)

    def _missing_values(self, miss):
        return {
            "why_missing": miss.why,
            "missing_code": miss.code,
            "former_id": miss.product_id,
        }

    def _listing_values(self, backend, line):
        return {
            "backend_id": backend.id,
            "kind": PRODUCT,
            "external_id": line.listing_id,
            "external_name": listing_name(line),
            "external_sku": line.sku,
            "res_model": "product.product",
        }


def _tables(products):
    """Lookups of products, best first: by code, by barcode; as written, then plain."""
    tables = [defaultdict(list) for _i in range(4)]
    for product in products:
        codes = (product.default_code, product.barcode)
        keys = (*codes, *(code and plain_sku(code) for code in codes))
        for table, key in zip(tables, keys, strict=True):
            if key:
                table[key].append(product)
    return tables


def _fits(tables, line):
    """The products of the best lookup that knows the line; active ones before."""
    sku, barcode = line.sku, line.barcode or line.sku
    keys = (sku, barcode, plain_sku(sku), plain_sku(barcode))
    archived = []
    for table, key in zip(tables, keys, strict=True):
        fits = table.get(key, []) if key else []
        if any(product.active for product in fits):
            return [product for product in fits if product.active]
        archived = archived or fits
    return archived

from odoo import api, fields, models
from odoo.exceptions import ValidationError

PRODUCT = "product"
BUYER = "buyer"
ORDER = "order"

#: Why a listing that had a product, or would have one, has none.
ARCHIVED = "archived"
DELETED = "deleted"


def plain_sku(text):
    """An SKU to compare by, whatever its case and spaces."""
    return " ".join((text or "").split()).lower()


def listing_name(line):
    """What a listing is called: the article and its variant."""
    return " - ".join(part for part in (line.name, line.variant_name) if part)


class ErpConnectorBinding(models.Model):
    _inherit = "erp.connector.binding"

    external_sku = fields.Char(
        "Platform SKU",
        index="btree_not_null",
        help="The SKU of the listing that its product was chosen for.",
    )
    earlier_skus = fields.Json(
        "Earlier SKUs",
        readonly=True,
        help="Which product the listing sold under which SKU before.",
    )
    why_missing = fields.Char("Why", readonly=True)
    missing_code = fields.Char(readonly=True)
    former_id = fields.Integer(readonly=True, index="btree_not_null")

    @api.model
    def _selection_record(self):
        return [
            *super()._selection_record(),
            ("product.product", self.env._("Product")),
            ("res.partner", self.env._("Contact")),
        ]

    @api.model
    def _kinds(self):
        return {
            **super()._kinds(),
            PRODUCT: self.env._("Product"),
            BUYER: self.env._("Buyer"),
            ORDER: self.env._("Order"),
        }

    def write(self, vals):
        if vals.get("res_id"):
            vals = {"why_missing": False, "missing_code": False, "former_id": 0, **vals}
        result = super().write(vals)
        if vals.get("res_id") and not self.env.context.get("connector_no_siblings"):
            self._map_siblings()
        return result

    def _map_siblings(self):
        """The same SKU in another listing of this account is the same product."""
        for binding in self.filtered(lambda b: b.kind == PRODUCT and b.external_sku):
            siblings = self.search(
                [
                    ("backend_id", "=", binding.backend_id.id),
                    ("kind", "=", PRODUCT),
                    ("external_sku", "=", binding.external_sku),
                    ("is_missing", "=", True),
                ]
            )
            siblings.with_context(connector_no_siblings=True).write(
                {"res_model": binding.res_model, "res_id": binding.res_id}
            )

    @api.constrains("res_model", "res_id", "kind")
    def _check_product(self):
        """A listing is sold as an article of ours, one that can be sold."""
        mapped = self.filtered(lambda b: b.kind == PRODUCT and b.res_id)
        for binding in mapped:
            if binding.res_model != "product.product":
                raise ValidationError(
                    self.env._("%s: choose a product.", binding.display_name)
                )
        products = self.env["product.product"].browse(mapped.mapped("res_id"))
        lines = self.env["connector.marketplace.line"]
        barred = lines._barred(products.exists())
        for product in products.exists().filtered(lambda p: p.id in barred):
            raise ValidationError(
                self.env._(
                    "%(product)s %(why)s: choose another product for this listing.",
                    product=product.display_name,
                    why=barred[product.id],
                )
            )

    # ---- products that go, and SKUs that change --------------------------------------

    def _product_ids(self):
        """Products that the listing stands for, or stood for under an earlier SKU."""
        self.ensure_one()
        return {
            id_ for id_ in (self.res_id, *(self.earlier_skus or {}).values()) if id_
        }

    def _with_history(self):
        """The earlier SKUs, with what the current one stands for."""
        history = dict(self.earlier_skus or {})
        if self.res_id and self.external_sku:
            history[plain_sku(self.external_sku)] = self.res_id
        return history

    def _remap(self, sku, product_id):
        """It sells `product_id` under `sku` now."""
        self.ensure_one()
        values = {"res_model": "product.product", "res_id": product_id}
        if self.res_id == product_id:
            values = {}
        if sku and sku != self.external_sku:
            values |= {"external_sku": sku, "earlier_skus": self._with_history()}
        if values:
            self.write(values)

    def _unmap(self, values):
        """It stands for nothing any more, or still not: `values` say why."""
        self.ensure_one()
        changed = {
            name: value
            for name, value in values.items()
            if name in ("external_name", "external_sku", *_WHY)
            and (value or False) != (self[name] or False)
        }
        if not changed.get("external_sku", True):
            del changed["external_sku"]
        if self.res_id:
            changed |= {"res_id": False, "earlier_skus": self._with_history()}
        if changed:
            self.write(changed)

    @api.model
    def _unmap_deleted(self, product_ids):
        """Listings of products that are gone: they need mapping, and say why."""
        bindings = self.sudo().search(
            [
                ("kind", "=", PRODUCT),
                ("res_model", "=", "product.product"),
                ("res_id", "in", list(product_ids)),
            ]
        )
        bindings.write(
            {
                "res_id": False,
                "why_missing": self.env._("The product it was mapped to was deleted"),
                "missing_code": DELETED,
            }
        )

    @api.model
    def _remap_unarchived(self, products):
        """Listings that waited for an archived product to come back."""
        bindings = self.sudo().search(
            [
                ("is_missing", "=", True),
                ("missing_code", "=", ARCHIVED),
                ("former_id", "in", products.ids),
            ]
        )
        for former, group in bindings.grouped("former_id").items():
            group.write({"res_model": "product.product", "res_id": former})

    def _follow_merge(self, model, sources, target):
        """Two products became one: also in what the listings sold before."""
        super()._follow_merge(model, sources, target)
        if model != "product.product":
            return
        for binding in self.sudo().search([("earlier_skus", "!=", False)]):
            history = binding.earlier_skus
            if set(history.values()) & set(sources.ids):
                binding.earlier_skus = {
                    sku: target.id if id_ in sources.ids else id_
                    for sku, id_ in history.items()
                }

    def action_map_products(self):
        """Map missing products in one dialogue."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Map Products"),
            "res_model": "connector.marketplace.map",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_binding_ids": self.ids,
                "dialog_size": "extra-large",
            },
        }


_WHY = ("why_missing", "missing_code", "former_id")

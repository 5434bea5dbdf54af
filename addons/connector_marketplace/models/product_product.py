from odoo import api, fields, models


class ProductProduct(models.Model):
    _inherit = "product.product"

    connector_listing_count = fields.Integer(compute="_compute_connector_listing_count")

    @api.depends_context("company")
    def _compute_connector_listing_count(self):
        counts = self._connector_listing_counts()
        for product in self:
            product.connector_listing_count = counts.get(product.id, 0)

    def _connector_listing_counts(self):
        bindings = self.env["erp.connector.binding"]
        if not bindings.has_access("read"):
            return {}
        return dict(
            bindings._read_group(
                self._connector_listing_domain(), ["res_id"], ["__count"]
            )
        )

    def _connector_listing_domain(self):
        return [("res_model", "=", "product.product"), ("res_id", "in", self.ids)]

    def write(self, vals):
        result = super().write(vals)
        if vals.get("active"):
            self.env["erp.connector.binding"]._remap_unarchived(self)
        return result

    def unlink(self):
        ids = self.ids
        result = super().unlink()
        self.env["erp.connector.binding"]._unmap_deleted(
            set(ids) - set(self.browse(ids).exists().ids)
        )
        return result

    def action_connector_listings(self):
        """The listings on the marketplaces that sell these products."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Listings"),
            "res_model": "erp.connector.binding",
            "view_mode": "list,form",
            "domain": self._connector_listing_domain(),
        }


class ProductTemplate(models.Model):
    _inherit = "product.template"

    connector_clearing = fields.Boolean(
        "Marketplace Clearing",
        help="On marketplace orders this is money between buyer and platform, and no "
        "supply of the seller: it bears no tax, is booked on the shop's clearing "
        "account, and is left out of tax invoices.",
    )
    connector_listing_count = fields.Integer(compute="_compute_connector_listing_count")

    @api.depends_context("company")
    def _compute_connector_listing_count(self):
        counts = self.product_variant_ids._connector_listing_counts()
        for template in self:
            template.connector_listing_count = sum(
                counts.get(variant.id, 0) for variant in template.product_variant_ids
            )

    def unlink(self):
        ids = self.with_context(active_test=False).product_variant_ids.ids
        result = super().unlink()
        self.env["erp.connector.binding"]._unmap_deleted(
            set(ids) - set(self.env["product.product"].browse(ids).exists().ids)
        )
        return result

    def action_connector_listings(self):
        return self.product_variant_ids.action_connector_listings()

from odoo import api, fields, models

PRODUCT = "product"
BUYER = "buyer"
ORDER = "order"


class ErpConnectorBinding(models.Model):
    _inherit = "erp.connector.binding"

    external_sku = fields.Char("Platform SKU", index="btree_not_null")

    @api.model
    def _selection_record(self):
        return [
            *super()._selection_record(),
            ("product.product", self.env._("Product")),
            ("res.partner", self.env._("Contact")),
        ]

    def write(self, vals):
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

from odoo import api, fields, models
from odoo.addons.connector_marketplace.models.erp_connector_binding import PRODUCT


class ConnectorMarketplaceMap(models.TransientModel):
    _name = "connector.marketplace.map"
    _description = "Map Marketplace Products"
    _inherit = "erp.connector.dialogue"

    line_ids = fields.One2many("connector.marketplace.map.line", "wizard_id")

    @api.model
    def default_get(self, fields_list):
        """One line for each missing mapping: of what was chosen, else of all."""
        values = super().default_get(fields_list)
        chosen = self.env.context.get("default_binding_ids")
        domain = [("kind", "=", PRODUCT), ("is_missing", "=", True)]
        if chosen:
            domain.append(("id", "in", chosen))
        bindings = self.env["erp.connector.binding"].search(domain, limit=200)
        values["line_ids"] = [
            fields.Command.create({"binding_id": binding.id}) for binding in bindings
        ]
        return values

    def action_apply(self):
        """Map what was filled in; the rest stays missing."""
        self.ensure_one()
        chosen = self.line_ids.filtered("product_id")
        for line in chosen:
            line.binding_id.write(
                {"res_model": "product.product", "res_id": line.product_id.id}
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._(
                    "Listings mapped: %s. The orders that waited for them go on.",
                    len(chosen),
                ),
                "type": "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }


class ConnectorMarketplaceMapLine(models.TransientModel):
    _name = "connector.marketplace.map.line"
    _description = "Product to Map"
    _inherit = "erp.connector.dialogue"

    wizard_id = fields.Many2one(
        "connector.marketplace.map", required=True, ondelete="cascade"
    )
    binding_id = fields.Many2one("erp.connector.binding", required=True)
    backend_id = fields.Many2one(related="binding_id.backend_id", related_sudo=False)
    company_id = fields.Many2one(related="binding_id.company_id", related_sudo=False)
    external_name = fields.Char(related="binding_id.external_name", related_sudo=False)
    external_sku = fields.Char(related="binding_id.external_sku", related_sudo=False)
    why_missing = fields.Char(related="binding_id.why_missing", related_sudo=False)
    waiting_count = fields.Integer(
        related="binding_id.waiting_count", related_sudo=False
    )
    product_id = fields.Many2one("product.product", check_company=True)

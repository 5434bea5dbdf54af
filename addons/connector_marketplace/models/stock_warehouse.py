from odoo import api, models
from odoo.exceptions import UserError


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    @api.model_create_multi
    def create(self, vals_list):
        """The first warehouse of a company is what its shops were waiting for."""
        warehouses = super().create(vals_list)
        shops = self.env["erp.connector.backend"].sudo()
        waiting = shops.search(
            [
                ("company_id", "in", warehouses.company_id.ids),
                ("warehouse_id", "=", False),
            ]
        )
        for shop in waiting.filtered("is_marketplace"):
            shop._fill_in()
        return warehouses

    def write(self, vals):
        if not vals.get("active", True):
            self._check_no_shop()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_shops(self):
        self._check_no_shop()

    def _check_no_shop(self):
        """Every order of a shop without its warehouse would fail."""
        shops = self.env["erp.connector.backend"].sudo()
        used = shops.search(
            [
                ("state", "!=", "draft"),
                "|",
                ("warehouse_id", "in", self.ids),
                ("platform_warehouse_id", "in", self.ids),
            ],
            limit=1,
        )
        if used:
            raise UserError(
                self.env._(
                    "Orders of %(shop)s are shipped from this warehouse. Choose "
                    "another one on that account, tab Orders, first.",
                    shop=used.name,
                )
            )

from odoo import api, fields, models
from odoo.addons.connector_marketplace.providers.schema import ChargeKind

CHARGE_LABELS = {
    ChargeKind.SHIPPING: "Shipping",
    ChargeKind.INSURANCE: "Insurance",
    ChargeKind.SERVICE: "Service fee paid by the buyer",
    ChargeKind.HANDLING: "Handling",
    ChargeKind.PACKAGING: "Packaging",
    ChargeKind.SELLER_VOUCHER: "Seller voucher",
    ChargeKind.SELLER_COINS: "Coins given by the seller",
    ChargeKind.PLATFORM_VOUCHER: "Platform voucher",
    ChargeKind.COINS: "Coins",
    ChargeKind.PAYMENT_PROMOTION: "Payment promotion",
    ChargeKind.OTHER: "Other",
}


KINDS = [(str(kind), label) for kind, label in CHARGE_LABELS.items()]


class ConnectorMarketplaceCharge(models.Model):
    _name = "connector.marketplace.charge"
    _description = "Product of a Marketplace Charge"
    _inherit = "erp.connector.owned"
    _order = "backend_id, kind"
    _rec_name = "kind"

    backend_id = fields.Many2one(
        "erp.connector.backend", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="backend_id.company_id", store=True)
    kind = fields.Selection(KINDS, required=True)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        check_company=True,
        domain=[("type", "=", "service")],
        help="Stands for this amount of the buyer's bill on orders and invoices.",
    )
    connector_clearing = fields.Boolean(related="product_id.connector_clearing")

    _backend_kind_uniq = models.Constraint(
        "UNIQUE(backend_id, kind)", "An account has one product for each charge."
    )

    @api.model
    def _default_values(self):
        """One row for each kind, with the products that come with this add-on."""
        return [
            {
                "kind": str(kind),
                "product_id": self.env.ref(f"connector_marketplace.product_{kind}").id,
            }
            for kind in ChargeKind
        ]

from odoo import api, fields, models
from odoo.addons.connector_marketplace.providers.schema import OrderStatus
from odoo.addons.erp_connector_base.tools.amounts import Amount

STATUS_LABELS = {
    OrderStatus.UNPAID: "Unpaid",
    OrderStatus.PENDING: "Held by the platform",
    OrderStatus.READY_TO_SHIP: "Ready to ship",
    OrderStatus.PROCESSED: "Shipment arranged",
    OrderStatus.SHIPPED: "Shipped",
    OrderStatus.DELIVERED: "Delivered",
    OrderStatus.COMPLETED: "Completed",
    OrderStatus.IN_CANCEL: "Cancellation requested",
    OrderStatus.CANCELLED: "Cancelled",
    OrderStatus.TO_RETURN: "To return",
    OrderStatus.UNKNOWN: "Unknown",
}

#: Why nothing of an order may leave, although it is confirmed.
HOLDS = [
    ("platform", "The platform says not to ship yet"),
    ("changed", "Changed on the platform, to be looked at"),
]


class SaleOrder(models.Model):
    _inherit = "sale.order"

    connector_backend_id = fields.Many2one(
        "erp.connector.backend",
        "Marketplace Account",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    # who sells may read this, but not the account, which is for Connector Users
    connector_account_name = fields.Char(
        "Marketplace Shop", related="connector_backend_id.name"
    )
    connector_order_ref = fields.Char(
        "Marketplace Order", readonly=True, copy=False, index="btree_not_null"
    )
    connector_status = fields.Selection(
        [(str(status), label) for status, label in STATUS_LABELS.items()],
        "Marketplace Status",
        readonly=True,
        copy=False,
    )
    connector_raw_status = fields.Char(
        "Platform Status",
        readonly=True,
        copy=False,
        help="The status in the platform's own word.",
    )
    connector_updated_at = fields.Datetime(
        "Changed on Platform", readonly=True, copy=False
    )
    connector_ship_by = fields.Datetime(
        "Ship By", readonly=True, copy=False, help="The platform's deadline."
    )
    connector_cancel_requested = fields.Boolean(
        "Cancellation Requested",
        readonly=True,
        copy=False,
        help="The buyer asked to cancel. Deliveries are blocked until the platform "
        "says how it was decided.",
    )
    connector_hold = fields.Selection(
        HOLDS,
        "Deliveries Held",
        readonly=True,
        copy=False,
        help="Why deliveries of this order are blocked for now.",
    )
    connector_total = Amount("Platform Total", readonly=True, copy=False)
    connector_difference = Amount(
        "Difference to Platform",
        compute="_compute_connector_difference",
        store=True,
        help="This order's total less the platform's. It should be zero.",
    )
    connector_message_count = fields.Integer(compute="_compute_connector_message_count")

    _connector_order_uniq = models.UniqueIndex(
        "(connector_backend_id, connector_order_ref) WHERE connector_order_ref "
        "IS NOT NULL",
        "This marketplace order is in the system already.",
    )

    @api.depends("connector_order_ref", "connector_backend_id")
    def _compute_connector_message_count(self):
        counts = dict(
            self.env["erp.connector.message"]._read_group(
                [
                    ("backend_id", "in", self.connector_backend_id.ids),
                    ("business_key", "in", self.mapped("connector_order_ref")),
                ],
                ["business_key"],
                ["__count"],
            )
            if self.connector_backend_id
            and self.env["erp.connector.message"].has_access("read")
            else []
        )
        for order in self:
            order.connector_message_count = counts.get(order.connector_order_ref, 0)

    def action_connector_messages(self):
        """What happened to this order between the platform and here, in order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Integration of %s", self.connector_order_ref),
            "res_model": "erp.connector.message",
            "view_mode": "list,form",
            "domain": [
                ("backend_id", "=", self.connector_backend_id.id),
                ("business_key", "=", self.connector_order_ref),
            ],
            "context": {"create": False},
        }

    def action_connector_bindings(self):
        """The mappings of the products on this order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Mappings of %s", self.connector_order_ref),
            "res_model": "erp.connector.binding",
            "view_mode": "list,form",
            "domain": [
                ("backend_id", "=", self.connector_backend_id.id),
                ("kind", "=", "product"),
                ("res_id", "in", self.order_line.product_id.ids),
            ],
        }

    def action_connector_platform(self):
        """Open this order where the seller sees it on the platform."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": self.connector_backend_id.sudo()._order_url(
                self.connector_order_ref
            ),
            "target": "new",
        }

    def _prepare_confirmation_values(self):
        """A marketplace order was placed when the buyer placed it."""
        values = super()._prepare_confirmation_values()
        if self and all(order.connector_order_ref for order in self):
            values.pop("date_order", None)
        return values

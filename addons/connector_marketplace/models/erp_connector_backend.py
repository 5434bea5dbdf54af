from odoo import api, fields, models
from odoo.addons.connector_marketplace.providers import PROVIDERS
from odoo.exceptions import UserError

#: Where a seller sees an order. The paths are not documented, hence a setting.
ORDER_URLS = {"shopee": "https://seller.shopee.co.id/portal/sale/order?search={order}"}


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    is_marketplace = fields.Boolean(compute="_compute_is_marketplace")
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        compute="_compute_warehouse_id",
        store=True,
        readonly=False,
        check_company=True,
        help="Orders of this shop are shipped from here.",
    )
    platform_warehouse_id = fields.Many2one(
        "stock.warehouse",
        "Platform's Warehouse",
        check_company=True,
        help="Orders the platform ships from its own warehouse take their stock here. "
        "Leave it empty if you have no stock there: such orders then ask for a person.",
    )
    team_id = fields.Many2one("crm.team", "Sales Team", check_company=True)
    source_id = fields.Many2one(
        "utm.source", compute="_compute_source_id", store=True, readonly=False
    )
    fiscal_position_id = fields.Many2one("account.fiscal.position", check_company=True)
    unpaid_policy = fields.Selection(
        [("ignore", "Wait until they are paid"), ("quotation", "Make a quotation")],
        "Unpaid Orders",
        required=True,
        default="ignore",
    )
    buyer_policy = fields.Selection(
        [
            ("buyer", "One contact for each buyer"),
            ("shop", "One contact for the whole shop"),
        ],
        "Buyers",
        required=True,
        default="buyer",
        help="Buyers are told apart by the platform's buyer number, never by name or "
        "telephone: these are masked.",
    )
    shop_partner_id = fields.Many2one(
        "res.partner",
        "Shop's Contact",
        check_company=True,
        help="Customer of orders without a buyer number, or of all of them.",
    )
    price_policy = fields.Selection(
        [
            ("included", "What the buyer pays, tax included"),
            ("excluded", "Without tax; Odoo adds it"),
        ],
        "Platform Prices",
        required=True,
        default="included",
        help="Tax included: each product's sales tax is taken out of the platform's "
        "price, so that the order's total is the platform's to the rupiah.",
    )
    charge_ids = fields.One2many(
        "connector.marketplace.charge",
        "backend_id",
        compute="_compute_charge_ids",
        store=True,
        readonly=False,
    )
    order_url = fields.Char(
        "Order Page",
        compute="_compute_order_url",
        store=True,
        readonly=False,
        help="Where the seller sees an order; {order} stands for its number.",
    )
    poll_minutes = fields.Integer(
        "Look for Orders Every (min)", default=5, required=True
    )
    poll_overlap = fields.Integer(
        "Look Back (min)",
        default=10,
        required=True,
        help="How far each look goes back behind the last one, for changes the "
        "platform lists late.",
    )
    poll_cursor = fields.Datetime(
        "Orders Known Until",
        copy=False,
        help="All changes until then are in the inbox. Set it back to look again at "
        "older orders; nothing is imported twice.",
    )
    next_poll_at = fields.Datetime(readonly=True, copy=False)

    _poll_minutes_positive = models.Constraint(
        "CHECK(poll_minutes > 0 AND poll_overlap >= 0)",
        "Orders are looked for every so many minutes: at least 1.",
    )

    @api.model
    def _providers(self):
        return {**super()._providers(), **PROVIDERS}

    @api.depends("provider")
    def _compute_is_marketplace(self):
        for backend in self:
            backend.is_marketplace = backend.provider in PROVIDERS

    @api.depends("company_id", "provider")
    def _compute_warehouse_id(self):
        for backend in self:
            if backend.warehouse_id.company_id != backend.company_id:
                backend.warehouse_id = backend.env["stock.warehouse"].search(
                    [("company_id", "=", backend.company_id.id)], limit=1
                )

    @api.depends("provider")
    def _compute_source_id(self):
        for backend in self:
            backend.source_id = backend.source_id or self.env.ref(
                f"connector_marketplace.utm_source_{backend.provider}",
                raise_if_not_found=False,
            )

    @api.depends("provider")
    def _compute_charge_ids(self):
        charges = self.env["connector.marketplace.charge"]
        for backend in self.filtered("is_marketplace"):
            if not backend.charge_ids:
                backend.charge_ids = [
                    fields.Command.create(values)
                    for values in charges._default_values()
                ]

    @api.depends("provider", "environment", "base_url")
    def _compute_order_url(self):
        for backend in self:
            if backend.environment == "simulator":
                backend.order_url = f"{backend.base_url}/_control?order={{order}}"
            else:
                backend.order_url = ORDER_URLS.get(backend.provider)

    def _order_url(self, reference):
        self.ensure_one()
        if not self.order_url:
            raise UserError(
                self.env._(
                    "%s has no order page; enter it on the account, tab Orders.",
                    self.name,
                )
            )
        return self.order_url.replace("{order}", reference)

    def _set_connected(self):
        for backend in self.filtered("is_marketplace"):
            backend._fill_in()
            backend.poll_cursor = backend.poll_cursor or fields.Datetime.now()
            backend.next_poll_at = False
            backend._ensure_clearing_account()
        return super()._set_connected()

"""The clearing account of a shop, and what is paid through the shop."""

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Command

from .erp_connector_binding import BUYER


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    clearing_account_id = fields.Many2one(
        "account.account",
        "Clearing Account",
        check_company=True,
        copy=False,
        domain="[('account_type', '=', 'asset_current'), ('reconcile', '=', True)]",
        help="Takes what the buyer pays to the platform, or the platform for the "
        "buyer: shipping, fees, the platform's vouchers and coins. The settlement "
        "brings it to zero. Made when the shop is linked.",
    )

    @api.constrains("clearing_account_id")
    def _check_clearing_account(self):
        for backend in self.sudo().filtered("clearing_account_id"):
            account = backend.clearing_account_id
            names = {"shop": backend.name, "account": account.display_name}
            if account.account_type != "asset_current" or not account.reconcile:
                raise ValidationError(
                    self.env._(
                        "%(shop)s: the clearing account %(account)s must be a current "
                        "asset that allows reconciliation.",
                        **names,
                    )
                )
            every = backend.with_context(active_test=False)
            others = every.search([("clearing_account_id", "=", account.id)]) - backend
            if others:
                raise ValidationError(
                    self.env._(
                        "%(shop)s: the clearing account %(account)s is used by "
                        "%(other)s. Each shop needs its own.",
                        other=others[0].name,
                        **names,
                    )
                )

    def _ensure_clearing_account(self):
        """The shop's clearing account; made in the company when it is not chosen."""
        shop = self.sudo()
        if shop and not shop.clearing_account_id:
            shop.clearing_account_id = shop._make_clearing_account()
        return shop.clearing_account_id

    def _make_clearing_account(self):
        company = self.company_id.root_id
        accounts = self.env["account.account"].with_company(company).sudo()
        like = accounts.search(
            [
                *accounts._check_company_domain(company),
                ("account_type", "=", "asset_current"),
            ],
            limit=1,
        )
        return accounts.create(
            {
                "name": self.env._("%s: clearing", self.name),
                "code": accounts._search_new_account_code(like.code or "110000"),
                "account_type": "asset_current",
                "reconcile": True,
                "company_ids": [Command.set(company.ids)],
            }
        )

    # ---- paid to the platform, and not to us -----------------------------------------

    @api.model
    def _paid_elsewhere(self, records):
        """Orders of a marketplace, their invoices, and the contacts it made."""
        found = super()._paid_elsewhere(records)
        search = {
            "sale.order": self._marketplace_orders,
            "account.move": self._marketplace_moves,
            "res.partner": self._marketplace_contacts,
        }.get(records._name)
        return found | records.browse(search(records)) if search else found

    def _marketplace_orders(self, orders):
        return orders.sudo().filtered("connector_backend_id").ids

    def _marketplace_moves(self, moves):
        sold = (
            self.env["sale.order.line"]
            .sudo()
            ._search([("order_id.connector_backend_id", "!=", False)])
        )
        lines = self.env["account.move.line"].sudo()
        groups = lines._read_group(
            [
                ("move_id", "in", moves.ids),
                "|",
                ("connector_clearing", "=", True),
                ("sale_line_ids", "in", sold),
            ],
            ["move_id"],
        )
        named = moves.sudo().filtered("connector_backend_id").ids
        return [*named, *(move.id for (move,) in groups if move.id not in named)]

    def _marketplace_contacts(self, partners):
        """Buyers that the shops brought, who buy nowhere else."""
        bindings = self.env["erp.connector.binding"].sudo()
        bought = bindings.search_fetch(
            [
                ("kind", "=", BUYER),
                ("res_model", "=", "res.partner"),
                ("res_id", "in", partners.ids),
            ],
            ["res_id"],
        )
        shops = self.sudo().search([("shop_partner_id", "in", partners.ids)])
        buyers = partners.browse({*bought.mapped("res_id"), *shops.shop_partner_id.ids})
        return (buyers - self._ordinary_customers(buyers)).ids if buyers else []

    def _ordinary_customers(self, partners):
        """Those of them who also buy here: by an order, or an invoice of no shop's."""
        customers = partners.commercial_partner_id.ids
        orders = (
            self.env["sale.order"]
            .sudo()
            .search(
                [
                    ("partner_id.commercial_partner_id", "in", customers),
                    ("connector_backend_id", "=", False),
                    ("state", "!=", "cancel"),
                ]
            )
        )
        invoices = (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("commercial_partner_id", "in", customers),
                    ("move_type", "=", "out_invoice"),
                    ("state", "=", "posted"),
                ]
            )
        )
        invoices -= invoices.browse(self._marketplace_moves(invoices))
        ours = (orders.partner_id | invoices.partner_id).commercial_partner_id
        return partners.filtered(lambda p: p.commercial_partner_id in ours)

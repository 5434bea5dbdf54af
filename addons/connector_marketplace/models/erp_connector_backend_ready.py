"""What an order needs in Odoo: looked at when a shop is linked, and guarded after."""

from odoo import models
from odoo.exceptions import UserError

#: What the orders of a shop stand on.
PLACES = ("company_id", "environment", "provider")


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    def _check_ready(self):
        result = super()._check_ready()
        for backend in self.filtered("is_marketplace"):
            backend._fill_in()
            lacks = backend._lacks()
            if lacks:
                raise UserError(
                    self.env._(
                        "%(name)s cannot take orders yet:\n%(lacks)s",
                        name=backend.name,
                        lacks="\n".join(f"- {text}" for text in lacks),
                    )
                )
        return result

    def _fill_in(self):
        """What is there by now, and was not when the account was made."""
        self.ensure_one()
        backend = self.sudo()
        if not backend.warehouse_id:
            backend.warehouse_id = (
                self.env["stock.warehouse"]
                .sudo()
                .search([("company_id", "=", backend.company_id.id)], limit=1)
            )
        kinds = set(backend.charge_ids.mapped("kind"))
        charges = backend.env["connector.marketplace.charge"]
        missing = [v for v in charges._default_values() if v["kind"] not in kinds]
        charges.create([{"backend_id": backend.id, **values} for values in missing])

    def _lacks(self):
        """Sentences: what would make each of its orders fail."""
        return [
            text
            for check in (
                self._lacks_warehouse,
                self._lacks_accounting,
                self._lacks_charges,
            )
            for text in check()
        ]

    def _lacks_warehouse(self):
        backend, company = self.sudo(), self.sudo().company_id
        warehouse = backend.warehouse_id
        if not warehouse:
            yield self.env._(
                "%s has no warehouse. Make one (Inventory, Configuration, Warehouses) "
                "and choose it on the account, tab Orders.",
                company.name,
            )
        for chosen in warehouse | backend.platform_warehouse_id:
            if not chosen.active:
                yield self.env._(
                    "The warehouse %s is archived. Choose another one on the account, "
                    "tab Orders.",
                    chosen.name,
                )
            if chosen.company_id != company:
                yield self.env._(
                    "The warehouse %(warehouse)s belongs to %(other)s, not to "
                    "%(company)s. Choose another one on the account, tab Orders.",
                    warehouse=chosen.name,
                    other=chosen.company_id.name,
                    company=company.name,
                )

    def _lacks_accounting(self):
        company = self.sudo().company_id
        journals = self.env["account.journal"].sudo().with_company(company)
        domain = [*journals._check_company_domain(company), ("type", "=", "sale")]
        if not journals.search_count(domain, limit=1):
            yield self.env._(
                "%s has no journal for sales. Choose its chart of accounts (Invoicing, "
                "Configuration, Settings) first.",
                company.name,
            )
        currency = self._provider().currency
        if currency and company.currency_id.name != currency:
            yield self.env._(
                "Orders of %(platform)s are in %(currency)s, but %(company)s keeps its "
                "books in %(own)s.",
                platform=self._provider().name,
                currency=currency,
                company=company.name,
                own=company.currency_id.name,
            )

    def _lacks_charges(self):
        charges = self.sudo().charge_ids
        kinds = dict(charges._fields["kind"]._description_selection(self.env))
        for charge in charges:
            product = charge.product_id
            if not product.active:
                yield self.env._(
                    "The product %(product)s of the charge %(charge)s is archived. "
                    "Unarchive it, or choose another one on the account, tab Orders.",
                    product=product.display_name,
                    charge=kinds[charge.kind],
                )
            elif product.company_id and product.company_id != self.company_id:
                yield self.env._(
                    "The product %(product)s of the charge %(charge)s belongs to "
                    "another company. Choose another one on the account, tab Orders.",
                    product=product.display_name,
                    charge=kinds[charge.kind],
                )

    # ---- guarded ---------------------------------------------------------------------

    def _connector_is_used(self):
        """Whether orders of it are in Odoo."""
        sales = self.env["sale.order"].sudo()
        ours = [("connector_backend_id", "in", self.ids)]
        return bool(sales.search_count(ours, limit=1)) or super()._connector_is_used()

    def write(self, vals):
        for backend in self.filtered("is_marketplace"):
            moved = backend._moved_places(vals)
            if moved and backend._connector_is_used():
                raise UserError(
                    self.env._(
                        "%(name)s has orders, and these stay where they are: "
                        "%(fields)s cannot be changed. Make another account.",
                        name=backend.name,
                        fields=", ".join(self._fields[name].string for name in moved),
                    )
                )
        return super().write(vals)

    def _moved_places(self, vals):
        """Names of what would be changed; a neutralized copy may try elsewhere."""
        parameters = self.env["ir.config_parameter"].sudo()
        copy = parameters.get_param("database.is_neutralized")
        return [
            name
            for name in PLACES
            if name in vals
            and vals[name] != _plain(self[name])
            and not (copy and name == "environment")
        ]


def _plain(value):
    return value.id if isinstance(value, models.BaseModel) else value

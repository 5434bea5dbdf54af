"""One business at the gateway, accounts of several companies: whose is what.

The main account reads the gateway's lists. What bears a reference of a company, or was
stored for it before, is that company's; the rest is the main account's.
"""

from odoo import api, models
from odoo.addons.connector_payment.providers import schema

#: (model, fields by which the gateway may name its records)
NAMED = (
    ("connector.payment.va", ("name", "external_id")),
    ("connector.payment.payout", ("name", "external_id")),
    ("connector.payment.refund", ("name", "external_id")),
    ("connector.payment.receipt", ("external_id",)),
)


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    @api.model
    def _owners_of_references(self, family, references):
        """{reference: account} of those that are known to one of `family`; four queries
        for any number of them."""
        wanted = list({reference for reference in references if reference})
        owners = {}
        for model, names in NAMED if wanted else ():
            domain = [("backend_id", "in", family.ids)]
            domain += ["|"] * (len(names) - 1)
            domain += [(name, "in", wanted) for name in names]
            records = self.env[model].sudo().search(domain, order="id")
            for record in records:
                for name in names:
                    owners.setdefault(record[name], record.backend_id)
        return {r: owners[r] for r in wanted if r in owners}

    def _owners_by_reference(self, family, events):
        owners = super()._owners_by_reference(family, events)
        if not self.is_gateway:
            return owners
        known = self._owners_of_references(
            self.sudo().browse(family), [e.business_key for e in events]
        )
        for event in events:
            key = (event.topic, event.business_key)
            if event.topic == schema.PING_EVENT:
                owners[key] = self.id  # our own round trip tests this very address
            elif event.business_key in known:
                owners[key] = known[event.business_key].id
        return owners

    def _connector_is_used(self):
        """Whether money of it is in Odoo, or was asked for."""
        return (
            any(
                self.env[model]
                .sudo()
                .search_count([("backend_id", "in", self.ids)], limit=1)
                for model, _names in NAMED
            )
            or super()._connector_is_used()
        )


class ConnectorPaymentTransaction(models.Model):
    _inherit = "connector.payment.transaction"

    @api.model
    def _store(self, backend, transactions):
        """Each of these rows is kept by the account whose reference it bears."""
        changed = self.browse()
        for owner, rows in self._owners(backend, transactions).items():
            changed |= self._store_own(owner, rows)
        return changed

    @api.model
    def _owners(self, backend, transactions):
        """{account: its rows} of what the gateway lists for all that share it."""
        family = backend._family()
        if len(family) == 1:
            return {backend: list(transactions)}
        stored = self.sudo().search(
            [
                ("backend_id", "in", family.ids),
                ("external_id", "in", [row.id for row in transactions]),
            ],
            order="id desc",
        )
        before = {row.external_id: row.backend_id for row in stored}
        named = backend._owners_of_references(
            family, [r for row in transactions for r in (row.reference, row.product_id)]
        )
        owners = {}
        for row in transactions:
            owner = (
                before.get(row.id)
                or named.get(row.reference)
                or named.get(row.product_id)
                or backend._main_account()
            )
            owners.setdefault(owner.sudo(self.env.su), []).append(row)
        return owners

"""The twin of a tax that is included in the price: platforms' prices include tax."""

from odoo import fields, models
from odoo.fields import Command

#: What makes a twin another tax; its price differs, its accounts and rates do not.
SAME = (
    "company_id",
    "type_tax_use",
    "tax_scope",
    "amount_type",
    "amount",
    "tax_group_id",
    "include_base_amount",
    "is_base_affected",
    "tax_exigibility",
    "cash_basis_transition_account_id",
    "formula",  # of account_tax_python, where that is installed
)


class AccountTax(models.Model):
    _inherit = "account.tax"

    connector_included_id = fields.Many2one(
        "account.tax",
        "Twin Included in Price",
        copy=False,
        check_company=True,
        index="btree_not_null",
        help="Takes this tax's place on orders of marketplaces, whose prices include "
        "tax. It is made when it is first needed; where this tax has changed since, "
        "new orders get a new twin, and documents of the old one stay as they are.",
    )

    def _connector_twin(self):
        """The same tax, included in the price; a tax that is included is its own."""
        self.ensure_one()
        if self._connector_is_included():
            return self
        tax = self.sudo().with_context(lang=None)  # one name, whatever the language
        children = tax.browse(c._connector_twin().id for c in tax.children_tax_ids)
        twin = tax.connector_included_id
        if not tax._connector_is_twin(twin, children):
            twin = tax._connector_make_twin(children)
        if not twin.active or twin.sequence != tax.sequence:
            twin.write({"active": True, "sequence": tax.sequence})
        return self.browse(twin.id)

    def _connector_is_included(self):
        """A group has no price of its own: it is included when all of its taxes are."""
        if self.amount_type == "group":
            return all(tax._connector_is_included() for tax in self.children_tax_ids)
        return self.price_include

    def _connector_is_twin(self, twin, children):
        """Whether `twin` still is what this tax is, included in the price."""
        return bool(
            twin
            and twin._connector_is_included()
            and twin.children_tax_ids == children
            and all(self[name] == twin[name] for name in SAME if name in self._fields)
            and self._connector_distribution() == twin._connector_distribution()
        )

    def _connector_distribution(self):
        return sorted(
            (
                line.document_type,
                line.repartition_type,
                line.factor_percent,
                line.account_id.id,
                tuple(sorted(line.tag_ids.ids)),
                line.use_in_tax_closing,
            )
            for line in self.repartition_line_ids
        )

    def _connector_make_twin(self, children):
        """A copy that no fiscal position knows: it would map the tax to both."""
        twin = self.copy(
            {
                "name": self._connector_twin_name(),
                "active": True,
                "price_include_override": "tax_included",
                "children_tax_ids": [Command.set(children.ids)],
                "fiscal_position_ids": [Command.clear()],
                "original_tax_ids": [Command.clear()],
                "replacing_tax_ids": [Command.clear()],
            }
        )
        self.connector_included_id = twin
        return twin

    def _connector_twin_name(self):
        """A name that no other tax beside it has."""
        stem = f"{self.name} (included"
        taken = set(
            self.with_context(active_test=False)
            .search(
                [
                    ("company_id", "child_of", self.company_id.root_id.id),
                    ("type_tax_use", "=", self.type_tax_use),
                    ("name", "=like", f"{stem}%"),
                ]
            )
            .mapped("name")
        )
        names = [f"{stem})", *(f"{stem} {n})" for n in range(2, len(taken) + 3))]
        return next(name for name in names if name not in taken)

    def _connector_proportional(self):
        """These without what is charged by the piece, which no discount lessens."""
        parts = self.browse(
            part.id for tax in self for part in tax.children_tax_ids or tax
        )
        if "fixed" not in parts.mapped("amount_type"):
            return self
        return parts.filtered(lambda tax: tax.amount_type != "fixed")

"""Filters on amounts find what differs, and nothing else."""

import ast

from lxml import etree

from odoo.tests import TransactionCase, tagged

SUITE = ("erp_connector_", "connector_", "l10n_id_efaktur")
NUMBERS = ("float", "monetary", "integer")


@tagged("post_install", "-at_install")
class TestFilters(TransactionCase):
    """Where there is no amount a column may be empty: != 0 finds those, too."""

    def suite_views(self):
        views = self.env["ir.ui.view"].search([("type", "=", "search")])
        return views.filtered(lambda view: (view.xml_id or "").startswith(SUITE))

    def terms(self, view):
        """(name of the filter, path, operator, value) of what `view` itself brings."""
        for node in etree.fromstring(view.arch).iter("filter"):
            domain = node.get("domain")
            parsed = ast.walk(ast.parse(domain.strip(), mode="eval")) if domain else ()
            for part in parsed:
                if isinstance(part, ast.Tuple) and len(part.elts) == 3:
                    values = [getattr(x, "value", x) for x in part.elts[:2]]
                    yield node.get("name"), *values, part.elts[2]

    def test_no_filter_asks_whether_an_amount_is_not_zero(self):
        views = self.suite_views()
        self.assertTrue(views)
        wrong = [
            f"{view.xml_id}: filter {name}"
            for view in views
            for name, path, operator, value in self.terms(view)
            if operator in ("!=", "not in")
            and not getattr(value, "value", True)
            and self.is_number(view.model, path)
        ]
        self.assertEqual(wrong, [], "Say < 0 or > 0: != 0 finds empty ones, too.")

    def is_number(self, model, path):
        for name in path.split("."):
            field = self.env[model]._fields[name]
            model = field.comodel_name or model
        return field.store and field.type in NUMBERS

    # ---- empty is zero ---------------------------------------------------------------

    def amounts(self):
        """(model, name) of the numbers that the suite keeps in a column."""
        for model in self.env.values():
            if model._abstract or model._transient:
                continue
            for name, field in model._fields.items():
                ours = any(module.startswith(SUITE) for module in field._modules)
                if ours and field.store and field.column_type and field.type in NUMBERS:
                    yield model.sudo(), name

    def condition(self, model, name, operator, value):
        return repr(model._search([(name, operator, value)]).where_clause)

    def test_nothing_and_zero_are_one_in_every_search_for_an_amount(self):
        """Whatever a filter says for zero, and whatever stands in the column."""
        amounts = list(self.amounts())
        self.assertTrue(amounts)
        same = (
            ("=", 0, 0.0, False),
            ("!=", 0, 0.0, False),
            ("in", [0], [0.0], [False]),
            ("in", [7, 0], [7, 0.0], [7, False]),
            ("not in", [7, 0], [7, 0.0], [7, False]),
            ("<", 0, 0.0, False),
            (">=", 0, 0.0, False),
        )
        wrong = [
            f"{model._name}.{name} {operator} {values[0]}"
            for model, name in amounts
            for operator, *values in same
            if len({self.condition(model, name, operator, v) for v in values}) > 1
        ]
        self.assertEqual(wrong, [], "Make it an Amount (tools/amounts.py).")

"""`setup/test core`: which of Odoo's own tests, and what may fail."""

from pathlib import Path

from setup import core, core_known, odoo_home

FLOW = Path("/odoo/addons/sale/tests/test_sale_flow.py")


def test_the_modules_come_first_and_the_rest_is_for_pytest():
    wish = core.wish(["sale", "stock", "--plain", "-k", "flow"])
    assert wish == core.Wish(["sale", "stock"], ["-k", "flow"], plain=True)


def test_without_modules_those_run_that_the_add_ons_change_the_ways_of():
    assert core.wish(["-x"]) == core.Wish(list(core.MODULES), ["-x"], plain=False)


def test_what_is_known_to_fail_is_found_by_its_name_or_its_class(monkeypatch):
    one = "sale/test_sale_flow::TestSaleFlow::test_qty_delivered"
    title = core_known.title
    assert title(FLOW, "test_sale_flow.py::TestSaleFlow::test_qty_delivered") == one
    monkeypatch.setattr(core_known, "KNOWN", {one: "one", "sale/a::All": "all"})
    assert core_known.reason(one) == "one"
    assert core_known.reason("sale/a::All::test_b") == "all"
    assert core_known.reason("sale/test_sale_flow::TestSaleFlow::test_b") is None


def test_every_test_that_is_known_to_fail_is_there():
    home = odoo_home.ensure()
    for name in core_known.KNOWN:
        module, _, rest = name.partition("/")
        file, _, inside = rest.partition("::")
        text = (core.tests_of(home, module) / f"{file}.py").read_text()
        for word in inside.split("::"):
            assert word in text

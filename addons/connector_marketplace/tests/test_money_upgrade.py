"""What an update does to the money of orders, charges and taxes that are there."""

import importlib.util
from pathlib import Path

from .money import MoneyCase
from .test_charges import BILL

SCRIPTS = Path(__file__).parents[1] / "migrations" / "19.0.1.1.0"


class TestUpgrade(MoneyCase):
    def upgrade(self, name):
        self.env.flush_all()
        spec = importlib.util.spec_from_file_location("script", SCRIPTS / name)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def as_before(self, *sales):
        """Nothing of charges is known: as the version before has left it."""
        self.env.flush_all()
        self.backend.clearing_account_id = False
        self.env["product.template"].search([]).connector_clearing = False
        self.backend.charge_ids.filtered(lambda r: r.kind == "seller_coins").unlink()
        self.env.flush_all()
        lines = self.env["sale.order"].concat(*sales).order_line
        self.cr.execute(
            """
            UPDATE sale_order_line SET connector_charge = NULL,
                   connector_clearing = NULL WHERE id = ANY(%s)
            """,
            [lines.ids],
        )
        self.cr.execute("UPDATE account_move_line SET connector_clearing = NULL")
        self.env.invalidate_all()
        lines.modified(["connector_charge"])
        self.env.flush_all()

    def test_charges_of_old_orders_wait_for_their_goods(self):
        sale, gone = self.order(**BILL), self.order(**BILL)
        self.deliver(gone)
        self.as_before(sale, gone)
        self.assertEqual(sale.invoice_status, "to invoice")
        self.upgrade("post-clearing.py")
        self.assertEqual(sale.invoice_status, "no")
        self.assertEqual(gone.invoice_status, "to invoice")
        kinds = set(self.charges(sale).mapped("connector_charge"))
        self.assertEqual(
            kinds,
            {"shipping", "service", "seller_voucher", "platform_voucher", "coins"},
        )
        entry = self.invoice(gone)
        self.assertEqual(self.clearing(entry), 1_500)

    def test_products_and_rows_are_set_up(self):
        own = self.env["product.product"].create({"name": "Own", "type": "service"})
        both = self.env["product.product"].create({"name": "Both", "type": "service"})
        rows = {row.kind: row for row in self.backend.charge_ids}
        self.as_before()
        rows["shipping"].product_id = own
        rows["seller_voucher"].product_id = both
        rows["coins"].product_id = both
        self.upgrade("post-clearing.py")
        self.assertTrue(own.connector_clearing)
        self.assertFalse(both.connector_clearing)
        self.assertEqual(
            rows["coins"].product_id,
            self.env.ref("connector_marketplace.product_coins"),
        )
        self.assertTrue(rows["coins"].connector_clearing)
        self.assertIn("seller_coins", self.backend.charge_ids.mapped("kind"))
        self.assertTrue(self.backend.clearing_account_id)

    def test_lines_are_known_though_an_accountant_chose_other_products_since(self):
        own = self.env["product.product"].create({"name": "Own", "type": "service"})
        before = self.order(**BILL)
        rows = {row.kind: row for row in self.backend.charge_ids}
        (rows["coins"] | rows["seller_voucher"]).product_id = own
        after = self.order(**BILL)
        rows["service"].unlink()
        self.as_before(before, after)
        self.upgrade("post-clearing.py")
        self.assertEqual(
            {line.connector_charge for line in self.charges(before)},
            {"shipping", "service", "seller_voucher", "platform_voucher", "coins"},
        )
        self.assertEqual(
            self.charges(before).filtered("connector_clearing").product_id,
            self.env["product.product"].concat(
                *(
                    self.env.ref(f"connector_marketplace.product_{kind}")
                    for kind in ("shipping", "service", "platform_voucher", "coins")
                )
            ),
        )
        former = self.env["product.product"].create({"name": "F", "type": "service"})
        shipping = after.order_line.filtered(lambda x: x.connector_charge == "shipping")
        shipping.product_id = former
        self.as_before(after)
        self.upgrade("post-clearing.py")
        self.assertEqual(shipping.connector_charge, "other")
        self.assertFalse(shipping.connector_clearing)
        self.assertFalse(after.order_line[:1].connector_charge)
        mixed = after.order_line.filtered(lambda line: line.product_id == own)
        self.assertEqual(mixed.mapped("connector_charge"), ["seller_voucher"] * 2)
        self.assertFalse(any(mixed.mapped("connector_clearing")))

    def test_a_draft_goes_to_clearing_and_what_is_posted_stays(self):
        draft, posted = self.order(**BILL), self.order(**BILL)
        self.deliver(draft)
        self.deliver(posted)
        self.as_before(draft, posted)
        first, second = self.invoice(draft, post=False), self.invoice(posted)
        balances = {x.id: (x.account_id, x.balance) for x in second.line_ids}
        self.upgrade("post-clearing.py")
        self.assertEqual(self.clearing(first), 1_500)
        self.assertEqual(
            {x.id: (x.account_id, x.balance) for x in second.line_ids}, balances
        )
        marked = second.invoice_line_ids.filtered("connector_clearing")
        self.assertEqual(len(marked), 4)

    def test_twins_are_adopted_by_their_names_once(self):
        twin = self.vat.copy(
            {
                "name": f"{self.vat.name} (included)",
                "price_include_override": "tax_included",
            }
        )
        self.upgrade("post-tax_twins.py")
        self.assertEqual(self.vat.connector_included_id, twin)
        sale = self.order()
        self.assertEqual(sale.order_line.tax_ids, twin)

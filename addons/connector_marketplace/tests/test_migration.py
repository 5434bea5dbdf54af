"""A database of before gets the true difference of its orders, and what was deleted."""

import importlib.util
from pathlib import Path

from .news import NewsCase

FOLDER = Path(__file__).parents[1] / "migrations" / "19.0.1.1.0"


class TestMigration(NewsCase):
    def migrate(self, name="post-orders"):
        path = FOLDER / f"{name}.py"
        spec = importlib.util.spec_from_file_location(name.replace("-", "_"), path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.env.flush_all()
        module.migrate(self.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def of_before(self, sales):
        self.env.flush_all()
        self.cr.execute(
            "UPDATE sale_order SET connector_difference = NULL,"
            " connector_total_known = NULL, connector_contact_id = NULL WHERE id IN %s",
            [tuple(sales.ids)],
        )
        self.env.invalidate_all()

    def test_differences_are_told_again_and_plain_orders_have_none(self):
        sn, sale, _message = self.place_one(poison="total_mismatch", masked=False)
        plain = self.env["sale.order"].create({"partner_id": sale.partner_id.id})
        there = sale.connector_contact_id
        self.of_before(sale | plain)
        self.migrate()
        self.assertEqual(sale.connector_difference, -1)
        self.assertTrue(sale.connector_total_known)
        self.assertEqual(sale.connector_contact_id, there)
        self.cr.execute(
            "SELECT connector_difference FROM sale_order WHERE id = %s", [plain.id]
        )
        self.assertEqual(self.cr.fetchone(), (0,))

    def test_what_a_person_had_deleted_is_not_made_anew(self):
        sn, sale, _message = self.place_one()
        sale._action_cancel()
        sale.unlink()
        self.env["erp.connector.binding"].search([("kind", "=", "order")]).unlink()
        self.migrate()
        self.become("PROCESSED", sn)
        self.assertFalse(self.sale(sn))
        self.assertEqual(self.message(sn).state, "ignored")

    def test_what_was_cancelled_there_and_open_here_ends(self):
        (_sn, whole, _m1), (_sn, part, _m2) = (
            self.place_one(skus=["SKU-001"], quantity=3) for _i in range(2)
        )
        out = part.picking_ids
        out.move_ids.write({"quantity": 1, "picked": True})
        out._action_done()
        (whole | part).write({"connector_status": "cancelled"})
        self.migrate("end-cancelled")
        self.assertEqual((whole.state, whole.picking_ids.state), ("cancel", "cancel"))
        self.assertEqual(part.state, "sale")
        self.assertEqual(sorted(part.picking_ids.mapped("state")), ["cancel", "done"])

    def test_a_mapping_to_what_was_deleted_is_missing(self):
        self.place_one(skus=["SKU-001"])
        binding = self.env["erp.connector.binding"].search(
            [("kind", "=", "product"), ("external_sku", "=", "SKU-001")]
        )
        self.env.flush_all()
        self.cr.execute(
            "UPDATE erp_connector_binding SET res_id = 987654 WHERE id = %s",
            [binding.id],
        )
        self.env.invalidate_all()
        self.migrate("post-listings")
        self.assertTrue(binding.is_missing)
        self.assertIn("deleted", binding.why_missing)

    def told(self, sale, *summaries):
        for summary in summaries:
            sale.activity_schedule("mail.mail_activity_data_todo", summary=summary)

    def test_activities_of_before_end_with_their_cause(self):
        (sn, asked, _m1), (_sn, done, _m2) = (self.place_one() for _i in range(2))
        asked.connector_cancel_requested = True
        self.told(asked, f"Buyer asks to cancel {sn}", "Call the buyer")
        self.told(done, "Pembeli meminta pembatalan X", "Terima kembali X")
        self.told(done, "Take back X", "Dibatalkan di sini, READY di platform")
        self.backend.activity_schedule(
            "mail.mail_activity_data_todo", summary=f"Link {self.backend.name} again"
        )
        self.migrate("post-activities")
        self.assertEqual(
            asked.activity_ids.mapped("connector_cause"),
            ["order.cancel_requested", False],
        )
        self.assertEqual(
            done.activity_ids.mapped(lambda a: (a.connector_cause, a.summary)),
            [("order.take_back", "Terima kembali X")],
        )
        self.assertEqual(
            self.backend.activity_ids.mapped("connector_cause"), ["account.expiry"]
        )
        self.become("READY_TO_SHIP", sn)
        self.assertEqual(asked.activity_ids.mapped("summary"), ["Call the buyer"])

    def test_what_was_picked_and_counted_as_gone_is_not_to_be_taken_back(self):
        _sn, sale, _message = self.place_one()
        self.told(sale, "Take back X")
        sale.connector_status = "cancelled"
        self.migrate("post-activities")
        self.migrate("end-cancelled")
        self.assertEqual(sale.state, "cancel")
        self.assertFalse(sale.activity_ids)

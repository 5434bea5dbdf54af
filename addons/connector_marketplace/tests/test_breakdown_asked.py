"""Whose breakdown is asked for again: those of whom no message is on its way."""

from datetime import timedelta
from unittest.mock import patch

from odoo.addons.erp_connector_base.tests.common import AccountMixin
from odoo.tools import SQL

from .test_breakdown import BreakdownCase


class TestAsking(BreakdownCase):
    multiply = AccountMixin.multiply

    def due(self, sales, hours=1):
        sales.write({"connector_charges_at": self.now() - timedelta(hours=hours)})
        self.env.flush_all()

    def messages_of(self, sale):
        return self.env["erp.connector.message"].search(
            [("business_key", "=", sale.connector_order_ref)], order="id"
        )

    def test_an_order_of_which_a_message_is_on_its_way_is_not_asked_for(self):
        sn, sale, _fault = self.pending()
        for state in ("pending", "processing", "retry"):
            with self.subTest(state):
                self.hint(sn)
                last = self.messages_of(sale)[-1]
                last.state = state
                self.due(sale)
                count = len(self.messages_of(sale))
                tries = sale.connector_charges_tries
                self.env["connector.marketplace.order"]._cron_fetch_charges()
                self.assertEqual(len(self.messages_of(sale)), count)
                self.assertEqual(sale.connector_charges_tries, tries)
                last.state = "done"
                self.env["connector.marketplace.order"]._cron_fetch_charges()
                self.assertEqual(len(self.messages_of(sale)), count + 1)
                self.drain()

    def test_another_shops_message_of_that_number_is_another_order(self):
        sn, sale, _fault = self.pending()
        other = self.shop_account("700002")
        self.hint(sn, other)
        self.due(sale)
        self.env["connector.marketplace.order"]._cron_fetch_charges()
        self.assertEqual(sale.connector_charges_tries, 1)

    def test_orders_that_wait_for_their_own_messages_take_nobodys_place(self):
        _sn, sale, _fault = self.pending()
        self.due(sale)
        self.multiply(
            sale,
            1000,
            connector_order_ref="'M' || n",
            connector_charges_at="connector_charges_at - interval '1 day'",
        )
        for number in range(1, 1001):
            self.hint(f"M{number}")
        self.env["connector.marketplace.order"]._cron_fetch_charges()
        self.assertEqual(sale.connector_charges_tries, 1)

    def test_a_small_shop_is_asked_beside_one_with_thousands_of_orders(self):
        _sn, sale, _fault = self.pending()
        large = self.linked_account("700002")
        self.due(sale)
        self.multiply(
            sale,
            1000,
            connector_order_ref="'M' || n",
            connector_backend_id=large.id,
            connector_charges_at="connector_charges_at - interval '1 day'",
        )
        self.env["connector.marketplace.order"]._cron_fetch_charges()
        self.assertEqual(sale.connector_charges_tries, 1)

    def test_an_order_the_shop_does_not_show_is_told_once(self):
        sn, sale, _fault = self.pending()
        self.shop.reset()
        told = set()
        for _time in range(20):
            self.ask_again()
            self.wait_and_drain(8)
            told |= set(sale.activity_ids.ids) | set(self.backend.activity_ids.ids)
        states = self.messages_of(sale).mapped("state")
        self.assertNotIn("dead", states, self.messages_of(sale)[-1].error)
        self.assertEqual(len(told), 1)
        self.assertIn("does not show", sale.activity_ids.note)
        self.assertFalse(sale.connector_charges_at)
        self.assertLess(len(states), 10)
        self.assertIn("does not show", self.messages_of(sale)[-1].note)

    def test_a_question_without_an_answer_ends_nobodys_waiting(self):
        sn, sale, _fault = self.pending()
        older = self.message(sn)
        missing = self.env["erp.connector.binding"].create(
            {
                "backend_id": self.backend.id,
                "kind": "product",
                "external_id": "not-there",
                "res_model": "product.product",
            }
        )
        older.write({"state": "waiting", "waiting_for_ids": [(4, missing.id)]})
        self.shop.reset()
        self.ask_again()
        self.wait_and_drain(3)
        self.assertEqual(older.state, "waiting")
        self.assertEqual(older.waiting_for_ids, missing)

    def test_two_million_old_messages_make_no_look_slow(self):
        _sn, sale, _fault = self.pending()
        self.due(sale)
        (message,) = self.messages_of(sale)[-1:]
        self.multiply(message, 20_000, dedup_key="'H' || n", business_key="'H' || n")
        self.cr.execute("ANALYZE erp_connector_message")
        self.multiply(
            message,
            2_000,
            dedup_key="'P' || n",
            business_key="'P' || n",
            state="'pending'",
        )
        self.multiply(sale, 300, connector_order_ref="'P' || n")
        self.multiply(sale, 300, connector_order_ref="'X' || n")
        due = self.env["sale.order"]._connector_to_ask()
        self.assertEqual(len(due), 301)
        plan = self.plan_of(lambda: self.env["sale.order"]._connector_to_ask())
        self.assertNotIn("Seq Scan on erp_connector_message", plan)
        self.assertRegex(plan, r"Index Cond: \(\(\w+ = sale.connector_backend_id")

    def plan_of(self, work):
        """The plans of what `work` asks of orders."""
        own, plans = self.cr.execute, []

        def execute(query, params=None, log_exceptions=True):
            text = self.cr.mogrify(*_text(query, params)).decode()
            if text.lstrip().startswith("SELECT") and "erp_connector_message" in text:
                own(f"EXPLAIN {text}")
                plans.extend(row[0] for row in self.cr.fetchall())
            return own(query, params, log_exceptions)

        with patch.object(self.cr, "execute", execute):
            work()
        return "\n".join(plans)


def _text(query, params):
    return (query.code, query.params) if isinstance(query, SQL) else (query, params)

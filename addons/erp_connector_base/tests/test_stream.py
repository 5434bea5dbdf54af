"""Webhooks that are refused, or do not come any more, are seen and told."""

import logging

from .test_webhook import WebhookCase


class TestStream(WebhookCase):
    def stream(self):
        self.refresh()
        return self.env["erp.connector.stream"].search(
            [("backend_id", "=", self.backend.id)]
        )

    def watch(self):
        self.env["erp.connector.stream"]._cron_watch()
        self.commit()

    def told(self):
        self.refresh()
        return self.backend.activity_ids.mapped("connector_cause")

    def refuse(self, count):
        for _number in range(count):
            self.assertAnswer(self.post(self.body(), signature="0" * 64), 401)

    def age(self, minutes):
        self.cr.execute(
            "UPDATE erp_connector_stream SET accepted_at = accepted_at"
            " - %s * interval '1 minute' WHERE backend_id = %s",
            [minutes, self.backend.id],
        )
        self.cr.commit()
        self.refresh()

    def test_the_last_one_is_shown(self):
        self.assertIn("none yet", self.backend.webhook_news)
        self.assertAnswer(self.post(self.body()), 200)
        self.assertTrue(self.stream().accepted_at)
        self.assertNotIn("none yet", self.backend.webhook_news)
        self.assertFalse(self.backend.webhook_alarm)

    def test_many_refused_in_a_row_are_told_until_one_gets_in(self):
        self.refuse(6)
        self.watch()
        self.assertEqual(self.stream().refused_count, 6)
        self.assertEqual(self.told(), ["webhook.refused"])
        self.assertTrue(self.backend.webhook_alarm)
        self.assertIn("(6)", self.backend.webhook_news)
        self.watch()
        self.assertEqual(len(self.told()), 1)
        self.assertAnswer(self.post(self.body()), 200)
        self.assertEqual(self.stream().refused_count, 0)
        self.assertFalse(self.told())

    def test_too_large_ones_are_refused_ones_and_told_with_what_to_do(self):
        self.backend.webhook_limit = 4
        self.commit()
        self.refuse_large(6)
        self.watch()
        self.assertEqual(self.stream().refused_count, 6)
        self.assertEqual(self.refusals(self.backend), 6)
        self.assertEqual(self.told(), ["webhook.refused"])
        self.assertTrue(self.backend.webhook_alarm)
        self.assertIn("Largest Webhook", self.backend.activity_ids.note)

    def test_a_wrong_key_is_told_as_such_whatever_was_too_large_before(self):
        self.backend.webhook_limit = 4
        self.commit()
        self.refuse_large(6)
        self.assertAnswer(self.post(self.body()), 200)
        self.watch()
        self.assertEqual(self.told(), ["webhook.large"])
        self.refuse(8)
        self.watch()
        self.assertEqual(set(self.told()), {"webhook.large", "webhook.refused"})
        notes = {a.connector_cause: a.note for a in self.backend.activity_ids}
        self.assertIn("another key", notes["webhook.refused"])

    def test_too_large_ones_are_told_though_smaller_ones_get_in(self):
        self.backend.webhook_limit = 4
        self.commit()
        for _time in range(3):
            self.refuse_large(2)
            self.assertAnswer(self.post(self.body()), 200)
        self.watch()
        self.assertEqual(self.told(), ["webhook.large"])
        self.assertTrue(self.backend.webhook_alarm)
        self.assertIn("6", self.backend.webhook_news)
        self.backend.webhook_limit = 64
        self.commit()
        self.assertFalse(self.told())
        self.assertFalse(self.backend.webhook_alarm)
        self.refuse_large(1, status=200)
        self.watch()
        self.assertFalse(self.told())

    def test_a_too_large_one_a_while_ago_is_forgotten(self):
        self.backend.webhook_limit = 4
        self.commit()
        self.refuse_large(6)
        self.assertAnswer(self.post(self.body()), 200)
        self.watch()
        self.assertEqual(self.told(), ["webhook.large"])
        self.cr.execute(
            "UPDATE erp_connector_stream SET large_at = large_at - interval '8 days'"
        )
        self.cr.commit()
        self.watch()
        self.assertFalse(self.told())
        self.refuse_large(1)
        self.assertEqual(self.stream().large_count, 1)

    def test_many_too_large_ones_cost_no_more_than_forgeries(self):
        self.backend.webhook_limit = 4
        self.commit()
        self.refuse_large(1)
        with self.registry.cursor() as cr:
            cr.execute("SELECT id FROM erp_connector_stream FOR UPDATE")
            cr.execute("SELECT id FROM erp_connector_rejection FOR UPDATE")
            self.refuse_large(3)
            cr.rollback()
        with self.assertLogs("odoo.addons.erp_connector_base", "WARNING") as logs:
            logging.getLogger("odoo.addons.erp_connector_base").warning("begun")
            self.refuse_large(80)
        self.assertLessEqual(len(logs.output), 2)

    def test_a_body_that_is_too_large_for_an_unknown_address_is_of_no_account(self):
        nobody = self.url("/connector/webhook/nobody")
        for _number in range(6):
            self.post(b"x" * (2 << 20), url=nobody)
        self.assertFalse(self.stream())

    def refuse_large(self, count, status=413):
        for _number in range(count):
            self.assertAnswer(self.post(self.body(pad="x" * 8192)), status)

    def test_noise_between_webhooks_that_get_in_alarms_nobody(self):
        for _time in range(4):
            self.refuse(2)
            self.assertAnswer(self.post(self.body()), 200)
        self.watch()
        self.assertFalse(self.told())

    def test_noise_at_unknown_addresses_is_of_no_account(self):
        for _number in range(8):
            self.post(self.body(), url=self.url("/connector/webhook/nobody"))
        self.assertFalse(self.stream())

    def test_news_that_no_webhook_told_is_told(self):
        self.assertAnswer(self.post(self.body(key="A")), 200)
        self.age(30)
        model = type(self.env["erp.connector.backend"])
        self.patch(model, "_told_topics", lambda _self: {"testing.echo"})
        self.put(*(self.event(key=str(number)) for number in range(3)))
        self.cr.execute(
            "UPDATE erp_connector_message SET create_date = create_date"
            " - interval '5 minutes' WHERE backend_id = %s",
            [self.backend.id],
        )
        self.commit()
        self.watch()
        self.assertEqual(self.told(), ["webhook.silent"])
        self.assertTrue(self.backend.webhook_alarm)
        self.assertAnswer(self.post(self.body(key="B")), 200)
        self.refresh()
        self.cr.execute("SELECT 1")
        self.assertTrue(self.stream().accepted_at)

    def test_a_quiet_account_alarms_nobody(self):
        self.assertAnswer(self.post(self.body()), 200)
        self.age(600)
        self.watch()
        self.assertFalse(self.told())

    def test_a_busy_stream_makes_no_webhook_wait(self):
        self.assertAnswer(self.post(self.body()), 200)
        self.refuse(1)
        with self.registry.cursor() as cr:
            cr.execute("SELECT id FROM erp_connector_stream FOR UPDATE")
            self.assertAnswer(self.post(self.body()), 200)
            self.assertAnswer(self.post(self.body(), signature="0"), 401)
            cr.rollback()

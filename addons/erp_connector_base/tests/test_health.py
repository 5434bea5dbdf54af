# pylint: disable=invalid-commit; what other sessions see is what is tested
"""What the health check says, and whom it wakes."""

import requests

from odoo import api

from .test_webhook import WebhookCase


class TestHealth(WebhookCase):
    def health(self):
        answer = requests.get(self.url("/connector/health"), timeout=20)
        self.refresh()
        return answer

    def test_a_healthy_system_says_so_and_tells_no_secret(self):
        answer = self.health()
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(set(answer.json()), {"status", "recovered", "lanes"})
        self.assertEqual(set(answer.json()["lanes"]), {"fast", "bulk"})

    def test_a_late_lane_is_woken(self):
        self.put(self.event())
        self.age(10)
        self.cr.execute("DELETE FROM ir_cron_trigger")
        self.commit()
        answer = self.health()
        self.assertEqual(answer.status_code, 200)
        self.assertGreaterEqual(answer.json()["lanes"]["fast"], 10)
        crons = self.env["ir.cron.trigger"].search([]).cron_id
        self.assertEqual(set(crons.mapped("connector_lane")), {"fast"})

    def age(self, seconds):
        self.cr.execute(
            "UPDATE erp_connector_message SET create_date = create_date"
            " - %s * interval '1 second' WHERE backend_id = %s",
            [seconds, self.backend.id],
        )
        self.cr.commit()

    def test_a_lane_far_behind_is_late_and_keeps_its_node(self):
        self.put(self.event())
        self.age(3600)
        answer = self.health()
        self.assertEqual((answer.status_code, answer.json()["status"]), (200, "late"))

    def test_a_paused_accounts_backlog_is_no_illness(self):
        self.put(self.event())
        self.age(3600)
        self.backend.action_pause()
        self.commit()
        self.assertEqual(self.health().json()["status"], "ok")

    def test_an_orphan_is_taken_back(self):
        message = self.put(self.event())
        self.cr.execute(
            "UPDATE erp_connector_message SET state = 'processing', worker = '1:1',"
            " lease_until = now() + interval '1 day' WHERE id = %s",
            [message.id],
        )
        self.cr.commit()
        self.assertEqual(self.health().json()["recovered"], 1)
        self.assertEqual(message.state, "pending")

    def test_a_stalled_database_is_unwell_within_seconds(self):
        with self.registry.cursor() as cr:
            api.Environment(cr, api.SUPERUSER_ID, {})
            cr.execute("LOCK TABLE erp_connector_message IN ACCESS EXCLUSIVE MODE")
            answer = requests.get(self.url("/connector/health"), timeout=20)
            cr.rollback()
        self.assertEqual(answer.status_code, 503)

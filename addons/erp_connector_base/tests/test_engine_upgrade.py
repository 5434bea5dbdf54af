"""What the engine of an older version left behind is put right by the upgrade."""

from odoo.fields import Command
from odoo.modules.migration import load_script
from odoo.tests import tagged

from .common import ConnectorCase

FOLDER = "erp_connector_base/migrations/19.0.1.1.0"


@tagged("post_install", "-at_install")
class TestUpgrade(ConnectorCase):
    def upgrade(self, stage):
        script = load_script(f"{FOLDER}/{stage}-engine.py", f"engine_{stage}")
        self.env.flush_all()
        script.migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()

    def test_twin_activities_of_old_are_one_that_closes_by_itself(self):
        for _lane in range(2):
            self.backend.activity_schedule(
                "mail.mail_activity_data_todo", summary="Messages need attention"
            )
        self.upgrade("post")
        self.assertEqual(
            self.backend.activity_ids.mapped("connector_cause"), ["messages.attention"]
        )
        self.backend._settle_attention()
        self.assertFalse(self.backend.activity_ids)

    def test_a_lost_account_is_told_of_once_and_settled_when_it_is_back(self):
        other = self.backend.copy({"name": "Other"})
        for account in self.backend | other:
            account.activity_schedule(
                "mail.mail_activity_data_todo", summary=f"Reconnect {account.name}"
            )
        self.backend.state = "disconnected"
        self.upgrade("post")
        self.assertEqual(
            self.backend.activity_ids.mapped("connector_cause"),
            ["account.disconnected"],
        )
        self.assertFalse(other.activity_ids.connector_cause)
        self.backend._set_connected()
        self.assertFalse(self.backend.activity_ids)

    def test_what_was_replayed_while_it_waited_waits_for_nothing(self):
        done, waiting = self.put(self.event(key="A"), self.event(key="B"))
        done.state, waiting.state = "done", "waiting"
        binding = self.env["erp.connector.binding"].create(
            {
                "backend_id": self.backend.id,
                "kind": "product",
                "external_id": "X",
                "waiting_ids": [Command.set((done | waiting).ids)],
            }
        )
        self.assertEqual(binding.waiting_count, 2)
        self.upgrade("post")
        self.assertEqual(binding.waiting_ids, waiting)
        self.assertEqual(binding.waiting_count, 1)

    def test_indexes_whose_place_is_taken_are_gone(self):
        self.env.cr.execute(
            "CREATE INDEX erp_connector_message__company_id_index "
            "ON erp_connector_message (company_id)"
        )
        self.upgrade("pre")
        self.env.cr.execute(
            "SELECT count(*) FROM pg_indexes WHERE indexname LIKE "
            "'erp_connector_message__company_id%%'"
        )
        self.assertEqual(self.env.cr.fetchone()[0], 0)

    def test_the_indexes_of_a_claim_are_there(self):
        self.env.cr.execute(
            "SELECT indexdef FROM pg_indexes WHERE tablename = 'erp_connector_message'"
        )
        found = " ".join(row[0] for row in self.env.cr.fetchall())
        for state in ("pending", "retry", "processing", "uncertain"):
            self.assertIn(f"(((state)::text || ''::text) = '{state}'::text)", found)

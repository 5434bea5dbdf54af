"""What a person was told by an older version is not told once more."""

from odoo.modules.migration import load_script
from odoo.tests import tagged

from .common import GatewayCase

SCRIPT = "connector_payment/migrations/19.0.1.1.0/post-activities.py"


@tagged("post_install", "-at_install")
class TestUpgrade(GatewayCase):
    def test_open_activities_are_known_by_their_summary(self):
        for summary in ("Unidentified receipts", "Unidentified receipts", "Call them"):
            self.backend.activity_schedule(
                "mail.mail_activity_data_todo", summary=summary
            )
        self.env.flush_all()
        load_script(SCRIPT, "post_activities").migrate(self.cr, "19.0.1.0.0")
        self.env.invalidate_all()
        told = self.backend.activity_ids
        self.assertEqual(
            sorted(filter(None, told.mapped("connector_cause"))),
            ["Unidentified receipts"],
        )
        self.backend._notify_owner("Unidentified receipts", "Money came in.")
        self.assertEqual(self.backend.activity_ids, told)

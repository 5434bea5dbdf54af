"""A statement that fails shows its table in the log, not its values."""

import psycopg2

from odoo.tests import TransactionCase

SECRET = "payee-4711"


class TestQuietLog(TransactionCase):
    test_tags = {"standard", "post_install"}

    def failed(self, statement):
        """What the log says of a statement that fails."""
        with (
            self.assertLogs("odoo.sql_db", "ERROR") as seen,
            self.assertRaises(psycopg2.Error),
            self.cr.savepoint(flush=False),
        ):
            self.cr.execute(statement, [SECRET])
        return "\n".join(seen.output)

    def test_our_values_stay_out_of_the_log(self):
        said = self.failed("INSERT INTO erp_connector_message (payload) VALUES (%s)")
        self.assertIn("INSERT erp_connector_message", said)
        self.assertIn("null value", said)
        self.assertNotIn(SECRET, said)

    def test_bank_accounts_stay_out_of_the_log(self):
        said = self.failed(
            'UPDATE "res_partner_bank" SET "acc_number" = %s, "nowhere" = 1'
        )
        self.assertIn("res_partner_bank", said)
        self.assertNotIn(SECRET, said)

    def test_other_statements_are_logged_as_ever(self):
        said = self.failed("UPDATE res_country SET nowhere = %s")
        self.assertIn(SECRET, said)

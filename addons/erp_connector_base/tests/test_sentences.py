"""What people read when something goes wrong: sentences, and the way out."""

import psycopg2

from odoo import Command
from odoo.addons.erp_connector_base.client.errors import RejectedError
from odoo.addons.erp_connector_base.tools.sentences import SettledByHandError, sentence
from odoo.exceptions import (
    AccessError,
    MissingError,
    RedirectWarning,
    UserError,
    ValidationError,
)
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ConnectorCase


@tagged("post_install", "-at_install")
class TestSentences(ConnectorCase):
    def told(self, error):
        text = sentence(self.env, error)
        for noise in ("('", "Traceback", "None)", "\n\n"):
            self.assertNotIn(noise, text)
        return text

    def test_a_warning_that_leads_elsewhere_is_its_own_text(self):
        error = RedirectWarning("Please create a warehouse.", 355, "Go to Warehouses")
        self.assertEqual(self.told(error), "Please create a warehouse.")

    def test_what_odoo_and_the_platform_say_is_left_as_it_is(self):
        for error in (
            UserError("Fill in the field."),
            ValidationError("Not allowed."),
            RejectedError("refused", code="x"),
        ):
            self.assertEqual(self.told(error), str(error))

    def test_a_record_that_is_gone_is_named_by_its_model(self):
        gone = self.env["res.partner"].create({"name": "Gone"})
        number = gone.id
        gone.unlink()
        with self.assertRaises(MissingError) as caught:
            gone.name = "Back"
            gone.flush_recordset()
        text = self.told(caught.exception)
        self.assertIn(f"Contact {number}", text)
        self.assertNotIn("does not exist", text)

    def test_access_rights_are_named_as_the_reason(self):
        reader = self.user("reader")
        with self.assertRaises(AccessError) as caught:
            self.backend.with_user(reader).check_access("write")
        self.assertIn("access rights", self.told(caught.exception))

    @mute_logger("odoo.sql_db")
    def test_a_database_error_speaks_in_the_words_of_its_constraint(self):
        with self.assertRaises(psycopg2.IntegrityError) as caught, self.cr.savepoint():
            self.env.cr.execute(
                "UPDATE erp_connector_backend SET message_days = 5 WHERE id = %s",
                [self.backend.id],
            )
        self.assertIn("at least 90 days", self.told(caught.exception))

    @mute_logger("odoo.sql_db")
    def test_any_other_database_error_is_one_line(self):
        with self.assertRaises(psycopg2.Error) as caught, self.cr.savepoint():
            self.env.cr.execute("SELECT 1 / 0")
        self.assertIn("division by zero", self.told(caught.exception))

    def test_a_bug_is_named_and_where_to_look(self):
        text = self.told(KeyError("payment.va.create"))
        self.assertIn("KeyError: 'payment.va.create'", text)
        self.assertIn("server's log", text)

    def test_an_error_without_words_is_no_empty_text(self):
        self.assertIn("ZeroDivisionError", self.told(ZeroDivisionError()))
        self.assertEqual(self.told(None), "")

    # ---- the way out -----------------------------------------------------------------

    def dead(self, error):
        message = self.put(self.event())
        message.write(
            {
                "state": "dead",
                "error": sentence(self.env, error),
                "error_type": type(error).__name__,
                "waiting_for_ids": [Command.clear()],
            }
        )
        return message

    def test_what_a_person_settles_by_hand_is_to_be_ignored(self):
        message = self.dead(SettledByHandError("Enter it by hand, then ignore this."))
        self.assertEqual(message.way_out, "ignore")
        self.assertIn("press Ignore", message.advice)
        self.assertNotIn("Replay", message.advice)

    def test_what_can_be_mended_is_to_be_replayed(self):
        for error in (UserError("Fill in."), MissingError("x"), AccessError("y")):
            message = self.dead(error)
            self.assertEqual(message.way_out, "replay")
            self.assertIn("Replay", message.advice)
            self.assertNotIn("not made for", message.advice)

    def test_a_sentence_is_not_preceded_by_the_name_of_a_class(self):
        message = self.dead(RedirectWarning("Create a warehouse.", 1, "Go"))
        self.assertEqual(message.error_line, "Create a warehouse.")

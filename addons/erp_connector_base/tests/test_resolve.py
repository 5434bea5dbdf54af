"""What a person does: replay, ignore, map; and what the message shows."""

import json

from odoo.addons.erp_connector_base.client.provider import Event
from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import ConnectorCase

PERSONAL = {
    "buyer_username": "siti_rahma",
    "recipient_address": {"name": "Siti Rahma", "phone": "+62 812-3456-7890"},
    "access_token": "secret-token-0123456789",
    "order_sn": "2401A",
    "note": "call 0812 3456 7890 or siti@example.com",
}


@tagged("post_install", "-at_install")
class TestResolve(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.operator = self.user("Olga Operator", "operator")
        self.message = self.put(self.event())
        self.message.write({"state": "dead", "attempts": 4, "error": "Broken"})

    def resolve(self, action, reason="Mended the product"):
        wizard = self.env["erp.connector.resolve"].with_user(self.operator)
        form = Form(wizard.with_context(default_message_ids=self.message.ids))
        form.action = action
        form.reason = reason
        form.save().action_apply()

    def test_a_replay_starts_the_ladder_anew_and_says_who_and_why(self):
        self.resolve("replay")
        self.assertEqual((self.message.state, self.message.attempts), ("pending", 0))
        self.assertFalse(self.message.error)
        note = self.message.message_ids[0]
        self.assertIn("Mended the product", note.body)
        self.assertEqual(note.author_id, self.operator.partner_id)
        self.assertIn("Olga Operator", self.message.history[-1]["event"])

    def test_a_replay_wakes_the_lane(self):
        self.env["ir.cron.trigger"].search([]).unlink()
        self.resolve("replay")
        crons = self.env["ir.cron.trigger"].search([]).cron_id
        self.assertEqual(set(crons.mapped("connector_lane")), {"fast"})

    def test_an_ignored_message_is_closed_and_says_who_and_why(self):
        self.resolve("ignore", "Entered by hand")
        self.assertEqual(self.message.state, "ignored")
        self.assertIn("Entered by hand", self.message.message_ids[0].body)
        self.assertTrue(self.message.processed_at)

    def test_what_nothing_handles_any_more_is_not_replayed(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE erp_connector_message SET topic = 'gone' WHERE id = %s",
            [self.message.id],
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "press Ignore"):
            self.message.with_user(self.operator)._replay("again")
        self.assertEqual(self.message.state, "dead")

    def test_a_reason_must_be_given(self):
        with self.assertRaises(AssertionError):
            self.resolve("replay", False)

    def test_what_is_in_work_is_neither_replayed_nor_ignored(self):
        self.message.state = "processing"
        for action in ("replay", "ignore"):
            with self.assertRaises(UserError):
                self.resolve(action)

    def test_an_ignored_message_waits_for_no_mapping_any_more(self):
        binding = self.wait()
        self.resolve("ignore")
        self.assertFalse(binding.waiting_count)

    def wait(self):
        self.message.state = "waiting"
        waits = [(self.message, "x", "1", "One")]
        self.env["erp.connector.binding"]._wait(self.backend, waits)
        return self.env["erp.connector.binding"].search(
            [("backend_id", "=", self.backend.id)]
        )

    def test_mapping_releases_with_a_line_in_the_history(self):
        binding = self.wait()
        partner = self.env["res.partner"].create({"name": "P"})
        binding.with_user(self.operator).write(
            {"res_model": "res.partner", "res_id": partner.id}
        )
        self.assertEqual(self.message.state, "pending")
        self.assertIn("Mapping added", self.message.history[-1]["event"])
        self.assertFalse(binding.is_missing)

    def test_what_waits_for_a_mapping_that_is_deleted_is_worked_anew(self):
        binding = self.wait()
        binding.with_user(self.operator).unlink()
        self.assertEqual(self.message.state, "pending")
        self.assertIn("Mapping deleted", self.message.history[-1]["event"])

    def test_what_waits_for_another_mapping_too_goes_on_waiting(self):
        binding = self.wait()
        waits = [(self.message, "x", "2", "Two")]
        self.env["erp.connector.binding"]._wait(self.backend, waits)
        binding.unlink()
        self.assertEqual(self.message.state, "waiting")
        self.assertEqual(self.message.waiting_for_ids.external_id, "2")

    def bound(self, record, external_id="1"):
        bindings = self.env["erp.connector.binding"]
        bindings._bind(self.backend, "x", {external_id: record})
        return bindings.search([("external_id", "=", external_id)])

    def merge(self, *partners):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        ids = [partner.id for partner in partners]
        wizard._merge(ids, partners[0], extra_checks=False)

    def test_mappings_follow_contacts_that_are_merged(self):
        partners = self.env["res.partner"].create([{"name": "A"}, {"name": "A"}])
        first, second = (
            self.bound(p, str(number)) for number, p in enumerate(partners)
        )
        self.merge(*partners)
        self.assertEqual((first | second).mapped("res_id"), [partners[0].id] * 2)
        self.assertEqual(second.record_ref, partners[0])

    def test_a_merge_into_another_company_lets_go_of_the_mapping(self):
        other = self.env["res.company"].create({"name": "Other"})
        target, source = self.env["res.partner"].create(
            [{"name": "A", "company_id": other.id}, {"name": "A"}]
        )
        binding = self.bound(source)
        self.merge(target, source)
        self.assertFalse(binding.exists())

    def test_a_mapping_of_what_was_deleted_is_still_shown(self):
        partner = self.env["res.partner"].create({"name": "A"})
        binding = self.bound(partner)
        partner.unlink()
        self.env.invalidate_all()
        shown = binding.web_read({"record_ref": {"fields": {"display_name": {}}}})
        self.assertFalse(shown[0]["record_ref"])

    def test_what_a_person_types_has_no_stray_spaces(self):
        binding = self.env["erp.connector.binding"].create(
            {"backend_id": self.backend.id, "kind": "Product ", "external_id": " 7/0 "}
        )
        self.assertEqual((binding.kind, binding.external_id), ("product", "7/0"))


@tagged("post_install", "-at_install")
class TestWhatIsShown(ConnectorCase):
    def message(self, payload):
        event = Event("testing.echo", "K", "d", payload)
        self.env["erp.connector.message"]._ingest(self.backend, [event])
        return self.env["erp.connector.message"].search(
            [("backend_id", "=", self.backend.id)]
        )

    def test_the_form_shows_the_content_without_secrets_and_persons(self):
        message = self.message(json.dumps(PERSONAL))
        reader = self.user("reader", "user")
        shown = message.with_user(reader).read()[0]
        text = shown["payload_excerpt"]
        self.assertIn("2401A", text)
        for hidden in ("siti", "Siti", "812", "secret-token"):
            self.assertNotIn(hidden, text)
        self.assertNotIn("payload", shown)

    def test_content_that_is_no_json_is_redacted_too(self):
        message = self.message("broken { phone=081234567890 & token=abcdef0123456789")
        self.assertNotIn("081234567890", message.payload_excerpt)
        self.assertNotIn("abcdef0123456789", message.payload_excerpt)

    def test_nul_and_emoji_are_kept_readable(self):
        message = self.message('{"note": "a\x00b 😀"}')
        self.assertIn("😀", message.payload)
        self.assertIn("\\u0000", message.payload)
        self.assertIn("😀", message.payload_excerpt)

    def test_the_timeline_escapes_what_others_wrote(self):
        message = self.message("{}")
        message.write(
            {
                "history": [
                    {
                        "at": "2026-01-01T10:00:00",
                        "event": "<script>alert(1)</script>",
                        "detail": "<img src=x onerror=alert(2)>",
                    }
                ]
            }
        )
        html = str(message.history_text)
        self.assertIn("&lt;script&gt;", html)
        self.assertNotIn("<script>", html)
        self.assertNotIn("<img src=x", html)

    def test_a_record_the_reader_may_not_see_is_not_named(self):
        company = self.env["res.company"].create({"name": "Another"})
        hidden = self.env["res.partner"].create(
            {"name": "Hidden", "company_id": company.id}
        )
        message = self.message("{}")
        message.write({"res_model": "res.partner", "res_id": hidden.id})
        reader = self.user("reader", "user")
        self.assertFalse(message.with_user(reader).record_name)
        with self.assertRaises(UserError):
            message.with_user(reader).action_open_record()

    def test_a_record_deleted_meanwhile_does_no_harm(self):
        partner = self.env["res.partner"].create({"name": "P"})
        message = self.message("{}")
        message.write({"res_model": "res.partner", "res_id": partner.id})
        partner.unlink()
        message.invalidate_recordset()
        self.assertFalse(message.record_name)


@tagged("post_install", "-at_install")
class TestInbox(ConnectorCase):
    def count(self, *events, backend=None):
        return self.env["erp.connector.message"]._ingest(
            backend or self.backend, events
        )

    def test_the_same_event_twice_makes_one_row(self):
        event = self.event()
        self.assertEqual(self.count(event), 1)
        self.assertEqual(self.count(event), 0)
        self.assertEqual(self.count(self.event(), self.event()), 2)

    def test_the_same_event_twice_in_one_telling_makes_one_row(self):
        event = self.event()
        self.assertEqual(self.count(event, event), 1)

    def test_two_accounts_may_be_told_the_same(self):
        event = self.event()
        other = self.account("Other")
        self.assertEqual(self.count(event) + self.count(event, backend=other), 2)

    def test_news_wake_the_lane_and_repetitions_do_not(self):
        event = self.event()
        self.count(event)
        triggers = self.env["ir.cron.trigger"]
        before = triggers.search_count([])
        self.assertTrue(before)
        self.count(event)
        self.assertEqual(triggers.search_count([]), before)

    def test_no_events_make_no_rows(self):
        self.assertEqual(self.count(), 0)

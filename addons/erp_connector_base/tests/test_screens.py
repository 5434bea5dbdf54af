"""What each group sees and may do on the screens, and whether the figures are true."""

import json
from ast import literal_eval
from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import ConnectorCase

MODELS = (
    "erp.connector.backend",
    "erp.connector.message",
    "erp.connector.binding",
    "erp.connector.call",
    "erp.connector.rejection",
)
FIGURES = {
    "open": "count_open",
    "retrying": "count_retry",
    "waiting": "count_waiting",
    "dead": "count_dead",
}
SECRET_FIELDS = {"credential_ids", "webhook_url", "webhook_token", "payload"}


@tagged("post_install", "-at_install")
class TestScreens(ConnectorCase):
    def setUp(self):
        super().setUp()
        self.viewer = self.user("viewer", "user")
        self.operator = self.user("operator", "operator")
        self.manager = self.user("manager", "manager")

    def set_state(self, message, state, **values):
        values = {"state": state, **values}
        self.env.flush_all()
        for name, value in values.items():
            self.env.cr.execute(
                SQL(
                    "UPDATE erp_connector_message SET %s = %s WHERE id = %s",
                    SQL.identifier(name),
                    value,
                    message.id,
                )
            )
        self.env.invalidate_all()

    def some_messages(self):
        """One message in each state, on `self.backend`."""
        states = [
            s
            for s, _label in self.env["erp.connector.message"]
            ._fields["state"]
            .selection
        ]
        messages = self.put(*[self.event(key=state) for state in states])
        for message, state in zip(messages, states, strict=True):
            self.set_state(message, state)
        return dict(zip(states, messages, strict=True))

    def actions(self):
        return (
            self.env["ir.model.data"]
            .search(
                [
                    ("module", "=", "erp_connector_base"),
                    ("model", "=", "ir.actions.act_window"),
                ]
            )
            .mapped("res_id")
        )

    def arch(self, model, view_type, user):
        views = self.env[model].with_user(user).get_views([(False, view_type)])
        return etree.fromstring(views["views"][view_type]["arch"])

    # ---- everybody ---------------------------------------------------------------

    def test_every_screen_can_be_read_by_every_group(self):
        self.some_messages()
        self.env["erp.connector.rejection"]._count_one(self.backend.id)
        for user in (self.viewer, self.operator, self.manager):
            for action in self.env["ir.actions.act_window"].browse(self.actions()):
                if action.res_model not in MODELS:
                    continue
                for mode in action.view_mode.split(","):
                    with self.subTest(user=user.login, screen=action.name, mode=mode):
                        self.read_screen(action.res_model, mode, user)

    def read_screen(self, model, mode, user):
        names = {
            node.get("name")
            for node in self.arch(model, mode, user).iter("field")
            if not list(node.iterancestors("field"))
        }
        records = self.env[model].with_user(user)
        rows = records.web_search_read([], {name: {} for name in names}, limit=5)
        self.assertTrue(rows["records"] or model in MODELS[2:4])

    def test_every_empty_screen_says_what_to_do_next(self):
        for action in self.env["ir.actions.act_window"].browse(self.actions()):
            if action.res_model in MODELS:
                with self.subTest(action=action.name):
                    self.assertIn("o_view_nocontent", action.help or "")

    def test_another_company_sees_nothing(self):
        self.some_messages()
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = self.user("stranger", "manager", company=other)
        for model in ("erp.connector.backend", "erp.connector.message"):
            self.assertFalse(self.env[model].with_user(stranger).search([]))

    # ---- the plain user ------------------------------------------------------------

    def test_a_viewer_sees_no_secret_and_no_button_he_cannot_use(self):
        form = self.arch("erp.connector.backend", "form", self.viewer)
        seen = {node.get("name") for node in form.iter("field")}
        self.assertFalse(seen & SECRET_FIELDS)
        buttons = {node.get("name") for node in form.iter("button")}
        self.assertEqual(
            buttons,
            {"action_open_messages", "action_open_bindings", "action_open_calls"},
        )
        form = self.arch("erp.connector.message", "form", self.viewer)
        self.assertNotIn(
            "action_resolve", {node.get("name") for node in form.iter("button")}
        )

    def test_an_operator_gets_replay_and_ignore_on_form_and_list(self):
        for view_type in ("form", "list"):
            arch = self.arch("erp.connector.message", view_type, self.operator)
            self.assertIn(
                "action_resolve", {node.get("name") for node in arch.iter("button")}
            )

    def test_a_viewer_cannot_reach_what_the_screen_hides(self):
        message = self.some_messages()["dead"].with_user(self.viewer)
        backend = self.backend.with_user(self.viewer)
        with self.assertRaises(AccessError):
            backend.read(["webhook_url"])
        with self.assertRaises(AccessError):
            backend.credential_ids.read(["value"])
        with self.assertRaises(AccessError):
            message.read(["payload"])
        with self.assertRaises(AccessError):
            backend.action_pause()
        with self.assertRaises(AccessError):
            self.env["erp.connector.resolve"].with_user(self.viewer).create(
                {"message_ids": message.ids, "action": "replay", "reason": "x"}
            )
        with self.assertRaises(UserError):
            message._replay("x")

    def test_a_viewer_has_no_configuration_menu(self):
        menus = self.env["ir.ui.menu"].with_user(self.viewer).load_menus(False)
        self.assertIn(self.env.ref("erp_connector_base.menu_overview").id, menus)
        self.assertNotIn(self.env.ref("erp_connector_base.menu_backends").id, menus)

    def test_nobody_without_our_group_has_the_app(self):
        outsider = self.user("outsider")
        menus = self.env["ir.ui.menu"].with_user(outsider).load_menus(False)
        self.assertNotIn(self.env.ref("erp_connector_base.menu_root").id, menus)

    def test_a_record_the_user_may_not_read_is_not_named(self):
        message = self.some_messages()["done"]
        parameter = self.env["ir.config_parameter"].search([], limit=1)
        self.set_state(message, "done", res_model=parameter._name, res_id=parameter.id)
        self.assertTrue(message.record_name)
        self.assertFalse(message.with_user(self.viewer).record_name)
        with self.assertRaises(UserError):
            message.with_user(self.viewer).action_open_record()

    # ---- the overview --------------------------------------------------------------

    def test_each_figure_opens_as_many_messages_as_it_says(self):
        self.some_messages()
        search = self.env.ref("erp_connector_base.erp_connector_message_view_search")
        filters = etree.fromstring(search.arch).iter("filter")
        domains = {node.get("name"): node.get("domain") for node in filters}
        for chosen, figure in FIGURES.items():
            with self.subTest(figure=figure):
                backend = self.backend.with_context(connector_filter=chosen)
                context = backend.action_open_messages()["context"]
                self.assertEqual(context[f"search_default_{chosen}"], 1)
                found = self.env["erp.connector.message"].search_count(
                    [
                        *literal_eval(domains[chosen]),
                        ("backend_id", "=", self.backend.id),
                    ]
                )
                self.assertEqual(found, self.backend[figure])
                self.assertTrue(found)

    def test_the_lag_is_the_age_of_the_oldest_message_that_is_due(self):
        now = fields.Datetime.now()
        first, second, later = self.put(*[self.event(key=k) for k in "abc"])
        self.set_state(first, "pending", create_date=now - timedelta(minutes=7))
        self.set_state(second, "pending", create_date=now - timedelta(minutes=2))
        self.set_state(
            later,
            "retry",
            create_date=now - timedelta(hours=3),
            next_attempt_at=now + timedelta(hours=1),
        )
        self.assertAlmostEqual(self.backend.lag_seconds, 420, delta=5)
        self.assertEqual(self.backend.lag_text, "7 minutes")

    def test_the_last_success_is_told_in_the_users_language(self):
        message = self.put(self.event())
        done = fields.Datetime.now() - timedelta(minutes=12)
        self.set_state(message, "done", create_date=done, processed_at=done)
        self.assertEqual(self.backend.last_success, done.replace(microsecond=0))
        self.assertEqual(self.backend.last_success_text, "12 minutes ago")
        self.env["res.lang"]._activate_lang("id_ID")
        indonesian = self.backend.with_context(lang="id_ID")
        self.assertEqual(indonesian.last_success_text, "12 menit yang lalu")

    def test_the_graph_has_an_hour_a_bar_and_marks_what_is_unsettled(self):
        now = fields.Datetime.now()  # the hour may end before the graph is read
        self.patch(fields.Datetime, "now", staticmethod(lambda: now))
        messages = self.put(*[self.event(key=str(n)) for n in range(5)])
        for message in messages[:3]:
            self.set_state(message, "done", create_date=now - timedelta(hours=5))
        self.set_state(messages[3], "dead", create_date=now)
        self.set_state(messages[4], "done", create_date=now - timedelta(hours=30))
        (graph,) = json.loads(self.backend.kanban_dashboard_graph)
        bars = graph["values"]
        self.assertEqual(len(bars), 24)
        self.assertEqual((bars[-6]["value"], bars[-6]["type"]), (3, "future"))
        self.assertEqual((bars[-1]["value"], bars[-1]["type"]), (1, "past"))
        self.assertEqual(self.backend.received_today, 4)

    def test_many_accounts_cost_no_more_queries_than_one(self):
        names = [
            node.get("name")
            for node in self.arch("erp.connector.backend", "kanban", self.manager).iter(
                "field"
            )
        ]
        few = self.count_queries(self.backend, names)
        more = self.backend + self.backend.create(
            [
                {"name": f"Peer {n}", "provider": "testing", "environment": "simulator"}
                for n in range(20)
            ]
        )
        self.assertLessEqual(self.count_queries(more, names), few)

    def count_queries(self, backends, names):
        for _ in ("what is cached for all users is read", "only records are"):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            backends.with_user(self.manager).read(names)
        return self.env.cr.sql_log_count - before

    # ---- a message -----------------------------------------------------------------

    def test_the_timeline_tells_what_happened_in_order(self):
        message = self.put(self.event())
        received = fields.Datetime.now() - timedelta(minutes=10)
        entry = {
            "at": (received + timedelta(minutes=1)).isoformat(),
            "event": "Attempt 1: Retrying",
            "detail": "HTTP 503",
        }
        self.set_state(
            message,
            "done",
            create_date=received,
            history=json.dumps([entry]),
            processed_at=received + timedelta(minutes=2),
            note="Sale order S00012",
        )
        told = [(e["what"], e["detail"]) for e in message._timeline()]
        self.assertEqual(
            told,
            [
                ("Received", ""),
                ("Attempt 1: Retrying", "HTTP 503"),
                ("Done", "Sale order S00012"),
            ],
        )
        html = message.with_user(self.viewer).history_text
        self.assertIn("HTTP 503", html)
        self.assertLess(html.index("Received"), html.index("S00012"))

    def test_what_a_platform_said_is_shown_as_text_never_as_markup(self):
        message = self.put(self.event())
        self.set_state(
            message,
            "done",
            processed_at=fields.Datetime.now(),
            note="<script>alert(1)</script>",
        )
        self.assertNotIn("<script>", message.history_text)

    def test_content_is_laid_out_with_a_line_for_each_value(self):
        message = self.put(self.event())
        self.set_state(message, "done", payload='{"total":52600,"phone":"0812345"}')
        self.assertEqual(
            message.payload_excerpt, '{\n  "total": 52600,\n  "phone": "***"\n}'
        )

    def test_content_that_is_no_json_is_shown_as_it_came(self):
        message = self.put(self.event())
        self.set_state(message, "dead", payload="<html>bad gateway</html>")
        self.assertEqual(message.payload_excerpt, "<html>bad gateway</html>")

    def test_every_state_that_stops_says_what_to_do(self):
        for state, message in self.some_messages().items():
            stops = state in ("retry", "uncertain", "waiting", "dead")
            with self.subTest(state=state):
                self.assertEqual(bool(message.advice), stops)

    def test_advice_names_the_unforeseen_error_and_who_can_act(self):
        message = self.some_messages()["dead"]
        self.set_state(message, "dead", error_type="KeyError", error="'model_sku'")
        self.assertEqual(message.error_line, "KeyError: 'model_sku'")
        self.assertIn("KeyError", message.with_user(self.operator).advice)
        self.assertNotIn("Operator", message.with_user(self.operator).advice)
        self.assertIn("Connector Operator", message.with_user(self.viewer).advice)

    def test_a_long_error_takes_one_line_of_the_list(self):
        message = self.some_messages()["dead"]
        self.set_state(message, "dead", error="first\nsecond " + "x" * 500)
        self.assertTrue(message.error_line.startswith("first second x"))
        self.assertLessEqual(len(message.error_line), 140)

    # ---- mapping -------------------------------------------------------------------

    def test_mapping_from_the_message_leads_to_the_missing_record(self):
        message = self.put(self.event())
        bindings = self.env["erp.connector.binding"]
        bindings._wait(self.backend, [(message, "product", "SKU-9", "Sambal")])
        missing = message.waiting_for_ids
        action = missing.with_user(self.operator).action_map()
        self.assertEqual((action["res_id"], action["target"]), (missing.id, "new"))
        waiting = missing.with_user(self.operator).action_open_waiting()
        found = self.env["erp.connector.message"].search(waiting["domain"])
        self.assertEqual(found, message)
        self.assertEqual(self.backend.count_unmapped, 1)

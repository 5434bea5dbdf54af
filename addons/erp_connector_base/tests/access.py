"""Who may see and do what: the tests that walk every model, method, menu and field.

An add-on names its roles, and in one table what each may do with each of its models
and public methods (`tests/access_table.py` there). A model or method without a row
fails the walk, with a sentence that says what to do. Nothing is sure because a button
is hidden: everything here is called as by RPC.
"""

import inspect
import re

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger
from odoo.tools.safe_eval import safe_eval

OPERATIONS = {"r": "read", "w": "write", "c": "create", "d": "unlink"}
#: The method gives back an action or words about its own arguments: it changes nothing
#: and reads nothing that the caller may not.
OPENS = "opens"
#: Odoo's own method: who may call it is Odoo's business, ours adds to it.
ODOO = "Odoo's"
#: A button of a dialogue: for who may make one, and each only for his own.
DIALOGUE = "dialogue"
#: A recordset, or an object, put into a text.
PYTHON = re.compile(r"^[a-z_]+(\.[a-z_]+)+\(.*\)$|<[\w.]+ object at ")
#: Methods that rights and rules of the model are about.
ORM = {
    "copy",
    "copy_data",
    "create",
    "default_get",
    "init",
    "message_new",
    "name_create",
    "unlink",
    "write",
}
BASE_ROLES = {
    "public": "base.group_public",
    "portal": "base.group_portal",
    "internal": "base.group_user",
    "user": "erp_connector_base.group_user",
    "operator": "erp_connector_base.group_operator",
    "manager": "erp_connector_base.group_manager",
    "system": "base.group_system",
}
USERS = ("user", "operator", "manager")


class AccessWalk:
    """For a TransactionCase: `addon`, `roles`, `matrix`, `methods`, `one(model)`."""

    addon = ""
    #: {role: groups, separated by commas}
    roles = BASE_ROLES
    #: {model: {role: letters of OPERATIONS}}; who is not named may do nothing.
    matrix = {}
    #: {model: {method: roles that may, or OPENS, or ODOO}}
    methods = {}
    #: Models whose rows belong to no company, and why.
    shared = {}
    #: Models whose usual screens everybody who may read a row is to open.
    screens = ()
    modes = ("list", "form")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = {
            role: cls.walker(f"walk-{role}", groups)
            for role, groups in cls.roles.items()
        }
        elsewhere = cls.env["res.company"].create({"name": "Walked Past"})
        everything = ",".join(
            groups for role, groups in cls.roles.items() if role not in NO_EMPLOYEES
        )
        cls.stranger = cls.walker("walk-stranger", everything, elsewhere)

    @classmethod
    def walker(cls, login, groups, company=None):
        company = company or cls.env.company
        refs = [cls.env.ref(name).id for name in groups.split(",")]
        return cls.env["res.users"].create(
            {
                "name": login,
                "login": login,
                "group_ids": [fields.Command.set(refs)],
                "company_id": company.id,
                "company_ids": [fields.Command.set(company.ids)],
            }
        )

    def make_rows(self):
        """One row of each model at least, for the tests that look at rows."""

    def one(self, model):
        """A row of the walked company; a new one of a dialogue is made by its test."""
        return self.env[model].search([], limit=1)

    # ---- models ----------------------------------------------------------------------

    def test_no_text_is_the_name_of_a_python_object(self):
        """`record and record.name` is a recordset where there is none."""
        self.make_rows()
        for model in self.own_models():
            row = model.new() if model._transient else self.one(model._name)
            texts = [
                name
                for name, field in model._fields.items()
                if field.type in ("char", "text", "html") and field.compute
            ]
            for name in texts:
                for text in row.mapped(name):
                    shown = PYTHON.search(text or "")
                    self.assertFalse(shown, f"{model._name}.{name} shows {text}")

    def own_models(self):
        return [
            model
            for model in self.env.values()
            if model._original_module == self.addon and not model._abstract
        ]

    def test_every_model_has_a_row(self):
        for model in self.own_models():
            self.assertIn(
                model._name,
                self.matrix,
                f"{model._name} is new: say in {self.addon}/tests/access_table.py who "
                "may read, write, create and delete it, and give it a company rule.",
            )

    def test_everybody_may_do_what_the_table_says_and_no_more(self):
        for model, wanted in self.matrix.items():
            found = {role: self.may(model, user) for role, user in self.people.items()}
            with self.subTest(model):
                self.assertEqual({k: v for k, v in found.items() if v}, wanted)

    def may(self, model, user):
        asked = self.env[model].with_user(user)
        return "".join(k for k, op in OPERATIONS.items() if asked.has_access(op))

    def test_every_row_is_of_a_company_and_every_dialogue_of_a_person(self):
        rules = self.env["ir.rule"].sudo().search([("groups", "=", False)])
        domains = {}
        for rule in rules:
            text = domains.get(rule.model_id.model, "")
            domains[rule.model_id.model] = text + (rule.domain_force or "")
        for model in self.own_models():
            wanted = "create_uid" if model._transient else "company_id"
            with self.subTest(model._name):
                if model._name not in self.shared:
                    self.assertIn(wanted, domains.get(model._name, ""))

    def test_nobody_sees_another_companys_rows(self):
        self.make_rows()
        for model in self.own_models():
            if model._transient or model._name in self.shared:
                continue
            ours = model.sudo().search([("company_id", "!=", False)])
            with self.subTest(model._name):
                self.assertTrue(ours, "the test has no row to hide")
                theirs = model.with_user(self.stranger)
                self.assertFalse(ours & theirs.search([]).sudo())
                self.assertEqual(theirs.search_count([("id", "in", ours.ids)]), 0)

    # ---- methods ---------------------------------------------------------------------

    def public_methods(self):
        """{(model, method)} that this add-on defines and RPC can reach."""
        home = f"odoo.addons.{self.addon}."
        found = set()
        for model in self.env.values():
            for cls in type(model).mro():
                if cls.__module__.startswith(home):
                    found |= {(model._name, name) for name in _public(cls)}
        return found

    def test_every_public_method_has_a_row(self):
        for model, name in sorted(self.public_methods()):
            with self.subTest(model=model, method=name):
                self.assertIn(
                    name,
                    self.methods.get(model, {}),
                    f"{model}.{name}() can be called by anybody through RPC: check in "
                    f"it who may, then say so in {self.addon}/tests/access_table.py.",
                )

    def test_the_table_names_no_method_that_is_gone(self):
        named = {(m, name) for m, rows in self.methods.items() for name in rows}
        self.assertFalse(named - self.public_methods())

    def guarded(self):
        for model, rows in self.methods.items():
            for name, who in rows.items():
                if who not in (OPENS, ODOO, DIALOGUE):
                    yield model, name, who

    def test_who_is_not_named_is_refused(self):
        self.make_rows()
        for model, name, who in self.guarded():
            record = self.one(model)
            for role, user in self.people.items():
                if role not in who:
                    with self.subTest(model=model, method=name, role=role):
                        self.assert_refused(record, name, user)

    def test_nobody_calls_a_method_of_another_companys_row(self):
        self.make_rows()
        for model, name, who in self.guarded():
            record = self.one(model)
            if (
                "system" not in who
                and record._transient is False
                and of_company(record)
            ):
                with self.subTest(model=model, method=name):
                    self.assert_refused(record, name, self.stranger)

    def test_a_button_of_a_dialogue_needs_a_dialogue(self):
        """Without a row no right and no rule is asked: there it does nothing."""
        for model, rows in self.methods.items():
            for name in (n for n, who in rows.items() if who == DIALOGUE):
                dialogue = self.env[model].with_user(self.people["internal"])
                with self.subTest(model=model, method=name):
                    self.assertTrue(dialogue._transient)
                    self.assertTrue(_fails(getattr(dialogue, name)))

    def test_a_dialogue_shows_nothing_its_user_may_not_see(self):
        """Related fields are read with the user's own rights."""
        shown = ("environment",)  # of an account: sandbox, or real
        for model in self.own_models():
            if model._transient:
                self.assertTrue(hasattr(model, "_check_chosen"), model._name)
                related = (f for f in model._fields.values() if f.related)
                sudo = [f.name for f in related if f.related_sudo]
                self.assertFalse(set(sudo) - set(shown), model._name)

    def assert_refused(self, record, name, user):
        """An AccessError, and not for want of something to do."""
        with (
            mute_logger("odoo.addons.base.models.ir_rule"),
            self.assertRaises(AccessError),
            self.env.cr.savepoint(),
        ):
            self.env.invalidate_all()
            getattr(record.with_user(user), name)()

    # ---- menus, views and fields -----------------------------------------------------

    def test_everybody_opens_what_his_menus_show_him(self):
        """Each view of each menu, and one row, with all fields the view shows."""
        self.make_rows()
        for role, user in self.people.items():
            if role in NO_EMPLOYEES:
                continue
            for menu in self.menus_of(user):
                with (
                    self.subTest(role=role, menu=menu.complete_name),
                    self.env.cr.savepoint(),
                ):
                    self.open_menu(menu, user)

    def test_everybody_opens_the_screens_that_are_extended_here(self):
        self.make_rows()
        for name in self.screens:
            record = self.one(name)
            for role, user in self.people.items():
                theirs = record.with_user(user)
                if role not in NO_EMPLOYEES and theirs.has_access("read"):
                    with self.subTest(role=role, model=name), self.env.cr.savepoint():
                        views = theirs.get_views([(False, m) for m in self.modes])
                        for mode in self.modes:
                            self.read_view(theirs, views, mode, theirs)

    def menus_of(self, user):
        menus = self.env["ir.ui.menu"].with_user(user)
        shown = menus.browse(menus._visible_menu_ids()).sudo()
        names = shown.get_external_id()
        return shown.filtered(
            lambda m: (
                names.get(m.id, "").startswith(f"{self.addon}.")
                and m.action
                and m.action._name == "ir.actions.act_window"
            )
        )

    def open_menu(self, menu, user):
        action = menu.action
        model = self.env[action.res_model].with_user(user)
        modes = [mode for mode in action.view_mode.split(",") if mode != "graph"]
        views = model.get_views([(False, mode) for mode in (*modes, "search")])
        context = {"uid": user.id, "active_id": False, "active_ids": []}
        domain = safe_eval(action.domain or "[]", {**context, "context_today": None})
        if model._transient:
            arch = etree.fromstring(views["views"]["form"]["arch"])
            model.onchange({}, [], specification(arch, model))
            return
        for mode in modes:
            rows = model.search(domain, limit=1) or model.search([], limit=1)
            self.read_view(model, views, mode, rows)

    def read_view(self, model, views, mode, rows):
        if mode not in views["views"] or mode in ("pivot", "graph"):
            return
        arch = etree.fromstring(views["views"][mode]["arch"])
        wanted = specification(arch, model)
        if not model._original_module.startswith(SUITE):
            ours = {n for n in wanted if model._fields[n]._module == self.addon}
            wanted = {name: wanted[name] for name in ours}
        self.env.invalidate_all()  # as a client of his own
        rows.web_read(wanted)
        for name in wanted:
            self.assertIn(name, views["models"][model._name]["fields"])

    def test_everybody_reads_every_field_that_is_offered_to_him(self):
        """As an export or an integration would, without running into an error."""
        self.make_rows()
        for model in self.own_models():
            if model._transient:
                continue
            record = self.one(model._name)
            for role, user in self.people.items():
                if not record.with_user(user).has_access("read") or role == "portal":
                    continue
                with self.subTest(model=model._name, role=role):
                    theirs = record.with_user(user)
                    theirs.invalidate_recordset()
                    theirs.read(list(theirs.fields_get()))


#: Of whose models all fields are ours; of Odoo's only those we add.
SUITE = ("erp_connector", "connector_")
#: Roles that are not employees: they have no screens of Odoo's back end.
NO_EMPLOYEES = ("public", "portal")


def of_company(record):
    """Whether the row belongs to a company; contacts may belong to all."""
    return "company_id" in record._fields and bool(record.company_id)


def _fails(call):
    try:
        call()
    except (ValueError, UserError):
        return True
    return False


def _public(cls):
    return {
        name
        for name, value in vars(cls).items()
        if not name.startswith("_")
        and name not in ORM
        and inspect.isfunction(inspect.unwrap(value) if callable(value) else None)
    }


def specification(arch, model):
    """What the web client asks `web_read` for, of one view."""
    wanted = {}
    for node in arch.iter("field"):
        if _owner(node) is not arch:
            continue
        name = node.get("name")
        field = model._fields.get(name)
        wanted[name] = {}
        if field is not None and field.type in ("many2one", "reference"):
            wanted[name] = {"fields": {"display_name": {}}}
        elif field is not None and field.relational:
            inner = [sub for sub in node if sub.tag in ("list", "kanban", "form")]
            deeper = {"display_name": {}}
            for sub in inner:
                deeper |= specification(sub, model.env[field.comodel_name])
            wanted[name] = {"fields": deeper}
    return wanted


def _owner(node):
    """The view a field node belongs to: the nearest above it."""
    for above in node.iterancestors():
        if above.tag in ("list", "kanban", "form", "search"):
            parent = above.getparent()
            if parent is None or parent.tag == "field":
                return above
    return node.getroottree().getroot()


__all__ = ["BASE_ROLES", "DIALOGUE", "ODOO", "OPENS", "USERS", "AccessWalk"]

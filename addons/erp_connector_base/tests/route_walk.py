"""Each route of an add-on, asked with whatever somebody may send: a clean answer."""

import importlib
import inspect
import json
import pkgutil
import re
from urllib.parse import quote

from odoo.tests import new_test_user

HUGE = "9" * 30
TEXTS = ("", "é", "²", "-1", "1.5", "0", "%00", HUGE, "x" * 5000, "[]", "{}", "null")
VALUES = (None, True, [], {}, ["a"], {"a": 1}, -1, 0, 1.5, 10**30, *TEXTS)
#: Names that a route might hand on with all the rest.
STRAY = ("document", "values", "session_history", "no_breadcrumbs", "error", "pid")
CONVERTER = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")


def routes_of(module):
    """[(path, how it is declared, names of its parameters)] of an add-on's own."""
    package = importlib.import_module(f"odoo.addons.{module}.controllers")
    found = {}
    for info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        members = vars(importlib.import_module(info.name)).values()
        for class_ in filter(inspect.isclass, members):
            for method in vars(class_).values():
                routing = getattr(method, "original_routing", None)
                if routing is None or class_.__module__ != info.name:
                    continue
                names = list(inspect.signature(method.original_endpoint).parameters)
                for path in routing["routes"]:
                    found[path] = (path, routing, names[1:])
    return list(found.values())


class RouteWalk:
    """For a test of an add-on: its `MODULE`, as public, portal and internal user."""

    MODULE = ""
    #: Answers below 500 that are no trouble of ours.
    FINE = range(200, 500)

    def users(self):
        for login, group in (
            ("walks_portal", "base.group_portal"),
            ("walks_inside", "base.group_user,erp_connector_base.group_manager"),
        ):
            new_test_user(self.env, login, group, password=login)
        return (None, "walks_portal", "walks_inside")

    def walk(self):
        """Every route, every user, each parameter wrong in every way; how many."""
        routes = routes_of(self.MODULE)
        asked = 0
        for login in self.users():
            self.authenticate(login, login)
            for path, routing, names in routes:
                with self.subTest(route=path, user=login), self.assertNoErrors():
                    asked += self.ask(path, routing, names)
        return asked

    def assertNoErrors(self):
        return self.assertNoLogs("odoo", "ERROR")

    def ask(self, path, routing, names):
        if routing.get("type") == "jsonrpc":
            return self.ask_jsonrpc(path, names)
        asked = 0
        for place in self.places(path):
            self.assert_fine(self.url_open(place, allow_redirects=False), place)
            asked += 1
        place = self.usual(path)
        for name in {*names, *STRAY} - {"kwargs"}:
            for text in TEXTS if name in names else TEXTS[:2]:
                url = f"{place}?{name}={text if text == '%00' else quote(text)}"
                self.assert_fine(self.url_open(url, allow_redirects=False), url)
                asked += 1
        return asked

    def ask_jsonrpc(self, path, names):
        good = self.usual_values(path)
        wishes = [{}, *({n: good[n]} for n in good), {**good, "stray": [1]}]
        wishes += [{**good, name: value} for name in good for value in VALUES]
        self.assertEqual(set(good), {*names} - {"kwargs"}, path)
        for wish in wishes:
            body = {"jsonrpc": "2.0", "id": 1, "method": "call", "params": wish}
            answer = self.url_open(path, json=body)
            self.assertEqual(answer.status_code, 200, wish)
            self.assertNotIn("error", json.loads(answer.text), wish)
        return len(wishes)

    def assert_fine(self, answer, place):
        self.assertIn(answer.status_code, self.FINE, place)

    def places(self, path):
        """The path with its own parts missing, wrong and huge.

        What fits no number is none of ours: Odoo itself fails at a NUL there.
        """
        texts = ["", "0", "1", HUGE, str(2**31), "-1", "é", "x" * 3000]
        texts += ["%00"] if "<path:" in path else []
        if not CONVERTER.search(path):
            return [path]
        return [CONVERTER.sub(quote(text, safe="%"), path) for text in texts]

    def usual(self, path):
        return CONVERTER.sub("1", path)

    def usual_values(self, path):
        """{name: a value as the page itself sends it} of a JSON-RPC route."""
        raise NotImplementedError(path)

"""What the pages of virtual accounts answer, whoever asks and however."""

from odoo.addons.erp_connector_base.tests.route_walk import RouteWalk
from odoo.tests import HttpCase

from .common import GatewayCase


class TestRoutes(RouteWalk, GatewayCase, HttpCase):
    MODULE = "connector_payment"

    def setUp(self):
        super().setUp()
        self.va = self.closed_va(self.invoice(100_000))
        self.va._portal_ensure_token()
        self.env.flush_all()

    def usual(self, path):
        return f"{super().usual(path)}".replace("/1", f"/{self.va.id}")

    def usual_values(self, path):
        return {
            "document": "va",
            "document_id": self.va.id,
            "access_token": self.va.access_token,
        }

    def test_every_route_answers_cleanly(self):
        self.assertGreater(self.walk(), 200)

    def test_the_token_opens_the_page_and_its_state(self):
        self.authenticate(None, None)
        token = self.va.access_token
        page = f"/my/virtual-accounts/{self.va.id}"
        answer = self.url_open(f"{page}?access_token={token}&values=1&document=1")
        self.assertIn(self.va._grouped_number(), answer.text)
        state = self.make_jsonrpc_request(
            "/my/virtual-accounts/state", self.usual_values(page)
        )
        self.assertEqual(set(state), {"paid", "mark"})

"""What the routes of the base answer, whoever asks and however."""

from odoo.tests import HttpCase, tagged

from .route_walk import RouteWalk


@tagged("post_install", "-at_install")
class TestRoutes(RouteWalk, HttpCase):
    MODULE = "erp_connector_base"
    FINE = (*range(200, 500), 503)  # the health check's own answer

    def test_every_route_answers_cleanly(self):
        self.assertGreater(self.walk(), 200)

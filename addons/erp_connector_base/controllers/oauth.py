from odoo import http
from odoo.http import request


class OauthController(http.Controller):
    @http.route(
        "/connector/oauth/callback",
        type="http",
        auth="user",
        methods=["GET"],
        readonly=False,
    )
    def callback(self, state="", **answer):
        """Where a platform's authorization page sends the manager back to.

        `state` was given out by us, to this user, for one account and one use.
        """
        backend = request.env["erp.connector.backend"]._oauth_account(state)
        backend._oauth_finish(answer)
        return request.redirect(f"/odoo/erp.connector.backend/{backend.id}")

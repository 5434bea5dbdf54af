from odoo import http
from odoo.exceptions import AccessError, UserError
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

        `state` was given out by us, to this user, for one account and one use. Whatever
        comes of it is said on that account; on a page of its own if there is none.
        """
        backends = request.env["erp.connector.backend"]
        try:
            backend = backends._oauth_answered(state, answer)
        except UserError as error:
            status = 403 if isinstance(error, AccessError) else 400
            return request.render(
                "erp_connector_base.link_refused", {"reason": str(error)}, status=status
            )
        return request.redirect(f"/odoo/erp.connector.backend/{backend.id}")

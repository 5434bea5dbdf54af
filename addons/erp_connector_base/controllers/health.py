import psycopg2

from odoo import http
from odoo.http import request


class HealthController(http.Controller):
    @http.route(
        "/connector/health",
        type="http",
        auth="none",
        methods=["GET"],
        csrf=False,
        save_session=False,
        readonly=False,
    )
    def health(self):
        """For a load balancer, every few seconds: 200 well, 503 not. It also heals."""
        cr = request.env.cr
        try:
            cr.execute(
                "SET LOCAL statement_timeout = '2s'; SET LOCAL lock_timeout = '2s'"
            )
            report = request.env["erp.connector.message"].sudo()._watch()
        except psycopg2.OperationalError:
            cr.rollback()
            return request.make_json_response({"status": "database"}, status=503)
        status = 200 if report["status"] == "ok" else 503
        return request.make_json_response(report, status=status)

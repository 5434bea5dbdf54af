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
        """For a load balancer, every few seconds: 503 only without a database.

        A backlog is in the report, not in the status: the nodes share one table, so
        all of them would be taken out of rotation at once. The call also heals.
        """
        cr = request.env.cr
        try:
            cr.execute(
                "SET LOCAL statement_timeout = '2s'; SET LOCAL lock_timeout = '2s'"
            )
            report = request.env["erp.connector.message"].sudo()._watch()
        except psycopg2.OperationalError:
            cr.rollback()
            return request.make_json_response({"status": "database"}, status=503)
        return request.make_json_response(report)

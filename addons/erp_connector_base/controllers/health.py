import sys
import threading

import psycopg2

from odoo import http
from odoo.http import request
from odoo.service import server
from odoo.tools import config

CRON_THREAD = "odoo.service.cron.cron"


def lost_cron_threads(names, wanted):
    """The numbers of the cron threads that should be among these and are not."""
    return [n for n in range(wanted) if f"{CRON_THREAD}{n}" not in names]


def lost_here():
    """The cron threads that this process has lost.

    Without worker processes (`workers = 0`) Odoo starts them once: one that meets a
    PostgreSQL that is shutting down ends, and nobody ever starts it again.
    """
    if not is_running(server.server):
        return []
    names = {thread.name for thread in threading.enumerate()}
    return lost_cron_threads(names, config["max_cron_threads"])


def is_running(odoo):
    """Whether it is the server with threads, at work; one for tests has no crons."""
    if not isinstance(odoo, server.ThreadedServer):
        return False
    frame = sys._current_frames().get(odoo.main_thread_id)
    while frame and frame.f_code is not server.ThreadedServer.run.__code__:
        frame = frame.f_back
    return frame is not None


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
        """For a load balancer, every few seconds: 503 without a database or crons.

        Lost cron threads are this node's own trouble, and only a restart mends it.
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
        lost = lost_here()
        if lost:
            report |= {"status": "cron", "lost_threads": lost}
        return request.make_json_response(report, status=503 if lost else 200)

import json

from odoo import http
from odoo.http import request


class BareController(http.Controller):
    @http.route("/bench/bare", type="http", auth="none", methods=["POST"], csrf=False)
    def receive(self):
        """The insert of a webhook and nothing else: no check, no account, no wake."""
        body = request.httprequest.get_data(as_text=True)
        event = json.loads(body)
        request.env.cr.execute(
            """
            INSERT INTO erp_connector_message (
                backend_id, company_id, direction, topic, lane, business_key,
                dedup_key, payload, state, attempts, correlation_id, create_date,
                write_date)
            SELECT id, company_id, 'in', %s, 'fast', %s, %s, %s, 'pending', 0,
                   gen_random_uuid()::text, clock_timestamp() AT TIME ZONE 'UTC',
                   clock_timestamp() AT TIME ZONE 'UTC'
              FROM erp_connector_backend WHERE provider = 'testing' LIMIT 1
            ON CONFLICT (backend_id, direction, dedup_key) DO NOTHING
            """,
            [event["topic"], event["key"], event["id"], body],
        )
        return request.make_response("")

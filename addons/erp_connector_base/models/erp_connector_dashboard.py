"""What the Overview shows of each account: a few grouped queries for all cards."""

import json
from datetime import timedelta

import pytz
from babel.dates import format_timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import babel_locale_parse

from .erp_connector_message import OPEN_STATES

HOURS = 24
#: Less than this is no lag worth a word (s).
LATE = 5
#: The last success is looked for this far back.
LOOK_BACK = timedelta(days=30)

#: Figure on the card -> states it counts.
FIGURES = {
    "count_open": OPEN_STATES,
    "count_retry": ("retry", "uncertain"),
    "count_waiting": ("waiting",),
    "count_dead": ("dead",),
}


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    count_open = fields.Integer("Open", compute="_compute_counts", compute_sudo=True)
    count_retry = fields.Integer(
        "Retrying", compute="_compute_counts", compute_sudo=True
    )
    count_waiting = fields.Integer(
        "Needs Mapping", compute="_compute_counts", compute_sudo=True
    )
    count_dead = fields.Integer("Dead", compute="_compute_counts", compute_sudo=True)
    count_unmapped = fields.Integer(
        "Missing Mappings", compute="_compute_unmapped", compute_sudo=True
    )
    lag_seconds = fields.Integer("Lag (s)", compute="_compute_lag")
    lag_text = fields.Char("Lag", compute="_compute_lag")
    last_success = fields.Datetime("Last Success", compute="_compute_last_success")
    last_success_text = fields.Char(compute="_compute_last_success")
    kanban_dashboard_graph = fields.Text(compute="_compute_kanban_dashboard_graph")
    received_today = fields.Integer(
        "Received in 24 h", compute="_compute_kanban_dashboard_graph"
    )

    connect_label = fields.Char(compute="_compute_connect_label")

    @api.depends("provider")
    @api.depends_context("lang")
    def _compute_connect_label(self):
        """What the button that connects it says."""
        self.connect_label = self.env._("Link Account")

    def _compute_counts(self):
        """Two queries, so that each is answered by a partial index of few rows."""
        by_state = {}
        for states in (OPEN_STATES, ("dead", "waiting")):
            for backend, state, count in self.env["erp.connector.message"]._read_group(
                [("backend_id", "in", self.ids), ("state", "in", states)],
                ["backend_id", "state"],
                ["__count"],
            ):
                by_state[(backend.id, state)] = count
        for backend in self:
            for figure, states in FIGURES.items():
                backend[figure] = sum(by_state.get((backend.id, s), 0) for s in states)

    def _compute_unmapped(self):
        counts = dict(
            self.env["erp.connector.binding"]._read_group(
                [("backend_id", "in", self.ids), ("is_missing", "=", True)],
                ["backend_id"],
                ["__count"],
            )
        )
        for backend in self:
            backend.count_unmapped = counts.get(backend, 0)

    @api.depends_context("lang")
    def _compute_lag(self):
        oldest = dict(self._select(_OLDEST_DUE, now=fields.Datetime.now()))
        for backend in self:
            seconds = max(int(oldest.get(backend.id) or 0), 0)
            backend.lag_seconds = seconds
            backend.lag_text = seconds >= LATE and backend._ago(seconds)

    @api.depends_context("lang")
    def _compute_last_success(self):
        now = fields.Datetime.now()
        found = dict(self._select(_LAST_SUCCESS, since=now - LOOK_BACK))
        for backend in self:
            moment = found.get(backend.id, False)
            backend.last_success = moment
            backend.last_success_text = moment and backend._ago(
                (moment - now).total_seconds(), add_direction=True
            )

    @api.depends_context("tz", "lang")
    def _compute_kanban_dashboard_graph(self):
        """Bars of the last 24 hours; a darker bar holds something unsettled."""
        now = fields.Datetime.now().replace(minute=0, second=0, microsecond=0)
        hours = [now - timedelta(hours=back) for back in reversed(range(HOURS))]
        rows = {
            (backend_id, hour): (total, unsettled)
            for backend_id, hour, total, unsettled in self._select(
                _PER_HOUR, since=hours[0]
            )
        }
        zone = pytz.timezone(self.env.user.tz or "UTC")
        for backend in self:
            figures = [rows.get((backend.id, hour), (0, 0)) for hour in hours]
            backend.received_today = sum(total for total, _unsettled in figures)
            backend.kanban_dashboard_graph = json.dumps(
                [
                    {
                        "key": self.env._("Messages"),
                        "is_sample_data": False,
                        "values": [
                            {
                                "label": _clock(hour, zone),
                                "value": total,
                                "type": "past" if unsettled else "future",
                            }
                            for hour, (total, unsettled) in zip(
                                hours, figures, strict=True
                            )
                        ],
                    }
                ]
            )

    def _select(self, query, **values):
        """Rows of `query` about these accounts (read already, so access is checked)."""
        self.env["erp.connector.message"].flush_model()
        self.env.cr.execute(
            SQL(query, ids=self.ids, states=list(OPEN_STATES), **values)
        )
        return self.env.cr.fetchall()

    def _ago(self, seconds, add_direction=False):
        """ "5 minutes", or "5 minutes ago", in the user's language."""
        return format_timedelta(
            timedelta(seconds=seconds),
            add_direction=add_direction,
            locale=babel_locale_parse(self.env.lang or "en_US"),
        )

    # ---- where the figures lead ------------------------------------------------------

    def action_open_messages(self):
        """The messages behind a figure; the context names the filter."""
        return self._open_related("erp_connector_base.erp_connector_message_action_all")

    def action_open_bindings(self):
        return self._open_related("erp_connector_base.erp_connector_binding_action")

    def action_open_calls(self):
        return self._open_related("erp_connector_base.erp_connector_call_action")

    def _open_related(self, xmlid):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
        chosen = self.env.context.get("connector_filter")
        action["context"] = {
            "search_default_backend_id": self.id,
            "default_backend_id": self.id,
            **({f"search_default_{chosen}": 1} if chosen else {}),
        }
        return action


def _clock(moment, zone):
    return pytz.utc.localize(moment).astimezone(zone).strftime("%H:%M")


_OLDEST_DUE = """
    SELECT backend_id,
           extract(epoch FROM %(now)s - min(COALESCE(next_attempt_at, create_date)))
      FROM erp_connector_message
     WHERE backend_id = ANY(%(ids)s) AND state = ANY(%(states)s)
       AND COALESCE(next_attempt_at, create_date) <= %(now)s
     GROUP BY backend_id
"""

_LAST_SUCCESS = """
    SELECT account.id, last.processed_at
      FROM erp_connector_backend account
     CROSS JOIN LATERAL (
           SELECT processed_at FROM erp_connector_message
            WHERE backend_id = account.id AND state = 'done'
              AND create_date >= %(since)s AND processed_at IS NOT NULL
            ORDER BY create_date DESC LIMIT 1) AS last
     WHERE account.id = ANY(%(ids)s)
"""

_PER_HOUR = """
    SELECT backend_id, date_trunc('hour', create_date), count(*),
           count(*) FILTER (WHERE state IN ('dead', 'waiting', 'uncertain'))
      FROM erp_connector_message
     WHERE backend_id = ANY(%(ids)s) AND create_date >= %(since)s
     GROUP BY 1, 2
"""

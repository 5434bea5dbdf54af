"""After a replay: who pressed it hears how it ended, and not before it is known."""

import logging
import uuid

import psycopg2

from odoo import api, fields, models
from odoo.modules import module
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"

    replay_ref = fields.Char(
        readonly=True,
        copy=False,
        help="The replay that is under way; those chosen together have the same.",
    )
    replayed_by_id = fields.Many2one("res.users", "Replayed By", readonly=True)

    _replay_idx = models.Index("(replay_ref) WHERE replay_ref IS NOT NULL")

    def _mark_replay(self):
        self.sudo().write(
            {"replay_ref": str(uuid.uuid4()), "replayed_by_id": self.env.uid}
        )

    def _report_replays(self):
        """When this commits: tell of each replay whose last message has ended."""
        refs = {message.replay_ref for message in self} - {False}
        if not refs or module.current_test:
            return
        self.env.cr.postcommit.add(lambda: self._report_now(refs))

    def _report_now(self, refs):
        """In a transaction of its own: only now others see what we have committed."""
        try:
            with self.env.registry.cursor() as cr:
                messages = self.env(cr=cr)[self._name]
                for ref in refs:
                    messages._report_replay(ref)
        except psycopg2.Error:
            _logger.info("Somebody else reports the same replay")

    @api.model
    def _report_replay(self, ref):
        """Tell the user, unless some of it is still under way."""
        self.env.cr.execute(SQL(_END_REPLAY, ref=ref))
        rows = self.env.cr.fetchall()
        self.invalidate_model(["replay_ref"])
        if rows:
            user = self.env["res.users"].sudo().browse(rows[0][1])
            states = [state for state, _user in rows]
            user._bus_send("simple_notification", self._replay_told(states, user))

    def _replay_told(self, states, user):
        """The notification: how many of each."""
        _ = self.with_context(lang=user.lang or self.env.lang).env._
        done = sum(state in ("done", "ignored") for state in states)
        failed = states.count("dead")
        parts = [_("%s done", done), _("%s failed again", failed)]
        if waiting := states.count("waiting"):
            parts.append(_("%s need a mapping", waiting))
        if later := states.count("retry"):
            parts.append(_("%s will be tried again", later))
        good = done == len(states)
        return {
            "title": _("Replay of %s messages", len(states)),
            "message": ", ".join(parts) + ".",
            "type": "success" if good else "danger" if failed else "warning",
            "sticky": not good,
        }


#: A replay has ended when none of it is open; one that is tried later is known to fail.
_END_REPLAY = """
    UPDATE erp_connector_message m SET replay_ref = NULL
     WHERE m.replay_ref = %(ref)s
       AND NOT EXISTS (SELECT 1 FROM erp_connector_message o
                        WHERE o.replay_ref = %(ref)s
                          AND o.state IN ('pending', 'processing', 'uncertain'))
    RETURNING m.state, m.replayed_by_id
"""

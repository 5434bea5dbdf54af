"""What a person decides about a message: replay it, or ignore it, and why."""

from odoo import fields, models
from odoo.addons.erp_connector_base.client.topic import IRREVOCABLE
from odoo.exceptions import UserError

from .erp_connector_message_settle import LONGEST_HISTORY


class ErpConnectorMessage(models.Model):
    _inherit = "erp.connector.message"

    # ---- a person decides ------------------------------------------------------------

    def _replay(self, reason):
        """Try again, from the first attempt; refused while a worker is at it."""
        self._check_operator()
        busy = self.filtered(lambda m: m.state in ("pending", "processing"))
        if busy:
            raise UserError(
                self.env._(
                    "%s is being worked on already; there is nothing to replay.",
                    ", ".join(busy.mapped("display_name")[:5]),
                )
            )
        gone = self.filtered(lambda m: not m._topic())
        if gone:
            raise UserError(
                self.env._(
                    "%s: nothing here handles this kind of message any more. Install "
                    "its add-on again, or press Ignore.",
                    ", ".join(gone.mapped("display_name")[:5]),
                )
            )
        for message in self:
            message._log(self.env._("Replay"), reason)
        self._mark_replay()
        self._requeue(self.env._("Replay by %s", self.env.user.name), reason)

    def _ignore(self, reason):
        """Close messages a person has settled otherwise."""
        self._check_operator()
        if self.filtered(lambda m: m.state == "processing"):
            raise UserError(self.env._("A message in work cannot be ignored."))
        for message in self:
            message._log(self.env._("Ignored"), reason)
        self._append_history(self.env._("Ignored by %s", self.env.user.name), reason)
        self.sudo().write(
            {
                "state": "ignored",
                "note": reason,
                "processed_at": fields.Datetime.now(),
                "waiting_for_ids": [fields.Command.clear()],
                "replay_ref": False,
            }
        )
        self.sudo()._drop_late_payloads()
        self.env["erp.connector.message"].flush_model()
        self.backend_id._settle_attention()

    def _drop_late_payloads(self):
        """What is handled after its days is not kept with its content."""
        now = fields.Datetime.now()
        self.filtered(
            lambda m: (now - m.create_date).days >= m.backend_id.payload_days
        ).payload = False

    def _check_operator(self):
        self.check_access("read")
        if not self.env.user.has_group("erp_connector_base.group_operator"):
            raise UserError(
                self.env._("Only a Connector Operator may replay or ignore messages.")
            )

    def _log(self, what, reason):
        self.sudo().message_post(
            body=self.env._("%(what)s: %(reason)s", what=what, reason=reason),
            author_id=self.env.user.partner_id.id,
        )

    def _requeue(self, event, detail=""):
        """Back to pending, with a fresh ladder, at the end of the line; wake the lanes.

        What is being worked is left alone: its worker would lose its claim. What goes
        on waits for no mapping any more, or a mapping made by its own work would put
        it back once more.
        """
        self = self.filtered(lambda m: m.state != "processing")
        if not self:
            return
        self._append_history(event, detail)
        self.sudo().waiting_for_ids = [fields.Command.clear()]
        uncertain = self.filtered(lambda m: m._may_have_left())
        uncertain.sudo().write(
            {
                "state": "uncertain",
                "next_attempt_at": fields.Datetime.now(),
                "attempts": 0,
                "lease_until": False,
            }
        )
        (self - uncertain).sudo().write(
            {
                "state": "pending",
                "attempts": 0,
                "error": False,
                "error_type": False,
                "next_attempt_at": fields.Datetime.now(),
                "processed_at": False,
            }
        )
        lanes = set(self.sudo().mapped("lane"))
        self.env["ir.cron"].sudo()._connector_wake(lanes)

    def _may_have_left(self):
        """Whether the other side must be asked before this is sent (again)."""
        topic = self._topic()
        irrevocable = topic and topic.safety == IRREVOCABLE and topic.probe
        return self.state == "uncertain" or (irrevocable and self.attempts)

    def _append_history(self, event, detail=""):
        entry = {"at": fields.Datetime.now().isoformat(), "event": event}
        if detail:
            entry["detail"] = detail
        for message in self.sudo():
            message.history = [*(message.history or []), entry][-LONGEST_HISTORY:]

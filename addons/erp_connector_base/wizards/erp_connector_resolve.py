from odoo import fields, models


class ErpConnectorResolve(models.TransientModel):
    _name = "erp.connector.resolve"
    _description = "Replay or Ignore Messages"
    _inherit = "erp.connector.dialogue"

    message_ids = fields.Many2many(
        "erp.connector.message", string="Messages", required=True, readonly=True
    )
    action = fields.Selection(
        [("replay", "Replay"), ("ignore", "Ignore")], required=True, default="replay"
    )
    reason = fields.Char(
        required=True, help="Kept with each message: who did this, when, and why."
    )

    def action_apply(self):
        self.ensure_one()
        if self.action == "replay":
            self.message_ids._replay(self.reason)
            told = self.env._(
                "%s replayed. You are told as soon as it is known how that went.",
                len(self.message_ids),
            )
        else:
            self.message_ids._ignore(self.reason)
            told = self.env._("%s closed.", len(self.message_ids))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": told,
                "type": "info",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

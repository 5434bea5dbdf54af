from odoo import api, fields, models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    _inherit = "stock.picking"

    # who works in the warehouse reads these without any right on the sale
    connector_order_ref = fields.Char(
        "Marketplace Order", related="sale_id.connector_order_ref"
    )
    connector_account_name = fields.Char(
        "Marketplace Shop", related="sale_id.connector_account_name"
    )
    connector_status = fields.Selection(related="sale_id.connector_status")
    connector_ship_by = fields.Datetime(related="sale_id.connector_ship_by")
    connector_cod = fields.Boolean(related="sale_id.connector_cod")
    connector_carrier = fields.Char(related="sale_id.connector_carrier")
    connector_dropshipper = fields.Char(related="sale_id.connector_dropshipper")
    connector_buyer_note = fields.Text(related="sale_id.connector_buyer_note")
    connector_seller_note = fields.Text(related="sale_id.connector_seller_note")
    connector_cancel_requested = fields.Boolean(
        related="sale_id.connector_cancel_requested"
    )
    connector_hold = fields.Selection(related="sale_id.connector_hold")
    connector_refusal = fields.Text(
        "Held Because",
        compute="_compute_connector_refusal",
        help="Why this transfer cannot be validated now.",
    )

    @api.depends(
        "state",
        "move_ids.state",
        "sale_id.connector_status",
        "sale_id.connector_hold",
        "sale_id.connector_cancel_requested",
    )
    def _compute_connector_refusal(self):
        for picking in self:
            refusals = picking._connector_refusals() if picking.sale_id else []
            picking.connector_refusal = "\n".join(refusals) or False

    def _connector_refusals(self):
        """Why it cannot be shipped: a sentence for each reason."""
        self.ensure_one()
        return self.sudo().move_ids._connector_refusals()

    def action_confirm(self):
        """A batch of new orders confirms its pickings at its end, all at once."""
        if self.env.context.get("connector_confirm_later"):
            return True
        return super().action_confirm()

    def button_validate(self):
        """Of many, those that may leave do; the others are named."""
        refusals = {picking: picking._connector_refusals() for picking in self}
        held = self.filtered(lambda picking: refusals[picking])
        if not held:
            return super().button_validate()
        text = "\n".join(why for picking in held for why in refusals[picking])
        if held == self:
            raise UserError(text)
        result = super(StockPicking, self - held).button_validate()
        return self._connector_tell_held(text, result)

    def _connector_tell_held(self, text, result):
        """A notice beside what Odoo shows next, be it a question or a report."""
        notice = {
            "type": "warning",
            "title": self.env._("Not validated"),
            "message": text,
            "sticky": True,
        }
        if result is not True:
            self.env.user._bus_send("simple_notification", notice)
            return result
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                **notice,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

from odoo import models
from odoo.exceptions import UserError


class StockPicking(models.Model):
    _inherit = "stock.picking"

    def action_confirm(self):
        """A batch of new orders confirms its pickings at its end, all at once."""
        if self.env.context.get("connector_confirm_later"):
            return True
        return super().action_confirm()

    def button_validate(self):
        self._check_connector_cancellation()
        return super().button_validate()

    def _check_connector_cancellation(self):
        """The buyer asked to cancel: nothing leaves before somebody has decided."""
        for picking in self:
            order = picking.sale_id
            if order.connector_cancel_requested and picking.picking_type_code != (
                "incoming"
            ):
                raise UserError(
                    self.env._(
                        "%(picking)s cannot be shipped: the buyer of %(order)s "
                        "(%(reference)s) asked to cancel. Accept or reject the "
                        "cancellation on the platform first.",
                        picking=picking.name,
                        order=order.name,
                        reference=order.connector_order_ref,
                    )
                )

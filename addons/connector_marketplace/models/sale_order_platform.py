"""What the platform says of a sale, beside its status; and what follows from that."""

from odoo import api, fields, models

from .erp_connector_binding import ORDER


class SaleOrder(models.Model):
    _inherit = "sale.order"

    connector_total_known = fields.Boolean(
        "Platform Total Known",
        readonly=True,
        copy=False,
        help="The platform told a total, be it 0.",
    )
    connector_difference_reason = fields.Text(
        "Why It Differs",
        readonly=True,
        copy=False,
        help="What the platform's breakdown says of the difference.",
    )
    connector_charges_pending = fields.Boolean(
        "Charges Pending",
        readonly=True,
        copy=False,
        help="The platform has no breakdown of this order yet, so vouchers, shipping "
        "and fees are missing. It is asked for again until it is there.",
    )
    connector_charges_tries = fields.Integer(readonly=True, copy=False)
    connector_charges_at = fields.Datetime(
        "Charges Asked For Next", readonly=True, copy=False
    )
    connector_platform_hold = fields.Char(
        "Platform's Hold",
        readonly=True,
        copy=False,
        help="Why the platform says not to ship this order now.",
    )
    connector_left_before = fields.Boolean(
        "Left Before Import",
        readonly=True,
        copy=False,
        help="The parcel had left when this order came in: it opens no delivery and "
        "takes no stock. Its lines count as delivered.",
    )
    connector_copy_of_id = fields.Many2one(
        "sale.order",
        "Copy of Marketplace Order",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The marketplace order that this one was duplicated from, maybe to send a "
        "part of it.",
    )
    connector_contact_id = fields.Many2one(
        "res.partner",
        "Platform's Delivery Address",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Where the platform said the parcel goes. The delivery address follows it "
        "unless somebody chose another one.",
    )
    connector_address_mark = fields.Char(
        readonly=True,
        copy=False,
        help="A fingerprint of the delivery address that the platform told last.",
    )
    connector_buyer_note = fields.Text("Buyer's Message", readonly=True, copy=False)
    connector_seller_note = fields.Text("Seller's Note", readonly=True, copy=False)
    connector_cod = fields.Boolean("Cash on Delivery", readonly=True, copy=False)
    connector_dropshipper = fields.Char("Dropshipper", readonly=True, copy=False)
    connector_carrier = fields.Char("Carrier Promised", readonly=True, copy=False)
    connector_payment_method = fields.Char("Paid With", readonly=True, copy=False)

    _connector_charges_idx = models.Index(
        "(connector_charges_at) WHERE connector_charges_pending"
    )

    @api.depends(
        "amount_total",
        "connector_total",
        "connector_total_known",
        "connector_order_ref",
    )
    def _compute_connector_difference(self):
        """0 where there is nothing to compare with."""
        for order in self:
            known = order.connector_total_known or order.connector_total
            difference = (
                order.amount_total - order.connector_total
                if order.connector_order_ref and known
                else 0.0
            )
            currency = order.currency_id
            order.connector_difference = (
                currency.round(difference) if currency else difference
            )

    def _connector_deliver_on_paper(self):
        """What has left already counts as delivered, so that it can be invoiced."""
        lines = self.order_line.filtered(lambda line: not line.display_type)
        for line in lines:
            line.qty_delivered = line.product_uom_qty

    def _connector_has_begun(self):
        """Whether somebody has picked, packed or moved goods of this order, or printed
        the slip to do so."""
        moves = self.picking_ids.move_ids.filtered(lambda m: m.state != "cancel")
        return any(
            move.state == "done"
            or move.picking_id.printed
            or move.picked
            or any(line.picked or line.result_package_id for line in move.move_line_ids)
            for move in moves
        )

    def copy_data(self, default=None):
        """A copy is no marketplace order, but may be for goods of one."""
        copies = super().copy_data(default)
        for order, values in zip(self, copies, strict=True):
            origin = order if order.connector_order_ref else order.connector_copy_of_id
            values.setdefault("connector_copy_of_id", origin.id)
        return copies

    def unlink(self):
        """A marketplace order that a person deletes is not made anew by its news."""
        bindings = self.env["erp.connector.binding"].sudo()
        gone = self.sudo().filtered("connector_order_ref")
        present = bindings.search_fetch(
            [
                ("backend_id", "in", gone.connector_backend_id.ids),
                ("kind", "=", ORDER),
                ("external_id", "in", gone.mapped("connector_order_ref")),
            ],
            ["backend_id", "external_id"],
        )
        keys = {(b.backend_id.id, b.external_id) for b in present}
        values = [
            {
                "backend_id": sale.connector_backend_id.id,
                "kind": ORDER,
                "external_id": sale.connector_order_ref,
                "external_name": self.env._("%s, deleted", sale.name),
                "res_model": "sale.order",
                "res_id": sale.id,
            }
            for sale in gone
            if (sale.connector_backend_id.id, sale.connector_order_ref) not in keys
        ]
        result = super().unlink()
        bindings.create(values)
        return result

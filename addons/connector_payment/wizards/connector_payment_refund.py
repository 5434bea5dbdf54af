"""Give a payment back by the gateway, on a credit note."""

from odoo import api, fields, models
from odoo.addons.connector_payment.models.connector_payment_payout_release import (
    APPROVER,
    MAKER,
)
from odoo.addons.connector_payment.tools.topics import REFUND_SEND
from odoo.exceptions import UserError
from odoo.tools import SQL


class ConnectorPaymentRefundWizard(models.TransientModel):
    _name = "connector.payment.refund.wizard"
    _description = "Refund by the Gateway"
    _inherit = "erp.connector.dialogue"

    move_id = fields.Many2one("account.move", "Credit Note", required=True)
    receipt_ids = fields.Many2many(
        "connector.payment.receipt", compute="_compute_receipt_ids"
    )
    receipt_id = fields.Many2one(
        "connector.payment.receipt",
        "Payment",
        required=True,
        domain="[('id', 'in', receipt_ids)]",
    )
    environment = fields.Selection(
        related="receipt_id.backend_id.environment", related_sudo=False
    )
    currency_id = fields.Many2one(related="move_id.currency_id", related_sudo=False)
    limit = fields.Monetary("At Most", compute="_compute_limit")
    amount = fields.Monetary(compute="_compute_amount", store=True, readonly=False)
    reason = fields.Char()

    @api.depends("move_id")
    def _compute_receipt_ids(self):
        for wizard in self:
            wizard.receipt_ids = wizard.move_id._connector_paid_by().sudo(False)

    @api.depends("receipt_id", "move_id")
    def _compute_limit(self):
        for wizard in self:
            left = wizard.receipt_id._refundable()[0] if wizard.receipt_id else 0.0
            wizard.limit = max(min(left, wizard._owed()), 0.0)

    def _owed(self):
        """What the credit note leaves; a refund that is on its way takes its part."""
        move = self.move_id
        if move.move_type != "out_refund" or move.state != "posted":
            return 0.0
        return move.amount_residual - move._connector_refunding()

    @api.depends("receipt_id")
    def _compute_amount(self):
        for wizard in self:
            wizard.amount = wizard.limit

    @api.model
    def _open(self, move):
        """The dialogue, with the payment that has most left to give back."""
        move.ensure_one()
        self.check_access("create")
        move.check_access("read")
        receipts = move._connector_paid_by()
        reasons = [r._refundable()[1] for r in receipts] or [
            self.env._("The invoice of this credit note was not paid by a gateway.")
        ]
        receipt = receipts.sorted(lambda r: r._refundable()[0])[-1:]
        if not receipt or receipt._refundable()[0] <= 0:
            raise UserError(
                self.env._(
                    "%(reason)s Pay it back by a payout instead.", reason=reasons[0]
                )
            )
        wizard = self.create(
            {"move_id": move.id, "receipt_id": receipt.id, "reason": move.ref or ""}
        )
        wizard._check_not_held()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refund by the Gateway"),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_refund(self):
        """The intent; it leaves after commit."""
        self.ensure_one()
        self.env["connector.payment.payout"]._check_group(MAKER, APPROVER)
        self._collide()
        self._check_not_held()
        if self.receipt_id not in self.receipt_ids:
            raise UserError(self.env._("This payment did not pay that invoice."))
        if not 0 < self.amount <= self.limit:
            raise UserError(
                self.env._(
                    "Between nothing and %s can be given back.",
                    self.currency_id.format(self.limit),
                )
            )
        refund = (
            self.env["connector.payment.refund"]
            .sudo()
            .create(
                {
                    "receipt_id": self.receipt_id.id,
                    "move_id": self.move_id.id,
                    "amount": self.amount,
                    "reason": self.reason,
                }
            )
        )
        refund._enqueue(REFUND_SEND)
        return refund.sudo(False)._get_records_action()

    def _check_not_held(self):
        """What a payout pays back is not given back by the gateway, too."""
        held = self.env["connector.payment.payout"]._holding(self.move_id.line_ids)
        for payout in held.values():
            raise UserError(
                self.env._(
                    "%(document)s is in payout %(payout)s already.",
                    document=self.move_id.display_name,
                    payout=payout.name,
                )
            )

    def _collide(self):
        """Two refunds of one payment, or on one credit note, at once, or a payout of
        it: the later one starts over, and sees.
        """
        for table, record in (
            ("connector_payment_receipt", self.receipt_id),
            ("account_move", self.move_id),
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET write_date = write_date WHERE id = %s",
                    SQL.identifier(table),
                    record.id,
                )
            )

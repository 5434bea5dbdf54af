"""Release payouts at the gateway with the approver's one-time password."""

from odoo import api, fields, models
from odoo.addons.connector_payment.models.connector_payment_payout_release import (
    APPROVER,
)
from odoo.addons.erp_connector_base.tools import crypto
from odoo.exceptions import UserError


class ConnectorPaymentRelease(models.TransientModel):
    _name = "connector.payment.release"
    _description = "Release Payouts with a Password"
    _inherit = "erp.connector.dialogue"

    payout_ids = fields.Many2many("connector.payment.payout", readonly=True)
    backend_id = fields.Many2one(
        "erp.connector.backend", "Gateway Account", readonly=True
    )
    environment = fields.Selection(
        related="backend_id.environment", related_sudo=True, string="Environment"
    )
    currency_id = fields.Many2one(related="payout_ids.currency_id", related_sudo=False)
    count = fields.Integer("Payouts", compute="_compute_total")
    amount = fields.Monetary("Total", compute="_compute_total")
    password = fields.Char(
        "One-Time Password",
        compute="_compute_password",
        inverse="_inverse_password",
        exportable=False,
        help="As the approver's authenticator app shows it. It is used once, and kept "
        "nowhere.",
    )
    # Between typing and sending: encrypted, and gone before it leaves.
    encrypted_password = fields.Char(
        copy=False, groups="base.group_system", exportable=False
    )
    result = fields.Text(readonly=True)
    is_released = fields.Boolean(readonly=True)

    @api.depends("payout_ids")
    def _compute_total(self):
        for wizard in self:
            wizard.count = len(wizard.payout_ids)
            wizard.amount = sum(wizard.payout_ids.mapped("amount"))

    @api.depends("encrypted_password")
    def _compute_password(self):
        """Never shown again."""
        self.password = False

    def _inverse_password(self):
        for wizard in self:
            digits = "".join((wizard.password or "").split())
            kept = crypto.encrypt(digits) if digits else False
            wizard.sudo().encrypted_password = kept
        self.invalidate_recordset(["password"])

    @api.model
    def _open(self, payouts):
        wizard = self.create(
            {
                "payout_ids": [fields.Command.set(payouts.ids)],
                "backend_id": payouts.backend_id.id,
            }
        )
        return wizard._show()

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Release with a One-Time Password"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_release(self):
        """One request for all that still wait; the dialogue says what came of it."""
        self.ensure_one()
        payouts = self.payout_ids
        payouts._check_group(APPROVER)
        waiting = payouts.sudo().filtered(lambda p: p.state == "queued")
        if not waiting:
            raise UserError(self.env._("None of them waits at the gateway any more."))
        waiting._check_releasable()
        words = waiting._release_with(self._take_password())
        with waiting.backend_id._own_transaction() as env:
            self.with_env(env).write({"result": words, "is_released": not words})
            if not words:
                waiting.with_env(env)._password_given()
        self.invalidate_recordset()
        return self._show()

    def _take_password(self):
        """Typed once, used once: it is gone before it leaves."""
        kept = self.sudo().encrypted_password
        password = crypto.decrypt(kept) if kept else ""
        with self.backend_id.sudo()._own_transaction() as env:
            self.with_env(env).sudo().encrypted_password = False
        if not (password.isdecimal() and 4 <= len(password) <= 10):
            raise UserError(self.env._("Enter the digits that your app shows now."))
        return password

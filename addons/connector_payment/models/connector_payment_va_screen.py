"""What screens, documents and customers see of a virtual account."""

import uuid

from odoo import api, fields, models
from odoo.addons.erp_connector_base.tools.amounts import Amount
from odoo.tools import format_datetime

from .connector_payment_guard import as_bookkeeper
from .connector_payment_va import OPEN

#: How Indonesians name their time zones.
ZONES = {
    "Asia/Jakarta": "WIB",
    "Asia/Pontianak": "WIB",
    "Asia/Makassar": "WITA",
    "Asia/Jayapura": "WIT",
}
GROUP = 4  # digits that are read at a glance


class ConnectorPaymentVa(models.Model):
    _inherit = "connector.payment.va"

    access_token = fields.Char(default=lambda self: str(uuid.uuid4()))
    # A salesperson sees whether the deposit came, but not the receipts themselves.
    receipt_count = fields.Integer(compute_sudo=True)
    amount_paid = Amount(compute_sudo=True)
    payment_link = fields.Char(
        compute="_compute_payment_link",
        help="The page where the customer sees how to pay, and when it is paid.",
    )
    number_text = fields.Char("Number to Pay To", compute="_compute_number_text")
    is_making = fields.Boolean(compute="_compute_is_making")
    other_state = fields.Char(compute="_compute_other_state")

    @api.depends("access_token")
    def _compute_payment_link(self):
        for va in self:
            known = va._origin.id and va.access_token
            va.payment_link = known and f"{va.get_base_url()}{va.get_portal_url()}"

    @api.depends("number", "biller_code")
    def _compute_number_text(self):
        """With the biller code before it and a blank after each four digits."""
        for va in self:
            parts = (va.biller_code, va._grouped_number())
            va.number_text = " / ".join(part for part in parts if part)

    def _grouped_number(self):
        digits = self.number or ""
        return " ".join(
            digits[start : start + GROUP] for start in range(0, len(digits), GROUP)
        )

    @api.depends("state", "number")
    def _compute_is_making(self):
        for va in self:
            va.is_making = va.state == "requested" and not va.number

    @api.depends("state", "expires_at", "amount", "amount_asked", "is_closing")
    def _compute_other_state(self):
        """What the state alone does not say."""
        for va in self:
            va.other_state = va._remark()

    def _remark(self):
        if self.is_uncertain:
            return self.env._("The answer was lost")
        if self.state in OPEN and self.is_closing:
            return self.env._("Being closed at the gateway")
        if self.state in OPEN and not self.is_open:
            return self.env._("Expired, not yet confirmed")
        changed = self.amount_asked and self.kind == "closed" and self.state == "active"
        if changed and self.currency_id.compare_amounts(self.amount, self.amount_asked):
            return self.env._("The new amount is on its way to the gateway")
        return False

    # ---- customers -------------------------------------------------------------------

    def _expiry_text(self):
        """Day and hour at the bank, as people there say it."""
        if not self.expires_at or self.kind == "fixed":
            return ""
        zone = self.backend_id.tz or "Asia/Jakarta"
        moment = format_datetime(
            self.env, self.expires_at, tz=zone, dt_format="d MMMM y, HH:mm"
        )
        return f"{moment} {ZONES.get(zone, zone)}"

    def _is_being_made(self):
        return self.is_open and not self.number

    def _customer_state(self):
        """paid, making, open or over: what the payment page turns on."""
        self.ensure_one()
        if self.state == "paid":
            return "paid"
        if self._is_being_made():
            return "making"
        return "open" if self.is_open else "over"

    def _page_state(self):
        """(paid, mark): the page is drawn anew when the mark changes."""
        self.ensure_one()
        return self._customer_state() == "paid", self._page_mark()

    def _page_mark(self):
        """A short text that changes with whatever a customer is shown of these."""
        return "|".join(
            f"{va.id}:{va._customer_state()}:{va.number or ''}:{va.amount}"
            for va in self.sorted("id")
        )

    # ---- people ----------------------------------------------------------------------

    def action_preview(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "target": "new",
            "url": self.get_portal_url(),
        }

    def action_look(self):
        """Ask the gateway now whether money came."""
        asked = as_bookkeeper(self).filtered("external_id")
        asked._enqueue("payment.va.watch", fields.Datetime.now().isoformat())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("The gateway is being asked."),
                "type": "info",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_view_messages(self):
        """What was said to and by the gateway about this account, in order."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Integration of %s", self.name),
            "res_model": "erp.connector.message",
            "view_mode": "list,form",
            "domain": [
                ("backend_id", "=", self.backend_id.id),
                ("business_key", "in", (self.name, f"va:{self.name}")),
            ],
            "context": {"create": False},
        }

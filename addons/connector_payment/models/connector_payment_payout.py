"""Payouts: money that leaves through a gateway, one for each outgoing payment.

A payout is changed by its own methods only, see the guard. What can be edited
is the draft payment behind it, and that sends the payout back to its maker.
"""

import secrets
from datetime import UTC, datetime

from odoo import api, fields, models
from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.tools.wire import exact
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.tools.amounts import Amount
from odoo.exceptions import UserError

STATES = [
    ("draft", "Draft"),
    ("to_approve", "To Approve"),
    ("approved", "Approved"),
    ("queued", "Waits at the Gateway"),
    ("sent", "On Its Way"),
    ("succeeded", "Paid Out"),
    ("failed", "Failed"),
    ("cancelled", "Cancelled"),
    ("reversed", "Came Back"),
]
#: Nobody has released it yet.
OPEN = ("draft", "to_approve")
#: Released: its payment is in the books, and must stay as it is.
LIVE = ("approved", "queued", "sent", "succeeded")
#: The gateway has it, and has not said how it ends.
TRAVELS = ("queued", "sent")
#: The money is ours again, whatever happened.
BACK = ("failed", "cancelled", "reversed")

ACCOUNTANTS = "account.group_account_readonly,account.group_account_invoice"


class ConnectorPaymentPayout(models.Model):
    _name = "connector.payment.payout"
    _description = "Payout"
    _inherit = ["connector.payment.guard", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(
        "Reference",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self._new_reference(),
        help="Our name of the payout at the gateway, which pays each name out once.",
    )
    batch_id = fields.Many2one(
        "connector.payment.payout.batch", "Batch", readonly=True, index=True
    )
    backend_id = fields.Many2one(
        "erp.connector.backend",
        "Gateway Account",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    environment = fields.Selection(
        related="backend_id.environment", related_sudo=True, string="Environment"
    )
    payout_release = fields.Selection(
        related="backend_id.payout_release", related_sudo=True
    )
    company_id = fields.Many2one(related="backend_id.company_id", store=True)
    payment_id = fields.Many2one(
        "account.payment",
        "Payment",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    partner_id = fields.Many2one(related="payment_id.partner_id", store=True)
    partner_bank_id = fields.Many2one(
        related="payment_id.partner_bank_id", string="Bank Account", groups=ACCOUNTANTS
    )
    bank_check = fields.Selection(
        related="payment_id.partner_bank_id.connector_check",
        string="Gateway's Check",
        groups=ACCOUNTANTS,
    )
    amount = Amount(related="payment_id.amount", store=True)
    currency_id = fields.Many2one(related="payment_id.currency_id", store=True)
    memo = fields.Char(related="payment_id.memo")
    line_ids = fields.Many2many(
        "account.move.line",
        "connector_payment_payout_line_rel",
        "payout_id",
        "line_id",
        "Items Paid",
        readonly=True,
        copy=False,
    )
    move_ids = fields.Many2many(
        "account.move", compute="_compute_move_ids", string="Documents Paid"
    )
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="draft",
        index=True,
        tracking=True,
        copy=False,
    )
    raw_status = fields.Char("Gateway's Status", readonly=True, copy=False)
    is_uncertain = fields.Boolean(
        "Answer Lost",
        compute="_compute_is_uncertain",
        search="_search_is_uncertain",
        help="It may be at the gateway; it is not sent again before the gateway has "
        "said that it never got it.",
    )
    failure_code = fields.Char("Gateway's Code", readonly=True, copy=False)
    failure = fields.Char("Why It Failed", readonly=True, copy=False)
    external_id = fields.Char("Gateway's ID", readonly=True, copy=False)
    maker_id = fields.Many2one("res.users", "Maker", readonly=True, copy=False)
    editor_id = fields.Many2one("res.users", "Last Change", readonly=True, copy=False)
    approver_id = fields.Many2one("res.users", "Approver", readonly=True, copy=False)
    submitted_at = fields.Datetime("Submitted", readonly=True, copy=False)
    approved_at = fields.Datetime("Approved On", readonly=True, copy=False)
    left_at = fields.Datetime(
        "First Left",
        readonly=True,
        copy=False,
        help="Kept before the first request goes out, whatever becomes of it.",
    )
    sent_at = fields.Datetime("Sent", readonly=True, copy=False)
    succeeded_at = fields.Datetime("Paid Out On", readonly=True, copy=False)
    watch_at = fields.Datetime("Next Look", readonly=True, copy=False)
    retry_of_id = fields.Many2one(
        "connector.payment.payout", "Repeats", readonly=True, index="btree_not_null"
    )
    retry_ids = fields.One2many("connector.payment.payout", "retry_of_id", "Repeated")
    undo_move_id = fields.Many2one(
        "account.move", "Reversal Entry", readonly=True, copy=False
    )
    fee = Amount(readonly=True, copy=False)
    fee_tax = Amount("VAT on Fee", readonly=True, copy=False)
    # -- what was submitted, and is sent: the same bytes each time it is asked for
    account_number = fields.Char(
        readonly=True, copy=False, groups=ACCOUNTANTS, exportable=False
    )
    account_holder = fields.Char(
        readonly=True, copy=False, groups=ACCOUNTANTS, exportable=False
    )
    channel_code = fields.Char("Gateway's Bank", readonly=True, copy=False)
    amount_submitted = Amount(readonly=True, copy=False)
    description = fields.Char(readonly=True, copy=False)

    _name_uniq = models.Constraint("UNIQUE(name)", "This reference exists already.")
    _external_uniq = models.UniqueIndex(
        "(backend_id, external_id) WHERE external_id IS NOT NULL",
        "This payout is known already.",
    )
    _payment_uniq = models.UniqueIndex(
        "(payment_id) WHERE state NOT IN ('failed', 'cancelled', 'reversed')",
        "This payment has a payout already.",
    )
    _watch_idx = models.Index("(watch_at) WHERE watch_at IS NOT NULL")

    @api.model
    def _new_reference(self):
        """Unique for good, also beside copies of this database at the same gateway."""
        sequence = self.env["ir.sequence"].sudo()
        return f"{sequence.next_by_code(self._name)}-{secrets.token_hex(3)}"

    @api.depends("line_ids")
    def _compute_move_ids(self):
        for payout in self:
            payout.move_ids = payout.line_ids.move_id

    def _compute_is_uncertain(self):
        lost = set(self._messages([("state", "=", "uncertain")]).mapped("res_id"))
        for payout in self:
            payout.is_uncertain = payout.id in lost

    def _search_is_uncertain(self, operator, value):
        if operator != "in":
            return NotImplemented
        messages = self.env["erp.connector.message"].sudo()
        lost = messages.search(
            [("res_model", "=", self._name), ("state", "=", "uncertain")]
        )
        return [("id", "in" if True in value else "not in", lost.mapped("res_id"))]

    def _messages(self, domain=()):
        """What was written to the gateway about these."""
        messages = self.env["erp.connector.message"].sudo()
        ours = [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        return messages.search([*ours, *domain])

    # ---- making them -----------------------------------------------------------------

    @api.model
    def _for_payments(self, payments, lines=None, **values):
        """A draft payout for each payment; `lines`: {payment: items it shall pay}."""
        lines = lines or {}
        return self._as_ours().create(
            [
                {
                    "payment_id": payment.id,
                    "backend_id": payment._connector_backend().id,
                    "maker_id": self.env.uid,
                    "editor_id": self.env.uid,
                    "line_ids": [
                        fields.Command.set(
                            lines[payment].ids if payment in lines else []
                        )
                    ],
                    **values,
                }
                for payment in payments
            ]
        )

    @api.model
    def _holding(self, items, states=(*OPEN, *LIVE)):
        """{item: payout} of what is being paid already.

        By a payout that is not released; or by a released one whose payment somebody
        has torn off its document, so that the document only seems to be open.
        """
        payouts = self.sudo().search(
            [("line_ids", "in", items.ids), ("state", "in", states)]
        )
        holding = payouts.filtered(lambda p: p.state in OPEN or p._is_torn_off())
        return {item: payout for payout in holding for item in payout.line_ids}

    def _is_torn_off(self):
        payment = self.payment_id
        ours = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == payment.destination_account_id
        )
        return any(not line.reconciled for line in ours)

    # ---- what is sent ----------------------------------------------------------------

    def _problem(self):
        """Why it cannot be paid out as it stands, in words; "" when nothing."""
        account = self.payment_id.partner_bank_id
        values = {"partner": self.partner_id.display_name or "?"}
        if not self.payment_id.connector_is_payout:
            return self.env._("%(partner)s: this payment is not paid out.", **values)
        if self.amount <= 0:
            return self.env._("%(partner)s: there is nothing to pay.", **values)
        if self.currency_id.name != "IDR" or self.amount != round(self.amount):
            return self.env._("%(partner)s: only whole rupiah are paid out.", **values)
        return account._connector_problem(self.backend_id, self.partner_id)

    def _snapshot(self):
        """What the gateway is told, as it is now."""
        account = self.payment_id.partner_bank_id
        return {
            "account_number": account._connector_number(),
            "account_holder": account._connector_holder(),
            "channel_code": account._connector_channel(self.backend_id).payout_code,
            "amount_submitted": self.amount,
        }

    def _has_changed(self):
        """Whether it is not any more what its maker submitted."""
        now = self._snapshot()
        same = self.currency_id.compare_amounts(
            now.pop("amount_submitted"), self.amount_submitted
        )
        return bool(same) or any(self[name] != value for name, value in now.items())

    def _wish(self):
        """Built from what was submitted alone: equal whenever it is asked for."""
        return schema.PayoutRequest(
            reference=self.name,
            channel=self.channel_code or "",
            account_number=self.account_number or "",
            account_holder=self.account_holder or "",
            amount=exact(self.amount_submitted),
            currency=self.currency_id.name,
            description=self.description or self.name,
        )

    def _enqueue(self, topic, mark=""):
        """An intent for each payout, all in one statement; it leaves after commit."""
        messages = self.env["erp.connector.message"].sudo()
        wishes = []
        for payout in self:
            key = f"{topic}:{payout.name}{mark}"
            event = Event(topic, f"payout:{payout.name}", key, "{}")
            wishes.append((payout.backend_id, event, payout))
        return messages._enqueue_all(wishes)

    # ---- who is told -----------------------------------------------------------------

    def _tell(self, summary, note, user=None):
        """An activity; once while it is open. Never with bank data."""
        for payout in self.sudo():
            backend = payout.backend_id
            person = user or backend.user_id or self.env.ref("base.user_admin")
            if summary in payout.activity_ids.mapped("summary"):
                continue
            payout.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=note,
                user_id=person.id,
            )

    # ---- screens ---------------------------------------------------------------------

    def action_open_payment(self):
        self.ensure_one()
        return self.payment_id._get_records_action()

    def action_open_moves(self):
        self.ensure_one()
        return self.line_ids.move_id._get_records_action(
            name=self.env._("Documents Paid")
        )

    def action_open_messages(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Integration"),
            "res_model": "erp.connector.message",
            "view_mode": "list,form",
            "domain": [("res_model", "=", self._name), ("res_id", "in", self.ids)],
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_only_unsent(self):
        if self.filtered(lambda p: p.state != "draft"):
            raise UserError(self.env._("Only a draft payout can be deleted."))


def stamp():
    """Different for two wishes of one second."""
    return datetime.now(UTC).isoformat()

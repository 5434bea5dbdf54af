"""What a gateway handed over: into its balance, or to our bank."""

from datetime import UTC, datetime, timedelta

from odoo import api, fields, models
from odoo.addons.connector_payment.tools.topics import SETTLE
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.tools.amounts import Amount
from odoo.exceptions import UserError

from .connector_payment_guard import as_bookkeeper

STYLES = [
    ("balance", "Into the gateway's balance"),
    ("transfer", "Between the gateway and the bank"),
    ("direct", "Straight to the bank"),
]
STATES = [
    ("open", "Waiting for the bank"),
    ("difference", "Difference"),
    ("booked", "Booked"),
    ("matched", "Matched"),
]
#: States in which a line of the bank statement is still looked for.
UNMATCHED = ("open", "difference")


class ConnectorPaymentSettlement(models.Model):
    _name = "connector.payment.settlement"
    _description = "Gateway Settlement"
    _inherit = ["connector.payment.guard", "mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    name = fields.Char(compute="_compute_name", store=True)
    backend_id = fields.Many2one(
        "erp.connector.backend",
        "Gateway Account",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    environment = fields.Selection(
        related="backend_id.environment", related_sudo=True, string="Environment"
    )
    user_id = fields.Many2one(
        related="backend_id.user_id", related_sudo=True, string="Owner", store=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    style = fields.Selection(STYLES, required=True, readonly=True)
    date = fields.Date(required=True, readonly=True, index=True)
    due_date = fields.Date(
        "Expected By", readonly=True, help="The bank should have it by then."
    )
    state = fields.Selection(
        STATES, required=True, readonly=True, default="open", tracking=True
    )
    receipt_ids = fields.One2many(
        "connector.payment.receipt", "settlement_id", "Receipts", readonly=True
    )
    withdrawn_receipt_ids = fields.One2many(
        "connector.payment.receipt", "withdrawal_id", "Receipts Handed Over"
    )
    transaction_ids = fields.One2many(
        "connector.payment.transaction", "settlement_id", "Transactions", readonly=True
    )
    payout_ids = fields.One2many(
        "connector.payment.payout", "settlement_id", "Payouts", readonly=True
    )
    taken_line_ids = fields.Many2many(
        "account.move.line",
        "connector_payment_settlement_taken_rel",
        "settlement_id",
        "line_id",
        "Taken Back",
        readonly=True,
        help="Refunds and reversals that the gateway deducts from this settlement.",
    )
    receipt_count = fields.Integer("Number of Receipts", readonly=True)
    gross = Amount(readonly=True)
    fee = Amount(readonly=True)
    fee_tax = Amount("VAT on Fee", readonly=True)
    fee_withheld = Amount("Tax Withheld", readonly=True)
    net = Amount(readonly=True, help="To the balance, or as the bank should show it.")
    is_exact = fields.Boolean(
        "Fees Known",
        readonly=True,
        help="The fees come from the gateway, not from the table of fees.",
    )
    move_id = fields.Many2one(
        "account.move", "Journal Entry", readonly=True, copy=False, index=True
    )
    statement_line_id = fields.Many2one(
        "account.bank.statement.line",
        "Bank Line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    bank_date = fields.Date(related="statement_line_id.date", string="At the Bank")
    bank_amount = Amount("Bank's Amount", readonly=True, copy=False)
    difference = Amount(
        readonly=True, copy=False, help="The bank's amount less what was expected."
    )
    issue = fields.Char("Why", readonly=True, copy=False)
    candidate_ids = fields.Many2many(
        "account.bank.statement.line",
        compute="_compute_candidate_ids",
        string="Possible Bank Lines",
    )

    @api.depends("backend_id", "date", "style")
    def _compute_name(self):
        for settlement in self:
            day = fields.Date.to_string(settlement.date)
            settlement.name = f"{settlement.backend_id.name} {day}"

    def _compute_candidate_ids(self):
        """Free lines of the bank journal, the nearest amount first."""
        for settlement in self:
            lines = settlement.candidate_ids
            if settlement.state in UNMATCHED:
                lines = settlement._free_lines(settlement.backend_id, settlement)
                lines = lines.sorted(lambda x, s=settlement: abs(x.amount - s.net))[:5]
            settlement.candidate_ids = lines

    # ---- the engine ------------------------------------------------------------------

    @api.model
    def _ask(self, backend):
        """Stand in the line of those who book; once is enough for all that waits."""
        messages = self.env["erp.connector.message"].sudo()
        domain = [
            ("backend_id", "=", backend.id),
            ("topic", "=", SETTLE),
            ("state", "=", "pending"),
        ]
        if not messages.search_count(domain, limit=1):
            key = f"settle:{backend.id}:{datetime.now(UTC).timestamp()}"
            messages._ingest(backend.sudo(), [Event(SETTLE, "settle", key, "{}")])

    @api.model
    def _cron_settle(self):
        """Settle and match whatever became possible since the last time."""
        backends = self.env["erp.connector.backend"].search(
            [("state", "=", "connected")]
        )
        backends.filtered("is_gateway")._each(self._ask)

    @api.model
    def _handle(self, messages, _answers):
        """Only a reason to settle: `finish` does it."""
        return {m.id: Outcome.done(m.backend_id) for m in messages}

    @api.model
    def _finish(self, messages):
        for backend in messages.backend_id:
            backend._settle_now()

    # ---- buttons ---------------------------------------------------------------------

    def action_unmatch(self):
        """The bank line was another one's: free it, and look again by hand."""
        lines = as_bookkeeper(self).statement_line_id
        if not lines:
            raise UserError(self.env._("There is no bank line to take away."))
        lines.action_undo_reconciliation()

    def action_open_move(self):
        self.ensure_one()
        return self.move_id.get_formview_action()

    def action_open_receipts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "connector_payment.connector_payment_matching_action"
        )
        own = ["|", ("settlement_id", "=", self.id), ("withdrawal_id", "=", self.id)]
        return {**action, "domain": own, "context": {}}

    def action_open_transactions(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Transactions"),
            "res_model": "connector.payment.transaction",
            "view_mode": "list,form",
            "domain": [("settlement_id", "=", self.id)],
        }

    def _due_on(self, backend, day):
        return day + timedelta(days=backend.match_days)

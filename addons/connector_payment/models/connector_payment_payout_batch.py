"""Payouts that are made and approved together."""

from odoo import api, fields, models
from odoo.addons.erp_connector_base.tools.amounts import Amount
from odoo.exceptions import UserError

from .connector_payment_guard import BOOKKEEPER, as_bookkeeper
from .connector_payment_payout import BACK, OPEN, TRAVELS
from .connector_payment_payout_release import APPROVER, MAKER

HANDS = (MAKER, APPROVER)

STATES = [
    ("empty", "Empty"),
    ("draft", "Draft"),
    ("to_approve", "To Approve"),
    ("running", "Being Paid Out"),
    ("attention", "Needs Attention"),
    ("done", "Done"),
]


class ConnectorPaymentPayoutBatch(models.Model):
    _name = "connector.payment.payout.batch"
    _description = "Batch of Payouts"
    _inherit = ["connector.payment.guard", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _mail_post_access = "read"

    name = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: (
            self.env["ir.sequence"].sudo().next_by_code(self._name) or self._name
        ),
    )
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
    payout_release = fields.Selection(
        related="backend_id.payout_release", related_sudo=True
    )
    company_id = fields.Many2one(related="backend_id.company_id", store=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    payout_ids = fields.One2many("connector.payment.payout", "batch_id", "Payouts")
    count = fields.Integer("Payouts Counted", compute="_compute_progress")
    count_done = fields.Integer("Ended", compute="_compute_progress")
    count_back = fields.Integer("Not Paid Out", compute="_compute_progress")
    count_queued = fields.Integer("Waiting There", compute="_compute_progress")
    amount = Amount("Total", compute="_compute_progress")
    amount_done = Amount("Paid Out", compute="_compute_progress")
    progress = fields.Float(compute="_compute_progress")
    state = fields.Selection(STATES, compute="_compute_progress")
    balance = Amount("Balance at the Gateway", readonly=True)
    balance_at = fields.Datetime("Balance Asked", readonly=True)

    @api.depends("payout_ids.state", "payout_ids.amount", "payout_ids.retry_ids")
    def _compute_progress(self):
        """Counted when somebody looks: lanes at work share no row of the batch.

        A payout that was repeated, or discarded, is not counted any more.
        """
        payouts = self.env["connector.payment.payout"].sudo()
        rows = payouts._read_group(
            [
                ("batch_id", "in", self.ids),
                ("state", "!=", "cancelled"),
                ("retry_ids", "=", False),
            ],
            ["batch_id", "state"],
            ["__count", "amount:sum"],
        )
        found = {}
        for batch, state, count, amount in rows:
            found.setdefault(batch.id, {})[state] = (count, amount)
        for batch in self:
            batch.update(_totals(found.get(batch.id, {})))

    # ---- for all of them -------------------------------------------------------------

    def _payouts(self, *states, by=()):
        self.env["connector.payment.payout"]._check_group(*by)
        found = self.payout_ids.filtered(lambda p: p.state in states)
        if not found:
            raise UserError(self.env._("No payout of this batch is at that point."))
        return found

    def action_submit(self):
        return self._payouts("draft", by=(MAKER,)).action_submit()

    def action_approve(self):
        return self._payouts("to_approve", by=(APPROVER,)).action_approve()

    def action_take_back(self):
        return self._payouts("to_approve", by=HANDS).action_take_back()

    def action_discard(self):
        return self._payouts(*OPEN, by=HANDS).action_discard()

    def action_release(self):
        return self._payouts("queued", by=(APPROVER,)).action_release()

    def action_look(self):
        return self._payouts(
            "approved", *TRAVELS, "succeeded", by=(BOOKKEEPER,)
        ).action_look()

    def action_reopen(self):
        return self._payouts(*BACK, by=(MAKER,)).action_reopen()

    def action_balance(self):
        """Ask the gateway what it holds."""
        for batch in as_bookkeeper(self):
            batch.write(
                {
                    "balance": batch.backend_id._payout_balance(),
                    "balance_at": fields.Datetime.now(),
                }
            )

    def action_open_payouts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "connector_payment.connector_payment_payout_action"
        )
        return {**action, "domain": [("batch_id", "=", self.id)], "context": {}}

    @api.ondelete(at_uninstall=False)
    def _unlink_only_empty(self):
        if self.payout_ids:
            raise UserError(self.env._("Only an empty batch can be deleted."))


def _totals(found):
    """Numbers of one batch from {state: (count, amount)}."""

    def count(*states):
        return sum(found.get(state, (0, 0))[0] for state in states)

    total = sum(number for number, _amount in found.values())
    back = count(*BACK)
    done = count("succeeded") + back
    return {
        "count": total,
        "count_done": done,
        "count_back": back,
        "count_queued": count("queued"),
        "amount": sum(amount for _count, amount in found.values()),
        "amount_done": found.get("succeeded", (0, 0.0))[1],
        "progress": 100.0 * done / total if total else 0.0,
        "state": _state(total, count("draft"), count("to_approve"), done, back),
    }


def _state(total, draft, to_approve, done, back):
    steps = (
        (not total, "empty"),
        (draft, "draft"),
        (to_approve, "to_approve"),
        (done < total, "running"),
        (back, "attention"),
        (True, "done"),
    )
    return next(state for is_it, state in steps if is_it)

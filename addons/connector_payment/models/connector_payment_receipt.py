"""Money that came in through a gateway: one row a payment, whatever became of it."""

from dataclasses import replace
from functools import partial

from odoo import api, fields, models
from odoo.addons.connector_payment.providers import schema
from odoo.addons.erp_connector_base.client.errors import RejectedError
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.tools.amounts import Amount

STATES = [
    ("new", "Received"),
    ("held", "Held"),
    ("unidentified", "Unidentified"),
    ("booked", "Booked"),
    ("reversed", "Reversed"),
    ("dismissed", "Settled by Hand"),
]
OUTCOMES = [
    ("exact", "Exact"),
    ("several", "Several invoices"),
    ("short", "Too little"),
    ("over", "Too much"),
    ("credit", "Customer's credit"),
    ("order", "Deposit on an order"),
    ("unidentified", "Belongs to nobody known"),
]
CIRCUMSTANCES = [
    ("normal", "In time"),
    ("late", "After expiry"),
    ("closed", "To a closed account"),
    ("cancelled", "Invoice cancelled"),
    ("duplicate", "Paid again"),
]
HOLDS = [
    ("lock", "Period closed"),
    ("window", "Posting window"),
    ("currency", "Foreign currency"),
    ("doubtful", "Gateway in doubt"),
    ("amount", "Amount unknown"),
    ("refused", "Refused by Odoo"),
]
#: Payments in these states are money that is or was here.
MONEY = (
    schema.PaymentStatus.PAID,
    schema.PaymentStatus.REFUNDED,
    schema.PaymentStatus.PARTIALLY_REFUNDED,
    schema.PaymentStatus.REVERSED,
    schema.PaymentStatus.UNKNOWN,
)

#: What these say of money that had come: it went back (Midtrans says "deny" then).
TAKEN_BACK = (
    schema.PaymentStatus.REVERSED,
    schema.PaymentStatus.FAILED,
    schema.PaymentStatus.CANCELLED,
)


class ConnectorPaymentReceipt(models.Model):
    _name = "connector.payment.receipt"
    _description = "Gateway Receipt"
    _inherit = ["connector.payment.guard", "mail.thread", "mail.activity.mixin"]
    _order = "paid_at desc, id desc"
    _rec_name = "external_id"
    _check_company_auto = True

    backend_id = fields.Many2one(
        "erp.connector.backend",
        "Gateway Account",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    environment = fields.Selection(related="backend_id.environment")
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    external_id = fields.Char("Gateway's Payment", required=True, readonly=True)
    va_id = fields.Many2one("connector.payment.va", "Virtual Account", index=True)
    va_reference = fields.Char("Paid To", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", index=True)
    bank = fields.Char(readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = Amount(readonly=True)
    paid_at = fields.Datetime("Paid On", readonly=True, required=True)
    remark = fields.Char(readonly=True)
    sender_name = fields.Char("Sender", readonly=True)
    raw_status = fields.Char("Gateway's Status", readonly=True)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="new", index=True, tracking=True
    )
    outcome = fields.Selection(OUTCOMES, readonly=True)
    circumstance = fields.Selection(CIRCUMSTANCES, readonly=True, default="normal")
    hold = fields.Selection(HOLDS, "Held Because", readonly=True)
    hold_reason = fields.Char(readonly=True)
    reversal_wanted = fields.Boolean(readonly=True)
    refunded_amount = Amount("Given Back", readonly=True)
    payment_id = fields.Many2one(
        "account.payment",
        readonly=True,
        index="btree_not_null",
        copy=False,
        ondelete="restrict",
    )
    assign_move_id = fields.Many2one(
        "account.move",
        "Assignment Entry",
        readonly=True,
        index="btree_not_null",
        copy=False,
        help="Moves the money from unidentified receipts to the customer.",
    )
    invoice_ids = fields.Many2many(
        "account.move",
        "connector_payment_receipt_move_rel",
        "receipt_id",
        "move_id",
        "Invoices",
        readonly=True,
        copy=False,
    )
    amount_unused = Amount(
        "Credit Left", readonly=True, help="What no invoice took when it was booked."
    )
    # -- what the gateway keeps, and when it hands over: see the settlement
    fee = Amount(readonly=True)
    fee_tax = Amount("VAT on Fee", readonly=True)
    fee_withheld = Amount("Tax Withheld", readonly=True)
    fee_final = fields.Boolean(readonly=True)
    net = Amount(compute="_compute_net", store=True)

    _external_uniq = models.Constraint(
        "UNIQUE(backend_id, external_id)", "This payment is known already."
    )
    _open_idx = models.Index("(backend_id, state) WHERE state IN ('new', 'held')")

    @api.depends("amount", "fee", "fee_tax", "fee_withheld")
    def _compute_net(self):
        for receipt in self:
            kept = receipt.fee + receipt.fee_tax + receipt.fee_withheld
            receipt.net = receipt.amount - kept

    # ---- events in -------------------------------------------------------------------

    @api.model
    def _exchange(self, messages):
        """What the webhooks say, asked again where the gateway's word is needed.

        Money for an account nobody knows is asked for too: a gateway's own test
        webhook looks the same, and is no money.
        """
        ask = self.env["erp.connector.backend"]._ask_gateways
        answers = ask(messages, _reading)
        strange = self._strange(messages, answers)
        return answers | ask(strange, partial(_asking, answers=answers))

    @api.model
    def _strange(self, messages, answers):
        """Messages about money to accounts that are not ours."""
        told = [
            (m, p)
            for m in messages
            if not isinstance(answers[m.id], Exception)
            for p in answers[m.id]
        ]
        ours = self._accounts_of(told)
        known = self._known(told)
        strange = {
            m.id
            for m, p in told
            if p.status == schema.PaymentStatus.PAID
            and (m.id, p.id) not in ours
            and self._key(m, p) not in known
        }
        return messages.filtered(lambda m: m.id in strange)

    @api.model
    def _handle(self, messages, answers):
        return self._store(messages, answers)

    @api.model
    def _store(self, messages, answers):
        """{message id: Outcome}: every payment that is money has its row afterwards.

        Three queries for a batch: the accounts paid to, the rows there are, the rows
        that are new.
        """
        payments = [(m, p) for m in messages for p in answers[m.id]]
        accounts = self._accounts_of(payments)
        known = self._known(payments)
        new = {}
        for message, payment in payments:
            key = self._key(message, payment)
            if key not in known and key not in new and payment.status in MONEY:
                va = accounts.get((message.id, payment.id))
                owner = va.backend_id if va else message.backend_id._main_account()
                new[key] = self._values(owner, payment, va)
        records = self.create(list(new.values()))
        rows = {**known, **dict(zip(new, records, strict=True))}
        fresh = set(new)
        outcomes = {
            m.id: Outcome.ignored(self.env._("It speaks of no payment."))
            for m in messages
        }
        for message, payment in payments:
            va = accounts.get((message.id, payment.id))
            outcomes[message.id] = self._told(message, payment, va, rows, fresh)
        return outcomes

    def _told(self, message, payment, va, rows, fresh):
        """What became of one payment of a message."""
        if va and payment.va_id and not (va.external_id or payment.doubtful):
            va.external_id = payment.va_id  # the answer that names it is not here yet
        key = self._key(message, payment)
        receipt = rows.get(key)
        if receipt is None:
            return self._not_money(payment, va)
        if key in fresh:
            fresh.discard(key)
            receipt._note_state(payment)
            return Outcome.done(receipt)
        return receipt._told_again(payment)

    def _not_money(self, payment, va):
        """Pending, failed, expired: only the virtual account may care."""
        if not va:
            note = self.env._("%s: no money, no account of ours.", payment.raw_status)
            return Outcome.ignored(note)
        ended = payment.status == schema.PaymentStatus.EXPIRED and va.kind == "closed"
        if ended and va.state in ("requested", "active"):
            va.write({"state": "expired"})
        va.raw_status = payment.raw_status
        return Outcome.done(va, payment.raw_status)

    def _told_again(self, payment):
        """The same payment once more: later states and news count, repetition not."""
        self.ensure_one()
        before = (self.refunded_amount, self.reversal_wanted, self.hold)
        self._note_state(payment)
        more = self._more_money(payment)
        if more:
            return Outcome.done(more, self.env._("More money on the same payment."))
        if (self.refunded_amount, self.reversal_wanted, self.hold) != before:
            return Outcome.done(self, payment.raw_status)
        if self.state in ("new", "held"):
            return Outcome.done(self)
        return Outcome.ignored(self.env._("Known already."), self)

    def _more_money(self, payment):
        """A payment that grew (another capture) is a second receipt of the rest."""
        paid = payment.status == schema.PaymentStatus.PAID and payment.amount or 0
        if self.currency_id.compare_amounts(float(paid), self.amount) <= 0:
            return self.browse()
        family = self.search(
            [
                ("backend_id", "=", self.backend_id.id),
                "|",
                ("external_id", "=", payment.id),
                ("external_id", "=like", f"{payment.id}#%"),
            ]
        )
        rest = float(payment.amount) - sum(family.mapped("amount"))
        if self.currency_id.compare_amounts(rest, 0) <= 0:
            return self.browse()
        values = self._values(self.backend_id, payment, self.va_id)
        values |= {"external_id": f"{payment.id}#{len(family) + 1}", "amount": rest}
        return self.create(values)

    def _note_state(self, payment):
        """Status, doubt, refund and reversal as the gateway tells them now."""
        values = {"raw_status": payment.raw_status}
        if payment.refunded:
            values["refunded_amount"] = float(payment.refunded)
        if payment.status in TAKEN_BACK:
            values["reversal_wanted"] = True
        if self.state == "held" and self.hold in ("doubtful", "amount"):
            values |= self._what_is_sure(payment)
        if payment.fee and not self.fee_final:
            values |= self._fee_values(payment.fee)
        self.write(values)

    def _what_is_sure(self, payment):
        """The amount, if it is told now; not held any more, if all of it is sure."""
        told = max(float(payment.amount or 0), 0)
        values = {"amount": self.amount or told}
        sure = payment.status == schema.PaymentStatus.PAID and not payment.doubtful
        if sure and values["amount"] > 0:
            values |= {"hold": False, "hold_reason": False, "state": "new"}
        return values

    # ---- look-ups --------------------------------------------------------------------

    @api.model
    def _accounts_of(self, payments):
        """{(message id, payment id): virtual account} in one query.

        By the gateway's id, else by our reference: numbers are written in many ways.
        """
        ids = {p.va_id for _m, p in payments if p.va_id}
        names = {p.va_reference for _m, p in payments if p.va_reference}
        accounts = self.env["connector.payment.va"].search(
            [
                ("backend_id", "in", self._families(payments).ids),
                "|",
                ("external_id", "in", list(ids)),
                ("name", "in", list(names)),
            ]
        )
        main_of = {va: va.backend_id._main_account().id for va in accounts}
        by_id = {(main_of[va], va.external_id): va for va in accounts}
        by_name = {(main_of[va], va.name): va for va in accounts}
        found = {}
        for message, payment in payments:
            main = message.backend_id._main_account().id
            va = payment.va_id and by_id.get((main, payment.va_id))
            va = va or by_name.get((main, payment.va_reference))
            if va:
                found[message.id, payment.id] = va
        return found

    @api.model
    def _known(self, payments):
        receipts = self.search(
            [
                ("backend_id", "in", self._families(payments).ids),
                ("external_id", "in", list({p.id for _m, p in payments})),
            ],
            order="id desc",
        )
        return {(r.backend_id._main_account().id, r.external_id): r for r in receipts}

    @api.model
    def _families(self, payments):
        """Accounts of all companies that may have heard of these payments."""
        backends = self.env["erp.connector.backend"]
        return backends.union(*(m.backend_id for m, _p in payments))._family()

    @api.model
    def _key(self, message, payment):
        """A payment is one receipt, whichever of the accounts that share it is told."""
        return (message.backend_id._main_account().id, payment.id)


def _reading(client, message):
    payload = message.sudo().payload
    return lambda: client.confirm_payments(payload)


def _asking(client, message, answers):
    """The gateway's own word on each payment; what it does not know is in doubt."""
    told = answers[message.id]
    return lambda: tuple(_sure(client, payment) for payment in told)


def _sure(client, payment):
    try:
        return client.get_payment(payment.id)
    except RejectedError as error:
        return replace(payment, doubtful=str(error))

"""Refunds: a payment, or a part of it, given back by the gateway to who paid it."""

import secrets
from functools import partial

from odoo import api, fields, models
from odoo.addons.connector_payment.providers import schema
from odoo.addons.connector_payment.tools.booking import BOOKING
from odoo.addons.connector_payment.tools.wire import Refusal, exact
from odoo.addons.erp_connector_base.client.provider import Event
from odoo.addons.erp_connector_base.client.topic import Outcome
from odoo.addons.erp_connector_base.tools.amounts import Amount

from .connector_payment_payout_exchange import Stale, sent_or_refused

STATES = [
    ("requested", "Requested"),
    ("sent", "On Its Way"),
    ("paid", "Given Back"),
    ("failed", "Failed"),
]
#: What the gateway says -> our state; everything else is on its way.
STATES_THERE = {
    schema.PaymentStatus.PAID: "paid",
    schema.PaymentStatus.REFUNDED: "paid",
    schema.PaymentStatus.PARTIALLY_REFUNDED: "paid",
    schema.PaymentStatus.FAILED: "failed",
    schema.PaymentStatus.CANCELLED: "failed",
    schema.PaymentStatus.EXPIRED: "failed",
}
#: Refunds whose money has left, or will.
WANTED = ("requested", "sent", "paid")


class ConnectorPaymentRefund(models.Model):
    _name = "connector.payment.refund"
    _description = "Refund of a Gateway Payment"
    _inherit = ["connector.payment.guard", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _mail_post_access = "read"

    name = fields.Char(
        "Reference",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self._new_reference(),
    )
    receipt_id = fields.Many2one(
        "connector.payment.receipt",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    backend_id = fields.Many2one(
        related="receipt_id.backend_id", string="Gateway Account", store=True
    )
    environment = fields.Selection(
        related="backend_id.environment", related_sudo=True, string="Environment"
    )
    company_id = fields.Many2one(related="receipt_id.company_id", store=True)
    partner_id = fields.Many2one(related="receipt_id.partner_id", store=True)
    currency_id = fields.Many2one(related="receipt_id.currency_id", store=True)
    move_id = fields.Many2one(
        "account.move",
        "Credit Note",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    amount = Amount(required=True, readonly=True)
    reason = fields.Char(readonly=True)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="requested", tracking=True
    )
    raw_status = fields.Char("Gateway's Status", readonly=True, copy=False)
    failure = fields.Char("Why It Failed", readonly=True, copy=False)
    external_id = fields.Char("Gateway's ID", readonly=True, copy=False)
    payment_id = fields.Many2one(
        "account.payment", "Payment", readonly=True, copy=False, index="btree_not_null"
    )
    watch_at = fields.Datetime("Next Look", readonly=True, copy=False)

    _name_uniq = models.Constraint("UNIQUE(name)", "This reference exists already.")
    _amount_positive = models.Constraint(
        "CHECK(amount > 0)", "A refund gives something back."
    )

    @api.model
    def _new_reference(self):
        """Unique for good, also beside copies of this database at the same gateway."""
        sequence = self.env["ir.sequence"].sudo()
        return f"{sequence.next_by_code(self._name)}-{secrets.token_hex(3)}"

    def _enqueue(self, topic, mark=""):
        messages = self.env["erp.connector.message"].sudo()
        for refund in self:
            dedup = f"{topic}:{refund.name}{mark}"
            event = Event(topic, f"refund:{refund.name}", dedup, "{}")
            messages._enqueue(refund.backend_id, event, refund)

    def _wish(self):
        return schema.RefundRequest(
            reference=self.name,
            payment_id=self.receipt_id.external_id.partition("#")[0],
            amount=exact(self.amount),
            currency=self.currency_id.name,
            reason=self.reason or self.name,
        )

    def _state_label(self):
        return dict(self._fields["state"]._description_selection(self.env))[self.state]

    # ---- send ------------------------------------------------------------------------

    @api.model
    def _ask(self, messages, call):
        refunds = {m.id: self.browse(m.res_id) for m in messages}
        backends = self.env["erp.connector.backend"]
        return backends._ask_gateways(
            messages, lambda client, m: call(client, refunds[m.id])
        )

    @api.model
    def _exchange_send(self, messages):
        refunds = {m.id: self.browse(m.res_id) for m in messages}
        stale = {
            id_: Stale(self.env._("Not sent: it is %s.", refund._state_label()))
            for id_, refund in refunds.items()
            if refund.state != "requested"
        }
        answers = self._ask(
            messages.filtered(lambda m: m.id not in stale),
            lambda client, refund: partial(client.refund, refund._wish()),
        )
        return stale | {id_: sent_or_refused(a) for id_, a in answers.items()}

    @api.model
    def _handle_send(self, messages, answers):
        return {m.id: self._sent(m, answers[m.id]) for m in messages}

    def _sent(self, message, answer):
        refund = self.browse(message.res_id)
        if isinstance(answer, Stale):
            return Outcome.ignored(answer.text, refund)
        if isinstance(answer, Refusal):
            refund._fail(str(answer.error))
            return Outcome.failed(answer.error, refund)
        refund._told(answer)
        return Outcome.done(refund, refund.raw_status, answer.id)

    @api.model
    def _probe_send(self, message):
        """The answer was lost: ask before it is given back again."""
        refund = self.browse(message.res_id)
        if refund.state != "requested":
            note = self.env._("Not asked: it is %s.", refund._state_label())
            return Outcome.ignored(note, refund)
        with message.backend_id._transport(message.attempt_token) as transport:
            client = message.backend_id._gateway_client(transport)
            found = client.recover_refund(refund._wish())
        if found is None:
            return Outcome.pending(self.env._("The gateway never got it."))
        refund._told(found)
        return Outcome.done(refund, self.env._("It had arrived."), found.id)

    # ---- news ------------------------------------------------------------------------

    @api.model
    def _exchange_event(self, messages):
        """Of each refund that is told of: what the payment's own record says of it."""

        def ask(client, message):
            refund = self._refund_of(client, message)
            if refund.state == "sent":
                return partial(client.recover_refund, refund._wish())
            return lambda: None

        return self.env["erp.connector.backend"]._ask_gateways(messages, ask)

    @api.model
    def _refund_of(self, client, message):
        """Our own look names its refund; a webhook names our reference."""
        if message.res_model == self._name:
            return self.browse(message.res_id)
        told = client.read_refund(message.sudo().payload)
        return self.search(
            [
                ("backend_id", "in", message.backend_id._family().ids),
                "|",
                ("name", "=", told.reference or "-"),
                ("external_id", "=", told.id or "-"),
            ],
            limit=1,
        )

    @api.model
    def _handle_event(self, messages, answers):
        outcomes = {}
        for message in messages:
            client = message.backend_id._gateway_client(None)
            refund = self._refund_of(client, message)
            there = answers.get(message.id)
            if not refund:
                note = self.env._("A refund that Odoo did not ask for.")
                outcomes[message.id] = Outcome.ignored(note)
                continue
            if there is not None:
                refund._told(there)
            outcomes[message.id] = Outcome.done(refund, refund.raw_status or "")
        return outcomes

    def _told(self, there):
        """Take the gateway's word, unless it is old news."""
        if self.state in ("paid", "failed"):
            return
        state = STATES_THERE.get(there.status, "sent")
        self.write(
            {
                "raw_status": there.raw_status,
                "external_id": there.id or self.external_id,
                "watch_at": fields.Datetime.add(fields.Datetime.now(), minutes=10),
            }
        )
        if state == "failed":
            self._fail(there.raw_status)
        else:
            self.state = state
        if state == "paid":
            self.watch_at = False
            self._enqueue(schema.REFUND_EVENT, ":book")

    def _fail(self, why):
        self.write({"state": "failed", "failure": why, "watch_at": False})
        text = self.env._("The gateway gave nothing back: %s", why)
        self.move_id.message_post(body=text)
        self.backend_id._notify_owner(
            self.env._("Refund failed"),
            self.env._("%s Pay it back by a payout instead.", text),
            self,
        )

    # ---- into the books --------------------------------------------------------------

    @api.model
    def _book(self, messages):
        ours = messages.filtered(lambda m: m.res_model == self._name)
        refunds = self.browse(ours.mapped("res_id")).exists()
        for refund in refunds.filtered(
            lambda r: r.state == "paid" and not r.payment_id
        ):
            refund.with_company(refund.company_id)._book_one()

    def _book_one(self):
        """Out of what the gateway owes us: it keeps it back from the settlement."""
        backend = self.backend_id
        if backend._has_window():
            return
        payments = self.env["account.payment"].with_context(**BOOKING)
        receivable = self.receipt_id.payment_id.destination_account_id
        payment = payments.create(self._payment_values(receivable))
        payment.outstanding_account_id = backend.outstanding_account_id
        payment.action_post()
        self.payment_id = payment
        owed = self.move_id.line_ids.filtered(
            lambda line: line.account_id == receivable and not line.reconciled
        )
        ours = payment.move_id.line_ids.filtered(
            lambda line: line.account_id == receivable
        )
        self.env["account.move.line"]._reconcile_plan([ours + owed])
        text = self.env._("%s was given back by the gateway.", self.name)
        self.move_id.message_post(body=text)

    def _payment_values(self, receivable):
        backend = self.backend_id
        day = backend._local_date(fields.Datetime.now())
        return {
            "payment_type": "outbound",
            "partner_type": "customer",
            "partner_id": self.partner_id.commercial_partner_id.id,
            "amount": self.amount,
            "currency_id": self.currency_id.id,
            "date": backend._booking_date(day),
            "journal_id": backend.journal_id.id,
            "payment_method_line_id": backend._method_line("outbound").id,
            "destination_account_id": receivable.id,
            "memo": f"{self.name} {self.receipt_id.external_id}",
        }

    # ---- screens ---------------------------------------------------------------------

    def action_open_messages(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Integration"),
            "res_model": "erp.connector.message",
            "view_mode": "list,form",
            "domain": [("res_model", "=", self._name), ("res_id", "in", self.ids)],
        }


class ConnectorPaymentReceipt(models.Model):
    _inherit = "connector.payment.receipt"

    connector_refund_ids = fields.One2many(
        "connector.payment.refund", "receipt_id", "Refunds"
    )

    def _tell_refunds(self):
        """News of a refund is a reason to ask about ours."""
        told = self.filtered("refunded_amount")
        told.connector_refund_ids.filtered(lambda r: r.state == "sent")._look_now()
        return super()._tell_refunds()

    def _refunds_of_ours(self):
        """What refunds of ours gave back, or are about to."""
        wanted = self.connector_refund_ids.filtered(lambda r: r.state in WANTED)
        return sum(wanted.mapped("amount"))

    def _refundable(self):
        """(amount that can be given back, why not or "")."""
        self.ensure_one()
        backend = self.backend_id.sudo()
        channel = self.va_id.bank_id._channel(backend.provider)
        if self.state != "booked" or not backend._features().refunds:
            return 0.0, self.env._("%s gives no payments back.", backend.name)
        if not channel.refundable:
            text = self.env._("Payments of this bank cannot be given back.")
            return 0.0, text
        given = max(self.refunded_amount, self._refunds_of_ours())
        return self.amount - given, ""

    def action_pay_back(self):
        """Pay what is left of it to the customer's bank account, by a payout."""
        entries = self.payment_id.move_id | self.assign_move_id
        return self.env["connector.payment.pay"]._open(lines=entries.line_ids)


class AccountMove(models.Model):
    _inherit = "account.move"

    connector_refund_ids = fields.One2many(
        "connector.payment.refund",
        "move_id",
        "Refunds by the Gateway",
        groups="account.group_account_readonly,account.group_account_invoice",
    )
    connector_is_refundable = fields.Boolean(
        compute="_compute_connector_is_refundable",
        help="It was paid through a gateway that can give the payment back.",
    )

    @api.depends("state", "reversed_entry_id", "amount_residual")
    def _compute_connector_is_refundable(self):
        for move in self:
            move.connector_is_refundable = (
                move.move_type == "out_refund"
                and move.state == "posted"
                and move.amount_residual > 0
                and any(r._refundable()[0] > 0 for r in move._connector_paid_by())
            )

    def _connector_paid_by(self):
        """Receipts that paid what this credit note is for."""
        return self.sudo().reversed_entry_id.connector_receipt_ids

    def action_connector_refund(self):
        return self.env["connector.payment.refund.wizard"]._open(self)

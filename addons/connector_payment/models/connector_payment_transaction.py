"""Rows of the gateway's own ledger: what moved there, what it cost, when it settled.

A row is kept whatever it is. What Odoo should have in its books for it is compared with
what it has (`booked_...`), so a row that changes later is put right by the difference.
"""

from datetime import UTC

from odoo import api, fields, models
from odoo.addons.connector_payment.providers import schema
from odoo.addons.erp_connector_base.tools.amounts import Amount
from odoo.addons.erp_connector_base.tools.moments import naive
from odoo.exceptions import UserError

from .connector_payment_guard import as_bookkeeper

KINDS = [
    ("payment", "Payment"),
    ("payout", "Payout"),
    ("refund", "Refund"),
    ("withdrawal", "Withdrawal to the bank"),
    ("topup", "Top-up from the bank"),
    ("fee", "Fee"),
    ("chargeback", "Chargeback"),
    ("adjustment", "Adjustment"),
    ("unknown", "Unknown"),
]
STATUSES = [
    ("pending", "Pending"),
    ("paid", "Done"),
    ("failed", "Failed"),
    ("expired", "Expired"),
    ("cancelled", "Voided"),
    ("refunded", "Refunded"),
    ("partially_refunded", "Refunded in part"),
    ("reversed", "Reversed"),
    ("unknown", "Unknown"),
]
STATES = [
    ("waiting", "Waiting"),
    ("booked", "Booked"),
    ("undone", "Taken back"),
    ("void", "Nothing to book"),
    ("attention", "Needs attention"),
]
#: Statuses in which the money of a row moved; a refund has a row of its own.
COUNTS = ("paid", "refunded", "partially_refunded")
#: Statuses in which it moved back, or never will.
GONE = ("reversed", "cancelled")
NOTHING = (*GONE, "failed", "expired")
#: States of a receipt that is not in the books.
UNBOOKED = ("new", "held")
#: Kinds whose fee must be fixed before they are booked.
PRICED = ("payment", "payout", "refund")
#: Kinds that move money between the gateway and our own bank.
TRANSFERS = ("withdrawal", "topup")


class ConnectorPaymentTransaction(models.Model):
    _name = "connector.payment.transaction"
    _description = "Gateway Transaction"
    _inherit = ["connector.payment.guard"]
    _order = "changed_at desc, id desc"
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
    environment = fields.Selection(
        related="backend_id.environment", related_sudo=True, string="Environment"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    external_id = fields.Char("Gateway's Row", required=True, readonly=True)
    kind = fields.Selection(KINDS, required=True, readonly=True)
    raw_kind = fields.Char("Gateway's Kind", readonly=True)
    status = fields.Selection(STATUSES, "Status", required=True, readonly=True)
    raw_status = fields.Char("Gateway's Status", readonly=True)
    money_in = fields.Boolean(readonly=True)
    settled = fields.Boolean(readonly=True, help="It counts in the gateway's balance.")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    amount = Amount(readonly=True)
    fee = Amount(readonly=True)
    fee_tax = Amount("VAT on Fee", readonly=True)
    fee_withheld = Amount("Tax Withheld", readonly=True)
    fee_final = fields.Boolean("Fee Fixed", readonly=True)
    fee_returned = fields.Boolean("Fee Given Back", readonly=True)
    net = Amount(readonly=True)
    signed_net = Amount(
        "Effect on the Balance", compute="_compute_signed_net", store=True
    )
    channel = fields.Char("Bank", readonly=True)
    number = fields.Char("Paid To", readonly=True)
    product_ref = fields.Char("Payment or Payout", readonly=True)
    reference = fields.Char("Our Reference", readonly=True)
    settles_at = fields.Datetime("Settles", readonly=True)
    occurred_at = fields.Datetime("Made", readonly=True)
    changed_at = fields.Datetime("Changed", required=True, readonly=True)
    receipt_id = fields.Many2one(
        "connector.payment.receipt", "Receipt", readonly=True, index="btree_not_null"
    )
    receipt_ids = fields.One2many(
        "connector.payment.receipt", "transaction_id", "Receipts"
    )
    payout_id = fields.Many2one(
        "connector.payment.payout", "Payout", readonly=True, index="btree_not_null"
    )
    refund_id = fields.Many2one(
        "connector.payment.refund", "Refund", readonly=True, index="btree_not_null"
    )
    settlement_id = fields.Many2one(
        "connector.payment.settlement",
        "Settlement",
        readonly=True,
        index="btree_not_null",
    )
    state = fields.Selection(
        STATES, "In Our Books", required=True, readonly=True, default="waiting"
    )
    issue = fields.Char("Why", readonly=True)
    is_due = fields.Boolean(readonly=True, help="To be booked, or looked at again.")
    accepted = fields.Boolean(
        readonly=True, help="Somebody decided to book it as the gateway has it."
    )
    # -- what stands in the books for this row
    is_booked = fields.Boolean(readonly=True)
    booked_gross = Amount(readonly=True)
    booked_tax = Amount(readonly=True)
    booked_withheld = Amount(readonly=True)
    booked_net = Amount(readonly=True)

    _external_uniq = models.Constraint(
        "UNIQUE(backend_id, external_id)", "This row is known already."
    )
    _due_idx = models.Index("(backend_id) WHERE is_due")
    _product_idx = models.Index("(backend_id, product_ref)")

    @api.depends("net", "money_in")
    def _compute_signed_net(self):
        for row in self:
            row.signed_net = row.net if row.money_in else -row.net

    # ---- rows in ---------------------------------------------------------------------

    @api.model
    def _store_own(self, backend, transactions):
        """Rows of one account; what is older than what is known is left out."""
        rows = {row.id: row for row in transactions}
        domain = [("backend_id", "=", backend.id), ("external_id", "in", list(rows))]
        known = {record.external_id: record for record in self.search(domain)}
        currencies = self._currencies(backend, rows.values())
        changed, new = self.browse(), []
        for id_, row in rows.items():
            values = self._values(backend, row, currencies)
            if id_ not in known:
                new.append(values)
            elif known[id_]._is_news(values):
                known[id_].write(values)
                changed |= known[id_]
        changed |= self.create(new)
        changed._link()
        changed._judge()
        return changed

    def _is_news(self, values):
        """Whether anything differs, and it is not the row as it was before."""
        if values["changed_at"] < self.changed_at:
            return False
        relations = ("backend_id", "company_id", "currency_id")
        return any(
            (self[name].id if name in relations else self[name]) != value
            for name, value in values.items()
            if name != "changed_at"
        )

    @api.model
    def _currencies(self, backend, transactions):
        currencies = self.env["res.currency"].with_context(active_test=False)
        names = list({row.currency for row in transactions if row.currency})
        found = {c.name: c for c in currencies.search([("name", "in", names)])}
        return {"": backend.company_id.currency_id, **found}

    @api.model
    def _values(self, backend, row, currencies):
        default = backend.company_id.currency_id
        now = fields.Datetime.now()
        changed = naive(row.updated_at) or naive(row.created_at) or now
        is_payment = row.kind == schema.TransactionKind.PAYMENT
        return {
            "backend_id": backend.id,
            "company_id": backend.company_id.id,
            "external_id": row.id,
            "kind": str(row.kind),
            "raw_kind": row.raw_kind,
            "status": str(row.status),
            "raw_status": row.raw_status,
            "money_in": row.money_in,
            "settled": row.settled,
            "currency_id": currencies.get(row.currency, default).id,
            "amount": float(row.amount),
            "fee": float(row.fee.amount),
            "fee_tax": float(row.fee.tax),
            "fee_withheld": float(row.fee.withheld),
            "fee_final": row.fee.final,
            "fee_returned": row.fee.returned,
            "net": float(row.net),
            "channel": row.channel or False,
            # of a payout it would be the payee's own account
            "number": is_payment and row.number or False,
            "product_ref": row.product_id or False,
            "reference": row.reference or False,
            "settles_at": naive(row.settles_at) or False,
            "occurred_at": naive(row.created_at) or False,
            "changed_at": changed.replace(microsecond=0),
        }

    # ---- what they belong to ---------------------------------------------------------

    def _link(self):
        """Receipts, payouts and refunds of these rows: a query each for all of them."""
        for backend, rows in self.grouped("backend_id").items():
            rows._link_receipts(backend)
            paid_out = rows.filtered(lambda r: r.kind == "payout")
            paid_out._link_ours(backend, "connector.payment.payout", "payout_id")
            refunds = rows.filtered(lambda r: r.kind == "refund")
            refunds._link_ours(backend, "connector.payment.refund", "refund_id")

    def _link_receipts(self, backend):
        rows = self.filtered(
            lambda r: r.kind in ("payment", "chargeback") and r.product_ref
        )
        receipts = self.env["connector.payment.receipt"].search(
            [
                ("backend_id", "=", backend.id),
                ("external_id", "in", rows.mapped("product_ref")),
            ]
        )
        by_id = receipts.grouped("external_id")
        for row in rows:
            receipt = by_id.get(row.product_ref, receipts.browse())
            if receipt and row.receipt_id != receipt:
                row.receipt_id = receipt
            if receipt and row.kind == "payment":
                (receipt | row._more_of(receipt)).transaction_id = row

    def _more_of(self, receipt):
        """Further receipts of a payment that grew."""
        if not self.currency_id.compare_amounts(self.amount, receipt.amount):
            return receipt.browse()
        return receipt.search(
            [
                ("backend_id", "=", self.backend_id.id),
                ("external_id", "=like", f"{self.product_ref}#%"),
            ]
        )

    def _link_ours(self, backend, model, field):
        """By the gateway's id, else by our reference."""
        records = self.env[model].search(
            [
                ("backend_id", "=", backend.id),
                "|",
                (
                    "external_id",
                    "in",
                    self.filtered("product_ref").mapped("product_ref"),
                ),
                ("name", "in", self.filtered("reference").mapped("reference")),
            ]
        )
        by_id = records.filtered("external_id").grouped("external_id")
        by_name = records.grouped("name")
        for row in self:
            found = by_id.get(row.product_ref) or by_name.get(row.reference)
            if found and row[field] != found:
                row[field] = found

    # ---- what they say of others -----------------------------------------------------

    def _judge(self):
        """Fees and reversals to the receipts, and what there is to book."""
        for row in self:
            row._tell_fees()
            row._tell_reversal()
            row.write(row._first_judgement())
        self._wake_payouts()

    def _tell_fees(self):
        target = self.receipt_ids[:1] if self.kind == "payment" else self.payout_id
        if not target:
            return
        values = {"fee": self.fee, "fee_tax": self.fee_tax}
        if self.kind == "payment":
            values |= {"fee_withheld": self.fee_withheld, "fee_final": self.fee_final}
        if any(target[name] != value for name, value in values.items()):
            target.sudo().write(values)

    def _tell_reversal(self):
        receipts = self.receipt_ids[:0]
        if self.kind == "payment" and self.status in GONE:
            receipts = self.receipt_ids | self.receipt_id
        elif self._is_whole_chargeback():
            # two rows, two entries: what came in is booked before it is taken back
            receipts = self.receipt_id.filtered(lambda r: r.state not in UNBOOKED)
        for receipt in receipts.filtered(lambda r: r.state != "reversed"):
            receipt.write({"reversal_wanted": True, "raw_status": self.raw_status})

    def _is_whole_chargeback(self):
        """Money of a receipt was taken back, by a row of its own; all of it."""
        charged = self.kind == "chargeback" and self.status in COUNTS
        amounts = (self.amount, self.receipt_id.amount)
        return charged and not self.currency_id.compare_amounts(*amounts)

    def _first_judgement(self):
        due = self._is_to_be_booked()
        if due:
            return {"is_due": True, "state": "waiting", "issue": False}
        if self.is_booked:
            state = "undone" if self.status in GONE else "booked"
            return {"is_due": False, "state": state, "issue": False}
        if self.status == "unknown":
            text = self.env._("The gateway's status %s is unknown.", self.raw_status)
            return {"is_due": False, "state": "attention", "issue": text}
        nothing = self.status in NOTHING
        state = "void" if nothing and self.state != "undone" else self.state
        state = "waiting" if not nothing else state
        return {"is_due": False, "state": state, "issue": False}

    def _is_to_be_booked(self):
        if self.status in GONE:
            return self._parts() != self._booked_parts()
        wanted = self.status in COUNTS
        wanted = wanted and (self.settled or self.kind != "payment")
        wanted = wanted and (self.fee_final or self.kind not in PRICED)
        return wanted and self._parts() != self._booked_parts()

    def _wake_payouts(self):
        """The ledger knows how a payout ended that we still wait for."""
        known = [*COUNTS, *NOTHING]
        ended = self.filtered(lambda r: r.payout_id and r.status in known)
        waiting = ended.payout_id.filtered(lambda p: p.state in ("queued", "sent"))
        back = ended.filtered(lambda r: r.status in GONE).payout_id
        (waiting | back.filtered(lambda p: p.state == "succeeded"))._look_now()

    # ---- by hand ---------------------------------------------------------------------

    def action_accept(self):
        """Book as the gateway has it; what does not fit goes where it can be seen."""
        rows = as_bookkeeper(self)
        for row in rows:
            if row.state != "attention":
                raise UserError(
                    self.env._("%s does not wait for a decision.", row.external_id)
                )
            row.write({"accepted": True, "is_due": True})
        for backend in rows.backend_id:
            self.env["connector.payment.settlement"]._ask(backend)

    def action_take_receipt(self):
        """Make a receipt of a payment that the gateway names in its ledger only."""
        rows = as_bookkeeper(self)
        receipts = rows.env["connector.payment.receipt"]
        for row in rows.filtered(lambda r: r.kind == "payment" and not r.receipt_id):
            vas = rows.env["connector.payment.va"]
            va = vas._find(row.backend_id, "", row.reference)
            receipt = receipts.create(
                receipts._values(row.backend_id, row._as_payment(), va)
            )
            row._link()
            row._judge()
            receipt._enqueue_book()

    def _as_payment(self):
        return schema.Payment(
            id=self.product_ref or self.external_id,
            status=schema.PaymentStatus.PAID,
            raw_status=self.raw_status or "",
            va_reference=self.reference or "",
            amount=self.amount,
            currency=self.currency_id.name,
            channel=self.channel or "",
            number=self.number or "",
            paid_at=(self.occurred_at or self.changed_at).replace(tzinfo=UTC),
        )

    def action_open_record(self):
        """The receipt, payout or refund it belongs to."""
        self.ensure_one()
        record = self.receipt_id or self.payout_id or self.refund_id
        return record.get_formview_action() if record else False

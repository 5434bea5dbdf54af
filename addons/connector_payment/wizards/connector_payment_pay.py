"""Pay by payout: bills, expenses, payroll entries, credits of customers, payments."""

from odoo import api, fields, models
from odoo.addons.connector_payment.models.connector_payment_payout import LIVE, OPEN
from odoo.addons.connector_payment.models.connector_payment_payout_release import (
    MAKER,
)
from odoo.exceptions import AccessError, UserError

#: Accounts on which we owe somebody something.
OWING = ("liability_payable", "asset_receivable", "liability_current")


class ConnectorPaymentPay(models.TransientModel):
    _name = "connector.payment.pay"
    _description = "Pay by Payout"
    _inherit = "erp.connector.dialogue"

    backend_id = fields.Many2one(
        "erp.connector.backend",
        "Gateway Account",
        required=True,
        domain="[('id', 'in', backend_ids)]",
    )
    backend_ids = fields.Many2many(
        "erp.connector.backend", compute="_compute_backend_ids", compute_sudo=True
    )
    environment = fields.Selection(
        related="backend_id.environment", related_sudo=True, string="Environment"
    )
    company_id = fields.Many2one("res.company", required=True)
    currency_id = fields.Many2one(related="company_id.currency_id", related_sudo=False)
    group_by_account = fields.Boolean(
        "One Payout for Each Bank Account",
        help="Several documents of one payee are paid in one amount.",
    )
    line_ids = fields.One2many("connector.payment.pay.line", "wizard_id")
    amount = fields.Monetary("Total", compute="_compute_amount")
    problem_count = fields.Integer(compute="_compute_amount")

    @api.depends("company_id")
    def _compute_backend_ids(self):
        for wizard in self:
            wizard.backend_ids = self._backends_of(wizard.company_id)

    @api.model
    def _backends_of(self, company):
        backends = self.env["erp.connector.backend"].search(
            [("state", "!=", "draft"), ("company_id", "=", company.id)]
        )
        return backends.filtered(lambda b: b.is_gateway and b.journal_id)

    @api.depends("line_ids.amount", "line_ids.problem")
    def _compute_amount(self):
        for wizard in self:
            good = wizard.line_ids.filtered(lambda line: not line.problem)
            wizard.amount = sum(good.mapped("amount"))
            wizard.problem_count = len(wizard.line_ids - good)

    # ---- opened for ------------------------------------------------------------------

    @api.model
    def _open(self, lines=None, payments=None):
        """The dialogue for these journal items, or these payments by our method."""
        if not self.env.user.has_group(MAKER):
            name = self.env.ref(MAKER).sudo().name
            raise AccessError(self.env._("Only for: %(groups)s.", groups=name))
        payments = (payments or self.env["account.payment"]).filtered(_is_to_pay_out)
        owed = (lines or self.env["account.move.line"]).filtered(_is_owed)
        company = (payments or owed).company_id
        if not company:
            raise UserError(self.env._("Nothing of this is owed to anybody."))
        if len(company) > 1:
            raise UserError(self.env._("Choose documents of one company."))
        wizard = self.create(
            {
                "company_id": company.id,
                "backend_id": self._default_backend(company, payments).id,
                "line_ids": [
                    *(fields.Command.create(_of_payment(p)) for p in payments),
                    *(fields.Command.create(_of_item(item)) for item in owed),
                ],
            }
        )
        return wizard._show()

    @api.model
    def _default_backend(self, company, payments):
        if payments:
            backends = {p._connector_backend() for p in payments}
            if len(backends) > 1:
                raise UserError(self.env._("Choose payments of one gateway account."))
            return backends.pop()
        backend = company.sudo().connector_gateway_id
        backend = backend or self.sudo()._backends_of(company)[:1]
        if not backend:
            raise UserError(
                self.env._("Link a gateway account first: Connectors, Accounts.")
            )
        return backend

    def _show(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Pay by Payout"),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
            "context": {"dialog_size": "extra-large"},
        }

    # ---- made ------------------------------------------------------------------------

    def action_create(self):
        """Draft payouts of what has no problem; a batch if there are several."""
        payouts = self._create_payouts()
        if payouts.batch_id:
            return payouts.batch_id._get_records_action()
        return payouts._get_records_action()

    def action_submit(self):
        """The same, and submitted."""
        payouts = self._create_payouts()
        payouts.action_submit()
        return (payouts.batch_id or payouts)._get_records_action()

    def _create_payouts(self):
        self.ensure_one()
        self.env["connector.payment.payout"]._check_group(MAKER)
        good = self.line_ids.filtered(lambda line: not line.problem)
        if not good:
            problems = self.line_ids.mapped("problem")
            raise UserError("\n".join(dict.fromkeys(problems)))
        for line in good:
            line._check_amount()
        groups = good._groups(self.group_by_account)
        new = self.env["account.payment"].create(
            [lines._payment_values() for lines in groups if not lines.payment_id]
        )
        fresh = iter(new)
        pairs = [(lines.payment_id or next(fresh), lines) for lines in groups]
        items = {payment: lines.item_id for payment, lines in pairs}
        batch = self._batch() if len(pairs) > 1 else None
        payouts = self.env["connector.payment.payout"]._for_payments(
            new.browse([payment.id for payment, _lines in pairs]),
            items,
            **({"batch_id": batch.id} if batch else {}),
        )
        return payouts.sudo(False)

    def _batch(self):
        return (
            self.env["connector.payment.payout.batch"]
            .sudo()
            .create({"backend_id": self.backend_id.id})
        )


class ConnectorPaymentPayLine(models.TransientModel):
    _name = "connector.payment.pay.line"
    _description = "Payout to Make"
    _inherit = "erp.connector.dialogue"

    wizard_id = fields.Many2one("connector.payment.pay", ondelete="cascade")
    item_id = fields.Many2one("account.move.line", readonly=True)
    payment_id = fields.Many2one("account.payment", readonly=True)
    document = fields.Char(compute="_compute_document")
    partner_id = fields.Many2one("res.partner", readonly=True)
    currency_id = fields.Many2one(
        related="wizard_id.company_id.currency_id", related_sudo=False
    )
    residual = fields.Monetary("Owed", readonly=True)
    amount = fields.Monetary("To Pay")
    partner_bank_id = fields.Many2one(
        "res.partner.bank", "Bank Account", domain="[('partner_id', '=', partner_id)]"
    )
    problem = fields.Char(compute="_compute_problem")

    @api.depends("item_id", "payment_id")
    def _compute_document(self):
        for line in self:
            record = line.item_id.move_id or line.payment_id
            line.document = record.display_name

    @api.depends("partner_bank_id", "amount", "wizard_id.backend_id")
    def _compute_problem(self):
        taken = self.env["connector.payment.payout"]._holding(self.item_id)
        for line in self:
            line.problem = (
                line._item_problem(taken) if line.item_id else line._payment_problem()
            )

    def _item_problem(self, taken):
        if self.partner_id != _payee_of(self.item_id):
            return self.env._("%s is owed to somebody else.", self.document)
        if not self.partner_id:
            return self.env._(
                "%s names nobody who is owed it. Assign it first.", self.document
            )
        if self.item_id in taken:
            return self.env._(
                "%(document)s is in payout %(payout)s already.",
                document=self.document,
                payout=taken[self.item_id].name,
            )
        if self.item_id.move_id._connector_refunding():
            return self.env._("%s is being given back by the gateway.", self.document)
        if self.item_id.currency_id != self.currency_id:
            return self.env._("%s is in a foreign currency.", self.document)
        if self.amount <= 0 or self.amount != round(self.amount):
            return self.env._("%s: enter whole rupiah.", self.document)
        return self._account_problem(self.partner_bank_id)

    def _payment_problem(self):
        if not _is_to_pay_out(self.payment_id):
            return self.env._("%s is not to be paid out.", self.document or "")
        return self._account_problem(self.payment_id.partner_bank_id)

    def _account_problem(self, account):
        return account._connector_problem(self.wizard_id.backend_id, self.partner_id)

    def _check_amount(self):
        owed = -self.item_id.amount_residual
        if self.item_id and self.currency_id.compare_amounts(self.amount, owed) > 0:
            raise UserError(
                self.env._(
                    "%(document)s: no more than %(owed)s is owed.",
                    document=self.document,
                    owed=self.currency_id.format(owed),
                )
            )

    def _groups(self, by_account):
        """Lines that become one payment each."""
        if not by_account:
            return list(self)

        def key(line):
            account = line.item_id.account_id
            return line.payment_id, line.partner_id, line.partner_bank_id, account

        return list(self.grouped(key).values())

    def _payment_values(self):
        backend = self.wizard_id.backend_id.sudo()
        account = self.item_id.account_id
        receivable = account.account_type == "asset_receivable"
        documents = [d for d in self.item_id.mapped(_document_of) if d]
        return {
            "payment_type": "outbound",
            "partner_type": "customer" if receivable else "supplier",
            "partner_id": self.partner_id.id,
            "partner_bank_id": self.partner_bank_id.id,
            "amount": sum(self.mapped("amount")),
            "currency_id": self.currency_id.id,
            "journal_id": backend.journal_id.id,
            "payment_method_line_id": backend._method_line("outbound").id,
            "destination_account_id": account.id,
            "memo": ", ".join(dict.fromkeys(documents)),
        }


def _document_of(item):
    move = item.move_id
    return move.ref or move.payment_reference or move.name


def _is_owed(item):
    return (
        item.parent_state == "posted"
        and not item.reconciled
        and item.amount_residual < 0
        and item.account_id.reconcile
        and item.account_type in OWING
    )


def _is_to_pay_out(payment):
    """By our method, and nobody is at it."""
    states = payment.sudo().connector_payout_ids.mapped("state")
    return (
        payment.connector_is_payout
        and payment.state in ("draft", "in_process", "paid")
        and not any(state in (*OPEN, *LIVE) for state in states)
    )


def _of_payment(payment):
    return {
        "payment_id": payment.id,
        "partner_id": payment.partner_id.id,
        "partner_bank_id": payment.partner_bank_id.id,
        "residual": payment.amount,
        "amount": payment.amount,
    }


def _payee_of(item):
    """To whom it is owed: the business, as Odoo enters it on the items of documents.

    Of a colleague whose contact belongs to our own company it enters the company.
    """
    partner, named = item.partner_id, item.move_id.partner_id
    if named == partner or named.commercial_partner_id != partner:
        return partner
    return named if partner._connector_is_company() else partner


def _of_item(item):
    payee = _payee_of(item)
    business = payee.commercial_partner_id
    accounts = item.move_id.partner_bank_id | payee.bank_ids | business.bank_ids
    accounts = accounts.filtered(lambda a: a._connector_belongs_to(payee))
    named = accounts & item.move_id.partner_bank_id
    trusted = accounts.filtered("allow_out_payment")
    return {
        "item_id": item.id,
        "partner_id": payee.id,
        "partner_bank_id": (named or trusted or accounts)[:1].id,
        "residual": -item.amount_residual,
        "amount": -item.amount_residual,
    }

"""Virtual accounts: what a customer pays to, fixed for good or closed for one debt."""

import secrets
from collections import Counter
from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.addons.erp_connector_base.tools.amounts import Amount
from odoo.exceptions import UserError, ValidationError
from odoo.tools import float_round

from .connector_payment_guard import as_bookkeeper

STATES = [
    ("requested", "Being Made"),
    ("active", "Active"),
    ("paid", "Paid"),
    ("expired", "Expired"),
    ("closed", "Closed"),
    ("failed", "Refused"),
]

#: States in which the number may be paid to, as far as we are concerned.
OPEN = ("requested", "active")


class ConnectorPaymentVa(models.Model):
    _name = "connector.payment.va"
    _description = "Virtual Account"
    _inherit = [
        "connector.payment.guard",
        "mail.thread",
        "mail.activity.mixin",
        "portal.mixin",
    ]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(
        "Reference",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self._new_reference(),
        help="Our name of the account at the gateway.",
    )
    backend_id = fields.Many2one(
        "erp.connector.backend",
        "Gateway Account",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    environment = fields.Selection(related="backend_id.environment")
    company_id = fields.Many2one(related="backend_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, check_company=True
    )
    kind = fields.Selection(
        [("fixed", "Fixed"), ("closed", "Closed")],
        required=True,
        default="closed",
        help="Fixed: the customer's own, for good, any amount. Closed: one amount, "
        "until it expires.",
    )
    bank_id = fields.Many2one("connector.payment.bank", "Bank", required=True)
    number = fields.Char(readonly=True, copy=False, index="trigram", tracking=True)
    biller_code = fields.Char(readonly=True, copy=False)
    external_id = fields.Char(
        "Gateway's ID", readonly=True, copy=False, index="btree_not_null"
    )
    currency_id = fields.Many2one(
        "res.currency", required=True, default=lambda self: self._default_currency()
    )
    amount = Amount(tracking=True, help="What is to be paid; 0 is open.")
    amount_asked = Amount(
        "Amount at the Gateway",
        readonly=True,
        copy=False,
        help="What the gateway was told last; the same as Amount when all is well.",
    )
    expires_at = fields.Datetime("Expires", tracking=True)
    state = fields.Selection(
        STATES,
        required=True,
        readonly=True,
        default="requested",
        tracking=True,
        copy=False,
    )
    is_closing = fields.Boolean(
        "Being Closed",
        readonly=True,
        copy=False,
        help="Nobody shall pay to it any more; the gateway has not said yes yet.",
    )
    fixed_key = fields.Char(
        readonly=True,
        copy=False,
        help="Customer and bank of a fixed account as it was made: merging customers "
        "does not touch it.",
    )
    raw_status = fields.Char("Gateway's Status", readonly=True, copy=False)
    error = fields.Text(readonly=True, copy=False)
    is_uncertain = fields.Boolean(
        "Answer Lost",
        readonly=True,
        copy=False,
        help="It may exist at the gateway; nothing is made anew before that is known.",
    )
    move_ids = fields.Many2many(
        "account.move",
        "connector_payment_va_move_rel",
        "va_id",
        "move_id",
        "Invoices",
        check_company=True,
    )
    order_id = fields.Many2one(
        "sale.order", "Sale Order", index="btree_not_null", check_company=True
    )
    receipt_ids = fields.One2many("connector.payment.receipt", "va_id", "Receipts")
    receipt_count = fields.Integer(compute="_compute_receipt_count")
    amount_paid = Amount(compute="_compute_receipt_count")
    watched_at = fields.Datetime(readonly=True, copy=False)
    watch_at = fields.Datetime(
        "Next Look",
        readonly=True,
        copy=False,
        help="When the gateway is asked again whether money came.",
    )

    _name_uniq = models.Constraint("UNIQUE(name)", "This reference exists already.")
    _external_uniq = models.UniqueIndex(
        "(backend_id, external_id) WHERE external_id IS NOT NULL",
        "This virtual account is known already.",
    )
    _fixed_uniq = models.UniqueIndex(
        "(backend_id, fixed_key) WHERE kind = 'fixed' "
        "AND state IN ('requested', 'active')",
        "This customer has a fixed virtual account at this bank already.",
    )
    _watch_idx = models.Index("(watch_at) WHERE watch_at IS NOT NULL")

    @api.model
    def _new_reference(self):
        """Unique for good, also beside copies of this database at the same gateway."""
        number = self.env["ir.sequence"].sudo().next_by_code("connector.payment.va")
        return f"{number}-{secrets.token_hex(3)}"

    @api.model
    def _default_currency(self):
        return self.env.company.currency_id

    @api.depends("receipt_ids.amount", "receipt_ids.state")
    def _compute_receipt_count(self):
        """What is held counts as a receipt, but nobody is sure of its money."""
        counts, paid = Counter(), Counter()
        groups = self.env["connector.payment.receipt"]._read_group(
            [("va_id", "in", self.ids), ("state", "!=", "reversed")],
            ["va_id", "state"],
            ["__count", "amount:sum"],
        )
        for va, state, count, amount in groups:
            counts[va] += count
            paid[va] += amount if state not in ("held", "dismissed") else 0
        for va in self:
            va.receipt_count, va.amount_paid = counts[va], paid[va]

    @api.depends("bank_id", "number", "name")
    def _compute_display_name(self):
        for va in self:
            va.display_name = f"{va.bank_id.name} {va.number or va.name}"

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for va in self:
            va.access_url = f"/my/virtual-accounts/{va.id}"
        return result

    @api.constrains("kind", "amount", "backend_id", "bank_id", "currency_id")
    def _check_offer(self):
        for va in self:
            problem = va._problem()
            if problem:
                raise ValidationError(
                    self.env._(
                        "%(partner)s: %(problem)s",
                        partner=va.partner_id.display_name,
                        problem=problem,
                    )
                )

    def _problem(self, amount=None):
        """What the gateway would refuse, in words; "" when nothing.

        With `amount`: if that were asked for instead.
        """
        channel = self.bank_id._channel(self.backend_id.provider)
        values = {"bank": self.bank_id.name, "gateway": self.backend_id.name}
        if not channel.va_code:
            return self.env._("%(gateway)s has no accounts at %(bank)s.", **values)
        ours = self.backend_id.company_id.currency_id
        if self.currency_id != ours:
            return self.env._("virtual accounts take %s only.", ours.name)
        if self.kind == "fixed":
            if channel.offers_fixed and self.backend_id._features().fixed_va:
                return ""
            return self.env._(
                "%(gateway)s has no fixed accounts at %(bank)s.", **values
            )
        asked = self.amount if amount is None else amount
        return self._amount_problem(asked, channel, values)

    def _amount_problem(self, amount, channel, values):
        values["amount"] = self.currency_id.format(amount)
        if amount <= 0:
            return self.env._("a closed virtual account needs an amount.")
        if channel.amount_min and amount < channel.amount_min:
            return self.env._("%(amount)s is too small for %(bank)s.", **values)
        if channel.amount_max and amount > channel.amount_max:
            return self.env._("%(amount)s is too large for %(bank)s.", **values)
        if self.currency_id.compare_amounts(amount, round(amount)):
            return self.env._("%(amount)s is not in whole rupiah.", **values)
        return ""

    # ---- making them -----------------------------------------------------------------

    @api.model
    def _request(self, vals_list):
        """New virtual accounts; what makes them at the gateway leaves after commit."""
        accounts = self.create(vals_list)
        accounts._enqueue_create()
        return accounts

    is_open = fields.Boolean(compute="_compute_is_open")

    @api.depends("state", "expires_at", "is_closing")
    def _compute_is_open(self):
        now = fields.Datetime.now()
        for va in self:
            in_time = not va.expires_at or va.expires_at > now
            va.is_open = va.state in OPEN and in_time and not va.is_closing

    @api.model
    def _closed_values(self, partner, moves, bank=None, backend=None):
        """Values of one closed account for invoices of one customer."""
        company = moves.company_id
        if len(company) != 1 or len(moves.partner_id.commercial_partner_id) > 1:
            raise UserError(
                self.env._(
                    "One virtual account is for invoices of one customer and company."
                )
            )
        partner = partner or moves.partner_id[:1]
        backend = backend or company._connector_gateway()
        bank = bank or partner._connector_bank(backend)
        currency = moves.currency_id
        if len(currency) != 1 or currency != company.currency_id:
            raise UserError(
                self.env._(
                    "%(invoices)s: virtual accounts take %(currency)s only.",
                    invoices=", ".join(moves.mapped("display_name")),
                    currency=company.currency_id.name,
                )
            )
        return {
            "backend_id": backend.id,
            "partner_id": partner.id,
            "kind": "closed",
            "bank_id": bank.id,
            "currency_id": currency.id,
            "amount": self._whole(sum(moves.mapped("amount_residual"))),
            "expires_at": backend._va_expiry(max(moves.mapped("invoice_date_due"))),
            "move_ids": [fields.Command.set(moves.ids)],
        }

    @api.model
    def _whole(self, amount):
        """What an account asks for: a bank moves whole rupiah, and less is too little.

        The receipt's booking gives the fraction that is too much to a rounding account.
        """
        return float_round(amount, precision_digits=0, rounding_method="UP")

    @api.model
    def _fixed_for(self, partners, backend, bank=None):
        """A fixed account for each customer that has none at this bank; all of them."""
        known = self.search(
            [
                ("partner_id", "in", partners.ids),
                ("backend_id", "=", backend.id),
                ("kind", "=", "fixed"),
                ("state", "in", OPEN),
            ]
        )
        have = {(va.partner_id, va.bank_id) for va in known}
        wanted = [(p, bank or p._connector_bank(backend)) for p in partners]
        values = [
            {
                "backend_id": backend.id,
                "partner_id": partner.id,
                "kind": "fixed",
                "bank_id": at.id,
                "currency_id": backend.company_id.currency_id.id,
                "fixed_key": f"{partner.id}:{at.id}",
            }
            for partner, at in wanted
            if (partner, at) not in have
        ]
        return known | self._request(values)

    def _debts(self):
        """What money on these accounts is for: their invoices, or their orders'."""
        return self.move_ids | self.order_id.invoice_ids.filtered(
            lambda m: m.move_type == "out_invoice"
        )

    # ---- screens ---------------------------------------------------------------------

    def action_retry(self):
        """Make a refused one again, under a new reference."""
        for va in as_bookkeeper(self).filtered(lambda v: v.state == "failed"):
            va.write(
                {
                    "name": self._new_reference(),
                    "state": "requested",
                    "is_closing": False,
                    "error": False,
                    "is_uncertain": False,
                }
            )
            va._enqueue_create()

    def action_close(self):
        """Nobody shall pay to it any more."""
        as_bookkeeper(self).filtered(lambda v: v.state in OPEN)._enqueue_close()

    def action_view_receipts(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Receipts"),
            "res_model": "connector.payment.receipt",
            "view_mode": "list,form",
            "domain": [("va_id", "in", self.ids)],
        }

    def action_simulate_payment(self):
        """Sandbox only: let the gateway play the payer."""
        self.ensure_one()
        va = as_bookkeeper(self)
        if va.backend_id.environment == "production":
            raise UserError(self.env._("Only sandbox accounts can be paid by a click."))
        va._simulate_payment(va.amount or 100_000)

    def _instructions(self):
        """How to pay, in the customer's language, with number and amount filled in."""
        self.ensure_one()
        amount = self.currency_id.format(self.amount) if self.amount else ""
        text = self.bank_id.instructions or ""
        return text.replace("{number}", self.number or "").replace("{amount}", amount)


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    def _va_expiry(self, due):
        """When a closed account for a debt due on `due` (a date) ends, naive UTC."""
        self.ensure_one()
        today = self._local_date(fields.Datetime.now())
        day = max(due or today, today) + timedelta(days=self.va_expiry_days)
        zone = pytz.timezone(self.tz or "Asia/Jakarta")
        end = zone.localize(datetime.combine(day, time(23, 59, 59)))
        return end.astimezone(pytz.utc).replace(tzinfo=None)

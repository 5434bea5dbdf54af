"""How a gateway account settles: what it keeps, when it pays, at which bank."""

from odoo import api, fields, models
from odoo.addons.erp_connector_base.tools.amounts import Amount
from odoo.exceptions import UserError

#: Who sees what is in the gateway's balance: not everybody who sees the account.
SETTINGS = (
    "erp_connector_base.group_manager,account.group_account_readonly,"
    "account.group_account_invoice"
)


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    bank_journal_id = fields.Many2one(
        "account.journal",
        "Bank That Is Paid",
        check_company=True,
        copy=False,
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
        help="The gateway pays into this bank account: its statement lines are matched "
        "to settlements.",
    )
    fee_mode = fields.Selection(
        [
            ("deducted", "Deducted from each payment"),
            ("billed", "Billed once a month"),
        ],
        "Fees Are",
        required=True,
        default="deducted",
        help="Billed fees are kept on the receipts, to check the bill; they are not "
        "booked.",
    )
    settle_when = fields.Selection(
        [
            ("look", "With every look"),
            ("day", "Once a day is over"),
        ],
        "Book Settlements",
        required=True,
        default="look",
        help="Once a day: as few entries as can be, for all of a day.",
    )
    match_days = fields.Integer(
        "Bank Has It Within (days)",
        default=4,
        required=True,
        help="Weekends and holidays included. Later than that, the owner is asked.",
    )
    match_tolerance = Amount(
        "Bank Tolerance",
        currency_field="company_currency_id",
        default=1000,
        help="A bank line may differ by this from what was expected; the difference "
        "is booked as a fee.",
    )
    bank_label = fields.Char(
        "Bank Writes",
        help="A word that the bank's text for this gateway contains, such as XENDIT. "
        "Lines with it that fit no settlement are shown as differences.",
    )
    fee_vat_percent = fields.Float(
        "VAT on Fees (%)",
        default=11.0,
        help="For gateways that do not tell their fees: what comes on top of the table "
        "of fees.",
    )
    fee_ids = fields.One2many("connector.payment.fee", "backend_id", copy=True)
    settlement_columns = fields.Json(
        copy=False, help="What the columns of the last settlement file meant."
    )
    balance_there = Amount(
        "Balance at the Gateway",
        currency_field="company_currency_id",
        groups=SETTINGS,
        readonly=True,
        copy=False,
    )
    balance_there_at = fields.Datetime(
        "Asked", readonly=True, copy=False, groups=SETTINGS
    )
    balance_here = Amount(
        "Balance in Odoo",
        compute="_compute_balance_here",
        compute_sudo=True,
        currency_field="company_currency_id",
        groups=SETTINGS,
    )
    balance_difference = Amount(
        "Difference",
        compute="_compute_balance_here",
        compute_sudo=True,
        currency_field="company_currency_id",
        groups=SETTINGS,
        help="The gateway's balance less ours. Payouts on their way, and transactions "
        "that wait or need attention, explain it. Where companies share the gateway "
        "account, the main one compares with the sum of all.",
    )

    _match_days_positive = models.Constraint(
        "CHECK(match_days >= 0 AND match_tolerance >= 0)",
        "Days and tolerance are not negative.",
    )

    @api.depends("journal_id", "balance_there")
    def _compute_balance_here(self):
        accounts = self.journal_id.default_account_id
        sums = dict(
            self.env["account.move.line"]
            .sudo()
            ._read_group(
                [
                    ("account_id", "in", accounts.ids),
                    ("parent_state", "=", "posted"),
                    ("company_id", "in", self.company_id.ids),
                ],
                ["account_id"],
                ["balance:sum"],
            )
        )
        for backend in self:
            here = sums.get(backend.journal_id.default_account_id, 0.0)
            backend.balance_here = here
            shared = backend.sudo().shared_account_id
            others = backend._family() - backend
            elsewhere = 0.0 if shared else sum(b.balance_here for b in others)
            there = here if shared else backend.balance_there
            backend.balance_difference = there - here - elsewhere

    # ---- accounts --------------------------------------------------------------------

    def _fee_account(self):
        """The fee account, else the fee product's expense account."""
        if self.fee_account_id:
            return self.fee_account_id
        product = self.fee_product_id.with_company(self.company_id)
        account = product.product_tmpl_id.get_product_accounts().get("expense")
        if not account:
            raise UserError(
                self.env._("%s has no account for fees; choose one.", self.name)
            )
        return account

    def _fee_tax_account(self):
        return self.fee_tax_account_id or self._fee_account()

    def _withholding_account(self):
        return self.withholding_account_id or self._fee_account()

    def _transfer_account(self):
        """Money between the gateway and our bank."""
        account = self.company_id.transfer_account_id
        if not account:
            raise UserError(
                self.env._(
                    "%s has no account for internal transfers; choose one in the "
                    "settings of Invoicing.",
                    self.company_id.name,
                )
            )
        return account

    # ---- settle and match ------------------------------------------------------------

    def _settle_now(self):
        """All that may be settled and matched now; called where bookings stand in line.

        What is left over follows with a message of its own.
        """
        self.ensure_one()
        backend = self.sudo().with_company(self.company_id)
        backend = backend.with_context(lang=self.user_id.lang or self.env.lang)
        settlements = backend.env["connector.payment.settlement"]
        if backend._features().ledger:
            more = backend.env["connector.payment.transaction"]._book_due(backend)
            if more:
                settlements._ask(backend)
        else:
            settlements._make_lots(backend)
            settlements._settle_payouts(backend)
        settlements._match_all(backend)

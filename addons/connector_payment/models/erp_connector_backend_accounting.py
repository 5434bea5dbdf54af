"""Where a gateway account books: its journal and accounts, made when they are missing.

The journal's own account is the balance at the gateway. Payments stand on the
outstanding account until the gateway settles them; money nobody knows yet stands on the
account of unidentified receipts.
"""

from odoo import api, fields, models
from odoo.exceptions import ValidationError

METHOD_IN = "connector_va"
METHOD_OUT = "connector_payout"


class ErpConnectorBackend(models.Model):
    _inherit = "erp.connector.backend"

    journal_id = fields.Many2one(
        "account.journal",
        "Gateway Journal",
        check_company=True,
        copy=False,
        domain="[('type', '=', 'bank'), ('company_id', '=', company_id)]",
        help="Holds the money at the gateway. Made when the account is connected.",
    )
    outstanding_account_id = fields.Many2one(
        "account.account",
        "Outstanding Receipts",
        check_company=True,
        copy=False,
        help="Paid by the customer, not yet settled by the gateway.",
    )
    payout_account_id = fields.Many2one(
        "account.account",
        "Outstanding Payouts",
        check_company=True,
        copy=False,
        help="Sent to the gateway, not yet paid out.",
    )
    suspense_account_id = fields.Many2one(
        "account.account",
        "Unidentified Receipts",
        check_company=True,
        copy=False,
        help="Money that came in and belongs to nobody we know, until it is assigned.",
    )
    fee_account_id = fields.Many2one(
        "account.account", "Fee Account", check_company=True, copy=False
    )
    fee_product_id = fields.Many2one(
        "product.product",
        "Fee Product",
        check_company=True,
        help="Its expense account takes the fees, if no fee account is set.",
    )
    fee_tax_account_id = fields.Many2one(
        "account.account",
        "VAT on Fees",
        check_company=True,
        copy=False,
        help="Empty: VAT on fees is part of the cost.",
    )
    withholding_account_id = fields.Many2one(
        "account.account", "Tax Withheld", check_company=True, copy=False
    )
    writeoff_account_id = fields.Many2one(
        "account.account",
        "Write-off Account",
        check_company=True,
        copy=False,
        help="Takes differences within the tolerance. Empty: they stay open.",
    )
    lock_policy = fields.Selection(
        [
            ("hold", "Wait until the period is open"),
            ("next", "Book on the first open day"),
        ],
        "Money of a Closed Period",
        required=True,
        default="hold",
    )

    @api.constrains("journal_id", "environment")
    def _check_journal(self):
        """Money that is not real never stands beside money that is."""
        for backend in self.filtered("journal_id"):
            others = self.search([("journal_id", "=", backend.journal_id.id)]) - backend
            if others:
                raise ValidationError(
                    self.env._(
                        "%(name)s: the journal %(journal)s is used by %(other)s. Each "
                        "gateway account, sandbox or production, needs its own.",
                        name=backend.name,
                        journal=backend.journal_id.display_name,
                        other=others[0].name,
                    )
                )

    def _set_connected(self):
        for backend in self.filtered("is_gateway"):
            backend._ensure_accounting()
            backend.ledger_cursor = backend.ledger_cursor or fields.Datetime.now()
            backend.sudo().next_ledger_at = False
        return super()._set_connected()

    def _ensure_accounting(self):
        """Journal, accounts and payment methods, as far as they are not chosen yet."""
        self.ensure_one()
        backend = self.sudo().with_company(self.company_id)
        if not backend.journal_id:
            backend.journal_id = backend._make_journal()
        for field, values in backend._account_wishes().items():
            if not backend[field]:
                backend[field] = backend._make_account(*values)
        backend._ensure_method(METHOD_IN, "inbound", backend.outstanding_account_id)
        backend._ensure_method(METHOD_OUT, "outbound", backend.payout_account_id)

    def _account_wishes(self):
        name = self.name
        return {
            "outstanding_account_id": (
                "asset_current",
                self.env._("%s: outstanding receipts", name),
                True,
            ),
            "payout_account_id": (
                "asset_current",
                self.env._("%s: outstanding payouts", name),
                True,
            ),
            "suspense_account_id": (
                "liability_current",
                self.env._("%s: unidentified receipts", name),
                True,
            ),
            "fee_account_id": ("expense", self.env._("%s: fees", name), False),
        }

    def _make_journal(self):
        journals = self.env["account.journal"].sudo()
        taken = set(
            journals.search([("company_id", "=", self.company_id.id)]).mapped("code")
        )
        stem = self.provider[:3].upper()
        codes = [stem, *(f"{stem}{n}" for n in range(2, 100))]
        return journals.create(
            {
                "name": self.name,
                "code": next(code for code in codes if code not in taken),
                "type": "bank",
                "company_id": self.company_id.id,
            }
        )

    def _make_account(self, account_type, name, reconcile):
        accounts = self.env["account.account"].with_company(self.company_id).sudo()
        like = accounts.search(
            [
                *accounts._check_company_domain(self.company_id),
                ("account_type", "=", account_type),
            ],
            limit=1,
        )
        return accounts.create(
            {
                "name": name,
                "code": accounts._search_new_account_code(like.code or "110000"),
                "account_type": account_type,
                "reconcile": reconcile,
                "company_ids": [fields.Command.set(self.company_id.root_id.ids)],
            }
        )

    def _ensure_method(self, code, payment_type, account):
        """The journal's line for our method, with the outstanding account on it."""
        journal = self.journal_id
        lines = journal[f"{payment_type}_payment_method_line_ids"]
        found = lines.filtered(lambda line: line.code == code)
        if found:
            found.payment_account_id = found.payment_account_id or account
            return found
        method = self.env["account.payment.method"].search(
            [("code", "=", code), ("payment_type", "=", payment_type)], limit=1
        )
        return self.env["account.payment.method.line"].create(
            {
                "payment_method_id": method.id,
                "journal_id": journal.id,
                "payment_account_id": account.id,
            }
        )

    def _method_line(self, payment_type):
        """The payment method line through which this account books."""
        self.ensure_one()
        code = METHOD_IN if payment_type == "inbound" else METHOD_OUT
        lines = self.journal_id[f"{payment_type}_payment_method_line_ids"]
        return lines.filtered(lambda line: line.code == code)[:1]

    def _posting_hold(self, day):
        """Why nothing may be booked on `day` now: (reason, text), or ("", "")."""
        self.ensure_one()
        held = self.sudo()._held_topics()
        if "payment.book" in held or "" in held:
            text = self.env._("A window of the account holds all postings.")
            return "window", text
        if self.lock_policy == "next":
            return "", ""
        locks = self.company_id._get_violated_lock_dates(day, False, self.journal_id)
        if not locks:
            return "", ""
        return "lock", self.env._(
            "The period of %(day)s is closed (%(locks)s).",
            day=fields.Date.to_string(day),
            locks=self.env["res.company"]._format_lock_dates(locks),
        )

    def _booking_date(self, day):
        """`day`, or the first open day behind the lock dates."""
        locks = self.company_id._get_violated_lock_dates(day, False, self.journal_id)
        return max([day, *(fields.Date.add(lock[0], days=1) for lock in locks)])

    def _reverse_entries(self, entries, keep, day=None):
        """Post the contrary of each entry, and let the two cancel out; the contraries.

        What the gateway has settled stays settled: items on the account `keep` that
        are reconciled stay so, and the contrary waits for the gateway's own row.
        """
        items = entries.line_ids.filtered(lambda line: line.account_id.reconcile)
        items.filtered(lambda line: line.account_id != keep).remove_move_reconcile()
        day = self._booking_date(day or self._local_date(fields.Datetime.now()))
        contraries = entries._connector_reverse(day)
        groups = []
        for contrary in contraries:
            both = (contrary + contrary.reversed_entry_id).line_ids
            both = both.filtered(
                lambda li: li.account_id.reconcile and not li.reconciled
            )
            groups += [g for g in both.grouped("account_id").values() if len(g) > 1]
        self.env["account.move.line"]._reconcile_plan(groups)
        return contraries

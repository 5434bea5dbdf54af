"""Whose money it is: which invoices a receipt pays, and what is odd about it."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from odoo import api, fields, models
from odoo.addons.connector_payment.tools.attribution import (
    exact_choice,
    near_choice,
    oldest_choice,
)

#: The smallest sum that a bank moves.
RUPIAH = 1


@dataclass
class Plan:
    """What is to be done with one receipt; `lines` are receivable journal items."""

    outcome: str
    circumstance: str = "normal"
    lines: list = field(default_factory=list)
    unused: float = 0.0
    shortage: float = 0.0
    write_off: float = 0.0
    write_off_account: Any = None


class ConnectorPaymentReceipt(models.Model):
    _inherit = "connector.payment.receipt"

    def _attribute(self):
        """{receipt: Plan}, decided together: no two take the same rupiah of a debt."""
        lines = self._open_lines()
        left = {
            line: line.amount_residual for found in lines.values() for line in found
        }
        second = self._paid_before()
        plans = {}
        for receipt in self:
            plan = receipt._plan(lines[receipt], left)
            plan.circumstance = receipt._circumstance(plan, second)
            if receipt.va_id.kind == "closed":
                second.add(receipt.va_id)
            plans[receipt] = plan
        return plans

    # ---- debts -----------------------------------------------------------------------

    def _open_lines(self):
        """{receipt: open receivable items it may pay, oldest due first}.

        Nobody pays here what he pays to a marketplace.
        """
        domain = [
            ("parent_state", "=", "posted"),
            ("account_type", "=", "asset_receivable"),
            ("reconciled", "=", False),
            ("company_id", "in", self.company_id.ids),
            ("move_id.move_type", "in", ("out_invoice", "out_receipt")),
        ]
        ours = [
            ("move_id", "in", self.va_id._debts().ids),
            ("partner_id", "in", self._free_payers().ids),
        ]
        lines = self.env["account.move.line"].search([*domain, "|", *ours])
        elsewhere = self.env["erp.connector.backend"]._paid_elsewhere(lines.move_id)
        lines = lines.filtered(lambda i: i.move_id not in elsewhere)
        lines = lines.sorted(lambda i: (i.date_maturity or i.date, i.move_id.id, i.id))
        by_move, by_payer = defaultdict(list), defaultdict(list)
        for line in lines:
            by_move[line.move_id].append(line)
            by_payer[line.partner_id, line.company_id].append(line)
        return {r: r._own_lines(by_move, by_payer) for r in self}

    def _free_payers(self):
        """Customers whose money may go to any of their invoices."""
        free = self.filtered(lambda r: r.va_id.kind != "closed")
        free = free.filtered(lambda r: r.backend_id.attribution != "credit")
        return free.partner_id.commercial_partner_id

    def _own_lines(self, by_move, by_payer):
        if self.va_id.kind == "closed":
            moves = self.va_id._debts()
            found = [line for move in moves for line in by_move.get(move, ())]
        else:
            payer = self.partner_id.commercial_partner_id
            found = by_payer.get((payer, self.company_id), [])
        return [line for line in found if line.currency_id == self.currency_id]

    # ---- plans -----------------------------------------------------------------------

    def _plan(self, lines, left):
        if not self.partner_id:
            return Plan("unidentified", unused=self.amount)
        open_lines = [line for line in lines if self._units(left[line]) > 0]
        chosen = self._choose(open_lines, left)
        if not chosen:
            waits = self.va_id.order_id.filtered(lambda o: o.state != "cancel")
            return Plan("order" if waits else "credit", unused=self.amount)
        owed = sum(left[line] for line in chosen)
        plan = self._compared(chosen, owed)
        rest = self.amount + plan.write_off
        for line in chosen:
            taken = min(left[line], rest)
            left[line] -= taken
            rest -= taken
        return plan

    def _choose(self, lines, left):
        """A closed account pays its own debts; a fixed one as the account is set.

        All of one receivable account: an entry cannot be reconciled with two.
        """
        groups = defaultdict(list)
        for line in lines:
            groups[line.account_id].append(line)
        groups = list(groups.values())
        amount = self._units(self.amount)
        if self.va_id.kind != "closed" and self.backend_id.attribution != "oldest":
            for choose in (self._named, self._exact):
                for group in groups:
                    chosen = choose(group, left)
                    if chosen:
                        return chosen
        oldest = groups[0] if groups else []
        debts = [self._units(left[line]) for line in oldest]
        return [oldest[position] for position in oldest_choice(debts, amount)]

    def _exact(self, lines, left):
        debts = [self._units(left[line]) for line in lines]
        amount = self._units(self.amount)
        chosen = exact_choice(debts, amount)
        chosen = chosen or near_choice(debts, amount, self._units(RUPIAH))
        return [lines[position] for position in chosen]

    def _named(self, lines, _left):
        """Invoices whose numbers the payer wrote into the remark."""
        remark = (self.remark or "").upper()
        if len(remark) < 5:
            return []
        return [line for line in lines if (line.move_name or "/").upper() in remark]

    def _compared(self, lines, owed):
        difference = self.currency_id.round(self.amount - owed)
        several = len({line.move_id for line in lines}) > 1
        plan = Plan("several" if several else "exact", lines=lines)
        if self.currency_id.is_zero(difference):
            return plan
        plan.write_off_account = self._write_off_account(difference, several)
        if plan.write_off_account:
            plan.write_off = -difference
        elif difference > 0:
            plan.outcome, plan.unused = "over", difference
        else:
            plan.outcome, plan.shortage = "short", -difference
        return plan

    def _write_off_account(self, difference, several):
        """Where a small difference goes; no account: it stays open.

        Less than a rupiah cannot be transferred, so that nobody owes it.
        """
        backend = self.backend_id.sudo()
        company = backend.company_id
        if abs(difference) >= RUPIAH:
            small = 0 < -difference <= backend.underpayment_tolerance and not several
            return small and backend.writeoff_account_id
        if difference > 0:
            own = company.default_cash_difference_income_account_id
        else:
            own = company.default_cash_difference_expense_account_id
        return backend.writeoff_account_id or own

    def _units(self, amount):
        """Whole smallest units of the currency: no float is ever compared."""
        return round(amount / (self.currency_id.rounding or 0.01))

    # ---- what is odd -----------------------------------------------------------------

    def _paid_before(self):
        """Closed accounts that have had their money already."""
        booked = self.search(
            [
                ("va_id", "in", self.va_id.filtered(lambda v: v.kind == "closed").ids),
                ("state", "in", ("booked", "unidentified")),
                ("id", "not in", self.ids),
            ]
        )
        return set(booked.va_id)

    def _circumstance(self, plan, second):
        va = self.va_id
        if not va or va.kind == "fixed":
            return "normal"
        if va in second and not plan.lines:
            return "duplicate"
        moves = va.move_ids
        if moves and all(move.state != "posted" for move in moves):
            return "cancelled"
        if va.order_id.state == "cancel" and not plan.lines:
            return "cancelled"
        if moves and not plan.lines:
            return "duplicate"  # paid by another way meanwhile
        if va.state == "closed" or va.is_closing:
            return "closed"
        if va.expires_at and self.paid_at > va.expires_at:
            return "late"
        return "duplicate" if va in second else "normal"

    # ---- suggestions for what belongs to nobody --------------------------------------

    suggested_move_ids = fields.Many2many(
        "account.move",
        compute="_compute_suggestion",
        string="Suggested Invoice",
        help="The only open invoice of exactly this amount, or named in the remark.",
    )
    suggested_partner_id = fields.Many2one(
        "res.partner", "Suggested Customer", compute="_compute_suggestion"
    )

    @api.depends("state", "amount", "remark")
    def _compute_suggestion(self):
        """One query for a whole list: the open invoices of these very amounts."""
        unknown = self.filtered(lambda r: r.state == "unidentified")
        words = {word for receipt in unknown for word in receipt._words()}
        invoices = self.env["account.move"].search(
            [
                ("company_id", "in", unknown.company_id.ids),
                ("state", "=", "posted"),
                ("move_type", "=", "out_invoice"),
                ("payment_state", "in", ("not_paid", "partial")),
                "|",
                ("amount_residual", "in", list(set(unknown.mapped("amount")))),
                ("name", "in", list(words)),
            ],
            limit=1000,
        )
        invoices -= self.env["erp.connector.backend"]._paid_elsewhere(invoices)
        for receipt in self:
            ours = invoices.filtered(
                lambda m, r=receipt: r in unknown and m.company_id == r.company_id
            )
            numbers = receipt._words()
            named = ours.filtered(lambda m, t=numbers: m.name in t)
            same = ours.filtered(
                lambda m, r=receipt: (
                    not r.currency_id.compare_amounts(m.amount_residual, r.amount)
                )
            )
            fits = named & same or named or same
            receipt.suggested_move_ids = fits if len(fits) == 1 else False
            receipt.suggested_partner_id = receipt.suggested_move_ids.partner_id

    def _words(self):
        """What of the remark could be an invoice's number."""
        return set(re.findall(r"[A-Z0-9][A-Z0-9/._-]{4,}", (self.remark or "").upper()))
